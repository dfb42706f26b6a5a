"""Raw samples into datapoints of a statistic, in periods anchored wherever the alarm's window puts them.

Percentiles here are of the samples themselves. CloudWatch takes them from a histogram, so its values can
differ a little: use CloudWatch's own values where they decide.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms.model import Datapoint, UnsupportedAlarm, as_utc, epoch, from_epoch

if TYPE_CHECKING:
    from datetime import datetime

PERCENTILE = re.compile(r"[pP](\d{1,3}(?:\.\d+)?)\Z")
PERCENTILE_RANK = re.compile(r"PR\((-?\d+(?:\.\d+)?)?:(-?\d+(?:\.\d+)?)?\)\Z")


@dataclass(frozen=True, slots=True)
class Sample:
    """What one PutMetricData datum says: a value (many times over), or a statistic set.

    `values` has (value, count) pairs and is empty for a statistic set, of which no percentile is known.
    """

    timestamp: datetime
    total: float
    count: float
    minimum: float
    maximum: float
    values: tuple[tuple[float, float], ...] = ()


def sample(timestamp: datetime, value: float, count: float = 1.0) -> Sample:
    """`value`, seen `count` times."""
    return Sample(timestamp, value * count, count, value, value, ((value, count),))


def statistic_set(timestamp: datetime, total: float, count: float, minimum: float, maximum: float) -> Sample:
    """A StatisticSet; a percentile exists only if it can hold but one value.

    Source: PutMetricData ("percentile statistics ... SampleCount is 1, or Min and Max are equal").
    """
    values = ((minimum, count),) if minimum == maximum or count == 1 else ()
    return Sample(timestamp, total, count, minimum, maximum, values)


Statistic = Callable[[Sequence[Sample]], float | None]


def total_of(values: Iterable[float]) -> float:
    """The exactly rounded sum, whatever the order; NaN where there is none."""
    try:
        return math.fsum(values)
    except (OverflowError, ValueError):  # beyond a double, or infinity minus infinity
        return math.nan


def _average(samples: Sequence[Sample]) -> float | None:
    count = total_of(item.count for item in samples)
    return total_of(item.total for item in samples) / count if count else None


STATISTICS: dict[str, Statistic] = {
    "SampleCount": lambda samples: total_of(item.count for item in samples),
    "Sum": lambda samples: total_of(item.total for item in samples),
    "Minimum": lambda samples: min(item.minimum for item in samples),
    "Maximum": lambda samples: max(item.maximum for item in samples),
    "Average": _average,
}


def statistic(name: str) -> Statistic:
    """The statistic of that name over the samples of one period. Raises UnsupportedAlarm.

    Source: "CloudWatch statistics definitions".
    """
    if name in STATISTICS:
        return STATISTICS[name]
    match = PERCENTILE.match(name)
    if match and float(match[1]) <= 100:
        share = float(match[1]) / 100
        return lambda samples: _percentile(samples, share)
    rank = PERCENTILE_RANK.match(name)
    if rank and (rank[1] or rank[2]):
        low, high = (float(bound) if bound else None for bound in rank.groups())
        return lambda samples: _percentile_rank(samples, low, high)
    raise UnsupportedAlarm(
        f"statistic {name} is not computed from samples here; give CloudWatch's own datapoints"
    )


def _percentile(samples: Sequence[Sample], share: float) -> float | None:
    """The smallest value with at least that share of all samples at or below it."""
    if not all(item.values for item in samples):
        return None
    ordered = sorted(pair for item in samples for pair in item.values)
    needed, seen = share * total_of(count for _, count in ordered), 0.0
    for value, count in ordered:
        seen += count
        if seen >= needed:
            return value
    return ordered[-1][0] if ordered else None


def _percentile_rank(samples: Sequence[Sample], low: float | None, high: float | None) -> float | None:
    """The percentage of values above `low` and up to `high`; an end that is None is open."""
    if not samples or not all(item.values for item in samples):
        return None
    pairs = [pair for item in samples for pair in item.values]
    within = [
        count for value, count in pairs if (low is None or value > low) and (high is None or value <= high)
    ]
    return 100 * total_of(within) / total_of(count for _, count in pairs)


def datapoints(
    samples: Sequence[Sample], stat: str, period: int, start: datetime, end: datetime
) -> tuple[Datapoint, ...]:
    """The statistic over each period of `period` seconds in [start, end), counted back from `end`.

    Oldest first; a period without samples has no datapoint. Raises UnsupportedAlarm for `stat`.
    """
    anchor = epoch(end)
    count = math.ceil((anchor - epoch(start)) / period)
    starts = [anchor - period * back for back in range(count, 0, -1)]
    return collected(
        [item for item in samples if epoch(item.timestamp) >= epoch(start)], stat, starts, anchor
    )


def collected(
    samples: Sequence[Sample], stat: str, starts: Sequence[float], end: float
) -> tuple[Datapoint, ...]:
    """The statistic over each of the adjoining periods that begin at `starts` (epoch seconds, ascending).

    The last one ends at `end`. Raises UnsupportedAlarm for `stat`.
    """
    compute = statistic(stat)
    periods: dict[float, list[Sample]] = {}
    for item in samples:
        at = epoch(item.timestamp)
        if starts and starts[0] <= at < end:
            periods.setdefault(starts[bisect_right(starts, at) - 1], []).append(item)
    found = []
    for start in sorted(periods):
        value = compute(periods[start])
        if value is not None and math.isfinite(value):
            count = total_of(item.count for item in periods[start])
            found.append(Datapoint(from_epoch(start), value, count))
    return tuple(found)


MERGES: dict[str, Callable[[Sequence[float]], float]] = {
    "Sum": total_of,
    "SampleCount": total_of,
    "Minimum": min,
    "Maximum": max,
}


def merged(points: Sequence[Datapoint], stat: str) -> Datapoint:
    """Several finer datapoints of a statistic as one; exact but for percentiles and for averages without
    sample counts, where each datapoint weighs the same.
    """
    if len(points) == 1:
        return points[0]
    counts = [point.sample_count for point in points]
    known = [count for count in counts if count is not None]
    total = total_of(known) if len(known) == len(counts) else None
    values = [point.value for point in points]
    weights = known if total else [1.0] * len(values)
    if stat in MERGES:
        value = float(MERGES[stat](values))
    else:
        value = total_of(map(math.prod, zip(values, weights, strict=True))) / total_of(weights)
    return Datapoint(as_utc(points[0].timestamp), value, total)
