"""Canaries of CloudWatch Synthetics: failed and passed runs, changes of their own state.

Schema: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitoring-events-eventbridge.html
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "synthetics"
FAILURE = "aws.synthetics/Synthetics Canary TestRun Failure"
SUCCESS = "aws.synthetics/Synthetics Canary TestRun Successful"
CHANGE = "aws.synthetics/Synthetics Canary Status Change"
KINDS = (FAILURE, SUCCESS, CHANGE)
SHAPES: dict[str, frozenset[str]] = {}

_NO_REASON = "null"  # what the service writes when there is none


def parse(received: Received, kind: str) -> Alert:
    """How a run ended and why, or what became of the canary itself."""
    event = received.content
    detail = peek.mapping(event, "detail")
    name = one_line(peek.text(detail, "canary-name"))
    state = peek.text(detail, "current-state") if kind == CHANGE else peek.text(detail, "test-run-status")
    failed = kind == FAILURE or state == "ERROR"
    status = Status.FIRING if failed else Status.NOTICE
    told = (
        f"is in state {one_line(state) or 'unknown'}" if kind == CHANGE else "failed" if failed else "passed"
    )
    reason = one_line(peek.text(detail, "state-reason")).strip('" ').removesuffix(_NO_REASON)
    subject = f"Canary {name or 'without a name'}"
    where = parts.origin(event)
    page = console.page(
        where["region"], "cloudwatch/home", fragment=f"#synthetics:canary/detail/{quote(name, safe='')}"
    )
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(subject, status, told),
        status=status,
        state=one_line(state) or "unknown state",
        summary=parts.joined(
            f"{subject} {told}", reason or (one_line(peek.text(detail, "message")) if failed else "")
        ),
        brief=reason or told,
        fields=parts.fields(
            Field("Before", one_line(peek.text(detail, "previous-state"))),
            Field("Run", peek.text(detail, "canary-run-id"), code=True),
            Field("Artifacts", peek.text(detail, "artifact-location"), code=True),
        ),
        links=parts.links(Link("Canary", page if name else "")),
        subject_key=f"{where['region']}|{peek.text(detail, 'canary-id') or name}",
        suggested=Severity.WARNING if failed else Severity.INFO,
        **where,
    )
