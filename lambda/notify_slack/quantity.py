"""Numbers, units and durations as a person writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from notify_slack.facts import Metric

MORE_DIGITS = range(5, 16)  # the four of `number` do not tell every value from its threshold

_SUFFIXES = {
    "Percent": " %",
    "Seconds": " s",
    "Milliseconds": " ms",
    "Microseconds": " µs",
    "Count": "",
    "Count/Second": "/s",
    "Bits/Second": " bit/s",
}

# What CloudWatch documents for metrics whose alarms rarely name a unit.
_DOCUMENTED_UNITS = {
    ("AWS/ECS", "CPUUtilization"): "Percent",
    ("AWS/ECS", "MemoryUtilization"): "Percent",
    ("AWS/ECS", "CPUReservation"): "Percent",
    ("AWS/ECS", "MemoryReservation"): "Percent",
    ("ECS/ContainerInsights", "instance_cpu_utilization"): "Percent",
    ("ECS/ContainerInsights", "instance_memory_utilization"): "Percent",
    ("ECS/ContainerInsights", "instance_filesystem_utilization"): "Percent",
    ("AWS/EC2", "CPUUtilization"): "Percent",
    ("AWS/RDS", "CPUUtilization"): "Percent",
    ("AWS/RDS", "FreeStorageSpace"): "Bytes",
    ("AWS/RDS", "FreeableMemory"): "Bytes",
    ("AWS/ElastiCache", "CPUUtilization"): "Percent",
    ("AWS/ElastiCache", "EngineCPUUtilization"): "Percent",
    ("AWS/ApplicationELB", "TargetResponseTime"): "Seconds",
    ("AWS/Lambda", "Duration"): "Milliseconds",
    ("AWS/ApiGateway", "Latency"): "Milliseconds",
    ("AWS/SQS", "ApproximateAgeOfOldestMessage"): "Seconds",
}

_BYTE_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_PERIODS = {60: "minute", 3600: "hour", 86400: "day"}


def unit_of(metric: Metric) -> str:
    """The unit that the alarm names, else the documented one; empty when neither is known."""
    return metric.unit or _DOCUMENTED_UNITS.get((metric.namespace, metric.name), "")


def number(value: float) -> str:
    """At most four significant digits below a thousand, thousands separated above."""
    if value == int(value) and abs(value) < 1e15:
        return f"{int(value):,}"
    if abs(value) >= 1000:
        return f"{value:,.0f}" if abs(value) < 1e15 else f"{value:.4g}"
    return f"{value:.4g}"


def quantity(value: float, unit: str) -> str:
    """The number with its unit: `91.2 %`, `1.5 GiB`, `250 ms`."""
    if unit in ("Bytes", "Bytes/Second"):
        return _bytes(value) + ("/s" if unit == "Bytes/Second" else "")
    return number(value) + _suffix(unit)


def beside(value: float, limits: Iterable[float], unit: str) -> str:
    """The quantity, with more digits where it would read like a limit that it is not: 90.004 beside 90."""
    shown = quantity(value, unit)
    for limit in limits:
        if limit != value and quantity(limit, unit) == shown:
            texts = (f"{value:,.{digits}g}" for digits in MORE_DIGITS if _differ(value, limit, digits))
            return next(texts, number(value)) + _suffix(unit)
    return shown


def span(low: float, high: float, unit: str, limits: Collection[float] = ()) -> str:
    """From one to the other, with the unit once where they share it: `3 to 9 %`, `512 MiB to 1 GiB`.

    One quantity where both read alike: `92.5 %`.
    """
    first, last = beside(low, limits, unit), beside(high, limits, unit)
    if first == last:
        return last
    shared = last.lstrip("-0123456789.,e+")
    return f"{first.removesuffix(shared)} to {last}"


def duration(seconds: float) -> str:
    """Two units at most: `45 s`, `12 min`, `3 h 5 min`, `2 d 4 h`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours else f"{days} d"


def periods(count: int, period_seconds: int | None) -> str:
    """`1 minute`, `3 hours`, `2 periods of 5 min`; of an unknown period, `2 datapoints`."""
    plural = "" if count == 1 else "s"
    if not period_seconds:
        return f"{count} datapoint{plural}"
    if period_seconds in _PERIODS:
        return f"{count} {_PERIODS[period_seconds]}{plural}"
    return f"{count} period{plural} of {duration(period_seconds)}"


def _suffix(unit: str) -> str:
    known = _SUFFIXES.get(unit)
    if known is None:
        return f" {unit}" if unit and unit != "None" else ""
    return known


def _differ(value: float, limit: float, digits: int) -> bool:
    return f"{value:.{digits}g}" != f"{limit:.{digits}g}"


def _bytes(value: float) -> str:
    scaled, place = float(value), 0
    while abs(scaled) >= 1024 and place < len(_BYTE_UNITS) - 1:
        scaled, place = scaled / 1024, place + 1
    return f"{number(round(scaled, 1))} {_BYTE_UNITS[place]}"
