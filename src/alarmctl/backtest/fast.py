"""An alarm's states over a whole history at once, with numpy: the exact path's answers, alarm by alarm.

Of each evaluation only the newest N of N + 2 periods that exist matter, so that counts over sliding windows,
differences of one running sum, decide all evaluations together. Where rounding could decide (a sum or an
average within its own error of the threshold), the engine computes that period again, exactly. What fits no
array (windows on the wall clock, functions over a whole range) answers None: the exact path does it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import numpy as np
from numpy.typing import NDArray

from alarmctl.backtest import elementwise
from alarmctl.backtest.exact import lookback
from alarmctl.backtest.model import Timeline
from alarms.evaluate import PERCENTILE
from alarms.model import Datapoint, State, epoch
from alarms.series import merged
from alarms.windows import MINUTE_SECONDS, cadence, extra_periods, is_multi_day, lag

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from alarmctl.history.model import Series
    from alarms.definitions import Definition

Doubles = NDArray[np.float64]
Flags = NDArray[np.bool_]
Counts = NDArray[np.int32]
Codes = NDArray[np.int8]
_Array = TypeVar("_Array", Doubles, Flags)

OK, ALARM, INSUFFICIENT, RETAIN = range(4)
STATES = (State.OK, State.ALARM, State.INSUFFICIENT_DATA)
COMPARE: dict[str, Callable[[Doubles, float], Flags]] = {
    "GreaterThanThreshold": np.greater,
    "GreaterThanOrEqualToThreshold": np.greater_equal,
    "LessThanThreshold": np.less,
    "LessThanOrEqualToThreshold": np.less_equal,
}
EPSILON = float(np.finfo(np.float64).eps)
EXACT_INTEGERS = 2.0**53
HUGE = 1e150  # beyond this a product or a sum of values could overflow


class _Unfit(Exception):  # noqa: N818 -- no error: the exact path takes over
    pass


@dataclass(frozen=True)
class _Grid:
    """Minutes from `start` (epoch seconds), and the evaluations over them."""

    start: int
    minutes: int
    first_tick: float
    step: int  # seconds between evaluations
    ticks: int
    first_end: int  # where, in minutes from the start, the first evaluation's newest period ends
    slot: int  # minutes of a period
    after: float  # seconds from the newest period's end to the evaluation

    def at_ticks(self, values: Counts, slot: int) -> Counts:
        """Of an array by the period's first minute: the entry of each evaluation's `slot`, 0 the newest."""
        first = self.first_end - (slot + 1) * self.slot
        jump = self.step // MINUTE_SECONDS
        return values[first : first + (self.ticks - 1) * jump + 1 : jump]


def replayed(
    alarm: Definition,
    feeds: Mapping[str, Series],
    begin: datetime,
    end: datetime,
    *,
    previous: State | None = None,
    phase: timedelta | None = None,
    delay: timedelta = timedelta(),
) -> Timeline | None:
    """What `exact.replayed` answers, or None where only that can."""
    if alarm.wall_clock or alarm.period % MINUTE_SECONDS or alarm.threshold is None:
        return None
    grid = _grid(alarm, begin, end, lag(alarm) if phase is None else phase)
    if not grid.ticks:
        return Timeline(epoch(begin), epoch(end), previous or State.INSUFFICIENT_DATA)
    try:
        hidden = _hidden(alarm, feeds, grid, delay.total_seconds())
        exists, breaching, low = _judged(alarm, feeds, grid)
    except _Unfit:
        return None
    codes = _codes(alarm, grid, exists, breaching, low, hidden)
    return _timeline(codes, grid, (epoch(begin), epoch(end)), previous)


def _grid(alarm: Definition, begin: datetime, end: datetime, phase: timedelta) -> _Grid:
    step = int(cadence(alarm).total_seconds())
    offset = phase.total_seconds() % step
    first = epoch(begin) - (epoch(begin) - offset) % step
    first = first if first >= epoch(begin) else first + step
    count = max(0, math.ceil((epoch(end) - first) / step))
    grain = 3600 if is_multi_day(alarm) else MINUTE_SECONDS
    newest = int(first // grain * grain)
    start = newest - (lookback(alarm) // MINUTE_SECONDS + 1) * MINUTE_SECONDS
    start -= alarm.period  # one period more, from which the running sums are counted
    minutes = (newest - start + count * step) // MINUTE_SECONDS
    first_end = (newest - start) // MINUTE_SECONDS
    return _Grid(
        start, minutes, first, step, count, first_end, alarm.period // MINUTE_SECONDS, first - newest
    )


def _hidden(alarm: Definition, feeds: Mapping[str, Series], grid: _Grid, delay: float) -> int:
    """How many of the newest periods no evaluation sees yet."""
    late = delay - grid.after - MINUTE_SECONDS - 1e-6
    if late <= 0:
        return 0
    if alarm.metric_stat is None or (grid.slot > 1 and not all(series.rolled for series in feeds.values())):
        raise _Unfit
    return min(math.ceil(late / alarm.period), alarm.evaluation_periods + extra_periods(alarm))


def _judged(alarm: Definition, feeds: Mapping[str, Series], grid: _Grid) -> tuple[Flags, Flags, Flags | None]:
    """By the period's first minute: is there a value, does it breach, has it too few samples."""
    compare, threshold = COMPARE[alarm.comparison_operator], float(alarm.threshold or 0.0)
    stat = alarm.metric_stat
    if stat is None:
        values = _math(alarm, feeds, grid)
        return ~np.isnan(values), compare(values, threshold), None
    series = next(iter(feeds.values()), None)
    if series is None:
        nothing = np.zeros(grid.minutes, dtype=np.bool_)
        return nothing, nothing, None
    values, counts = _placed(series, grid)
    if grid.slot > 1 and not series.rolled:
        if _needs_counts(alarm):
            raise _Unfit
        values, doubtful = _rolled(values, counts, stat.stat, grid.slot, threshold)
        for place in doubtful:
            values[place] = _exactly(series, stat.stat, grid.start + int(place) * MINUTE_SECONDS, grid.slot)
    low = _low(alarm, counts) if _needs_counts(alarm) and counts is not None else None
    return ~np.isnan(values), compare(values, threshold), low


def _needs_counts(alarm: Definition) -> bool:
    stat = alarm.metric_stat
    return bool(
        stat and alarm.evaluate_low_sample_count_percentile == "ignore" and PERCENTILE.match(stat.stat)
    )


def _low(alarm: Definition, counts: Doubles) -> Flags | None:
    match = PERCENTILE.match(alarm.metric_stat.stat) if alarm.metric_stat else None
    share = float(match[1]) / 100 if match else 0.5
    return counts * min(share, 1 - share) < 10 * (1 - 1e-9)  # as alarms.evaluate says it; NaN: unknown


def _placed(series: Series, grid: _Grid) -> tuple[Doubles, Doubles | None]:
    """The series on the grid of minutes; what is no number is NaN."""
    beside = (series.start - grid.start) % MINUTE_SECONDS or series.step % MINUTE_SECONDS
    if beside or (series.rolled and series.step != MINUTE_SECONDS):
        raise _Unfit
    values = _spread(np.frombuffer(series.values, dtype=np.float64), series, grid)
    largest = float(np.nanmax(np.abs(values))) if not np.isnan(values).all() else 0.0
    if largest > HUGE:
        raise _Unfit
    counts = None
    if series.counts is not None:
        counts = _spread(np.frombuffer(series.counts, dtype=np.float64), series, grid)
    return values, counts


def _spread(found: Doubles, series: Series, grid: _Grid) -> Doubles:
    placed = np.full(grid.minutes, np.nan)
    jump = series.step // MINUTE_SECONDS
    first = (series.start - grid.start) // MINUTE_SECONDS
    skip = max(0, -(first // jump))
    first += skip * jump
    room = max(0, -(-(grid.minutes - first) // jump))
    chosen = found[skip : skip + room]
    placed[first : first + len(chosen) * jump : jump] = chosen
    return placed


def _rolled(
    values: Doubles, counts: Doubles | None, stat: str, slot: int, threshold: float
) -> tuple[Doubles, NDArray[np.intp]]:
    """The statistic of each period of `slot` minutes, by its first minute, and which of them are too close to
    the threshold for the rounding of these sums.
    """
    nobody: NDArray[np.intp] = np.zeros(0, dtype=np.intp)
    missing = np.isnan(values)
    if stat in ("Minimum", "Maximum"):
        return _over(values, slot, np.fmin if stat == "Minimum" else np.fmax, np.nan), nobody
    exists: Flags = _over(~missing, slot, np.logical_or, False)  # noqa: FBT003 -- what is beyond the end
    weighted, weights = np.where(missing, 0.0, values), None
    if stat not in ("Sum", "SampleCount"):
        weights = np.where(missing, 0.0, 1.0 if counts is None else counts)
        if not (weights[~missing] > 0).all() or float(weights.max(initial=0.0)) > HUGE:
            raise _Unfit  # a sample count that is zero or unknown changes how the others weigh
        weighted = weighted * weights
    sums = _over(weighted, slot, np.add, 0.0)
    sizes = sums if not (weighted < 0).any() else _over(np.abs(weighted), slot, np.add, 0.0)
    if weights is None and _whole(weighted, slot):
        return np.where(exists, sums, np.nan), nobody
    error = 4 * (slot + 2) * EPSILON * sizes
    if weights is not None:
        totals = np.where(exists, _over(weights, slot, np.add, 0.0), 1.0)
        sums, error = sums / totals, error / totals
    result = np.where(exists, sums, np.nan)
    doubtful = exists & (np.abs(result - threshold) <= error) & (sizes > 0)
    return result, np.flatnonzero(doubtful)


def _whole(values: Doubles, slot: int) -> bool:
    """Are all sums of `slot` of them exact, being whole numbers that a double holds?"""
    largest = float(np.abs(values).max(initial=0.0))
    return largest * slot < EXACT_INTEGERS and bool((values == np.rint(values)).all())


def _over(values: _Array, slot: int, combine: np.ufunc, neutral: float) -> _Array:
    """`combine` over `slot` neighbours from each place on, by doubling: log2(slot) passes."""
    result, done, filled = None, 0, values
    width, rest = 1, slot
    while rest:
        if rest & 1:
            part = _moved(filled, done, neutral)
            result = part if result is None else combine(result, part)
            done += width
        rest >>= 1
        if rest:
            filled = combine(filled, _moved(filled, width, neutral))
            width *= 2
    assert result is not None  # noqa: S101 -- a period has at least one minute
    return result


def _moved(values: _Array, by: int, neutral: float) -> _Array:
    if not by:
        return values
    moved = np.full_like(values, neutral)
    moved[: max(0, len(values) - by)] = values[by:]
    return moved


def _exactly(series: Series, stat: str, start: int, slot: int) -> float:
    """A period's value as the engine takes it."""
    points: list[Datapoint] = list(series.datapoints(start, start + slot * MINUTE_SECONDS))
    value = float(merged(points, stat).value) if points else math.nan
    return value if math.isfinite(value) else math.nan


def _math(alarm: Definition, feeds: Mapping[str, Series], grid: _Grid) -> Doubles:
    """An expression of which each period's value rests on that period alone, over all periods at once."""
    if not elementwise.fits(alarm):
        raise _Unfit
    given: dict[str, list[float | None]] = {}
    for query_id, stat in alarm.metric_stats.items():
        series = feeds.get(query_id)
        if series is None:
            given[query_id] = [None] * grid.minutes
            continue
        values, counts = _placed(series, grid)
        if grid.slot > 1 and not series.rolled:
            values, doubtful = _rolled(values, counts, stat.stat, grid.slot, math.nan)
            if stat.stat not in ("Minimum", "Maximum") and not _all_whole(series, stat.stat, grid.slot):
                doubtful = np.flatnonzero(~np.isnan(values))
            for place in doubtful:
                start = grid.start + int(place) * MINUTE_SECONDS
                values[place] = _exactly(series, stat.stat, start, grid.slot)
        given[query_id] = [None if value != value else value for value in values.tolist()]  # noqa: PLR0124 -- NaN
    starts = range(grid.start, grid.start + grid.minutes * MINUTE_SECONDS, MINUTE_SECONDS)
    found = elementwise.values(alarm, given, starts)
    if found is None:
        raise _Unfit
    return np.array([math.nan if value is None else value for value in found])


def _all_whole(series: Series, stat: str, slot: int) -> bool:
    values = np.nan_to_num(np.frombuffer(series.values, dtype=np.float64))
    return stat in ("Sum", "SampleCount") and _whole(values, slot)


def _codes(
    alarm: Definition, grid: _Grid, exists: Flags, breaching: Flags, low: Flags | None, hidden: int
) -> Codes:
    """What each evaluation decides, the procedure of alarms.evaluate for all of them at once."""
    needed, wanted = alarm.needed_to_alarm, alarm.evaluation_periods
    if low is None and not hidden and exists.all() and not breaching.any():
        return np.zeros(grid.ticks, dtype=np.int8)
    if low is not None:
        low = low & exists
        breaching = breaching & ~low
    window = _Windows(grid, exists, wanted, extra_periods(alarm), hidden)
    bad = window.among_newest(breaching)
    used = window.used
    unsure = window.among_newest(low) if low is not None else None
    good = used - bad if unsure is None else used - bad - unsure
    codes = _missing_data(alarm, window, bad, good, wanted - used)
    if unsure is not None:
        codes[unsure > 0] = RETAIN
    codes[good >= wanted - needed + 1] = OK
    codes[bad >= needed] = ALARM
    return codes


class _Windows:
    """Counts among the newest N existing periods of each evaluation's range."""

    def __init__(self, grid: _Grid, exists: Flags, wanted: int, extra: int, hidden: int) -> None:
        self.grid, self.wanted, self.slots, self.hidden = grid, wanted, wanted + extra, hidden
        self.exists = exists
        self.full = not hidden and bool(exists.all())
        if self.full:
            self.used: Counts = np.full(grid.ticks, wanted, dtype=np.int32)
            return
        self.running = self._sum(exists)
        self.used = np.minimum(self.count(self.running, hidden, self.slots), wanted)

    def _sum(self, flags: Flags) -> Counts:
        slot = self.grid.slot
        if slot == 1:
            return np.cumsum(flags, dtype=np.int32)
        rows = -(-len(flags) // slot)
        padded = np.zeros(rows * slot, dtype=np.int32)
        padded[: len(flags)] = flags
        summed = np.cumsum(padded.reshape(rows, slot), axis=0, dtype=np.int32)
        return np.asarray(summed.ravel()[: len(flags)])

    def count(self, running: Counts, first: int, last: int) -> Counts:
        """How many in the slots [first, last), 0 the newest."""
        if last <= first:
            return np.zeros(self.grid.ticks, dtype=np.int32)
        at = self.grid.at_ticks
        return at(running, first) - at(running, last)

    def among_newest(self, flags: Flags) -> Counts:
        """Those of `flags` that belong to the newest N existing periods."""
        running = self._sum(flags)
        counted = self.count(running, self.hidden, max(self.wanted, self.hidden))
        if self.full:
            return counted
        for slot in range(max(self.wanted, self.hidden), self.slots):
            there = self.count(self.running, self.hidden, slot) < self.wanted
            counted = counted + np.where(there, self.count(running, slot, slot + 1), 0)
        return counted

    def aged(self, needed: int) -> Flags:
        """Is any existing period at least `needed` periods old?"""
        if self.full:
            return np.ones(self.grid.ticks, dtype=np.bool_)
        return self.count(self.running, max(needed - 1, self.hidden), self.slots) > 0


def _missing_data(alarm: Definition, window: _Windows, bad: Counts, good: Counts, missing: Counts) -> Codes:
    treatment = alarm.missing_data
    if treatment == "notBreaching":
        return np.zeros(len(bad), dtype=np.int8)
    if treatment == "breaching":
        return np.where(bad + missing >= alarm.needed_to_alarm, ALARM, OK).astype(np.int8)
    if treatment == "ignore":
        return np.where(good > 0, OK, RETAIN).astype(np.int8)
    aged = np.where(window.aged(alarm.needed_to_alarm), ALARM, INSUFFICIENT)
    return np.where(good > 0, OK, aged).astype(np.int8)


def _timeline(codes: Codes, grid: _Grid, span: tuple[float, float], previous: State | None) -> Timeline:
    if codes[0] == RETAIN:
        codes[0] = INSUFFICIENT if previous is None else STATES.index(previous)
    if (codes == RETAIN).any():
        places = np.where(codes == RETAIN, 0, np.arange(len(codes)))
        codes = codes[np.maximum.accumulate(places)]
    initial = STATES[codes[0]] if previous is None else previous
    moved = np.flatnonzero(np.diff(codes, prepend=np.int8(STATES.index(initial))))
    changes = tuple(
        (round(grid.first_tick + grid.step * int(place), 6), STATES[codes[place]]) for place in moved
    )
    return Timeline(*span, initial, changes)
