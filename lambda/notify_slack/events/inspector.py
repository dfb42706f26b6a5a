"""Findings, first scans and coverage of Amazon Inspector.

Schemas: https://docs.aws.amazon.com/inspector/latest/user/eventbridge-integration.html (events) and
https://docs.aws.amazon.com/inspector/v2/APIReference/API_Finding.html (a finding's detail)
"""

from __future__ import annotations

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code
from notify_slack.quantity import number

NAME = "inspector"
FINDING = "aws.inspector2/Inspector2 Finding"
SCAN = "aws.inspector2/Inspector2 Scan"
COVERAGE = "aws.inspector2/Inspector2 Coverage"
KINDS = (FINDING, SCAN, COVERAGE)
SHAPES: dict[str, frozenset[str]] = {}

STATUSES = {"ACTIVE": Status.FIRING, "CLOSED": Status.RESOLVED, "SUPPRESSED": Status.NOTICE}

# The levels that a scan counts, worst first; TOTAL is all of them.
LEVELS = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED", "UNTRIAGED")


def parse(received: Received, kind: str) -> Alert:
    """A vulnerability with its remedy, the counts of a scan, or what is scanned."""
    reader = {FINDING: _finding, SCAN: _scan, COVERAGE: _coverage}[kind]
    return reader(received.content)


def _finding(event: object) -> Alert:
    detail = peek.mapping(event, "detail")
    origin = parts.origin(event)
    level, state = peek.text(detail, "severity").upper(), peek.text(detail, "status").upper()
    status = STATUSES.get(state, Status.FIRING)
    arn, updated = peek.text(detail, "findingArn"), peek.text(detail, "updatedAt")
    packages = peek.items(detail, "packageVulnerabilityDetails", "vulnerablePackages")
    score = peek.number(detail, "inspectorScore")
    return Alert(
        kind=NAME,
        # The delegated administrator gets the same finding in an event of its own.
        key=parts.key(arn, state, updated) or peek.text(event, "id"),
        title=peek.text(detail, "title") or "Inspector finding",
        status=status,
        state=parts.words(state) if status is Status.NOTICE else f"Inspector finding ({level.lower()})",
        summary=peek.text(detail, "description"),
        brief=peek.text(detail, "description"),
        description=_remedy(detail),
        details=(
            *parts.listed("Resource", (_resource(one) for one in peek.items(detail, "resources"))),
            *parts.listed("Package", (_package(one) for one in packages)),
        ),
        fields=parts.fields(
            Field("Finding severity", level.lower()),
            Field("Inspector score", number(score) if score is not None else ""),
            Field("Fix available", peek.text(detail, "fixAvailable").lower()),
            Field("Exploit available", peek.text(detail, "exploitAvailable").lower()),
            Field("Type", parts.words(peek.text(detail, "type"))),
            Field("Reachable", _reachable(peek.mapping(detail, "networkReachabilityDetails"))),
        ),
        links=parts.links(
            Link("Inspector", console.page(origin["region"], "inspector/v2/home", fragment="#/findings/all")),
            Link("Vulnerability", parts.web(peek.text(detail, "packageVulnerabilityDetails", "sourceUrl"))),
        ),
        account=peek.text(detail, "awsAccountId") or origin["account"],
        region=origin["region"],
        at=origin["at"],
        subject_key=arn,
        suggested=parts.FINDING_SEVERITIES.get(level, Severity.WARNING),
    )


def _resource(resource: object) -> str:
    name = parts.name(peek.text(resource, "id"))
    kind = parts.words(peek.text(resource, "type").removeprefix("AWS_"))
    return f"{name} ({kind})" if name and kind else name


def _reachable(network: object) -> str:
    """`TCP 22`, `TCP 20 to 25`: the ports that are open."""
    first, last = (peek.count(network, "openPortRange", end) for end in ("begin", "end"))
    if first is None or last is None:
        return ""
    return f"{peek.text(network, 'protocol')} {first}" + (f" to {last}" if last != first else "")


def _package(package: object) -> str:
    name, version = peek.text(package, "name"), peek.text(package, "version")
    fixed = peek.text(package, "fixedInVersion")
    told = f"{name} {version}".strip()
    return f"{told}, fixed in {fixed}" if fixed and fixed != "NotAvailable" else told


def _remedy(detail: object) -> str:
    text = peek.text(detail, "remediation", "recommendation", "text")
    return "" if text == "None Provided" else text


def counts(found: object) -> str:
    """`7 critical, 61 high`: what a scan counted, worst first, without the zeros."""
    told = ((peek.count(found, level), level.lower()) for level in LEVELS)
    return ", ".join(f"{value} {level}" for value, level in told if value)


def _scan(event: object) -> Alert:
    detail = peek.mapping(event, "detail")
    found = peek.mapping(detail, "finding-severity-counts")
    subject = (
        _repository(detail)
        or peek.text(detail, "instance-id")
        or parts.name(peek.text(event, "resources", 0))
    )
    bad = bool(peek.count(found, "CRITICAL") or peek.count(found, "HIGH"))
    status = Status.FIRING if bad else Status.NOTICE
    told = counts(found) or "no findings"
    tags = parts.strings(peek.items(detail, "image-tags"))
    origin = parts.origin(event)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(f"Inspector scan of {subject or 'a resource'}", status, f"found {told}"),
        status=status,
        state="Vulnerabilities found",
        summary=f"The first scan of {code(subject)} found {told}.",
        brief=told,
        fields=parts.fields(
            Field("Image tags", parts.few(tags), code=True),
            Field("Image digest", peek.text(detail, "image-digest"), code=True),
        ),
        links=parts.links(
            Link("Inspector", console.page(origin["region"], "inspector/v2/home", fragment="#/findings/all"))
        ),
        suggested=Severity.WARNING if bad else Severity.INFO,
        **origin,
    )


def _repository(detail: object) -> str:
    """Its ARN, in spite of the key's name; the repository's name may hold slashes."""
    written = peek.text(detail, "repository-name")
    return written.partition(":repository/")[2] or written


def _coverage(event: object) -> Alert:
    detail = peek.mapping(event, "detail")
    state, reason = (peek.text(detail, "scanStatus", name) for name in ("statusCodeValue", "reason"))
    resources = parts.strings(peek.items(event, "resources"))
    status = Status.FIRING if state == "INACTIVE" else Status.NOTICE
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(
            f"Inspector coverage of {parts.few(map(parts.name, resources)) or 'a resource'}",
            status,
            f"is {state.lower()}" if state else "changed",
        ),
        status=status,
        state="Not scanned",
        summary=parts.joined(
            f"Scanning is {state.lower() or 'changed'}: {parts.words(reason) or 'no reason given'}"
        ),
        brief=parts.words(reason),
        details=parts.listed("Resource", resources),
        fields=parts.fields(Field("Scan type", parts.words(peek.text(detail, "scanType")))),
        suggested=Severity.INFO,
        **parts.origin(event),
    )
