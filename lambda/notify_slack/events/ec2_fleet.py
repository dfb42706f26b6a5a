"""EC2 Fleet and Spot Fleet: the fleet, its requests for Spot instances, its instances, information, errors.

Schema: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitor-ec2-fleet-using-eventbridge.html
"""

from __future__ import annotations

import json

from notify_slack import change, console, parts, peek
from notify_slack.model import Alert, Field, Link, Received
from notify_slack.mrkdwn import one_line

NAME = "ec2_fleet"
FLEETS = {"aws.ec2fleet/EC2 Fleet": "EC2 Fleet", "aws.ec2spotfleet/EC2 Spot Fleet": "Spot Fleet"}
STATE, REQUEST, ERROR = "State Change", "Spot Instance Request Change", "Error"
CHANGES = (STATE, REQUEST, "Instance Change", "Information", ERROR)
KINDS = tuple(f"{fleet} {what}" for fleet in FLEETS for what in CHANGES)
SHAPES: dict[str, frozenset[str]] = {}

# Subtypes that stand for a fault, beside every event of the kind Error.
FAULTS = frozenset(
    {
        "expired",
        "fleetProgressHalted",
        "launchSpecTemporarilyBlacklisted",
        "launchSpecUnusable",
        "registerWithLoadBalancersFailed",
    }
)


INSTANCES = {
    "launched": "launched an instance",
    "terminated": "terminated an instance",
    "termination_notified": "is about to lose a Spot instance",
}


def parse(received: Received, kind: str) -> Alert:
    """What happened to a fleet, or to one instance or request of it."""
    event = received.content
    detail = peek.mapping(event, "detail")
    fleet = parts.name(peek.text(event, "resources", 0))
    start = next(name for name in FLEETS if kind.startswith(f"{name} "))
    state = one_line(peek.text(detail, "sub-type"))
    described = parsed(peek.text(detail, "description"))
    placed = [peek.text(described, key) for key in ("instanceType", "availabilityZone", "image")]
    region = peek.text(event, "region")
    return change.Change(
        f"{FLEETS[start]} {fleet or 'without an id'}",
        _told(kind.removeprefix(f"{start} "), state),
        state,
        failed=kind.endswith(ERROR) or state in FAULTS,
        why=described if isinstance(described, str) else "",
        fields=(
            Field("Instance", peek.text(detail, "instance-id"), code=True),
            Field("Type, zone, image", ", ".join(filter(None, placed)), code=True),
            Field("Spot request", peek.text(detail, "spot-instance-request-id"), code=True),
        ),
        links=(Link("Fleets", console.page(region, "ec2/home", fragment="#SpotRequests:") if fleet else ""),),
    ).alert(NAME, event)


def _told(what: str, state: str) -> str:
    said = parts.words(state) or "in an unknown state"
    if what == STATE:
        return f"is {said}"
    if what == REQUEST:
        return f"has a Spot request that is {said}"
    return INSTANCES.get(state, f"reports: {said}")


def parsed(description: str) -> object:
    """A description is a sentence, or JSON in a string."""
    try:
        return json.loads(description) if description.startswith("{") else description
    except (ValueError, RecursionError):
        return description
