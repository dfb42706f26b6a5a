"""What travels from a source to CloudWatch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Reading:
    """One number that a source measured; `own` are its own dimensions, by name."""

    metric: str
    value: float
    unit: str = "None"
    own: tuple[tuple[str, str], ...] = ()


class Series(NamedTuple):
    """What CloudWatch keeps apart: namespace, metric, dimensions sorted by name, unit."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]
    unit: str


class Point(NamedTuple):
    """One value of a series at a time (UTC)."""

    series: Series
    value: float
    at: datetime


UNITS = frozenset(
    f"{unit}{rate}"
    for unit in (
        *("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"),
        *("Bits", "Kilobits", "Megabits", "Gigabits", "Terabits", "Count"),
    )
    for rate in ("", "/Second")
) | {"Seconds", "Microseconds", "Milliseconds", "Percent", "None"}
