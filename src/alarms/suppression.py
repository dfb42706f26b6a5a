"""Whether the actions of a composite alarm run, wait or are suppressed.

Source: "Composite alarm actions suppression", with its six timelines.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from alarms.model import DefinitionError, State

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime, timedelta


class SuppressedBy(StrEnum):
    """What holds actions back, spelt as in ActionsSuppressedBy."""

    WAIT_PERIOD = "WaitPeriod"
    EXTENSION_PERIOD = "ExtensionPeriod"
    ALARM = "Alarm"

    @property
    def reason(self) -> str:
        """ActionsSuppressedReason; the words for "Alarm" are not published."""
        return f"Actions suppressed by {self.value}"


@dataclass(frozen=True, slots=True)
class Suppressor:
    """The two periods of a composite alarm's suppressor."""

    wait: timedelta
    extension: timedelta


@dataclass(frozen=True, slots=True)
class Actions:
    """Where the actions of a composite alarm stand.

    `pending`: a state whose actions have not run. They run at `until`, or wait for the suppressor if that
    is None. `held_by` says what holds them.
    """

    composite: State
    suppressor: State
    pending: bool = False
    held_by: SuppressedBy | None = None
    until: datetime | None = None


def composite_changed(actions: Actions, state: State, at: datetime, periods: Suppressor) -> Actions:
    """The composite alarm went to `state`: its actions wait, or the suppressor holds them."""
    changed = replace(actions, composite=state, pending=True)
    if actions.suppressor is State.ALARM:
        return replace(changed, held_by=SuppressedBy.ALARM, until=None)
    return replace(changed, held_by=SuppressedBy.WAIT_PERIOD, until=at + periods.wait)


def suppressor_changed(actions: Actions, state: State, at: datetime, periods: Suppressor) -> Actions:
    """The suppressor went to `state`: into ALARM it holds what waits, out of it the extension begins."""
    changed = replace(actions, suppressor=state)
    if not actions.pending:
        return changed
    if state is State.ALARM:
        return replace(changed, held_by=SuppressedBy.ALARM, until=None)
    if actions.suppressor is State.ALARM:
        return replace(changed, held_by=SuppressedBy.EXTENSION_PERIOD, until=at + periods.extension)
    return changed


def due(actions: Actions, at: datetime) -> bool:
    """Whether the pending actions, those of the current state, run at `at`."""
    return actions.pending and actions.until is not None and actions.until <= at


def executed(actions: Actions) -> Actions:
    """After they ran."""
    return replace(actions, pending=False, held_by=None, until=None)


@dataclass(frozen=True, slots=True)
class Event:
    """The composite alarm or its suppressor went to `state`."""

    at: datetime
    of_suppressor: bool
    state: State


def executions(
    initial: Actions, events: Iterable[Event], periods: Suppressor, end: datetime
) -> Iterator[tuple[datetime, State]]:
    """When the composite alarm's actions run up to `end`, and for which state.

    An expiry at the same instant as an event comes first. Raises DefinitionError for events out of order.
    """
    actions, last = initial, None
    for event in events:
        if last is not None and event.at < last:
            raise DefinitionError(f"events must be in order: {event.at} comes after {last}")
        last = event.at
        if due(actions, event.at) and actions.until:
            yield actions.until, actions.composite
            actions = executed(actions)
        change = suppressor_changed if event.of_suppressor else composite_changed
        actions = change(actions, event.state, event.at, periods)
    if due(actions, end) and actions.until:
        yield actions.until, actions.composite
