"""A composite alarm's state, and CloudWatch's words for it.

Source: "Create a composite alarm"; the reasons follow what real alarms said (docs/evaluation.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms import javajson, rules
from alarms.javajson import day_and_time, instant
from alarms.model import DefinitionError, State, StateChange, StateDetail, TriggeringAlarm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from alarms.definitions import CompositeDefinition


@dataclass(frozen=True, slots=True)
class Child:
    """An alarm that a rule mentions, as it stands."""

    name: str
    arn: str
    state: State
    since: datetime


def evaluate_rule(alarm: CompositeDefinition, children: Iterable[Child]) -> State:
    """ALARM where the rule holds, else OK; children are found by name or ARN.

    Raises DefinitionError naming children that are not there, and an alarm that mentions itself.
    """
    states: dict[str, State] = {}
    for child in children:
        states |= {child.name: child.state, child.arn: child.state}
    mentioned = alarm.children
    if alarm.name in mentioned or alarm.arn in mentioned:
        raise DefinitionError(f"{alarm.name}: its rule mentions the alarm itself")
    absent = [name for name in mentioned if name not in states]
    if absent:
        raise DefinitionError(
            f"{alarm.name}: its rule mentions alarms that are not there: {', '.join(absent)}"
        )
    return State.ALARM if rules.evaluate(rules.parse(alarm.rule), states) else State.OK


def created(alarm: CompositeDefinition, children: Iterable[Child], at: datetime) -> StateChange:
    """The first state of a composite alarm; before it was INSUFFICIENT_DATA."""
    known = list(children)
    state = evaluate_rule(alarm, known)
    reason = f"{alarm.arn} was created and its alarm rule evaluates to {state}"
    before = StateDetail(State.INSUFFICIENT_DATA, "", at)
    return _change(alarm, state, reason, _triggering(alarm, known), before, at)


def updated(
    alarm: CompositeDefinition, children: Iterable[Child], previous: StateDetail, at: datetime
) -> StateChange | None:
    """The change that a new rule brings about, or None."""
    known = list(children)
    state = evaluate_rule(alarm, known)
    if state is previous.value:
        return None
    reason = f"{alarm.arn} was updated and its new alarm rule evaluates to {state}"
    return _change(alarm, state, reason, _triggering(alarm, known), previous, at)


def child_changed(
    alarm: CompositeDefinition, children: Mapping[str, Child], moved: str, previous: StateDetail
) -> StateChange | None:
    """The change that the move of one child brings about, at the child's own instant, or None.

    `children` by name, with `moved` in its new state.
    """
    state = evaluate_rule(alarm, children.values())
    child = children[moved]
    if state is previous.value:
        return None
    reason = f"{child.arn} transitioned to {child.state} at {day_and_time(child.since)}"
    trigger = (TriggeringAlarm(child.arn, child.state, child.since),)
    return _change(alarm, state, reason, trigger, previous, child.since)


def _triggering(alarm: CompositeDefinition, children: Iterable[Child]) -> tuple[TriggeringAlarm, ...]:
    mentioned = set(alarm.children)
    return tuple(
        TriggeringAlarm(child.arn, child.state, child.since)
        for child in children
        if child.name in mentioned or child.arn in mentioned
    )


def _change(
    alarm: CompositeDefinition,
    state: State,
    reason: str,
    triggering: tuple[TriggeringAlarm, ...],
    previous: StateDetail,
    at: datetime,
) -> StateChange:
    data = {
        "triggeringAlarms": [
            {"arn": child.arn, "state": {"value": child.state.value, "timestamp": instant(child.timestamp)}}
            for child in triggering
        ]
    }
    detail = StateDetail(state, reason, at, javajson.dumps(data))
    return StateChange(alarm.name, detail, previous, triggering)
