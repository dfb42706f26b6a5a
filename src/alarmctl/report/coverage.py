"""Live resources that no working alarm watches, and alarms that do not work."""

from __future__ import annotations

import functools
import re
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from alarmctl.report.inventory import BESIDE, Resource
from alarmctl.report.page import Page, Table
from alarms import knowledge, rules
from alarms.model import AlarmError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alarmctl.lint.model import Alarm, Metric

Pairs = frozenset[tuple[str, str]]  # a metric's dimensions with their values
Published = Mapping[tuple[str, str], frozenset[Pairs]]  # what has had data, by namespace and name
Watchers = Mapping[tuple[str, str], list[tuple[str, Pairs]]]  # by dimension: alarm, and all of that metric's

_SCHEMA = re.compile(r'\bSCHEMA\(\s*"([^"]+)"\s*,\s*([\w", ]+)\)', re.IGNORECASE)
_WHERE = re.compile(r"\bWHERE\b", re.IGNORECASE)

NO_ACTION = "tells nobody: no action for ALARM, and no composite alarm that has one asks it"
DISABLED = "its actions are disabled"
NO_DATA = "its metrics had no data in the last two weeks"
SILENT = "it is in INSUFFICIENT_DATA"


@dataclass(frozen=True)
class Broken:
    """An alarm that does not work, and why."""

    name: str
    why: tuple[str, ...]


@dataclass(frozen=True)
class Coverage:
    """What was found. `half`: resources whose every alarm is broken, with those alarms."""

    resources: tuple[Resource, ...]
    alarms: tuple[str, ...]
    bare: tuple[Resource, ...]
    half: tuple[tuple[Resource, tuple[str, ...]], ...]
    broken: tuple[Broken, ...]
    unread: tuple[str, ...] = ()

    @property
    def watched(self) -> int:
        return len(self.resources) - len(self.bare) - len(self.half)


def measure(
    resources: Sequence[Resource],
    alarms: Sequence[Alarm],
    *,
    published: Published | None,
    states: Mapping[str, str],
    unread: Iterable[str] = (),
) -> Coverage:
    """Which resource which alarm watches.

    `published` None: what has had data is not known. `states`: the alarms' states by name.
    """
    broken = {
        alarm.label: why for alarm in alarms if (why := tuple(_faults(alarm, alarms, published, states)))
    }
    watchers = _watchers(alarms)
    fleets = {fleet for alarm in alarms if alarm.label not in broken for fleet in _fleets(alarm)}
    bare, half = [], []
    for resource in resources:
        names = _watching(resource, watchers)
        if any(name not in broken for name in names) or _in_fleet(resource, fleets):
            continue
        if names:
            half.append((resource, tuple(sorted(names))))
        else:
            bare.append(resource)
    return Coverage(
        tuple(resources),
        tuple(alarm.label for alarm in alarms),
        tuple(bare),
        tuple(half),
        tuple(Broken(name, why) for name, why in sorted(broken.items())),
        tuple(unread),
    )


def ignore(resources: Iterable[Resource], patterns: Sequence[str]) -> list[Resource]:
    """Without those whose `kind/name` matches a pattern, such as `Lambda function/*-canary`."""
    return [r for r in resources if not any(fnmatchcase(f"{r.kind}/{r.name}", p) for p in patterns)]


def _watchers(alarms: Iterable[Alarm]) -> Watchers:
    """By each single dimension: the alarms that have it, with all dimensions of that metric."""
    found: dict[tuple[str, str], list[tuple[str, Pairs]]] = defaultdict(list)
    for alarm in alarms:
        for metric in alarm.metrics:
            known = {name: value for name, value in (metric.dimensions or {}).items() if value is not None}
            pairs = frozenset(known.items())
            for pair in pairs:
                found[pair].append((alarm.label, pairs))
    return found


def _watching(resource: Resource, watchers: Watchers) -> set[str]:
    smaller = BESIDE.get(resource.kind, frozenset())
    return {
        name
        for wanted in resource.watched_by
        for name, pairs in watchers.get(wanted[0], ())
        if pairs >= set(wanted) and not smaller & {dimension for dimension, _ in pairs}
    }


def _fleets(alarm: Alarm) -> Iterable[str]:
    """The dimensions over whose every value a Metrics Insights query looks."""
    for query in alarm.queries:
        found = _SCHEMA.search(query.expression or "")
        if found and not _WHERE.search(query.expression or ""):
            yield ",".join(sorted(part.strip(' "') for part in found[2].split(",")))


def _in_fleet(resource: Resource, fleets: set[str]) -> bool:
    return any(",".join(sorted(name for name, _ in wanted)) in fleets for wanted in resource.watched_by)


def _faults(
    alarm: Alarm,
    alarms: Sequence[Alarm],
    published: Published | None,
    states: Mapping[str, str],
) -> Iterable[str]:
    if not alarm.actions_enabled:
        yield DISABLED
    elif alarm.alarm_actions.is_empty and not _asked(alarm, alarms):
        yield NO_ACTION
    if any(_silent_in_health(metric) for metric in alarm.metrics):
        return
    if published is not None and alarm.metrics and not any(_has_data(m, published) for m in alarm.metrics):
        yield NO_DATA
    elif states.get(alarm.label) == "INSUFFICIENT_DATA":
        yield SILENT


def _silent_in_health(metric: Metric) -> bool:
    """Is it a metric that AWS sends only when there is something wrong to count?"""
    facts = _known().metric(metric.namespace or "", metric.name or "")
    return facts is not None and facts.gaps is knowledge.Gaps.ZERO


@functools.cache
def _known() -> knowledge.Knowledge:
    return knowledge.load()


def _has_data(metric: Metric, published: Published) -> bool:
    sets: frozenset[Pairs] = published.get((metric.namespace or "", metric.name or ""), frozenset())
    return frozenset((metric.dimensions or {}).items()) in sets


def _asked(alarm: Alarm, alarms: Iterable[Alarm]) -> bool:
    """Does a composite alarm with an action ask this one?"""
    names = {alarm.name, alarm.address}
    return any(
        other.rule is not None
        and other.actions_enabled
        and not other.alarm_actions.is_empty
        and names & set(_children(other.rule))
        for other in alarms
    )


def _children(rule: str) -> tuple[str, ...]:
    try:
        return rules.children(rules.parse(rule))
    except AlarmError:
        return ()


def only(coverage: Coverage, prefix: tuple[str, ...]) -> Coverage:
    """The same, of the alarms judging those alone whose names begin with one of `prefix`."""
    broken = tuple(one for one in coverage.broken if one.name.startswith(prefix))
    return replace(
        coverage, broken=broken, alarms=tuple(name for name in coverage.alarms if name.startswith(prefix))
    )


# -- what a person reads


def page(coverage: Coverage) -> Page:
    """The report."""
    total = len(coverage.resources)
    share = f" ({100 * coverage.watched / total:.0f} %)" if total else ""
    by_kind = Counter(resource.kind for resource in coverage.resources)
    left = Counter(resource.kind for resource in coverage.bare)
    left.update(resource.kind for resource, _ in coverage.half)
    tables = (
        Table(
            "By kind",
            ("kind", "there are#", "without a working alarm#"),
            tuple((kind, str(n), str(left[kind])) for kind, n in sorted(by_kind.items())),
            shown=40,
        ),
        Table("Without an alarm", ("kind", "resource"), tuple((r.kind, r.name) for r in coverage.bare), 30),
        Table(
            "With alarms, of which none works",
            ("kind", "resource", "alarms"),
            tuple((r.kind, r.name, ", ".join(names)) for r, names in coverage.half),
            30,
        ),
        Table(
            "Alarms that do not work",
            ("alarm", "why"),
            tuple((b.name, "; ".join(b.why)) for b in coverage.broken),
            30,
        ),
    )
    headline = (
        f"{coverage.watched} of {total} resources{share} have a working alarm",
        f"{len(coverage.bare)} have none, {len(coverage.half)} only such as do not work",
        f"{len(coverage.broken)} of {len(coverage.alarms)} alarms do not work",
    )
    notes = (
        "Looked at are the kinds of docs/alarms.md. One alarm is enough: it has the resource's dimensions.",
        "A rule that tells of an alarm without actions is not looked for: nor does the notifier post those.",
        *(f"Not looked at: {line}" for line in coverage.unread),
    )
    findings = len(coverage.bare) + len(coverage.half) + len(coverage.broken)
    return Page("Coverage of the alarms", headline, tables, notes, _data(coverage), findings)


def _data(coverage: Coverage) -> dict[str, object]:
    return {
        "resources": len(coverage.resources),
        "alarms": len(coverage.alarms),
        "watched": coverage.watched,
        "without_an_alarm": [{"kind": r.kind, "name": r.name} for r in coverage.bare],
        "without_a_working_alarm": [
            {"kind": r.kind, "name": r.name, "alarms": list(names)} for r, names in coverage.half
        ],
        "broken_alarms": [{"name": b.name, "why": list(b.why)} for b in coverage.broken],
        "not_looked_at": list(coverage.unread),
    }
