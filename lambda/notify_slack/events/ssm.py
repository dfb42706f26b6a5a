"""Systems Manager: commands, automations, maintenance windows, compliance, parameters, OpsItems and more.

Schemas: https://docs.aws.amazon.com/systems-manager/latest/userguide/monitoring-systems-manager-event-examples.html
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "ssm"


class Form(NamedTuple):
    """Where an event says what it is about: keys of its detail, and the page of the console for `page_of`."""

    subject: str
    name: str
    state: str = "status"
    page: str = ""
    page_of: str = ""


_WINDOW = Form("Maintenance window", "window-id", page="maintenance-windows/{}", page_of="window-id")
_AUTOMATION = Form("Automation", "Definition", "Status", "automation/execution/{}", "ExecutionId")
_COMMAND = Form("Command", "document-name", page="run-command/{}", page_of="command-id")
_ASSOCIATION = Form(
    "Association", "document-name", page="state-manager/{}/description", page_of="association-id"
)
_OPS_ITEM = Form("OpsItem", "title", page="opsitems/{}", page_of="ops-item-id")

FORMS = {
    "aws.ssm/EC2 Command Status-change Notification": _COMMAND,
    "aws.ssm/EC2 Command Invocation Status-change Notification": _COMMAND,
    "aws.ssm/EC2 Automation Execution Status-change Notification": _AUTOMATION,
    "aws.ssm/EC2 Automation Step Status-change Notification": _AUTOMATION._replace(
        subject="Step of automation"
    ),
    "aws.ssm/EC2 State Manager Association State Change": _ASSOCIATION,
    "aws.ssm/EC2 State Manager Instance Association State Change": _ASSOCIATION,
    "aws.ssm/Maintenance Window State-change Notification": _WINDOW,
    "aws.ssm/Maintenance Window Target Registration Notification": _WINDOW._replace(
        subject="Target of maintenance window"
    ),
    "aws.ssm/Maintenance Window Execution State-change Notification": _WINDOW._replace(
        subject="Run of maintenance window"
    ),
    "aws.ssm/Maintenance Window Task Execution State-change Notification": _WINDOW._replace(
        subject="Task of maintenance window"
    ),
    "aws.ssm/Maintenance Window Task Target Invocation State-change Notification": _WINDOW._replace(
        subject="Task on a target of maintenance window"
    ),
    "aws.ssm/Configuration Compliance State Change": Form("Instance", "resource-id", "compliance-status"),
    "aws.ssm/Parameter Store Change": Form("Parameter", "name", "operation"),
    "aws.ssm/Parameter Store Policy Action": Form("Parameter", "parameter-name", "policy-type"),
    "aws.ssm/Calendar State Change": Form("Change calendar", "", "state"),
    "aws.ssm/Change Request Status Update": Form("Change request", "change-request-title", "ops-item-status"),
    "aws.ssm/OpsItem Create": _OPS_ITEM,
    "aws.ssm/OpsItem Update": _OPS_ITEM,
}
KINDS = tuple(FORMS)
OPENED = "aws.ssm/OpsItem Create"
SHAPES: dict[str, frozenset[str]] = {}

# Each part of Systems Manager spells its states differently; here they are in small letters without
# separators. A state that is not here stands for no fault, and is told as it is.
FAILURES = {
    "failed": "failed",
    "timedout": "ran out of time",
    "deliverytimedout": "could not be delivered in time",
    "executiontimedout": "ran out of time",
    "undeliverable": "could not be delivered",
    "accessdenied": "was denied access",
    "invalidplatform": "does not fit the platform",
    "skippedoverlapping": "was skipped, since the one before still runs",
    "noncompliant": "does not comply",
    "rejected": "was rejected",
}
WORDS = {
    "success": "succeeded",
    "completedwithsuccess": "succeeded",
    "compliant": "complies again",
    "inprogress": "is running",
    "cancelled": "was cancelled",
    "cancelling": "is being cancelled",
    "create": "was created",
    "update": "was changed",
    "delete": "was deleted",
    "labelparameterversion": "got a label",
    "registered": "was registered",
    "deregistered": "was removed",
    "enabled": "was switched on",
    "disabled": "was switched off",
}
RESOLVED = frozenset({"compliant"})
# What a parameter's policies tell. https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
POLICIES = {
    "expiration": "has expired, and was deleted",
    "expirationnotification": "expires soon",
    "nochangenotification": "was not changed for as long as its policy asks for",
}

_WORDS = {**WORDS, **POLICIES, **FAILURES}

# What is shown beside the state. A command's parameters may hold secrets and stay out.
_FIELDS = {
    "Instance": "instance-id",
    "Step": "StepName",
    "Action": "Action",
    "Compliance": "compliance-type",
    "Patch baseline": "patch-baseline-id",
    "Severity of the finding": "severity",
    "Type": "type",
    "Source": "source",
    "Opens or closes next": "nextTransitionTime",
    "Error": "error-code",
    "Command": "command-id",
    "Execution": "ExecutionId",
    "Run": "window-execution-id",
    "Run by": "ExecutedBy",
}


def parse(received: Received, kind: str) -> Alert:
    """What ran, changed or stopped complying, and how it went."""
    event = received.content
    detail = peek.mapping(event, "detail")
    form = FORMS[kind]
    name = one_line(peek.text(detail, form.name)) or parts.name(peek.text(event, "resources", 0))
    state = one_line(peek.text(detail, form.state))
    word = "".join(letter for letter in state.lower() if letter.isalpha())
    status = Status.FIRING if word in FAILURES else Status.RESOLVED if word in RESOLVED else Status.NOTICE
    told = _WORDS.get(word) or f"is {parts.words(state) or 'in an unknown state'}"
    opened = kind == OPENED
    quiet = status is Status.NOTICE and not opened and word not in POLICIES
    if opened:
        told = "was opened"
    subject = f"{form.subject} {name or 'without a name'}"
    said = (peek.text(detail, key) for key in ("execution-summary", "description", "action-reason"))
    description = one_line(next(filter(None, said), ""))
    where = parts.origin(event)
    page_of = peek.text(detail, form.page_of)
    page = f"systems-manager/{form.page.format(quote(page_of, safe=''))}"
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(subject, status, told),
        status=status,
        state=parts.sentence(parts.words(state)) or "event",
        summary=parts.joined(f"{subject} {told}", description),
        brief=f"{form.subject} {told}",
        fields=parts.fields(
            *(Field(label, one_line(peek.text(detail, key)), code=True) for label, key in _FIELDS.items())
        ),
        links=parts.links(
            Link("Systems Manager", console.page(where["region"], page) if form.page and page_of else "")
        ),
        subject_key=f"{kind}|{page_of or name}",
        suggested=Severity.INFO if quiet else Severity.WARNING,
        **where,
    )
