"""What is known of an alarm, whichever way it came. Empty means unknown, and is never filled by a guess.

Written from the schemas of https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ : the SNS
message (alarms-and-actions.html), the EventBridge event (cloudwatch-and-eventbridge.html), the Lambda
action (alarms-and-actions-Lambda.html), and the API's DescribeAlarms.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notify_slack import peek
from notify_slack.envelope import loads

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

STATES = ("OK", "ALARM", "INSUFFICIENT_DATA")

COMPARISONS = {
    "GreaterThanOrEqualToThreshold": "≥",
    "GreaterThanThreshold": ">",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanLowerOrGreaterThanUpperThreshold": "outside",
    "LessThanLowerThreshold": "below",
    "GreaterThanUpperThreshold": "above",
}

_ACTION_LISTS = {"OK": "OKActions", "ALARM": "AlarmActions", "INSUFFICIENT_DATA": "InsufficientDataActions"}

# SNS spells statistics in capitals, every other source as the API does.
_STATISTICS = {name.upper(): name for name in ("Average", "Sum", "Minimum", "Maximum", "SampleCount")} | {
    "SAMPLE_COUNT": "SampleCount"
}


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric or expression of an alarm. The id of an alarm's only metric is left empty."""

    id: str = ""
    namespace: str = ""
    name: str = ""
    stat: str = ""
    period_seconds: int | None = None
    unit: str = ""
    dimensions: tuple[tuple[str, str], ...] = ()
    expression: str = ""
    label: str = ""
    returned: bool = True


@dataclass(frozen=True, slots=True)
class Child:
    """An alarm that made a composite alarm change, and the state it went to."""

    arn: str
    state: str


@dataclass(frozen=True, slots=True)
class AlarmFacts:
    """One state change of one alarm."""

    name: str = ""
    arn: str = ""
    account: str = ""
    region: str = ""
    state: str = ""
    previous_state: str = ""
    at: datetime | None = None
    previous_at: datetime | None = None
    reason: str = ""
    description: str = ""
    metrics: tuple[Metric, ...] = ()
    comparison: str = ""
    threshold: float | None = None
    evaluation_periods: int | None = None
    datapoints_to_alarm: int | None = None
    rule: str = ""
    children: tuple[Child, ...] = ()
    contributor_id: str = ""
    contributor: tuple[tuple[str, str], ...] = ()
    tags: tuple[tuple[str, str], ...] = ()
    recent: tuple[float | None, ...] = ()  # the datapoints that were looked at, oldest first; None is a gap
    limits: tuple[float, ...] = ()  # what the newest was compared with: a threshold, or a band's two ends
    unit: str = ""  # of the datapoints, when the metric names none
    refired: bool = False  # its action ran because a mute window ended
    suppressed_by: str = ""
    muted_by: str = ""
    actions_enabled: bool | None = None
    actions: tuple[tuple[str, tuple[str, ...]], ...] = ()  # state -> ARNs, once the lists are known

    def actions_for(self, state: str) -> tuple[str, ...] | None:
        """The ARNs that are told when the alarm goes to `state`; None while the lists are unknown."""
        return dict(self.actions).get(state)


def merge(first: AlarmFacts, second: AlarmFacts) -> AlarmFacts:
    """`first`, with what it does not know taken from `second`."""
    known = {}
    for field in dataclasses.fields(AlarmFacts):
        value = getattr(first, field.name)
        unknown = value is None or value in ("", ())
        known[field.name] = getattr(second, field.name) if unknown else value
    return AlarmFacts(**known)


def from_action(message: object, topic_arn: str) -> AlarmFacts:
    """Read the message that an alarm publishes to an SNS topic."""
    trigger = peek.mapping(message, "Trigger")
    account = peek.text(message, "AWSAccountId")
    name = peek.text(message, "AlarmName")
    arn = peek.text(message, "AlarmArn") or _arn_beside(topic_arn, account, name)
    return AlarmFacts(
        name=name,
        arn=arn,
        account=account or arn_part(arn, 4),
        region=arn_part(arn, 3),
        state=peek.text(message, "NewStateValue"),
        previous_state=peek.text(message, "OldStateValue"),
        at=peek.time(message, "StateChangeTime"),
        reason=peek.text(message, "NewStateReason"),
        description=peek.text(message, "AlarmDescription"),
        metrics=_metrics_of_action(trigger),
        comparison=COMPARISONS.get(peek.text(trigger, "ComparisonOperator"), ""),
        threshold=peek.number(trigger, "Threshold") if "ThresholdMetricId" not in trigger else None,
        evaluation_periods=peek.count(trigger, "EvaluationPeriods"),
        datapoints_to_alarm=peek.count(trigger, "DatapointsToAlarm"),
        rule=peek.text(message, "AlarmRule"),
        children=_children(peek.items(message, "TriggeringChildren"), "Arn", "State", "Value"),
        contributor_id=peek.text(message, "AlarmContributorId"),
        contributor=_pairs(peek.mapping(message, "AlarmContributorAttributes")),
        tags=_tags(peek.at(message, "AlarmTags")),
        refired=peek.flag(message, "ActionExecutedAfterMuteWindow") or False,
        actions=_actions(message),
    )


def from_state_change(body: object, arn: str, account: str, region: str) -> AlarmFacts:
    """Read EventBridge's `detail` or the Lambda action's `alarmData`: they are built alike."""
    state = peek.mapping(body, "state")
    configuration = peek.mapping(body, "configuration")
    reason_data = loads(peek.text(state, "reasonData"))
    return AlarmFacts(
        name=peek.text(body, "alarmName"),
        arn=arn,
        account=arn_part(arn, 4) or account,
        region=arn_part(arn, 3) or region,
        state=peek.text(state, "value"),
        previous_state=peek.text(body, "previousState", "value"),
        at=peek.time(state, "timestamp"),
        previous_at=peek.time(body, "previousState", "timestamp"),
        reason=peek.text(state, "reason"),
        description=peek.text(configuration, "description"),
        metrics=_metrics_of_event(peek.items(configuration, "metrics")),
        threshold=peek.number(reason_data, "threshold"),
        rule=peek.text(configuration, "alarmRule"),
        children=_children(peek.items(reason_data, "triggeringAlarms"), "arn", "state", "value"),
        contributor_id=peek.text(body, "alarmContributor", "id"),
        contributor=_pairs(peek.mapping(body, "alarmContributor", "attributes")),
        tags=_tags(peek.at(body, "alarmTags")),
        recent=_recent(reason_data),
        limits=_limits(reason_data),
        unit=peek.text(reason_data, "unit"),
        suppressed_by=peek.text(state, "actionsSuppressedBy"),
        muted_by=peek.text(body, "muteDetail", "mutedByArn"),
    )


def from_describe_alarms(alarm: object) -> AlarmFacts:
    """Read one alarm of a DescribeAlarms answer: its configuration, not its state, which may be newer."""
    arn = peek.text(alarm, "AlarmArn")
    return AlarmFacts(
        name=peek.text(alarm, "AlarmName"),
        arn=arn,
        account=arn_part(arn, 4),
        region=arn_part(arn, 3),
        description=peek.text(alarm, "AlarmDescription"),
        metrics=_metrics_of_api(alarm),
        comparison=COMPARISONS.get(peek.text(alarm, "ComparisonOperator"), ""),
        threshold=peek.number(alarm, "Threshold"),
        evaluation_periods=peek.count(alarm, "EvaluationPeriods"),
        datapoints_to_alarm=peek.count(alarm, "DatapointsToAlarm"),
        rule=peek.text(alarm, "AlarmRule"),
        actions_enabled=peek.flag(alarm, "ActionsEnabled"),
        actions=_actions(alarm),
    )


def arn_part(arn: str, place: int) -> str:
    """The colon-separated part of an ARN: 1 partition, 3 region, 4 account; empty if there is none."""
    parts = arn.split(":")
    return parts[place] if parts[0] == "arn" and len(parts) > place else ""


def alarm_name(arn: str) -> str:
    """The name inside an alarm's ARN, or the text itself when it is no such ARN."""
    return arn.split(":", 6)[-1] if arn.startswith("arn:") else arn


def _arn_beside(topic_arn: str, account: str, name: str) -> str:
    """Messages from before 2020 carry no AlarmArn; a topic lies in its alarm's region."""
    partition, region = arn_part(topic_arn, 1), arn_part(topic_arn, 3)
    if not (partition and region and account and name):
        return ""
    return f"arn:{partition}:cloudwatch:{region}:{account}:alarm:{name}"


def _actions(source: object) -> tuple[tuple[str, tuple[str, ...]], ...]:
    if not any(isinstance(peek.at(source, key), list) for key in _ACTION_LISTS.values()):
        return ()
    return tuple(
        (state, tuple(arn for arn in peek.items(source, key) if isinstance(arn, str)))
        for state, key in _ACTION_LISTS.items()
    )


def _children(values: Any, arn: str, state: str, value: str) -> tuple[Child, ...]:
    return tuple(Child(peek.text(child, arn), peek.text(child, state, value)) for child in values)


def _pairs(values: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((key, value) for key, value in values.items() if isinstance(value, str)))


def _tags(value: Any) -> tuple[tuple[str, str], ...]:
    """https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-tags-in-notifications.html"""
    if not isinstance(value, list):
        return _pairs(peek.mapping(value))
    found = {
        peek.text(tag, "Key") or peek.text(tag, "key"): peek.text(tag, "Value") or peek.text(tag, "value")
        for tag in value
    }
    return tuple(sorted((key, text) for key, text in found.items() if key))


def _recent(reason_data: object) -> tuple[float | None, ...]:
    return tuple(peek.number(value) for value in peek.items(reason_data, "recentDatapoints"))


def _limits(reason_data: object) -> tuple[float, ...]:
    found = (
        peek.number(reason_data, "threshold"),
        peek.number(reason_data, "recentLowerThresholds", -1),
        peek.number(reason_data, "recentUpperThresholds", -1),
    )
    return tuple(value for value in found if value is not None)


def _named(values: Any, name: str, value: str) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((peek.text(item, name), peek.text(item, value)) for item in values))


def _stat(value: str) -> str:
    return _STATISTICS.get(value.upper(), value)


def _alone(metrics: list[Metric]) -> tuple[Metric, ...]:
    """EventBridge gives the only metric of an alarm an id of its own; the other sources have none."""
    if len(metrics) == 1 and not metrics[0].expression:
        metrics = [dataclasses.replace(metrics[0], id="", returned=True)]
    return tuple(metrics)


def _metrics_of_action(trigger: Mapping[str, Any]) -> tuple[Metric, ...]:
    queries = peek.items(trigger, "Metrics")
    if not queries:
        return _one_metric(
            trigger,
            stat=_stat(peek.text(trigger, "Statistic") or peek.text(trigger, "ExtendedStatistic")),
            dimensions=_named(peek.items(trigger, "Dimensions"), "name", "value"),
        )
    return _alone([_query(query, "name", "value") for query in queries])


def _metrics_of_api(alarm: object) -> tuple[Metric, ...]:
    queries = peek.items(alarm, "Metrics")
    if not queries:
        return _one_metric(
            alarm,
            stat=_stat(peek.text(alarm, "Statistic") or peek.text(alarm, "ExtendedStatistic")),
            dimensions=_named(peek.items(alarm, "Dimensions"), "Name", "Value"),
        )
    return _alone([_query(query, "Name", "Value") for query in queries])


def _one_metric(source: object, stat: str, dimensions: tuple[tuple[str, str], ...]) -> tuple[Metric, ...]:
    name = peek.text(source, "MetricName")
    if not name:
        return ()
    return (
        Metric(
            namespace=peek.text(source, "Namespace"),
            name=name,
            stat=stat,
            period_seconds=peek.count(source, "Period"),
            unit=peek.text(source, "Unit"),
            dimensions=dimensions,
        ),
    )


def _query(query: object, name: str, value: str) -> Metric:
    stat = peek.mapping(query, "MetricStat")
    return Metric(
        id=peek.text(query, "Id"),
        namespace=peek.text(stat, "Metric", "Namespace"),
        name=peek.text(stat, "Metric", "MetricName"),
        stat=_stat(peek.text(stat, "Stat")),
        period_seconds=peek.count(stat, "Period") or peek.count(query, "Period"),
        unit=peek.text(stat, "Unit"),
        dimensions=_named(peek.items(stat, "Metric", "Dimensions"), name, value),
        expression=peek.text(query, "Expression"),
        label=peek.text(query, "Label"),
        returned=peek.flag(query, "ReturnData") is not False,
    )


def _metrics_of_event(queries: Any) -> tuple[Metric, ...]:
    return _alone(
        [
            Metric(
                id=peek.text(query, "id"),
                namespace=peek.text(query, "metricStat", "metric", "namespace"),
                name=peek.text(query, "metricStat", "metric", "name"),
                stat=_stat(peek.text(query, "metricStat", "stat")),
                period_seconds=peek.count(query, "metricStat", "period") or peek.count(query, "period"),
                unit=peek.text(query, "metricStat", "unit"),
                dimensions=_pairs(peek.mapping(query, "metricStat", "metric", "dimensions")),
                expression=peek.text(query, "expression"),
                label=peek.text(query, "label"),
                returned=peek.flag(query, "returnData") is not False,
            )
            for query in queries
        ]
    )
