"""Nothing may be found on sound alarms, whatever form they come in."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from alarmctl.lint import commands, describe, sources, written
from alarmctl.lint.model import OPERATORS

HERE = Path(__file__).parent
FILES = sorted((HERE / "sound").glob("*.yaml"))
CATALOGUE = HERE.parents[2] / "terraform" / "modules" / "service_alarms" / "presets" / "ecs.yaml"
ENVIRONMENTS = sorted((HERE.parents[2] / "terraform" / "environments").glob("*/*alarms.yaml"))
TOPIC = "arn:aws:sns:us-east-1:123456789012:acme-warning"

ALARMS = {key: alarm for file in FILES for key, alarm in yaml.safe_load(file.read_text()).items()}
SINGLE = sorted(key for key, alarm in ALARMS.items() if "metric_name" in alarm)
MATH = sorted(key for key, alarm in ALARMS.items() if "metric_query" in alarm)


def problems(report):
    return [f"{finding.name}: {finding.rule} {finding.message}" for _, finding in report.findings]


def test_there_are_enough_of_them():
    assert len(ALARMS) == sum(len(yaml.safe_load(file.read_text())) for file in FILES) >= 100
    assert set(SINGLE) | set(MATH) | {"ecs-svc-saturated-and-maxed"} == set(ALARMS)


@pytest.mark.parametrize("file", [*FILES, *ENVIRONMENTS], ids=lambda file: f"{file.parent.name}-{file.stem}")
def test_nothing_is_found_in_yaml(file):
    assert problems(commands.lint([sources.read(file)])) == []


def test_nothing_is_found_in_the_catalogue_of_the_modules():
    catalogue = yaml.safe_load(CATALOGUE.read_text().replace("{cluster}", "shop").replace("{service}", "api"))
    defaults = catalogue.pop("defaults")
    alarms = {
        f"{kind}-{key}": defaults | alarm
        for kind, entries in catalogue.items()
        for key, alarm in entries.items()
    }
    assert len(alarms) > 5
    assert problems(commands.lint([written.read(alarms, "ecs.yaml")])) == []


def as_values(key):
    """As the metric_alarms module hands it to the provider."""
    alarm = ALARMS[key]
    return {
        "alarm_name": f"acme-{key}",
        "alarm_description": alarm["description"],
        "namespace": alarm.get("namespace"),
        "metric_name": alarm.get("metric_name"),
        "dimensions": alarm.get("dimensions"),
        "statistic": alarm.get("statistic"),
        "extended_statistic": alarm.get("extended_statistic"),
        "period": alarm["period"],
        "evaluation_periods": alarm["evaluation_periods"],
        "datapoints_to_alarm": alarm["datapoints_to_alarm"],
        "comparison_operator": OPERATORS[alarm["comparison"]],
        "threshold": alarm["threshold"],
        "treat_missing_data": alarm["treat_missing_data"],
        "evaluate_low_sample_count_percentiles": alarm.get("evaluate_low_sample_count_percentiles"),
        "alarm_actions": [TOPIC],
        "metric_query": [
            {
                "id": id_,
                "expression": query.get("expression", ""),
                "return_data": query.get("return_data", False),
                "metric": [{**query["metric"], "period": alarm["period"]}] if "metric" in query else [],
            }
            for id_, query in alarm.get("metric_query", {}).items()
        ],
    }


def test_nothing_is_found_in_a_plan(lint, resource):
    kind = "aws_cloudwatch_metric_alarm"
    alarms = [resource(f'{kind}.this["{key}"]', as_values(key)) for key in (*SINGLE, *MATH)]
    assert problems(lint(*alarms)) == []


def as_described(key):
    alarm = ALARMS[key]
    described = {
        "AlarmName": f"acme-{key}",
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:acme-{key}",
        "AlarmDescription": alarm["description"],
        "AlarmActions": [TOPIC],
        "EvaluationPeriods": alarm["evaluation_periods"],
        "DatapointsToAlarm": alarm["datapoints_to_alarm"],
        "ComparisonOperator": OPERATORS[alarm["comparison"]],
        "Threshold": float(alarm["threshold"]),
        "TreatMissingData": alarm["treat_missing_data"],
    }
    if policy := alarm.get("evaluate_low_sample_count_percentiles"):
        described["EvaluateLowSampleCountPercentile"] = policy
    if "metric_name" not in alarm:
        return described | {
            "Metrics": [described_query(id_, q, alarm) for id_, q in alarm["metric_query"].items()]
        }
    statistic = "ExtendedStatistic" if "extended_statistic" in alarm else "Statistic"
    return described | {
        "Namespace": alarm["namespace"],
        "MetricName": alarm["metric_name"],
        "Dimensions": [{"Name": k, "Value": v} for k, v in alarm["dimensions"].items()],
        statistic: alarm.get("extended_statistic") or alarm["statistic"],
        "Period": alarm["period"],
    }


def described_query(id_, query, alarm):
    if "expression" in query:
        return {"Id": id_, "Expression": query["expression"], "ReturnData": True, "Period": alarm["period"]}
    metric = query["metric"]
    return {
        "Id": id_,
        "ReturnData": False,
        "MetricStat": {
            "Metric": {
                "Namespace": metric["namespace"],
                "MetricName": metric["metric_name"],
                "Dimensions": [{"Name": k, "Value": v} for k, v in metric["dimensions"].items()],
            },
            "Period": alarm["period"],
            "Stat": metric["stat"],
        },
    }


def test_nothing_is_found_in_an_answer_of_describe_alarms():
    answer = {"MetricAlarms": [as_described(key) for key in (*SINGLE, *MATH)], "CompositeAlarms": []}
    assert problems(commands.lint([describe.read(answer, "alarms.json")])) == []
    assert len(describe.read(answer["MetricAlarms"], "alarms.json").alarms) == len(SINGLE) + len(MATH)
