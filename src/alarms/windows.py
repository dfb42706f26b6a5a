"""When an alarm is evaluated, and which periods it then looks at.

Source: "Alarm evaluation" and "Alarm evaluation window"; what AWS leaves unsaid is in docs/evaluation.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alarms.definitions import DAY_SECONDS, WEEK_SECONDS, Definition
from alarms.model import as_utc, epoch, from_epoch
from alarms.timezones import zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MINUTE_SECONDS = 60
HOUR_SECONDS = 3600
HIGH_RESOLUTION_CADENCE_SECONDS = 10
# Below a minute, a metric's newest datapoint is not looked at before it is this old; expressions are not
# held back.
LAG_SECONDS = 10
# An alarm looks this much further back than its N periods, for datapoints to stand in for missing ones.
EXTRA_PERIODS = 2
# Metrics that AWS knows to come in late are looked at as of a minute or two ago; three leave some room.
SETTLING_MINUTES = 3


@dataclass(frozen=True, slots=True)
class Window:
    """The periods of one evaluation, oldest first: their starts and the end of the newest (epoch seconds)."""

    starts: tuple[float, ...]
    end: float

    def index(self, at: float) -> int | None:
        """Which period holds the instant, if any; O(log n)."""
        if not self.starts or not self.starts[0] <= at < self.end:
            return None
        low, high = 0, len(self.starts)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.starts[middle] <= at else (low, middle)
        return low


def is_multi_day(alarm: Definition) -> bool:
    """Whether the alarm spans more than a day and is therefore evaluated once an hour."""
    return alarm.period * alarm.evaluation_periods > DAY_SECONDS


def cadence(alarm: Definition) -> timedelta:
    """The time between two evaluations."""
    if alarm.period < MINUTE_SECONDS:
        return timedelta(seconds=HIGH_RESOLUTION_CADENCE_SECONDS)
    return timedelta(seconds=HOUR_SECONDS if is_multi_day(alarm) else MINUTE_SECONDS)


def ticks(alarm: Definition, start: datetime, end: datetime, phase: timedelta) -> Iterator[datetime]:
    """The instants in [start, end) at which the alarm is evaluated.

    `phase` is the alarm's fixed offset inside its cadence; AWS assigns it, reasons show it.
    """
    step = cadence(alarm).total_seconds()
    offset = phase.total_seconds() % step
    at = epoch(start) - (epoch(start) - offset) % step
    at = at if at >= epoch(start) else at + step
    while at < epoch(end):
        yield from_epoch(at)
        at += step


def lag(alarm: Definition) -> timedelta:
    """How long after its end a period is looked at for the first time."""
    held_back = alarm.metric_stat and alarm.period < MINUTE_SECONDS
    return timedelta(seconds=LAG_SECONDS if held_back else 0)


def first_look(alarm: Definition, at: datetime) -> datetime:
    """The first instant at which an evaluation may see the period that holds `at`."""
    return from_epoch(epoch(at) // alarm.period * alarm.period + alarm.period) + lag(alarm)


def window(alarm: Definition, at: datetime) -> Window:
    """The periods that an evaluation at `at` retrieves."""
    if alarm.wall_clock:
        return _wall_clock(alarm, at)
    instant = epoch(at) - lag(alarm).total_seconds()
    grain = min(alarm.period, MINUTE_SECONDS)
    if is_multi_day(alarm):
        instant, grain = epoch(at), HOUR_SECONDS
    end = instant // grain * grain
    count = alarm.evaluation_periods + extra_periods(alarm)
    return Window(tuple(end - alarm.period * back for back in range(count, 0, -1)), end)


def moved_onto(periods: Window, period: int, timestamps: Iterable[float]) -> Window:
    """The window as it was one to three minutes ago, if all of `timestamps` in it begin a period only then.

    That is how the datapoints of metrics look that AWS lets settle first. Else the window itself.
    """
    inside = [at for at in timestamps if periods.index(at) is not None]
    if not inside or period <= MINUTE_SECONDS:
        return periods
    offsets = {(periods.end - at) % period for at in inside}
    offset = offsets.pop()
    minutes = {MINUTE_SECONDS * count for count in range(1, SETTLING_MINUTES + 1)}
    if offsets or offset not in minutes or periods.end - offset <= max(inside):
        return periods
    return Window(tuple(start - offset for start in periods.starts), periods.end - offset)


def extra_periods(alarm: Definition) -> int:
    """How many periods beyond N are retrieved. Source: "Configuring how alarms treat missing data"."""
    if alarm.wall_clock:
        return 0
    return EXTRA_PERIODS if alarm.period >= MINUTE_SECONDS else MINUTE_SECONDS // alarm.period


def _wall_clock(alarm: Definition, at: datetime) -> Window:
    """Exactly N complete periods on the clock of the alarm's time zone."""
    place = zone(alarm.wall_clock or "UTC")
    edge = _clock_floor(as_utc(at).astimezone(place), alarm.period)
    edges = [edge]
    for _ in range(alarm.evaluation_periods):
        # A second before an edge lies in the period before it, however long daylight saving made that one.
        before = (edges[-1].astimezone(UTC) - timedelta(seconds=1)).astimezone(place)
        edges.append(_clock_floor(before, alarm.period))
    starts = tuple(epoch(start) for start in reversed(edges[1:]))
    return Window(starts, epoch(edge))


def _clock_floor(local: datetime, period: int) -> datetime:
    """The last clock boundary of `period` seconds not after `local`; weeks start on Monday."""
    if period <= HOUR_SECONDS:
        seconds = local.minute * MINUTE_SECONDS + local.second
        past = timedelta(seconds=seconds % period, microseconds=local.microsecond)
        return (local.astimezone(UTC) - past).astimezone(local.tzinfo)
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    return midnight - timedelta(days=midnight.weekday()) if period == WEEK_SECONDS else midnight
