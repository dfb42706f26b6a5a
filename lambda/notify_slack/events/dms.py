"""Database Migration Service: replication instances and tasks, over SNS (JSON or text) and EventBridge.

Schemas: https://docs.aws.amazon.com/dms/latest/userguide/CHAP_Events.html and CHAP_EventBridge.html
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from notify_slack import console, database_text, parts, peek
from notify_slack.events import generic
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "dms"
SNS = "DMS event (SNS)"
TEXT = "DMS event (text)"
INSTANCE = "aws.dms/DMS Replication Instance State Change"
TASK = "aws.dms/DMS Replication Task State Change"
KINDS = (SNS, TEXT, INSTANCE, TASK)
# An RDS event has these keys too, and one more: it is tried first.
SHAPES = {SNS: frozenset({"Event Source", "Event ID", "Event Message"})}
TEXTS = {TEXT: re.compile(r"\A\s{0,9}Event Source ?: ?[a-z-]{1,40}\n(?=[\s\S]{0,9000}\bDMS-EVENT-\d)")}

FAILED = re.compile(
    r"(?<![a-z])(?:fail(?!over)|error|fatal|unable|paused|storage full|low storage)", re.IGNORECASE
)
OVER = frozenset({"DMS-EVENT-0093", "DMS-EVENT-0015"})  # reading resumed; failover complete
LABELS = {"replication-instance": "DMS instance", "replication-task": "DMS task"}
_SOURCE_ID = re.compile(r"SourceId ?: ?(\S+)")  # some messages carry it inside the link
_FRAGMENT_ID = re.compile(r"(?:taskDetails/|replicationInstanceDetails/|ids=)([\w-]+)")


class Event(NamedTuple):
    """What both forms tell."""

    source_type: str
    source: str
    event_id: str
    message: str
    category: str


def parse(received: Received, kind: str) -> Alert:
    """One event of a task or an instance."""
    content = received.content
    event = _read(content, kind)
    if "REDSHIFT-EVENT" in peek.text(content, "Event ID"):  # the same keys, from another service
        return generic.parse(received, kind)
    failed = FAILED.search(f"{event.category} {event.message}")
    status = Status.FIRING if failed else Status.NOTICE
    status = Status.RESOLVED if event.event_id in OVER else status
    account = peek.text(content, "account") or arn_part(received.topic_arn, 4)
    region = peek.text(content, "region") or arn_part(received.topic_arn, 3)
    at = peek.time(content, "time") or peek.time(_values(content, kind), "Event Time")
    return Alert(
        kind=NAME,
        key=peek.text(content, "id") or parts.key(event.source, event.event_id, parts.stamp(at)),
        title=f"{LABELS.get(event.source_type, 'DMS')} {event.source or 'without a name'}",
        status=status,
        state="failed"
        if failed and event.category in ("", "StateChange")
        else parts.words(event.category) or "event",
        summary=event.message or "DMS sent an event without a message.",
        brief=event.message,
        fields=parts.fields(
            Field("Event", event.event_id, code=True), Field("Category", parts.words(event.category))
        ),
        links=_links(region, event),
        account=account,
        region=region,
        at=at,
        subject_key=peek.text(content, "resources", 0) or f"{region}|{event.source_type}|{event.source}",
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
    )


def _read(content: object, kind: str) -> Event:
    if kind in (INSTANCE, TASK):
        detail = peek.mapping(content, "detail")
        told = parts.words(peek.text(detail, "eventType")).capitalize()
        found = _FRAGMENT_ID.search(peek.text(detail, "resourceLink"))
        return Event(
            "replication-task" if kind == TASK else "replication-instance",
            found[1] if found else parts.name(peek.text(content, "resources", 0)),
            peek.text(detail, "eventId"),
            parts.joined(told, peek.text(detail, "detailMessage")),
            peek.text(detail, "category"),
        )
    values = _values(content, kind)
    link = peek.text(values, "Identifier Link")
    inside = _SOURCE_ID.search(link) or _FRAGMENT_ID.search(link)
    return Event(
        peek.text(values, "Event Source"),
        (peek.text(values, "SourceId") or (inside[1] if inside else "")).strip(),
        database_text.event_number(peek.text(values, "Event ID")),
        one_line(peek.text(values, "Event Message")),
        "",
    )


def _values(content: object, kind: str) -> object:
    """The body; a text's lines under the names that the JSON has."""
    if kind != TEXT:
        return content
    found = database_text.values(content)
    return {
        "Event Source": found.get("eventsource", ""),
        "Event Time": found.get("notificationtime") or found.get("eventtime", ""),
        "Identifier Link": found.get("identifierlink", ""),
        "SourceId": found.get("sourceid", ""),
        "Event ID": found.get("eventid", ""),
        "Event Message": found.get("message") or found.get("eventmessage", ""),
    }


def _links(region: str, event: Event) -> tuple[Link, ...]:
    pages = {"replication-task": "taskDetails", "replication-instance": "replicationInstanceDetails"}
    if event.source_type not in pages or not event.source:
        return ()
    page = f"#{pages[event.source_type]}/{quote(event.source, safe='')}"
    return parts.links(Link("DMS", console.page(region, "dms/v2/home", fragment=page)))
