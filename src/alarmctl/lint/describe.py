"""A DescribeAlarms answer as a Stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alarmctl.lint.model import Actions, Alarm, Metric, Query, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTS = ("MetricAlarms", "CompositeAlarms")


def is_answer(document: object) -> bool:
    """Whether the JSON is what DescribeAlarms answers."""
    return isinstance(document, dict) and any(isinstance(document.get(key), list) for key in LISTS)


def read(document: Mapping[str, Any], source: str) -> Stack:
    """The alarms of an answer. Nothing is known of their topics."""
    alarms = [metric_alarm(mapping) for mapping in document.get("MetricAlarms") or ()]
    alarms += [composite_alarm(mapping) for mapping in document.get("CompositeAlarms") or ()]
    return Stack(source=source, alarms=tuple(alarms))


def _shared(mapping: Mapping[str, Any]) -> dict[str, Any]:
    arn = mapping.get("AlarmArn") or ""
    parts = arn.split(":")
    return {
        "address": arn or mapping["AlarmName"],
        "name": mapping["AlarmName"],
        "description": mapping.get("AlarmDescription"),
        "tags": {tag["Key"]: tag["Value"] for tag in mapping.get("Tags") or ()},
        "actions_enabled": mapping.get("ActionsEnabled", True),
        "alarm_actions": _actions(mapping, "AlarmActions"),
        "ok_actions": _actions(mapping, "OKActions"),
        "insufficient_data_actions": _actions(mapping, "InsufficientDataActions"),
        "region": parts[3] if len(parts) > 6 else None,
        "account": parts[4] if len(parts) > 6 else None,
        "is_written": False,
    }


def metric_alarm(mapping: Mapping[str, Any]) -> Alarm:
    """One of MetricAlarms, or the parameters of PutMetricAlarm."""
    queries = tuple(_query(query) for query in mapping.get("Metrics") or ())
    return Alarm(
        **_shared(mapping),
        metric=_metric(mapping) if mapping.get("MetricName") else None,
        queries=queries,
        comparison=mapping.get("ComparisonOperator"),
        threshold=mapping.get("Threshold"),
        threshold_metric_id=mapping.get("ThresholdMetricId"),
        evaluation_periods=mapping.get("EvaluationPeriods"),
        datapoints_to_alarm=mapping.get("DatapointsToAlarm"),
        treat_missing_data=mapping.get("TreatMissingData") or _default_policy(mapping),
        low_samples=mapping.get("EvaluateLowSampleCountPercentile") or "",
    )


def _default_policy(mapping: Mapping[str, Any]) -> str:
    """DynamoDB's own metrics are ignored when missing, unless the alarm says otherwise."""
    namespaces = {mapping.get("Namespace")} | {
        (query.get("MetricStat") or {}).get("Metric", {}).get("Namespace")
        for query in mapping.get("Metrics") or ()
    }
    return "ignore" if namespaces - {None} == {"AWS/DynamoDB"} else "missing"


def composite_alarm(mapping: Mapping[str, Any]) -> Alarm:
    """One of CompositeAlarms."""
    return Alarm(
        **_shared(mapping), rule=mapping.get("AlarmRule") or "", suppressor=mapping.get("ActionsSuppressor")
    )


def _actions(mapping: Mapping[str, Any], key: str) -> Actions:
    arns = tuple(mapping.get(key) or ())
    return Actions(arns=arns, scaling=any(":autoscaling:" in arn for arn in arns))


def _metric(mapping: Mapping[str, Any]) -> Metric:
    return Metric(
        namespace=mapping.get("Namespace"),
        name=mapping.get("MetricName"),
        dimensions={d["Name"]: d["Value"] for d in mapping.get("Dimensions") or ()},
        statistic=mapping.get("ExtendedStatistic") or mapping.get("Statistic"),
        period=mapping.get("Period"),
        unit=mapping.get("Unit"),
    )


def _query(query: Mapping[str, Any]) -> Query:
    stat = query.get("MetricStat")
    metric = stat and Metric(
        namespace=stat["Metric"].get("Namespace"),
        name=stat["Metric"].get("MetricName"),
        dimensions={d["Name"]: d["Value"] for d in stat["Metric"].get("Dimensions") or ()},
        statistic=stat.get("Stat"),
        period=stat.get("Period"),
        unit=stat.get("Unit"),
    )
    return Query(
        id=query.get("Id") or "",
        expression=query.get("Expression"),
        returned=query.get("ReturnData", True) is not False,
        metric=metric or None,
        period=query.get("Period"),
    )
