"""The example with every kind of resource, applied to a local AWS of its own."""

from __future__ import annotations

import json
import shutil
import socket
from pathlib import Path

import pytest

from alarmctl.local import stack as stacks
from alarmctl.terraform import Terraform

pytestmark = [pytest.mark.stack, pytest.mark.terraform]

ROOT = Path(__file__).resolve().parents[2]


def free_port():
    with socket.socket() as probe:
        probe.bind((stacks.HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture
def aws(tmp_path):
    """A local AWS with nothing in it, and nothing evaluated while the test looks on."""
    stack = stacks.start(
        tmp_path / "home", aws_port=free_port(), page_port=free_port(), evaluate_every=36000.0
    )
    yield stack
    stacks.stop(stack)


def test_everything_applies_and_a_second_plan_is_empty(aws, tmp_path):
    tree = tmp_path / "terraform"
    shutil.copytree(ROOT / "terraform", tree, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"))
    example = tree / "examples/everything"
    shutil.copy(tree / "environments/local/.terraform.lock.hcl", example)
    terraform = Terraform(
        example,
        tmp_path / "data",
        env={
            "AWS_ENDPOINT_URL": aws.aws_url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "NO_PROXY": "127.0.0.1,localhost",
        },
        variables={
            "slack_webhook_url": "https://hooks.slack.com/services/T0/B0/not-a-real-token",
            "notifier_package": json.dumps({"zip": str(ROOT / "dist/notify_slack.zip")}),
            "cost_anomalies": "false",
        },
    )
    terraform.init()
    terraform.apply()
    assert terraform.plan() == ()
    made = terraform.output()
    pages = (
        aws.client("cloudwatch")
        .get_paginator("describe_alarms")
        .paginate(AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    )
    there = {
        alarm["AlarmName"]
        for page in pages
        for kind in ("MetricAlarms", "CompositeAlarms")
        for alarm in page[kind]
    }
    wanted = {*made["alarm_names"].values(), *made["composite_alarm_names"].values()}
    assert len(wanted) > 200
    assert wanted <= there
