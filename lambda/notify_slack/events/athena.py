"""Amazon Athena: a query changed its state. The query itself is not in the event.

Schema: https://docs.aws.amazon.com/athena/latest/ug/athena-events.html
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import change, console, peek
from notify_slack.model import Alert, Field, Link, Received
from notify_slack.mrkdwn import one_line

NAME = "athena"
KINDS = ("aws.athena/Athena Query State Change",)
SHAPES: dict[str, frozenset[str]] = {}

FAILED = "FAILED"
STATES = {
    "QUEUED": "waits",
    "RUNNING": "is running",
    "SUCCEEDED": "succeeded",
    FAILED: "failed",
    "CANCELLED": "was cancelled",
}
# Whose fault it is, by athenaError.errorCategory.
CATEGORIES = {1: "Athena", 2: "the query", 3: "something else"}


def parse(received: Received, _kind: str) -> Alert:
    """How a query goes, and why it failed."""
    event = received.content
    detail = peek.mapping(event, "detail")
    state = one_line(peek.text(detail, "currentState"))
    query = peek.text(detail, "queryExecutionId")
    group = one_line(peek.text(detail, "workgroupName"))
    category = peek.count(detail, "athenaError", "errorCategory")
    page = f"#/query-editor/history/{quote(query, safe='')}"
    region = peek.text(event, "region")
    return change.Change(
        f"Athena query of workgroup {group or 'without a name'}",
        STATES.get(state, f"is {state or 'in an unknown state'}"),
        state,
        failed=state == FAILED,
        why=peek.text(detail, "athenaError", "errorMessage"),
        fields=(
            Field("Query", query, code=True),
            Field("Statement", one_line(peek.text(detail, "statementType"))),
            Field("Before", one_line(peek.text(detail, "previousState"))),
            Field("Caused by", CATEGORIES.get(category, "") if category is not None else ""),
        ),
        links=(Link("Query", console.page(region, "athena/home", fragment=page) if query else ""),),
        subject_key=query,
    ).alert(NAME, event)
