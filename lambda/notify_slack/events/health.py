"""AWS Health events.

Schema: https://docs.aws.amazon.com/health/latest/ug/aws-health-events-eventbridge-schema.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notify_slack import console, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

if TYPE_CHECKING:
    from datetime import datetime

NAME = "health"
KINDS = ("aws.health/AWS Health Event", "aws.health/AWS Health Abuse Event")
SHAPES: dict[str, frozenset[str]] = {}

# eventTypeCategory -> status while it is open, and the severity if no topic says better
CATEGORIES = {
    "issue": (Status.FIRING, Severity.CRITICAL),
    "investigation": (Status.FIRING, Severity.WARNING),
    "scheduledChange": (Status.NOTICE, Severity.WARNING),
    "accountNotification": (Status.NOTICE, Severity.INFO),
}
STATES = {
    "issue": "Issue",
    "investigation": "Investigation",
    "scheduledChange": "Scheduled change",
    "accountNotification": "Account notification",
}
ENTITIES_SHOWN = 10


def parse(received: Received, kind: str) -> Alert:
    """One Health event: what, where, since when, and which resources."""
    event = received.content
    detail = peek.mapping(event, "detail")
    service, type_code = peek.text(detail, "service"), peek.text(detail, "eventTypeCode")
    category = peek.text(detail, "eventTypeCategory")
    status, severity = CATEGORIES.get(category, (Status.NOTICE, Severity.WARNING))
    closed = _is_closed(detail, peek.time(event, "time"))
    if closed and status is Status.FIRING:
        status = Status.RESOLVED
    arn = peek.text(detail, "eventArn")
    description = _description(peek.items(detail, "eventDescription"))
    url = console.health(arn)
    affected = [peek.text(entity, "entityValue") for entity in peek.items(detail, "affectedEntities")]
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=_title(service, type_code) or kind.rpartition("/")[2],
        status=status,
        state="closed" if closed else STATES.get(category, "Notice"),
        summary=description,
        brief=description,
        details=_entities(
            [entity for entity in affected if entity] or _strings(peek.items(event, "resources"))
        ),
        fields=_fields(detail),
        links=(Link("Health Dashboard", url),) if url else (),
        account=peek.text(detail, "affectedAccount") or peek.text(event, "account"),
        region=peek.text(detail, "eventRegion") or peek.text(event, "region"),
        at=peek.time(event, "time"),
        subject_key=arn,
        suggested=severity,
    )


def _is_closed(detail: object, told_at: datetime | None) -> bool:
    """Older events have no statusCode; what ended before it was told is over."""
    ended = peek.time(detail, "endTime")
    status = peek.text(detail, "statusCode")
    return status == "closed" or (not status and bool(ended and told_at and ended <= told_at))


def _title(service: str, type_code: str) -> str:
    """`AWS_EC2_OPERATIONAL_ISSUE` reads `EC2 operational issue`."""
    what = type_code.removeprefix("AWS_").removeprefix(f"{service}_").replace("_", " ").lower()
    return f"{service} {what}".strip()


def _description(descriptions: Any) -> str:
    """The English text if there is one, else the first."""
    texts = {peek.text(item, "language"): peek.text(item, "latestDescription") for item in descriptions}
    english = next((text for language, text in texts.items() if language.startswith("en")), "")
    return english or next(iter(texts.values()), "")


def _fields(detail: object) -> tuple[Field, ...]:
    pages = peek.text(detail, "totalPages")
    fields = (
        Field("Event type", peek.text(detail, "eventTypeCode"), code=True),
        Field("Action", peek.text(detail, "actionability").replace("_", " ").lower()),
        Field("Starts", _time(detail, "startTime")),
        Field("Ends", _time(detail, "endTime")),
        Field("Part", f"{peek.text(detail, 'page')} of {pages}" if pages not in ("", "1") else ""),
    )
    return tuple(field for field in fields if field.value)


def _time(detail: object, name: str) -> str:
    at = peek.time(detail, name)
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else peek.text(detail, name)


def _entities(values: list[str]) -> tuple[Field, ...]:
    shown = tuple(Field("Affected", code(value)) for value in values[:ENTITIES_SHOWN])
    left = len(values) - len(shown)
    return (*shown, Field("Affected", f"and {left} more")) if left else shown


def _strings(values: Any) -> list[str]:
    return [value for value in values if isinstance(value, str)]
