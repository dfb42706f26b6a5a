"""Run an alarm over a span of time and yield its every change of state."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alarms.evaluate import evaluate, is_filled
from alarms.model import Band, Datapoint, StateChange, StateDetail, epoch, initial_state
from alarms.series import Sample, collected
from alarms.windows import Window, ticks, window

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from alarms.definitions import Definition

    Points = Sequence[Datapoint] | Sequence[Sample] | Sequence[Datapoint | Sample]
    Data = Points | Mapping[str, Points | Band]

NONE = timedelta(0)
WARMING_UP = "IN_WARM_UP"


def replay(  # noqa: PLR0913 -- what AWS decides about an alarm's clock, each its own knob with a default
    definition: Definition,
    data: Data,
    start: datetime,
    end: datetime,
    *,
    previous: StateDetail | None = None,
    phase: timedelta = NONE,
    ingestion_delay: timedelta = NONE,
    created: datetime | None = None,
) -> Iterator[StateChange]:
    """Every change of state in [start, end), oldest first.

    `data`: datapoints of the alarm's statistic, or raw samples to take it of; by query id for metric math.
    `previous`: the state at `start`, by default that of a new alarm. `phase`: the alarm's offset inside its
    cadence. `ingestion_delay`: how long after its timestamp a datapoint becomes visible. `created`: when a
    warm-up began, by default `start`. Raises UnsupportedAlarm as `evaluate` does.
    """
    feeds = _feeds(definition, data)
    state = previous or initial_state(start)
    warming = definition.warm_up is not None
    if warming and not previous:
        state = replace(state, evaluation_state=WARMING_UP)
    for at in ticks(definition, start, end, phase):
        periods = window(definition, at)
        visible = {key: feed.within(periods, at - ingestion_delay) for key, feed in feeds.items()}
        warming = warming and _still_warming(definition, visible, at, created or start)
        if warming:
            continue
        result = evaluate(definition, visible, at, state.value, periods=periods)
        if result.state is state.value:
            continue
        changed = StateDetail(
            result.state, result.reason, at, result.reason_data, evaluation_state=result.evaluation_state
        )
        yield StateChange(definition.name, changed, state)
        state = changed


def _still_warming(
    definition: Definition, visible: Mapping[str, Sequence[Datapoint] | Band], at: datetime, began: datetime
) -> bool:
    """Source: "Alarm warm-up periods"."""
    warm_up = definition.warm_up
    if warm_up is None or epoch(at) >= epoch(began) + 60 * warm_up.minutes:
        return False
    return warm_up.only_start_after or not is_filled(definition, visible, at)


class _Feed:
    """One series, sorted once; hands out what an evaluation may see of it."""

    def __init__(self, points: Points, stat: str) -> None:
        self.stat = stat
        self.points = sorted(points, key=lambda point: epoch(point.timestamp))
        self.times = [epoch(point.timestamp) for point in self.points]

    def within(self, periods: Window, known_at: datetime) -> Sequence[Datapoint]:
        first = bisect_left(self.times, periods.starts[0])
        last = bisect_left(self.times, min(periods.end, epoch(known_at) + 1e-6))
        chosen = self.points[first:last]
        samples = [point for point in chosen if isinstance(point, Sample)]
        datapoints = [point for point in chosen if isinstance(point, Datapoint)]
        if not samples:
            return datapoints
        return [*datapoints, *collected(samples, self.stat, periods.starts, periods.end)]


class _BandFeed:
    """A band; it is computed ahead of time, so that no delay applies to it."""

    def __init__(self, band: Band) -> None:
        self.band = band

    def within(self, _: Window, __: datetime) -> Band:
        return self.band


def _feeds(definition: Definition, data: Data) -> dict[str, _Feed | _BandFeed]:
    stats = definition.metric_stats
    if not isinstance(data, Mapping):
        return {key: _Feed(data, stat.stat) for key, stat in list(stats.items())[:1]}
    return {
        key: _BandFeed(points)
        if isinstance(points, Band)
        else _Feed(points, stats[key].stat if key in stats else "Average")
        for key, points in data.items()
    }
