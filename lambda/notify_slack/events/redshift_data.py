"""Amazon Redshift: a statement of the Data API ended. The statement itself is not in the event.

Schema: https://docs.aws.amazon.com/redshift/latest/mgmt/data-api-monitoring-events.html
"""

from __future__ import annotations

from notify_slack import change, parts, peek
from notify_slack.model import Alert, Field, Received
from notify_slack.mrkdwn import one_line

NAME = "redshift_data"
KINDS = ("aws.redshift-data/Redshift Data Statement Status Change",)
SHAPES: dict[str, frozenset[str]] = {}

FAILED = "FAILED"
STATES = {"FINISHED": "succeeded", FAILED: "failed", "ABORTED": "was stopped by somebody"}


def parse(received: Received, _kind: str) -> Alert:
    """How a statement ended."""
    event = received.content
    detail = peek.mapping(event, "detail")
    state = one_line(peek.text(detail, "state"))
    name = one_line(peek.text(detail, "statementName") or peek.text(detail, "statementId"))
    rows = peek.count(detail, "rows")
    return change.Change(
        f"Redshift statement {name or 'without a name'}",
        STATES.get(state, f"is {parts.words(state) or 'in an unknown state'}"),
        state,
        failed=state == FAILED,
        why=peek.text(detail, "errorMessage"),
        fields=(
            Field("Cluster", parts.name(peek.text(event, "resources", 0)), code=True),
            Field("Statement", peek.text(detail, "statementId"), code=True),
            Field("Rows", str(rows) if rows is not None and rows >= 0 else ""),
            Field("Run by", parts.name(peek.text(detail, "principal")), code=True),
        ),
        subject_key=peek.text(detail, "statementId"),
    ).alert(NAME, event)
