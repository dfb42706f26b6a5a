"""The folder that Terraform takes the alarms over from: YAML, import blocks, and the call of the module."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from alarmctl.importing.writing import Written

YAML_COLUMNS = 110
RESOURCES = {False: "aws_cloudwatch_metric_alarm", True: "aws_cloudwatch_composite_alarm"}

MAIN = """\
# The alarms of {region}, as alarmctl import found them. `terraform plan` imports them and changes nothing.
terraform {{
  required_version = ">= 1.11"

  required_providers {{
    aws = {{
      source  = "hashicorp/aws"
      version = ">= 5.100, < 7.0"
    }}
  }}
}}

provider "aws" {{
  region = {region_text}
}}

module "alarms" {{
  source = {source}

  name       = {name}
  topic_arns = {{}} # an alarm without `actions` wants the topic of its severity here

  alarms           = yamldecode(file("${{path.module}}/alarms.yaml"))
  composite_alarms = yamldecode(file("${{path.module}}/composite_alarms.yaml"))
}}
"""


class FolderError(Exception):
    """The folder cannot be written; the text names it and says what to do."""


def files(written: Sequence[Written], *, name: str, region: str, source: str) -> dict[str, str]:
    """What the folder holds, by file name."""
    return {
        "alarms.yaml": _yaml({one.key: one.settings for one in written if not one.is_composite}),
        "composite_alarms.yaml": _yaml({one.key: one.settings for one in written if one.is_composite}),
        "imports.tf": "\n".join(_import(one) for one in written),
        "main.tf": MAIN.format(region=region, region_text=hcl(region), source=hcl(source), name=hcl(name)),
    }


def put(folder: Path, content: Mapping[str, str], *, force: bool) -> None:
    """Write the files, all or none. Raises FolderError where one is there already, unless forced."""
    there = sorted(name for name in content if (folder / name).exists())
    if there and not force:
        raise FolderError(
            f"{folder} has {', '.join(there)} already. Give another folder with --out, or --force to "
            "replace them."
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in content.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        raise FolderError(f"{folder} cannot be written: {error.strerror or error}.") from None


def module_source(folder: Path, root: Path) -> str:
    """The path from the folder to metric_alarms of the checkout, as Terraform wants it."""
    path = os.path.relpath(root / "terraform/modules/metric_alarms", folder)
    return path if path.startswith("../") else f"./{path}"


def hcl(text: str) -> str:
    """A text as HCL writes it: JSON's escapes, and no templates."""
    return json.dumps(text, ensure_ascii=False).replace("${", "$${").replace("%{", "%%{")


def _import(one: Written) -> str:
    address = f"module.alarms.{RESOURCES[one.is_composite]}.this[{hcl(one.key)}]"
    return f"import {{\n  to = {address}\n  id = {hcl(one.name)}\n}}\n"


def _yaml(alarms: Mapping[str, Any]) -> str:
    # Without an alarm the file is an empty map: `---` alone would be null, which the module refuses.
    text = yaml.safe_dump(dict(alarms), sort_keys=False, allow_unicode=True, width=YAML_COLUMNS)
    return f"---\n{text}"
