"""Our reading of catalogue and YAML gives what the Terraform modules plan, and plans can be tested."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from alarmctl.scenarios import document, reading
from alarmctl.scenarios.sources import Sources
from alarmctl.terraform import Terraform
from alarms.definitions import Definition

ROOT = Path(__file__).resolve().parents[3]
LOCAL = ROOT / "terraform/environments/local"
MAIN = """
provider "aws" {
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}

module "service_alarms" {
  source            = "MODULES/service_alarms"
  ecs_cluster_name  = "demo"
  ecs_service_names = ["api"]
}

locals {
  topics = {
    for severity in ["critical", "warning", "info"] :
    severity => "arn:aws:sns:us-east-1:000000000000:demo-local-${severity}"
  }
}

module "metric_alarms" {
  source           = "MODULES/metric_alarms"
  name             = "demo-local"
  topic_arns       = local.topics
  alarms           = merge(module.service_alarms.alarms, yamldecode(file("LOCAL/alarms.yaml")))
  composite_alarms = yamldecode(file("LOCAL/composite_alarms.yaml"))
}
"""
pytestmark = pytest.mark.terraform


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    """The plan of the demo's alarms as JSON in a file."""
    folder = tmp_path_factory.mktemp("plan")
    text = MAIN.replace("MODULES", str(ROOT / "terraform/modules")).replace("LOCAL", str(LOCAL))
    (folder / "main.tf").write_text(text)
    terraform = Terraform(folder, folder / "data")
    terraform.init()
    terraform.plan(folder / "plan.bin")
    path = folder / "plan.json"
    path.write_text(json.dumps(terraform.show(folder / "plan.bin")))
    return path


def ordered(alarms):
    """By key, and metric queries by id: the provider has a set of them."""
    return {
        key: replace(alarm, queries=tuple(sorted(alarm.queries, key=lambda query: query.id)))
        if isinstance(alarm, Definition)
        else alarm
        for key, alarm in alarms.by_key.items()
    }


def test_the_alarms_are_those_that_terraform_plans(plan):
    shipped = Sources().read(document.read(LOCAL / "scenarios/shop.yaml"))
    planned = Sources().from_file(plan)
    assert planned.refused == {}
    assert len(planned.by_key) > 8
    assert ordered(planned) == ordered(shipped)


def test_scenarios_run_on_the_plan_instead(plan, alarmctl):
    code, printed = alarmctl(LOCAL, "--alarms", plan)
    assert code == 0, printed
    assert printed.splitlines()[-1].endswith(" passed, 0 failed")


def test_a_plan_can_be_named_by_a_scenario_file(plan, write):
    scenario = {
        "name": "quiet",
        "alarm": "demo-local-orders-failed",
        "series": {"OrdersFailed": "0x5"},
        "expect": [{"fires": 0}],
    }
    path = write("one.yaml", {"alarms": {"plan": str(plan)}, "scenarios": [scenario]})
    found = reading.read(path, Sources())
    assert found.errors == ()
    assert [case.key for case in found.cases] == ["orders-failed"]
