"""What a rule is, and what it may look at."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms import rules as composite_rules
from alarms.knowledge import Knowledge, MetricFacts, Role
from alarms.model import AlarmError

if TYPE_CHECKING:
    from alarmctl.lint.model import Alarm, Metric, MuteRule, Severity, Stack, Topic

# Statistics whose values lie among the metric's own values.
VALUE_STATISTICS = frozenset({"Average", "Minimum", "Maximum"})


@dataclass(frozen=True)
class Found:
    """What a rule found. `fix` and `severity` stand in for the rule's own where they are given."""

    subject: Alarm | Topic | MuteRule
    message: str
    fix: str | None = None
    severity: Severity | None = None


class View:
    """One input beside what is known of AWS's metrics."""

    def __init__(self, stack: Stack, knowledge: Knowledge) -> None:
        self.stack = stack
        self.knowledge = knowledge

    @functools.cached_property
    def metric_alarms(self) -> tuple[Alarm, ...]:
        return tuple(alarm for alarm in self.stack.alarms if not alarm.is_composite)

    @functools.cached_property
    def composites(self) -> tuple[Alarm, ...]:
        return tuple(alarm for alarm in self.stack.alarms if alarm.is_composite)

    def facts(self, metric: Metric) -> MetricFacts | None:
        """What is known of the metric; None when nothing is."""
        if metric.namespace is None or metric.name is None:
            return None
        return self.knowledge.metric(metric.namespace, metric.name)

    @functools.cached_property
    def _heard_through_composites(self) -> frozenset[str] | None:
        """Names of the alarms that composite alarms read; None when a rule cannot be read."""
        mentioned: set[str] = set()
        for alarm in self.composites:
            if alarm.rule is None:
                return None
            try:
                mentioned.update(composite_rules.children(composite_rules.parse(alarm.rule)))
            except AlarmError:
                return None
            if alarm.suppressor:
                mentioned.add(alarm.suppressor)
        return frozenset(name.rpartition(":alarm:")[2] for name in mentioned)

    def feeds_composite(self, alarm: Alarm) -> bool:
        """Whether a composite alarm reads it, as far as that can be told: yes in doubt."""
        heard = self._heard_through_composites
        return heard is None or alarm.name in heard

    def is_for_people(self, alarm: Alarm) -> bool:
        """False for an alarm that drives scaling or only feeds a composite."""
        if alarm.alarm_actions.scaling:
            return False
        silent = alarm.alarm_actions.is_empty and alarm.routed_by_severity is None
        return not (silent and self.feeds_composite(alarm))


def samples_as_values(metric: Metric) -> bool:
    """Whether the statistic's values lie within the metric's own domain."""
    return metric.statistic in VALUE_STATISTICS or metric.is_percentile


def can_be_presence(facts: MetricFacts | None) -> bool:
    """Whether the metric counts something that must be there."""
    return facts is not None and facts.role is Role.PRESENCE


Check = Callable[[View], Iterator[Found]]


@dataclass(frozen=True)
class Rule:
    """One rule. `why` and `fix` are for who meets the finding; `source` documents the behaviour."""

    id: str
    severity: Severity
    title: str
    why: str
    fix: str
    source: str
    check: Check


def for_each_alarm(check: Callable[[View, Alarm], Iterator[Found]]) -> Check:
    """A rule that looks at one metric alarm at a time."""

    @functools.wraps(check)
    def over_all(view: View) -> Iterator[Found]:
        for alarm in view.metric_alarms:
            yield from check(view, alarm)

    return over_all
