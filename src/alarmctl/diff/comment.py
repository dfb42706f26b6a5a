"""The comment: what changes, what the rules say, what history says, what it costs, what people will read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alarmctl.diff.changes import Kind
from alarmctl.report.bill import change as dollar_change
from alarmctl.report.bill import dollars
from alarmctl.report.page import cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alarmctl.diff.changes import Change
    from alarmctl.diff.trial import Trial
    from alarmctl.lint.model import Finding

COMMENT_CHARS = 65_536  # GitHub refuses a longer one
SHARE = {"table": 0.55, "lint": 0.25, "details": 0.5}  # at most so much of what is left, for later sections
VALUE_CHARS = 600
MARKS = {Kind.REMOVED: "🔴 removed", Kind.CHANGED: "🟡 changed", Kind.ADDED: "🟢 added"}
SEVERITIES = ("error", "warning", "note")


@dataclass(frozen=True, kw_only=True)
class Review:
    """All that the comment says. `messages`: what Slack would show, by alarm name. Costs: dollars a month."""

    changes: Sequence[Change]
    findings: Sequence[Finding] = ()
    mended: int = 0
    cost_before: float = 0.0
    cost_after: float = 0.0
    cost_by_name: Mapping[str, float] = field(default_factory=dict)
    trial: Trial | None = None
    messages: Mapping[str, str] = field(default_factory=dict)
    unread: Sequence[str] = ()


def headline(review: Review) -> str:
    """One line: how many of what, the cost, the findings."""
    counts = {kind: sum(change.kind is kind for change in review.changes) for kind in Kind}
    told = ", ".join(f"{count} {kind.value}" for kind, count in counts.items() if count) or "none changed"
    found = {
        severity: sum(finding.severity.value == severity for finding in review.findings)
        for severity in SEVERITIES
    }
    worse = ", ".join(
        f"{count} new {name}{'s' if count > 1 else ''}" for name, count in found.items() if count
    )
    lint = worse or "nothing new"
    mended = f", {review.mended} mended" if review.mended else ""
    cost = dollar_change(review.cost_after - review.cost_before)
    return f"**Alarms: {told}.** Lint: {lint}{mended}. Cost: {dollars(review.cost_after)} a month ({cost})."


def render(review: Review, limit: int = COMMENT_CHARS) -> str:
    """The Markdown, at most `limit` characters; what has no room is counted where it is missing."""
    parts = _Parts(limit)
    parts.add(f"{headline(review)}\n")
    if review.trial:
        parts.add(_pages(review.trial))
    if review.changes:
        parts.section(_table(review), SHARE["table"], "alarm")
    if review.findings:
        parts.section(_lint(review.findings), SHARE["lint"], "finding")
    parts.section(_details(review), SHARE["details"], "alarm")
    parts.section(_timelines(review), SHARE["details"], "alarm")
    parts.section(_messages(review), 1.0, "message")
    return parts.text()


@dataclass(frozen=True)
class _Section:
    head: str
    rows: tuple[str, ...]
    foot: str = ""
    # In a table nothing but rows may stand, so what is left out is told after it.
    more: str = "\n… and {} more; `alarmctl diff` has them all.\n"


class _Parts:
    """Text up to a limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.parts: list[str] = []
        self.length = 0

    def add(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def section(self, section: _Section, share: float, what: str) -> None:
        """As many of its rows as have room in that share of what is left."""
        if not section.rows:
            return
        more = section.more.format(f"{len(section.rows)} {what}s")
        room = int((self.limit - self.length) * share) - len(section.head) - len(section.foot) - len(more)
        shown: list[str] = []
        for row in section.rows:
            if len(row) > room:
                break
            room -= len(row)
            shown.append(row)
        left = len(section.rows) - len(shown)
        if room < 0:
            return  # not even its heading fits
        text = section.head + "".join(shown) + section.foot if shown else ""
        self.add(text + (section.more.format(f"{left} {what}{'s' * (left > 1)}") if left else ""))

    def text(self) -> str:
        return "".join(self.parts).rstrip() + "\n"


def _pages(trial: Trial) -> str:
    # Of less than two days nobody can say what a week is like.
    per, unit = (7 / trial.days, "pages a week") if trial.days >= 2 else (1.0, "pages")
    before, after = (
        f"{pages * per:.1f}".removesuffix(".0") for pages in (trial.pages_before, trial.pages_after)
    )
    told = f"{before} -> {after} {unit}, all alarms together"
    return f"\nReplayed over {_lasting(trial.days)} of history: {told}.\n"


def _lasting(days: float) -> str:
    return f"{days:.0f} days" if days >= 2 else f"{days * 24:.0f} hours"


def _table(review: Review) -> _Section:
    trial = review.trial
    columns = ["", "alarm", "fires at", *(["over the history"] if trial else []), "a month"]
    head = f"\n| {' | '.join(columns)} |\n|{'---|' * (len(columns) - 1)}---:|\n"
    rows = []
    for change in review.changes:
        before, after = (alarm.label if alarm else None for alarm in (change.before, change.after))
        cells = [MARKS[change.kind], code(change.name), cell(_clip(change.summary))]
        if trial:
            cells.append(cell(trial.told(before, after)))
        cells.append(dollar_change(review.cost_by_name.get(change.name, 0.0)))
        rows.append(f"| {' | '.join(cells)} |\n")
    return _Section(head, tuple(rows))


def _lint(findings: Iterable[Finding]) -> _Section:
    ordered = sorted(findings, key=lambda f: (SEVERITIES.index(f.severity.value), f.rule, f.name))
    rows = tuple(
        f"| {one.severity.value} | {cell(one.rule)} | {code(one.name)} | {cell(_clip(one.message))} "
        f"| {cell(_clip(one.fix))} |\n"
        for one in ordered
    )
    return _Section(
        "\n#### New lint findings\n\n| | rule | alarm | what | fix |\n|---|---|---|---|---|\n", rows
    )


def _details(review: Review) -> _Section:
    rows = []
    for change in review.changes:
        lines = [
            f"  - {setting.name}: {code(setting.before or 'none')} -> {code(setting.after or 'none')}\n"
            for setting in change.settings
        ]
        # Of a changed condition alone the table has said all.
        if lines and [setting.name for setting in change.settings] != ["fires at"]:
            rows.append(f"- {code(change.name)}\n{''.join(lines)}")
    lines = [f"- Not read: {cell(line)}\n" for line in review.unread]
    return _folded("What changes in each", (*rows, *lines))


def _timelines(review: Review) -> _Section:
    trial = review.trial
    if trial is None:
        return _folded("", ())
    rows = []
    for change in review.changes:
        pair = trial.pair(*(one.label if one else None for one in (change.before, change.after)))
        drawn = [
            f"{word:<6} |{outcome.timeline}|\n"
            for word, outcome in zip(("before", "after"), pair, strict=True)
            if outcome and outcome.timeline.strip()
        ]
        if drawn:
            rows.append(f"{code(change.name)}\n```text\n{''.join(drawn)}```\n\n")
    assumed = [f"- {cell(line)}\n" for line in trial.assumptions]
    return _folded("When they would have been in ALARM", (*rows, *assumed))


def _messages(review: Review) -> _Section:
    rows = tuple(f"\n{fenced(text)}\n" for text in review.messages.values() if text)
    return _folded("The messages that they would send to Slack (sample values)", rows)


def _folded(title: str, rows: tuple[str, ...]) -> _Section:
    head = f"\n<details><summary>{title}</summary>\n\n"
    return _Section(head, rows, "\n</details>\n")


def code(text: str) -> str:
    """Text as code in a line; GitHub reads nothing in it."""
    plain = re.sub(r"\s+", " ", _clip(text)).replace("`", "'").replace("|", "\\|").strip()
    return f"`{plain or ' '}`"


def fenced(text: str) -> str:
    """Text as a block of code, with a fence longer than any in it."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}text\n{text}\n{fence}"


def _clip(text: str) -> str:
    return text if len(text) <= VALUE_CHARS else f"{text[: VALUE_CHARS - 1]}…"
