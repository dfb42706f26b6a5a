"""Amazon SES: sending switched on or off, and what the deliverability advisor recommends.

Schema: https://docs.aws.amazon.com/ses/latest/dg/monitoring-eventbridge.html
"""

from __future__ import annotations

from notify_slack import parts, peek
from notify_slack.model import Alert, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "ses_account"
_AWS = "aws.ses/"
SENDING = {
    f"{_AWS}Sending Status Disabled": (Status.FIRING, "disabled"),
    f"{_AWS}Sending Status Enabled": (Status.RESOLVED, "enabled"),
}
ADVICE = {
    f"{_AWS}Advisor Recommendation Status Open": (Status.FIRING, "open"),
    f"{_AWS}Advisor Recommendation Status Resolved": (Status.RESOLVED, "resolved"),
}
KINDS = (*SENDING, *ADVICE)
SHAPES: dict[str, frozenset[str]] = {}


def parse(received: Received, kind: str) -> Alert:
    """Without sending no mail leaves; a recommendation can wait."""
    event = received.content
    status, state = (SENDING | ADVICE)[kind]
    sending = kind in SENDING
    told = f"Sending of mail is {state}" if sending else f"The recommendation is {state}"
    data = one_line(peek.text(event, "detail", "data"))
    affected = parts.strings(peek.items(event, "resources"))
    where = parts.origin(event)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title="SES sending" if sending else "SES deliverability advisor",
        status=status,
        state=state if sending else f"recommendation {state}",
        summary=parts.joined(told, data),
        brief=data or told,
        details=parts.listed("Affected", affected),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        # The advisor has several recommendations open at a time, and they carry no id.
        subject_key="|".join((where["account"], where["region"], *affected[:1])) if sending else "",
        suggested=Severity.CRITICAL if sending else Severity.WARNING,
    )
