"""What the dashboard module writes keeps to CloudWatch's structure, whatever the alarms."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from alarmctl import terraform
from alarmctl.dashboard import page
from alarmctl.dashboard.body import problems

ROOT = Path(__file__).resolve().parents[2]
MODULE = ROOT / "terraform/modules/dashboard"
pytestmark = pytest.mark.terraform
MOCKED = """
mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
}

run "plan" {
  command = plan
}
"""
ECS = {"namespace": "AWS/ECS", "statistic": "Average"}
MATH = {
    "missing": {"expression": "desired - running", "return_data": True},
    "desired": {"metric": {"metric_name": "DesiredTaskCount", "namespace": "C", "stat": "Sum"}},
    "running": {
        "metric": {"metric_name": "RunningTaskCount", "namespace": "C", "stat": "Sum", "period": 300}
    },
}


def alarm(number):
    severity = ("critical", "warning", "info")[number % 3]
    service = {"ClusterName": "main", "ServiceName": f"service-{number // 3}"}
    told = {"severity": severity, "comparison": "<" if number % 2 else ">=", "threshold": number - 3}
    if number % 5 == 0:
        return told | {"metric_query": MATH}
    return told | ECS | {"metric_name": "CPUUtilization", "dimensions": service if number % 7 else {}}


@pytest.fixture(scope="module")
def bodies(tmp_path_factory):
    """The dashboards of 230 alarms of every kind, as a plan writes them, by name."""
    folder = tmp_path_factory.mktemp("dashboard") / "module"
    shutil.copytree(MODULE, folder, ignore=shutil.ignore_patterns("tests", ".terraform"))
    shutil.copy(ROOT / "terraform/environments/local/.terraform.lock.hcl", folder)
    (folder / "tests").mkdir()
    (folder / "tests/plan.tftest.hcl").write_text(MOCKED)
    alarms = {f"api-{number}-{number % 3}": alarm(number) for number in range(230)}
    variables = {
        "name": "acme-production",
        "alarms": alarms,
        "alarm_names": {key: f"acme-production-{key}" for key in alarms},
        "composite_alarm_names": {"down": "acme-production-down"},
        "logs": {"Errors": {"log_group_names": ["/ecs/api"]}},
        "per_subject": True,
    }
    (folder / "all.auto.tfvars.json").write_text(json.dumps(variables))
    run = [str(terraform.find()), f"-chdir={folder}"]
    environment = terraform.environment({})
    environment.pop("TF_DATA_DIR", None)
    for words in (
        ["init", "-input=false", "-backend=false", *terraform.plugin_arguments()],
        ["test", "-verbose", "-json"],
    ):
        done = subprocess.run([*run, *words], capture_output=True, text=True, env=environment, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
    messages = [json.loads(line) for line in done.stdout.splitlines()]
    (plan,) = [message["test_plan"] for message in messages if "test_plan" in message]
    return {
        change["change"]["after"]["dashboard_name"]: json.loads(change["change"]["after"]["dashboard_body"])
        for change in plan["resource_changes"]
        if change["type"] == "aws_cloudwatch_dashboard"
    }


def test_bodies_are_sound(bodies):
    assert len(bodies) > 70
    assert {name: found for name, body in bodies.items() if (found := problems(body))} == {}


def test_every_alarm_is_on_the_environments_dashboard(bodies):
    widgets = bodies["acme-production"]["widgets"]
    rows = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
    assert [len(row) for row in rows] == [100, 100, 31]
    assert len({arn for row in rows for arn in row}) == 231


def test_all_of_it_can_be_drawn(bodies):
    assert page.render(bodies).count("<main") == len(bodies)
