"""Findings of Amazon Macie.

Schema: https://docs.aws.amazon.com/macie/latest/user/findings-publish-event-schemas.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "macie"
FINDING = "aws.macie/Macie Finding"
KINDS = (FINDING,)
SHAPES: dict[str, frozenset[str]] = {}


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """What sensitive data lies where, or which bucket's policy became weaker; never the data itself."""
    event = received.content
    detail = peek.mapping(event, "detail")
    origin = parts.origin(event)
    level = peek.text(detail, "severity", "description").upper()
    finding_id = peek.text(detail, "id")
    archived = peek.flag(detail, "archived") is True
    bucket = peek.text(detail, "resourcesAffected", "s3Bucket", "name")
    key = peek.text(detail, "resourcesAffected", "s3Object", "key")
    public = peek.text(detail, "resourcesAffected", "s3Bucket", "publicAccess", "effectivePermission")
    region = peek.text(detail, "region") or origin["region"]
    count = peek.count(detail, "count")
    return Alert(
        kind=NAME,
        key=parts.key(finding_id, peek.text(detail, "updatedAt")) or peek.text(event, "id"),
        title=peek.text(detail, "title") or peek.text(detail, "type") or "Macie finding",
        status=Status.NOTICE if archived else Status.FIRING,
        state=f"Macie finding ({level.lower()})" if level else "Macie finding",
        summary=parts.joined(peek.text(detail, "description"), _where(bucket, key)),
        brief=f"bucket {bucket}" if bucket else "",
        details=parts.lines(_detections(detail)),
        fields=parts.fields(
            Field("Bucket", bucket, code=True),
            Field("Object", key, code=True),
            Field("Public access", parts.words(public)),
            Field("Type", peek.text(detail, "type"), code=True),
            Field("Seen", "" if count is None else parts.count(count, "time")),
            Field("Job", parts.name(peek.text(detail, "classificationDetails", "jobArn")), code=True),
        ),
        links=parts.links(
            Link(
                "Finding",
                console.page(
                    region,
                    "macie/home",
                    fragment=f"#findings?macros=current&itemId={quote(finding_id, safe='')}",
                ),
            )
        ),
        account=peek.text(detail, "accountId") or origin["account"],
        region=region,
        at=origin["at"],
        subject_key=finding_id,
        suggested=Severity.INFO if archived else parts.FINDING_SEVERITIES.get(level, Severity.WARNING),
    )


def _where(bucket: str, key: str) -> str:
    if not bucket:
        return ""
    return f"It is object {code(key)} in bucket {code(bucket)}" if key else f"It is bucket {code(bucket)}"


def _detections(detail: object) -> Iterator[tuple[str, str]]:
    """Each category with the kinds of data found and how often."""
    result = peek.mapping(detail, "classificationDetails", "result")
    for category in peek.items(result, "sensitiveData"):
        found = (_detection(one, "type") for one in peek.items(category, "detections"))
        yield parts.words(peek.text(category, "category")).capitalize(), parts.few(found)
    custom = [_detection(one, "name") for one in peek.items(result, "customDataIdentifiers", "detections")]
    if custom:
        yield "Custom data identifiers", parts.few(custom)


def _detection(detection: object, name: str) -> str:
    count = peek.count(detection, "count")
    told = parts.words(peek.text(detection, name)) if name == "type" else peek.text(detection, name)
    return told if count is None else f"{told} ({count})"
