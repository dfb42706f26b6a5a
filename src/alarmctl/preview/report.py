"""What a preview found, as text, JSON, and a page that looks like Slack."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarmctl.slack.limits import check
from alarmctl.slack.message import Message
from alarmctl.slack.page import Channel, render_page
from alarmctl.slack.text import as_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from notify_slack.model import Body
    from notify_slack.pipeline import Explanation, Preview


@dataclass(frozen=True)
class Previewed:
    """One file and what the notifier would make of it."""

    file: str
    preview: Preview

    def problems(self) -> list[str]:
        """What Slack would refuse; the notifier then posts a simpler form."""
        return [problem for body in self.preview.requests for problem in check(body)]


def as_json(found: Sequence[Previewed], at: datetime) -> str:  # noqa: ARG001  every format has this signature
    """A list with an entry per event. Events that share a message carry its number and the same requests."""
    entries = [_entry(one.file, event) for one in found for event in one.preview.alerts]
    return json.dumps(entries, indent=2, ensure_ascii=False)


def as_lines(found: Sequence[Previewed], at: datetime) -> str:
    """For a terminal: per event what it is and which rule took it, then the messages as Slack draws them."""
    parts: list[str] = []
    for one in found:
        lines = [f"{one.file}: {len(one.preview.alerts)} events" if one.preview.alerts[1:] else one.file]
        lines += [f"  {line}" for event in one.preview.alerts for line in _told(event)]
        lines += [f"  Slack would refuse this: {problem}" for problem in one.problems()]
        lines += ["  There is no event in it."] * (not one.preview.alerts)
        drawn = [as_text(_drawable(body), at=at) for body in one.preview.requests]
        lines += [f"    {line}".rstrip() for text in drawn for line in ("", *text.split("\n"))]
        parts.append("\n".join(lines))
    return "\n\n".join([*parts, summary(found)])


def as_page(found: Sequence[Previewed], at: datetime) -> str:
    """The channel as a web page; `at` is when each message is said to have arrived."""
    bodies = [(one.file, _drawable(body)) for one in found for body in one.preview.requests]
    messages = (
        Message(number, at, body, heading=heading) for number, (heading, body) in enumerate(bodies, 1)
    )
    return render_page(messages, channel=Channel(workspace="Preview", name="alerts"))


FORMATS: dict[str, Callable[[Sequence[Previewed], datetime], str]] = {
    "text": as_lines,
    "json": as_json,
    "html": as_page,
}


def summary(found: Iterable[Previewed]) -> str:
    """One line: how many files and events, of which kinds, and how many would not be posted."""
    found = list(found)
    events = [event for one in found for event in one.preview.alerts]
    kinds = Counter(event.kind for event in events)
    counted = ", ".join(
        f"{count} {kind}" for kind, count in sorted(kinds.items(), key=lambda item: (-item[1], item[0]))
    )
    dropped = sum(event.drop is not None for event in events)
    told = f"{_plural(len(found), 'file')}, {_plural(len(events), 'event')}"
    return f"{told}{': ' if counted else ''}{counted}" + (f"; {dropped} not posted" if dropped else "")


def _drawable(body: Body) -> Body:
    """The body; of one that Slack would refuse, only its text."""
    return {"text": str(body.get("text"))} if check(body) else body


def _entry(file: str, event: Explanation) -> dict[str, Any]:
    return {
        "file": file,
        "kind": event.kind,
        "title": event.title,
        "severity": event.severity,
        "dedupe_key": event.dedupe_key,
        "route": {
            "rule": event.route.rule,
            "why": event.route.why,
            "webhook_parameter": event.route.webhook_parameter or None,
            "channel": event.route.channel or None,
            "mention": event.mention or None,
            "dropped": event.drop,
        },
        "message": event.message,
        "requests": list(event.requests),
    }


def _told(event: Explanation) -> Iterable[str]:
    fate = "not posted" if event.drop else "posted"
    to = event.route.channel or event.route.webhook_parameter
    where = f" to {to}" if to else ""
    yield f"{event.kind}, {event.severity or 'no severity'}, {fate}{where}: {event.title}"
    if event.drop:
        yield f"  because: {event.drop}"
    if event.route.rule:
        yield f"  rule {event.route.rule}: {event.route.why}"
    if event.mention:
        yield f"  mentions {event.mention}"
    yield f"  dedupe key {event.dedupe_key or '(none: every copy is posted)'}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}{'' if count == 1 else 's'}"
