"""AWS Backup: jobs, recovery points, vaults and settings, by EventBridge.

Schema: https://docs.aws.amazon.com/aws-backup/latest/devguide/eventbridge.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "backup"

# kind -> what it is about, the key of its id, and the console's list of them
SUBJECTS = {
    "aws.backup/Backup Job State Change": ("Backup job", "backupJobId", "jobs/backup"),
    "aws.backup/Copy Job State Change": ("Copy job", "copyJobId", "jobs/copy"),
    "aws.backup/Restore Job State Change": ("Restore job", "restoreJobId", "jobs/restore"),
    "aws.backup/Scan Job State Change": ("Malware scan", "scanJobId", "jobs/scan"),
    "aws.backup/Recovery Point State Change": ("Recovery point", "", "backupvaults"),
    "aws.backup/Recovery Point Change": ("Recovery point", "", "backupvaults"),
    "aws.backup/Recovery Point Index State Change": (
        "Recovery point index",
        "recoveryPointArn",
        "backupvaults",
    ),
    "aws.backup/Backup Vault State Change": ("Backup vault", "backupVaultName", "backupvaults"),
    "aws.backup/Backup Plan State Change": ("Backup plan", "backupPlanId", "backupplan"),
    "aws.backup/Region Setting State Change": ("Backup settings", "", "settings"),
}
KINDS = tuple(SUBJECTS)
SHAPES: dict[str, frozenset[str]] = {}

# States that need somebody: without a backup, nobody notices until it is needed.
BAD = {
    "FAILED": Severity.WARNING,
    "ABORTED": Severity.WARNING,
    "EXPIRED": Severity.WARNING,
    "PARTIAL": Severity.WARNING,
    "STOPPED": Severity.WARNING,
    "COMPLETED_WITH_ISSUES": Severity.WARNING,
    "THREATS_FOUND": Severity.CRITICAL,
}
MEANINGS = {
    "EXPIRED": "It did not start or end within its window",
    "PARTIAL": "Only a part was backed up",
    "ABORTED": "It was stopped",
    "THREATS_FOUND": "The recovery point holds malware: do not restore it",
}


@dataclass(frozen=True, slots=True)
class Change:
    """What became of something that AWS Backup cares for. `id` tells two changes of one state apart."""

    what: str
    name: str
    state: str
    id: str
    said: str
    page: str
    event_id: str = ""
    details: tuple[Field, ...] = ()
    fields: tuple[Field, ...] = ()


def parse(received: Received, kind: str) -> Alert:
    """What became of which backup, and why it failed."""
    event = received.content
    detail = peek.mapping(event, "detail")
    what, id_key, page = SUBJECTS[kind]
    subject_id = peek.text(detail, id_key) if id_key else peek.text(event, "resources", 0)
    resource = peek.text(detail, "resourceArn") or peek.text(detail, "sourceResourceArn")
    said = peek.text(detail, "statusMessage") or peek.text(detail, "indexStatusMessage")
    state = _state(detail)
    # The console calls a completed job that has a message `Completed with issues`.
    issues = state == "COMPLETED" and bool(said) and what == "Backup job"
    vault = peek.text(detail, "backupVaultName") or parts.name(peek.text(detail, "backupVaultArn"))
    return describe(
        Change(
            what=what,
            name=subject_id if id_key == "backupVaultName" else parts.name(resource),
            state="COMPLETED_WITH_ISSUES" if issues else state,
            id=subject_id,
            said=said,
            page=page,
            event_id=peek.text(event, "id"),
            details=parts.lines(_settings(detail)),
            fields=parts.fields(
                Field("Resource", resource, code=True),
                Field("Resource type", peek.text(detail, "resourceType")),
                Field("Vault", vault, code=True),
                Field("To vault", parts.name(peek.text(detail, "destinationBackupVaultArn")), code=True),
                Field("Created", peek.text(detail, "createdResourceArn"), code=True),
                Field("Id", subject_id if id_key.endswith("JobId") else "", code=True),
            ),
        ),
        parts.origin(event),
    )


def _settings(detail: object) -> Iterator[tuple[str, str]]:
    """Which types of resources a Region's settings include now."""
    for name, on in peek.mapping(detail, "ResourceTypeOptInPreference").items():
        yield name, "on" if on is True else "off"


def _state(detail: object) -> str:
    found = (peek.text(detail, name) for name in ("state", "status", "indexStatus"))
    state = next((one for one in found if one), "").upper().replace(" ", "_")
    threats = peek.text(detail, "scanResult", "scanResultStatus") == "THREATS_FOUND"
    return "THREATS_FOUND" if threats else state


def describe(change: Change, origin: parts.Origin) -> Alert:
    """The alert of one change, whichever way it was told."""
    what, state, told = change.what, change.state, parts.words(change.state) or "changed"
    of = " " if what == "Backup vault" else " of "
    deleted = state == "DELETED" and what in ("Backup vault", "Backup plan")
    severity = Severity.WARNING if deleted else BAD.get(state)
    status = Status.FIRING if severity else Status.NOTICE
    return Alert(
        kind=NAME,
        # EventBridge and SNS tell the same end of a job.
        key=(parts.key("backup", change.id, state) if "job" in what else "") or change.event_id,
        title=parts.title(what if not change.name else f"{what}{of}{change.name}", status, told),
        status=status,
        state=state or "notice",
        summary=parts.joined(change.said or f"{what} {told}", MEANINGS.get(state, "")),
        brief=change.said or told,
        details=change.details,
        fields=change.fields,
        links=parts.links(
            Link("AWS Backup", console.page(origin["region"], "backup/home", fragment=f"#/{change.page}"))
        ),
        subject_key=change.id,
        suggested=severity or Severity.INFO,
        **origin,
    )
