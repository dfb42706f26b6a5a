"""RDS and Aurora: instances, clusters, snapshots, proxies, over SNS (JSON or text) and EventBridge.

Schemas: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.html and
rds-cloud-watch-events.html; event numbers: USER_Events.Messages.html beside them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

from notify_slack import console, database_text, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

if TYPE_CHECKING:
    from datetime import datetime

NAME = "rds"
SNS = "RDS event (SNS)"
TEXT = "RDS event (text)"
_SOURCES = {
    "RDS DB Instance Event": "DB instance",
    "RDS DB Cluster Event": "DB cluster",
    "RDS DB Snapshot Event": "DB snapshot",
    "RDS DB Cluster Snapshot Event": "DB cluster snapshot",
    "RDS DB Parameter Group Event": "DB parameter group",
    "RDS DB Security Group Event": "DB security group",
    "RDS DB Proxy Event": "DB proxy",
    "RDS DB Shard Group Event": "DB shard group",
    "RDS Custom Engine Version Event": "Custom engine version",
    "RDS Blue Green Deployment Event": "Blue/green deployment",
    "RDS Zero ETL Event": "Zero-ETL integration",
}
KINDS = (SNS, TEXT, *(f"aws.rds/{detail_type}" for detail_type in _SOURCES))
SHAPES = {SNS: frozenset({"Event Source", "Source ID", "Event Message"})}
TEXTS = {TEXT: re.compile(r"\A\s{0,9}Event Source ?: ?[a-z-]{1,40}\n(?=[\s\S]{0,9000}\bRDS-EVENT-\d)")}

# category -> status, and the severity if no topic says better
CATEGORIES = {
    "failure": (Status.FIRING, Severity.WARNING),
    "low storage": (Status.FIRING, Severity.CRITICAL),
    "failover": (Status.FIRING, Severity.WARNING),
    "recovery": (Status.FIRING, Severity.WARNING),
    "availability": (Status.NOTICE, Severity.WARNING),
    "security": (Status.NOTICE, Severity.WARNING),
}
# SNS names no category. These are the numbers whose category a reader must know.
_NUMBERS = {
    "failure": (31, 35, 36, 58, 79, 80, 81, 82, 254, 278),
    "read replica": (45, 46, 57),
    "low storage": (7, 89, 221, 222, 223, 224),
    "failover": (13, 34, 50, 69, 72, 73),
    "recovery": (20, 23, 66),
    "availability": (4, 6, 22),
}
IDS = {number: category for category, numbers in _NUMBERS.items() for number in numbers}
OVER = frozenset({15, 21, 46, 49, 51, 65, 70, 71})  # failover or recovery complete, replication resumed
URGENT = frozenset({31, 35, 36, 69})  # the instance does not run, or its failover failed
REPLICATION_BROKEN = frozenset({45, 57})
# what begins and ends; other events of one database are no states of each other
EPISODES = {
    "failover": (13, 34, 50, 72, 73, 15, 49, 51, 65, 69, 71),
    "recovery": (20, 21),
    "replication": (45, 57, 46),
}

_PAGES = {"db": "false", "cluster": "true"}  # resource type in the ARN -> is it a cluster


class Event(NamedTuple):
    """What all three forms tell."""

    source_type: str
    source: str
    arn: str
    event_id: str
    message: str
    at: datetime | None
    categories: tuple[str, ...]


def parse(received: Received, kind: str) -> Alert:
    """One event; its key is the same in SNS and EventBridge: source, number and time."""
    envelope = received.content
    event = _read(envelope, kind)
    status, severity = _status(event)
    account = peek.text(envelope, "account") or arn_part(event.arn, 4) or arn_part(received.topic_arn, 4)
    region = peek.text(envelope, "region") or arn_part(event.arn, 3) or arn_part(received.topic_arn, 3)
    what = event.source_type.replace("-", " ").removeprefix("db ")
    label = _SOURCES.get(kind.rpartition("/")[2], f"DB {what}" if what else "RDS")
    subject = f"{label} {event.source or 'without a name'}"
    category = ", ".join(event.categories)
    return Alert(
        kind=NAME,
        key=parts.key(event.source, event.event_id, parts.stamp(event.at)) or peek.text(envelope, "id"),
        title=f"{subject}: {category}" if category and status is Status.NOTICE else subject,
        status=status,
        state=category or "event",
        summary=event.message or "RDS sent an event without a message.",
        brief=event.message,
        fields=parts.fields(Field("Event", event.event_id, code=True), Field("Category", category)),
        links=_links(region, event),
        account=account,
        region=region,
        at=event.at,
        subject_key=_subject_key(event, region),
        suggested=severity,
    )


def _read(content: object, kind: str) -> Event:
    if kind == TEXT:
        found = database_text.values(content)
        return _event(
            found.get("eventsource", ""),
            found.get("sourceid", ""),
            found.get("sourcearn", ""),
            found.get("eventid", ""),
            found.get("message", "") or found.get("eventmessage", ""),
            peek.time(found.get("notificationtime") or found.get("eventtime")),
        )
    if kind == SNS:
        return _event(
            peek.text(content, "Event Source"),
            peek.text(content, "Source ID"),
            peek.text(content, "Source ARN"),
            peek.text(content, "Event ID"),
            peek.text(content, "Event Message"),
            peek.time(content, "Event Time"),
        )
    detail = peek.mapping(content, "detail")
    return _event(
        peek.text(detail, "SourceType").lower().replace("_", "-"),
        peek.text(detail, "SourceIdentifier"),
        peek.text(detail, "SourceArn") or peek.text(content, "resources", 0),
        peek.text(detail, "EventID"),
        peek.text(detail, "Message"),
        peek.time(detail, "Date") or peek.time(content, "time"),
        tuple(parts.strings(peek.items(detail, "EventCategories"))),
    )


def _event(
    source_type: str,
    source: str,
    arn: str,
    event_id: str,
    message: str,
    at: datetime | None,
    categories: tuple[str, ...] = (),
) -> Event:
    number = database_text.event_number(event_id)
    known = IDS.get(_number(number), "")
    return Event(
        source_type,
        source or parts.name(arn),
        arn,
        number,
        one_line(message),
        at,
        categories or ((known,) if known else ()),
    )


def _subject_key(event: Event, region: str) -> str:
    number = _number(event.event_id)
    episode = next((name for name, numbers in EPISODES.items() if number in numbers), "")
    return f"{event.arn or region}|{event.source}|{episode}" if episode else ""


def _number(event_id: str) -> int:
    return int(event_id.rpartition("-")[2] or 0)


def _status(event: Event) -> tuple[Status, Severity]:
    number = _number(event.event_id)
    if number in OVER:
        return Status.RESOLVED, Severity.WARNING
    if number in URGENT | REPLICATION_BROKEN:
        return Status.FIRING, Severity.CRITICAL if number in URGENT else Severity.WARNING
    known = [CATEGORIES[category] for category in event.categories if category in CATEGORIES]
    return min(known, key=lambda one: one[1].rank, default=(Status.NOTICE, Severity.INFO))


def _links(region: str, event: Event) -> tuple[Link, ...]:
    resource = event.arn.split(":")[5] if event.arn.count(":") >= 6 else event.source_type.removeprefix("db-")
    is_cluster = _PAGES.get({"instance": "db"}.get(resource, resource))
    if is_cluster is None or not event.source:
        return ()
    page = f"#database:id={quote(event.source, safe='')};is-cluster={is_cluster}"
    return parts.links(Link("Database", console.page(region, "rds/home", fragment=page)))
