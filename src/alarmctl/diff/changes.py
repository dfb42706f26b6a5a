"""Which alarms a plan adds, changes and removes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from alarmctl.diff import words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarmctl.lint.model import Alarm, Stack


class Kind(StrEnum):
    """What happens to an alarm; in the order in which a reviewer wants to see it."""

    REMOVED = "removed"
    CHANGED = "changed"
    ADDED = "added"


@dataclass(frozen=True)
class Setting:
    """One setting, before and after, in words."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One alarm's. `before` is None of an added one, `after` of a removed one."""

    kind: Kind
    name: str
    before: Alarm | None
    after: Alarm | None
    settings: tuple[Setting, ...] = ()

    @property
    def summary(self) -> str:
        """The change in one line."""
        if self.before and self.after:
            if words.condition(self.before) != words.condition(self.after):
                return words.changed_condition(self.before, self.after)
            return ", ".join(setting.name for setting in self.settings)
        alarm = self.after or self.before
        return words.condition(alarm) if alarm else ""


def compare(before: Stack, after: Stack) -> list[Change]:
    """The changes, the removed alarms first. Alarms are the same by name, else by their address."""
    old, new = _by_name(before.alarms), _by_name(after.alarms)
    pairs = [(old[name], alarm) for name, alarm in new.items() if name in old]
    gone = {alarm.address: alarm for name, alarm in old.items() if name not in new}
    come = [alarm for name, alarm in new.items() if name not in old]
    pairs += [(gone.pop(alarm.address), alarm) for alarm in list(come) if alarm.address in gone]
    paired = {id(alarm) for _, alarm in pairs}
    changes = [Change(Kind.REMOVED, alarm.label, alarm, None) for alarm in gone.values()]
    changes += [Change(Kind.ADDED, alarm.label, None, alarm) for alarm in come if id(alarm) not in paired]
    for one, other in pairs:
        if settings := tuple(_settings(one, other, before, after)):
            changes.append(Change(Kind.CHANGED, other.label, one, other, settings))
    order = list(Kind)
    return sorted(changes, key=lambda change: (order.index(change.kind), change.name))


def _by_name(alarms: Iterable[Alarm]) -> dict[str, Alarm]:
    return {alarm.label: alarm for alarm in alarms}


def _settings(before: Alarm, after: Alarm, old: Stack, new: Stack) -> Iterable[Setting]:
    pairs = zip(words.settings(before, old.names), words.settings(after, new.names), strict=True)
    for (name, was), (_, is_) in pairs:
        if was != is_:
            yield Setting(name, was, is_)
