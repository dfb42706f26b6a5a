"""CloudFormation stacks and their resources, as SNS text and over EventBridge.

Schemas: the key='value' text of a stack's notification topic
(https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cfn-console-create-stack.html) and
events-detail-reference.html beside it; states: view-stack-events.html.
"""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "cloudformation"
TEXT = "CloudFormation notification (text)"
_AWS = "aws.cloudformation/CloudFormation"
STACK = f"{_AWS} Stack Status Change"
RESOURCE = f"{_AWS} Resource Status Change"
DRIFT = f"{_AWS} Drift Detection Status Change"
SET = f"{_AWS} StackSet Status Change"
SET_INSTANCE = f"{_AWS} StackSet StackInstance Status Change"
SET_OPERATION = f"{_AWS} StackSet Operation Status Change"
KINDS = (TEXT, STACK, RESOURCE, DRIFT, SET, SET_INSTANCE, SET_OPERATION)
SHAPES: dict[str, frozenset[str]] = {}
TEXTS = {TEXT: re.compile(r"\A\s{0,9}StackId='[^'\n]{1,2000}'\n")}

STUCK = frozenset({"ROLLBACK_FAILED", "UPDATE_ROLLBACK_FAILED", "DELETE_FAILED"})  # only a person gets it out
MEANINGS = {
    "CREATE_FAILED": "could not be created",
    "UPDATE_FAILED": "could not be updated",
    "DELETE_FAILED": "could not be deleted: something of it remains",
    "ROLLBACK_IN_PROGRESS": "could not be created and is being rolled back",
    "ROLLBACK_COMPLETE": "could not be created and was rolled back: only deleting it is possible now",
    "ROLLBACK_FAILED": "could not be created, nor rolled back",
    "UPDATE_ROLLBACK_IN_PROGRESS": "could not be updated and is being rolled back",
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": "could not be updated and was rolled back; cleaning up",
    "UPDATE_ROLLBACK_COMPLETE": "could not be updated and was rolled back to what it was",
    "UPDATE_ROLLBACK_FAILED": "could not be updated, nor rolled back: it is stuck until someone continues",
    "CREATE_IN_PROGRESS": "is being created",
    "UPDATE_IN_PROGRESS": "is being updated",
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": "was updated; what is no longer needed is being removed",
    "DELETE_IN_PROGRESS": "is being deleted",
    "CREATE_COMPLETE": "was created",
    "UPDATE_COMPLETE": "was updated",
    "DELETE_COMPLETE": "was deleted",
    "DRIFTED": "differs from its template",
    "IN_SYNC": "is as its template says",
    "ACTIVE": "is active",
    "CURRENT": "is current",
    "OUTDATED": "is not what its stack set says",
    "INOPERABLE": "is broken: its stack set cannot manage it any more",
    "QUEUED": "has an operation waiting",
    "RUNNING": "has an operation running",
    "SUCCEEDED": "completed an operation",
    "STOPPING": "is stopping an operation",
    "STOPPED": "stopped an operation",
    "FAILED": "could not complete an operation",
}
_BAD = ("FAILED", "ROLLBACK", "DRIFTED", "INOPERABLE", "OUTDATED")
_KEY = re.compile(r"^(?=[A-Z][A-Za-z]{2,40}=')", re.MULTILINE)


class Event(NamedTuple):
    """What all forms tell. `resource` is empty when the event is about the stack itself."""

    stack_id: str
    state: str
    reason: str
    resource: str = ""
    resource_type: str = ""
    operation: str = ""


def parse(received: Received, kind: str) -> Alert:
    """One step of a stack or of a resource in it; the properties of a resource may be secret and stay out."""
    content = received.content
    values = _values(content) if kind == TEXT else {}
    event = _from_text(values) if kind == TEXT else _from_event(content, kind)
    bad = any(word in event.state for word in _BAD)
    status = Status.FIRING if bad else Status.NOTICE
    account = peek.text(content, "account") or arn_part(event.stack_id, 4)
    region = peek.text(content, "region") or arn_part(event.stack_id, 3)
    subject = _subject(event)
    meaning = MEANINGS.get(event.state, f"is {event.state or 'in an unknown state'}")
    severity = Severity.WARNING if bad else Severity.INFO
    return Alert(
        kind=NAME,
        key=values.get("EventId", "") or peek.text(content, "id"),
        title=parts.title(subject, status, meaning.partition(":")[0].partition(";")[0]),
        status=status,
        state=event.state or "unknown state",
        summary=parts.joined(f"{subject} {meaning}", event.reason),
        brief=event.reason or meaning,
        fields=parts.fields(
            Field("State", event.state, code=True),
            Field("Resource type", event.resource_type, code=True),
            Field("Operation", event.operation, code=True),
        ),
        links=_links(region, event.stack_id),
        account=account,
        region=region,
        at=peek.time(content, "time") or peek.time(values, "Timestamp"),
        subject_key="|".join(
            text for text in (event.stack_id, event.resource, "drift" if kind == DRIFT else "") if text
        ),
        suggested=Severity.CRITICAL if event.state in STUCK and not event.resource else severity,
    )


def _values(content: object) -> dict[str, str]:
    """Each name starts a line; a value may span several."""
    pieces = _KEY.split(peek.text(content))
    pairs = (piece.partition("='") for piece in pieces)
    found = {name.strip(): value.rstrip().removesuffix("'") for name, _, value in pairs}
    return {name: value for name, value in found.items() if value not in ("", "null")}


def _from_text(values: dict[str, str]) -> Event:
    stack_id = values.get("StackId", "")
    own = values.get("PhysicalResourceId") == stack_id
    return Event(
        stack_id,
        values.get("ResourceStatus", ""),
        one_line(values.get("ResourceStatusReason", "")),
        "" if own else values.get("LogicalResourceId", ""),
        "" if own else values.get("ResourceType", ""),
    )


def _from_event(content: object, kind: str) -> Event:
    detail = peek.mapping(content, "detail")
    details = peek.mapping(detail, "status-details")
    drift = peek.text(details, "stack-drift-status")
    state = drift if kind == DRIFT and drift else peek.text(details, "status")
    drifted = peek.count(detail, "drift-detection-details", "drifted-stack-resource-count")
    return Event(
        (peek.text(detail, "stack-id") if kind != SET_INSTANCE else "")
        or peek.text(detail, "stack-set-arn")
        or peek.text(content, "resources", 0),
        state or peek.text(details, "detection-status"),
        one_line(peek.text(details, "status-reason"))
        or (f"{parts.count(drifted, 'resource')} drifted" if drifted else ""),
        peek.text(detail, "logical-resource-id") or (_instance(detail) if kind == SET_INSTANCE else ""),
        peek.text(detail, "resource-type"),
        peek.text(detail, "action"),
    )


def _instance(detail: object) -> str:
    """The account and region in which a stack set keeps this stack."""
    arn = peek.text(detail, "stack-id")
    return f"Stack in account {arn_part(arn, 4)}, {arn_part(arn, 3)}" if arn_part(arn, 4) else ""


def _subject(event: Event) -> str:
    """`…:stack/NAME/ID`, `…:stackset/NAME:ID`."""
    kind, _, rest = event.stack_id.split(":", 5)[-1].partition("/")
    name = rest.partition("/")[0].partition(":")[0] or "without a name"
    owner = f"CloudFormation {'stack set' if kind == 'stackset' else 'stack'} {name}"
    return f"{event.resource} of {owner}" if event.resource else owner


def _links(region: str, stack_id: str) -> tuple[Link, ...]:
    if ":stack/" not in stack_id:
        return ()
    page = f"#/stacks/events?stackId={quote(stack_id, safe='')}"
    return parts.links(Link("Stack", console.page(region, "cloudformation/home", fragment=page)))
