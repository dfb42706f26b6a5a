"""Replay with the engine itself, evaluation by evaluation: the measure of the fast path, and its stand-in."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from alarmctl.backtest.model import Timeline
from alarms.evaluate import evaluate, slots
from alarms.model import State, epoch, from_epoch
from alarms.windows import cadence, extra_periods, lag, ticks, window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from alarmctl.history.model import Series
    from alarms.definitions import Definition
    from alarms.model import Datapoint
    from alarms.reasons import Slot
    from alarms.windows import Window


def lookback(alarm: Definition) -> int:
    """How many seconds of data before its first evaluation an alarm looks at."""
    periods = alarm.evaluation_periods + extra_periods(alarm) + (1 if alarm.wall_clock else 0)
    return alarm.period * periods + int(cadence(alarm).total_seconds())


def visible(
    feeds: Mapping[str, Series], periods: Window, period: int, known_at: float
) -> dict[str, Sequence[Datapoint]]:
    """The datapoints that an evaluation sees. Of a series rolled up to `period`, those of its own periods."""
    found: dict[str, Sequence[Datapoint]] = {}
    last = min(periods.end, known_at + 1e-6)
    for key, series in feeds.items():
        if series.rolled:
            points = [
                point
                for start in periods.starts
                if start + period - series.step < known_at + 1e-6
                for point in series.datapoints(start, start + series.step)
            ]
        else:
            points = list(series.datapoints(periods.starts[0], last))
        found[key] = points
    return found


def replayed(
    alarm: Definition,
    feeds: Mapping[str, Series],
    begin: datetime,
    end: datetime,
    *,
    previous: State | None = None,
    phase: timedelta | None = None,
    delay: timedelta = timedelta(),
) -> Timeline:
    """The alarm's states in [begin, end).

    `previous`: the state before the first evaluation; without one, that evaluation makes the initial state.
    `phase`: the alarm's offset inside its cadence, by default when CloudWatch can first see all values.
    `delay`: how long after its start the value of a grid's step becomes visible.
    """
    at_phase = lag(alarm) if phase is None else phase
    state = previous
    changes: list[tuple[float, State]] = []
    initial = previous or State.INSUFFICIENT_DATA
    for at in ticks(alarm, begin, end, at_phase):
        periods = window(alarm, at)
        points = visible(feeds, periods, alarm.period, epoch(at - delay))
        found = evaluate(alarm, points, at, state, periods=periods).state
        if state is None:
            initial = state = found
        elif found is not state:
            changes.append((epoch(at), found))
            state = found
    return Timeline(epoch(begin), epoch(end), initial, tuple(changes))


def seen(
    alarm: Definition, feeds: Mapping[str, Series], at: float, delay: timedelta = timedelta()
) -> list[Slot]:
    """The periods that the evaluation at `at` looked at, oldest first, with their values and verdicts."""
    periods = window(alarm, from_epoch(at))
    return slots(alarm, visible(feeds, periods, alarm.period, at - delay.total_seconds()), periods)
