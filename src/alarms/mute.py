"""Alarm mute rules: when actions are held back, and what runs when a window ends.

Source: API reference, PutAlarmMuteRule and Schedule; "Alarm mute rules".
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarms.model import DefinitionError, MuteDetail, as_utc
from alarms.timezones import zone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import tzinfo

    from alarms.definitions import Alarm
    from alarms.model import StateChange

MAX_TARGETS = 100
SHORTEST = timedelta(minutes=1)
LONGEST = timedelta(days=15)
MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
WEEKDAYS = {name: number for number, name in enumerate(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"))}
# What the field is, its lowest and highest value, and names for some.
Field = tuple[str, int, int, dict[str, int]]
FIELDS: tuple[Field, ...] = (
    ("minutes", 0, 59, {}),
    ("hours", 0, 23, {}),
    ("day of month", 1, 31, {}),
    ("month", 1, 12, MONTHS),
    ("day of week", 0, 7, WEEKDAYS),
)
DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?\Z")
AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d)\)\Z")
CRON = re.compile(r"cron\(([^()]*)\)\Z")
KEYS = {"Name", "Description", "Rule", "MuteTargets", "Tags", "StartDate", "ExpireDate"}


@dataclass(frozen=True, slots=True)
class Cron:
    """The allowed values of the five fields; day 0 of the week is Sunday."""

    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    # As in cron, a day matches either of the two day fields if both are restricted.
    either_day: bool

    def matches(self, local: datetime) -> bool:
        by_date = local.day in self.days
        by_week = local.isoweekday() % 7 in self.weekdays
        day = by_date or by_week if self.either_day else by_date and by_week
        return (
            local.minute in self.minutes and local.hour in self.hours and local.month in self.months and day
        )


@dataclass(frozen=True, slots=True)
class MuteRule:
    """A mute rule; `once` or `recurring` is set."""

    name: str
    alarm_names: tuple[str, ...]
    duration: timedelta
    place: tzinfo
    once: datetime | None = None
    recurring: Cron | None = None
    start_date: datetime | None = None
    expire_date: datetime | None = None

    def window_at(self, at: datetime) -> tuple[datetime, datetime] | None:
        """The window [start, end) that holds `at`; of several, the one that ends last. UTC."""
        if not self._in_force(at):
            return None
        if self.once:
            opened = self.once.astimezone(UTC)
            return (opened, opened + self.duration) if opened <= at < opened + self.duration else None
        minute = as_utc(at).replace(second=0, microsecond=0)
        opened = minute
        while self.recurring and opened > minute - self.duration:
            if self.recurring.matches(opened.astimezone(self.place)):
                return opened, opened + self.duration
            opened -= timedelta(minutes=1)
        return None

    def _in_force(self, at: datetime) -> bool:
        begun = self.start_date is None or as_utc(self.start_date) <= at
        return begun and (self.expire_date is None or at < as_utc(self.expire_date))


@dataclass(frozen=True, slots=True)
class Notice:
    """At `at`, a change is told to EventBridge; its actions run too if `acts`."""

    at: datetime
    change: StateChange
    acts: bool


def muted_by(alarm: Alarm, mute_rules: Sequence[MuteRule], at: datetime) -> MuteDetail | None:
    """The window that holds the alarm's actions back at `at`; of several, the one that ends last."""
    windows = [(rule, rule.window_at(at)) for rule in mute_rules if alarm.name in rule.alarm_names]
    details = [
        MuteDetail(f"arn:aws:cloudwatch:{alarm.region}:{alarm.account}:alarm-mute-rule:{rule.name}", *window)
        for rule, window in windows
        if window
    ]
    return max(details, key=lambda detail: detail.window_end, default=None)


def notices(
    alarm: Alarm, changes: Iterable[StateChange], mute_rules: Sequence[MuteRule], end: datetime
) -> Iterator[Notice]:
    """The changes of one alarm, those in a mute window without their actions.

    When a window ends, by `end`, the actions of a state that still holds run after all. That AWS tells a
    state once however often it came and went inside the window is assumed.
    """
    held: StateChange | None = None
    for change in changes:
        if held:
            yield from _reopened(alarm, held, mute_rules, change.state.timestamp)
        detail = muted_by(alarm, mute_rules, change.state.timestamp)
        held = replace(change, mute=detail) if detail else None
        yield Notice(change.state.timestamp, held or change, acts=held is None)
    if held:
        yield from _reopened(alarm, held, mute_rules, end)


def _reopened(
    alarm: Alarm, held: StateChange, mute_rules: Sequence[MuteRule], before: datetime
) -> Iterator[Notice]:
    """The held change, once no window covers it any more; nothing if another change comes first."""
    detail = held.mute
    while detail and detail.window_end < before:
        following = muted_by(alarm, mute_rules, detail.window_end)
        if following is None:
            yield Notice(detail.window_end, replace(held, after_mute_window=True), acts=True)
        detail = following


def from_put_alarm_mute_rule(mapping: Mapping[str, Any]) -> MuteRule:
    """Read the parameters of PutAlarmMuteRule. Raises DefinitionError naming the rule and the culprit."""
    name = mapping.get("Name")
    if not isinstance(name, str) or not name:
        raise DefinitionError(f"a mute rule needs Name; got {name!r}")
    unknown = sorted(set(mapping) - KEYS)
    if unknown:
        raise DefinitionError(f"{name}: unknown key {', '.join(unknown)}. Use {', '.join(sorted(KEYS))}.")
    schedule = (mapping.get("Rule") or {}).get("Schedule") or {}
    targets = tuple((mapping.get("MuteTargets") or {}).get("AlarmNames") or ())
    if len(targets) > MAX_TARGETS:
        raise DefinitionError(f"{name}: a mute rule takes at most {MAX_TARGETS} alarms, not {len(targets)}")
    place = zone(schedule.get("Timezone") or "UTC")
    once, recurring = _schedule(name, str(schedule.get("Expression")), place)
    return MuteRule(
        name,
        targets,
        _duration(name, str(schedule.get("Duration"))),
        place,
        once,
        recurring,
        mapping.get("StartDate"),
        mapping.get("ExpireDate"),
    )


def _duration(name: str, text: str) -> timedelta:
    match = DURATION.match(text)
    parts = [int(part or 0) for part in match.groups()] if match else [0]
    try:
        duration = timedelta(**dict(zip(("days", "hours", "minutes", "seconds"), parts, strict=False)))
    except OverflowError:
        duration = timedelta.max
    if not SHORTEST <= duration <= LONGEST:
        raise DefinitionError(
            f"{name}: Duration {text!r} must lie between PT1M and P15D, as in PT4H or P2DT12H"
        )
    return duration


def _schedule(name: str, text: str, place: tzinfo) -> tuple[datetime | None, Cron | None]:
    if match := AT.match(text):
        try:
            return datetime.fromisoformat(match[1]).replace(tzinfo=place), None
        except ValueError:
            raise DefinitionError(f"{name}: {text} is no date. Write at(2026-03-02T22:00).") from None
    match = CRON.match(text)
    fields = match[1].split() if match else []
    if len(fields) != len(FIELDS):
        raise DefinitionError(
            f"{name}: {text!r} must be cron(minutes hours day month weekday) or at(yyyy-MM-ddThh:mm)"
        )
    minutes, hours, days, months, weekdays = (
        _field(name, field, row) for field, row in zip(fields, FIELDS, strict=True)
    )
    either_day = fields[2] != "*" and fields[4] != "*"
    return None, Cron(minutes, hours, days, months, frozenset(day % 7 for day in weekdays), either_day)


def _field(name: str, text: str, row: Field) -> frozenset[int]:
    what, low, high, names = row
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = (str(low), "-", str(high)) if part == "*" else part.partition("-")
        bounds = [names.get(bound.upper(), bound) for bound in (first, last if dash else first)]
        numbers = [int(bound) if str(bound).isdecimal() else -1 for bound in bounds]
        if not low <= numbers[0] <= numbers[1] <= high:
            raise DefinitionError(f"{name}: {what} {text!r} must be {low} to {high}, with * , - between")
        found.update(range(numbers[0], numbers[1] + 1))
    return frozenset(found)
