"""AWS Amplify Hosting: deployments of a branch.

Schema: https://docs.aws.amazon.com/amplify/latest/userguide/monitoring-with-eventbridge.html
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import change, console, parts, peek
from notify_slack.model import Alert, Field, Link, Received
from notify_slack.mrkdwn import one_line

NAME = "amplify"
KINDS = ("aws.amplify/Amplify Deployment Status Change",)
SHAPES: dict[str, frozenset[str]] = {}

FAILED = "FAILED"
STATES = {
    "STARTED": "started",
    "RUNNING": "is running",
    "SUCCEED": "succeeded",
    FAILED: "failed",
    "CANCELLED": "was cancelled",
}


def parse(received: Received, _kind: str) -> Alert:
    """How a deployment goes."""
    event = received.content
    detail = peek.mapping(event, "detail")
    state = one_line(peek.text(detail, "jobStatus"))
    app, branch = one_line(peek.text(detail, "appId")), one_line(peek.text(detail, "branchName"))
    job = one_line(peek.text(detail, "jobId"))
    place = "/".join(quote(part, safe="") for part in (app, "branches", branch, "deployments", job))
    region = peek.text(event, "region")
    return change.Change(
        f"Amplify deployment of {branch or 'a branch'}",
        STATES.get(state, f"is {parts.words(state) or 'in an unknown state'}"),
        state,
        failed=state == FAILED,
        fields=(Field("App", app, code=True), Field("Deployment", job, code=True)),
        links=(
            Link(
                "Deployment", console.page(region, f"amplify/apps/{place}") if app and branch and job else ""
            ),
        ),
    ).alert(NAME, event)
