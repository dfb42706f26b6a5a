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


class RecordError(ValueError):
    """A history of alarms that cannot be read; the text says what to give."""


@dataclass(frozen=True, order=True)
class Transition:
    """One change of state at an evaluation, in epoch seconds."""

    at: float
    state: State
    before: State


@dataclass(frozen=True)
class Recorded:
    """The changes by alarm, oldest first, and how many were not CloudWatch's own: set by hand, say."""

    by_alarm: Mapping[str, tuple[Transition, ...]]
    by_hand: int = 0


def read(items: Iterable[Any]) -> Recorded:
    """AlarmHistoryItems of DescribeAlarmHistory. Raises RecordError."""
    found: dict[str, list[Transition]] = defaultdict(list)
    by_hand = 0
    for item in items:
        try:
            if item["HistoryItemType"] != "StateUpdate":
                continue
            change = _transition(json.loads(item["HistoryData"]))
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
