"""EC2 Auto Scaling: launches and terminations, lifecycle hooks, instance refreshes.

Schemas: https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-sns-notifications.html (SNS)
and ec2-auto-scaling-event-reference.html beside it (EventBridge).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

if TYPE_CHECKING:
    from datetime import datetime

NAME = "autoscaling"
SNS = "Auto Scaling notification (SNS)"
HOOK = "Auto Scaling lifecycle hook (SNS)"
_AWS = "aws.autoscaling/"


class Told(NamedTuple):
    """What one event means. `outcome` is the same in SNS and in EventBridge."""

    outcome: str
    sentence: str
    status: Status = Status.NOTICE
    severity: Severity = Severity.INFO


LAUNCHED = Told("launched an instance", "The group launched an instance")
TERMINATED = Told("terminated an instance", "The group terminated an instance")
NOT_LAUNCHED = Told(
    "launch failed", "The group could not launch an instance", Status.FIRING, Severity.WARNING
)
NOT_TERMINATED = Told(
    "termination failed", "The group could not terminate an instance", Status.FIRING, Severity.WARNING
)
LAUNCHING = Told("waits for a lifecycle hook", "A new instance waits until its lifecycle hook is completed")
TERMINATING = Told(
    "waits for a lifecycle hook", "An instance waits to be terminated until its lifecycle hook is completed"
)
TEST = Told("sends its notifications here", "This is a test: Auto Scaling can reach this channel")
REFRESH = "instance refresh"

EVENTS = {
    "autoscaling:EC2_INSTANCE_LAUNCH": LAUNCHED,
    "autoscaling:EC2_INSTANCE_LAUNCH_ERROR": NOT_LAUNCHED,
    "autoscaling:EC2_INSTANCE_TERMINATE": TERMINATED,
    "autoscaling:EC2_INSTANCE_TERMINATE_ERROR": NOT_TERMINATED,
    "autoscaling:EC2_INSTANCE_LAUNCHING": LAUNCHING,
    "autoscaling:EC2_INSTANCE_TERMINATING": TERMINATING,
    "autoscaling:TEST_NOTIFICATION": TEST,
}
TYPES = {
    f"{_AWS}EC2 Instance Launch Successful": LAUNCHED,
    f"{_AWS}EC2 Instance Launch Unsuccessful": NOT_LAUNCHED,
    f"{_AWS}EC2 Instance Terminate Successful": TERMINATED,
    f"{_AWS}EC2 Instance Terminate Unsuccessful": NOT_TERMINATED,
    f"{_AWS}EC2 Instance-launch Lifecycle Action": LAUNCHING,
    f"{_AWS}EC2 Instance-terminate Lifecycle Action": TERMINATING,
    f"{_AWS}EC2 Auto Scaling Instance Refresh Started": Told(
        f"started an {REFRESH}", "The instance refresh started"
    ),
    f"{_AWS}EC2 Auto Scaling Instance Refresh Checkpoint Reached": Told(
        f"reached a checkpoint of its {REFRESH}", "The instance refresh reached a checkpoint"
    ),
    f"{_AWS}EC2 Auto Scaling Instance Refresh Succeeded": Told(
        f"completed its {REFRESH}", "The instance refresh succeeded"
    ),
    f"{_AWS}EC2 Auto Scaling Instance Refresh Failed": Told(
        f"{REFRESH} failed", "The instance refresh failed", Status.FIRING, Severity.WARNING
    ),
    f"{_AWS}EC2 Auto Scaling Instance Refresh Cancelled": Told(
        f"cancelled its {REFRESH}", "The instance refresh was cancelled", Status.NOTICE, Severity.WARNING
    ),
}

KINDS = (SNS, HOOK, *TYPES)
SHAPES = {
    HOOK: frozenset({"AutoScalingGroupName", "LifecycleTransition", "Service"}),
    SNS: frozenset({"AutoScalingGroupName", "Event", "Service"}),
}


def parse(received: Received, kind: str) -> Alert:
    """One activity of a group; the key of a launch or a termination is the same in SNS and EventBridge."""
    event = received.content
    body = event if kind in SHAPES else peek.mapping(event, "detail")
    named = peek.text(body, "Event") or peek.text(body, "LifecycleTransition")
    told = TYPES.get(kind) or EVENTS.get(named) or Told(parts.words(named) or "unknown event", named)
    group = peek.text(body, "AutoScalingGroupName") or "without a name"
    arn = peek.text(body, "AutoScalingGroupARN")
    account = peek.text(event, "account") or peek.text(body, "AccountId") or arn_part(arn, 4)
    region = peek.text(event, "region") or arn_part(arn, 3) or arn_part(received.topic_arn, 3)
    message = one_line(peek.text(body, "StatusMessage"))
    page = console.page(
        region, "ec2/home", fragment=f"#AutoScalingGroupDetails:id={quote(group, safe='')};view=activity"
    )
    return Alert(
        kind=NAME,
        key=_key(event, body, told),
        title=parts.title(f"Auto Scaling group {group}", told.status, told.outcome),
        status=told.status,
        state=told.outcome,
        summary=parts.joined(told.sentence, message),
        brief=message or told.sentence,
        description=one_line(peek.text(body, "Cause")),
        details=parts.listed("Alarm", _alarms(body)),
        fields=_fields(body),
        links=parts.links(Link("Group", page)),
        account=account,
        region=region,
        at=_at(event, body),
        suggested=told.severity,
    )


def _key(event: object, body: object, told: Told) -> str:
    """An activity ends once. The token that completes a hook is no part of the key: it is a secret."""
    activity = parts.key(peek.text(body, "ActivityId"), told.outcome)
    hook = parts.key(peek.text(body, "RequestId"), peek.text(body, "EC2InstanceId") or told.outcome)
    return activity or peek.text(event, "id") or hook


def _at(event: object, body: object) -> datetime | None:
    return peek.time(event, "time") or peek.time(body, "Time") or peek.time(body, "EndTime")


def _alarms(body: object) -> list[str]:
    return [peek.text(alarm, "AlarmName") for alarm in peek.items(body, "Details", "InvokingAlarms")]


def _fields(body: object) -> tuple[Field, ...]:
    percentage = peek.number(body, "CheckpointPercentage")
    return parts.fields(
        Field("Instance", peek.text(body, "EC2InstanceId"), code=True),
        Field("Zone", peek.text(body, "Details", "Availability Zone")),
        Field("Status", peek.text(body, "StatusCode")),
        Field("Hook", peek.text(body, "LifecycleHookName"), code=True),
        Field("Refresh", peek.text(body, "InstanceRefreshId"), code=True),
        Field("Checkpoint", f"{percentage:g} %" if percentage is not None else ""),
    )
