"""Assessment runs of Amazon Inspector Classic, by SNS.

Schema: https://docs.aws.amazon.com/inspector/v1/userguide/inspector_assessments.html
"""

from __future__ import annotations

import re

from notify_slack import parts, peek
from notify_slack.events import generic
from notify_slack.events.inspector import NAME as INSPECTOR
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Received, Severity, Status

NAME = INSPECTOR
CLASSIC = "Inspector Classic (SNS)"
KINDS = (CLASSIC,)
SHAPES = {CLASSIC: frozenset({"event", "template"})}

EVENTS = {
    "ASSESSMENT_RUN_STARTED": "Inspector assessment run started",
    "ASSESSMENT_RUN_COMPLETED": "Inspector assessment run completed",
    "ASSESSMENT_RUN_STATE_CHANGED": "Inspector assessment run changed its state",
    "FINDING_REPORTED": "Inspector reported a finding",
    "ENABLE_ASSESSMENT_NOTIFICATIONS": "Inspector notifications are on",
}

_COUNTS = re.compile(r"=(\d{1,9})")


def parse(received: Received, kind: str) -> Alert:
    """What an assessment run did, and how many findings it has."""
    body = received.content
    if ":inspector:" not in peek.text(body, "template"):
        return generic.parse(received, kind)  # somebody's own JSON, with the same two keys
    event, template = peek.text(body, "event"), peek.text(body, "template")
    run, finding = peek.text(body, "run"), peek.text(body, "finding")
    at, state = peek.time(body, "time"), peek.text(body, "newstate")
    # One count for each rules package: {arn:…=3, arn:…=1}
    found = [int(count) for count in _COUNTS.findall(peek.text(body, "findingsCount"))]
    return Alert(
        kind=NAME,
        key=parts.key(template, event, run, peek.text(body, "time")),
        title=EVENTS.get(event, f"Inspector: {parts.words(event)}"),
        status=Status.NOTICE,
        state="notice",
        summary=parts.joined(
            f"New state: {parts.words(state)}" if state else "",
            parts.count(sum(found), "finding") if found else "",
        ),
        details=parts.listed("Finding", (finding,)) + parts.listed("Template", (template,)),
        fields=parts.fields(
            Field("Target", parts.name(peek.text(body, "target")), code=True),
            Field("Run", parts.name(run), code=True),
        ),
        account=arn_part(template, 4),
        region=arn_part(template, 3),
        at=at,
        subject_key=run,
        suggested=Severity.WARNING if finding else Severity.INFO,
    )
