"""One security finding, whichever of Security Hub's two formats it is written in.

Schemas: https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_AwsSecurityFinding.html (ASFF) and
https://schema.ocsf.io/ (OCSF, of the event `Findings Imported V2`)
"""

from __future__ import annotations

from dataclasses import dataclass

from notify_slack import parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Status

# https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html : the lowest Normalized of each
NORMALIZED = ((90, "CRITICAL"), (70, "HIGH"), (40, "MEDIUM"), (1, "LOW"), (0, "INFORMATIONAL"))

_CLOSED = {
    "PASS": Status.RESOLVED,
    "PASSED": Status.RESOLVED,
    "RESOLVED": Status.RESOLVED,
    "ARCHIVED": Status.RESOLVED,
    "SUPPRESSED": Status.NOTICE,
    "NOT_AVAILABLE": Status.NOTICE,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What both formats of a finding say. `states` are its record's, workflow's and compliance's."""

    id: str
    version: str
    title: str
    description: str
    level: str
    states: tuple[str, ...]
    resources: tuple[str, ...]
    product: str
    remedy: str
    remedy_url: str
    account: str
    region: str

    @property
    def status(self) -> Status:
        """Closed by any of its states, else open."""
        return next((_CLOSED[state] for state in self.states if state in _CLOSED), Status.FIRING)


def asff(finding: object) -> Finding:
    """A finding in the AWS Security Finding Format."""
    states = (
        peek.text(finding, "RecordState"),
        peek.text(finding, "Workflow", "Status") or peek.text(finding, "WorkflowState"),
        peek.text(finding, "Compliance", "Status"),
    )
    level = _level(finding)
    return Finding(
        id=peek.text(finding, "Id"),
        # BatchUpdateFindings changes these without UpdatedAt.
        version="|".join(
            (peek.text(finding, "UpdatedAt"), level, *states, peek.text(finding, "Note", "UpdatedAt"))
        ).rstrip("|"),
        title=peek.text(finding, "Title"),
        description=peek.text(finding, "Description"),
        level=level,
        states=tuple(state for state in states if state not in ("", "NEW")),
        resources=tuple(
            parts.strings(peek.text(resource, "Id") for resource in peek.items(finding, "Resources"))
        ),
        product=peek.text(finding, "ProductName")
        or peek.text(finding, "ProductFields", "aws/securityhub/ProductName"),
        remedy=peek.text(finding, "Remediation", "Recommendation", "Text"),
        remedy_url=peek.text(finding, "Remediation", "Recommendation", "Url"),
        account=peek.text(finding, "AwsAccountId"),
        region=peek.text(finding, "Region")
        or peek.text(finding, "Resources", 0, "Region")
        or arn_part(peek.text(finding, "ProductArn"), 3),
    )


def _level(finding: object) -> str:
    label = peek.text(finding, "Severity", "Label") or peek.text(
        finding, "ProductFields", "aws/securityhub/SeverityLabel"
    )
    normalized = peek.number(finding, "Severity", "Normalized")
    if label or normalized is None:
        return label.upper()
    return next((name for lowest, name in NORMALIZED if normalized >= lowest), "")


def ocsf(finding: object) -> Finding:
    """A finding in the Open Cybersecurity Schema Framework."""
    info = peek.mapping(finding, "finding_info")
    states = (peek.text(finding, "status").upper(), peek.text(finding, "compliance", "status").upper())
    return Finding(
        id=peek.text(info, "uid"),
        version="|".join(
            (str(peek.at(info, "modified_time") or peek.at(finding, "time") or ""), *states)
        ).strip("|"),
        title=peek.text(info, "title"),
        description=peek.text(info, "desc"),
        level=peek.text(finding, "severity").upper(),
        states=tuple(state for state in states if state not in ("", "NEW")),
        resources=tuple(
            parts.strings(peek.text(resource, "uid") for resource in peek.items(finding, "resources"))
        ),
        product=peek.text(finding, "metadata", "product", "name"),
        remedy=peek.text(finding, "remediation", "desc"),
        remedy_url=next(iter(parts.strings(peek.items(finding, "remediation", "references"))), ""),
        account=peek.text(finding, "cloud", "account", "uid"),
        region=peek.text(finding, "cloud", "region"),
    )
