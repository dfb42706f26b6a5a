"""State changes in CloudWatch's own words: SNS messages, EventBridge events, Lambda payloads, history.

Sources: "Alarm events and EventBridge", "Invoke a Lambda function from an alarm", DescribeAlarmHistory;
the SNS message is not documented and follows what real alarms sent (docs/evaluation.md). Key order is AWS's.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any

from alarms import javajson
from alarms.definitions import (
    BAND_OPERATORS,
    STATISTICS,
    Alarm,
    CompositeDefinition,
    Definition,
    MetricQuery,
    MetricStat,
)
from alarms.javajson import day_and_time, instant
from alarms.model import State, as_utc

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alarms.model import StateChange, StateDetail

# SNS refuses a longer subject.
SUBJECT_CHARS = 100
SMS_NAME_CHARS = 90

# As alarm messages spell them, which is not always as the region table of AWS does ("EU", not "Europe").
REGION_NAMES = {
    "af-south-1": "Africa (Cape Town)",
    "ap-east-1": "Asia Pacific (Hong Kong)",
    "ap-east-2": "Asia Pacific (Taipei)",
    "ap-northeast-1": "Asia Pacific (Tokyo)",
    "ap-northeast-2": "Asia Pacific (Seoul)",
    "ap-northeast-3": "Asia Pacific (Osaka)",
    "ap-south-1": "Asia Pacific (Mumbai)",
    "ap-south-2": "Asia Pacific (Hyderabad)",
    "ap-southeast-1": "Asia Pacific (Singapore)",
    "ap-southeast-2": "Asia Pacific (Sydney)",
    "ap-southeast-3": "Asia Pacific (Jakarta)",
    "ap-southeast-4": "Asia Pacific (Melbourne)",
    "ap-southeast-5": "Asia Pacific (Malaysia)",
    "ap-southeast-6": "Asia Pacific (New Zealand)",
    "ap-southeast-7": "Asia Pacific (Thailand)",
    "ca-central-1": "Canada (Central)",
    "ca-west-1": "Canada West (Calgary)",
    "cn-north-1": "China (Beijing)",
    "cn-northwest-1": "China (Ningxia)",
    "eu-central-1": "EU (Frankfurt)",
    "eu-central-2": "EU (Zurich)",
    "eu-north-1": "EU (Stockholm)",
    "eu-south-1": "EU (Milan)",
    "eu-south-2": "EU (Spain)",
    "eu-west-1": "EU (Ireland)",
    "eu-west-2": "EU (London)",
    "eu-west-3": "EU (Paris)",
    "il-central-1": "Israel (Tel Aviv)",
    "me-central-1": "Middle East (UAE)",
    "me-south-1": "Middle East (Bahrain)",
    "mx-central-1": "Mexico (Central)",
    "sa-east-1": "South America (Sao Paulo)",
    "us-east-1": "US East (N. Virginia)",
    "us-east-2": "US East (Ohio)",
    "us-gov-east-1": "AWS GovCloud (US-East)",
    "us-gov-west-1": "AWS GovCloud (US-West)",
    "us-west-1": "US West (N. California)",
    "us-west-2": "US West (Oregon)",
}
STATISTIC_NAMES = {
    "SampleCount": "SAMPLE_COUNT",
    "Average": "AVERAGE",
    "Sum": "SUM",
    "Minimum": "MINIMUM",
    "Maximum": "MAXIMUM",
}
ACTIONS = {
    State.OK: "ok_actions",
    State.ALARM: "alarm_actions",
    State.INSUFFICIENT_DATA: "insufficient_data_actions",
}


def region_name(region: str) -> str:
    """The region as alarm messages name it; an unlisted one by its code."""
    return REGION_NAMES.get(region, region)


def actions(alarm: Alarm, state: State) -> tuple[str, ...]:
    """The ARNs to notify of `state`: none while actions are disabled."""
    found: tuple[str, ...] = getattr(alarm, ACTIONS[state])
    return found if alarm.actions_enabled else ()


def sns_message(alarm: Definition | CompositeDefinition, change: StateChange) -> dict[str, Any]:
    """The JSON that CloudWatch publishes to an SNS action."""
    if isinstance(alarm, CompositeDefinition):
        return _composite_message(alarm, change)
    updated = {"AlarmConfigurationUpdatedTimestamp": instant(alarm.updated)} if alarm.updated else {}
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": alarm.account,
        **updated,
        "NewStateValue": change.state.value.value,
        "NewStateReason": change.state.reason,
        "StateChangeTime": instant(change.state.timestamp),
        "Region": region_name(alarm.region),
        "AlarmArn": alarm.arn,
        "OldStateValue": change.previous.value.value,
        "ActionExecutedAfterMuteWindow": change.after_mute_window,
        "OKActions": list(alarm.ok_actions),
        "AlarmActions": list(alarm.alarm_actions),
        "InsufficientDataActions": list(alarm.insufficient_data_actions),
        "Trigger": _trigger(alarm),
    }


def _composite_message(alarm: CompositeDefinition, change: StateChange) -> dict[str, Any]:
    message: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": alarm.account,
        "NewStateValue": change.state.value.value,
        "NewStateReason": change.state.reason,
        "StateChangeTime": instant(change.state.timestamp),
        "Region": region_name(alarm.region),
        "AlarmArn": alarm.arn,
        "OKActions": list(alarm.ok_actions),
        "AlarmActions": list(alarm.alarm_actions),
        "InsufficientDataActions": list(alarm.insufficient_data_actions),
        "ActionExecutedAfterMuteWindow": change.after_mute_window,
        "OldStateValue": change.previous.value.value,
        "AlarmRule": alarm.rule,
    }
    if alarm.actions_suppressor:
        message |= {
            "ActionsSuppressor": alarm.actions_suppressor,
            "ActionsSuppressorWaitPeriod": alarm.suppressor_wait_period,
            "ActionsSuppressorExtensionPeriod": alarm.suppressor_extension_period,
        }
    message["TriggeringChildren"] = [
        {"Arn": child.arn, "State": {"Value": child.state.value, "Timestamp": instant(child.timestamp)}}
        for child in change.triggering
    ]
    return message


def _trigger(alarm: Definition) -> dict[str, Any]:
    trigger: dict[str, Any] = _single_trigger(alarm.metric_stat) if alarm.metric_stat else {}
    trigger |= {"Period": alarm.period, "EvaluationPeriods": alarm.evaluation_periods}
    if alarm.datapoints_to_alarm:
        trigger["DatapointsToAlarm"] = alarm.datapoints_to_alarm
    trigger["ComparisonOperator"] = alarm.comparison_operator
    if alarm.comparison_operator in BAND_OPERATORS:
        trigger["ThresholdMetricId"] = alarm.threshold_metric_id
    else:
        trigger["Threshold"] = alarm.threshold
    trigger["TreatMissingData"] = alarm.missing_data
    trigger["EvaluateLowSampleCountPercentile"] = alarm.evaluate_low_sample_count_percentile or ""
    if alarm.queries:
        trigger["Metrics"] = [_trigger_query(query) for query in alarm.queries]
    return trigger


def _dimensions(stat: MetricStat) -> list[dict[str, str]]:
    return [{"value": value, "name": name} for name, value in stat.dimensions]


def _single_trigger(stat: MetricStat) -> dict[str, Any]:
    simple = stat.stat in STATISTICS
    kind = "Statistic" if simple else "ExtendedStatistic"
    return {
        "MetricName": stat.metric_name,
        "Namespace": stat.namespace,
        "StatisticType": kind,
        kind: STATISTIC_NAMES.get(stat.stat, stat.stat),
        "Unit": stat.unit,
        "Dimensions": _dimensions(stat),
    }


def _present(**fields: Any) -> dict[str, Any]:
    return {key: value for key, value in fields.items() if value is not None}


def _trigger_query(query: MetricQuery) -> dict[str, Any]:
    shown = _present(Expression=query.expression, Id=query.id, Label=query.label)
    if query.metric_stat:
        stat = query.metric_stat
        metric = {
            "Dimensions": _dimensions(stat),
            "MetricName": stat.metric_name,
            "Namespace": stat.namespace,
        }
        shown["MetricStat"] = {"Metric": metric, "Period": stat.period, "Stat": stat.stat} | _present(
            Unit=stat.unit
        )
    return (
        shown | {"ReturnData": query.return_data} | _present(AccountId=query.account_id, Period=query.period)
    )


def sns_subject(alarm: Alarm, change: StateChange) -> str:
    """The notification's subject: at most 100 ASCII characters, a long name cut and marked by `...`."""
    place = region_name(alarm.region)
    frame = f'{change.state.value}: "{{}}" in {place}'
    room = SUBJECT_CHARS - len(frame.format(""))
    name = re.sub(r"[^\x20-\x7e]+", "_", alarm.name)
    return frame.format(_clipped(name, room))


def _clipped(name: str, room: int) -> str:
    return name if len(name) <= room else name[: room - 3] + "..."


def sns_bodies(alarm: Definition | CompositeDefinition, change: StateChange) -> dict[str, str]:
    """The bodies of a publication with MessageStructure=json: `default`, `sms`, `email`."""
    place = region_name(alarm.region)
    return {
        "default": json.dumps(sns_message(alarm, change), ensure_ascii=False, separators=(",", ":")),
        "sms": f'{change.state.value}: "{_clipped(alarm.name, SMS_NAME_CHARS)}" in {place}',
        "email": _email(alarm, change),
    }


def _email(alarm: Definition | CompositeDefinition, change: StateChange) -> str:
    place, state = region_name(alarm.region), change.state.value
    when = day_and_time(change.state.timestamp)
    console = f"https://{alarm.region}.console.aws.amazon.com/cloudwatch/deeplink.js?region={alarm.region}"
    opening = (
        f'You are receiving this email because your Amazon CloudWatch Alarm "{alarm.name}" in the {place} '
        f'region has entered the {state} state, because "{change.state.reason}" at "{when}".'
    )
    lines = [
        opening,
        "",
        "View this alarm in the AWS Management Console:",
        f"{console}#alarmsV2:alarm/{alarm.name}",
        "",
        "Alarm Details:",
        f"- Name:                       {alarm.name}",
        f"- Description:                {alarm.description or ''}",
        f"- State Change:               {change.previous.value} -> {state}",
        f"- Reason for State Change:    {change.state.reason}",
        f"- Timestamp:                  {when}",
        f"- AWS Account:                {alarm.account}",
        f"- Alarm Arn:                  {alarm.arn}",
    ]
    return "\n".join(lines) + "\n"


def eventbridge_event(
    alarm: Definition | CompositeDefinition, change: StateChange, event_id: str | None = None
) -> dict[str, Any]:
    """The "CloudWatch Alarm State Change" event; without `event_id`, one that the change determines."""
    return {
        "version": "0",
        "id": event_id
        or str(uuid.uuid5(uuid.NAMESPACE_URL, f"{alarm.arn} {instant(change.state.timestamp)}")),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": alarm.account,
        "time": f"{as_utc(change.state.timestamp):%Y-%m-%dT%H:%M:%SZ}",
        "region": alarm.region,
        "resources": [alarm.arn],
        "detail": _alarm_data(alarm, change),
    }


def lambda_event(alarm: Definition | CompositeDefinition, change: StateChange) -> dict[str, Any]:
    """The payload of an alarm's Lambda action."""
    return {
        "source": "aws.cloudwatch",
        "alarmArn": alarm.arn,
        "accountId": alarm.account,
        "time": instant(change.state.timestamp),
        "region": alarm.region,
        "alarmData": _alarm_data(alarm, change),
    }


def _alarm_data(alarm: Definition | CompositeDefinition, change: StateChange) -> dict[str, Any]:
    data = {
        "alarmName": alarm.name,
        "state": _state(change.state),
        "previousState": _state(change.previous),
        "configuration": _configuration(alarm),
    }
    if change.mute:
        data["muteDetail"] = {
            "mutedByArn": change.mute.muted_by_arn,
            "muteWindowStart": instant(change.mute.window_start),
            "muteWindowEnd": instant(change.mute.window_end),
        }
    return data


def _state(detail: StateDetail) -> dict[str, Any]:
    return _present(
        value=detail.value.value,
        reason=detail.reason,
        reasonData=detail.reason_data,
        timestamp=instant(detail.timestamp),
        evaluationState=detail.evaluation_state,
        actionsSuppressedBy=detail.actions_suppressed_by,
        actionsSuppressedReason=detail.actions_suppressed_reason,
    )


def _configuration(alarm: Definition | CompositeDefinition) -> dict[str, Any]:
    if isinstance(alarm, CompositeDefinition):
        return _present(
            description=alarm.description,
            alarmRule=alarm.rule,
            actionsSuppressor=alarm.actions_suppressor,
            actionsSuppressorWaitPeriod=alarm.suppressor_wait_period,
            actionsSuppressorExtensionPeriod=alarm.suppressor_extension_period,
        )
    metrics = [_metric(query) for query in alarm.queries]
    if alarm.metric_stat:
        # CloudWatch makes up an id for a single metric; this one is the same for the same alarm.
        query_id = str(uuid.uuid5(uuid.NAMESPACE_URL, alarm.arn))
        metrics = [{"id": query_id, "metricStat": _metric_stat(alarm.metric_stat), "returnData": True}]
    return _present(description=alarm.description) | {"metrics": metrics}


def _metric(query: MetricQuery) -> dict[str, Any]:
    stat = _metric_stat(query.metric_stat) if query.metric_stat else None
    return _present(
        id=query.id,
        metricStat=stat,
        expression=query.expression,
        label=query.label,
        period=query.period,
        accountId=query.account_id,
        returnData=query.return_data,
    )


def _metric_stat(stat: MetricStat) -> dict[str, Any]:
    metric = {"namespace": stat.namespace, "name": stat.metric_name, "dimensions": dict(stat.dimensions)}
    return {"metric": metric, "period": stat.period, "stat": stat.stat} | _present(unit=stat.unit)


def history_item(alarm: Alarm, change: StateChange) -> dict[str, Any]:
    """The StateUpdate entry of DescribeAlarmHistory."""
    data = {
        "version": "1.0",
        "oldState": _history_state(change.previous),
        "newState": _history_state(change.state),
    }
    composite = isinstance(alarm, CompositeDefinition)
    return {
        "AlarmName": alarm.name,
        "AlarmType": "CompositeAlarm" if composite else "MetricAlarm",
        "Timestamp": as_utc(change.state.timestamp),
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {change.previous.value} to {change.state.value}",
        "HistoryData": javajson.dumps(data),
    }


def _history_state(detail: StateDetail) -> Mapping[str, Any]:
    data = json.loads(detail.reason_data) if detail.reason_data else None
    return _present(stateValue=detail.value.value, stateReason=detail.reason, stateReasonData=data)
