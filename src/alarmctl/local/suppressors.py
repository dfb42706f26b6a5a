"""Composite alarms whose actions wait: for their suppressor, or for one of its two periods to end.

`alarms.suppression` has the rules; this keeps where each alarm stands, and what it has not said yet.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alarms import suppression
from alarms.model import State

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """One composite alarm whose actions have not run, and what runs them."""

    alarm: dict[str, Any]
    actions: suppression.Actions
    run: Callable[[], None]


def suppressor_of(alarm: Mapping[str, Any]) -> str | None:
    """The name of the alarm that suppresses this one's actions; None without one."""
    named = alarm.get("ActionsSuppressor")
    return str(named).rpartition(":alarm:")[2] if named else None


class Suppressors:
    """The composite alarms whose actions wait, by name. Not for several threads at once."""

    def __init__(self) -> None:
        self._waiting: dict[str, Waiting] = {}

    def changed(
        self, alarm: dict[str, Any], suppressor: State, at: datetime
    ) -> suppression.SuppressedBy | None:
        """What holds the actions of a composite alarm that went to its present state; None: they run."""
        state = State(alarm["StateValue"])
        begun = suppression.composite_changed(
            suppression.Actions(state, suppressor), state, at, _periods(alarm)
        )
        self._waiting.pop(alarm["AlarmName"], None)  # actions of a state that is over never run
        if suppression.due(begun, at):
            _show(alarm, None)
            return None
        self._waiting[alarm["AlarmName"]] = Waiting(alarm, begun, run=lambda: None)
        _show(alarm, begun.held_by)
        return begun.held_by

    def hold(self, name: str, run: Callable[[], None]) -> None:
        """What to run when the actions of the alarm NAME, which `changed` held, may run."""
        self._waiting[name] = replace(self._waiting[name], run=run)

    def suppressor_changed(self, name: str, state: State, at: datetime) -> None:
        """The alarm NAME went to `state`: those that it suppresses wait on, or begin their extension."""
        for composite, waiting in self._waiting.items():
            if suppressor_of(waiting.alarm) == name:
                actions = suppression.suppressor_changed(waiting.actions, state, at, _periods(waiting.alarm))
                self._waiting[composite] = replace(waiting, actions=actions)
                _show(waiting.alarm, actions.held_by)

    def run_due(self, at: datetime) -> None:
        """Run the actions whose wait is over."""
        for name, waiting in list(self._waiting.items()):
            if suppression.due(waiting.actions, at):
                del self._waiting[name]
                _show(waiting.alarm, None)
                waiting.run()


def _periods(alarm: Mapping[str, Any]) -> suppression.Suppressor:
    wait, extension = (
        timedelta(seconds=float(alarm.get(f"ActionsSuppressor{period}Period") or 0))
        for period in ("Wait", "Extension")
    )
    return suppression.Suppressor(wait, extension)


def _show(alarm: dict[str, Any], held_by: suppression.SuppressedBy | None) -> None:
    """Write it where DescribeAlarms shows it."""
    if held_by is None:
        alarm.pop("ActionsSuppressedBy", None)
        alarm.pop("ActionsSuppressedReason", None)
    else:
        alarm |= {"ActionsSuppressedBy": str(held_by), "ActionsSuppressedReason": held_by.reason}
