"""Metrics that a function logs in the embedded metric format, which the local AWS does not read.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Emit = Callable[..., None]

Datapoint = tuple[str, str, float, str, dict[str, str]]  # namespace, name, value, unit, dimensions


def datapoints(line: str) -> Iterator[Datapoint]:
    """The datapoints of a log line; none of a line in any other format."""
    try:
        members = json.loads(line) if '"_aws"' in line else {}
        for directive in members.get("_aws", {}).get("CloudWatchMetrics", ()):
            for names in directive["Dimensions"]:
                dimensions = {name: str(members[name]) for name in names}
                for metric in directive["Metrics"]:
                    value = float(members[metric["Name"]])
                    yield (
                        directive["Namespace"],
                        metric["Name"],
                        value,
                        metric.get("Unit", "None"),
                        dimensions,
                    )
    except (ValueError, KeyError, TypeError, AttributeError):
        return


def with_metrics(emit: Emit, record: Callable[..., Any]) -> Emit:
    """`emit` writes a function's log; its metrics are then recorded, too."""

    def handle(func: Any, request_id: str, log_text: str, *rest: Any, **named: Any) -> None:
        emit(func, request_id, log_text, *rest, **named)
        for line in (log_text or "").splitlines():
            for datapoint in datapoints(line):
                record(*datapoint)

    return handle
