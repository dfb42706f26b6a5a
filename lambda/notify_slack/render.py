"""Draw one message for one alert. Every body is within Slack's limits, by construction.

The colour bar is an attachment, since blocks have none. Slack refuses the whole message for a fault inside
an attachment; the simpler rungs of a message are what is posted then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify_slack import digest
from notify_slack.blocks import (
    COLOURS,
    FIELDS,
    HEADER_CHARS,
    ICONS,
    LOCK_SCREEN_CHARS,
    TEXT_CHARS,
    body,
    buttons,
    fit,
    header,
    headline,
    mention,
    moment,
    mrkdwn,
    name_and_state,
    section,
    titled,
)
from notify_slack.dress import account
from notify_slack.model import Alert, Body, Field, Message, Routed
from notify_slack.mrkdwn import clip, code, code_span, escape, one_line, plain, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from notify_slack.config import Config
    from notify_slack.group import Entry

# A message of the longest of everything stays below 9,000 characters: Slack refuses some of more than
# 11,000, and documents no limit.
SUMMARY_CHARS = 1_500
DESCRIPTION_CHARS = 1_200
DETAILS_CHARS = 2_400
DETAIL_CHARS = 400
FIELD_TITLE_CHARS = 60
SIMPLE_DETAILS = 3  # of a message in plain text
FIELD_CHARS = 200


def render(entries: Sequence[Entry], config: Config) -> Message:
    """The message for one alert, or the digest for several, with its simpler forms for when Slack refuses."""
    routed = tuple(one for entry in entries for one in entry)
    return Message(routed, digest.rungs(entries, config) if routed[1:] else _rungs(routed[0], config))


def _rungs(one: Routed, config: Config) -> tuple[tuple[Body, ...], ...]:
    alert = one.alert
    icon = ICONS[alert.status, one.severity]
    title = f"{icon} {titled(alert)}"
    full = body(
        safe(plain(f"{icon} {_lock_screen(alert, config)}"), LOCK_SCREEN_CHARS),
        blocks=[header(title), *mention(one.mention)],
        attachments=[{"color": COLOURS[alert.status, one.severity], "blocks": list(_blocks(one, config))}],
    )
    lines = (
        f"*{safe(title, LOCK_SCREEN_CHARS)}*",
        one.mention,
        clip(escape(alert.summary), SUMMARY_CHARS),
        clip(escape(alert.description), DESCRIPTION_CHARS),
        *(_detail(field) for field in alert.details[:SIMPLE_DETAILS]),
        *(f"{safe(field.title, FIELD_TITLE_CHARS)}: {_value(field)}" for field in alert.fields[:FIELDS]),
        _where_and_when(one, config),
    )
    simple = body(clip("\n".join(line for line in lines if line), TEXT_CHARS))
    return (full,), (simple,), (body(name_and_state(alert)),)


def _blocks(one: Routed, config: Config) -> Iterator[Body]:
    alert = one.alert
    whole_name = code(alert.title) if len(escape(headline(alert))) > HEADER_CHARS - 30 else ""
    summary = "\n".join(text for text in (whole_name, alert.summary) if text)
    yield from section(clip(escape(summary), SUMMARY_CHARS))
    yield from section(clip(escape(alert.description), DESCRIPTION_CHARS))
    details = (*alert.details, *alert.fields[FIELDS:])
    yield from section(fit([_detail(field) for field in details], DETAILS_CHARS))
    yield from _fields(alert)
    yield from buttons(alert.links)
    yield {"type": "context", "elements": [mrkdwn(_where_and_when(one, config))]}


def _where_and_when(one: Routed, config: Config) -> str:
    alert = one.alert
    # A stack is named after its environment; saying both would say it twice.
    place = config.name if config.environment in config.name else config.environment
    where = [place, account(alert.account, config), alert.region]
    when = [moment(alert.at)] if alert.at else []
    said = [
        f"*{one.severity}*",
        *(safe(one_line(text), FIELD_CHARS) for text in where if text.strip()),
        *when,
    ]
    return " · ".join(said)


def _fields(alert: Alert) -> Iterator[Body]:
    """The first fields side by side; the rest are told as details."""
    if alert.fields:
        yield {
            "type": "section",
            "fields": [
                mrkdwn(f"*{safe(field.title, FIELD_TITLE_CHARS)}*\n{_value(field)}")
                for field in alert.fields[:FIELDS]
            ],
        }


def _lock_screen(alert: Alert, config: Config) -> str:
    where = ", ".join(text for text in (config.environment, alert.region) if text)
    title, brief = titled(alert), one_line(alert.brief)
    said = title if brief.lower() in title.lower() else f"{title}: {brief}"
    return f"{said} ({where})" if where else said


def _detail(field: Field) -> str:
    title = safe(one_line(field.title), FIELD_CHARS)
    value = code_span(field.value, DETAIL_CHARS) if field.code else safe(one_line(field.value), DETAIL_CHARS)
    return f"*{title}*: {value}" if title else value


def _value(field: Field) -> str:
    return code_span(field.value, FIELD_CHARS) if field.code else safe(one_line(field.value), FIELD_CHARS)
