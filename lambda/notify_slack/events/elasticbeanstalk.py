"""Elastic Beanstalk environments, as SNS text and over EventBridge.

Schemas: https://docs.aws.amazon.com/elasticbeanstalk/latest/dg/using-features.managing.sns.html and
AWSHowTo.eventbridge.html beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

if TYPE_CHECKING:
    from datetime import datetime

NAME = "elasticbeanstalk"
TEXT = "Elastic Beanstalk notification (text)"
_AWS = "aws.elasticbeanstalk/"
KINDS = (
    TEXT,
    f"{_AWS}Health status change",
    f"{_AWS}Elastic Beanstalk resource status change",
    f"{_AWS}Other resource status change",
    f"{_AWS}Managed update status change",
)
SHAPES: dict[str, frozenset[str]] = {}
TEXTS = {
    TEXT: re.compile(
        r"\A\s{0,9}Timestamp: [^\n]{1,80}\nMessage: (?=[\s\S]{0,9000}\nEnvironment: [^\n]+\n+Application: )"
    )
}

# health that an environment goes to -> status, and the severity if no topic says better
HEALTH = {
    "severe": (Status.FIRING, Severity.CRITICAL),
    "red": (Status.FIRING, Severity.CRITICAL),
    "degraded": (Status.FIRING, Severity.CRITICAL),
    "warning": (Status.FIRING, Severity.WARNING),
    "yellow": (Status.FIRING, Severity.WARNING),
    "ok": (Status.RESOLVED, Severity.WARNING),
    "green": (Status.RESOLVED, Severity.WARNING),
    "info": (Status.NOTICE, Severity.INFO),
    "pending": (Status.NOTICE, Severity.INFO),
    "nodata": (Status.NOTICE, Severity.WARNING),
    "no data": (Status.NOTICE, Severity.WARNING),
    "unknown": (Status.NOTICE, Severity.WARNING),
    "grey": (Status.NOTICE, Severity.WARNING),
}
BEGINNINGS = frozenset(
    {"pending", "unknown", "grey", "info", "nodata", "no data"}
)  # from here OK ends no trouble
SEVERITIES = {
    "FATAL": (Status.FIRING, Severity.CRITICAL),
    "ERROR": (Status.FIRING, Severity.WARNING),
    "WARN": (Status.FIRING, Severity.WARNING),
}
_COLOUR = "(No Data|[A-Za-z]{2,20})"
_TRANSITION = re.compile(rf"health has transitioned (?:from {_COLOUR} )?to {_COLOUR}\b", re.IGNORECASE)
_TROUBLE = re.compile(
    r"\b(?:fail(?:ed|ure|s)?|unsuccessful|errors?|unable|timed out|rolled back)\b", re.IGNORECASE
)
_LINE = re.compile(
    r"^(Timestamp|Message|Environment|Application|Environment URL|RequestId|NotificationProcessId): ?",
    re.MULTILINE,
)


class Event(NamedTuple):
    """What both forms tell."""

    message: str
    environment: str
    application: str
    level: str
    status: str
    at: datetime | None
    time_text: str


def parse(received: Received, kind: str) -> Alert:
    """One message about an environment."""
    content = received.content
    event = _text(content) if kind == TEXT else _event(content)
    transition = _TRANSITION.search(event.message)
    status, severity = _status(event, transition)
    account = peek.text(content, "account") or arn_part(received.topic_arn, 4)
    region = peek.text(content, "region") or arn_part(received.topic_arn, 3)
    where = f"{event.environment} of {event.application}" if event.application else event.environment
    subject = f"Elastic Beanstalk environment {where or 'without a name'}"
    page = f"#/environment/dashboard?environmentName={quote(event.environment, safe='')}"
    applied = f"&applicationName={quote(event.application, safe='')}"
    return Alert(
        kind=NAME,
        key=peek.text(content, "id") or parts.key(event.environment, event.time_text, event.message),
        title=f"{subject}: {event.status}" if event.status and status is Status.NOTICE else subject,
        status=status,
        state=transition[2] if transition else event.status or event.level or "event",
        summary=event.message or "Elastic Beanstalk sent an event without a message.",
        brief=event.message,
        fields=parts.fields(Field("Status", event.status), Field("Level", event.level)),
        links=parts.links(
            Link("Environment", console.page(region, "elasticbeanstalk/home", fragment=page + applied))
        )
        if event.environment and event.application
        else (),
        account=account,
        region=region,
        at=event.at,
        subject_key=f"{region}|{event.application}|{event.environment}" if transition else "",
        suggested=severity,
    )


def _event(content: object) -> Event:
    detail = peek.mapping(content, "detail")
    return Event(
        one_line(peek.text(detail, "Message")),
        peek.text(detail, "EnvironmentName"),
        peek.text(detail, "ApplicationName"),
        peek.text(detail, "Severity"),
        peek.text(detail, "Status"),
        peek.time(content, "time"),
        peek.text(content, "time"),
    )


def _text(content: object) -> Event:
    """Each name starts a line, and a value goes on to the next name."""
    pieces = _LINE.split(peek.text(content))
    found = {name: one_line(value) for name, value in zip(pieces[1::2], pieces[2::2], strict=False)}
    written = found.get("Timestamp", "")
    return Event(
        found.get("Message", ""),
        found.get("Environment", ""),
        found.get("Application", ""),
        "",
        "",
        parts.java_time(written),
        written,
    )


def _status(event: Event, transition: re.Match[str] | None) -> tuple[Status, Severity]:
    if transition:
        before, after = (transition[1] or "").lower(), transition[2].lower()
        status, severity = HEALTH.get(after, (Status.NOTICE, Severity.WARNING))
        ended = status is not Status.RESOLVED or before not in BEGINNINGS
        return (status, severity) if ended else (Status.NOTICE, Severity.INFO)
    if event.level in SEVERITIES:
        return SEVERITIES[event.level]
    trouble = not event.level and _TROUBLE.search(event.message)
    return (Status.FIRING, Severity.WARNING) if trouble else (Status.NOTICE, Severity.INFO)
