"""Findings and insight results of AWS Security Hub: every finding of an event is told, never only the first.

Schemas: https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-cwe-event-formats.html (events),
https://docs.aws.amazon.com/securityhub/latest/userguide/securityhub-v2-cwe-event-formats.html (V2);
the findings themselves: see `findings`
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.findings import Finding, asff, ocsf
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

NAME = "securityhub"
IMPORTED = "aws.securityhub/Security Hub Findings - Imported"
CUSTOM_ACTION = "aws.securityhub/Security Hub Findings - Custom Action"
INSIGHT = "aws.securityhub/Security Hub Insight Results"
IMPORTED_V2 = "aws.securityhub/Findings Imported V2"
KINDS = (IMPORTED, CUSTOM_ACTION, INSIGHT, IMPORTED_V2)
SHAPES: dict[str, frozenset[str]] = {}


def parse(received: Received, kind: str) -> Alert:
    """One finding in full, several as a list, or the counts of an insight."""
    event = received.content
    if kind == INSIGHT:
        return _insight(event)
    read = ocsf if kind == IMPORTED_V2 else asff
    findings = [read(finding) for finding in peek.items(event, "detail", "findings")]
    return _one(event, findings[0]) if len(findings) == 1 else _several(event, findings)


def _one(event: object, finding: Finding) -> Alert:
    action = peek.text(event, "detail", "actionName")
    state = f"{finding.product or 'Security Hub'} finding"
    origin = parts.origin(event)
    return Alert(
        kind=NAME,
        # The same finding comes once for its region and once for the aggregating one, with two event ids.
        key=peek.text(event, "id") if action else parts.key(finding.id, finding.version),
        title=finding.title or "Security Hub finding",
        status=finding.status,
        state=f"{state} ({finding.level.lower()})" if finding.level else state,
        summary=finding.description,
        brief=parts.few(finding.resources),
        description=finding.remedy,
        details=parts.listed("Resource", finding.resources),
        fields=parts.fields(
            Field("Finding severity", finding.level.lower()),
            Field("Finding state", ", ".join(parts.words(state) for state in finding.states if state)),
            Field("Found by", finding.product),
            Field("Sent by", action),
        ),
        links=parts.links(
            Link("Finding", _page(finding.region or origin["region"], finding.id)),
            Link("How to fix", parts.web(finding.remedy_url)),
        ),
        account=finding.account or origin["account"],
        region=finding.region or origin["region"],
        at=origin["at"],
        subject_key=finding.id,
        suggested=parts.FINDING_SEVERITIES.get(finding.level, Severity.WARNING),
    )


def _several(event: object, findings: list[Finding]) -> Alert:
    statuses = {finding.status for finding in findings}
    status = next(
        (one for one in (Status.FIRING, Status.NOTICE, Status.RESOLVED) if one in statuses), Status.NOTICE
    )
    ranked = sorted(
        findings,
        key=lambda finding: (
            list(parts.FINDING_SEVERITIES).index(finding.level)
            if finding.level in parts.FINDING_SEVERITIES
            else len(parts.FINDING_SEVERITIES)
        ),
    )
    worst = ranked[0].level if ranked else ""
    origin = parts.origin(event)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.count(len(findings), "Security Hub finding"),
        status=status,
        state=f"Worst is {worst.lower()}" if worst else "Security Hub",
        summary="" if findings else "The event holds no finding.",
        brief=ranked[0].title if ranked else "",
        details=parts.lines(
            (f"{finding.level.lower()}, {_told(finding.status)}".strip(", "), _line(finding))
            for finding in ranked
        ),
        fields=parts.fields(Field("Sent by", peek.text(event, "detail", "actionName"))),
        links=parts.links(
            Link("Findings", console.page(origin["region"], "securityhub/home", fragment="#/findings"))
        ),
        suggested=parts.FINDING_SEVERITIES.get(worst, Severity.WARNING),
        **origin,
    )


def _told(status: Status) -> str:
    return "open" if status is Status.FIRING else "resolved" if status is Status.RESOLVED else "suppressed"


def _line(finding: Finding) -> str:
    where = parts.few(code(parts.name(resource)) for resource in finding.resources)
    return f"{finding.title}: {where}" if where else finding.title


def _insight(event: object) -> Alert:
    detail = peek.mapping(event, "detail")
    origin = parts.origin(event)
    results = [
        (str(name), f"{count}")
        for result in peek.items(detail, "insightResults")
        for name, count in (result.items() if isinstance(result, dict) else ())
    ]
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=peek.text(detail, "insightName") or "Security Hub insight",
        status=Status.NOTICE,
        state="Security Hub insight",
        summary=f"Findings by {parts.words(peek.text(detail, 'resultType')) or 'result'}: "
        f"{parts.count(len(results), 'group')}.",
        details=parts.lines(results),
        fields=parts.fields(Field("Sent by", peek.text(detail, "actionName"))),
        links=parts.links(
            Link("Insights", console.page(origin["region"], "securityhub/home", fragment="#/insights"))
        ),
        suggested=Severity.INFO,
        **origin,
    )


def _page(region: str, finding_id: str) -> str:
    # The console reads its filter decoded twice: Id EQUALS the finding's.
    wanted = quote(quote(rf"\operator\:EQUALS\:{finding_id}", safe=""), safe="")
    return console.page(region, "securityhub/home", fragment=f"#/findings?search=Id%3D{wanted}")
