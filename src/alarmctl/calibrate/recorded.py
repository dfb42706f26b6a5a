"""What alarms did, from DescribeAlarmHistory."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from alarms.model import State, epoch

if TYPE_CHECKING:
    from collections.abc import Iterable

COMPOSITE = "CompositeAlarm"  # it follows its children, and looks at no data
CREATED = "Unchecked: Initial alarm creation"  # the state that every alarm begins in


class RecordError(ValueError):
    """A history of alarms that cannot be read; the text says what to give."""


@dataclass(frozen=True, order=True)
class Transition:
    """One change of state at an evaluation, in epoch seconds."""

    at: float
    state: State
    before: State

    @property
    def alarming(self) -> bool:
        """Into or out of ALARM: what people are told of."""
        return State.ALARM in (self.state, self.before)


@dataclass(frozen=True)
class Recorded:
    """The changes by alarm, oldest first, and how many no evaluation made: set by hand, say."""

    by_alarm: Mapping[str, tuple[Transition, ...]]
    by_hand: int = 0


def read(items: Iterable[Any]) -> Recorded:
    """AlarmHistoryItems of DescribeAlarmHistory. Raises RecordError."""
    found: dict[str, list[Transition]] = defaultdict(list)
    by_hand = 0
    for item in items:
        try:
            if item["HistoryItemType"] != "StateUpdate" or item.get("AlarmType") == COMPOSITE:
                continue
            data = json.loads(item["HistoryData"])
            if str(data["newState"].get("stateReason", "")).startswith(CREATED):
                continue
            change = _transition(data)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise RecordError(
                f"an item of the alarm history is of another form ({error!r}). Give the answer of: aws "
                "cloudwatch describe-alarm-history --history-item-type StateUpdate"
            ) from None
        if change is None:
            by_hand += 1
        else:
            found[item["AlarmName"]].append(change)
    return Recorded({name: tuple(sorted(changes)) for name, changes in found.items()}, by_hand)


def _transition(data: Mapping[str, Any]) -> Transition | None:
    """The change, or None where no evaluation made it."""
    after, before = data["newState"], data["oldState"]
    reason = after.get("stateReasonData")
    reason = json.loads(reason) if isinstance(reason, str) and reason else reason
    if not isinstance(reason, Mapping) or "queryDate" not in reason:
        return None
    at = datetime.fromisoformat(reason["queryDate"])
    return Transition(epoch(at), State(after["stateValue"]), State(before["stateValue"]))
