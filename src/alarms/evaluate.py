"""Decide an alarm's state at an instant, from the datapoints that were there to see.

Source: "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing data"; docs/evaluation.md
gives the rule behind each line, and how sure it is.
"""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms import metric_math, reasons
from alarms.math_functions import Context, Series, Value
from alarms.model import Band, Datapoint, State, UnsupportedAlarm, epoch, from_epoch
from alarms.reasons import Slot
from alarms.series import merged
from alarms.windows import Window, extra_periods, moved_onto, window

if TYPE_CHECKING:
    from datetime import datetime

    from alarms.definitions import Definition

Given = Sequence[Datapoint] | Mapping[str, Sequence[Datapoint] | Band]

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
BELOW_BAND = frozenset({"LessThanLowerThreshold", "LessThanLowerOrGreaterThanUpperThreshold"})
ABOVE_BAND = frozenset({"GreaterThanUpperThreshold", "LessThanLowerOrGreaterThanUpperThreshold"})
PERCENTILE = re.compile(r"[pP](\d{1,3}(?:\.\d+)?)\Z")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The state, and CloudWatch's words and JSON text for it.

    `retained`: the data decided nothing and the previous state stands; CloudWatch then says nothing, and
    the reason is ours. `evaluation_state` is EVALUATION_ERROR where a metric-math result was unusable.
    """

    state: State
    reason: str
    reason_data: str
    retained: bool = False
    evaluation_state: str | None = None


def evaluation_range(definition: Definition, at: datetime) -> tuple[datetime, datetime]:
    """The span [start, end) of datapoints that an evaluation at `at` retrieves."""
    periods = window(definition, at)
    return from_epoch(periods.starts[0]), from_epoch(periods.end)


def evaluate(
    definition: Definition,
    datapoints: Given,
    at: datetime,
    previous: State | str | None,
    *,
    periods: Window | None = None,
) -> Evaluation:
    """The alarm's state at `at`.

    `datapoints`: those of the metric, or by query id for metric math (a band as Band, what only AWS can
    compute under its call's text; a bare sequence is the only metric's, or, of several, the result's). Order
    is free; those outside the range are passed over, several in one period are merged, values that are no
    number count as missing. `previous` None: the alarm is new. `periods`: what is looked at, by default
    `window(definition, at)`, or, where all datapoints begin a period a few minutes earlier, that window.
    Raises UnsupportedAlarm where a band or another value of AWS's own is needed and not given.
    """
    previous = State(previous or State.INSUFFICIENT_DATA)
    if periods is None:
        periods = window(definition, at)
        if not definition.wall_clock:
            periods = moved_onto(periods, definition.period, _timestamps(datapoints))
    try:
        slots = _slots(definition, datapoints, periods)
    except _EvaluationError as error:
        # The state is documented, the wording is not: the reason of an alarm without data stands in.
        empty = [Slot(start) for start in periods.starts]
        used = _Used(definition, empty)
        return _evaluation(used, at, State.INSUFFICIENT_DATA, evaluation_state=error.evaluation_state)
    used = _Used(definition, slots)
    decided = _decide(definition, used)
    if decided is None:
        return _evaluation(used, at, previous, retained=True)
    return _evaluation(used, at, decided)


def is_filled(definition: Definition, datapoints: Given, at: datetime) -> bool:
    """Whether the newest N periods all have a datapoint: what ends a warm-up early."""
    try:
        slots = _slots(definition, datapoints, window(definition, at))
    except _EvaluationError:
        return False
    return all(slot.value is not None for slot in slots[extra_periods(definition) :])


class _EvaluationError(Exception):
    evaluation_state = "EVALUATION_ERROR"


class _Used:
    """The newest N datapoints that exist in the range, and how they stand to the threshold."""

    def __init__(self, definition: Definition, slots: Sequence[Slot]) -> None:
        self.definition = definition
        self.slots = slots
        existing = [(age, slot) for age, slot in enumerate(reversed(slots), 1) if slot.value is not None]
        self.newest_first = existing[: definition.evaluation_periods]
        self.missing = definition.evaluation_periods - len(self.newest_first)
        self.low_samples = [slot for _, slot in self.newest_first if _too_few_samples(definition, slot)]
        judged = [slot for _, slot in self.newest_first if slot not in self.low_samples]
        self.breaching = [slot for slot in judged if slot.breaching]
        self.good = [slot for slot in judged if not slot.breaching]


def _decide(definition: Definition, used: _Used) -> State | None:
    """The state, or None to retain the previous one."""
    needed = definition.needed_to_alarm
    if len(used.breaching) >= needed:
        return State.ALARM
    if len(used.good) >= definition.evaluation_periods - needed + 1:
        return State.OK
    if used.low_samples:
        return None
    return MISSING_DATA[definition.missing_data](definition, used)


def _breaching(definition: Definition, used: _Used) -> State:
    enough = len(used.breaching) + used.missing >= definition.needed_to_alarm
    return State.ALARM if enough else State.OK


def _missing(definition: Definition, used: _Used) -> State:
    if used.good:
        return State.OK
    # Only breaching datapoints, and too few of them: alarm once the oldest has had time to be followed by
    # others. Source: the page's "premature alarm state".
    aged = any(age >= definition.needed_to_alarm for age, _ in used.newest_first)
    return State.ALARM if aged else State.INSUFFICIENT_DATA


MISSING_DATA: dict[str, Callable[[Definition, _Used], State | None]] = {
    "breaching": _breaching,
    "notBreaching": lambda _, __: State.OK,
    "ignore": lambda _, used: State.OK if used.good else None,
    "missing": _missing,
}


def _evaluation(
    used: _Used,
    at: datetime,
    state: State,
    *,
    retained: bool = False,
    evaluation_state: str | None = None,
) -> Evaluation:
    decisive = {
        State.ALARM: used.breaching,
        State.OK: used.good,
        State.INSUFFICIENT_DATA: [],
    }[state]
    account = reasons.Account(
        used.definition,
        state,
        tuple(used.slots),
        tuple(slot for _, slot in used.newest_first),
        tuple(decisive),
    )
    text = reasons.retained(account) if retained else reasons.reason(account)
    return Evaluation(state, text, reasons.reason_data(account, at), retained, evaluation_state)


def _too_few_samples(definition: Definition, slot: Slot) -> bool:
    """Source: "Percentile-based alarms and low data samples": 10/(1-p) samples, or 10/p below the median."""
    stat = definition.metric_stat.stat if definition.metric_stat else ""
    match = PERCENTILE.match(stat)
    if definition.evaluate_low_sample_count_percentile != "ignore" or not match or slot.sample_count is None:
        return False
    share = float(match[1]) / 100
    tail = min(share, 1 - share)
    # Compared as a product: 10/(1-0.9) is 100.00000000000001 in binary, and 100 samples are enough.
    return slot.sample_count * tail < 10 * (1 - 1e-9)


def slots(definition: Definition, given: Given, periods: Window) -> list[Slot]:
    """The value, verdict and band of every period in the range; none where metric math fails."""
    try:
        return _slots(definition, given, periods)
    except _EvaluationError:
        return []


def _slots(definition: Definition, given: Given, periods: Window) -> list[Slot]:
    if definition.metric_stat:
        points = _placed(_single(given), definition.metric_stat.stat, periods)
        values: Series = tuple(float(point.value) if point else None for point in points)
        counts = tuple(point.sample_count if point else None for point in points)
    else:
        values, counts = _math_values(definition, _by_id(definition, given), periods), ()
    lower, upper = _band(definition, given, periods)
    slots = []
    for index, start in enumerate(periods.starts):
        value = values[index]
        low, high = (lower[index], upper[index]) if lower and upper else (None, None)
        if value is None or (lower and (low is None or high is None)):
            slots.append(Slot(start))
            continue
        count = counts[index] if counts else None
        slots.append(Slot(start, value, _breaches(definition, value, low, high), count, low, high))
    return slots


def _breaches(definition: Definition, value: float, lower: float | None, upper: float | None) -> bool:
    if definition.threshold is not None:
        return COMPARISONS[definition.comparison_operator](value, definition.threshold)
    below = definition.comparison_operator in BELOW_BAND and lower is not None and value < lower
    return below or (definition.comparison_operator in ABOVE_BAND and upper is not None and value > upper)


def _single(given: Given) -> Sequence[Datapoint]:
    if not isinstance(given, Mapping):
        return given
    series = [value for value in given.values() if not isinstance(value, Band)]
    return series[0] if series else ()


def _by_id(definition: Definition, given: Given) -> Mapping[str, Sequence[Datapoint] | Band]:
    if isinstance(given, Mapping):
        return given
    stats = list(definition.metric_stats)
    if len(stats) == 1:
        return {stats[0]: given}
    return {definition.returned.id: given} if definition.returned else {}


def _timestamps(given: Given) -> list[float]:
    several = given.values() if isinstance(given, Mapping) else (given,)
    return [epoch(point.timestamp) for points in several for point in _points(points)]


def _placed(points: Sequence[Datapoint], stat: str, periods: Window) -> list[Datapoint | None]:
    """One datapoint per period, finer ones merged; what is outside or not a number is left out."""
    found: dict[int, list[Datapoint]] = {}
    for point in points:
        index = periods.index(epoch(point.timestamp))
        if index is not None and _is_number(point.value):
            found.setdefault(index, []).append(point)
    placed: list[Datapoint | None] = [None] * len(periods.starts)
    for index, several in found.items():
        point = merged(several, stat)
        placed[index] = point if math.isfinite(point.value) else None
    return placed


def _is_number(value: float | None) -> bool:
    return value is not None and math.isfinite(value)


def _values(points: Sequence[Datapoint], stat: str, periods: Window) -> Series:
    return tuple(float(point.value) if point else None for point in _placed(points, stat, periods))


def _band_values(band: Band, periods: Window) -> list[Value]:
    return [_values(band.lower, "Average", periods), _values(band.upper, "Average", periods)]


def _math_values(
    definition: Definition, given: Mapping[str, Sequence[Datapoint] | Band], periods: Window
) -> Series:
    metrics = {
        query_id: _values(_points(given.get(query_id, ())), stat.stat, periods)
        for query_id, stat in definition.metric_stats.items()
    }
    known: dict[str, Value] = dict(metrics)
    for key, value in given.items():
        if key not in metrics:
            known[key] = (
                _band_values(value, periods)
                if isinstance(value, Band)
                else _values(value, "Average", periods)
            )
    returned = definition.returned
    if returned is None or returned.id in known:
        return _one_series(known[returned.id]) if returned else ()
    context = Context(periods.starts, definition.period, metrics)
    return _one_series(metric_math.evaluate(returned.id, _needed(definition, returned.id), known, context))


def _needed(definition: Definition, query_id: str) -> dict[str, metric_math.Node]:
    """The expressions that the returned one rests on; others need no values."""
    expressions = definition.expressions
    needed: dict[str, metric_math.Node] = {}
    waiting = [query_id]
    while waiting:
        name = waiting.pop()
        if name in expressions and name not in needed:
            needed[name] = expressions[name]
            waiting += metric_math.mentions(expressions[name])
    return needed


def _points(value: Sequence[Datapoint] | Band) -> Sequence[Datapoint]:
    return () if isinstance(value, Band) else value


def _one_series(value: Value) -> Series:
    series = value if isinstance(value, list) else [value]
    if len(series) != 1 or not isinstance(series[0], tuple):
        raise _EvaluationError
    return series[0]


def _band(definition: Definition, given: Given, periods: Window) -> tuple[Series, Series]:
    band_id = definition.threshold_metric_id
    if band_id is None:
        return (), ()
    band = given.get(band_id) if isinstance(given, Mapping) else None
    if not isinstance(band, Band):
        raise UnsupportedAlarm(
            f"{definition.name}: only AWS can compute an anomaly-detection band; give a Band as {band_id!r}"
        )
    return _values(band.lower, "Average", periods), _values(band.upper, "Average", periods)
