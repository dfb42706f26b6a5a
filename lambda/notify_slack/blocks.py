"""The parts that Slack messages are made of. All text from outside passes `mrkdwn` on its way into them.

Limits: https://docs.slack.dev/reference/block-kit/blocks and
https://docs.slack.dev/reference/block-kit/block-elements/button-element
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from notify_slack.model import Alert, Body, Link, Severity, Status
from notify_slack.mrkdwn import clean, clip, one_line, safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

# Slack's limits.
HEADER_CHARS = 150
SECTION_CHARS = 3000
FIELDS = 10
BUTTONS = 5  # Slack takes 25; more than five are no help at night
BUTTON_CHARS = 75
URL_CHARS = 3000

# Ours.
TEXT_CHARS = 3_900  # Slack splits longer texts into several messages
LOCK_SCREEN_CHARS = 300
NAME_STATE_CHARS = 300

_FIRING_COLOURS = {Severity.CRITICAL: "#d72b3f", Severity.WARNING: "#f2a100", Severity.INFO: "#2b7de9"}
_FIRING_ICONS = {
    Severity.CRITICAL: ":red_circle:",
    Severity.WARNING: ":large_orange_circle:",
    Severity.INFO: ":large_blue_circle:",
}

COLOURS = (
    {(status, severity): _FIRING_COLOURS[severity] for status in Status for severity in Severity}
    | {(Status.RESOLVED, severity): "#2eb67d" for severity in Severity}
    | {(Status.NO_DATA, severity): "#8d8d8d" for severity in Severity}
)
ICONS = (
    {(status, severity): _FIRING_ICONS[severity] for status in Status for severity in Severity}
    | {(Status.RESOLVED, severity): ":large_green_circle:" for severity in Severity}
    | {(Status.NO_DATA, severity): ":white_circle:" for severity in Severity}
)
# What stands before the title; None: the state in AWS's own word.
WORDS: dict[Status, str | None] = {
    Status.FIRING: None,
    Status.RESOLVED: "Resolved",
    Status.NO_DATA: "No data",
    Status.NOTICE: "",
}


def headline(alert: Alert) -> str:
    """State and name, still unescaped: `ALARM: api-cpu`, `Resolved: api-cpu`."""
    word = WORDS[alert.status]
    word = alert.state if word is None else word
    return one_line(f"{word}{marks(alert)}: {alert.title}" if word else f"{alert.title}{marks(alert)}")


def titled(alert: Alert) -> str:
    """The headline as a title: AWS's own words for a state may begin small."""
    text = headline(alert)
    return text[:1].upper() + text[1:] if alert.status is Status.FIRING else text


def marks(alert: Alert) -> str:
    """What stands behind the state, unescaped: ` (late, superseded)`, or nothing."""
    return f" ({', '.join(alert.marks)})" if alert.marks else ""


def name_and_state(alert: Alert) -> str:
    """The last thing to be left out of any message, escaped."""
    return safe(one_line(f"{alert.state}{marks(alert)}: {alert.title}"), NAME_STATE_CHARS)


def body(text: str, **parts: list[Body]) -> Body:
    """A request body. `text` is escaped already."""
    return {"text": text, **parts, "unfurl_links": False, "unfurl_media": False}


def header(text: str) -> Body:
    """A header block of unescaped text."""
    return {"type": "header", "text": {"type": "plain_text", "text": safe(text, HEADER_CHARS), "emoji": True}}


def section(escaped: str) -> Iterator[Body]:
    """A section block, or none for an empty text."""
    if escaped.strip():
        yield {"type": "section", "text": mrkdwn(escaped)}


def mention(text: str) -> Iterator[Body]:
    """A section that mentions whom the configuration names; never given text from outside."""
    if text:
        yield {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def mrkdwn(escaped: str) -> Body:
    """Verbatim: Slack makes no link, channel or mention of words that only look like one."""
    return {"type": "mrkdwn", "text": escaped, "verbatim": True}


def moment(at: datetime) -> str:
    """The instant in each reader's own time zone, with UTC where that cannot be shown."""
    said = f"{at:%Y-%m-%d %H:%M:%S} UTC"
    seconds = int(at.timestamp())
    return f"<!date^{seconds}^{{date_short_pretty}}, {{time_secs}}|{said}>" if seconds > 0 else said


def buttons(links: Iterable[Link]) -> Iterator[Body]:
    """An actions block of link buttons, or none."""
    elements = [
        {
            "type": "button",
            "text": {"type": "plain_text", "text": safe(link.label, BUTTON_CHARS), "emoji": True},
            "url": address(link.url),
        }
        for link in links
        if link.url and len(address(link.url)) <= URL_CHARS
    ]
    if elements:
        yield {"type": "actions", "elements": elements[:BUTTONS]}


def address(url: str) -> str:
    """Percent-encoded where a character could end the address."""
    return quote(clean(url), safe=":/?#[]@!$&'()*+,;=%~-._")


def fit(lines: Sequence[str], limit: int) -> str:
    """The first lines that fit into `limit` characters, and how many do not."""
    last = "… and 9999 more"
    shown: list[str] = []
    room = limit
    for place, line in enumerate(lines):
        room -= len(line) + 1
        if room < (0 if place == len(lines) - 1 else len(last)):
            return "\n".join([*shown, f"… and {len(lines) - place} more"])
        shown.append(line)
    return "\n".join(shown)


def pack(lines: Iterable[str], limit: int) -> list[str]:
    """Join lines into texts of at most `limit` characters."""
    texts: list[str] = []
    for line in lines:
        whole = clip(line, limit)
        if texts and len(texts[-1]) + 1 + len(whole) <= limit:
            texts[-1] += f"\n{whole}"
        else:
            texts.append(whole)
    return texts
