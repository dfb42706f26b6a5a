"""Plans with a few alarms, as `terraform show -json` prints them."""

import json
from types import SimpleNamespace

import pytest

TOPIC = "arn:aws:sns:eu-west-1:123456789012:acme-{}"


def alarm(key, **changes):
    values = {
        "alarm_name": f"acme-{key}",
        "alarm_description": f"The {key} is high. Runbook: https://example.com/runbooks/{key}.md",
        "metric_name": "CPUUtilization",
        "namespace": "AWS/ECS",
        "statistic": "Average",
        "period": 60,
        "evaluation_periods": 2,
        "datapoints_to_alarm": 2,
        "threshold": 80,
        "comparison_operator": "GreaterThanOrEqualToThreshold",
        "dimensions": {"ClusterName": "main"},
        "treat_missing_data": "missing",
        "actions_enabled": True,
        "alarm_actions": [TOPIC.format("warning")],
        "ok_actions": [TOPIC.format("warning")],
        "insufficient_data_actions": [],
    } | changes
    return {
        "address": f'module.alarms.aws_cloudwatch_metric_alarm.this["{key}"]',
        "mode": "managed",
        "type": "aws_cloudwatch_metric_alarm",
        "name": "this",
        "index": key,
        "values": values,
    }


def composite(key, rule, **changes):
    values = {
        "alarm_name": f"acme-{key}",
        "alarm_description": f"{key}. Runbook: https://example.com/runbooks/{key}.md",
        "alarm_rule": rule,
        "actions_enabled": True,
        "alarm_actions": [TOPIC.format("critical")],
        "ok_actions": [],
        "insufficient_data_actions": [],
    } | changes
    return {
        "address": f'module.alarms.aws_cloudwatch_composite_alarm.this["{key}"]',
        "mode": "managed",
        "type": "aws_cloudwatch_composite_alarm",
        "name": "this",
        "index": key,
        "values": values,
    }


def plan(after, before=()):
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": list(after)}},
        "prior_state": {"values": {"root_module": {"resources": list(before)}}},
    }


@pytest.fixture
def write(tmp_path):
    """Write a plan to a file."""

    def write_(after, before=(), name="plan.json"):
        path = tmp_path / name
        path.write_text(json.dumps(plan(after, before)))
        return path

    return write_


@pytest.fixture
def made():
    """The makers of alarms, since test files cannot import this one."""

    return SimpleNamespace(alarm=alarm, composite=composite, plan=plan)
