"""AWS Health events: issues, scheduled changes, notifications, abuse reports, exposed credentials.

Schema, of https://docs.aws.amazon.com/health/latest/ug/ : aws-health-events-eventbridge-schema.html; copies
for the backup Region: choosing-a-region.html; pages: pagination-of-health-events.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

if TYPE_CHECKING:
    from collections.abc import Iterator
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
SCOPES = {"ACCOUNT_SPECIFIC": "this account", "PUBLIC": "public", "NONE": ""}

# What an intruder may use already: https://docs.aws.amazon.com/health/latest/ug/cloudwatch-events-health.html
URGENT = frozenset(
    {
        "AWS_RISK_CREDENTIALS_EXPOSED",
        "AWS_RISK_CREDENTIALS_EXPOSURE_SUSPECTED",
        "AWS_RISK_CREDENTIALS_COMPROMISED",
    }
)


def parse(received: Received, kind: str) -> Alert:
    """One Health event: what, where, since when, and which resources."""
    event = received.content
    detail = peek.mapping(event, "detail")
    service, type_code = peek.text(detail, "service"), peek.text(detail, "eventTypeCode")
    category = peek.text(detail, "eventTypeCategory")
    status, severity = _judge(detail, type_code, category)
    closed = _is_closed(detail, peek.time(event, "time"))
    if closed and status is Status.FIRING:
        status = Status.RESOLVED
    arn = peek.text(detail, "eventArn")
    description = _description(peek.items(detail, "eventDescription"))
    url = console.health(arn)
    account = peek.text(detail, "affectedAccount") or peek.text(event, "account")
    return Alert(
        kind=NAME,
        key=_key(detail, account) or peek.text(event, "id"),
        title=_title(service, type_code) or kind.rpartition("/")[2],
        status=status,
        state="closed" if closed else STATES.get(category, "Notice"),
        summary=description,
        brief=description,
        details=parts.lines(("Affected", entity) for entity in _affected(detail, event)),
        fields=_fields(detail),
        links=(Link("Health Dashboard", url),) if url else (),
        account=account,
        region=peek.text(detail, "eventRegion") or peek.text(event, "region"),
        at=peek.time(event, "time"),
        subject_key=arn,
        suggested=severity,
    )


def _judge(detail: object, type_code: str, category: str) -> tuple[Status, Severity]:
    if type_code in URGENT:
        return Status.FIRING, Severity.CRITICAL
    status, severity = CATEGORIES.get(category, (Status.NOTICE, Severity.WARNING))
    if severity is Severity.CRITICAL and peek.text(detail, "eventScopeCode") == "PUBLIC":
        return status, Severity.WARNING  # it may not touch what we run
    if severity is Severity.INFO and peek.text(detail, "actionability") == "ACTION_REQUIRED":
        return status, Severity.WARNING
    return status, severity


def _key(detail: object, account: str) -> str:
    """Equal for the copy that the backup Region sends; each page of the entities is its own event."""
    communication = peek.text(detail, "communicationId")
    page = peek.text(detail, "page") or "1"
    return parts.key(peek.text(detail, "eventArn"), communication, account, page)


def _affected(detail: object, event: object) -> Iterator[str]:
    """Each entity, with its status where that says more than that it is affected."""
    named = False
    for entity in peek.items(detail, "affectedEntities"):
        value, status = peek.text(entity, "entityValue"), peek.text(entity, "status").lower()
        named = named or bool(value)
        if value:
            yield (
                f"{code(value)} ({status})"
                if status in ("impaired", "unimpaired", "resolved")
                else code(value)
            )
    if not named:
        yield from map(code, parts.strings(peek.items(event, "resources")))


def _is_closed(detail: object, told_at: datetime | None) -> bool:
    """Older events have no statusCode; what ended before it was told is over."""
    ended = peek.time(detail, "endTime")
    status = peek.text(detail, "statusCode")
    return status == "closed" or (not status and bool(ended and told_at and ended <= told_at))


def _title(service: str, type_code: str) -> str:
    """`AWS_EC2_OPERATIONAL_ISSUE` reads `EC2 operational issue`."""
    told = {"RISK": "IAM", "ABUSE": "Abuse:"}.get(service, service)
    what = type_code.removeprefix("AWS_").removeprefix(f"{service}_").replace("_", " ").lower()
    return f"{told} {what}".strip()


def _description(descriptions: Any) -> str:
    """The English text if there is one, else the first."""
    texts = {peek.text(item, "language"): peek.text(item, "latestDescription") for item in descriptions}
    english = next((text for language, text in texts.items() if language.startswith("en")), "")
    # Some events carry the escape of a new line instead of the line.
    return (english or next(iter(texts.values()), "")).replace("\\n", "\n").strip()


def _fields(detail: object) -> tuple[Field, ...]:
    pages = peek.text(detail, "totalPages")
    fields = (
        Field("Event type", peek.text(detail, "eventTypeCode"), code=True),
        Field("Scope", SCOPES.get(peek.text(detail, "eventScopeCode"), "")),
        Field("Action", peek.text(detail, "actionability").replace("_", " ").lower()),
        Field("Starts", _time(detail, "startTime")),
        Field("Ends", _time(detail, "endTime")),
        Field("Part", f"{peek.text(detail, 'page')} of {pages}" if pages not in ("", "1") else ""),
    )
    return tuple(field for field in fields if field.value)


def _time(detail: object, name: str) -> str:
    at = peek.time(detail, name)
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else peek.text(detail, name)
