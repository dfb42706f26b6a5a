"""S3 objects, as S3 notifications (to SNS, SQS or Lambda) and over EventBridge.

Schemas: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html and
ev-events.html beside it; an object's key is URL-encoded in the former only.
"""

from __future__ import annotations

from urllib.parse import quote, unquote_plus

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code
from notify_slack.quantity import quantity

NAME = "s3"
RECORD = "S3 notification"
TEST = "S3 test notification"
_TYPES = {
    "Object Created": "created",
    "Object Deleted": "deleted",
    "Object Restore Initiated": "restore started",
    "Object Restore Completed": "restored",
    "Object Restore Expired": "restored copy expired",
    "Object Storage Class Changed": "moved to another storage class",
    "Object Access Tier Changed": "moved to another access tier",
    "Object ACL Updated": "access list changed",
    "Object Tags Added": "tags added",
    "Object Tags Deleted": "tags deleted",
}
KINDS = (RECORD, TEST, *(f"aws.s3/{detail_type}" for detail_type in _TYPES))
SHAPES = {
    RECORD: frozenset({"eventSource", "eventName", "s3"}),
    TEST: frozenset({"Service", "Event", "Bucket"}),
}

# the start of eventName -> the same words as above, where EventBridge tells the same thing
NAMES = {
    "ObjectCreated:": "created",
    "ObjectRemoved:": "deleted",
    "LifecycleExpiration:": "deleted",
    "ObjectRestore:Post": "restore started",
    "ObjectRestore:Completed": "restored",
    "ObjectRestore:Delete": "restored copy expired",
    "LifecycleTransition": "moved to another storage class",
    "IntelligentTiering": "moved to another access tier",
    "ObjectAcl:Put": "access list changed",
    "ObjectTagging:Put": "tags added",
    "ObjectTagging:Delete": "tags deleted",
    "Replication:OperationFailedReplication": "not replicated",
    "Replication:OperationMissedThreshold": "replicated too slowly",
    "Replication:OperationReplicatedAfterThreshold": "replicated late",
    "Replication:OperationNotTracked": "replication no longer tracked",
    "ReducedRedundancyLostObject": "lost",
}
GONE = frozenset({"deleted", "lost"})
TROUBLE = frozenset({"not replicated", "replicated too slowly", "lost"})


def parse(received: Received, kind: str) -> Alert:
    """What happened to one object; the key is the same in both forms."""
    return _test(received.content) if kind == TEST else _object(received.content, kind)


def _object(event: object, kind: str) -> Alert:
    body = peek.mapping(event, "s3") if kind == RECORD else peek.mapping(event, "detail")
    bucket = peek.text(body, "bucket", "name") or "without a name"
    key = peek.text(body, "object", "key")
    key = unquote_plus(key) if kind == RECORD else key
    name = peek.text(event, "eventName").removeprefix("s3:")
    told = _TYPES.get(kind.rpartition("/")[2]) or _told(name)
    status = Status.FIRING if told in TROUBLE else Status.NOTICE
    region = peek.text(event, "awsRegion") or peek.text(event, "region")
    size = peek.number(body, "object", "size")
    sequencer = peek.text(body, "object", "sequencer")
    subject = f"S3 object in {bucket}"
    shown = key and told not in GONE
    page = f"s3/object/{quote(bucket, safe='')}"
    return Alert(
        kind=NAME,
        key=parts.key(bucket, key, sequencer, told) or peek.text(event, "id"),
        title=f"{subject}: {told}" if status is Status.NOTICE else subject,
        status=status,
        state=told,
        summary=f"{code(key) or 'An object'} in {code(bucket)}: {told}.",
        brief=key,
        fields=parts.fields(
            Field("Size", quantity(size, "Bytes") if size is not None else ""),
            Field("Operation", name or peek.text(body, "reason"), code=True),
            Field("Deletion", peek.text(body, "deletion-type")),
            Field("Expires", parts.clock(peek.time(body, "restore-expiry-time"))),
            Field("Storage class", _storage_class(body)),
            Field("Requester", _requester(event, body), code=True),
        ),
        links=parts.links(
            Link(
                "Object", console.page(region, page, query=f"&prefix={quote(key, safe='')}") if shown else ""
            )
        ),
        account=peek.text(event, "account"),
        region=region,
        at=peek.time(event, "eventTime") or peek.time(event, "time"),
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
    )


def _told(name: str) -> str:
    found = (told for prefix, told in NAMES.items() if name.startswith(prefix))
    return next(found, "") or name or "changed"


def _storage_class(body: object) -> str:
    before = peek.text(body, "source-storage-class")
    after = peek.text(body, "destination-storage-class") or peek.text(body, "destination-access-tier")
    return " → ".join(text for text in (before, after) if text)


def _requester(event: object, body: object) -> str:
    return peek.text(event, "userIdentity", "principalId") or peek.text(body, "requester")


def _test(event: object) -> Alert:
    bucket = peek.text(event, "Bucket")
    return Alert(
        kind=NAME,
        key=peek.text(event, "RequestId"),
        title=f"S3 bucket {bucket or 'without a name'} sends its notifications here",
        status=Status.NOTICE,
        state="test",
        summary="This is a test: S3 can reach this channel.",
        brief="test notification",
        at=peek.time(event, "Time"),
        suggested=Severity.INFO,
    )
