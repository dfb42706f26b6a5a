"""AWS Backup by the text of its SNS messages: `An AWS Backup job failed. BackupJob ID : …`

Form: https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-notifications.html
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notify_slack import parts, peek
from notify_slack.events.backup import NAME as BACKUP
from notify_slack.events.backup import Change, describe
from notify_slack.facts import arn_part
from notify_slack.mrkdwn import code

if TYPE_CHECKING:
    from notify_slack.model import Alert, Received

NAME = BACKUP
TEXT = "AWS Backup (text)"
KINDS = (TEXT,)
SHAPES: dict[str, frozenset[str]] = {}
TEXTS = {
    TEXT: re.compile(
        r"\AAn AWS Backup |\AA Kubernetes resource (?:failed|was skipped)[^.]* from your Amazon EKS"
    )
}

# What the text says -> the state that it has in EventBridge; the first that is found counts.
_SAID = (
    ("with issues", "COMPLETED_WITH_ISSUES"),
    ("partial", "PARTIAL"),
    ("failed to complete in time", "EXPIRED"),
    ("expired", "EXPIRED"),
    ("interrupted", "FAILED"),
    ("failed", "FAILED"),
    ("stopped", "ABORTED"),
    ("aborted", "ABORTED"),
    ("skipped", "SKIPPED"),
    ("deleted", "DELETED"),
    ("modified", "MODIFIED"),
    ("completed", "COMPLETED"),
    ("successful", "COMPLETED"),
    ("started", "RUNNING"),
    ("created", "CREATED"),
)
_WHAT = re.compile(
    r"\AAn AWS Backup (?:backup )?(copy job|restore job|index job|scan job|job|recovery point)", re.IGNORECASE
)
_WHATS = {
    "job": "Backup job",
    "copy job": "Copy job",
    "restore job": "Restore job",
    "index job": "Recovery point index",
    "scan job": "Malware scan",
    "recovery point": "Recovery point",
}
_LABELS = re.compile(r"([A-Z][A-Za-z ]{1,40}?) ?: (\S+?)\.?(?=\s|$)")


def _what(text: str) -> str:
    if text.startswith("A Kubernetes"):
        return "EKS resource"
    found = _WHAT.match(text)
    return _WHATS[found[1].lower()] if found else "AWS Backup"


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """What became of which backup, with every id and ARN of the text."""
    text = peek.text(received.content)
    first = text.partition(". ")[0]
    labels = _LABELS.findall(text)
    values = {label.lower(): value for label, value in labels}
    job = next((value for label, value in values.items() if label.endswith("job id")), "")
    arn = next((value for value in values.values() if value.startswith("arn:")), "")
    change = Change(
        what=_what(text),
        name=parts.name(values.get("resource arn", "")) or values.get("resource", ""),
        state=next((state for said, state in _SAID if said in first.lower()), ""),
        id=job or arn,
        said=first,
        page="jobs/backup",
        details=parts.lines((label, code(value)) for label, value in labels),
    )
    return describe(change, parts.Origin(account=arn_part(arn, 4), region=arn_part(arn, 3), at=None))
