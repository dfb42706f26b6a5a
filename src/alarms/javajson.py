"""Numbers, instants and JSON as CloudWatch's own Java writes them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from alarms.model import as_utc

if TYPE_CHECKING:
    from datetime import datetime

# Double.toString writes plain decimals within these bounds and computerised scientific notation outside.
PLAIN_FROM = 1e-3
PLAIN_BELOW = 1e7


def double(value: float) -> str:
    """`value` as `java.lang.Double.toString` has it: 50.0, 1.0E7, 1.0E-4, NaN, -Infinity."""
    value = float(value)
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0:
        return "-0.0" if math.copysign(1, value) < 0 else "0.0"
    shortest = Decimal(repr(value))
    if PLAIN_FROM <= abs(value) < PLAIN_BELOW:
        text = format(shortest, "f")
        return text if "." in text else f"{text}.0"
    sign, digits, _ = shortest.normalize().as_tuple()
    fraction = "".join(map(str, digits[1:])) or "0"
    return f"{'-' if sign else ''}{digits[0]}.{fraction}E{shortest.adjusted()}"


def instant(timestamp: datetime) -> str:
    """A timestamp as in alarm messages: 2026-09-14T05:42:40.000+0000 (UTC, milliseconds)."""
    utc = as_utc(timestamp)
    return f"{utc:%Y-%m-%dT%H:%M:%S}.{utc.microsecond // 1000:03d}+0000"


def day_and_time(timestamp: datetime) -> str:
    """As in reasons and mails: Friday 04 August, 2023 12:54:46 UTC."""
    return f"{as_utc(timestamp):%A %d %B, %Y %H:%M:%S} UTC"


def dumps(value: object) -> str:
    """Compact JSON of mappings, sequences, strings, numbers, booleans and None; key order is kept."""
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{dumps(str(key))}:{dumps(item)}" for key, item in value.items()) + "}"
    if isinstance(value, float):
        return double(value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ",".join(map(dumps, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
