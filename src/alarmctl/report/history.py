"""Changes of alarms' states, as DescribeAlarmHistory tells them.

CloudWatch keeps an alarm's history for 30 days, also of alarms that were deleted since.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alarms.model import State, as_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

KEPT_DAYS = 30
WANTED = "what `aws cloudwatch describe-alarm-history --history-item-type StateUpdate` prints"
_SUMMARY = re.compile(r"Alarm updated from (\w+) to (\w+)")


@dataclass(frozen=True, slots=True)
class Transition:
    """One change of state. `breached`: when the oldest of the values that decided began, where told."""

    alarm: str
    at: datetime
    old: State
    new: State
    breached: datetime | None = None


@dataclass(frozen=True, slots=True)
class Episode:
    """A time in ALARM. `began` None: before what the history has. `ended` None: it is still on."""

    alarm: str
    began: datetime | None
    ended: datetime | None
    breached: datetime | None = None

    def seconds(self, since: datetime, until: datetime) -> float:
        """How much of it lies between the two."""
        begin, end = self.began or since, self.ended or until
        return max(0.0, (min(end, until) - max(begin, since)).total_seconds())


def transitions(items: Iterable[Mapping[str, Any]]) -> list[Transition]:
    """The changes of state among AlarmHistoryItems, oldest first. Raises ValueError."""
    found = []
    for item in items:
        if item.get("HistoryItemType") != "StateUpdate":
            continue
        try:
            found.append(_transition(item))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            name = item.get("AlarmName", "an alarm")
            raise ValueError(
                f"the history of {name} has an item of another form ({error}); give {WANTED}"
            ) from None
    return sorted(found, key=lambda change: (change.at, change.alarm))


def _transition(item: Mapping[str, Any]) -> Transition:
    at = item["Timestamp"]
    at = as_utc(at if isinstance(at, datetime) else datetime.fromisoformat(str(at)))
    data = json.loads(item.get("HistoryData") or "{}")
    new, old = data.get("newState") or {}, data.get("oldState") or {}
    words = _SUMMARY.match(item.get("HistorySummary") or "")
    states = (old.get("stateValue"), new.get("stateValue"))
    before, after = states if all(states) else words.groups() if words else (None, None)
    if not before or not after:
        raise ValueError("neither HistoryData nor HistorySummary tells the states")
    return Transition(
        str(item["AlarmName"]), at, State(before), State(after), _breached(new.get("stateReasonData"))
    )


def _breached(reason: object) -> datetime | None:
    """Start of the oldest of the values that decided."""
    data = json.loads(reason) if isinstance(reason, str) else reason
    if not isinstance(data, dict):
        return None
    decisive = [
        as_utc(datetime.fromisoformat(str(slot["timestamp"])))
        for slot in data.get("evaluatedDatapoints") or ()
        if slot.get("value") is not None
    ]
    return min(decisive, default=None)


def episodes(changes: Sequence[Transition]) -> list[Episode]:
    """The times in ALARM, by alarm and then by time."""
    by_alarm: dict[str, list[Transition]] = defaultdict(list)
    for change in changes:
        by_alarm[change.alarm].append(change)
    return [episode for name in sorted(by_alarm) for episode in _of_one(by_alarm[name])]


def _of_one(changes: Sequence[Transition]) -> Iterator[Episode]:
    begun: Transition | None = None
    for index, change in enumerate(changes):
        if change.new is State.ALARM:
            begun = begun or change
        elif begun:
            yield Episode(change.alarm, begun.at, change.at, begun.breached)
            begun = None
        elif index == 0 and change.old is State.ALARM:
            yield Episode(change.alarm, None, change.at)
    if begun:
        yield Episode(begun.alarm, begun.at, None, begun.breached)


def from_document(document: object) -> list[Transition]:
    """The changes in the JSON of `aws cloudwatch describe-alarm-history`. Raises ValueError."""
    items = document.get("AlarmHistoryItems") if isinstance(document, dict) else document
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise ValueError(f"no AlarmHistoryItems in it; give {WANTED}")
    return transitions(items)


def live(account: Any, since: datetime, until: datetime, prefix: tuple[str, ...] = ("",)) -> list[Transition]:
    """The changes of state of alarms whose names begin with one of `prefix`. Raises what boto3 raises."""
    items = (
        item
        for page in account.pages(
            "cloudwatch",
            "describe_alarm_history",
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            HistoryItemType="StateUpdate",
            StartDate=since,
            EndDate=until,
        )
        for item in page["AlarmHistoryItems"]
        if item["AlarmName"].startswith(prefix)
    )
    return transitions(items)


def now() -> datetime:
    """This moment, to the second. For the edges only."""
    return datetime.now(UTC).replace(microsecond=0)
