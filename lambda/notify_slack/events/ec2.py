"""EC2 instances: state changes, Spot interruptions and recommendations to rebalance.

Schemas: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html ,
spot-instance-termination-notices.html and rebalance-recommendations.html beside it.
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status

NAME = "ec2"
STATE = "aws.ec2/EC2 Instance State-change Notification"
INTERRUPTION = "aws.ec2/EC2 Spot Instance Interruption Warning"
REBALANCE = "aws.ec2/EC2 Instance Rebalance Recommendation"
FULFILLED = "aws.ec2/EC2 Spot Instance Request Fulfillment"
KINDS = (STATE, INTERRUPTION, REBALANCE, FULFILLED)
SHAPES: dict[str, frozenset[str]] = {}

# what happens to the instance -> the state that a reader sees, and the sentence
INTERRUPTIONS = {
    "terminate": "EC2 takes the Spot instance back and terminates it in two minutes",
    "stop": "EC2 takes the Spot instance back and stops it in two minutes",
    "hibernate": "EC2 takes the Spot instance back and is hibernating it now",
}
STATES = {
    "pending": "The instance is starting",
    "running": "The instance is running",
    "stopping": "The instance is stopping",
    "stopped": "The instance has stopped",
    "shutting-down": "The instance is being terminated",
    "terminated": "The instance has been terminated",
}
GONE = frozenset({"stopped", "terminated"})


def parse(received: Received, kind: str) -> Alert:
    """What happens to one instance."""
    event = received.content
    detail = peek.mapping(event, "detail")
    instance = peek.text(detail, "instance-id") or parts.name(peek.text(event, "resources", 0))
    subject = f"EC2 instance {instance or 'without an id'}"
    where = parts.origin(event)
    state, status, severity, summary = _told(kind, detail)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(subject, status, state if kind != STATE else f"is {state}"),
        status=status,
        state=state,
        summary=parts.joined(summary),
        brief=summary,
        fields=parts.fields(Field("Instance", instance, code=True)),
        links=parts.links(
            Link(
                "Instance",
                console.page(
                    where["region"],
                    "ec2/home",
                    fragment=f"#InstanceDetails:instanceId={quote(instance, safe='')}" if instance else "",
                ),
            )
        ),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        subject_key=(peek.text(event, "resources", 0) or instance) if kind == STATE else "",
        suggested=severity,
    )


def _told(kind: str, detail: object) -> tuple[str, Status, Severity, str]:
    """The state, how a reader should take it, and the sentence."""
    if kind == INTERRUPTION:
        action = peek.text(detail, "instance-action")
        summary = INTERRUPTIONS.get(action, "EC2 takes the Spot instance back in two minutes")
        return "Spot interruption", Status.FIRING, Severity.WARNING, summary
    if kind == REBALANCE:
        summary = "The Spot instance is at a higher risk of being taken back: start its replacement"
        return "should be replaced", Status.NOTICE, Severity.WARNING, summary
    if kind == FULFILLED:
        request = peek.text(detail, "spot-instance-request-id")
        summary = f"The Spot request {request} has been fulfilled".replace("  ", " ")
        return "launched for a Spot request", Status.NOTICE, Severity.INFO, summary
    state = peek.text(detail, "state") or "in an unknown state"
    severity = Severity.WARNING if state in GONE else Severity.INFO
    return state, Status.NOTICE, severity, STATES.get(state, f"The instance is {state}")
