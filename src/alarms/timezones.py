"""Time zones as CloudWatch takes them."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from alarms.model import DefinitionError

OFFSET = re.compile(r"(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?\Z")
STEP_MINUTES = 5


def zone(name: str) -> tzinfo:
    """The zone of an IANA name, of +05:30 or of UTC+05:30.

    Raises DefinitionError. Source: API reference, WallClockWindow and the Schedule of a mute rule.
    """
    if name in {"UTC", "GMT", "Z"}:
        return UTC
    if match := OFFSET.fullmatch(name):
        sign, hours, minutes = match[1], int(match[2]), int(match[3] or 0)
        if hours < 24 and minutes < 60 and minutes % STEP_MINUTES == 0:
            offset = timedelta(hours=hours, minutes=minutes)
            return timezone(offset if sign == "+" else -offset)
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # KeyError: not found; the others: not even the form of a name
        raise DefinitionError(
            f"unknown time zone {name!r}. Use an IANA name, or an offset such as +05:30 (steps of 5 minutes)."
        ) from None
