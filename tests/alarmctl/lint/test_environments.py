"""Real plans of the example environments: nothing is found, and each way to lose an alarm is."""

from __future__ import annotations

import copy
import dataclasses
import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from alarmctl.catalogue import expand, model
from alarmctl.lint import commands
from alarmctl.lint import plan as plan_reader
from alarmctl.terraform import Terraform
from alarms import written
from alarms.terraform_plan import from_terraform

TERRAFORM = Path(__file__).resolve().parents[3] / "terraform"
pytestmark = pytest.mark.terraform


@pytest.fixture(scope="module")
def planned(without_aws, tmp_path_factory):
    """The plan of an environment as JSON, each made once."""
    root = tmp_path_factory.mktemp("lint")
    shutil.copytree(TERRAFORM, root / "terraform", ignore=shutil.ignore_patterns(".terraform"))
    package = root / "notify_slack.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("notify_slack/handler.py", "")
    plans: dict[str, Any] = {}

    def plan(environment):
        if environment in plans:
            return plans[environment]
        place = "examples" if environment == "everything" else "environments"
        folder = root / "terraform" / place / environment
        (folder / "lint_override.tf").write_text(without_aws)
        variables = {"slack_webhook_url": "https://hooks.slack.com/services/T0/B0/x"}
        if environment == "local":
            variables = {
                "slack_webhook_url": "http://127.0.0.1:1/services/T0/B0/x",
                "notifier_zip": str(package),
                "instance_alarms_zip": str(package),
            }
        elif environment == "everything":
            (folder / "lint.auto.tfvars.json").write_text(
                json.dumps({"notifier_package": {"zip": str(package)}})
            )
        else:
            values = {
                "ecs_cluster_name": "shop",
                "ecs_service_names": ["api", "web"],
                "notifier_package": {"zip": str(package)},
            }
            (folder / "lint.auto.tfvars.json").write_text(json.dumps(values))
        terraform = Terraform(folder, root / f"data-{environment}", variables=variables)
        terraform.init()
        terraform.plan(root / f"{environment}.bin")
        plans[environment] = terraform.show(root / f"{environment}.bin")
        return plans[environment]

    return plan


def findings(document):
    return [finding for _, finding in commands.lint([plan_reader.read(document, "plan.json")]).findings]


@pytest.mark.parametrize("environment", ["local", "staging", "production", "everything"])
def test_nothing_is_found(planned, environment):
    document = planned(environment)
    assert len(plan_reader.read(document, "x").alarms) > 5
    assert findings(document) == []


def test_terraform_makes_of_the_catalogue_what_scenarios_and_pages_say(planned):
    """Every alarm of the example of everything, setting by setting."""
    kinds = model.read(TERRAFORM / "modules/service_alarms/catalogue")
    alarms = {k: v for kind in kinds for k, v in expand.alarms(kind, expand.examples(kind)).items()}
    composites = {k: v for kind in kinds for k, v in expand.composites(kind, expand.examples(kind)).items()}
    name, topics = "acme-everything", written.topic_arns("acme-everything")
    planned_alarms = [one.definition for one in from_terraform(planned("everything"))]
    made = {alarm.name: alarm for alarm in planned_alarms if alarm}
    for key, settings in {**alarms, **composites}.items():
        ours = written.definition(key, settings, name=name, topics=topics)
        theirs = made[f"{name}-{key}"]
        assert comparable(theirs) == comparable(ours), key
    others = {one for one in made if one.startswith(f"{name}-")} - {
        f"{name}-{key}" for key in (*alarms, *composites)
    }
    assert others == {f"{name}-canary"}


def comparable(alarm):
    """Without the ARNs of topics that are not made yet: only whether somebody is told is compared."""
    fields = {field.name: getattr(alarm, field.name) for field in dataclasses.fields(alarm)}
    for actions in ("alarm_actions", "ok_actions", "insufficient_data_actions"):
        fields[actions] = bool(fields[actions])
    if "queries" in fields:
        fields["queries"] = sorted(fields["queries"], key=lambda query: query.id)
    return fields


def without(service):
    return lambda statements: [s for s in statements if service not in json.dumps(s["Principal"])]


def bound(service):
    condition = {"StringEquals": {"aws:SourceAccount": "000000000000"}}
    return lambda statements: [
        s | {"Condition": condition} if service in json.dumps(s["Principal"]) else s for s in statements
    ]


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("aws_kms_key", without("cloudwatch.")),
        ("aws_kms_key", without("events.")),
        ("aws_kms_key", bound("events.")),
        ("aws_sns_topic_policy", without("cloudwatch.")),
        ("aws_sns_topic_policy", without("events.")),
        ("aws_sns_topic_policy", bound("events.")),
    ],
)
def test_every_policy_statement_is_needed(planned, kind, change):
    document = copy.deepcopy(planned("production"))
    changed = 0
    for resource in plan_reader._walk(document["planned_values"]["root_module"]):
        if resource["type"] == kind:
            policy = json.loads(resource["values"]["policy"])
            policy["Statement"] = change(policy["Statement"])
            resource["values"]["policy"] = json.dumps(policy)
            changed += 1
    assert changed
    found = findings(document)
    assert {finding.rule for finding in found} == {"ALM015"}
    assert "acme-production-critical" in {finding.name for finding in found}
