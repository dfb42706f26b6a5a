"""Dashboards out of files: a body, or Terraform's plan or state."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

RESOURCE = "aws_cloudwatch_dashboard"
SHOW = "terraform show -json PLANFILE"


class InputError(ValueError):
    """A file without a dashboard; the text names it and says what to give."""


def dashboards(name: str, only: str | None = None) -> dict[str, Any]:
    """The bodies in a file by dashboard name, or `only` one; `-` is standard input. Raises InputError.

    The file is a dashboard's body (the answer of GetDashboard too), or the output of
    `terraform show -json` for a plan or state.
    """
    found = _found(_loads(_text(name), name), name)
    if only is None:
        return found
    if only not in found:
        raise InputError(f"{name}: there is no dashboard {only}; there are: {', '.join(found)}.")
    return {only: found[only]}


def _found(document: Any, name: str) -> dict[str, Any]:
    if isinstance(document, dict) and "widgets" in document:
        return {Path(name).stem if name != "-" else "dashboard": document}
    if isinstance(document, dict) and isinstance(document.get("DashboardBody"), str):
        return {str(document.get("DashboardName", name)): _loads(document["DashboardBody"], name)}
    values = document.get("planned_values") or document.get("values") if isinstance(document, dict) else None
    if not isinstance(values, dict):
        raise InputError(
            f"{name}: neither a dashboard's body nor a Terraform plan. Give the output of: {SHOW}."
        )
    found = {}
    for resource in _resources(values.get("root_module") or {}):
        settings = resource.get("values") or {}
        if resource.get("type") == RESOURCE and isinstance(settings.get("dashboard_body"), str):
            found[str(settings.get("dashboard_name"))] = _loads(settings["dashboard_body"], name)
    if not found:
        raise InputError(
            f"{name}: there is no {RESOURCE} whose body is known. Set dashboard = {{ enabled = true }}."
        )
    return found


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources") or ()
    for child in module.get("child_modules") or ():
        yield from _resources(child)


def _text(name: str) -> str:
    try:
        return sys.stdin.read() if name == "-" else Path(name).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError(f"{name}: {error.strerror or error}.") from None
    except UnicodeDecodeError:
        raise InputError(f"{name}: this is no JSON. Give the output of: {SHOW}.") from None


def _loads(text: str, name: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise InputError(f"{name}: this is no JSON. Give the output of: {SHOW}.") from None
