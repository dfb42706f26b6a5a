"""Rotation of secrets by AWS Secrets Manager.

Schemas, of https://docs.aws.amazon.com/secretsmanager/latest/userguide/ : service events by CloudTrail
(retrieve-ct-entries.html) and what a rotation function gets (rotate-secrets_lambda-functions.html)
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status

NAME = "secrets_manager"
EVENT = "aws.secretsmanager/AWS Service Event via CloudTrail"
STEP = "Secrets Manager rotation (Lambda)"
KINDS = (EVENT, STEP)
SHAPES = {STEP: frozenset({"Step", "SecretId", "ClientRequestToken"})}

# eventName -> what it means
OUTCOMES = {
    "RotationStarted": (Status.NOTICE, Severity.INFO, "rotation started"),
    "RotationSucceeded": (Status.NOTICE, Severity.INFO, "rotated"),
    "RotationFailed": (Status.FIRING, Severity.WARNING, "rotation failed"),
    "RotationAbandoned": (Status.FIRING, Severity.WARNING, "rotation abandoned"),
    "TestRotationStarted": (Status.NOTICE, Severity.INFO, "rotation test started"),
    "TestRotationSucceeded": (Status.NOTICE, Severity.INFO, "rotation test succeeded"),
    "TestRotationFailed": (Status.FIRING, Severity.WARNING, "rotation test failed"),
    "StartSecretVersionDelete": (Status.NOTICE, Severity.WARNING, "deletion started"),
    "CancelSecretVersionDelete": (Status.NOTICE, Severity.INFO, "deletion cancelled"),
    "EndSecretVersionDelete": (Status.NOTICE, Severity.WARNING, "deleted"),
}


def parse(received: Received, kind: str) -> Alert:
    """Which secret was or was not rotated, and why not."""
    event = received.content
    if kind == STEP:
        return _step(event)
    record = peek.mapping(event, "detail")
    name = peek.text(record, "eventName")
    status, severity, told = OUTCOMES.get(name, (Status.NOTICE, Severity.INFO, name or "changed"))
    arn = peek.text(record, "additionalEventData", "SecretId") or peek.text(
        record, "additionalEventData", "secretId"
    )
    error = peek.text(record, "errorMessage")
    origin = parts.origin(event)
    return _alert(
        arn,
        status,
        told,
        key=parts.key("cloudtrail", peek.text(record, "eventID"), origin["account"]),
        reason=error,
        severity=severity,
        origin=origin,
    )


def _step(body: object) -> Alert:
    """A step of a rotation, as its function is called for it; the token tells rotations apart."""
    arn, step = peek.text(body, "SecretId"), peek.text(body, "Step")
    origin = parts.Origin(account=arn_part(arn, 4), region=arn_part(arn, 3), at=None)
    key = parts.key("rotation", arn, step, peek.text(body, "ClientRequestToken"))
    return _alert(
        arn, Status.NOTICE, f"rotation step {step}", key=key, reason="", severity=Severity.INFO, origin=origin
    )


def _alert(
    arn: str, status: Status, told: str, *, key: str, reason: str, severity: Severity, origin: parts.Origin
) -> Alert:
    secret = arn.split(":", 6)[-1]  # a name may hold slashes
    query = f"&name={quote(arn, safe='')}"
    url = console.page(origin["region"], "secretsmanager/secret", query=query)
    return Alert(
        kind=NAME,
        key=key,
        title=parts.title(f"Secret {secret}", status, told),
        status=status,
        state=told[:1].upper() + told[1:],
        summary=parts.joined(f"Secret {secret or 'without a name'}: {told}", reason),
        brief=reason or told,
        fields=parts.fields(Field("Secret", arn, code=True)),
        links=parts.links(Link("Secret", url)) if arn else (),
        subject_key=arn,
        suggested=severity,
        **origin,
    )
