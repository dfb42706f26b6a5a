"""Metrics in CloudWatch's embedded metric format: a log line from which CloudWatch makes the metric.

No call, no credentials, nothing to wait for. The line must reach CloudWatch Logs: by Lambda, by the awslogs
driver of ECS, or by the CloudWatch agent.
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
import math
import re
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from instrument.service import Service

_AMOUNTS = frozenset(
    f"{size}{what}" for size in ("", "Kilo", "Mega", "Giga", "Tera") for what in ("bytes", "bits")
)
_RATED = frozenset({"Count", *(amount.capitalize() for amount in _AMOUNTS)})
UNITS = _RATED | {f"{unit}/Second" for unit in _RATED}
UNITS |= {"Seconds", "Milliseconds", "Microseconds", "Percent", "None"}
NAME_CHARS = (
    255  # of a metric, and of a dimension's name, by PutMetricData, which is stricter than the format
)
VALUE_CHARS = 1024  # of a dimension's value
DIMENSIONS = 30
LARGEST = 2.0**360
_NAMESPACE = re.compile(r"(?!AWS/)[0-9A-Za-z._/#:-]{1,255}")


class MetricError(ValueError):
    """CloudWatch would drop this metric; the text names the culprit."""


def document(
    namespace: str,
    values: Mapping[str, tuple[float, str]],
    dimension_sets: Iterable[Mapping[str, str]],
    at_ms: int,
    properties: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """One document of the embedded metric format. Raises MetricError for what CloudWatch would drop.

    `values`: (value, unit) by metric name. `dimension_sets`: each value becomes one series for each of them.
    `at_ms`: milliseconds since 1970. `properties`: fields beside the metrics, to search for, not to draw.
    """
    sets = [dict(one) for one in dimension_sets] or [{}]
    if not _NAMESPACE.fullmatch(namespace):
        raise MetricError(f"namespace is {namespace!r}: letters, digits and ._/#:- , and AWS/ is Amazon's.")
    for name, (value, unit) in values.items():
        _check_metric(name, value, unit)
    targets: dict[str, str] = {}
    for one in sets:
        _check_dimensions(one)
        for key, text in one.items():
            if targets.setdefault(key, text) != text:
                raise MetricError(f"dimension {key} is both {targets[key]!r} and {text!r} in one document.")
    if doubled := sorted(targets.keys() & values.keys()):
        raise MetricError(f"{', '.join(doubled)} is the name of a metric and of a dimension.")
    metrics = [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()]
    directive = {"Namespace": namespace, "Dimensions": [list(one) for one in sets], "Metrics": metrics}
    return {
        **(properties or {}),
        **targets,
        **{name: value for name, (value, _) in values.items()},
        "_aws": {"Timestamp": at_ms, "CloudWatchMetrics": [directive]},
    }


def _check_metric(name: str, value: float, unit: str) -> None:
    if not 1 <= len(name) <= NAME_CHARS or name == "_aws":
        raise MetricError(f"metric name {name[:40]!r}: 1 to {NAME_CHARS} characters, and not _aws.")
    if isinstance(value, bool) or not math.isfinite(value):
        raise MetricError(f"{name} is {value!r}: CloudWatch takes finite numbers only.")
    if abs(value) > LARGEST:
        raise MetricError(f"{name} is {value!r}: CloudWatch takes -2^360 to 2^360.")
    if unit not in UNITS:
        raise MetricError(f"unit of {name} is {unit!r}: use one of {', '.join(sorted(UNITS))}.")


def _check_dimensions(one: Mapping[str, str]) -> None:
    if len(one) > DIMENSIONS:
        raise MetricError(f"{len(one)} dimensions: CloudWatch takes {DIMENSIONS} at most.")
    for key, text in one.items():
        if not 1 <= len(key) <= NAME_CHARS or key.startswith(":") or key == "_aws" or not key.isascii():
            raise MetricError(
                f"dimension name {key[:40]!r}: 1 to {NAME_CHARS} ASCII characters, no colon first."
            )
        if not text.strip() or len(text) > VALUE_CHARS or not text.isascii():
            raise MetricError(
                f"dimension {key} is {str(text)[:40]!r}: a text of 1 to {VALUE_CHARS} ASCII characters."
            )


class Metrics:
    """A service's metrics in one namespace; each has the dimension Version, so that a bad release stands out.

    `write` takes one line; `clock` gives seconds since 1970.
    """

    def __init__(
        self,
        namespace: str,
        service: Service,
        write: Callable[[str], object] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        document(
            namespace, {}, [{"Version": service.version}], 0
        )  # refuse at start, not at the first request
        self._namespace = namespace
        self._service = service
        self._write = write or _print
        self._clock = clock

    def put(
        self, name: str, value: float = 1, unit: str = "Count", *, total: bool = False, **dimensions: str
    ) -> None:
        """Write one value, with the dimensions Version and those given; `total` adds a series without any.

        Each combination of dimension values is a series of its own, and a series is what CloudWatch charges
        for: no user ids, no URLs. Raises MetricError for what CloudWatch would drop.
        """
        sets: list[Mapping[str, str]] = [{"Version": self._service.version, **dimensions}]
        if total:
            sets.append({})
        about = {"service": self._service.name, "environment": self._service.environment}
        at_ms = round(self._clock() * 1000)
        self._write(json.dumps(document(self._namespace, {name: (value, unit)}, sets, at_ms, about)))


def _print(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
