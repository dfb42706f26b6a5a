"""The values of all metrics that alarms read, from GetMetricData: as few metrics a call as fill its answer.

CloudWatch bills the metrics of each call, whatever the span: one call for few metrics and all of the time is
cheaper than many calls for all metrics and little time. Source: API reference, GetMetricData (500 queries and
100,800 datapoints a call); retention: "Metrics retention" (1 minute 15 days, 5 minutes 63, 1 hour 455).
"""

from __future__ import annotations

import math
from array import array
from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarmctl.history import store
from alarmctl.history.model import NAN, Metric, Series, metric_of
from alarms.definitions import Definition
from alarms.evaluate import PERCENTILE
from alarms.model import as_utc, epoch, from_epoch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from alarms.definitions import MetricStat

MAX_QUERIES = 500
MAX_DATAPOINTS = 100_800
USD_PER_METRIC = 0.01 / 1000
HIGH_RESOLUTION = timedelta(hours=3)
KEPT = ((timedelta(days=15), 60), (timedelta(days=63), 300), (timedelta(days=455), 3600))
SUMMED = frozenset({"Sum", "SampleCount", "Minimum", "Maximum"})
THROTTLED = frozenset({"Throttling", "ThrottlingException", "LimitExceededException", "RequestLimitExceeded"})
ATTEMPTS = 6
FIRST_WAIT_SECONDS = 1.0


class FetchError(Exception):
    """CloudWatch did not give the values; the text names the culprit and the next step."""


@dataclass(frozen=True, order=True)
class Wanted:
    """A metric to fetch on a grid of `step` seconds, with the counts of its samples where they are needed."""

    metric: Metric
    step: int
    counts: bool = False

    @property
    def period(self) -> int:
        return self.metric.rolled or self.step

    @property
    def shifts(self) -> int:
        """How many calls it takes for a period to begin at each step of the grid."""
        return self.period // self.step


@dataclass(frozen=True)
class Unit:
    """Metrics that are fetched together, one call for each shift, and stored when all have answered."""

    wanted: tuple[Wanted, ...]
    start: int
    end: int

    @property
    def queries(self) -> int:
        return sum((2 if one.counts else 1) * one.shifts for one in self.wanted)

    @property
    def datapoints(self) -> int:
        one = self.wanted[0]
        return self.queries * ((self.end - self.start) // one.period)


@dataclass(frozen=True)
class Plan:
    """All that is to be fetched for a span (epoch seconds), and what that costs."""

    units: tuple[Unit, ...]
    start: int
    end: int
    step: int

    @property
    def metrics(self) -> tuple[Metric, ...]:
        return tuple(one.metric for unit in self.units for one in unit.wanted)

    @property
    def calls(self) -> int:
        return sum(unit.wanted[0].shifts for unit in self.units)

    @property
    def queries(self) -> int:
        return sum(unit.queries for unit in self.units)

    @property
    def datapoints(self) -> int:
        return sum(unit.datapoints for unit in self.units)

    @property
    def usd(self) -> float:
        return self.queries * USD_PER_METRIC


def step_for(days: float) -> int:
    """The finest grid, in seconds, that CloudWatch still has for all of the last `days`."""
    for kept, step in KEPT:
        if timedelta(days=days) <= kept:
            return step
    raise FetchError(f"CloudWatch keeps metrics for {KEPT[-1][0].days} days; {days:g} are too many.")


def span(now: datetime, days: float) -> tuple[int, int, int]:
    """Start, end and step of the last `days`, in epoch seconds on the grid. Raises FetchError."""
    step = step_for(days)
    end = int(epoch(now)) // step * step
    # A minute that reaches 15 days while we ask would no longer be there.
    oldest = end - int(timedelta(days=days).total_seconds())
    return (oldest + (5 * 60 if step == 60 and days == KEPT[0][0].days else 0)), end, step


def plan(alarms: Iterable[object], start: int, end: int, step: int, have: Iterable[Metric] = ()) -> Plan:
    """What the metric alarms among `alarms` read, without the metrics that are there already."""
    known = set(have)
    found: dict[Metric, Wanted] = {}
    for alarm in alarms:
        if not isinstance(alarm, Definition):
            continue
        accounts = {query.id: query.account_id for query in alarm.queries}
        for query_id, stat in alarm.metric_stats.items():
            one = _wanted(stat, accounts.get(query_id), step, _low_samples(alarm))
            before = found.get(one.metric)
            counts = one.counts or (before is not None and before.counts)
            found[one.metric] = replace(one, counts=counts)
    missing = [one for metric, one in sorted(found.items(), key=str) if metric not in known]
    return Plan(tuple(_units(missing, start, end)), start, end, step)


def _low_samples(alarm: Definition) -> bool:
    return alarm.evaluate_low_sample_count_percentile == "ignore"


def _wanted(stat: MetricStat, account: str | None, step: int, low: bool) -> Wanted:  # noqa: FBT001
    plain = metric_of(stat, account)
    if stat.period < 60:
        return Wanted(plain, stat.period)
    if stat.period <= step or stat.stat in SUMMED:
        return Wanted(plain, step, low and bool(PERCENTILE.match(stat.stat)))
    if stat.stat == "Average":
        return Wanted(plain, step, counts=True)
    return Wanted(replace(plain, rolled=stat.period), step, low and bool(PERCENTILE.match(stat.stat)))


def _units(wanted: Sequence[Wanted], start: int, end: int) -> Iterator[Unit]:
    alike: dict[tuple[int, int, bool], list[Wanted]] = defaultdict(list)
    for one in wanted:
        alike[one.period, one.step, one.counts].append(one)
    for (period, step, counts), several in sorted(alike.items()):
        first = start if step >= 60 else max(start, end - int(HIGH_RESOLUTION.total_seconds()))
        points = max(1, math.ceil((end - first) / period)) * (2 if counts else 1)
        room = max(1, min(MAX_QUERIES // (2 if counts else 1), MAX_DATAPOINTS // points))
        for place in range(0, len(several), room):
            yield Unit(tuple(several[place : place + room]), first, end)


def run(  # noqa: PLR0913 -- the last three are the edges: the clock, and whoever watches
    client: Any,
    planned: Plan,
    folder: Path,
    *,
    keep: Iterable[Metric] = (),
    datapoints_per_second: float,
    sleep: Callable[[float], object],
    clock: Callable[[], float],
    progress: Callable[[int, int], object] = lambda _calls, _of: None,
) -> int:
    """Fetch all units into the folder; what is stored stays if a later unit fails. The datapoints found.

    Raises FetchError, and what boto3 raises.
    """
    folder.mkdir(parents=True, exist_ok=True)
    store.write_manifest(folder, {*keep, *planned.metrics}, planned.start, planned.end, planned.step)
    pace = _Pace(datapoints_per_second, sleep, clock)
    found = calls = 0
    for unit in planned.units:
        fetched = _Fetched(unit)
        for shift in range(unit.wanted[0].shifts):
            pace.before(unit.datapoints // unit.wanted[0].shifts)
            for page in _pages(client, fetched.request(shift), sleep):
                found += fetched.take(page)
            calls += 1
            progress(calls, planned.calls)
        for one, series in fetched.series():
            store.write(folder, one.metric, series)
    return found


class _Pace:
    """At most so many datapoints a second, over the whole run."""

    def __init__(self, rate: float, sleep: Callable[[float], object], clock: Callable[[], float]) -> None:
        self.rate, self.sleep, self.clock = rate, sleep, clock
        self.free_at = clock()

    def before(self, datapoints: int) -> None:
        wait = self.free_at - self.clock()
        if wait > 0:
            self.sleep(wait)
        self.free_at = max(self.free_at, self.clock()) + datapoints / self.rate


def _pages(
    client: Any, request: dict[str, Any], sleep: Callable[[float], object]
) -> Iterator[Mapping[str, Any]]:
    token = None
    while True:
        page = _patiently(client, request | ({"NextToken": token} if token else {}), sleep)
        yield page
        token = page.get("NextToken")
        if not token:
            return


def _patiently(client: Any, request: dict[str, Any], sleep: Callable[[float], object]) -> Mapping[str, Any]:
    """One answer; throttling is waited out, longer each time."""
    for attempt in range(ATTEMPTS):
        try:
            answer: Mapping[str, Any] = client.get_metric_data(**request)
        except Exception as error:
            code = getattr(error, "response", {}).get("Error", {}).get("Code")
            if code not in THROTTLED or attempt == ATTEMPTS - 1:
                raise
            sleep(FIRST_WAIT_SECONDS * 2**attempt)
        else:
            return answer
    raise AssertionError  # the last attempt has returned or raised


class _Fetched:
    """The values of a unit as they come in."""

    def __init__(self, unit: Unit) -> None:
        self.unit = unit
        step = unit.wanted[0].step
        length = (unit.end - unit.start) // step
        self.values = [array("d", [NAN]) * length for _ in unit.wanted]
        self.counts = [array("d", [NAN]) * length if one.counts else None for one in unit.wanted]

    def request(self, shift: int) -> dict[str, Any]:
        """The parameters of the call whose periods begin `shift` steps after the start."""
        queries = []
        for place, one in enumerate(self.unit.wanted):
            queries.append(_query(f"v{place}", one, one.metric.stat))
            if one.counts:
                queries.append(_query(f"c{place}", one, "SampleCount"))
        return {
            "MetricDataQueries": queries,
            "StartTime": from_epoch(self.unit.start + shift * self.unit.wanted[0].step),
            "EndTime": from_epoch(self.unit.end),
            "ScanBy": "TimestampAscending",
            "MaxDatapoints": MAX_DATAPOINTS,
        }

    def take(self, page: Mapping[str, Any]) -> int:
        """Put a page's values in their places; how many there were."""
        found = 0
        for result in page.get("MetricDataResults", ()):
            kind, place = result["Id"][0], int(result["Id"][1:])
            one = self.unit.wanted[place]
            if result.get("StatusCode") in ("InternalError", "Forbidden"):
                raise FetchError(
                    f"{one.metric}: CloudWatch answers {result['StatusCode']}. Fetch again later."
                )
            target = self.values[place] if kind == "v" else self.counts[place]
            if target is None:
                continue
            for at, value in zip(result["Timestamps"], result["Values"], strict=True):
                beside = int(epoch(as_utc(at))) - self.unit.start
                index, rest = divmod(beside, one.step)
                if rest or not 0 <= index < len(target) or not math.isfinite(value):
                    continue
                target[index] = value
                found += 1
        return found

    def series(self) -> Iterator[tuple[Wanted, Series]]:
        """What was asked for, and what came."""
        for one, values, counts in zip(self.unit.wanted, self.values, self.counts, strict=True):
            yield one, Series(self.unit.start, one.step, values, counts, one.metric.rolled)


def _query(query_id: str, one: Wanted, stat: str) -> dict[str, Any]:
    metric = one.metric
    asked: dict[str, Any] = {
        "Metric": {
            "Namespace": metric.namespace,
            "MetricName": metric.name,
            "Dimensions": [{"Name": name, "Value": value} for name, value in metric.dimensions],
        },
        "Period": one.period,
        "Stat": stat,
    }
    if metric.unit:
        asked["Unit"] = metric.unit
    query: dict[str, Any] = {"Id": query_id, "MetricStat": asked, "ReturnData": True}
    return query | ({"AccountId": metric.account} if metric.account else {})
