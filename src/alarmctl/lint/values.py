"""Values out of JSON and YAML that may be anything: what is not of the wanted kind is None."""

from __future__ import annotations


def number(value: object) -> float | None:
    """A number, or None."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def whole(value: object) -> int | None:
    """A whole number, or None."""
    read = number(value)
    return int(read) if read is not None and read.is_integer() else None


def text(value: object) -> str | None:
    """Text that is not empty, or None."""
    return value if isinstance(value, str) and value else None


def texts(value: object) -> tuple[str, ...]:
    """The texts of a list."""
    return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()
