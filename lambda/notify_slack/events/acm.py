"""Certificates of AWS Certificate Manager: approaching expiration, expired, renewed, revoked.

Schema: https://docs.aws.amazon.com/acm/latest/userguide/supported-events.html
"""

from __future__ import annotations

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status

NAME = "acm"
EXPIRING = "aws.acm/ACM Certificate Approaching Expiration"
EXPIRED = "aws.acm/ACM Certificate Expired"
AVAILABLE = "aws.acm/ACM Certificate Available"
ACTION = "aws.acm/ACM Certificate Renewal Action Required"
REVOKED = "aws.acm/ACM Certificate Revoked"
KINDS = (EXPIRING, EXPIRED, AVAILABLE, ACTION, REVOKED)
SHAPES: dict[str, frozenset[str]] = {}

URGENT_DAYS = 7  # less than this is no time for office hours

OUTCOMES = {
    EXPIRING: (Status.FIRING, Severity.WARNING, "Certificate expires", "expires"),
    EXPIRED: (Status.FIRING, Severity.CRITICAL, "Certificate expired", "has expired"),
    AVAILABLE: (Status.RESOLVED, Severity.INFO, "Certificate available", "is available"),
    ACTION: (Status.FIRING, Severity.WARNING, "Certificate needs action", "needs action, and expires"),
    REVOKED: (Status.FIRING, Severity.CRITICAL, "Certificate revoked", "is revoked"),
}
EXPIRY_KINDS = (EXPIRING, ACTION)
YES_NO = {True: "yes", False: "no", None: ""}


def parse(received: Received, kind: str) -> Alert:
    """Which domain's certificate, how many days are left, what is to be done."""
    event = received.content
    detail = peek.mapping(event, "detail")
    status, severity, state, told = OUTCOMES[kind]
    if kind == AVAILABLE and peek.text(detail, "Action") != "RENEWAL":
        status = Status.NOTICE  # issued for the first time: nothing was wrong
    domain, days = peek.text(detail, "CommonName"), peek.count(detail, "DaysToExpiry")
    reason = peek.text(detail, "RenewalStatusReason")
    arns = parts.strings(peek.items(event, "resources"))
    origin = parts.origin(event)
    urgent = kind in EXPIRY_KINDS and days is not None and days < URGENT_DAYS
    left = f" in {parts.count(days, 'day')}" if kind in EXPIRY_KINDS and days is not None else ""
    page = f"#/certificates/{parts.few(map(parts.name, arns), 1)}"
    url = console.page(origin["region"], "acm/home", fragment=page)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(domain or parts.few(map(parts.name, arns)) or "A certificate", status, told),
        status=status,
        state=state,
        summary=parts.joined(
            f"The certificate of {domain or 'an unnamed domain'} {told}{left}",
            f"ACM cannot renew it: {parts.words(reason)}" if reason else "",
            "It is in use" if peek.flag(detail, "InUse") else "",
        ),
        brief=f"{told}{left}",
        details=parts.listed("Certificate", arns),
        fields=parts.fields(
            Field("Days left", "" if days is None else str(days)),
            Field("Action", parts.words(peek.text(detail, "Action"))),
            Field("Type", parts.words(peek.text(detail, "CertificateType"))),
            Field("In use", YES_NO[peek.flag(detail, "InUse")]),
            Field("Expires", parts.clock(peek.time(detail, "CertificateExpirationDate"))),
        ),
        links=parts.links(Link("Certificate", url)) if arns else (),
        subject_key=arns[0] if arns else domain,
        suggested=Severity.CRITICAL if urgent else severity,
        **origin,
    )
