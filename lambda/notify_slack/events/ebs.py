"""EBS volumes and snapshots.

Schema: https://docs.aws.amazon.com/ebs/latest/userguide/ebs-cloud-watch-events.html
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "ebs"
VOLUME = "aws.ec2/EBS Volume Notification"
SNAPSHOT = "aws.ec2/EBS Snapshot Notification"
SNAPSHOTS = "aws.ec2/EBS Multi-Volume Snapshots Completion Status"
FAST_RESTORE = "aws.ec2/EBS Fast Snapshot Restore State-change Notification"
KINDS = (VOLUME, SNAPSHOT, SNAPSHOTS, FAST_RESTORE)
SHAPES: dict[str, frozenset[str]] = {}

FAILED = frozenset({"failed", "error"})
SUBJECTS = {
    VOLUME: "EBS volume",
    SNAPSHOT: "EBS snapshot",
    SNAPSHOTS: "EBS snapshots of",
    FAST_RESTORE: "Fast restore of EBS snapshot",
}


def parse(received: Received, kind: str) -> Alert:
    """What became of one action on a volume, a snapshot, or the snapshots of an instance."""
    event = received.content
    detail = peek.mapping(event, "detail")
    action = parts.words(peek.text(detail, "event"))
    result = peek.text(detail, "result") or peek.text(detail, "state") or "unknown result"
    arn = peek.text(event, "resources", 0) or peek.text(detail, "snapshot_id")
    arn = peek.text(detail, "source") if kind == SNAPSHOTS else arn
    about = parts.name(arn) or peek.text(detail, "snapshot-id")
    status = Status.FIRING if result in FAILED else Status.NOTICE
    subject = f"{SUBJECTS[kind]} {about or 'without an id'}"
    where = parts.origin(event)
    done = f"{action}: {result}" if action else result
    cause = one_line(peek.text(detail, "cause")) or one_line(peek.text(detail, "message"))
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=f"{subject}: {done}" if status is Status.NOTICE else subject,
        status=status,
        state=f"{action} failed".strip() if status is Status.FIRING else result,
        summary=parts.joined(parts.sentence(done), cause),
        brief=cause or done,
        details=parts.lines(
            (peek.text(snapshot, "status") or "snapshot", parts.name(peek.text(snapshot, "snapshot_id")))
            for snapshot in peek.items(detail, "snapshots")
        ),
        fields=parts.fields(
            Field("Source", parts.name(peek.text(detail, "source")), code=True),
            Field("Zone", peek.text(detail, "zone") or peek.text(detail, "availability-zone-id")),
            Field("Started", parts.clock(peek.time(detail, "startTime"))),
            Field("Ended", parts.clock(peek.time(detail, "endTime"))),
        ),
        links=_links(where["region"], about),
        account=where["account"] or arn_part(arn, 4),
        region=where["region"],
        at=where["at"],
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
    )


def _links(region: str, about: str) -> tuple[Link, ...]:
    pages = {
        "vol-": ("Volume", "#VolumeDetails:volumeId="),
        "snap-": ("Snapshot", "#SnapshotDetails:snapshotId="),
    }
    return parts.links(
        *(
            Link(label, console.page(region, "ec2/home", fragment=fragment + quote(about, safe="")))
            for prefix, (label, fragment) in pages.items()
            if about.startswith(prefix)
        )
    )
