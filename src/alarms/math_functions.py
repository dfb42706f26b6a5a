"""The operators and functions of metric math: which kinds of argument each takes, and what it does.

A time series is a tuple with one entry per period, None where there is no datapoint. Source: "Using metric
math with CloudWatch metrics"; what that page leaves open is listed in docs/evaluation.md.
"""

from __future__ import annotations

import math
import operator
import statistics
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from alarms.model import from_epoch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

Scalar = float | None
Series = tuple[float | None, ...]


class Word(str):
    """A bare word given as an argument: REPEAT, DESC, AVG."""

    __slots__ = ()


Value = Scalar | Series | list[Any] | str


class Kind(Enum):
    """The kinds of value, with the abbreviations of AWS's tables where it has some."""

    SCALAR = "S"
    SERIES = "TS"
    ARRAY = "TS[]"
    TEXT = "String"
    TEXTS = "String[]"
    WORD = "a word"


S, TS, ARRAY, TEXT, TEXTS, WORD = Kind


@dataclass(frozen=True, slots=True)
class Context:
    """The periods an expression is evaluated over: their starts in epoch seconds, their length in seconds.

    `metrics` has the alarm's metrics by id, for METRICS().
    """

    starts: Sequence[float]
    period: float
    metrics: Mapping[str, Series] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Overload:
    result: Kind
    apply: Callable[..., Any]


Table = dict[str, dict[tuple[Kind, ...], Overload]]


def kind_of(value: object) -> Kind:
    """The kind of a value in hand."""
    if isinstance(value, Word):
        return WORD
    if isinstance(value, str):
        return TEXT
    if isinstance(value, tuple):
        return TS
    if isinstance(value, list):
        return TEXTS if value and isinstance(value[0], str) else ARRAY
    return S


def finite(value: float) -> Scalar:
    """None in place of a result that is no number."""
    return value if math.isfinite(value) else None


def _guarded(compute: Callable[..., float], *arguments: float) -> Scalar:
    """A computation whose impossible results (x/0, log of -1, overflow) are dropped datapoints."""
    try:
        return finite(float(compute(*arguments)))
    except (ArithmeticError, ValueError):
        return None


def _binary(compute: Callable[..., float]) -> dict[tuple[Kind, ...], Overload]:
    """An operator over every pair of kinds that AWS lists."""

    def scalars(_: Context, left: Scalar, right: Scalar) -> Scalar:
        return None if left is None or right is None else _guarded(compute, left, right)

    def series_scalar(context: Context, left: Series, right: Scalar) -> Series:
        return tuple(scalars(context, item, right) for item in left)

    def scalar_series(context: Context, left: Scalar, right: Series) -> Series:
        return tuple(scalars(context, left, item) for item in right)

    def both_series(_: Context, left: Series, right: Series) -> Series:
        return tuple(_missing_as_zero(compute, *pair) for pair in zip(left, right, strict=True))

    single: dict[tuple[Kind, ...], Callable[..., Any]] = {
        (S, S): scalars,
        (TS, S): series_scalar,
        (S, TS): scalar_series,
        (TS, TS): both_series,
    }

    def left_array(context: Context, left: list[Series], right: Value) -> list[Any]:
        return [single[TS, kind_of(right)](context, item, right) for item in left]

    def right_array(context: Context, left: Value, right: list[Series]) -> list[Any]:
        return [single[kind_of(left), TS](context, left, item) for item in right]

    results: dict[tuple[Kind, ...], Kind] = {(S, S): S, (TS, S): TS, (S, TS): TS, (TS, TS): TS}
    table = {kinds: Overload(results[kinds], apply) for kinds, apply in single.items()}
    table |= {(ARRAY, other): Overload(ARRAY, left_array) for other in (S, TS)}
    table |= {(other, ARRAY): Overload(ARRAY, right_array) for other in (S, TS)}
    return table


def _missing_as_zero(compute: Callable[..., float], left: Scalar, right: Scalar) -> Scalar:
    """Between two time series a value that one of them lacks counts as 0."""
    if left is None and right is None:
        return None
    return _guarded(compute, left or 0.0, right or 0.0)


OPERATORS: Table = {
    "+": _binary(operator.add),
    "-": _binary(operator.sub),
    "*": _binary(operator.mul),
    "/": _binary(operator.truediv),
    "^": _binary(math.pow),
    "==": _binary(operator.eq),
    "!=": _binary(operator.ne),
    "<=": _binary(operator.le),
    ">=": _binary(operator.ge),
    "<": _binary(operator.lt),
    ">": _binary(operator.gt),
    "AND": _binary(lambda left, right: bool(left) and bool(right)),
    "OR": _binary(lambda left, right: bool(left) or bool(right)),
}


def _each(apply: Callable[[Context, Series], Series]) -> dict[tuple[Kind, ...], Overload]:
    """A function of one series, done to each series of an array as well."""

    def all_of(context: Context, array: list[Series]) -> list[Series]:
        return [apply(context, series) for series in array]

    return {(TS,): Overload(TS, apply), (ARRAY,): Overload(ARRAY, all_of)}


def _pointwise(compute: Callable[[float], float]) -> dict[tuple[Kind, ...], Overload]:
    def apply(_: Context, series: Series) -> Series:
        return tuple(None if value is None else _guarded(compute, value) for value in series)

    return _each(apply)


def _reducer(compute: Callable[[Sequence[Scalar]], Scalar]) -> dict[tuple[Kind, ...], Overload]:
    """One series to a number; an array to one series, period by period."""

    def across(context: Context, array: list[Series]) -> Series:
        columns = zip(*array, strict=True) if array else ((),) * len(context.starts)
        return tuple(compute(column) for column in columns)

    return {(TS,): Overload(S, lambda _, series: compute(series)), (ARRAY,): Overload(TS, across)}


def _present(values: Iterable[Scalar]) -> list[float]:
    return [value for value in values if value is not None]


def _over_present(compute: Callable[[list[float]], float]) -> Callable[[Sequence[Scalar]], Scalar]:
    def reduce(values: Sequence[Scalar]) -> Scalar:
        present = _present(values)
        return _guarded(compute, present) if present else None  # type: ignore[arg-type]  # a list is its one argument

    return reduce


def _over_all(compute: Callable[[list[float]], float]) -> Callable[[Sequence[Scalar]], Scalar]:
    """Absent values count as 0, unless all are absent."""

    def reduce(values: Sequence[Scalar]) -> Scalar:
        if not _present(values):
            return None
        return _guarded(compute, [value or 0.0 for value in values])  # type: ignore[arg-type]  # its one argument

    return reduce


def _mean(values: list[float]) -> float:
    return math.fsum(values) / len(values)


def _count(values: Sequence[Scalar]) -> Scalar:
    return float(len(_present(values)))


def _against_previous(
    compute: Callable[[float, float], float],
) -> Callable[[Context, Series], Series]:
    """Each value against the one before it that exists: change of value and of time in seconds."""

    def apply(context: Context, series: Series) -> Series:
        result: list[Scalar] = [None] * len(series)
        existing = [(index, value) for index, value in enumerate(series) if value is not None]
        for (before, old), (index, new) in pairwise(existing):
            seconds = context.starts[index] - context.starts[before]
            result[index] = _guarded(compute, new - old, seconds)
        return tuple(result)

    return apply


def _running_sum(_: Context, series: Series) -> Series:
    total, result = 0.0, list[Scalar]()
    for value in series:
        total += value or 0.0
        result.append(None if value is None else finite(total))
    return tuple(result)


def _calendar(part: Callable[[float], float]) -> dict[tuple[Kind, ...], Overload]:
    """Every period has a value, whether or not the series has one there. UTC."""
    return {(TS,): Overload(TS, lambda context, _: tuple(float(part(start)) for start in context.starts))}


def _fill_with(_: Context, series: Series, filler: Scalar | Series) -> Series:
    fillers = filler if isinstance(filler, tuple) else (filler,) * len(series)
    return tuple(other if value is None else value for value, other in zip(series, fillers, strict=True))


def _fill_repeat(series: Series) -> Series:
    last: Scalar = None
    result: list[Scalar] = []
    for value in series:
        last = last if value is None else value
        result.append(last)
    return tuple(result)


def _fill_linear(series: Series) -> Series:
    result = list(series)
    existing = [(index, value) for index, value in enumerate(series) if value is not None]
    for (left, first), (right, second) in pairwise(existing):
        for index in range(left + 1, right):
            share = (index - left) / (right - left)
            result[index] = finite(first + (second - first) * share)
    return tuple(result)


FILLS = {"REPEAT": _fill_repeat, "LINEAR": _fill_linear}


def _fill_by_word(_: Context, series: Series, word: Word) -> Series:
    return FILLS[word](series)


def _fill() -> dict[tuple[Kind, ...], Overload]:
    ways: dict[Kind, Callable[..., Series]] = {S: _fill_with, TS: _fill_with, WORD: _fill_by_word}

    def all_of(
        way: Callable[..., Series], context: Context, array: list[Series], filler: Any
    ) -> list[Series]:
        return [way(context, series, filler) for series in array]

    table: dict[tuple[Kind, ...], Overload] = {(TS, kind): Overload(TS, way) for kind, way in ways.items()}
    return table | {(ARRAY, kind): Overload(ARRAY, partial(all_of, way)) for kind, way in ways.items()}


# Which missing branch counts as 0 (else the datapoint is dropped), by the kinds of the two branches.
MISSING_TRUE_AS_ZERO = {(TS, TS): True, (S, TS): False, (TS, S): True, (S, S): False}
MISSING_FALSE_AS_ZERO = {(TS, TS): True, (S, TS): False, (TS, S): False, (S, S): False}


def _if(context: Context, condition: Value, when_true: Value, *otherwise: Value) -> Series:
    kinds = (kind_of(when_true), kind_of(otherwise[0]) if otherwise else S)
    length = len(context.starts)
    conditions, yes = _spread(condition, length), _spread(when_true, length)
    no = _spread(otherwise[0] if otherwise else None, length)
    zero_if_true, zero_if_false = MISSING_TRUE_AS_ZERO[kinds], MISSING_FALSE_AS_ZERO[kinds]

    def pick(chosen: Scalar, true_value: Scalar, false_value: Scalar) -> Scalar:
        if chosen is None:
            return None
        value, zero = (true_value, zero_if_true) if chosen != 0 else (false_value, zero_if_false)
        return 0.0 if value is None and zero else value

    return tuple(map(pick, conditions, yes, no))


def _spread(value: Any, length: int) -> Series:
    return value if isinstance(value, tuple) else (value,) * length


def _if_overloads() -> dict[tuple[Kind, ...], Overload]:
    branches = [(yes, no) for yes in (S, TS) for no in (S, TS)]
    with_series = [(TS, *pair) for pair in branches] + [(S, TS, TS), (S, TS, S), (S, S, TS)]
    return {kinds: Overload(TS, _if) for kinds in [*with_series, (TS, S), (TS, TS), (S, TS)]}


def _metrics(context: Context, *substrings: Any) -> list[Series]:
    wanted = substrings[0] if substrings else [""]
    wanted = wanted if isinstance(wanted, list) else [wanted]
    return [series for name, series in context.metrics.items() if any(part in name for part in wanted)]


SORT_KEYS: dict[str, Callable[[Sequence[Scalar]], Scalar]] = {
    "AVG": _over_all(_mean),
    "MIN": _over_present(min),
    "MAX": _over_present(max),
    "SUM": _over_present(math.fsum),
}


def _sort(_: Context, array: list[Series], by: Word, order: Word, *limit: Scalar) -> list[Series]:
    measure = SORT_KEYS[by]

    def key(series: Series) -> float:
        value = measure(series)
        return -math.inf if value is None else value

    ordered = sorted(array, key=key, reverse=order == "DESC")
    return ordered[: _index(limit[0])] if limit else ordered


def _slice(_: Context, array: list[Series], start: Scalar, *end: Scalar) -> list[Series]:
    return array[_index(start) : _index(end[0])] if end else array[_index(start) :]


def _index(value: Scalar) -> int:
    return max(0, int(value or 0))


def _nth(index: int) -> dict[tuple[Kind, ...], Overload]:
    def apply(context: Context, array: list[Series]) -> Series:
        return array[index] if array else (None,) * len(context.starts)

    return {(ARRAY,): Overload(TS, apply)}


def _remove_empty(_: Context, array: list[Series]) -> list[Series]:
    return [series for series in array if _present(series)]


FUNCTIONS: Table = {
    "ABS": _pointwise(abs),
    "CEIL": _pointwise(math.ceil),
    "FLOOR": _pointwise(math.floor),
    "LOG": _pointwise(math.log),
    "LOG10": _pointwise(math.log10),
    "SUM": _reducer(_over_present(math.fsum)),
    "MIN": _reducer(_over_present(min)),
    "MAX": _reducer(_over_present(max)),
    "AVG": _reducer(_over_all(_mean)),
    "STDDEV": _reducer(_over_all(statistics.pstdev)),
    "DATAPOINT_COUNT": _reducer(_count),
    "METRIC_COUNT": {(ARRAY,): Overload(S, lambda _, array: float(len(array)))},
    "METRICS": {kinds: Overload(ARRAY, _metrics) for kinds in ((), (TEXT,), (TEXTS,))},
    "PERIOD": {(TS,): Overload(S, lambda context, _: float(context.period))},
    "RATE": _each(_against_previous(operator.truediv)),
    "DIFF": _each(_against_previous(lambda change, _: change)),
    "DIFF_TIME": _each(_against_previous(lambda _, seconds: seconds)),
    "RUNNING_SUM": _each(_running_sum),
    "FILL": _fill(),
    "IF": _if_overloads(),
    "MINUTE": _calendar(lambda start: from_epoch(start).minute),
    "HOUR": _calendar(lambda start: from_epoch(start).hour),
    "DAY": _calendar(lambda start: from_epoch(start).isoweekday()),
    "DATE": _calendar(lambda start: from_epoch(start).day),
    "MONTH": _calendar(lambda start: from_epoch(start).month),
    "YEAR": _calendar(lambda start: from_epoch(start).year),
    "EPOCH": _calendar(float),
    "TIME_SERIES": {(S,): Overload(TS, lambda context, value: (value,) * len(context.starts))},
    "FIRST": _nth(0),
    "LAST": _nth(-1),
    "SLICE": {kinds: Overload(ARRAY, _slice) for kinds in ((ARRAY, S), (ARRAY, S, S))},
    "SORT": {kinds: Overload(ARRAY, _sort) for kinds in ((ARRAY, WORD, WORD), (ARRAY, WORD, WORD, S))},
    "REMOVE_EMPTY": {(ARRAY,): Overload(ARRAY, _remove_empty), (TS,): Overload(TS, lambda _, series: series)},
}

# The words that each argument of kind WORD may be.
ALLOWED_WORDS: dict[str, dict[int, tuple[str, ...]]] = {
    "FILL": {1: tuple(FILLS)},
    "SORT": {1: tuple(SORT_KEYS), 2: ("ASC", "DESC")},
}
