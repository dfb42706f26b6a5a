"""A scheduled change of AWS Health becomes a mute rule, or a line that says why not."""

import copy
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from alarms.mute import from_put_alarm_mute_rule
from health_mutes import handler
from health_mutes.handler import Settings, mute

NOW = datetime(2026, 3, 2, 11, 0, 20, tzinfo=UTC)
SETTINGS = Settings("acme-production-", timedelta(hours=24))
EVENT = json.loads((Path(__file__).resolve().parents[1] / "notify_slack/events/health.json").read_text())
INSTANCE = "i-0123456789abcdef0"


def event(**changes):
    changed = copy.deepcopy(EVENT)
    changed["detail"].update(changes)
    return changed


def alarm(name, instance=INSTANCE):
    return {"AlarmName": name, "Dimensions": [{"Name": "InstanceId", "Value": instance}]}


class Cloud:
    """CloudWatch, whose every call is expected."""

    def __init__(self):
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test", "region_name": "eu-west-1"}
        self.stub = Stubber(boto3.client("cloudwatch", **keys))
        self.stub.activate()
        self.put: list[dict[str, Any]] = []
        self.stub.client.meta.events.register(
            "provide-client-params.cloudwatch.PutAlarmMuteRule", lambda params, **_: self.put.append(params)
        )

    def has(self, *alarms):
        self.stub.add_response(
            "describe_alarms",
            {"MetricAlarms": list(alarms)},
            {"AlarmTypes": ["MetricAlarm"], "AlarmNamePrefix": "acme-production-"},
        )
        return self

    def takes_a_rule(self):
        self.stub.add_response("put_alarm_mute_rule", {})
        return self

    def mute(self, event, settings=SETTINGS, now=NOW):
        outcome = mute(event, self.stub.client, settings, now)
        self.stub.assert_no_pending_responses()
        return outcome


@pytest.fixture
def cloud():
    return Cloud()


def test_mutes_the_alarms_of_the_named_instances_for_the_hours_of_the_change(cloud):
    cloud.has(alarm("acme-production-cpu"), alarm("acme-production-other", "i-1")).takes_a_rule()
    outcome = cloud.mute(EVENT)
    (rule,) = cloud.put
    assert outcome["event"] == "muted"
    assert rule["MuteTargets"] == {"AlarmNames": ["acme-production-cpu"]}
    assert rule["Rule"]["Schedule"] == {
        "Expression": "at(2026-03-16T09:00)",
        "Duration": "PT2H",
        "Timezone": "UTC",
    }
    assert rule["Description"].endswith("| owner: aws-health")
    understood = from_put_alarm_mute_rule({k: v for k, v in rule.items() if k != "Description"})
    assert understood.window_at(datetime(2026, 3, 16, 10, tzinfo=UTC))


def test_an_update_moves_the_rule_and_another_page_has_its_own(cloud):
    moved = event(startTime="Tue, 17 Mar 2026 09:00:00 GMT", endTime="Tue, 17 Mar 2026 10:00:00 GMT")
    for one in (EVENT, moved, event(page="2")):
        cloud.has(alarm("acme-production-cpu")).takes_a_rule().mute(one)
    first, second, third = cloud.put
    assert first["Name"] == second["Name"] != third["Name"]
    assert first["Name"].startswith("acme-production-health-")
    assert second["Rule"]["Schedule"]["Expression"] == "at(2026-03-17T09:00)"


def test_the_end_of_a_change_ends_its_mute(cloud):
    name = cloud.has(alarm("acme-production-cpu")).takes_a_rule().mute(EVENT)["rule"]
    cloud.stub.add_response("delete_alarm_mute_rule", {}, {"AlarmMuteRuleName": name})
    assert cloud.mute(event(statusCode="closed")) == {"event": "ended", "rule": name}


def test_the_end_of_a_change_that_was_not_muted_is_fine(cloud):
    cloud.stub.add_client_error("delete_alarm_mute_rule", "ResourceNotFoundException")
    assert cloud.mute(event(statusCode="closed"))["event"] == "left"


def test_a_refusal_by_aws_is_raised_so_that_it_is_tried_again(cloud):
    cloud.stub.add_client_error("delete_alarm_mute_rule", "ThrottlingException")
    with pytest.raises(cloud.stub.client.exceptions.ClientError, match="Throttling"):
        cloud.mute(event(statusCode="closed"))


@pytest.mark.parametrize(
    ("changes", "alarms", "why"),
    [
        ({}, 0, "No alarm acme-production-* watches"),
        ({}, 101, "101 alarms are more than a mute rule takes"),
        ({"endTime": None}, 1, "says no end"),
        ({"endTime": "Fri, 20 Mar 2026 09:00:00 GMT"}, 1, "4 d is longer than 1 d"),
        (
            {"startTime": "Sun, 1 Mar 2026 09:00:00 GMT", "endTime": "Sun, 1 Mar 2026 10:00:00 GMT"},
            1,
            "are over already",
        ),
    ],
)
def test_what_cannot_be_muted_soundly_stays_loud(cloud, changes, alarms, why):
    cloud.has(*(alarm(f"acme-production-{number}") for number in range(alarms)))
    outcome = cloud.mute(event(**changes))
    assert outcome["event"] == "left"
    assert why in outcome["why"]
    assert cloud.put == []


@pytest.mark.parametrize(
    "other", [{}, None, {"source": "aws.health", "detail": {"eventTypeCategory": "issue"}}]
)
def test_another_event_is_left_and_asks_aws_nothing(cloud, other):
    assert cloud.mute(other)["event"] == "left"


def test_the_function_reads_its_settings_and_logs_one_line(cloud, monkeypatch, capsys):
    monkeypatch.setenv("ALARM_NAME_PREFIX", "acme-production-")
    monkeypatch.setenv("MAX_HOURS", "0.5")
    monkeypatch.setattr(boto3, "client", lambda _: cloud.stub.client)
    cloud.has(alarm("acme-production-cpu"))
    outcome = handler.handler(event(endTime="Mon, 16 Mar 2026 23:00:00 GMT"), None)
    assert "longer than 30 min" in outcome["why"] or "over already" in outcome["why"]
    assert json.loads(capsys.readouterr().out) == {"level": "INFO", **outcome}
