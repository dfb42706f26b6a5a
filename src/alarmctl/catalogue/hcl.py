"""The Terraform that is written from the catalogue: variables, what alerting hands on, and an example."""

from __future__ import annotations

import json
from itertools import groupby
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alarmctl.catalogue.model import Attribute, Kind

MARK = "# Written from catalogue/*.yaml by: make catalogue\n"
OVERRIDE = (
    "enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), "
    "period = optional(number), evaluation_periods = optional(number), "
    "datapoints_to_alarm = optional(number), treat_missing_data = optional(string)"
)
COMMON = ("alarms",)  # what every resource may say besides its attributes


def module_files(kinds: Sequence[Kind]) -> dict[str, str]:
    """Files of modules/service_alarms by name: the variables of each catalogue file, and resources.tf."""
    files = {"resources.tf": MARK + _resources(kinds)}
    for file, members in groupby(kinds, key=lambda kind: kind.file):
        files[f"resources_{file}.tf"] = MARK + "\n".join(["", *map(_variable, members)])
    return files


def _resources(kinds: Iterable[Kind]) -> str:
    kinds = list(kinds)
    lines = ["", "locals {", "  resources = {"]
    lines += _aligned((kind.variable, f"var.{kind.variable}") for kind in kinds)
    lines += ["  }", "", "  # The attributes that texts and dimensions may mention.", "  texts = {"]
    lines += _aligned((kind.variable, _list(_texts(kind))) for kind in kinds)
    lines += ["  }", "", "  # Those of them that may be left out; a dimension of such a one then is, too."]
    lines += ["  optional = {"]
    lines += _aligned(
        (kind.variable, _list(f"{{{name}}}" for name in _texts(kind) if kind.attributes[name].optional))
        for kind in kinds
    )
    return "\n".join([*lines, "  }", "}", ""])


def _texts(kind: Kind) -> list[str]:
    return [name for name, attribute in kind.attributes.items() if attribute.type != "bool"]


def _list(words: Iterable[str]) -> str:
    return f"[{', '.join(map(json.dumps, words))}]"


def _aligned(pairs: Iterable[tuple[str, str]], indent: str = "    ") -> list[str]:
    """As `terraform fmt` has it: the equals signs in one column."""
    pairs = list(pairs)
    width = max(len(name) for name, _ in pairs)
    return [f"{indent}{name:<{width}} = {value}" for name, value in pairs]


def _variable(kind: Kind) -> str:
    types = [(name, _type(a), a.about) for name, a in kind.attributes.items()]
    types.append(
        ("alarms", f"optional(map(object({{ {OVERRIDE} }})), {{}})", "Changes, by the catalogue's id.")
    )
    lines = [f'variable "{kind.variable}" {{']
    alarms = ", ".join(kind.alarms)
    lines += [f'  description = "{kind.title}: resources by a name of your choice. Alarms: {alarms}."']
    lines += ["  type = map(object({"]
    for name, type_, about in types:
        lines += [f"    # {about}", f"    {name} = {type_}"]
    lines += ["  }))", "  nullable = false", "  default  = {}"]
    for attribute in kind.attributes.values():
        if attribute.pattern:
            lines += ["", *_pattern(kind.variable, attribute)]
    if kind.one_of:
        lines += ["", *_one_of(kind)]
    return "\n".join([*lines, "}", ""])


def _type(attribute: Attribute) -> str:
    if attribute.required:
        return attribute.type
    if attribute.optional:
        return f"optional({attribute.type})"
    return f"optional({attribute.type}, {json.dumps(attribute.default)})"


def _pattern(variable: str, attribute: Attribute) -> list[str]:
    about = attribute.about
    match = f"can(regex({json.dumps(attribute.pattern)}, resource.{attribute.name}))"
    if attribute.optional:
        match = f"(resource.{attribute.name} == null || {match})"
    told = f'${{name}} (${{coalesce(resource.{attribute.name}, "-")}})'
    culprits = f'[for name, resource in var.{variable} : "{told}" if !{match}]'
    return [
        "  validation {",
        f"    condition     = alltrue([for resource in var.{variable} : {match}])",
        f'    error_message = "Not a usable {attribute.name}: ${{join(", ", {culprits})}}. {about}"',
        "  }",
    ]


def _one_of(kind: Kind) -> list[str]:
    values = ", ".join(f"resource.{name}" for name in kind.one_of)
    given = f"length([for value in [{values}] : value if value != null])"
    culprits = f"[for name, resource in var.{kind.variable} : name if {given} != 1]"
    told = f'One of {" and ".join(kind.one_of)}, not both and not neither: ${{join(", ", {culprits})}}.'
    return [
        "  validation {",
        f"    condition     = alltrue([for resource in var.{kind.variable} : {given} == 1])",
        f'    error_message = "{told}"',
        "  }",
    ]


def alerting_file(kinds: Sequence[Kind]) -> str:
    """modules/alerting/services.tf: the same variables without types, which unknown_keys.tf checks."""
    lines = [
        MARK,
        "locals {",
        "  services = {",
        *_aligned((k.variable, f"var.{k.variable}") for k in kinds),
        "  }",
        "",
    ]
    lines += ["  # What a resource may say.", "  service_attributes = {"]
    lines += _aligned((kind.variable, _list(sorted((*kind.attributes, *COMMON)))) for kind in kinds)
    lines += ["  }", "}", "", 'module "service_alarms" {', '  source = "../service_alarms"', ""]
    own = ("ecs_cluster_name", "ecs_service_names", "overrides", "observe", "runbook_base_url")
    names = {"overrides": "alarm_overrides", "observe": "observe_alarms"}
    passed = [(name, f"var.{names.get(name, name)}") for name in own]
    lines += _aligned([*passed, *((kind.variable, f"var.{kind.variable}") for kind in kinds)], "  ")
    lines += ["}", ""]
    for kind in kinds:
        lines += [
            f'variable "{kind.variable}" {{',
            f'  description = "{kind.title}: resources by a name of your choice. See service_alarms."',
            "  type        = any",
            "  nullable    = false",
            "  default     = {}",
            "}",
            "",
        ]
    return "\n".join(lines)


EXAMPLE_HEAD = """# Every kind of resource, with all alarms that are on by default: to copy from.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# Charges are measured in us-east-1 alone.
provider "aws" {
  region = "us-east-1"
}

variable "slack_webhook_url" {
  description = "The Slack webhook."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "cost_anomalies" {
  description = "Whether to watch for unusual spending; the local AWS has no Cost Explorer."
  type        = bool
  default     = true
}

variable "notifier_package" {
  description = "The notifier's code, made by `make package`."
  type        = any
  default     = { zip = "../../../dist/notify_slack.zip" }
}

module "alerting" {
  source = "../../modules/alerting"

  name        = "acme-everything"
  environment = "example"

  slack_webhook_url = var.slack_webhook_url
  notifier_package  = var.notifier_package

  packs = [
    "backup", "certificates", "deployments", "ec2", "ecs", "ecs-agents", "global", "jobs", "rds", "security",
  ]
  budgets        = { month = { limit_usd = 500 } }
  cost_anomalies = { enabled = var.cost_anomalies, min_usd = 50 }
  dashboard      = { enabled = true }

"""
EXAMPLE_TAIL = """}

output "alarm_names" {
  description = "CloudWatch name of each metric alarm, by key."
  value       = module.alerting.alarm_names
}

output "composite_alarm_names" {
  description = "CloudWatch name of each composite alarm, by key."
  value       = module.alerting.composite_alarm_names
}
"""


def example_file(kinds: Sequence[Kind]) -> str:
    """examples/everything/main.tf."""
    blocks = ["\n".join(_example(kind)) for kind in kinds]
    return (
        MARK.replace("catalogue/*.yaml", "the catalogue")
        + EXAMPLE_HEAD
        + "\n\n".join(blocks)
        + "\n"
        + EXAMPLE_TAIL
    )


def _example(kind: Kind) -> list[str]:
    lines = [f"  {kind.variable} = {{"]
    for name, resource in kind.examples.items():
        lines += [
            f"    {name} = {{",
            *_aligned(((k, _value(v)) for k, v in resource.items()), "      "),
            "    }",
        ]
    return [*lines, "  }"]


def _value(value: Any) -> str:
    return json.dumps(value)
