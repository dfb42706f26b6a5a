"""CloudWatch alarms that were created, changed or deleted.

Schema: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from notify_slack import console, facts, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import clip, code, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping

NAME = "alarm_configuration"
KINDS = ("aws.cloudwatch/CloudWatch Alarm Configuration Change",)
SHAPES: dict[str, frozenset[str]] = {}

OPERATIONS = {"create": "created", "update": "changed", "delete": "deleted"}
NOT_A_CHANGE = frozenset({"timestamp", "alarmName"})
VALUE_CHARS = 120


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """What was changed. An alarm that is gone, or that tells nobody, is worth a look."""
    event = received.content
    detail = peek.mapping(event, "detail")
    arn = peek.text(event, "resources", 0)
    name = peek.text(detail, "alarmName") or facts.alarm_name(arn) or "without a name"
    operation = peek.text(detail, "operation")
    told = OPERATIONS.get(operation, operation or "changed")
    now = peek.mapping(detail, "configuration")
    changes = _changes(peek.mapping(detail, "previousConfiguration"), now)
    silent = peek.flag(now, "actionsEnabled") is False and operation != "delete"
    where = parts.origin(event)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=f"Alarm {name} was {told}",
        status=Status.NOTICE,
        state=told,
        summary=parts.joined(
            f"The alarm {code(name)} was {told}", "Its actions are off: it tells nobody" if silent else ""
        ),
        brief="its actions are off" if silent else next((f"{key} {value}" for key, value in changes), told),
        description=peek.text(now, "description"),
        details=parts.lines(changes),
        fields=parts.fields(
            Field("State", peek.text(detail, "state", "value")),
            Field("Rule", peek.text(now, "alarmRule"), code=True),
        ),
        links=parts.links(
            Link("Alarm", console.alarm(where["region"], name) if operation != "delete" else "")
        ),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        suggested=Severity.WARNING if silent or operation == "delete" else Severity.INFO,
    )


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Each setting that differs, as `old → new`; nothing for an alarm that had no settings before."""
    if not before:
        return []
    names = sorted((before.keys() | after.keys()) - NOT_A_CHANGE)
    return [
        (name, f"{_value(before.get(name))} → {_value(after.get(name))}")
        for name in names
        if before.get(name) != after.get(name)
    ]


def _value(value: object) -> str:
    if value in (None, "", [], {}):
        return "none"
    try:
        written = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except ValueError:  # Python refuses to print integers of thousands of digits
        written = "a very long number"
    return code(clip(one_line(written), VALUE_CHARS))
