"""A backtest as text for a terminal, Markdown for a pull request, and JSON for a machine."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alarmctl.backtest import compare, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alarmctl.backtest.compare import Change
    from alarmctl.backtest.model import AlarmResult, Report

COLUMNS = 30  # so that a line with a short name fits 120
NAME_CHARS = 34
LISTED = 12  # names of a list before the rest is a number
# The figures of an alarm, and their widths in text: `999 min` and two spaces are 9.
CELLS = {
    "fired": 7,
    "in ALARM": 10,
    "longest": 9,
    "flaps": 7,
    "detect": 9,
    "resolve": 9,
    "off hours": 11,
}
HEADINGS = tuple(CELLS)


@dataclass(frozen=True)
class Shown:
    """What is reported: a backtest, that of other alarms to compare with, and what could not be read."""

    report: Report
    against: Report | None = None
    left_out: tuple[str, ...] = ()

    @property
    def changes(self) -> list[Change]:
        return compare.changes(self.against, self.report) if self.against else []


def loud(report: Report) -> list[AlarmResult]:
    """Those that were in ALARM at some time: most moves first."""
    return sorted((one for one in report.alarms if one.spans), key=lambda one: (-one.fired, one.name))


def text(shown: Shown) -> str:
    """For a terminal."""
    return "\n".join(_lines(shown))


def _lines(shown: Shown) -> Iterator[str]:
    report, totals = shown.report, shown.report.totals
    yield f"Backtest of {totals.alarms} alarms, {words.period(report)} ({words.lasting(totals)})"
    yield f"  {totals.fired} times fired, {totals.flaps} of them flaps, {totals.pages} pages"
    yield f"  {words.weekly(totals)}"
    noisy = loud(report)
    if noisy:
        yield ""
        yield from _table(report, noisy)
    if totals.noisiest:
        yield f"\nNoisiest: {_names(totals.noisiest)}"
    for heading, names in words.standouts(report):
        yield f"{heading}: {_names(names)}"
    if shown.against is not None:
        yield ""
        yield f"Against the other alarms: {shown.against.totals.pages} pages become {totals.pages}"
        yield from (f"  {one.name}: {_change(one)}" for one in shown.changes)
    if report.incidents:
        yield "\nIncidents"
        yield from (f"  {one.incident.name}: {words.caught(one)}" for one in report.incidents)
    if report.suggestions:
        yield "\nSuggestions"
        yield from (f"  {one.alarm}: {words.suggested(one)}" for one in report.suggestions)
    failed = [f"{one.name}: {one.error}" for one in report.alarms if one.error]
    if failed or shown.left_out:
        yield "\nNot replayed"
        yield from (f"  {line}" for line in (*failed, *shown.left_out))
    yield "\nAssumptions"
    yield from (f"  - {line}" for line in report.assumptions)


def _table(report: Report, noisy: Sequence[AlarmResult]) -> Iterator[str]:
    width = min(NAME_CHARS, max(len(one.name) for one in noisy))
    axis = f"{report.start:%m-%d}{report.end:%m-%d}"
    axis = f"{axis[:5]}{axis[5:]:>{COLUMNS - 5}}"
    yield f"{'':<{width}}  {axis}" + "".join(f"{heading:>{CELLS[heading]}}" for heading in HEADINGS)
    for one in noisy:
        name = one.name if len(one.name) <= width else f"{one.name[: width - 1]}…"
        cells = "".join(f"{cell:>{size}}" for cell, size in zip(cells_of(one), CELLS.values(), strict=True))
        yield f"{name:<{width}}  {words.timeline(report, one, COLUMNS)}{cells}"


def cells_of(one: AlarmResult) -> tuple[str, ...]:
    """The figures under HEADINGS."""
    return (
        str(one.fired),
        words.minutes(one.minutes_in_alarm),
        words.minutes(one.longest_minutes),
        str(one.flaps),
        words.minutes(one.to_detect),
        words.minutes(one.to_resolve),
        words.share(one.off_hours),
    )


def _names(names: Sequence[str]) -> str:
    more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
    return ", ".join(names[:LISTED]) + more


def _change(one: Change) -> str:
    if one.after is None:
        return f"removed; it fired {one.before.fired if one.before else 0} times"
    if one.before is None:
        return f"new; fires {one.after.fired} times, {words.minutes(one.after.minutes_in_alarm)} in ALARM"
    before, after = words.minutes(one.before.minutes_in_alarm), words.minutes(one.after.minutes_in_alarm)
    return (
        f"fired {one.before.fired} -> {one.after.fired}, in ALARM {before} -> {after}, "
        f"pages {one.before.pages} -> {one.after.pages}"
    )


def markdown(shown: Shown) -> str:
    """For a pull request or a wiki."""
    return "\n".join(_markdown(shown))


def _markdown(shown: Shown) -> Iterator[str]:
    report, totals = shown.report, shown.report.totals
    yield f"### Backtest of {totals.alarms} alarms\n"
    yield f"{words.period(report)} ({words.lasting(totals)}): **{totals.fired} times fired**, "
    yield f"{totals.flaps} of them flaps, {totals.pages} pages. "
    yield f"{words.weekly(totals).capitalize()}."
    noisy = loud(report)
    if noisy:
        yield f"\n| alarm | {' | '.join(HEADINGS)} |"
        yield f"|---{'|---:' * len(HEADINGS)}|"
        for one in noisy:
            yield f"| {_code(one.name)} | {' | '.join(cells_of(one))} |"
    if shown.against is not None:
        yield f"\n#### Against the other alarms: {shown.against.totals.pages} pages become {totals.pages}\n"
        yield from (f"- {_code(one.name)}: {_change(one)}" for one in shown.changes)
    if report.incidents:
        yield "\n#### Incidents\n"
        yield from (f"- {_plain(one.incident.name)}: {_plain(words.caught(one))}" for one in report.incidents)
    if report.suggestions:
        yield "\n#### Suggestions\n"
        yield from (f"- {_code(one.alarm)}: {_plain(words.suggested(one))}" for one in report.suggestions)
    for heading, names in words.standouts(report):
        more = f" and {len(names) - LISTED} more" if len(names) > LISTED else ""
        yield f"\n{heading}: {', '.join(map(_code, names[:LISTED]))}{more}"
    failed = [f"{_code(one.name)}: {_plain(one.error)}" for one in report.alarms if one.error]
    if failed or shown.left_out:
        yield "\n#### Not replayed\n"
        yield from (f"- {line}" for line in (*failed, *map(_plain, shown.left_out)))
    yield "\n<details><summary>Assumptions</summary>\n"
    yield from (f"- {line}" for line in report.assumptions)
    yield "\n</details>"


def _code(name: str) -> str:
    """A name as code; in a table, too."""
    return "`" + name.replace("`", "'").replace("|", "\\|") + "`"


def _plain(said: str) -> str:
    """Text in which nothing is markup."""
    return "".join(f"\\{mark}" if mark in "\\`*_[]<>|#" else mark for mark in said)


def as_json(shown: Shown) -> str:
    """For a machine. Times are ISO 8601, spans of time minutes."""
    told = _report(shown.report)
    if shown.against is not None:
        told["against"] = _report(shown.against)
        told["changed"] = [one.name for one in shown.changes]
    told["left_out"] = list(shown.left_out)
    return json.dumps(told, indent=2, ensure_ascii=False, default=_json)


def _report(report: Report) -> dict[str, Any]:
    told = asdict(report)
    for one in told["alarms"]:
        del one["timeline"]
    return {field.name: told[field.name] for field in fields(report)}


def _json(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    raise TypeError(f"{type(value).__name__} has no place in a report")
