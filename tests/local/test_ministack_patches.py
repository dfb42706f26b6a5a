import json
import xml.etree.ElementTree as ET
from types import SimpleNamespace
from urllib.parse import parse_qs, urlencode

import pytest

from alarmctl.local import ministack_patches as patches

NAMESPACE = {"cw": "http://monitoring.amazonaws.com/doc/2010-08-01/"}
MATH_QUERY = {
    "AlarmName": "math & more",
    "EvaluationPeriods": "2",
    "DatapointsToAlarm": "2",
    "Threshold": "80",
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "ActionsEnabled": "false",
    "InsufficientDataActions.member.1": "arn:aws:sns:us-east-1:000000000000:topic",
    "Metrics.member.1.Id": "e1",
    "Metrics.member.1.Expression": "100*m1",
    "Metrics.member.1.ReturnData": "true",
    "Metrics.member.2.Id": "m1",
    "Metrics.member.2.ReturnData": "false",
    "Metrics.member.2.MetricStat.Period": "60",
    "Metrics.member.2.MetricStat.Stat": "Average",
    "Metrics.member.2.MetricStat.Metric.Namespace": "Demo",
    "Metrics.member.2.MetricStat.Metric.MetricName": "Cpu",
    "Metrics.member.2.MetricStat.Metric.Dimensions.member.1.Name": "Service",
    "Metrics.member.2.MetricStat.Metric.Dimensions.member.1.Value": "api",
}
SINGLE = {
    "AlarmName": "single",
    "Namespace": "Demo",
    "MetricName": "Cpu",
    "ExtendedStatistic": "p99",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
}


@pytest.fixture
def mended(world):
    """ministack's CloudWatch with our patches."""
    sqs = SimpleNamespace(_receive_messages_for_esm=None)
    patches.install(world.driver, world.cloudwatch, sqs, SimpleNamespace(_emit_lambda_logs=None))
    return world.cloudwatch


def query(**members):
    return parse_qs(urlencode(members))


def describe(cloudwatch, kind="MetricAlarm"):
    status, _, body = cloudwatch._describe_alarms(query(**{"AlarmTypes.member.1": kind}), {}, False)
    assert status == 200
    return ET.fromstring(body)


def test_metric_math_survives_the_query_protocol(mended):
    status, headers, _ = mended._put_metric_alarm(query(**MATH_QUERY), {}, False)
    assert (status, headers["Content-Type"]) == (200, "application/xml")
    alarm = mended._alarms["math & more"]
    assert alarm["Metrics"][0] == {"Id": "e1", "Expression": "100*m1", "ReturnData": True}
    assert alarm["Metrics"][1]["MetricStat"]["Period"] == 60
    assert alarm["ActionsEnabled"] is False
    assert len(alarm["InsufficientDataActions"]) == 1
    assert "Period" not in alarm, "AWS gives none for metric math"


def test_describe_alarms_answers_query_xml_with_every_member(mended):
    mended._put_metric_alarm(query(**MATH_QUERY), {}, False)
    found = describe(mended)
    alarm = found.find(".//cw:MetricAlarms/cw:member", NAMESPACE)
    assert alarm.findtext("cw:AlarmName", namespaces=NAMESPACE) == "math & more"
    assert alarm.findtext("cw:ActionsEnabled", namespaces=NAMESPACE) == "false"
    assert alarm.findtext("cw:TreatMissingData", namespaces=NAMESPACE) == "missing"
    assert alarm.findtext(".//cw:Dimensions/cw:member/cw:Value", namespaces=NAMESPACE) == "api"
    assert [one.text for one in alarm.findall(".//cw:ReturnData", NAMESPACE)] == ["true", "false"]
    assert alarm.findtext("cw:StateUpdatedTimestamp", namespaces=NAMESPACE).endswith("Z")


def test_made_up_members_do_not_stay(mended):
    mended._put_metric_alarm({}, SINGLE, False, True)
    alarm = mended._alarms["single"]
    assert alarm["ExtendedStatistic"] == "p99"
    assert "Statistic" not in alarm
    assert "Unit" not in alarm


def test_an_update_keeps_the_state_and_its_reason_data(mended, world):
    mended._put_metric_alarm({}, SINGLE, False, True)
    world.driver.set_state("single", "ALARM", "by hand", '{"a":1}')
    mended._put_metric_alarm({}, SINGLE | {"Threshold": 2}, False, True)
    alarm = mended._alarms["single"]
    assert (alarm["StateValue"], alarm["StateReasonData"], alarm["Threshold"]) == ("ALARM", '{"a":1}', 2)


def test_a_new_alarm_sees_the_data_that_is_there(mended, world):
    world.put_data([5])
    mended._put_metric_alarm({}, SINGLE | {"Dimensions": [{"Name": "Service", "Value": "api"}]}, False, True)
    assert world.state("single") == "ALARM"


def test_a_refused_alarm_is_refused_in_the_callers_protocol(mended):
    tags = {"Tags.member.1.Key": "aws:mine", "Tags.member.1.Value": "x"}
    status, headers, body = mended._put_metric_alarm(query(**MATH_QUERY, **tags), {}, False)
    assert (status, headers["Content-Type"]) == (403, "application/xml")
    assert b"<Code>AccessDenied</Code>" in body
    assert "math & more" not in mended._alarms


def test_a_composites_suppressor_survives(mended):
    mended._put_metric_alarm({}, SINGLE, False, True)
    request = {
        "AlarmName": "page",
        "AlarmRule": "ALARM(single)",
        "ActionsSuppressor": "single",
        "ActionsSuppressorWaitPeriod": "60",
        "ActionsSuppressorExtensionPeriod": "30",
    }
    assert mended._put_composite_alarm(query(**request), {}, False)[0] == 200
    alarm = describe(mended, "CompositeAlarm").find(".//cw:CompositeAlarms/cw:member", NAMESPACE)
    assert alarm.findtext("cw:ActionsSuppressor", namespaces=NAMESPACE) == "single"
    assert alarm.findtext("cw:ActionsSuppressorExtensionPeriod", namespaces=NAMESPACE) == "30"
    assert alarm.findtext("cw:StateValue", namespaces=NAMESPACE) == "OK"


@pytest.mark.parametrize(
    ("name", "state", "code"),
    [("nobody", "ALARM", "ResourceNotFound"), ("single", "BROKEN", "ValidationError")],
)
def test_set_alarm_state_refuses_what_aws_refuses(mended, name, state, code):
    mended._put_metric_alarm({}, SINGLE, False, True)
    request = {"AlarmName": name, "StateValue": state, "StateReason": "by hand"}
    status, _, body = mended._set_alarm_state({}, request, False, True)
    assert status in {400, 404}
    assert json.loads(body)["__type"] == code


def test_set_alarm_state_takes_the_drivers_path(mended, world):
    mended._put_metric_alarm({}, SINGLE, False, True)
    body = {"AlarmName": "single", "StateValue": "ALARM", "StateReason": "by hand"}
    status, _, answer = mended._set_alarm_state({}, body, False, True)
    assert (status, json.loads(answer)) == (200, {})
    assert [event["detail"]["state"]["reason"] for event in world.bus.events] == ["by hand"]


def receiver(batches):
    """A receive that hands out prepared batches, then nothing."""
    waiting = list(batches)
    asked = []

    def receive(_queue_url, most):
        asked.append(most)
        return waiting.pop(0) if waiting else []

    return receive, asked


@pytest.mark.parametrize(
    ("window", "batches", "size", "sizes"),
    [
        (0, [[1] * 10, [1] * 5], 500, 10),
        (0.2, [[1] * 10, [1] * 5], 500, 15),
        (5, [[1] * 10, [1] * 10], 20, 20),
        (5, [], 500, 0),
    ],
    ids=["no window", "window", "full before the window closes", "nothing there"],
)
def test_batches_wait_for_their_window(window, batches, size, sizes):
    receive, asked = receiver(batches)
    mapping = {
        "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:alerts",
        "MaximumBatchingWindowInSeconds": window,
    }
    lambda_svc = SimpleNamespace(_iter_all_esms=lambda: iter([("a", "r", mapping)]))
    collect = patches.wait_for_whole_batches(receive, lambda_svc)
    assert len(collect("http://127.0.0.1:4566/000000000000/alerts", size)) == sizes
    assert max(asked) <= 10


def test_a_bus_takes_a_whole_policy_and_single_statements_as_before():
    kept: dict[str, object] = {}
    bridge = SimpleNamespace(
        _event_bus_policies=kept,
        _put_permission=lambda data: kept.update({data["EventBusName"]: "single"}),
        json_response=lambda body: (200, {}, json.dumps(body).encode()),
    )
    patches.take_whole_bus_policies(bridge)
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": "Senders"}]}

    bridge._put_permission({"EventBusName": "central", "Policy": json.dumps(policy)})
    bridge._put_permission({"EventBusName": "other", "StatementId": "x"})

    assert kept == {"central": policy, "other": "single"}


def test_a_service_is_told_with_its_defaults_and_without_what_it_has_not():
    ecs = SimpleNamespace(_sanitize=lambda record: record)
    patches.tell_services_as_ecs_does(ecs)
    sent = {
        "schedulingStrategy": "DAEMON",
        "deploymentConfiguration": {"minimumHealthyPercent": 0},
        "networkConfiguration": {},
    }
    of_its_own = {"networkConfiguration": {"awsvpcConfiguration": {"subnets": ["a"]}}}

    assert ecs._sanitize(sent) == {
        "availabilityZoneRebalancing": "DISABLED",
        "schedulingStrategy": "DAEMON",
        "deploymentConfiguration": {"maximumPercent": 100, "minimumHealthyPercent": 0},
    }
    replica = ecs._sanitize({"schedulingStrategy": "REPLICA", **of_its_own})
    assert replica["deploymentConfiguration"] == {"maximumPercent": 200}
    assert replica["networkConfiguration"] == of_its_own["networkConfiguration"]
    assert ecs._sanitize({"taskArn": "a"}) == {"taskArn": "a"}
