"""PutMetricData's limits, as AWS documents them, and what breaks them.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

from __future__ import annotations

import math
import re
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from alarmctl.publish.model import Point, Series

METRICS_PER_REQUEST = 1000
REQUEST_BYTES = 950_000  # AWS takes 1 MB; what is around the data takes its part
VALUES_PER_METRIC = 150
DIMENSIONS_PER_METRIC = 30
NAME_CHARS = 255
DIMENSION_VALUE_CHARS = 1024
OLDEST = timedelta(days=14) - timedelta(minutes=5)  # so that it is still young enough when it arrives
NEWEST = timedelta(hours=2) - timedelta(minutes=5)
HIGHEST = 2.0**360
# AWS takes values of at least 8.515920e-109 in size, and 0.
LOWEST = 2.0**-360

# ASCII that can be seen; a dimension's name does not begin with a colon.
DIMENSION_NAME = re.compile(rf"(?!:)[\x21-\x7e][\x20-\x7e]{{0,{NAME_CHARS - 1}}}")
_NAMESPACE = re.compile(r"[0-9A-Za-z.\-_/#: ]+")
_PRINTABLE = re.compile(r"[\x20-\x7e]+")


def namespace_problem(text: str) -> str:
    """What CloudWatch has against the namespace, or an empty text."""
    if text.startswith("AWS/"):
        return "is AWS's own. Take one that does not begin with AWS/."
    if not text.strip() or len(text) > NAME_CHARS or text.startswith(":") or not _NAMESPACE.fullmatch(text):
        return "is no namespace: letters, digits and . - _ / # : to 255 characters, no colon in front."
    return ""


def series_problem(series: Series) -> str:
    """What CloudWatch has against the series, or an empty text."""
    if (
        not series.metric.strip()
        or len(series.metric) > NAME_CHARS
        or not _PRINTABLE.fullmatch(series.metric)
    ):
        return "the metric's name is not 1 to 255 ASCII characters"
    if len(series.dimensions) > DIMENSIONS_PER_METRIC:
        return f"more than {DIMENSIONS_PER_METRIC} dimensions"
    for name, value in series.dimensions:
        if not DIMENSION_NAME.fullmatch(name):
            return f"CloudWatch takes no dimension of the name {name!r}"
        if not value.strip() or len(value) > DIMENSION_VALUE_CHARS or not _PRINTABLE.fullmatch(value):
            return f"the value of {name} is not 1 to {DIMENSION_VALUE_CHARS} ASCII characters"
    return namespace_problem(series.namespace)


def time_problem(at: datetime, now: datetime) -> str:
    """What CloudWatch has against the time, or an empty text."""
    if at < now - OLDEST:
        return "older than two weeks"
    return "more than two hours ahead" if at > now + NEWEST else ""


def value_problem(value: float) -> str:
    """What CloudWatch has against the value, or an empty text."""
    if not math.isfinite(value):
        return "not a finite number"
    size = abs(value)
    return "beyond the range that CloudWatch takes" if size > HIGHEST or 0 < size < LOWEST else ""


def problem(point: Point, now: datetime) -> str:
    """What CloudWatch has against the point, or an empty text."""
    return value_problem(point.value) or time_problem(point.at, now) or series_problem(point.series)
