"""Embedded metric format: lines of a log that CloudWatch Logs makes metrics of, instead of PutMetricData.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from alarmctl.publish.aggregate import Datum

METRICS_PER_LINE = 100
VALUES_PER_METRIC = 100


class Writer:
    """Stands where a Sender stands, and writes what it would send. Everything is taken."""

    def __init__(self, write: Callable[[str], object]) -> None:
        self._write = write
        self.dropped = 0
        self.problem = ""

    def send(self, namespace: str, data: list[Datum]) -> list[Datum]:
        """Nothing is left for later."""
        for line in lines({namespace: data}):
            self._write(line)
        return []


def lines(batch: Mapping[str, list[Datum]]) -> Iterator[str]:
    """The batch as log lines: one for each namespace, minute and dimensions, of at most 100 metrics."""
    groups: dict[tuple[str, int, tuple[tuple[str, str], ...]], list[Datum]] = {}
    for namespace, data in batch.items():
        for datum in data:
            dimensions = tuple((one["Name"], one["Value"]) for one in datum.get("Dimensions", ()))
            groups.setdefault((namespace, datum["Timestamp"], dimensions), []).append(datum)
    for (namespace, minute, dimensions), data in groups.items():
        parts = [(datum, values) for datum in data for values in _parts(datum)]
        while parts:
            # A name can stand in a line only once: what comes again waits for the next line.
            line: dict[str, tuple[Datum, list[float]]] = {}
            rest = []
            for datum, values in parts:
                if datum["MetricName"] in line or len(line) == METRICS_PER_LINE:
                    rest.append((datum, values))
                else:
                    line[datum["MetricName"]] = (datum, values)
            yield _line(namespace, minute, dict(dimensions), line)
            parts = rest


def _parts(datum: Datum) -> Iterator[list[float]]:
    """All values one by one, at most 100 together."""
    values = datum.get("Values") or [datum["Value"]]
    counts = datum.get("Counts") or [1] * len(values)
    all_values = [value for value, count in zip(values, counts, strict=True) for _ in range(count)]
    for start in range(0, len(all_values), VALUES_PER_METRIC):
        yield all_values[start : start + VALUES_PER_METRIC]


def _line(
    namespace: str, minute: int, dimensions: dict[str, str], metrics: dict[str, tuple[Datum, list[float]]]
) -> str:
    directive = {
        "Namespace": namespace,
        "Dimensions": [list(dimensions)],
        "Metrics": [
            {"Name": name, "Unit": datum.get("Unit", "None")} for name, (datum, _) in metrics.items()
        ],
    }
    body: dict[str, Any] = {
        "_aws": {"Timestamp": minute * 1000, "CloudWatchMetrics": [directive]},
        **dimensions,
        **{name: values[0] if len(values) == 1 else values for name, (_, values) in metrics.items()},
    }
    return json.dumps(body)
