"""A stretch of metric values on an even grid, and which metric they are of."""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from alarms.model import Datapoint, epoch, from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import datetime

    from alarms.definitions import Definition, MetricStat

NAN = math.nan


@dataclass(frozen=True, slots=True, order=True)
class Metric:
    """A metric's statistic. `rolled`: seconds that each value covers where that is more than the grid's
    step, else 0: percentiles of 5 minutes, one for each minute, say.
    """

    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]
    stat: str
    unit: str | None = None
    account: str | None = None
    rolled: int = 0

    def __str__(self) -> str:
        dimensions = " ".join(f"{key}={value}" for key, value in self.dimensions)
        return " ".join(filter(None, (f"{self.namespace}/{self.name}", dimensions, self.stat)))


def metric_of(stat: MetricStat, account: str | None = None, rolled: int = 0) -> Metric:
    """The metric that an alarm reads; the order of its dimensions does not matter."""
    return Metric(
        stat.namespace,
        stat.metric_name,
        tuple(sorted(stat.dimensions)),
        stat.stat,
        stat.unit,
        account,
        rolled,
    )


@dataclass(frozen=True, slots=True)
class Series:
    """Values at `start`, `start + step` … (epoch seconds), NaN where there is none; double precision.

    `counts` are the samples behind each value, where an average or a low-sample rule needs them.
    `rolled`: the seconds that each value covers where that is more than `step`, else 0.
    """

    start: int
    step: int
    values: array[float]
    counts: array[float] | None = None
    rolled: int = 0

    @property
    def end(self) -> int:
        return self.start + self.step * len(self.values)

    @property
    def has_data(self) -> bool:
        return any(map(math.isfinite, self.values))

    def datapoints(self, first: float = -math.inf, last: float = math.inf) -> Iterator[Datapoint]:
        """Those that begin in [first, last), oldest first."""
        low = 0 if first <= self.start else math.ceil((first - self.start) / self.step)
        high = len(self.values) if last >= self.end else max(0, math.ceil((last - self.start) / self.step))
        for place in range(low, high):
            value = self.values[place]
            if math.isfinite(value):
                count = self.counts[place] if self.counts else NAN
                at = from_epoch(self.start + place * self.step)
                yield Datapoint(at, value, None if math.isnan(count) else count)


def series(
    points: Iterable[Datapoint], step: int, start: int | None = None, end: int | None = None
) -> Series:
    """Datapoints on a grid of `step` seconds from `start` to `end`, by default from the first to the last.

    Raises ValueError for a datapoint beside the grid.
    """
    found = sorted((epoch(point.timestamp), point.value, point.sample_count) for point in points)
    start = int(found[0][0]) if start is None and found else start or 0
    end = int(found[-1][0]) + step if end is None and found else end or start
    values = array("d", [NAN]) * max(0, (end - start) // step)
    counts = array("d", values) if any(count is not None for _, _, count in found) else None
    for at, value, count in found:
        place, beside = divmod(at - start, step)
        if beside or not 0 <= place < len(values):
            raise ValueError(
                f"a datapoint at {from_epoch(at):%Y-%m-%d %H:%M:%S} is beside the grid of {step} s"
            )
        values[int(place)] = value
        if counts is not None and count is not None:
            counts[int(place)] = count
    return Series(start, step, values, counts)


@dataclass(frozen=True)
class History:
    """The series by metric, and the span [start, end) that was asked for (epoch seconds).

    `step` is the grid's; 60 is as fine as an alarm of minutes looks, more is called coarse.
    """

    series: Mapping[Metric, Series] = field(default_factory=dict)
    start: int = 0
    end: int = 0
    step: int = 60

    def of(self, stat: MetricStat, account: str | None = None) -> Series | None:
        """The series that feeds an alarm's metric: already rolled up to its period, or on the plain grid."""
        rolled = self.series.get(metric_of(stat, account, stat.period))
        return rolled or self.series.get(metric_of(stat, account))

    def feeds(self, alarm: Definition) -> dict[str, Series]:
        """The series by query id, or by a call that AWS alone computes; absent ones are left out."""
        accounts = {query.id: query.account_id for query in alarm.queries}
        found = {key: self.of(stat, accounts.get(key)) for key, stat in alarm.metric_stats.items()}
        found |= {call: self.series.get(Metric("", call, (), "Average")) for call in alarm.external_calls}
        return {key: series for key, series in found.items() if series is not None}

    @property
    def spans(self) -> tuple[datetime, datetime]:
        return from_epoch(self.start), from_epoch(self.end)
