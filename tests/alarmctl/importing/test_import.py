"""`alarmctl import`: what it writes is what CloudWatch has, and what it cannot write stays as it is."""

import json

import boto3
import pytest
import yaml
from moto import mock_aws

from alarmctl.cli import main
from alarmctl.importing import folder, writing
from alarms.definitions import from_put_composite_alarm, from_put_metric_alarm
from alarms.written import put_composite_alarm, put_metric_alarm

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ops-critical"
OTHER = "arn:aws:sns:eu-west-1:123456789012:mail"

PLAIN = {
    "AlarmName": "High CPU (web) 100% ${x}",
    "AlarmDescription": 'web: "hot"\nsecond line',
    "ActionsEnabled": True,
    "AlarmActions": [TOPIC],
    "OKActions": [TOPIC, OTHER],
    "InsufficientDataActions": [],
    "Namespace": "AWS/EC2",
    "MetricName": "CPUUtilization",
    "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}],
    "Statistic": "Average",
    "Period": 300,
    "EvaluationPeriods": 3,
    "DatapointsToAlarm": 2,
    "Threshold": 80.5,
    "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    "TreatMissingData": "missing",
}
QUIET = {
    "AlarmName": "acme-latency",
    "ActionsEnabled": False,
    "Namespace": "Shop",
    "MetricName": "Latency",
    "ExtendedStatistic": "p99",
    "EvaluateLowSampleCountPercentile": "ignore",
    "Unit": "Seconds",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 3.0,
    "ComparisonOperator": "GreaterThanThreshold",
    "TreatMissingData": "notBreaching",
}


def stat(id_, name, **more):
    metric = {"Namespace": "Shop", "MetricName": name, "Dimensions": [{"Name": "Service", "Value": "api"}]}
    return {
        "Id": id_,
        "MetricStat": {"Metric": metric, "Period": 120, "Stat": "Sum"},
        "ReturnData": False,
        **more,
    }


MATH = {
    "AlarmName": "rate",
    "AlarmActions": [OTHER],
    "Metrics": [
        stat("e", "Errors"),
        stat("r", "Requests"),
        {"Id": "x", "Expression": "100*e/r", "Label": "Rate", "ReturnData": True},
    ],
    "EvaluationPeriods": 2,
    "Threshold": 5.0,
    "ComparisonOperator": "LessThanThreshold",
    "TreatMissingData": "missing",
}
BOTH = {
    "AlarmName": "Both!",
    "AlarmRule": 'ALARM("rate") AND ALARM("acme-latency")',
    "AlarmActions": [TOPIC],
    "ActionsSuppressor": "deploying",
    "ActionsSuppressorWaitPeriod": 120,
    "ActionsSuppressorExtensionPeriod": 120,
}


@pytest.mark.parametrize("alarm", [PLAIN, QUIET, MATH], ids=lambda alarm: alarm["AlarmName"])
def test_the_module_makes_the_same_metric_alarm_of_it(alarm):
    (one,), left = writing.write([alarm], "acme", {})
    made = put_metric_alarm(one.key, one.settings, name="acme", topics={})
    assert from_put_metric_alarm(made) == from_put_metric_alarm({"AlarmDescription": "", **alarm})
    assert left == []


def test_the_module_makes_the_same_composite_alarm_of_it():
    (one,), _ = writing.write([BOTH], "acme", {})
    made = put_composite_alarm(one.key, one.settings, name="acme", topics={})
    assert from_put_composite_alarm(made) == from_put_composite_alarm({"AlarmDescription": "", **BOTH})
    assert one.is_composite


def test_a_name_that_the_module_would_give_is_not_written_out():
    (one,), _ = writing.write([QUIET], "acme")
    assert one.key == "latency"
    assert "alarm_name" not in one.settings
    assert "tags" not in one.settings


def test_names_that_give_the_same_key_get_a_number():
    alarms = [{**QUIET, "AlarmName": name} for name in ("a b", "a/b", "A b")]
    written, _ = writing.write(alarms, "acme")
    assert sorted(one.key for one in written) == ["a-b", "a-b-2", "a-b-3"]
    assert {one.settings["alarm_name"] for one in written} == {"a b", "a/b", "A b"}


@pytest.mark.parametrize(
    ("topics", "severity"),
    [
        ([TOPIC], "critical"),
        ([OTHER], "warning"),
        (["arn:aws:sns:eu-west-1:1:team-info"], "info"),
        (["arn:aws:sns:eu-west-1:1:prod-pager"], "critical"),
        (["arn:aws:sns:eu-west-1:1:homepage"], "warning"),
        ([], "warning"),
    ],
)
def test_a_topics_name_says_how_urgent(topics, severity):
    assert writing.severity({"AlarmActions": topics}) == severity


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"AlarmName": "TargetTracking-table-1"}, "Auto Scaling"),
        ({"AlarmName": "awseb-e-1-stack-1"}, "Beanstalk"),
        ({"ThresholdMetricId": "band"}, "anomaly"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "anomaly"),
        ({"AlarmDescription": "trailing "}, "space"),
        ({"EvaluationCriteria": {"PromQLCriteria": {}}}, "PromQL"),
        ({"Metrics": [{"Id": "q", "Expression": "SELECT AVG(x) FROM y", "Period": 60}]}, "Metrics Insights"),
        ({"Metrics": [stat("m", "E", AccountId="111111111111")]}, "another account"),
    ],
)
def test_what_cannot_be_written_is_left_with_the_reason(changes, reason):
    written, (left,) = writing.write([QUIET | changes], "acme", {})
    assert written == []
    assert reason in left.reason


def test_an_alarm_of_a_cloudformation_stack_is_left_to_it():
    _, (left,) = writing.write([QUIET], "acme", {"acme-latency": {"aws:cloudformation:stack-name": "shop"}})
    assert "the CloudFormation stack shop" in left.reason


def test_hcl_takes_no_name_for_a_template():
    assert folder.hcl('a "b" ${c} %{d}') == '"a \\"b\\" $${c} %%{d}"'


def test_from_a_file(tmp_path, capsys):
    found = tmp_path / "found.json"
    arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:rate"
    found.write_text(
        json.dumps({"MetricAlarms": [PLAIN, {**MATH, "AlarmArn": arn}], "CompositeAlarms": [BOTH]})
    )
    out = tmp_path / "out"

    assert main(["import", str(found), "--name", "acme", "--out", str(out), "--only", "rate"]) == 0

    assert yaml.safe_load((out / "alarms.yaml").read_text()).keys() == {"rate"}
    assert yaml.safe_load((out / "composite_alarms.yaml").read_text()) == {}
    assert 'region = "eu-west-1"' in (out / "main.tf").read_text()
    assert 'id = "rate"' in (out / "imports.tf").read_text()
    assert "tags" in capsys.readouterr().out

    assert main(["import", str(found), "--name", "acme", "--out", str(out)]) == 2
    assert "alarms.yaml" in capsys.readouterr().err


@mock_aws
def test_live_reads_tags_and_answers_json(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    cloudwatch = boto3.client("cloudwatch", region_name="eu-west-1")
    cloudwatch.put_metric_alarm(**PLAIN, Tags=[{"Key": "team", "Value": "web"}])
    out = tmp_path / "out"
    asked = ["--live", "--region", "eu-west-1", "--name", "acme", "--out", str(out), "--format", "json"]

    assert main(["import", *asked]) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["written"] == {"high-cpu-web-100-x": PLAIN["AlarmName"]}
    assert told["tags_known"]
    assert yaml.safe_load((out / "alarms.yaml").read_text())["high-cpu-web-100-x"]["tags"] == {"team": "web"}


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "cannot be read"),
        ("{", "not JSON"),
        ("{}", "holds no alarms"),
        ('[{"x": 1}]', "without an AlarmName"),
        ('[{"AlarmName": "x"}]', "--region"),
    ],
)
def test_a_file_that_is_none(tmp_path, capsys, content, says):
    found = tmp_path / "found.json"
    if content is not None:
        found.write_text(content)
    assert main(["import", str(found), "--name", "acme", "--out", str(tmp_path / "out")]) == 2
    assert says in capsys.readouterr().err


def test_it_wants_a_file_or_live(tmp_path, capsys):
    assert main(["import", "--name", "acme", "--out", str(tmp_path)]) == 2
    assert "--live" in capsys.readouterr().err
