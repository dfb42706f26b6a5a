"""API calls, service events and insights that CloudTrail recorded, by EventBridge or as bare records.

Schemas, of https://docs.aws.amazon.com/awscloudtrail/latest/userguide/ : the record
(cloudtrail-event-reference-record-contents.html), an insight's
(cloudtrail-insights-fields-insight-details.html);
the event: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-service-event-cloudtrail.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notify_slack import console, parts, peek
from notify_slack.events import signin
from notify_slack.identity import is_root, who
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code
from notify_slack.quantity import number

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "cloudtrail"
RECORD = "CloudTrail record"
INSIGHT = "*/AWS Insight via CloudTrail"
INSIGHT_RECORD = "CloudTrail insight record"
KINDS = (
    "*/AWS API Call via CloudTrail",
    "*/AWS Console Action via CloudTrail",
    "*/AWS Service Event via CloudTrail",
    INSIGHT,
    RECORD,
    INSIGHT_RECORD,
)
SHAPES = {
    RECORD: frozenset({"eventVersion", "eventSource", "eventName", "userIdentity"}),
    INSIGHT_RECORD: frozenset({"eventVersion", "insightDetails"}),
}

# Calls that blind those who watch the account. An intruder makes them first.
BLINDING = frozenset(
    {
        "cloudtrail.amazonaws.com/DeleteTrail",
        "cloudtrail.amazonaws.com/DeleteEventDataStore",
        "cloudtrail.amazonaws.com/PutEventSelectors",
        "cloudtrail.amazonaws.com/StopLogging",
        "cloudtrail.amazonaws.com/UpdateTrail",
        "config.amazonaws.com/DeleteConfigurationRecorder",
        "config.amazonaws.com/DeleteDeliveryChannel",
        "config.amazonaws.com/StopConfigurationRecorder",
        "guardduty.amazonaws.com/DeleteDetector",
        "guardduty.amazonaws.com/UpdateDetector",
        "securityhub.amazonaws.com/DisableSecurityHub",
        "kms.amazonaws.com/DisableKey",
        "kms.amazonaws.com/ScheduleKeyDeletion",
    }
)

# Parameters that name things. Others may be secrets, or long.
_NAMES = re.compile(r"(?:name|arn|.*(?:Id|Name|Arn|ARN|Identifier))")
_SECRET = re.compile(r"(?i)accesskey|secret|token|password")
MAX_DEPTH = 4
NAMES_SHOWN = 6


def parse(received: Received, kind: str) -> Alert:
    """Who did what from where, and whether it was refused."""
    event = received.content
    record = event if kind in SHAPES else peek.mapping(event, "detail")
    if kind in (INSIGHT, INSIGHT_RECORD):
        return _insight(record, event)
    if peek.text(record, "eventSource") == "signin.amazonaws.com":
        return signin.describe(record, event)
    return _call(record, event)


def _call(record: object, event: object) -> Alert:
    origin = parts.origin(event)
    name, source = peek.text(record, "eventName"), peek.text(record, "eventSource")
    person, address = who(record) or "somebody", peek.text(record, "sourceIPAddress")
    refused, message = peek.text(record, "errorCode"), peek.text(record, "errorMessage")
    root, blinding = is_root(record), f"{source}/{name}" in BLINDING
    account = peek.text(record, "recipientAccountId") or origin["account"]
    region, event_id = peek.text(record, "awsRegion") or origin["region"], peek.text(record, "eventID")
    service = source.removesuffix(".amazonaws.com")
    said = _said(name, service, person, reported=peek.text(record, "eventType") == "AwsServiceEvent")
    alarming = root or blinding
    return Alert(
        kind=NAME,
        key=parts.key("cloudtrail", event_id, account),
        title=f"{name or 'A call'} in {service}" if service else name or "CloudTrail event",
        status=Status.FIRING if alarming else Status.NOTICE,
        state="Root activity" if root else "Sensitive call" if blinding else "notice",
        summary=parts.joined(
            f"{said} from {address}" if address and address != source else said,
            f"It was refused: {refused}" if refused else "",
            message,
        ),
        brief=f"by {person}",
        details=parts.lines(_named(record)),
        fields=parts.fields(
            Field("User", person),
            Field("Source address", address, code=True),
            Field("Refused", refused, code=True),
            Field("Access", "" if (only := _read_only(record)) is None else "read" if only else "write"),
            Field("Client", peek.text(record, "userAgent")),
        ),
        links=parts.links(
            Link("Event", console.page(region, "cloudtrailv2/home", fragment=f"#/events/{event_id}"))
        )
        if event_id
        else (),
        account=account,
        region=region,
        at=peek.time(record, "eventTime") or origin["at"],
        suggested=Severity.CRITICAL if root else Severity.WARNING if blinding else Severity.INFO,
    )


def _said(name: str, service: str, person: str, *, reported: bool) -> str:
    if not reported:
        return f"{person[:1].upper()}{person[1:]} called {code(name)} of {service}"
    for_whom = "" if person.startswith(f"{service}.") else f" for {person}"
    return f"AWS service {service} reported {code(name)}{for_whom}"


def _read_only(record: object) -> bool | None:
    """CloudTrail writes a boolean; copies of it in other logs have a text."""
    text = peek.text(record, "readOnly").lower()
    return text == "true" if text in ("true", "false") else peek.flag(record, "readOnly")


def _named(record: object) -> Iterator[tuple[str, str]]:
    """The resources that the call was about, as far as CloudTrail names them."""
    arns = [peek.text(resource, "ARN") for resource in peek.items(record, "resources")]
    seen = dict.fromkeys(("Resource", code(arn)) for arn in arns if arn)
    seen |= dict.fromkeys(_names(peek.mapping(record, "requestParameters"), 0))
    yield from list(seen)[:NAMES_SHOWN]


def _names(value: object, depth: int) -> Iterator[tuple[str, str]]:
    if depth > MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _names(item, depth + 1)
    elif isinstance(value, dict):
        for key, item in value.items():
            if isinstance(item, str) and item and _NAMES.fullmatch(key) and not _SECRET.search(key):
                yield key, code(item)
            yield from _names(item, depth + 1)


def _insight(record: object, event: object) -> Alert:
    origin = parts.origin(event)
    details = peek.mapping(record, "insightDetails")
    name, source = peek.text(details, "eventName"), peek.text(details, "eventSource")
    state, kind = peek.text(details, "state"), peek.text(details, "insightType")
    usual, now = (
        peek.number(details, "insightContext", "statistics", when, "average")
        for when in ("baseline", "insight")
    )
    rate = f"{number(now)} a minute, usually {number(usual)}" if now is not None and usual is not None else ""
    shared = peek.text(record, "sharedEventID")
    what = "errors" if kind == "ApiErrorRateInsight" else "calls"
    return Alert(
        kind=NAME,
        key=parts.key("cloudtrail", peek.text(record, "eventID")) or peek.text(event, "id"),
        title=f"Unusual {what} of {name or 'an API'} in {source.removesuffix('.amazonaws.com')}",
        status=Status.RESOLVED if state == "End" else Status.FIRING,
        state="CloudTrail insight",
        summary=parts.joined(
            f"The {'error' if what == 'errors' else 'call'} rate of {code(name)} is unusual", rate
        ),
        brief=rate,
        fields=parts.fields(
            Field("Insight", kind, code=True),
            Field("Error", peek.text(details, "errorCode"), code=True),
        ),
        account=peek.text(record, "recipientAccountId") or origin["account"],
        region=peek.text(record, "awsRegion") or origin["region"],
        at=peek.time(record, "eventTime") or origin["at"],
        subject_key=shared,
        suggested=Severity.WARNING,
    )
