"""Step Functions executions.

Schema: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line
from notify_slack.quantity import duration

NAME = "stepfunctions"
KINDS = ("aws.states/Step Functions Execution Status Change",)
SHAPES: dict[str, frozenset[str]] = {}

# status -> how a reader should take it, and the words
STATES = {
    "RUNNING": (Status.NOTICE, "started"),
    "SUCCEEDED": (Status.NOTICE, "succeeded"),
    "FAILED": (Status.FIRING, "failed"),
    "TIMED_OUT": (Status.FIRING, "ran out of time"),
    "ABORTED": (Status.NOTICE, "was aborted"),
    "PENDING_REDRIVE": (Status.NOTICE, "is about to run again"),
}


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """One state of an execution. Its input and output may be secret and stay out."""
    event = received.content
    detail = peek.mapping(event, "detail")
    arn = peek.text(detail, "executionArn") or peek.text(event, "resources", 0)
    machine = parts.name(peek.text(detail, "stateMachineArn")) or "without a name"
    state = peek.text(detail, "status") or "unknown state"
    status, told = STATES.get(state, (Status.NOTICE, f"is {state}"))
    where = parts.origin(event)
    region = where["region"] or arn_part(arn, 3)
    lasted = parts.seconds_between(parts.epoch(detail, "startDate"), parts.epoch(detail, "stopDate"))
    error, cause = one_line(peek.text(detail, "error")), one_line(peek.text(detail, "cause"))
    why = ": ".join(text for text in (error, cause) if text)
    page = console.page(region, "states/home", fragment=f"#/v2/executions/details/{quote(arn, safe='')}")
    redriven = peek.count(detail, "redriveCount")
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(f"State machine {machine}", status, told),
        status=status,
        state=state,
        summary=parts.joined(
            f"The execution {told}" + (f" after {duration(lasted)}" if lasted is not None else ""), why
        ),
        brief=why or f"the execution {told}",
        fields=parts.fields(
            Field("Execution", peek.text(detail, "name") or parts.name(arn), code=True),
            Field("Error", error, code=True),
            Field(
                "Redriven", f"{redriven} times" if redriven and redriven > 1 else "once" if redriven else ""
            ),
        ),
        links=parts.links(Link("Execution", page if arn else "")),
        account=where["account"],
        region=region,
        at=where["at"],
        subject_key=arn,
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
    )
