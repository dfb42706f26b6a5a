"""Findings that somebody has looked at and accepts, each with a reason.

In an alarm's tag `alarmctl:ignore` ("ALM009: reason"; several rules as "ALM009 ALM010: reason", further tags
as `alarmctl:ignore:2`), in its description ("[ALM009 ignore: reason]"), or in a file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

import yaml

from alarmctl.lint.model import Alarm, Finding, MuteRule, Severity, Stack, Topic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

RULE = "ALM000"
TAG = "alarmctl:ignore"
IN_TAG = re.compile(r"(?P<rules>ALM\d{3}(?:[\s,+/]+ALM\d{3})*)\s*(?::\s*(?P<reason>.*))?", re.DOTALL)
IN_DESCRIPTION = re.compile(
    r"\[(?P<rules>ALM\d{3}(?:[\s,+/]+ALM\d{3})*)\s+ignore(?:\s*:\s*(?P<reason>[^\]]*))?\]"
)
RULE_ID = re.compile(r"ALM\d{3}")
FILE_KEYS = frozenset({"rule", "alarm", "reason"})
HOW = "Write why, as ALM009: the queue is drained by hand."


class SuppressionError(ValueError):
    """A suppressions file that cannot be used; the text names it and the entry."""


@dataclass(frozen=True)
class Suppression:
    """Accepts one rule's findings for the subjects that `pattern` matches (address or name)."""

    rule: str
    pattern: str
    reason: str
    in_source: bool
    is_exact: bool = True  # `pattern` is an address, not a glob

    def covers(self, finding: Finding) -> bool:
        if finding.rule != self.rule:
            return False
        if self.is_exact:
            return finding.address == self.pattern
        return fnmatchcase(finding.address, self.pattern) or fnmatchcase(finding.name, self.pattern)


def written(stack: Stack, known_rules: Iterable[str]) -> tuple[list[Suppression], list[Finding]]:
    """The suppressions in tags and descriptions, and findings about those that do not count."""
    known = frozenset(known_rules)
    accepted: list[Suppression] = []
    refused: list[Finding] = []
    subjects: tuple[Alarm | Topic | MuteRule, ...] = (*stack.alarms, *stack.topics, *stack.mute_rules)
    for subject in subjects:
        for rules, reason, place in _texts(subject):
            for rule in rules or ("?",):
                if rule in known and reason:
                    accepted.append(Suppression(rule, subject.address, reason, in_source=True))
                else:
                    refused.append(_refused(subject, rule, reason, place))
    return accepted, refused


def _texts(subject: Alarm | Topic | MuteRule) -> Iterator[tuple[list[str], str, str]]:
    """(rules, reason, place) of everything that wants to be a suppression."""
    for key, value in subject.tags.items():
        if key == TAG or key.startswith(f"{TAG}:"):
            match = IN_TAG.match(value.strip())
            rules = RULE_ID.findall(match["rules"]) if match else []
            yield rules, ((match["reason"] or "") if match else "").strip(), f"tag {key}"
    for match in IN_DESCRIPTION.finditer(getattr(subject, "description", None) or ""):
        yield RULE_ID.findall(match["rules"]), (match["reason"] or "").strip(), "description"


def _refused(subject: Alarm | Topic | MuteRule, rule: str, reason: str, place: str) -> Finding:
    complaint = f"unknown rule {rule}" if reason else f"{rule} has no reason"
    return Finding(
        rule=RULE,
        severity=Severity.ERROR,
        address=subject.address,
        name=subject.name or subject.address,
        message=f"A suppression that does not count, in the {place}: {complaint}.",
        fix=HOW,
    )


def from_file(path: Path, known_rules: Iterable[str]) -> list[Suppression]:
    """A YAML list of {rule, alarm, reason}; `alarm` is a name or address, with * and ? as in file names.

    Raises SuppressionError.
    """
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SuppressionError(
            f"{path}: cannot be read ({type(error).__name__}). Give a YAML list."
        ) from None
    known = frozenset(known_rules)
    if not isinstance(entries, list):
        raise SuppressionError(f"{path}: not a list. Write `- {{rule: ALM009, alarm: NAME, reason: WHY}}`.")
    return [_entry(path, index, entry, known) for index, entry in enumerate(entries, start=1)]


def _entry(path: Path, index: int, entry: object, known: frozenset[str]) -> Suppression:
    where = f"{path}: entry {index}"
    if not isinstance(entry, dict) or set(entry) - FILE_KEYS or {"rule", "alarm"} - set(entry):
        raise SuppressionError(f"{where} needs rule, alarm and reason, and nothing else.")
    if entry["rule"] not in known:
        raise SuppressionError(
            f"{where}: unknown rule {entry['rule']!r}. `alarmctl lint --rules` lists them."
        )
    reason = str(entry.get("reason") or "").strip()
    if not reason:
        raise SuppressionError(f"{where}: {entry['rule']} for {entry['alarm']} has no reason. {HOW}")
    # Addresses have brackets, which a glob would read as a set of characters.
    pattern = str(entry["alarm"]).replace("[", "[[]")
    return Suppression(entry["rule"], pattern, reason, in_source=False, is_exact=False)
