"""What was found, as text, JSON, SARIF and Markdown."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import alarmctl
from alarmctl.lint.model import Finding, Severity
from alarmctl.lint.suppressions import RULE as SUPPRESSION_RULE
from alarmctl.lint.suppressions import Suppression

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from alarmctl.lint.rules.base import Rule

ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.NOTE: 2}
SARIF_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
SHOWN_UNREAD = 10


@dataclass(frozen=True)
class Report:
    """The findings about one or more sources. Suppressed ones come with what suppresses them."""

    sources: tuple[str, ...]
    alarms: int
    findings: tuple[tuple[str, Finding], ...]  # source, finding
    suppressed: tuple[tuple[str, Finding, Suppression], ...]
    unread: tuple[str, ...]

    def reaches(self, severity: Severity) -> bool:
        """Whether some finding is at least as severe."""
        return any(ORDER[finding.severity] <= ORDER[severity] for _, finding in self.findings)


def _summary(report: Report) -> str:
    counts = Counter(finding.severity for _, finding in report.findings)
    parts = [_plural(counts[severity], severity.value) for severity in ORDER]
    suppressed = f", {len(report.suppressed)} suppressed" if report.suppressed else ""
    return f"{_plural(report.alarms, 'alarm')}: {', '.join(parts)}{suppressed}"


def _plural(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _sorted(findings: Iterable[tuple[str, Finding]]) -> list[tuple[str, Finding]]:
    return sorted(findings, key=lambda f: (f[0], ORDER[f[1].severity], f[1].rule, f[1].name))


def text(report: Report, rules: dict[str, Rule]) -> str:
    """For a terminal: worst first, what is wrong, what to do."""
    lines = []
    for source, finding in _sorted(report.findings):
        where = f"{source}: " if len(report.sources) > 1 else ""
        named = finding.name if finding.name == finding.address else f"{finding.name} ({finding.address})"
        lines += [
            f"{where}{finding.severity.value} {finding.rule} {named}",
            f"    {finding.message}",
            f"    Fix: {finding.fix}",
        ]
    if report.unread:
        lines.append(f"Not checked, because not known ({len(report.unread)}):")
        lines += [f"    {line}" for line in report.unread[:SHOWN_UNREAD]]
        if (more := len(report.unread) - SHOWN_UNREAD) > 0:
            lines.append(f"    … and {more} more; --format json has them all")
    if any(finding.rule in rules for _, finding in report.findings):
        lines.append("Why each rule is there: alarmctl lint --rules")
    return "\n".join([*lines, _summary(report)])


def as_json(report: Report, rules: dict[str, Rule]) -> str:
    """Everything, for programs."""

    def entry(source: str, finding: Finding) -> dict[str, Any]:
        rule = rules.get(finding.rule)
        return {
            "source": source,
            "rule": finding.rule,
            "severity": finding.severity.value,
            "alarm": finding.name,
            "address": finding.address,
            "message": finding.message,
            "fix": finding.fix,
            "title": rule.title if rule else None,
            "documentation": rule.source if rule else None,
        }

    document = {
        "sources": list(report.sources),
        "alarms": report.alarms,
        "findings": [entry(source, finding) for source, finding in _sorted(report.findings)],
        "suppressed": [
            {**entry(source, finding), "reason": suppression.reason}
            for source, finding, suppression in report.suppressed
        ],
        "not_checked": list(report.unread),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def sarif(report: Report, rules: dict[str, Rule]) -> str:
    """SARIF 2.1.0, for code-scanning pages."""

    def result(source: str, finding: Finding, suppression: Suppression | None) -> dict[str, Any]:
        body: dict[str, Any] = {
            "ruleId": finding.rule,
            "level": finding.severity.value,
            "message": {"text": f"{finding.name}: {finding.message} {finding.fix}"},
            "locations": [
                {
                    "physicalLocation": {"artifactLocation": {"uri": source}},
                    "logicalLocations": [{"fullyQualifiedName": finding.address, "kind": "resource"}],
                }
            ],
        }
        if suppression:
            kind = "inSource" if suppression.in_source else "external"
            body["suppressions"] = [{"kind": kind, "justification": suppression.reason}]
        return body

    described = [
        {
            "id": rule.id,
            "shortDescription": {"text": rule.title},
            "fullDescription": {"text": rule.why},
            "help": {"text": rule.fix},
            "helpUri": rule.source,
            "defaultConfiguration": {"level": rule.severity.value},
        }
        for rule in rules.values()
    ]
    described.insert(
        0, {"id": SUPPRESSION_RULE, "shortDescription": {"text": "A suppression without a reason"}}
    )
    run = {
        "tool": {"driver": {"name": "alarmctl", "version": alarmctl.__version__, "rules": described}},
        "results": [
            *(result(source, finding, None) for source, finding in _sorted(report.findings)),
            *(result(source, finding, suppression) for source, finding, suppression in report.suppressed),
        ],
    }
    return json.dumps(
        {"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False
    )


def markdown(report: Report, rules: dict[str, Rule]) -> str:
    """For a pull request's comment."""
    lines = [f"**alarmctl lint** · {_summary(report)}"]
    if report.findings:
        lines += ["", "| | rule | alarm | finding | fix |", "|---|---|---|---|---|"]
    for _, finding in _sorted(report.findings):
        rule = rules.get(finding.rule)
        label = f"[{finding.rule}]({rule.source})" if rule else finding.rule
        cells = (
            finding.severity.value,
            label,
            f"`{_cell(finding.name)}`",
            _cell(finding.message),
            _cell(finding.fix),
        )
        lines.append(f"| {' | '.join(cells)} |")
    if report.unread:
        lines += [
            "",
            f"<details><summary>Not checked, because not known ({len(report.unread)})</summary>",
            "",
        ]
        lines += [f"- {_cell(line)}" for line in report.unread]
        lines += ["", "</details>"]
    return "\n".join(lines)


def _cell(value: str) -> str:
    return (
        value.replace("\\", "\\\\")
        .replace("|", "\\|")
        .replace("\n", " ")
        .replace("`", "'")
        .replace("<", "&lt;")
    )


FORMATS: dict[str, Callable[[Report, dict[str, Rule]], str]] = {
    "text": text,
    "json": as_json,
    "sarif": sarif,
    "md": markdown,
}
