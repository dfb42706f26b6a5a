"""How scenarios write series of values and spans of time."""

from __future__ import annotations

import math
import re
from datetime import timedelta
from decimal import Decimal

NUMBER = r"-?(?:\d+(?:\.\d+)?|\.\d+)(?:[eE]-?\d+)?"
ITEM = re.compile(rf"(?:(?P<gap>_)|(?P<value>{NUMBER})(?P<step>[+-]{NUMBER})?)(?:x(?P<count>\d+))?\Z")
SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?\Z")
UNITS = (("d", 86_400), ("h", 3600), ("m", 60), ("s", 1))
MAX_VALUES = 100_000


def values(text: str) -> tuple[float | None, ...]:
    """`1x3 _ 10+5x3 _x2` as 1 1 1 - 10 15 20 - -, where - is a missing value.

    The count says how many values there are; a step is added from each to the next. Raises ValueError.
    """
    found: list[float | None] = []
    for place, item in enumerate(text.split(), 1):
        match = ITEM.match(item)
        if not match:
            raise ValueError(
                f"{item!r}, item {place} of the values, is not understood. Write 5, 5x10 (ten of them), "
                "5+2x10 or 5-2x10 (each 2 more or less), _ or _x10 (missing)."
            )
        if match["step"] and not match["count"]:
            raise ValueError(
                f"{item!r}, item {place} of the values, has a step but no count. Write {item}x5."
            )
        count = int(match["count"] or 1)
        if not 1 <= count <= MAX_VALUES - len(found):
            raise ValueError(f"{item!r}, item {place} of the values: a series has 1 to {MAX_VALUES} values.")
        # Decimal, so that steps of 0.1 meet a threshold of 0.3.
        first, step = Decimal(match["value"] or 0), Decimal(match["step"] or 0)
        if match["gap"]:
            found += [None] * count
            continue
        try:
            found += [_double(first + step * number) for number in range(count)]
        except ArithmeticError:
            raise ValueError(f"{item!r}, item {place} of the values, is too large for a number.") from None
    if not found:
        raise ValueError("there are no values. Write _ for a missing one.")
    return tuple(found)


def _double(value: Decimal) -> float:
    number = float(value)
    if not math.isfinite(number):
        raise OverflowError
    return number


def span(text: str) -> timedelta:
    """`90s`, `5m`, `1h30m`, `2d`. Raises ValueError."""
    match = SPAN.match(text)
    if not text or not match:
        raise ValueError(f"{text!r} is no span of time. Write it as 90s, 5m, 1h30m or 2d.")
    try:
        return timedelta(
            seconds=sum(
                int(number or 0) * unit for number, (_, unit) in zip(match.groups(), UNITS, strict=True)
            )
        )
    except OverflowError:
        raise ValueError(f"{text!r} is too long.") from None


def told(time: timedelta) -> str:
    """The shortest way to write a span: 90 seconds are `1m30s`, none are `0m`."""
    rest, parts = round(time.total_seconds()), []
    for letter, unit in UNITS:
        number, rest = divmod(rest, unit)
        if number:
            parts.append(f"{number}{letter}")
    return "".join(parts) or "0m"
