"""Reads a plan and what it is compared with, and asks everybody: rules, prices, history, notifier."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from alarmctl.backtest import api
from alarmctl.diff import changes, sample, trial
from alarmctl.diff.comment import Review
from alarmctl.lint import describe, plan
from alarmctl.lint.commands import lint
from alarmctl.report import cost
from alarmctl.scenarios import sources
from alarmctl.scenarios.sources import Alarms
from alarms.definitions import from_describe_alarms
from alarms.model import AlarmError
from notify_slack.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from alarmctl.diff.changes import Change
    from alarmctl.diff.trial import Trial
    from alarmctl.lint.model import Finding, Stack

MESSAGES = 20  # sample messages; nobody reads more


class InputError(ValueError):
    """A file that cannot be compared; the text names it and what to give instead."""


def review(planned: Path, base: Path | None = None, *, history: Path | None = None, name: str) -> Review:
    """Everything about a plan's changes to alarms. Raises InputError."""
    document = _read(planned, plan.is_plan, "the output of: terraform show -json PLANFILE")
    older = (
        _read(base, _comparable, "a plan or state in JSON, or describe-alarms' JSON")
        if base
        else cost.before(document)
    )
    if older is None:
        raise InputError(f"{planned}: a state, not a plan. Give what it is compared with: --base BASE.json")
    after, before = _stack(document, planned), _stack(older, base or planned)
    found = changes.compare(before, after)
    new, mended = _findings(before, after)
    definitions = _definitions(document, planned)
    return Review(
        changes=found,
        findings=new,
        mended=mended,
        cost_before=cost.of_document(older, "before").cost(),
        cost_after=cost.of_document(document, "after").cost(),
        cost_by_name={change.name: _cost(change) for change in found},
        trial=_trial(_definitions(older, base or planned), definitions, history) if history else None,
        messages=_messages(found, definitions, name),
        unread=[*after.unread, *(f"{key}: {why}" for key, why in definitions.refused.items())],
    )


def _comparable(document: object) -> bool:
    return plan.is_plan(document) or describe.is_answer(document)


def _read(path: Path, accepts: Any, wanted: str) -> Any:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {error.strerror or error}. Give {wanted}") from None
    except (ValueError, RecursionError):
        raise InputError(f"{path}: no JSON. Give {wanted}") from None
    if not accepts(document):
        raise InputError(f"{path}: JSON of another form. Give {wanted}")
    return document


def _stack(document: Mapping[str, Any], path: Path) -> Stack:
    try:
        if plan.is_plan(document):
            return plan.read(document, str(path))
        return describe.read(document, str(path))
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise InputError(f"{path}: a plan that cannot be read ({type(error).__name__}: {error}).") from None


def _findings(before: Stack, after: Stack) -> tuple[tuple[Finding, ...], int]:
    """What the rules find after and did not find before, and how many findings are gone."""
    old = {(finding.rule, finding.name) for _, finding in lint([before]).findings}
    new = [finding for _, finding in lint([after]).findings]
    there = {(finding.rule, finding.name) for finding in new}
    return tuple(finding for finding in new if (finding.rule, finding.name) not in old), len(old - there)


def _cost(change: Change) -> float:
    before, after = (cost.alarm_cost(one) if one else 0.0 for one in (change.before, change.after))
    return after - before


def _definitions(document: Any, path: Path) -> Alarms:
    """The alarms as the engine reads them."""
    try:
        if plan.is_plan(document):
            return sources.planned(document)
        answer = document if isinstance(document, dict) else {"MetricAlarms": document}
        refused: list[AlarmError] = []
        found = from_describe_alarms(answer, refused.append)
        return Alarms({one.name: one for one in found}, {}, {str(error): "" for error in refused})
    except (AlarmError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{path}: {error}") from None


def _trial(before: Alarms, after: Alarms, folder: Path) -> Trial:
    try:
        history = api.load(folder)
    except (OSError, ValueError) as error:
        raise InputError(f"{folder}: {error}. Fetch a history with: alarmctl history fetch") from None
    return trial.run(before.by_key.values(), after.by_key.values(), history)


def _messages(found: Sequence[Change], alarms: Alarms, name: str) -> dict[str, str]:
    by_name = alarms.by_name
    shown: dict[str, str] = {}
    for change in found:
        alarm = by_name.get(change.name)
        if change.after is None or alarm is None or len(shown) == MESSAGES:
            continue
        try:
            text = sample.text(alarm, alarms.topics, name)
        except ConfigError:
            continue  # the notifier's configuration is another plan's business
        if text:
            shown[change.name] = text
    return shown
