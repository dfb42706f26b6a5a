"""Sign-ins to the AWS console: a root sign-in is critical, a failed one is a warning.

Schema: https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-aws-console-sign-in-events.html
"""

from __future__ import annotations

from notify_slack import parts, peek
from notify_slack.identity import is_root, who
from notify_slack.model import Alert, Field, Received, Severity, Status

NAME = "signin"
CONSOLE = "aws.signin/AWS Console Sign In via CloudTrail"
KINDS = (CONSOLE,)
SHAPES: dict[str, frozenset[str]] = {}

# (root, failed) -> what it means
OUTCOMES = {
    (True, True): (Status.FIRING, Severity.CRITICAL, "Root sign-in failed"),
    (True, False): (Status.FIRING, Severity.CRITICAL, "Root sign-in"),
    (False, True): (Status.FIRING, Severity.WARNING, "Sign-in failed"),
    (False, False): (Status.NOTICE, Severity.INFO, "Sign-in"),
}

# eventName -> what was done, and what failed
DONE = {
    "ConsoleLogin": ("signed in to the AWS console", "failed to sign in to the AWS console"),
    "UserAuthentication": ("signed in to the access portal", "failed to sign in to the access portal"),
    "SwitchRole": ("switched roles in the AWS console", "failed to switch roles in the AWS console"),
    "CheckMfa": ("was asked for a second factor", "failed to give a second factor"),
    "PasswordRecoveryRequested": ("asked for a new password", "failed to ask for a new password"),
    "PasswordRecoveryCompleted": ("set a new password", "failed to set a new password"),
}


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """Who signed in to the console, from where, and with which second factor."""
    event = received.content
    return describe(peek.mapping(event, "detail"), event)


def describe(record: object, event: object) -> Alert:
    """The alert of one CloudTrail record; `event` is its envelope, or the record again."""
    origin = parts.origin(event)
    name = peek.text(record, "eventName")
    answer = peek.text(record, "responseElements", name) or peek.text(record, "serviceEventDetails", name)
    failed = answer == "Failure" or bool(peek.text(record, "errorMessage"))
    root, multi_factor = is_root(record), peek.text(record, "additionalEventData", "MFAUsed")
    status, severity, state = OUTCOMES[root, failed]
    naked = (
        not failed
        and multi_factor == "No"
        and peek.text(record, "userIdentity", "type") in ("IAMUser", "Root")
    )
    person, address = who(record) or "an unknown user", peek.text(record, "sourceIPAddress")
    account = peek.text(record, "recipientAccountId") or origin["account"]
    succeeded_text, failed_text = DONE.get(
        name, (f"did {name or 'something'}", f"failed at {name or 'something'}")
    )
    told = f"{person[:1].upper()}{person[1:]} {failed_text if failed else succeeded_text}"
    return Alert(
        kind=NAME,
        key=parts.key("cloudtrail", peek.text(record, "eventID"), account),
        title=told,
        status=status,
        state=state,
        summary=parts.joined(
            f"{told} from {address}" if address else told,
            peek.text(record, "errorMessage"),
            "No second factor was used" if naked else "",
        ),
        brief=f"from {address}" if address else "",
        fields=parts.fields(
            Field("User", person),
            Field("Source address", address, code=True),
            Field("Second factor", multi_factor.lower()),
            Field("Event", name, code=True),
            Field("Client", peek.text(record, "userAgent")),
        ),
        account=account,
        region=peek.text(record, "awsRegion") or origin["region"],
        at=peek.time(record, "eventTime") or origin["at"],
        suggested=Severity.WARNING if naked and not root else severity,
    )
