"""A DescribeAlarms answer as a Stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alarmctl.lint.model import Actions, Alarm, Metric, Query, Stack
from alarmctl.lint.values import number, text, texts, whole

if TYPE_CHECKING:
    from collections.abc import Mapping

LISTS = ("MetricAlarms", "CompositeAlarms")


def is_answer(document: object) -> bool:
    """Whether the JSON is what DescribeAlarms answers, or the list of alarms in it."""
    if isinstance(document, list):
        return bool(document) and all(isinstance(alarm, dict) and "AlarmName" in alarm for alarm in document)
    return isinstance(document, dict) and any(isinstance(document.get(key), list) for key in LISTS)


def read(document: Mapping[str, Any] | list[Mapping[str, Any]], source: str) -> Stack:
    """The alarms of an answer. Nothing is known of their topics."""
    if isinstance(document, list):
        metric = [alarm for alarm in document if "AlarmRule" not in alarm]
        document = {"MetricAlarms": metric, "CompositeAlarms": [a for a in document if "AlarmRule" in a]}
    alarms = [metric_alarm(mapping) for mapping in document.get("MetricAlarms") or ()]
    alarms += [composite_alarm(mapping) for mapping in document.get("CompositeAlarms") or ()]
    return Stack(source=source, alarms=tuple(alarms))


def _shared(mapping: Mapping[str, Any]) -> dict[str, Any]:
    name = text(mapping["AlarmName"])
    if name is None:
        raise ValueError(f"AlarmName is {mapping['AlarmName']!r}, which is no name")
    arn = text(mapping.get("AlarmArn")) or ""
    parts = arn.split(":")
    return {
        "address": arn or name,
        "name": name,
        "description": text(mapping.get("AlarmDescription")),
        "tags": {str(tag["Key"]): str(tag["Value"]) for tag in mapping.get("Tags") or ()},
        "actions_enabled": mapping.get("ActionsEnabled", True) is not False,
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
        comparison=text(mapping.get("ComparisonOperator")),
        threshold=number(mapping.get("Threshold")),
        threshold_metric_id=text(mapping.get("ThresholdMetricId")),
        evaluation_periods=whole(mapping.get("EvaluationPeriods")),
        datapoints_to_alarm=whole(mapping.get("DatapointsToAlarm")),
        treat_missing_data=text(mapping.get("TreatMissingData")) or _default_policy(mapping),
        low_samples=text(mapping.get("EvaluateLowSampleCountPercentile")) or "",
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
        **_shared(mapping),
        rule=text(mapping.get("AlarmRule")) or "",
        suppressor=text(mapping.get("ActionsSuppressor")),
    )


def _actions(mapping: Mapping[str, Any], key: str) -> Actions:
    arns = texts(mapping.get(key))
    return Actions(arns=arns, scaling=any(":autoscaling:" in arn for arn in arns))


def _metric(mapping: Mapping[str, Any]) -> Metric:
    return Metric(
        namespace=text(mapping.get("Namespace")),
        name=text(mapping.get("MetricName")),
        dimensions=_dimensions(mapping),
        statistic=text(mapping.get("ExtendedStatistic")) or text(mapping.get("Statistic")),
        period=whole(mapping.get("Period")),
        unit=text(mapping.get("Unit")),
    )


def _dimensions(mapping: Mapping[str, Any]) -> dict[str, str | None]:
    return {str(d["Name"]): text(d["Value"]) for d in mapping.get("Dimensions") or ()}


def _query(query: Mapping[str, Any]) -> Query:
    stat = query.get("MetricStat")
    metric = stat and Metric(
        namespace=text(stat["Metric"].get("Namespace")),
        name=text(stat["Metric"].get("MetricName")),
        dimensions=_dimensions(stat["Metric"]),
        statistic=text(stat.get("Stat")),
        period=whole(stat.get("Period")),
        unit=text(stat.get("Unit")),
    )
    return Query(
        id=text(query.get("Id")) or "",
        expression=text(query.get("Expression")),
        returned=query.get("ReturnData", True) is not False,
        metric=metric or None,
        period=whole(query.get("Period")),
    )
