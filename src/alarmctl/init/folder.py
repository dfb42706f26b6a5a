"""The environment folder: production's, with the answers and the resources in the place of its values."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml

from alarmctl.importing.folder import hcl

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from alarmctl.init.found import Resources

TEMPLATE = "terraform/environments/production"
COPIED = ("outputs.tf", "alarms.yaml", "composite_alarms.yaml", ".terraform.lock.hcl")
# Of the template's variables, what resources.yaml says instead.
REPLACED = ("ecs_cluster_name", "ecs_service_names")
VARIABLES = (
    *("ecs_services", "ecs_clusters", "albs", "target_groups", "nlbs", "nlb_target_groups"),
    *("classic_load_balancers", "rds", "aurora_clusters"),
)
EXAMPLE = "# ecs_services:\n#   api: { cluster: main, service: api }\n"
RESOURCES_HEAD = """\
---
# What the alarms watch: found by alarmctl init, yours from now on. docs/alarms.md says which alarms each kind
# has, and terraform/modules/service_alarms/README.md what each resource may say, such as
#   alarms: { ecs_svc_cpu: { thresholds: { warning: 70 } } }
"""


class FolderError(Exception):
    """The folder cannot be written; the text names it and says what to do."""


@dataclass(frozen=True)
class Answers:
    """What only a person knows."""

    name: str
    region: str
    critical_emails: Sequence[str]
    operations_emails: Sequence[str]
    actions_enabled: bool

    @property
    def environment(self) -> str:
        """What messages call it: the last part of the name."""
        return self.name.rpartition("-")[2]


def files(root: Path, folder: Path, answers: Answers, resources: Resources) -> dict[str, str]:
    """What the folder holds, by file name. Raises FolderError where ROOT is no checkout."""
    template = root / TEMPLATE
    try:
        copied = {name: (template / name).read_text(encoding="utf-8") for name in COPIED}
        main = (template / "main.tf").read_text(encoding="utf-8")
        variables = (template / "variables.tf").read_text(encoding="utf-8")
    except OSError as error:
        raise FolderError(
            f"{TEMPLATE} is not below {root} ({error.strerror or error}). Run this in a checkout of the "
            "project."
        ) from None
    return {
        "main.tf": _main(
            main, answers.environment, os.path.relpath(root / "terraform/modules/alerting", folder)
        ),
        "variables.tf": _without(variables, os.path.relpath(root / "dist/notify_slack.zip", folder)),
        "terraform.tfvars": _values(answers),
        "resources.yaml": RESOURCES_HEAD + _yaml(resources),
        **copied,
    }


def put(folder: Path, content: Mapping[str, str]) -> None:
    """Write all files into a folder that is new or empty. Raises FolderError."""
    try:
        if folder.exists() and any(folder.iterdir()):
            raise FolderError(f"{folder} is not empty. Give another --name or --out; nothing was written.")
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in content.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise FolderError(f"{folder} cannot be written: {error.strerror or error}.") from None


def _main(text: str, environment: str, source: str) -> str:
    """The template's main.tf for another environment, with the resources of resources.yaml."""
    text = text.replace("alerting/production/", f"alerting/{environment}/")
    text = text.replace('"production"', json.dumps(environment))
    text = text.replace('"../../modules/alerting"', json.dumps(source))
    kept = [line for line in text.splitlines() if not line.strip().startswith(REPLACED)]
    width = max(map(len, VARIABLES))
    watched = [f"  {name:<{width}} = try(local.resources.{name}, {{}})" for name in VARIABLES]
    place = next(number for number, line in enumerate(kept) if line.strip().startswith("alarms "))
    body = [*kept[:place], *watched, "", *kept[place:]]
    module = body.index('module "alerting" {')
    head = ["locals {", '  resources = yamldecode(file("${path.module}/resources.yaml"))', "}", ""]
    return "\n".join([*body[:module], *head, *body[module:]]) + "\n"


def _without(text: str, package: str) -> str:
    """The template's variables without those that resources.yaml replaces."""
    for name in REPLACED:
        text = re.sub(rf'variable "{name}" {{.*?\n}}\n\n', "", text, flags=re.DOTALL)
    return text.replace("../../../dist/notify_slack.zip", package)


def _values(answers: Answers) -> str:
    silent = "actions_enabled = false # until the thresholds have proved themselves\n\n"
    quiet = "" if answers.actions_enabled else silent
    return f"""\
region = {hcl(answers.region)}
name   = {hcl(answers.name)}

{quiet}# Besides Slack, and when Slack does not work: e-mail, phone numbers (sms), a pager's address (https).
severities = {{
  critical = {{ email = {_list(answers.critical_emails)}, sms = [], https = [] }}
  warning  = {{ email = [] }}
  info     = {{}}
}}

operations = {{
  email = {_list(answers.operations_emails)} # who repairs this stack when Slack does not work
}}

# What has no metric: further packs stand in the README of the module event_rules.
packs = ["ecs", "ec2", "rds", "backup", "certificates"]

dashboard = {{ enabled = true }}

slack = {{
  webhook_version = 1 # raise it when the webhook changes
}}

notifier_config = {{
  severities = {{
    critical = {{ mention = "<!here>" }}
    info     = {{ announce_ok = false }}
  }}
}}
"""


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(hcl, texts))}]"


def _yaml(resources: Resources) -> str:
    if not resources:
        return f"# Nothing was found. For example:\n#\n{EXAMPLE}{{}}\n"
    return yaml.safe_dump(resources, sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)
