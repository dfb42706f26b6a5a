"""Points to PutMetricData's JSON: one datum for each series and minute, in requests of the size AWS takes."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alarmctl.publish.limits import METRICS_PER_REQUEST, REQUEST_BYTES, VALUES_PER_METRIC

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from alarmctl.publish.model import Point, Series

Datum = dict[str, Any]  # as PutMetricData takes it, but for the timestamp: seconds since 1970


class Batch(dict[str, list[Datum]]):
    """Data by namespace, in the order in which they were measured."""

    @property
    def count(self) -> int:
        """How many data."""
        return sum(len(data) for data in self.values())


def aggregate(points: Iterable[Point]) -> Batch:
    """One datum for each series and minute. A value that came more than once is sent once, with its count."""
    minutes: dict[tuple[Series, int], Counter[float]] = {}
    for point in points:
        minute = int(point.at.timestamp()) // 60 * 60
        minutes.setdefault((point.series, minute), Counter())[point.value] += 1
    batch = Batch()
    for (series, minute), values in sorted(minutes.items(), key=lambda item: item[0][1]):
        distinct = list(values.items())
        for start in range(0, len(distinct), VALUES_PER_METRIC):
            part = distinct[start : start + VALUES_PER_METRIC]
            batch.setdefault(series.namespace, []).append(_datum(series, minute, part))
    return batch


def _datum(series: Series, minute: int, values: list[tuple[float, int]]) -> Datum:
    datum: Datum = {"MetricName": series.metric, "Timestamp": minute}
    if series.dimensions:
        datum["Dimensions"] = [{"Name": name, "Value": value} for name, value in series.dimensions]
    if series.unit != "None":
        datum["Unit"] = series.unit
    if values == [(values[0][0], 1)]:
        datum["Value"] = values[0][0]
        return datum
    datum["Values"] = [value for value, _ in values]
    if any(count > 1 for _, count in values):
        datum["Counts"] = [count for _, count in values]
    return datum


def requests(batch: Mapping[str, list[Datum]]) -> Iterator[tuple[str, list[Datum]]]:
    """The batch as requests: a namespace and at most 1,000 data, of at most REQUEST_BYTES."""
    for namespace, data in batch.items():
        part: list[Datum] = []
        size = 0
        for datum in data:
            length = len(json.dumps(datum)) + 2
            if part and (len(part) == METRICS_PER_REQUEST or size + length > REQUEST_BYTES):
                yield namespace, part
                part, size = [], 0
            part.append(datum)
            size += length
        if part:
            yield namespace, part


def as_sent(datum: Datum) -> Datum:
    """The datum as boto3 wants it."""
    return {**datum, "Timestamp": datetime.fromtimestamp(datum["Timestamp"], UTC)}


def samples(datum: Datum) -> int:
    """How many values a datum stands for."""
    return sum(datum.get("Counts") or [1] * len(datum.get("Values", [0])))
