"""What the notifications of RDS and DMS have in common: numbered events, texts of `Name: value` lines."""

from __future__ import annotations

import re

from notify_slack import peek

_EVENT_NUMBER = re.compile(r"(?:RDS|DMS)-EVENT-\d{1,6}")
_LINE = re.compile(r"^([A-Z][A-Za-z ]{2,30}?) ?: ?(.*)$", re.MULTILINE)


def event_number(event_id: str) -> str:
    """`RDS-EVENT-0006` out of an id that may be an address with the number in its fragment; else empty."""
    found = _EVENT_NUMBER.search(event_id)
    return found[0] if found else ""


def values(content: object) -> dict[str, str]:
    """The lines of a text by their names, in small letters and without spaces; none of what is no text."""
    lines = _LINE.findall(peek.text(content))
    return {name.strip().lower().replace(" ", ""): value.strip() for name, value in lines}
