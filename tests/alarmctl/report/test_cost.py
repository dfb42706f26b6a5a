"""What alarms cost: the arithmetic, and what is counted in plans, answers and accounts."""

import json

import pytest

from alarmctl.cli import main
from alarmctl.report import cost


def metric_alarm(name, **changes):
    return {
        "AlarmName": name,
        "MetricName": "CPUUtilization",
        "Namespace": "AWS/EC2",
        "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 2,
        "Threshold": 80.0,
        "ComparisonOperator": "GreaterThanThreshold",
    } | changes


def query(query_id, **fields):
    return {"Id": query_id, **fields}


def stat(query_id, name, namespace="AWS/EC2", period=60):
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": []}
    return query(query_id, MetricStat={"Metric": metric, "Period": period, "Stat": "Sum"}, ReturnData=False)


MATH = metric_alarm("math") | {
    "MetricName": None,
    "Metrics": [stat("a", "In"), stat("b", "Out"), query("e", Expression="a/b", ReturnData=True)],
}
BAND = metric_alarm("band") | {
    "MetricName": None,
    "ThresholdMetricId": "band",
    "Metrics": [stat("a", "In"), query("band", Expression="ANOMALY_DETECTION_BAND(a, 2)")],
}
INSIGHTS = metric_alarm("fleet") | {
    "MetricName": None,
    "Metrics": [query("q", Expression='SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)')],
}


@pytest.mark.parametrize(
    ("alarm", "dollars"),
    [
        (metric_alarm("standard"), 0.10),
        (metric_alarm("fast", Period=10), 0.30),
        (MATH, 0.20),
        (BAND, 0.30),
        (BAND | {"Metrics": [stat("a", "In", period=30), *BAND["Metrics"][1:]]}, 0.90),
        (INSIGHTS, 0.10),
        ({"AlarmName": "both", "AlarmRule": 'ALARM("a")'}, 0.50),
    ],
)
def test_what_one_alarm_costs(alarm, dollars):
    assert cost.of_document([alarm], "").cost() == pytest.approx(dollars)


def test_free_amounts_are_taken_off_once_and_bands_share_those_of_the_standard_alarms():
    inventory = cost.Inventory({"standard": 8, "anomaly": 6, "custom_metrics": 12, "dashboards": 4})
    assert inventory.cost() == pytest.approx(0.8 + 0.6 + 3.6 + 12)
    assert inventory.cost(free=True) == pytest.approx(0.4 + 0.6 + 3)


def test_the_many_thousandth_metric_is_cheaper():
    assert cost.prices().items["custom_metrics"].cost(10_001) == pytest.approx(3000.10)
    assert cost.prices().items["custom_metrics"].cost(1_000_001) == pytest.approx(
        10_000 * 0.3 + 240_000 * 0.1 + 750_000 * 0.05 + 0.02
    )


def test_prices_have_a_date_a_region_and_a_source():
    prices = cost.prices()
    assert prices.as_of >= "2025"
    assert prices.region == "us-east-1"
    assert prices.source.startswith("https://aws.amazon.com/")


def resource(kind, name, **values):
    return {"address": f"{kind}.{name}", "mode": "managed", "type": kind, "name": name, "values": values}


def planned(name, **changes):
    values = {
        "alarm_name": name,
        "metric_name": "Errors",
        "namespace": "Acme",
        "statistic": "Sum",
        "period": 60,
        "evaluation_periods": 1,
        "threshold": 1,
        "comparison_operator": "GreaterThanThreshold",
        "dimensions": {"Service": name},
    }
    return resource("aws_cloudwatch_metric_alarm", name, **(values | changes))


def plan(after, before=()):
    return {
        "format_version": "1.2",
        "planned_values": {"root_module": {"resources": list(after)}},
        "prior_state": {"values": {"root_module": {"resources": list(before)}}},
    }


FILTER = resource(
    "aws_cloudwatch_log_metric_filter",
    "errors",
    metric_transformation=[{"namespace": "Acme", "name": "Errors", "value": "1"}],
)
OTHER_FILTER = resource(
    "aws_cloudwatch_log_metric_filter",
    "slow",
    metric_transformation=[{"namespace": "Acme", "name": "Slow", "value": "1"}],
)


def test_a_plan_counts_custom_metrics_once_and_dashboards():
    document = plan(
        [
            planned("a"),
            planned("b"),
            planned("a2", dimensions={"Service": "a"}),
            FILTER,
            OTHER_FILTER,
            resource("aws_cloudwatch_dashboard", "main", dashboard_name="main"),
        ]
    )
    counted = cost.of_document(document, "plan")
    assert counted.amounts == {"standard": 3, "custom_metrics": 3, "dashboards": 1}


def test_the_command_tells_what_a_plan_changes(tmp_path, capsys):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan([planned("a"), planned("b")], [planned("a")])))
    assert main(["report", "cost", str(path)]) == 0
    said = capsys.readouterr().out
    assert "$0.80 a month at list prices, for 2 alarms" in said
    assert "the plan changes that by: +$0.40 a month" in said
    assert main(["report", "cost", str(path), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["change"] == 0.4


@pytest.mark.parametrize(
    ("content", "told"),
    [("{}", "neither a plan or state"), ("no json", "no JSON"), (None, "No such file")],
)
def test_what_cannot_be_read_is_named(tmp_path, capsys, content, told):
    path = tmp_path / "plan.json"
    if content is not None:
        path.write_text(content)
    assert main(["report", "cost", str(path)]) == 2
    error = capsys.readouterr().err
    assert str(path) in error
    assert told in error


def test_a_base_needs_a_file(capsys):
    assert main(["report", "cost", "--base", "x.json"]) == 2
    assert "--base compares with FILE" in capsys.readouterr().err
