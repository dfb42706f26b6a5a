"""What CloudWatch would send: fields, their order, their spelling."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from alarms import wire
from alarms.definitions import STATISTICS, from_put_composite_alarm
from alarms.model import MuteDetail, State, StateChange, StateDetail, TriggeringAlarm

AT = datetime(2026, 9, 14, 12, 0, 30, 448000, tzinfo=UTC)
BEFORE = datetime(2026, 9, 14, 11, 0, 30, 448000, tzinfo=UTC)
TOPIC = "arn:aws:sns:us-east-1:000000000000:demo-critical"


@pytest.fixture
def change():
    now = StateDetail(State.ALARM, "Threshold Crossed: …", AT, '{"version":"1.0","threshold":50.0}')
    return StateChange("cpu", now, StateDetail(State.OK, "fine", BEFORE))


@pytest.fixture
def composite():
    return from_put_composite_alarm(
        {
            "AlarmName": "both",
            "AlarmRule": "ALARM(cpu)",
            "AlarmActions": [TOPIC],
            "ActionsSuppressor": "deploying",
            "ActionsSuppressorWaitPeriod": 60,
            "ActionsSuppressorExtensionPeriod": 120,
        }
    )


def test_sns_message_of_a_single_metric(alarm, change):
    made = alarm(
        AlarmDescription="busy",
        AlarmActions=[TOPIC],
        DatapointsToAlarm=2,
        TreatMissingData="breaching",
        AlarmConfigurationUpdatedTimestamp="2026-09-01T00:00:00+00:00",
    )
    message = wire.sns_message(made, change)
    assert json.dumps(message, ensure_ascii=False) == json.dumps(
        {
            "AlarmName": "cpu",
            "AlarmDescription": "busy",
            "AWSAccountId": "000000000000",
            "AlarmConfigurationUpdatedTimestamp": "2026-09-01T00:00:00.000+0000",
            "NewStateValue": "ALARM",
            "NewStateReason": "Threshold Crossed: …",
            "StateChangeTime": "2026-09-14T12:00:30.448+0000",
            "Region": "US East (N. Virginia)",
            "AlarmArn": "arn:aws:cloudwatch:us-east-1:000000000000:alarm:cpu",
            "OldStateValue": "OK",
            "ActionExecutedAfterMuteWindow": False,
            "OKActions": [],
            "AlarmActions": [TOPIC],
            "InsufficientDataActions": [],
            "Trigger": {
                "MetricName": "CPUUtilization",
                "Namespace": "AWS/ECS",
                "StatisticType": "Statistic",
                "Statistic": "AVERAGE",
                "Unit": None,
                "Dimensions": [{"value": "demo", "name": "ClusterName"}],
                "Period": 60,
                "EvaluationPeriods": 3,
                "DatapointsToAlarm": 2,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 50.0,
                "TreatMissingData": "breaching",
                "EvaluateLowSampleCountPercentile": "",
            },
        },
        ensure_ascii=False,
    )


def test_sns_message_of_a_percentile(alarm, change):
    made = alarm(Statistic=None, ExtendedStatistic="p99", EvaluateLowSampleCountPercentile="ignore")
    trigger = wire.sns_message(made, change)["Trigger"]
    assert list(trigger)[2:4] == ["StatisticType", "ExtendedStatistic"]
    assert (trigger["StatisticType"], trigger["ExtendedStatistic"]) == ("ExtendedStatistic", "p99")
    assert trigger["EvaluateLowSampleCountPercentile"] == "ignore"
    assert "DatapointsToAlarm" not in trigger


def test_every_statistic_has_its_spelling():
    assert set(wire.STATISTIC_NAMES) == set(STATISTICS)
    assert set(wire.ACTIONS) == set(State)


def test_sns_message_of_metric_math(math_alarm, change):
    trigger = wire.sns_message(math_alarm("100*m1", "m1"), change)["Trigger"]
    assert next(iter(trigger)) == "Period"
    assert trigger["Metrics"] == [
        {"Expression": "100*m1", "Id": "result", "ReturnData": True},
        {
            "Id": "m1",
            "MetricStat": {
                "Metric": {"Dimensions": [], "MetricName": "m1", "Namespace": "App"},
                "Period": 60,
                "Stat": "Sum",
            },
            "ReturnData": False,
        },
    ]


def test_sns_message_of_a_composite(composite, change):
    moved = replace(change, triggering=(TriggeringAlarm("arn:child", State.ALARM, AT),))
    message = wire.sns_message(composite, moved)
    assert list(message) == [
        "AlarmName",
        "AlarmDescription",
        "AWSAccountId",
        "NewStateValue",
        "NewStateReason",
        "StateChangeTime",
        "Region",
        "AlarmArn",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
        "ActionExecutedAfterMuteWindow",
        "OldStateValue",
        "AlarmRule",
        "ActionsSuppressor",
        "ActionsSuppressorWaitPeriod",
        "ActionsSuppressorExtensionPeriod",
        "TriggeringChildren",
    ]
    assert message["TriggeringChildren"] == [
        {"Arn": "arn:child", "State": {"Value": "ALARM", "Timestamp": "2026-09-14T12:00:30.448+0000"}}
    ]


def test_subject(alarm, change):
    assert wire.sns_subject(alarm(), change) == 'ALARM: "cpu" in US East (N. Virginia)'
    assert wire.sns_subject(alarm(AlarmName="größe ✓✓ ok"), change) == (
        'ALARM: "gr_e _ ok" in US East (N. Virginia)'
    )
    long = wire.sns_subject(alarm(AlarmName="a" * 255), change)
    assert len(long) == wire.SUBJECT_CHARS
    assert long.endswith('aaa..." in US East (N. Virginia)')


def test_regions_without_a_name_go_by_their_code():
    assert wire.region_name("eu-west-1") == "EU (Ireland)"
    assert wire.region_name("xx-new-1") == "xx-new-1"


def test_bodies_for_each_protocol(alarm, change):
    bodies = wire.sns_bodies(alarm(), change)
    assert json.loads(bodies["default"]) == wire.sns_message(alarm(), change)
    assert bodies["sms"] == 'ALARM: "cpu" in US East (N. Virginia)'
    assert "- State Change:               OK -> ALARM\n" in bodies["email"]
    assert "Monday 14 September, 2026 12:00:30 UTC" in bodies["email"]


def test_eventbridge_event(alarm, change):
    event = wire.eventbridge_event(alarm(Unit="Percent"), change, "e-1")
    query_id = event["detail"]["configuration"]["metrics"][0].pop("id")
    assert query_id == wire.eventbridge_event(alarm(), change)["detail"]["configuration"]["metrics"][0]["id"]
    assert event == {
        "version": "0",
        "id": "e-1",
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": "000000000000",
        "time": "2026-09-14T12:00:30Z",
        "region": "us-east-1",
        "resources": ["arn:aws:cloudwatch:us-east-1:000000000000:alarm:cpu"],
        "detail": {
            "alarmName": "cpu",
            "state": {
                "value": "ALARM",
                "reason": "Threshold Crossed: …",
                "reasonData": '{"version":"1.0","threshold":50.0}',
                "timestamp": "2026-09-14T12:00:30.448+0000",
            },
            "previousState": {
                "value": "OK",
                "reason": "fine",
                "timestamp": "2026-09-14T11:00:30.448+0000",
            },
            "configuration": {
                "metrics": [
                    {
                        "metricStat": {
                            "metric": {
                                "namespace": "AWS/ECS",
                                "name": "CPUUtilization",
                                "dimensions": {"ClusterName": "demo"},
                            },
                            "period": 60,
                            "stat": "Average",
                            "unit": "Percent",
                        },
                        "returnData": True,
                    }
                ]
            },
        },
    }


def test_event_ids_are_the_changes_own(alarm, change):
    first = wire.eventbridge_event(alarm(), change)["id"]
    assert first == wire.eventbridge_event(alarm(), change)["id"]
    later = replace(change, state=replace(change.state, timestamp=BEFORE))
    assert first != wire.eventbridge_event(alarm(), later)["id"]


def test_eventbridge_event_of_a_muted_suppressed_composite(composite, change):
    state = replace(
        change.state,
        actions_suppressed_by="WaitPeriod",
        actions_suppressed_reason="Actions suppressed by WaitPeriod",
    )
    mute = MuteDetail("arn:mute", BEFORE, AT)
    detail = wire.eventbridge_event(composite, replace(change, state=state, mute=mute))["detail"]
    assert detail["state"]["actionsSuppressedBy"] == "WaitPeriod"
    assert detail["configuration"] == {
        "alarmRule": "ALARM(cpu)",
        "actionsSuppressor": "deploying",
        "actionsSuppressorWaitPeriod": 60,
        "actionsSuppressorExtensionPeriod": 120,
    }
    assert detail["muteDetail"] == {
        "mutedByArn": "arn:mute",
        "muteWindowStart": "2026-09-14T11:00:30.448+0000",
        "muteWindowEnd": "2026-09-14T12:00:30.448+0000",
    }


def test_lambda_payload(math_alarm, change):
    payload = wire.lambda_event(math_alarm("m1*2", "m1"), change)
    assert list(payload) == ["source", "alarmArn", "accountId", "time", "region", "alarmData"]
    assert payload["time"] == "2026-09-14T12:00:30.448+0000"
    metrics = payload["alarmData"]["configuration"]["metrics"]
    assert metrics[0] == {"id": "result", "expression": "m1*2", "returnData": True}
    assert metrics[1]["metricStat"]["metric"] == {"namespace": "App", "name": "m1", "dimensions": {}}


def test_history(alarm, change):
    item = wire.history_item(alarm(), change)
    assert item["HistorySummary"] == "Alarm updated from OK to ALARM"
    data = json.loads(item["HistoryData"])
    assert data["newState"]["stateReasonData"] == {"version": "1.0", "threshold": 50.0}
    assert '"threshold":50.0' in item["HistoryData"]


def test_actions_are_those_of_the_state_while_enabled(alarm):
    made = alarm(AlarmActions=[TOPIC], OKActions=["arn:ok"])
    assert wire.actions(made, State.ALARM) == (TOPIC,)
    assert wire.actions(made, State.OK) == ("arn:ok",)
    assert wire.actions(alarm(AlarmActions=[TOPIC], ActionsEnabled=False), State.ALARM) == ()
