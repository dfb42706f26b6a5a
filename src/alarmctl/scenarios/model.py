"""What a scenario says, once read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms.definitions import MetricStat

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime, timedelta
    from pathlib import Path

    from alarmctl.scenarios.sources import Alarm, Alarms
    from alarms.definitions import Definition
    from alarms.model import State
    from notify_slack.config import Config


def inputs(alarm: Definition) -> dict[str, MetricStat]:
    """What an alarm reads, by query id; what AWS alone computes, by the call's text, like a metric."""
    calls = {
        call: MetricStat(namespace="", metric_name=call, dimensions=(), stat="Average", period=alarm.period)
        for call in alarm.external_calls
    }
    return {**alarm.metric_stats, **calls}


@dataclass(frozen=True)
class Series:
    """The values of one metric from the start on, None where one is missing."""

    line: int
    metric: str
    values: tuple[float | None, ...]
    interval: timedelta
    namespace: str | None = None
    dimensions: Mapping[str, str] | None = None
    statistic: str | None = None
    samples: int | None = None

    @property
    def lasts(self) -> timedelta:
        return self.interval * len(self.values)

    def feeds(self, stat: MetricStat) -> bool:
        """Whether the alarm's metric gets these values."""
        return (
            self.metric == stat.metric_name
            and self.namespace in (None, stat.namespace)
            and self.statistic in (None, stat.stat)
            and (self.dimensions is None or dict(self.dimensions) == dict(stat.dimensions))
        )


@dataclass(frozen=True)
class Text:
    """What a text is expected to be: `exactly` that, or containing and lacking parts."""

    exactly: str | None = None
    contains: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Moment:
    """What is expected at `at`, counted from the start."""

    line: int
    at: timedelta
    state: State | None = None
    reason: Text | None = None
    message: Text | None = None


@dataclass(frozen=True)
class Count:
    """How many of `what` (fires, transitions, messages) are expected, up to `until` or in all."""

    line: int
    what: str
    number: int
    until: timedelta | None = None


@dataclass(frozen=True)
class Transitions:
    """Every transition that is expected, in order, up to `until` or in all."""

    line: int
    expected: tuple[Moment, ...]
    until: timedelta | None = None


Expectation = Moment | Count | Transitions


@dataclass(frozen=True)
class Case:
    """One alarm in one scenario.

    `starts`: the state before it. `steady`: the first values were there before the start, too.
    """

    path: Path
    line: int
    scenario: str
    key: str
    alarm: Alarm
    alarms: Alarms
    series: tuple[Series, ...]
    expectations: tuple[Expectation, ...]
    start: datetime
    lasts: timedelta
    delay: timedelta
    steady: bool
    starts: State | None
    config: Config
    several: bool = False

    @property
    def title(self) -> str:
        """The scenario, and the alarm where it has several."""
        return f"{self.scenario} [{self.key}]" if self.several else self.scenario
