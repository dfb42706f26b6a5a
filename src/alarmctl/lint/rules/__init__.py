"""The rules, by id. To add one: a function in the module of its kind, and its row in that module's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarmctl.lint.model import Finding
from alarmctl.lint.rules import delivery, evaluation, grouping, mathematics, metrics, thresholds, wording
from alarmctl.lint.rules.base import Found, Rule, View

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RULES", "Rule", "View", "findings"]

MODULES = (metrics, thresholds, evaluation, mathematics, delivery, wording, grouping)
RULES: dict[str, Rule] = {
    rule.id: rule
    for rule in sorted((r for module in MODULES for r in module.RULES), key=lambda rule: rule.id)
}


def findings(view: View) -> Iterator[Finding]:
    """What all rules find, by rule."""
    for rule in RULES.values():
        for found in rule.check(view):
            yield _finding(rule, found)


def _finding(rule: Rule, found: Found) -> Finding:
    return Finding(
        rule=rule.id,
        severity=found.severity or rule.severity,
        address=found.subject.address,
        name=found.subject.name or found.subject.address,
        message=found.message,
        fix=found.fix or rule.fix,
    )
