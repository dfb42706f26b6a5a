"""What a backtest finds, in frozen dataclasses. Times are UTC, spans of time in minutes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from alarms.model import State


@dataclass(frozen=True, slots=True)
class Span:
    """One stay in ALARM, [start, end), clipped to the backtest.

    `fired` and `resolved`: whether its beginning and its end were seen. `detect`: minutes from the start of
    the first breaching period to the alarm; `resolve`: from the end of the last one to the alarm's end; None
    where the data does not say. `paged`: whether an action went out.
    """

    start: datetime
    end: datetime
    fired: bool = True
    resolved: bool = True
    detect: float | None = None
    resolve: float | None = None
    paged: bool = False

    @property
    def minutes(self) -> float:
        return (self.end - self.start).total_seconds() / 60


@dataclass(frozen=True, slots=True)
class Timeline:
    """An alarm's state at `begin`, and every change after it, oldest first. Instants are epoch seconds."""

    begin: float
    end: float
    initial: State
    changes: tuple[tuple[float, State], ...] = ()


@dataclass(frozen=True)
class AlarmResult:
    """What one alarm did.

    `fired`: moves into ALARM. `pages`: those of them that ran an alarm action. `flaps`: stays in ALARM that
    began at most FLAP_MINUTES after the one before. `to_detect`, `to_resolve`: medians over the spans.
    `off_hours`: the share of moves into ALARM at night or at the weekend, None without any. `error`: why the
    alarm was not replayed; all else is then empty. `exact`: not by way of the arrays of numpy.
    """

    name: str
    severity: str | None = None
    fired: int = 0
    pages: int = 0
    minutes_in_alarm: float = 0.0
    minutes: float = 0.0
    flaps: int = 0
    longest_minutes: float = 0.0
    to_detect: float | None = None
    to_resolve: float | None = None
    at_night: float | None = None
    at_weekend: float | None = None
    off_hours: float | None = None
    had_data: bool = True
    always_on: bool = False
    composite: bool = False
    exact: bool = False
    spans: tuple[Span, ...] = ()
    timeline: Timeline | None = None
    error: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """What people remember as an outage. `alarms`: patterns of the names that should have told of it."""

    name: str
    start: datetime
    end: datetime
    alarms: tuple[str, ...] = ("*",)


@dataclass(frozen=True, slots=True)
class Caught:
    """An incident, and the alarms that were in ALARM during it: the first one's name and its delay."""

    incident: Incident
    by: tuple[str, ...] = ()
    to_detect: float | None = None

    @property
    def is_caught(self) -> bool:
        return bool(self.by)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Other settings of an alarm that would have paged at most half as often for the same incidents.

    `tried`: how many settings were replayed to find these, over the history that they are judged by.
    """

    alarm: str
    threshold: float
    datapoints_to_alarm: int
    evaluation_periods: int
    before: str
    after: str
    pages_before: int
    pages_after: int
    incidents: int
    later_minutes: float
    tried: int


@dataclass(frozen=True)
class Totals:
    """Sums over all alarms. `pages_per_week` by severity; the lists hold names, worst first."""

    alarms: int = 0
    replayed: int = 0
    fired: int = 0
    pages: int = 0
    flaps: int = 0
    minutes_in_alarm: float = 0.0
    weeks: float = 0.0
    pages_per_week: Mapping[str, float] = field(default_factory=dict)
    noisiest: tuple[str, ...] = ()
    never_had_data: tuple[str, ...] = ()
    never_fired: tuple[str, ...] = ()
    always_on: tuple[str, ...] = ()
    not_replayed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Report:
    """A backtest: one result per alarm in the order given, and what was taken for granted."""

    start: datetime
    end: datetime
    alarms: tuple[AlarmResult, ...]
    totals: Totals
    incidents: tuple[Caught, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()
    assumptions: tuple[str, ...] = ()
    fast: bool = True

    @property
    def by_name(self) -> dict[str, AlarmResult]:
        return {result.name: result for result in self.alarms}
