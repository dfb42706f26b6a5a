"""Checks of AWS Trusted Advisor.

Schema: https://docs.aws.amazon.com/awssupport/latest/user/cloudwatch-events-ta.html
"""

from __future__ import annotations

from notify_slack import parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

NAME = "trusted_advisor"
CHECK = "aws.trustedadvisor/Trusted Advisor Check Item Refresh Notification"
KINDS = (CHECK,)
SHAPES: dict[str, frozenset[str]] = {}

# https://docs.aws.amazon.com/awssupport/latest/user/trusted-advisor.html : red, yellow, green, grey
RESULTS = {
    "ERROR": (Status.FIRING, Severity.WARNING, "action recommended"),
    "WARN": (Status.FIRING, Severity.INFO, "investigation recommended"),
    "OK": (Status.RESOLVED, Severity.INFO, "no problem found"),
    "INFO": (Status.NOTICE, Severity.INFO, "excluded or informational"),
}
CRITICAL_CHECKS = frozenset({"Exposed Access Keys"})  # whoever found the key can use it now

DASHBOARD = "https://console.aws.amazon.com/trustedadvisor/home"


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """Which check says what of which resource."""
    event = received.content
    detail = peek.mapping(event, "detail")
    check, state = peek.text(detail, "check-name"), peek.text(detail, "status").upper()
    resource = peek.text(detail, "resource_id")
    status, severity, told = RESULTS.get(state, (Status.NOTICE, Severity.INFO, state.lower() or "refreshed"))
    values = {
        name: value
        for name, value in peek.mapping(detail, "check-item-detail").items()
        if isinstance(value, str) and value and name != "Status"
    }
    exposed = check in CRITICAL_CHECKS and status is Status.FIRING
    origin = parts.origin(event)
    partition = arn_part(resource, 1) or "aws"
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(check or "Trusted Advisor check", status, told),
        status=status,
        state=f"Trusted Advisor: {told}",
        summary=parts.joined(
            f"{check or 'The check'}: {told}", f"The resource is {code(resource)}" if resource else ""
        ),
        brief=parts.name(resource) or parts.few(values.values(), 2),
        details=parts.lines((name, code(value)) for name, value in values.items()),
        fields=parts.fields(Field("Resource", resource, code=True)),
        links=parts.links(Link("Trusted Advisor", DASHBOARD if partition == "aws" else "")),
        subject_key=parts.key(
            "trustedadvisor", origin["account"], check, resource or peek.text(detail, "uuid")
        ),
        suggested=Severity.CRITICAL if exposed else severity,
        **origin,
    )
