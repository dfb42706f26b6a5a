"""Log events of a CloudWatch Logs subscription.

Schema: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from notify_slack import peek
from notify_slack.model import Alert, Field, Received, Severity, Status

NAME = "logs"
DATA = "CloudWatch Logs subscription"
KINDS = (DATA,)
SHAPES = {DATA: frozenset({"messageType", "logGroup", "logEvents"})}

LINES_SHOWN = 10
CONTROL = "CONTROL_MESSAGE"


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """The newest lines of one delivery."""
    body = received.content
    events = peek.items(body, "logEvents")
    group = peek.text(body, "logGroup")
    if peek.text(body, "messageType") == CONTROL:
        return _control(body)
    lines = [peek.text(event, "message") for event in events]
    first = peek.text(events, 0, "id")
    fields = (
        Field("Log stream", peek.text(body, "logStream"), code=True),
        Field("Filter", ", ".join(_strings(peek.items(body, "subscriptionFilters")))),
    )
    return Alert(
        kind=NAME,
        key=f"{peek.text(body, 'owner')}|{group}|{first}" if first else "",
        title=f"{len(lines)} log line{'' if len(lines) == 1 else 's'} in {group or 'an unnamed log group'}",
        status=Status.NOTICE,
        state="notice",
        summary=f"{len(lines) - LINES_SHOWN} older lines are not shown." if len(lines) > LINES_SHOWN else "",
        brief=lines[-1] if lines else "",
        details=tuple(Field("", line) for line in lines[-LINES_SHOWN:]),
        fields=tuple(field for field in fields if field.value),
        account=peek.text(body, "owner"),
        at=_time(peek.number(events, -1, "timestamp")),
        subject_key=group,
        suggested=Severity.INFO,
    )


def _control(body: object) -> Alert:
    """CloudWatch Logs asks whether anybody listens; no log line came."""
    return Alert(
        kind=NAME,
        key="",
        title="CloudWatch Logs checks its subscription",
        status=Status.NOTICE,
        state="notice",
        summary=peek.text(body, "logEvents", 0, "message"),
        suggested=Severity.INFO,
    )


def _strings(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)]


def _time(milliseconds: float | None) -> datetime | None:
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None
