"""Scheduled events of EventBridge rules and of EventBridge Scheduler.

Schema: https://docs.aws.amazon.com/eventbridge/latest/userguide/event-reference.html
"""

from __future__ import annotations

from notify_slack import parts, peek
from notify_slack.model import Alert, Field, Received, Severity, Status

NAME = "schedule"
RULE = "aws.events/Scheduled Event"
SCHEDULER = "aws.scheduler/Scheduled Event"
KINDS = (RULE, SCHEDULER)
SHAPES: dict[str, frozenset[str]] = {}


def parse(received: Received, kind: str) -> Alert:
    """One tick of a schedule."""
    event = received.content
    arn = peek.text(event, "resources", 0)
    label = "Rule" if kind == RULE else "Schedule"
    name = parts.name(arn) or "without a name"
    where = parts.origin(event)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=f"{label} {name} is due",
        status=Status.NOTICE,
        state="scheduled",
        summary=f"The schedule of {name} is due.",
        brief="scheduled event",
        fields=parts.fields(Field(label, arn, code=True)),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        suggested=Severity.INFO,
    )
