"""AWS Config: compliance and item changes, deliveries and evaluations, by SNS and by EventBridge alike.

Schemas: https://docs.aws.amazon.com/config/latest/developerguide/notifications-for-AWS-Config.html (SNS),
https://docs.aws.amazon.com/config/latest/developerguide/monitor-config-with-cloudwatchevents.html (the same
body as detail) and
https://docs.aws.amazon.com/config/latest/developerguide/evaluate-config_develop-rules_example-events.html
(what a rule's Lambda function gets)
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.envelope import loads
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

NAME = "config"
SNS = "AWS Config (SNS)"
RULE = "AWS Config rule (Lambda)"
KINDS = (
    "aws.config/Config Rules Compliance Change",
    "aws.config/Config Configuration Item Change",
    "aws.config/Config Rules Re-evaluation Status",
    "aws.config/Config Configuration Snapshot Delivery Status",
    "aws.config/Config Configuration History Delivery Status",
    SNS,
    RULE,
)
SHAPES = {
    SNS: frozenset({"messageType", "recordVersion"}),
    RULE: frozenset({"configRuleName", "invokingEvent"}),
}

COMPLIANCE = {
    "NON_COMPLIANT": (Status.FIRING, "does not comply with"),
    "COMPLIANT": (Status.RESOLVED, "complies with"),
    "NOT_APPLICABLE": (Status.NOTICE, "is no longer subject to"),
    "INSUFFICIENT_DATA": (Status.NOTICE, "cannot be evaluated by"),
}


CHANGES = {"CREATE": "was created", "UPDATE": "was changed", "DELETE": "was deleted"}
ITEM_STATES = {
    "ResourceDiscovered": "was discovered",
    "ResourceDeleted": "was deleted",
    "ResourceDeletedNotRecorded": "was deleted",
}


def parse(received: Received, kind: str) -> Alert:
    """Which resource breaks which rule, which properties changed, or what was delivered or failed to be."""
    event = received.content
    if kind == RULE:
        return _describe(loads(peek.text(event, "invokingEvent")), event)
    return _describe(event if kind == SNS else peek.mapping(event, "detail"), event)


def _describe(body: object, event: object) -> Alert:
    message = peek.text(body, "messageType")
    if message == "ComplianceChangeNotification":
        return _compliance(body, event)
    if peek.mapping(body, "configurationItem") or peek.mapping(body, "configurationItemSummary"):
        return _item(body, event)
    return _message(body, event, message)


def _compliance(body: object, event: object) -> Alert:
    origin = parts.origin(event)
    region = peek.text(body, "awsRegion") or origin["region"]
    rule, resource_type, resource = (
        peek.text(body, name) for name in ("configRuleName", "resourceType", "resourceId")
    )
    new, old = (peek.text(body, f"{age}EvaluationResult", "complianceType") for age in ("new", "old"))
    recorded = peek.text(body, "newEvaluationResult", "resultRecordedTime")
    status, told = COMPLIANCE.get(new, (Status.NOTICE, "was removed from"))
    if status is Status.RESOLVED and old != "NON_COMPLIANT":
        status = Status.NOTICE  # compliant from its first evaluation on: nothing to resolve
    rule_arn = peek.text(body, "configRuleARN") or rule
    url = f"#/rules/details?configRuleName={quote(rule, safe='')}"
    return Alert(
        kind=NAME,
        key=parts.key("config", rule_arn, resource_type, resource, new, recorded) or peek.text(event, "id"),
        title=parts.title(f"Config rule {rule}", status, f"{parts.words(new) or 'no result'}: {resource}"),
        status=status,
        state=new or "notice",
        summary=parts.joined(
            f"{code(resource)} ({resource_type}) {told} rule {code(rule)}",
            f"It was {parts.words(old)} before" if old else "",
            peek.text(body, "newEvaluationResult", "annotation"),
        ),
        brief=f"{resource_type} {resource}",
        fields=parts.fields(
            Field("Resource", resource, code=True),
            Field("Resource type", resource_type, code=True),
            Field("Rule", rule, code=True),
        ),
        links=parts.links(
            Link("Rule", console.page(region, "config/home", fragment=url)),
            Link("Resource", _timeline(region, resource_type, resource)),
        ),
        account=peek.text(body, "awsAccountId") or origin["account"],
        region=region,
        at=peek.time(body, "newEvaluationResult", "resultRecordedTime") or origin["at"],
        subject_key=parts.key("config", rule_arn, resource_type, resource),
        suggested=Severity.WARNING if status is not Status.NOTICE else Severity.INFO,
    )


def _item(body: object, event: object) -> Alert:
    origin = parts.origin(event)
    item = peek.mapping(body, "configurationItem") or peek.mapping(body, "configurationItemSummary")
    change = peek.text(body, "configurationItemDiff", "changeType") or peek.text(item, "changeType")
    resource_type, resource = peek.text(item, "resourceType"), peek.text(item, "resourceId")
    name = peek.text(item, "resourceName") or resource
    region = peek.text(item, "awsRegion") or origin["region"]
    captured = peek.text(item, "configurationItemCaptureTime")
    changed = peek.mapping(body, "configurationItemDiff", "changedProperties")
    done = ITEM_STATES.get(peek.text(item, "configurationItemStatus")) or CHANGES.get(change, "changed")
    return Alert(
        kind=NAME,
        key=parts.key("config", resource_type, resource, captured, change) or peek.text(event, "id"),
        title=f"{resource_type or 'Resource'} {name} {done}",
        status=Status.NOTICE,
        state="notice",
        summary=parts.joined(
            f"{code(name)} {done}", f"{len(changed)} of its properties changed" if changed else ""
        ),
        brief=resource,
        # Names only: the values may be secrets.
        details=parts.lines(
            (parts.words(peek.text(value, "changeType")).capitalize() or "Changed", code(path))
            for path, value in changed.items()
        ),
        fields=parts.fields(Field("Resource", peek.text(item, "ARN") or resource, code=True)),
        links=parts.links(Link("Resource", _timeline(region, resource_type, resource))),
        account=peek.text(item, "awsAccountId") or peek.text(event, "accountId") or origin["account"],
        region=region,
        at=peek.time(item, "configurationItemCaptureTime") or origin["at"],
        subject_key=peek.text(item, "ARN") or resource,
        suggested=Severity.INFO,
    )


def _message(body: object, event: object, message: str) -> Alert:
    origin = parts.origin(event)
    failed = message.endswith("Failed")
    rule = peek.text(event, "configRuleName")
    told = f"Config rule {rule} evaluates" if rule else _spaced(message) or "AWS Config message"
    bucket, path = peek.text(body, "s3Bucket"), peek.text(body, "s3ObjectKey")
    rules = parts.strings(peek.items(body, "configRuleNames"))
    rule_arn = peek.text(event, "configRuleArn")
    error = ": ".join(
        text for text in (peek.text(body, "errorCode"), peek.text(body, "errorMessage")) if text
    )
    return Alert(
        kind=NAME,
        key=parts.key(
            "config",
            message,
            peek.text(body, "notificationCreationTime"),
            path or parts.few(rules) or rule or bucket,
        )
        or peek.text(event, "id"),
        title=told,
        status=Status.FIRING if failed else Status.NOTICE,
        state="AWS Config" if failed else "notice",
        summary=parts.joined(error, _spaced(message), f"The bucket is {code(bucket)}" if bucket else ""),
        brief=error or bucket,
        details=parts.listed("Rule", rules or [rule]),
        fields=parts.fields(Field("Bucket", bucket, code=True), Field("Object", path, code=True)),
        account=peek.text(body, "awsAccountId") or peek.text(event, "accountId") or origin["account"],
        region=peek.text(body, "awsRegion") or origin["region"] or arn_part(rule_arn, 3),
        at=peek.time(body, "notificationCreationTime") or origin["at"],
        suggested=Severity.WARNING if failed else Severity.INFO,
    )


def _spaced(name: str) -> str:
    """`ConfigurationSnapshotDeliveryFailed` reads `Configuration snapshot delivery failed`."""
    return (
        "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name).strip().capitalize()
    )


def _timeline(region: str, resource_type: str, resource: str) -> str:
    wanted = f"resourceId={quote(resource, safe='')}&resourceType={quote(resource_type, safe='')}"
    return console.page(region, "config/home", fragment=f"#/resources/timeline?{wanted}") if resource else ""
