"""Draw one message for many alerts: a line per alarm, grouped by colour, the most urgent first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify_slack import console
from notify_slack.blocks import (
    COLOURS,
    ICONS,
    LOCK_SCREEN_CHARS,
    SECTION_CHARS,
    TEXT_CHARS,
    body,
    buttons,
    header,
    marks,
    mention,
    name_and_state,
    pack,
    section,
)
from notify_slack.group import DIGEST_CHARS
from notify_slack.model import Alert, Body, Link, Routed, Severity, Status, most_urgent
from notify_slack.mrkdwn import code, escape, one_line, plain, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from notify_slack.config import Config
    from notify_slack.group import Entry

NOTE_CHARS = 60
NOTED_ALERTS = 50  # when more wait, it matters more that each is told soon than that its line says why
STATE_CHARS = 40
CHANGES_SHOWN = 4  # of one alarm that changes often; the last one is always shown

# How what does not fire is counted; what fires is counted by severity.
COUNTED = {Status.RESOLVED: "resolved", Status.NO_DATA: "without data", Status.NOTICE: "notices"}


def rungs(entries: Sequence[Entry], config: Config) -> tuple[tuple[Body, ...], ...]:
    """The digest in its three forms: blocks, plain text, names and states."""
    routed = [one for entry in entries for one in entry]
    top = most_urgent(frozenset(one.severity for one in routed)) or Severity.INFO
    title = f"{ICONS[Status.FIRING, top]} {len(routed)} alerts: {_counts(routed)}"
    if config.environment:
        title += f" · {config.environment}"
    heading = safe(title, LOCK_SCREEN_CHARS)
    mentions = " ".join(dict.fromkeys(word for one in routed for word in one.mention.split()))
    noted = sum(len(line(entry)) + 1 for entry in entries) <= DIGEST_CHARS
    lines_by_colour: dict[str, list[str]] = {}
    for entry in entries:
        last = entry[-1]
        colour = COLOURS[last.alert.status, last.severity]
        lines_by_colour.setdefault(colour, []).append(line(entry, noted=noted))
    full = body(
        f"{heading}. First: {name_and_state(entries[0][-1].alert)}",
        blocks=[header(title), *mention(mentions)],
        attachments=[*_attachments(lines_by_colour), *_console(routed)],
    )
    lines = [one for lines in lines_by_colour.values() for one in lines]
    simple = pack([f"*{heading}* {mentions}".rstrip(), *lines], TEXT_CHARS)
    bare = pack([name_and_state(one.alert) for one in routed], TEXT_CHARS)
    return (full,), tuple(body(text) for text in simple), tuple(body(text) for text in bare)


def line(entry: Entry, *, noted: bool = True) -> str:
    """One alarm: what it is, its state changes with their times, and a few words on why."""
    last = entry[-1]
    changes = [_change(one.alert) for one in entry[-CHANGES_SHOWN:]]
    if len(entry) > CHANGES_SHOWN:
        changes.insert(0, f"{len(entry) - CHANGES_SHOWN} earlier changes")
    icon = ICONS[last.alert.status, last.severity]
    text = f"{icon} *{last.severity}* {escape(code(last.alert.title))} {' → '.join(changes)}"
    note = safe(plain(one_line(last.alert.brief)), NOTE_CHARS) if noted else ""
    return f"{text} · {note}" if note else text


def cost(entry: Entry, waiting: int) -> int:
    """Characters that an entry takes when so many alerts wait."""
    return len(line(entry, noted=waiting <= NOTED_ALERTS)) + 1


def _change(alert: Alert) -> str:
    time = f" {alert.at:%H:%M:%S}" if alert.at else ""
    return f"{safe(one_line(alert.state), STATE_CHARS)}{time}{escape(marks(alert))}"


def _counts(routed: Sequence[Routed]) -> str:
    firing = [one.severity for one in routed if one.alert.status is Status.FIRING]
    parts = [(firing.count(severity), str(severity)) for severity in Severity]
    rest = [(sum(one.alert.status is status for one in routed), name) for status, name in COUNTED.items()]
    return ", ".join(f"{count} {name}" for count, name in (*parts, *rest) if count)


def _attachments(lines_by_colour: dict[str, list[str]]) -> list[Body]:
    return [
        {
            "color": colour,
            "blocks": [block for text in pack(lines, SECTION_CHARS) for block in section(text)],
        }
        for colour, lines in lines_by_colour.items()
    ]


def _console(routed: Sequence[Routed]) -> list[Body]:
    region = next((one.alert.region for one in routed if one.alert.facts and one.alert.region), "")
    links = [Link("Alarms in the console", console.alarms(region))]
    return [{"blocks": blocks} for blocks in [list(buttons(links))] if blocks]
