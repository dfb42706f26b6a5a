"""Checks of the alarms: those about the stack itself, whether each has data, and what their services need."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarmctl.account import SEVERITIES
from alarmctl.doctor.delivery import OPERATIONS, topics_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from alarmctl.account import Account
    from alarmctl.doctor.model import Findings

LATELY = timedelta(hours=3)
QUERIES = 500  # of one GetMetricData
CLUSTERS = 100  # of one DescribeClusters
INSIGHTS = "ECS/ContainerInsights"
SHOWN = 5
FIRST_SPENDING_LIMIT = 1.0  # USD a month, until AWS raises it on request


def alarms_named(account: Account, prefix: str) -> list[dict[str, Any]]:
    """The alarms whose names begin so."""
    pages = account.pages(
        "cloudwatch", "describe_alarms", AlarmNamePrefix=prefix, AlarmTypes=["MetricAlarm", "CompositeAlarm"]
    )
    return [alarm for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for alarm in page[kind]]


def own_alarms(account: Account, findings: Findings) -> None:
    """Whether the stack's alarms about itself are there, are on, and are quiet."""
    found = alarms_named(account, f"operations-{account.name}-")
    topic = account.topic_arn(OPERATIONS)
    findings.requires(found, f"{len(found)} are there", "there are none", "Run terraform apply.")
    for alarm in found:
        name = alarm["AlarmName"]
        if not alarm.get("ActionsEnabled") or topic not in alarm.get("AlarmActions", ()):
            findings.fails(f"{name} tells nobody", "Run terraform apply.")
        elif alarm["StateValue"] == "ALARM":
            _, _, runbook = alarm.get("AlarmDescription", "").rpartition("Runbook: ")
            findings.fails(f"{name} is in ALARM", f"See {runbook or 'its description'}.")


def heartbeat(account: Account, findings: Findings) -> None:
    """Whether a heartbeat came through in the last quarter of an hour."""
    now = datetime.now(UTC)
    points = account.client("cloudwatch").get_metric_statistics(
        Namespace="NotifySlack",
        MetricName="Heartbeat",
        Dimensions=[{"Name": "Stack", "Value": account.name}],
        StartTime=now - timedelta(minutes=15),
        EndTime=now,
        Period=300,
        Statistics=["Minimum", "SampleCount"],
    )["Datapoints"]
    if not points:
        findings.fails(
            "none in the last 15 minutes", "See docs/runbooks/heartbeat.md; a new stack needs five minutes."
        )
        return
    last = max(points, key=lambda point: point["Timestamp"])
    findings.requires(
        last["Minimum"] >= 1,
        "it comes through",
        "it comes through, but the ledger or the webhook could not be read",
        "See docs/runbooks/ledger.md.",
    )


def published(account: Account, findings: Findings) -> None:
    """Whether each alarm's metrics have had data lately. Silence is right only where it is no fault."""
    alarms = [
        alarm
        for alarm in alarms_named(account, f"{account.name}-")
        if alarm["AlarmName"] != account.canary and "AlarmRule" not in alarm
    ]
    wanted = [(alarm, stat) for alarm in alarms for stat in _stats(alarm)]
    silent: dict[str, list[str]] = {}
    now = datetime.now(UTC)
    for start in range(0, len(wanted), QUERIES):
        chunk = wanted[start : start + QUERIES]
        queries = [{"Id": f"m{place}", "MetricStat": stat} for place, (_, stat) in enumerate(chunk)]
        answer = account.client("cloudwatch").get_metric_data(
            MetricDataQueries=queries, StartTime=now - LATELY, EndTime=now, ScanBy="TimestampDescending"
        )
        values = {result["Id"]: result["Values"] for result in answer["MetricDataResults"]}
        for place, (alarm, stat) in enumerate(chunk):
            if not values.get(f"m{place}"):
                silent.setdefault(alarm["AlarmName"], []).append(stat["Metric"]["MetricName"])
    for alarm in alarms:
        name = alarm["AlarmName"]
        if name in silent:
            saw = f"{name}: no data of {', '.join(silent[name])} in the last 3 hours"
            if alarm.get("TreatMissingData") == "notBreaching":
                findings.unknown(saw, "Fine if it counts what seldom happens; else: alarmctl lint --live")
            else:
                findings.fails(saw, "Check metric and dimensions: alarmctl lint --live")
    findings.passes(f"{len(alarms) - len(silent)} of {len(alarms)} alarms have data")


def _stats(alarm: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What to ask of each metric of an alarm: how many samples it had."""
    plain = [alarm] if alarm.get("MetricName") else []
    stats = [query["MetricStat"] for query in alarm.get("Metrics", ()) if "MetricStat" in query]
    for metric in (*plain, *(stat["Metric"] for stat in stats)):
        named = {key: metric[key] for key in ("Namespace", "MetricName") if key in metric}
        dimensions = metric.get("Dimensions", [])
        yield {"Metric": {**named, "Dimensions": dimensions}, "Period": 300, "Stat": "SampleCount"}


def container_insights(account: Account, findings: Findings) -> None:
    """Whether the clusters that alarms look at publish Container Insights, and in which mode."""
    needs: dict[str, bool] = {}
    for alarm in alarms_named(account, f"{account.name}-"):
        for stat in _stats(alarm):
            metric = stat["Metric"]
            for dimension in metric["Dimensions"]:
                if dimension["Name"] == "ClusterName":
                    needs[dimension["Value"]] = needs.get(dimension["Value"], False) or (
                        metric.get("Namespace") == INSIGHTS
                    )
    names = sorted(needs)
    modes: dict[str, str] = {}
    for start in range(0, len(names), CLUSTERS):
        answer = account.client("ecs").describe_clusters(
            clusters=names[start : start + CLUSTERS], include=["SETTINGS"]
        )
        for cluster in answer["clusters"]:
            settings = {one["name"]: one["value"] for one in cluster.get("settings", ())}
            modes[cluster["clusterName"]] = settings.get("containerInsights", "disabled")
    for name in names:
        mode = modes.get(name)
        if mode is None:
            findings.fails(f"there is no cluster {name}", "Correct ecs_cluster_name, and apply.")
        elif needs[name] and mode == "disabled":
            findings.fails(
                f"{name}: disabled, and alarms need it",
                f"aws ecs update-cluster-settings --cluster {name} "
                "--settings name=containerInsights,value=enabled",
            )
        else:
            findings.passes(f"{name}: {mode}")


def sms(account: Account, findings: Findings) -> None:
    """Whether text messages get out: https://docs.aws.amazon.com/sns/latest/dg/sns-sms-sandbox.html."""
    phones = sum(
        one["Protocol"] == "sms"
        for topic in topics_of(account)
        if topic in (*SEVERITIES, OPERATIONS)
        for page in account.pages("sns", "list_subscriptions_by_topic", TopicArn=account.topic_arn(topic))
        for one in page["Subscriptions"]
    )
    if not phones:
        findings.passes("nobody is told by SMS")
        return
    client = account.client("sns")
    findings.requires(
        not client.get_sms_sandbox_account_status()["IsInSandbox"],
        f"{phones} phones, and the account is out of the sandbox",
        f"{phones} phones, and the account is in the SMS sandbox: only verified numbers get messages",
        "Verify each number, or ask AWS to leave the sandbox, in the SNS console under Text messaging.",
    )
    limit = float(
        client.get_sms_attributes(attributes=["MonthlySpendLimit"])["attributes"].get(
            "MonthlySpendLimit", FIRST_SPENDING_LIMIT
        )
    )
    findings.requires(
        limit > FIRST_SPENDING_LIMIT,
        f"up to {limit:g} USD a month",
        f"up to {limit:g} USD a month: SNS goes silent in the middle of a bad day",
        "Ask AWS Support to raise the account's SMS spending limit, then raise MonthlySpendLimit.",
    )
