"""The alarms of an account and Region, with as much of the way to a person as the credentials may read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from alarmctl.lint import describe, policies
from alarmctl.lint.model import Alarm, EventTarget, MuteRule, Policy, Stack, Subscription, Topic
from alarmctl.lint.plan import STATE_CHANGE
from alarmctl.lint.sources import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

_T = TypeVar("_T")


def read(region: str | None = None, session: boto3.Session | None = None) -> Stack:
    """Read the account and Region in use. What the credentials may not read is named in `unread`.

    Raises InputError when the alarms themselves cannot be read.
    """
    account = _Account(session or boto3.Session(region_name=region))
    try:
        return account.stack()
    except (BotoCoreError, ClientError) as error:
        raise InputError(
            f"--live: the alarms cannot be read ({_sentence(error)}). Check the credentials, and name a "
            "Region with --region or AWS_REGION."
        ) from None


def _sentence(error: Exception) -> str:
    if isinstance(error, ClientError):
        return str(error.response.get("Error", {}).get("Code", "ClientError"))
    return f"{type(error).__name__}: {error}".splitlines()[0]


class _Account:
    def __init__(self, session: boto3.Session) -> None:
        self.region = session.region_name
        self.session = session
        self.unread: list[str] = []

    def allowed(self, what: str, call: Callable[[], _T], otherwise: _T) -> _T:
        """The call's answer, or `otherwise` and a line in `unread` where it fails."""
        try:
            return call()
        except (BotoCoreError, ClientError) as error:
            self.unread.append(f"{what}: {_sentence(error)}")
            return otherwise

    def pages(self, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        yield from self.session.client(service).get_paginator(operation).paginate(**parameters)

    def stack(self) -> Stack:
        alarms = tuple(self._alarms())
        arns = sorted(
            {
                arn
                for alarm in alarms
                for actions in (alarm.alarm_actions, alarm.ok_actions, alarm.insufficient_data_actions)
                for arn in actions.arns
                if arn.startswith("arn:") and arn.split(":")[2] == "sns" and arn.split(":")[3] == self.region
            }
        )
        topics = tuple(topic for arn in arns if (topic := self._topic(arn)))
        nothing: tuple[tuple[EventTarget, ...], bool] = ((), False)
        targets, hears = self.allowed("EventBridge rules", lambda: self._rules(arns), nothing)
        return Stack(
            source=f"live {self.region}",
            alarms=alarms,
            topics=topics,
            subscriptions=tuple(self._subscriptions(arns)),
            event_targets=targets,
            mute_rules=self.allowed("mute rules", lambda: tuple(self._mute_rules()), ()),
            state_changes_routed=hears,
            published=self.allowed("ListMetrics", lambda: self._published(alarms), {}),
            complete=True,
            unread=tuple(self.unread),
        )

    def _alarms(self) -> Iterator[Alarm]:
        for page in self.pages("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
            for alarm in describe.read(page, "").alarms:
                yield self._tagged(alarm)

    def _tagged(self, alarm: Alarm) -> Alarm:
        client = self.session.client("cloudwatch")
        answer: dict[str, Any] = self.allowed(
            f"tags of {alarm.name}",
            lambda: client.list_tags_for_resource(ResourceARN=alarm.address),
            {"Tags": []},
        )
        return replace(alarm, tags={tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())})

    def _topic(self, arn: str) -> Topic | None:
        client = self.session.client("sns")
        answer = self.allowed(f"topic {arn}", lambda: client.get_topic_attributes(TopicArn=arn), None)
        if answer is None:
            return None
        attributes = answer.get("Attributes", {})
        key = attributes.get("KmsMasterKeyId") or None
        return Topic(
            address=arn,
            arn=arn,
            name=arn.rpartition(":")[2],
            key=key,
            key_policy=self._key_policy(key) if key and not key.endswith("alias/aws/sns") else None,
            policy=policies.from_json(attributes.get("Policy")),
        )

    def _key_policy(self, key: str) -> Policy | None:
        client = self.session.client("kms")

        def call() -> Policy | None:
            key_id = client.describe_key(KeyId=key)["KeyMetadata"]["KeyId"]
            return policies.from_json(client.get_key_policy(KeyId=key_id, PolicyName="default")["Policy"])

        return self.allowed(f"policy of key {key}", call, None)

    def _subscriptions(self, arns: Iterable[str]) -> Iterator[Subscription]:
        for arn in arns:
            found: list[dict[str, Any]] = self.allowed(
                f"subscriptions of {arn}",
                lambda arn=arn: [  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                    subscription
                    for page in self.pages("sns", "list_subscriptions_by_topic", TopicArn=arn)
                    for subscription in page["Subscriptions"]
                ],
                [],
            )
            for subscription in found:
                yield Subscription(
                    address=f"to {subscription.get('Endpoint')}",
                    topics=frozenset({arn}),
                    endpoints=frozenset({subscription.get("Endpoint", "")}),
                    protocol=subscription.get("Protocol"),
                    pending=subscription.get("SubscriptionArn") == "PendingConfirmation",
                )

    def _rules(self, arns: Iterable[str]) -> tuple[tuple[EventTarget, ...], bool]:
        client = self.session.client("events")
        topics = set(arns)
        targets: list[EventTarget] = []
        hears = False
        for page in self.pages("events", "list_rules"):
            for rule in page["Rules"]:
                enabled = rule.get("State") != "DISABLED"
                hears |= enabled and STATE_CHANGE in (rule.get("EventPattern") or "")
                for target in client.list_targets_by_rule(Rule=rule["Name"])["Targets"] if enabled else ():
                    if target["Arn"] in topics:
                        place = f"rule {rule['Name']}"
                        targets.append(EventTarget(place, frozenset({target["Arn"]}), target.get("RoleArn")))
        return tuple(targets), hears

    def _mute_rules(self) -> Iterator[MuteRule]:
        client = self.session.client("cloudwatch")
        if not hasattr(client, "list_alarm_mute_rules"):
            self.unread.append("mute rules: this boto3 does not know them yet")
            return
        for page in self.pages("cloudwatch", "list_alarm_mute_rules"):
            for summary in page.get("AlarmMuteRuleSummaries", ()):
                name = summary["AlarmMuteRuleArn"].rpartition(":")[2]
                rule = client.get_alarm_mute_rule(AlarmMuteRuleName=name)
                yield MuteRule(
                    address=summary["AlarmMuteRuleArn"],
                    name=rule.get("Name", name),
                    alarm_names=tuple((rule.get("MuteTargets") or {}).get("AlarmNames", ())),
                    duration=((rule.get("Rule") or {}).get("Schedule") or {}).get("Duration"),
                )

    def _published(self, alarms: Iterable[Alarm]) -> dict[tuple[str, str], frozenset[frozenset[str]]]:
        """The dimension sets of the alarms' metrics that ListMetrics has; it looks back two weeks."""
        wanted = {
            (metric.namespace, metric.name)
            for alarm in alarms
            for metric in alarm.metrics
            if metric.namespace and metric.name
        }
        published = {}
        for namespace, name in sorted(wanted):
            sets = frozenset(
                frozenset(d["Name"] for d in metric["Dimensions"])
                for page in self.pages("cloudwatch", "list_metrics", Namespace=namespace, MetricName=name)
                for metric in page["Metrics"]
            )
            if sets:
                published[namespace, name] = sets
        return published
