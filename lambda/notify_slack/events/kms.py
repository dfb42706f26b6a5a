"""Keys of AWS KMS: rotated, deleted, their imported material expired.

Schema: https://docs.aws.amazon.com/kms/latest/developerguide/kms-events.html
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Link, Received, Severity, Status

NAME = "kms"

# kind -> how a reader should take it, how urgent, and the words
OUTCOMES = {
    "aws.kms/KMS CMK Rotation": (Status.NOTICE, Severity.INFO, "was rotated"),
    "aws.kms/KMS CMK Deletion": (Status.FIRING, Severity.CRITICAL, "was deleted"),
    "aws.kms/KMS Imported Key Material Expiration": (
        Status.FIRING,
        Severity.CRITICAL,
        "lost its imported material, which expired",
    ),
}
KINDS = tuple(OUTCOMES)
SHAPES: dict[str, frozenset[str]] = {}
_LOST = "What is encrypted with it cannot be read any more."


def parse(received: Received, kind: str) -> Alert:
    """Which key, and what became of it."""
    event = received.content
    status, severity, told = OUTCOMES[kind]
    key = peek.text(event, "detail", "key-id") or parts.name(peek.text(event, "resources", 0))
    subject = f"KMS key {key or 'without an id'}"
    where = parts.origin(event)
    page = console.page(where["region"], "kms/home", fragment=f"#/kms/keys/{quote(key, safe='')}")
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(subject, status, told),
        status=status,
        state="Deleted" if "Deletion" in kind else "Expired" if "Expiration" in kind else "Rotated",
        summary=parts.joined(f"{subject} {told}", _LOST if status is Status.FIRING else ""),
        brief=f"the key {told}",
        links=parts.links(Link("Key", page if key else "")),
        subject_key=peek.text(event, "resources", 0),
        suggested=severity,
        **where,
    )
