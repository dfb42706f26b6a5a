"""Application Auto Scaling: a scaling activity of an ECS service, a table, a stream …

Schema: https://docs.aws.amazon.com/autoscaling/application/userguide/automating-with-eventbridge.html
"""

from __future__ import annotations

from notify_slack import parts, peek
from notify_slack.model import Alert, Field, Received, Severity, Status
from notify_slack.mrkdwn import one_line
from notify_slack.quantity import number

NAME = "application_autoscaling"
KINDS = ("aws.application-autoscaling/Application Auto Scaling Scaling Activity State Change",)
SHAPES: dict[str, frozenset[str]] = {}

FAILED = frozenset({"Failed", "Unfulfilled", "Overridden"})


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """One change of capacity. At its maximum a service cannot follow its load any further."""
    event = received.content
    detail = peek.mapping(event, "detail")
    resource = peek.text(detail, "resourceId") or "a resource without an id"
    state = peek.text(detail, "statusCode") or "in an unknown state"
    at_most = peek.flag(detail, "scaledToMax") is True
    status = Status.FIRING if at_most or state in FAILED else Status.NOTICE
    change = _change(detail)
    where = parts.origin(event)
    summary = parts.joined(
        change,
        "It cannot scale out any further" if at_most else "",
        one_line(peek.text(detail, "statusMessage")),
    )
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(f"Scaling of {resource}", status, state.lower()),
        status=status,
        state="at maximum" if at_most else state,
        summary=summary or f"The scaling activity is {state}.",
        brief=change or state,
        fields=parts.fields(
            Field("Dimension", peek.text(detail, "scalableDimension"), code=True),
            Field("Capacity", _range(detail)),
            Field("Ended", parts.clock(peek.time(detail, "endTime"))),
        ),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
    )


def _change(detail: object) -> str:
    old, new = peek.number(detail, "oldDesiredCapacity"), peek.number(detail, "newDesiredCapacity")
    if new is None:
        return ""
    return f"Capacity {number(old)} → {number(new)}" if old is not None else f"Capacity {number(new)}"


def _range(detail: object) -> str:
    low, high = peek.number(detail, "minCapacity"), peek.number(detail, "maxCapacity")
    return f"{number(low)} to {number(high)}" if low is not None and high is not None else ""
