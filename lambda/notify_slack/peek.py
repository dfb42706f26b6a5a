"""Read JSON of unknown shape. Nothing here raises: what is missing or of another type reads as empty."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

_HALVES = re.compile("[\ud800-\udfff]")


def at(value: object, *path: str | int) -> Any:
    """The value at `path`, or None."""
    for step in path:
        if isinstance(step, str) and isinstance(value, Mapping):
            value = value.get(step)
        elif isinstance(step, int) and isinstance(value, list) and -len(value) <= step < len(value):
            value = value[step]
        else:
            return None
    return value


def text(value: object, *path: str | int) -> str:
    """The string at `path`, or an empty one. Halves of surrogate pairs go: nothing can encode them."""
    found = at(value, *path)
    if not isinstance(found, str):
        return ""
    return found if found.isascii() else _HALVES.sub("", found)


def number(value: object, *path: str | int) -> float | None:
    """The finite number at `path` (a string that spells one counts), or None."""
    found = at(value, *path)
    if isinstance(found, bool) or not isinstance(found, int | float | str):
        return None
    try:
        result = float(found)
    except (ValueError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def count(value: object, *path: str | int) -> int | None:
    """The whole number at `path`, or None."""
    found = number(value, *path)
    return int(found) if found is not None and found == int(found) else None


def flag(value: object, *path: str | int) -> bool | None:
    """The boolean at `path`, or None."""
    found = at(value, *path)
    return found if isinstance(found, bool) else None


def items(value: object, *path: str | int) -> Sequence[Any]:
    """The list at `path`, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, list) else ()


def mapping(value: object, *path: str | int) -> Mapping[str, Any]:
    """The object at `path`, or an empty one."""
    found = at(value, *path)
    return found if isinstance(found, Mapping) else {}


def time(value: object, *path: str | int) -> datetime | None:
    """The instant at `path` in UTC, from ISO 8601 or RFC 1123, or None. Without a zone it is UTC."""
    found = at(value, *path)
    if isinstance(found, datetime):
        parsed = found
    elif isinstance(found, str):
        try:
            parsed = datetime.fromisoformat(found)
        except ValueError:
            try:
                parsed = parsedate_to_datetime(found)
            except (ValueError, TypeError, IndexError):
                return None
    else:
        return None
    try:
        return parsed.astimezone(UTC) if parsed.tzinfo else parsed.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
