"""Which kind of input a file is: a plan or state, a DescribeAlarms answer, or alarms in YAML."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import yaml

from alarmctl.lint import describe, plan, written

if TYPE_CHECKING:
    from pathlib import Path

    from alarmctl.lint.model import Stack

KINDS = (
    "`terraform show -json` of a plan or state, the JSON of `aws cloudwatch describe-alarms`, or YAML with "
    "alarms by key"
)


class InputError(ValueError):
    """A file that cannot be linted; the text names it and what to give instead."""


def read(path: Path) -> Stack:
    """A file as a Stack. Raises InputError."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}. Give {KINDS}.") from None
    except UnicodeDecodeError:
        raise InputError(
            f"{path}: not text. A binary plan becomes JSON with: terraform show -json {path}"
        ) from None
    document = _parsed(path, text)
    try:
        if plan.is_plan(document):
            return plan.read(document, str(path))
        if describe.is_answer(document):
            return describe.read(document, str(path))
        if isinstance(document, dict) or (document is None and path.suffix in {".yaml", ".yml"}):
            return written.read(document or {}, str(path))
    except ValueError as error:
        raise InputError(f"{path}: {error}. Give {KINDS}.") from None
    except (KeyError, TypeError, AttributeError, IndexError):
        raise InputError(f"{path}: JSON or YAML, but of another form. Give {KINDS}.") from None
    raise InputError(f"{path}: no alarms in it. Give {KINDS}.")


def _parsed(path: Path, text: str) -> Any:
    if text.lstrip().startswith(("{", "[")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            pass  # YAML may start like this, too
    try:
        return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 -- both are safe
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise InputError(f"{path}{where}: neither JSON nor YAML. Give {KINDS}.") from None
