"""When a mute begins and ends, and the mute rules that say so to CloudWatch."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarms.mute import LONGEST, MAX_TARGETS, SHORTEST

if TYPE_CHECKING:
    from collections.abc import Sequence

CAP = timedelta(hours=24)  # ours: longer than that is more often forgotten than meant
MANY = 100  # ours: more alarms at once are more often a slip of the pattern than meant
PREFIX = "mute-"
OWNER = " | owner: "
DESCRIPTION_CHARACTERS = 1024
SPAN = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?")
# PutAlarmMuteRule must arrive before the minute at which the rule begins.
ON_THE_WAY = timedelta(seconds=5)


class MuteError(ValueError):
    """Something that cannot be muted as asked; the text says why and what to do."""


@dataclass(frozen=True)
class Window:
    """From when until when, in whole minutes of UTC."""

    start: datetime
    length: timedelta

    @property
    def end(self) -> datetime:
        return self.start + self.length


def span(text: str) -> timedelta:
    """The time of 2h, 90m, 1h30m or 3d. Raises MuteError naming the text."""
    match = SPAN.fullmatch(text.strip())
    if not text.strip() or match is None:
        raise MuteError(f"{text!r} is no time span. Write 30m, 2h, 1h30m or 3d.")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    try:
        return timedelta(days=days, hours=hours, minutes=minutes)
    except OverflowError:
        return timedelta.max


def moment(text: str) -> datetime:
    """The time of 2026-03-02T22:00, in UTC unless it has an offset. Raises MuteError."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise MuteError(f"{text!r} is no time. Write 2026-03-02T22:00, or with an offset from UTC.") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


def window(start: datetime | None, length: timedelta, now: datetime) -> Window:
    """The window that begins at `start`, or at the next full minute; a mute rule knows no seconds.

    Raises MuteError for a start in the past and a length outside CloudWatch's PT1M to P15D.
    """
    if not SHORTEST <= length <= LONGEST:
        raise MuteError(f"{words(length)} is not possible: CloudWatch mutes for 1 minute to 15 days.")
    soonest = _full_minute(now + ON_THE_WAY)
    if start is None:
        return Window(soonest, length)
    if start + length <= soonest:
        raise MuteError(f"{start:%Y-%m-%d %H:%M} UTC and {words(length)} more are over already.")
    begin = max(_full_minute(start), soonest)
    return Window(begin, start + length - begin)


def _full_minute(at: datetime) -> datetime:
    floor = at.replace(second=0, microsecond=0)
    return floor if floor == at else floor + timedelta(minutes=1)


def words(length: timedelta) -> str:
    """The length as 1 d 2 h 30 min, rounded up to a minute."""
    minutes = -(-int(length.total_seconds()) // 60)
    parts = ((minutes // 1440, "d"), (minutes // 60 % 24, "h"), (minutes % 60, "min"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count) or "0 min"


def duration(length: timedelta) -> str:
    """The length in ISO 8601, as in P1DT2H30M."""
    minutes = int(length.total_seconds()) // 60
    days = f"{minutes // 1440}D" if minutes // 1440 else ""
    clock = "".join(
        f"{count}{unit}" for count, unit in ((minutes // 60 % 24, "H"), (minutes % 60, "M")) if count
    )
    return f"P{days}" + (f"T{clock}" if clock else "")


def describe(why: str, owner: str) -> str:
    """The rule's description, from which `explained` reads the reason and the owner again.

    Raises MuteError where CloudWatch would not take it.
    """
    text = " ".join(why.split()) + OWNER + owner
    if len(text) > DESCRIPTION_CHARACTERS:
        raise MuteError(f"--why and --owner have {len(text)} characters, more than {DESCRIPTION_CHARACTERS}.")
    return text


def explained(description: str) -> tuple[str, str]:
    """The reason and the owner of a description; no owner where somebody else wrote it."""
    why, separator, owner = description.rpartition(OWNER)
    return (why, owner) if separator else (description, "")


def rules(names: Sequence[str], when: Window, why: str, owner: str) -> list[dict[str, Any]]:
    """The parameters of PutAlarmMuteRule, one rule for each 100 alarms.

    A rule's name follows from what it does, so that asking twice in a minute makes no second one, and two
    people never overwrite each other's.
    """
    description = describe(why, owner)
    chunks = [names[first : first + MAX_TARGETS] for first in range(0, len(names), MAX_TARGETS)]
    digest = hashlib.sha256("\n".join((description, *names)).encode()).hexdigest()[:8]
    stem = f"{PREFIX}{when.start:%Y%m%dT%H%M}-{digest}"
    return [
        rule(stem + (f"-{number}of{len(chunks)}" if len(chunks) > 1 else ""), chunk, when, description)
        for number, chunk in enumerate(chunks, 1)
    ]


def rule(name: str, alarms: Sequence[str], when: Window, description: str) -> dict[str, Any]:
    """The parameters of PutAlarmMuteRule for one rule of at most 100 alarms."""
    schedule = {
        "Expression": f"at({when.start:%Y-%m-%dT%H:%M})",
        "Duration": duration(when.length),
        "Timezone": "UTC",
    }
    return {
        "Name": name,
        "Description": description,
        "Rule": {"Schedule": schedule},
        "MuteTargets": {"AlarmNames": list(alarms)},
    }
