"""A message that is no JSON: told as it was written."""

from __future__ import annotations

from notify_slack import peek
from notify_slack.model import Alert, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "text"


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """The subject or the first line is the title, the rest the text."""
    text = peek.text(received.content).strip()
    first, _, rest = text.partition("\n")
    title = one_line(received.subject) or one_line(first) or "Empty message"
    body = rest.strip() if title == one_line(first) else text
    return Alert(
        kind=NAME,
        key="",
        title=title,
        status=Status.NOTICE,
        state="notice",
        summary=body,
        brief=one_line(body),
        suggested=Severity.INFO,
    )
