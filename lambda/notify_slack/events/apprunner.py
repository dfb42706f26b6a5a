"""AWS App Runner: services and what is done to them.

Schema: https://docs.aws.amazon.com/apprunner/latest/dg/monitor-ev.html
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import change, console, parts, peek
from notify_slack.model import Alert, Field, Link, Received
from notify_slack.mrkdwn import one_line

NAME = "apprunner"
SERVICE = "aws.apprunner/AppRunner Service Status Change"
OPERATION = "aws.apprunner/AppRunner Service Operation Status Change"
KINDS = (SERVICE, OPERATION)
SHAPES: dict[str, frozenset[str]] = {}

STATES = {
    "RUNNING": "is running",
    "PAUSED": "is paused",
    "DELETED": "was deleted",
    "CREATE_FAILED": "could not be made",
    "DELETE_FAILED": "could not be deleted",
    "OPERATION_IN_PROGRESS": "is being changed",
}
_FAILED = "FAILED"  # ends CREATE_FAILED and UpdateServiceFailed alike


def parse(received: Received, kind: str) -> Alert:
    """The state of a service, or of one operation on it."""
    event = received.content
    detail = peek.mapping(event, "detail")
    key = "currentServiceStatus" if kind == SERVICE else "operationStatus"
    state = one_line(peek.text(detail, key))
    name = one_line(peek.text(detail, "serviceName"))
    service = peek.text(detail, "serviceId")
    said = parts.words(state) or "in an unknown state"
    page = f"#/services/dashboard?service_arn={quote(peek.text(event, 'resources', 0), safe='')}"
    region = peek.text(event, "region")
    return change.Change(
        f"App Runner service {name or 'without a name'}",
        STATES.get(state, f"is {said}") if kind == SERVICE else f"reports: {said}",
        state,
        failed=state.upper().endswith(_FAILED),
        why=peek.text(detail, "message"),
        fields=(
            Field("Before", one_line(peek.text(detail, "previousServiceStatus"))),
            Field("Service", service, code=True),
        ),
        links=(Link("Service", console.page(region, "apprunner/home", fragment=page) if service else ""),),
    ).alert(NAME, event)
