"""Amazon SES: mail that bounced, was complained about, rejected, delayed, delivered or received.

Schemas: https://docs.aws.amazon.com/ses/latest/dg/notification-contents.html ,
event-publishing-retrieving-sns-contents.html, receiving-email-notifications-contents.html and
monitoring-eventbridge.html beside it.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from notify_slack import parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Received, Severity, Status
from notify_slack.mrkdwn import code, one_line

NAME = "ses"
NOTIFICATION = "SES notification"
PUBLISHED = "SES event"
RECEIVED = "SES received mail (Lambda)"
_AWS = "aws.ses/"
_EMAILS = (
    "Bounced",
    "Complaint Received",
    "Rejected",
    "Rendering Failed",
    "Delivery Delayed",
    "Delivered",
    "Sent",
    "Opened",
    "Clicked",
    "Subscribed",
)
KINDS = (NOTIFICATION, PUBLISHED, RECEIVED, *(f"{_AWS}Email {told}" for told in _EMAILS))
SHAPES = {
    NOTIFICATION: frozenset({"notificationType", "mail"}),
    PUBLISHED: frozenset({"eventType", "mail"}),
    RECEIVED: frozenset({"eventSource", "ses"}),
}


class Told(NamedTuple):
    """What one type of event means. `part` holds its details."""

    words: str
    part: str
    status: Status = Status.NOTICE
    severity: Severity = Severity.INFO


TYPES = {
    "Bounce": Told("bounced", "bounce", Status.FIRING, Severity.WARNING),
    "Complaint": Told("was marked as spam by its reader", "complaint", Status.FIRING, Severity.WARNING),
    "Reject": Told("was rejected by SES", "reject", Status.FIRING, Severity.WARNING),
    "Rendering Failure": Told("could not be rendered", "failure", Status.FIRING, Severity.WARNING),
    "DeliveryDelay": Told("is delayed", "deliveryDelay", Status.NOTICE, Severity.WARNING),
    "Delivery": Told("was delivered", "delivery"),
    "Send": Told("was sent", "send"),
    "Open": Told("was opened", "open"),
    "Click": Told("had a link clicked", "click"),
    "Subscription": Told("changed a subscription of its reader", "subscription"),
    "Received": Told("was received", "receipt"),
}
# bounceType -> the sentence; only a permanent bounce asks for an action
BOUNCES = {
    "Permanent": "The address does not accept mail, and will not: remove it",
    "Transient": "The address did not accept the mail for now: it may do so later",
    "Undetermined": "The mail bounced for a reason that SES could not determine",
}
_VERDICTS = ("spam", "virus", "spf", "dkim", "dmarc")
_ADDRESSED = ("bouncedRecipients", "complainedRecipients", "delayedRecipients")


def parse(received: Received, kind: str) -> Alert:
    """One event of one mail."""
    content = received.content
    body = peek.at(content, "ses") if kind == RECEIVED else content
    body = peek.mapping(content, "detail") if kind.startswith(_AWS) else body
    named = peek.text(body, "notificationType") or peek.text(body, "eventType")
    named = "Received" if kind == RECEIVED else named
    told = TYPES.get(named) or Told(f"had an event: {named or 'unknown'}", "")
    about, mail = peek.mapping(body, told.part), peek.mapping(body, "mail")
    lasting = peek.text(about, "bounceType") not in ("Transient", "Undetermined")
    status = told.status if lasting else Status.NOTICE
    arn = peek.text(mail, "sourceArn")
    sender = peek.text(mail, "source") or next(iter(_from(mail)), "")
    why = _why(about, named)
    return Alert(
        kind=NAME,
        key=_key(named, about, mail) or peek.text(content, "id"),
        title=f"Mail {told.words}" if status is Status.NOTICE else f"Mail of {sender or 'an unknown sender'}",
        status=status,
        state=named or "unknown",
        summary=parts.joined(f"Mail of {sender} {told.words}" if sender else f"Mail {told.words}", why),
        brief=_brief(about, mail) or why,
        details=parts.lines(
            ("Recipient", f"{code(address)}: {said}" if said else code(address))
            for address, said in _recipients(about)
        )
        or parts.listed("To", _destinations(about, mail)),
        fields=_fields(about, mail),
        account=peek.text(mail, "sendingAccountId") or peek.text(content, "account"),
        region=peek.text(content, "region") or arn_part(arn, 3) or arn_part(received.topic_arn, 3),
        at=peek.time(about, "timestamp") or peek.time(mail, "timestamp"),
        suggested=Severity.WARNING if _suspicious(about) else told.severity,
    )


def _key(named: str, about: object, mail: object) -> str:
    """SES numbers its bounces and complaints; the rest happens to a mail at a time."""
    feedback = peek.text(about, "feedbackId")
    when = parts.stamp(peek.time(about, "timestamp") or peek.time(mail, "timestamp"))
    return feedback or parts.key(peek.text(mail, "messageId"), named, when)


def _why(about: object, named: str) -> str:
    if named == "Bounce":
        sort = parts.words(one_line(peek.text(about, "bounceSubType")))
        said = BOUNCES.get(peek.text(about, "bounceType"), peek.text(about, "bounceType"))
        return parts.joined(
            said, f"SES calls it {sort}" if sort not in ("", "general", "undetermined") else ""
        )
    if named == "Complaint":
        sort = peek.text(about, "complaintFeedbackType") or peek.text(about, "complaintSubType")
        return f"Complaint: {sort}" if sort else ""
    delay = parts.words(one_line(peek.text(about, "delayType")))
    said = peek.text(about, "reason") or peek.text(about, "errorMessage")
    return one_line(said) or (f"SES calls it {delay}" if delay else "")


def _brief(about: object, mail: object) -> str:
    addresses = [address for address, _ in _recipients(about)] or _destinations(about, mail)
    return ", ".join(addresses[:2]) + (f" and {len(addresses) - 2} more" if len(addresses) > 2 else "")


def _recipients(about: object) -> list[tuple[str, str]]:
    """Each address with what its server said."""
    return [
        (
            peek.text(one, "emailAddress") or "unknown address",
            one_line(peek.text(one, "diagnosticCode")) or peek.text(one, "status"),
        )
        for key in _ADDRESSED
        for one in peek.items(about, key)
    ]


def _destinations(about: object, mail: object) -> list[str]:
    return parts.strings(peek.items(about, "recipients")) or parts.strings(peek.items(mail, "destination"))


def _from(mail: object) -> list[str]:
    return parts.strings(peek.items(mail, "commonHeaders", "from"))


def _fields(about: object, mail: object) -> tuple[Field, ...]:
    verdicts = ((name, peek.text(about, f"{name}Verdict", "status")) for name in _VERDICTS)
    action: Any = peek.mapping(about, "action")
    return parts.fields(
        Field("Subject", peek.text(mail, "commonHeaders", "subject")),
        Field("From", ", ".join(_from(mail)) or peek.text(mail, "source")),
        Field("Failed checks", ", ".join(name for name, verdict in verdicts if verdict == "FAIL")),
        Field("Template", peek.text(about, "templateName"), code=True),
        Field("Action", peek.text(action, "type")),
        Field("Mail", peek.text(mail, "messageId"), code=True),
    )


def _suspicious(about: object) -> bool:
    return any(peek.text(about, f"{name}Verdict", "status") == "FAIL" for name in ("spam", "virus"))
