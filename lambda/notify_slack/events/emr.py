"""Amazon EMR: clusters, their steps, their groups of instances and scaling policies.

Schemas: https://docs.aws.amazon.com/emr/latest/ManagementGuide/emr-manage-cloudwatch-events.html
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.envelope import loads
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "emr"

SUBJECTS = {
    "aws.emr/EMR Cluster State Change": "EMR cluster",
    "aws.emr/EMR Step Status Change": "EMR step",
    "aws.emr/EMR Instance Group State Change": "EMR instance group",
    "aws.emr/EMR Instance Fleet State Change": "EMR instance fleet",
    "aws.emr/EMR Auto Scaling Policy State Change": "EMR scaling policy",
}
KINDS = tuple(SUBJECTS)
SHAPES: dict[str, frozenset[str]] = {}

FAILED = frozenset({"FAILED", "TERMINATED_WITH_ERRORS", "ARRESTED", "SUSPENDED"})
_IDS = ("stepId", "instanceGroupId", "instanceFleetId", "resourceId", "clusterId")


def parse(received: Received, kind: str) -> Alert:
    """One state of a cluster or of something in it, in the words that EMR gives."""
    event = received.content
    detail = peek.mapping(event, "detail")
    state = one_line(peek.text(detail, "state")) or "unknown state"
    status = Status.FIRING if state in FAILED else Status.NOTICE
    identity = next((found for found in (peek.text(detail, key) for key in _IDS) if found), "")
    subject = f"{SUBJECTS[kind]} {one_line(peek.text(detail, 'name')) or identity or 'without a name'}"
    cluster = peek.text(detail, "clusterId")
    told = one_line(peek.text(detail, "message"))
    # The reason is JSON in a text.
    reason = one_line(peek.text(loads(peek.text(detail, "stateChangeReason")), "message"))
    where = parts.origin(event)
    page = console.page(where["region"], "emr/home", fragment=f"#/clusterDetails/{quote(cluster, safe='')}")
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(subject, status, f"is {parts.words(state)}"),
        status=status,
        state=state,
        summary=parts.joined(told or f"{subject} is {parts.words(state)}", "" if reason in told else reason),
        brief=reason or told,
        fields=parts.fields(
            Field("Cluster", cluster, code=True),
            Field("Id", identity if identity != cluster else "", code=True),
            Field("On failure", parts.words(peek.text(detail, "actionOnFailure"))),
        ),
        links=parts.links(Link("Cluster", page if cluster else "")),
        subject_key=f"{where['region']}|{cluster}|{identity}",
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
        **where,
    )
