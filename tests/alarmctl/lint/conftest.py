"""Plans as `terraform show -json` prints them, small enough to read."""

from __future__ import annotations

import copy
import re

import pytest

from alarmctl.lint import commands
from alarmctl.lint import plan as plan_reader

TOPIC = "arn:aws:sns:us-east-1:123456789012:acme-critical"

# A sound alarm; every test says what it changes.
SOUND = {
    "alarm_name": "acme-api-cpu",
    "alarm_description": "The api uses too much CPU.",
    "namespace": "AWS/ECS",
    "metric_name": "CPUUtilization",
    "dimensions": {"ClusterName": "shop", "ServiceName": "api"},
    "statistic": "Average",
    "extended_statistic": None,
    "period": 60,
    "evaluation_periods": 5,
    "datapoints_to_alarm": None,
    "comparison_operator": "GreaterThanThreshold",
    "threshold": 80,
    "threshold_metric_id": None,
    "treat_missing_data": "notBreaching",
    "evaluate_low_sample_count_percentiles": None,
    "unit": None,
    "metric_query": [],
    "actions_enabled": True,
    "alarm_actions": [TOPIC],
    "ok_actions": [],
    "insufficient_data_actions": [],
    "tags": {},
}
USUAL_DIMENSIONS = {
    "AWS/ApplicationELB": {"LoadBalancer": "app/shop/50dc6c495c0c9188"},
    "AWS/SQS": {"QueueName": "orders"},
    "ECS/ContainerInsights": {"ClusterName": "shop", "ServiceName": "api"},
}
OF_ONE_METRIC = ("namespace", "metric_name", "dimensions", "statistic", "extended_statistic", "period")


def _resource(address, values, *, mode="managed"):
    plain = re.sub(r"\[[^\]]*\]", "", address).split(".")
    return {"address": address, "mode": mode, "type": plain[-2], "name": plain[-1], "values": values}


@pytest.fixture
def resource():
    """A resource of a plan: address and values."""
    return _resource


@pytest.fixture
def metric_alarm():
    """A metric alarm, sound but for what is given. With `metric_query` the single metric goes."""

    def build(address="aws_cloudwatch_metric_alarm.this", **changes):
        values = copy.deepcopy(SOUND) | changes
        if changes.get("metric_query"):
            values |= dict.fromkeys(OF_ONE_METRIC)
        return _resource(address, values)

    return build


@pytest.fixture
def query():
    """One metric of a metric-math alarm."""

    def build(id_, namespace, metric_name, stat="Sum", period=60, dimensions=None):
        metric = {
            "namespace": namespace,
            "metric_name": metric_name,
            "stat": stat,
            "period": period,
            "unit": "",
            "dimensions": USUAL_DIMENSIONS.get(namespace, {}) if dimensions is None else dimensions,
        }
        return {"id": id_, "expression": "", "label": "", "return_data": False, "metric": [metric]}

    return build


@pytest.fixture
def expression():
    """The returned expression of a metric-math alarm."""

    def build(text, id_="result", period=None):
        return {
            "id": id_,
            "expression": text,
            "label": "",
            "return_data": True,
            "metric": [],
            "period": period,
        }

    return build


@pytest.fixture
def plan():
    """A plan document. `unknown` is after_unknown by address."""

    def build(*resources, unknown=None, configuration=None, variables=None):
        return {
            "format_version": "1.2",
            "terraform_version": "1.11.4",
            "variables": variables or {},
            "planned_values": {"root_module": {"resources": list(resources)}},
            "resource_changes": [
                {"address": address, "change": {"after_unknown": marks}}
                for address, marks in (unknown or {}).items()
            ],
            "configuration": configuration or {},
        }

    return build


@pytest.fixture
def lint(plan):
    """The report on a plan of these resources."""

    def run(*resources, **sections):
        return commands.lint([plan_reader.read(plan(*resources, **sections), "plan.json")])

    return run


@pytest.fixture
def ids():
    """The rules that a report's findings come from, each as often as it found something."""

    def collect(report):
        return sorted(finding.rule for _, finding in report.findings)

    return collect
