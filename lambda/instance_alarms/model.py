"""What the plan is made from, and what it says."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

SEVERITIES = ("critical", "warning", "info")
COMPARISONS: Mapping[str, str] = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
}


class Phase(StrEnum):
    """What an instance's state means for its alarms."""

    COMING = "coming"  # not yet anything to watch
    WATCHED = "watched"
    STOPPED = "stopped"
    GONE = "gone"


PHASES: Mapping[str, Phase] = {
    "pending": Phase.COMING,
    "running": Phase.WATCHED,
    "stopping": Phase.STOPPED,
    "stopped": Phase.STOPPED,
    "shutting-down": Phase.GONE,
    "terminated": Phase.GONE,
}


@dataclass(frozen=True, slots=True)
class Instance:
    """One EC2 instance as DescribeInstances has it. `state` is one of PHASES."""

    id: str
    state: str
    type: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    launched_at: datetime | None = None

    @property
    def phase(self) -> Phase:
        """What the state means for its alarms."""
        return PHASES[self.state]

    @property
    def group(self) -> str | None:
        """Name of its Auto Scaling group."""
        return self.tags.get("aws:autoscaling:groupName")


@dataclass(frozen=True, slots=True)
class Series:
    """One metric with its exact dimensions, as ListMetrics names it."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]

    def get(self, dimension: str) -> str | None:
        """The value of a dimension; None where the series has no such one."""
        return dict(self.dimensions).get(dimension)


@dataclass(frozen=True, slots=True)
class Template:
    """One alarm of the catalogue. `metrics`: name and statistic by query id; tags name it by `alarm`."""

    id: str
    alarm: str
    scope: str
    says: str
    needs: tuple[str, ...]
    namespace: str
    metrics: Mapping[str, tuple[str, str]]
    expression: str | None
    label: str | None
    period: int
    datapoints: int
    periods: int
    comparison: str
    thresholds: Mapping[str, float]
    unit: str
    missing: str
    runbook: str


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm as it should be: its name and the members of PutMetricAlarm but for the tags."""

    name: str
    settings: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Existing:
    """An alarm as DescribeAlarms has it."""

    name: str
    settings: Mapping[str, Any]

    @property
    def description(self) -> str:
        """Its text; it says who made it."""
        return str(self.settings.get("AlarmDescription") or "")


@dataclass(frozen=True, slots=True)
class Changes:
    """What to do, in that order. `problems`: what could not be done as written, for the log and the summary.

    `creates` are the names of those `puts` that do not exist yet: only they can be tagged on the way.
    """

    puts: tuple[Alarm, ...] = ()
    creates: frozenset[str] = frozenset()
    loud: tuple[str, ...] = ()
    silent: tuple[str, ...] = ()
    deletes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.puts or self.loud or self.silent or self.deletes)

    def __add__(self, other: Changes) -> Changes:
        return Changes(
            self.puts + other.puts,
            self.creates | other.creates,
            self.loud + other.loud,
            self.silent + other.silent,
            self.deletes + other.deletes,
            tuple(dict.fromkeys(self.problems + other.problems)),
        )
