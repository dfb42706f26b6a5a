"""Run a case: the alarm, and those that it rests on, over the time of the scenario.

Each alarm is evaluated when CloudWatch can see all values of the periods that ended: for a metric in periods
below a minute 10 s later. Scenario times leave those seconds out: `5m` sees the first 5 minutes.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alarmctl.scenarios.model import inputs
from alarms import composite, suppression
from alarms.definitions import CompositeDefinition, Definition
from alarms.driver import replay
from alarms.evaluate import evaluate
from alarms.model import Datapoint, DefinitionError, State, StateDetail, initial_state
from alarms.windows import cadence, extra_periods, lag, window

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from alarmctl.scenarios.model import Case, Series
    from alarmctl.scenarios.sources import Alarm
    from alarms.model import StateChange

Data = dict[str, list[Datapoint]]


@dataclass(frozen=True)
class Moved:
    """A change of state, `at` counted from the start."""

    at: timedelta
    change: StateChange


@dataclass(frozen=True)
class Track:
    """What an alarm did: the state at the start, and every change after it. `data` is by query id."""

    alarm: Alarm
    initial: StateDetail
    moves: tuple[Moved, ...]
    data: Mapping[str, Sequence[Datapoint]]
    children: tuple[Track, ...] = ()

    def at(self, at: timedelta) -> StateDetail:
        """The state in force at that time."""
        return next((move.change.state for move in reversed(self.moves) if move.at <= at), self.initial)

    def notified(self, lasts: timedelta) -> tuple[Moved, ...]:
        """The changes whose actions run, when they run: a suppressor holds some back, or drops them."""
        alarm = self.alarm
        if not isinstance(alarm, CompositeDefinition) or not alarm.actions_suppressor:
            return self.moves
        suppressor = next(child for child in self.children if _is(child.alarm, alarm.actions_suppressor))
        periods = suppression.Suppressor(
            timedelta(seconds=alarm.suppressor_wait_period or 0),
            timedelta(seconds=alarm.suppressor_extension_period or 0),
        )
        start = self.initial.timestamp
        events = [suppression.Event(start + move.at, False, move.change.state.value) for move in self.moves]  # noqa: FBT003 -- of_suppressor
        events += [
            suppression.Event(start + move.at, True, move.change.state.value)  # noqa: FBT003 -- of_suppressor
            for move in suppressor.moves
        ]
        events.sort(key=lambda event: event.at)
        initial = suppression.Actions(self.initial.value, suppressor.initial.value)
        ran = suppression.executions(initial, events, periods, start + lasts)
        return tuple(Moved(at - start, self._newest(at - start, state)) for at, state in ran)

    def _newest(self, at: timedelta, state: State) -> StateChange:
        return next(
            move.change for move in reversed(self.moves) if move.at <= at and move.change.state.value is state
        )


def run(case: Case) -> Track:
    """Raises AlarmError for what cannot be evaluated here."""
    return _Simulation(case).track(case.alarm)


class _Simulation:
    def __init__(self, case: Case) -> None:
        self.case = case
        self.done: dict[str, Track] = {}
        self.begun: set[str] = set()

    def track(self, alarm: Alarm) -> Track:
        if alarm.name in self.done:
            return self.done[alarm.name]
        if alarm.name in self.begun:
            raise DefinitionError(f"{alarm.name}: it rests on itself. CloudWatch evaluates no such alarm.")
        self.begun.add(alarm.name)
        made = self._composite(alarm) if isinstance(alarm, CompositeDefinition) else self._metric(alarm)
        self.done[alarm.name] = made
        return made

    def _metric(self, alarm: Definition) -> Track:
        case, settle = self.case, lag(alarm)
        data = {query_id: self._points(alarm, query_id) for query_id in inputs(alarm)}
        initial = self._initial(alarm, data, case.start + settle)
        warm_up = timedelta(minutes=alarm.warm_up.minutes) if alarm.warm_up and case.steady else timedelta()
        changes = replay(
            alarm,
            data,
            case.start + settle,
            case.start + case.lasts + settle + timedelta(seconds=1),
            previous=initial,
            phase=settle,
            ingestion_delay=case.delay,
            created=case.start - warm_up,
        )
        moves = tuple(Moved(change.state.timestamp - settle - case.start, change) for change in changes)
        return Track(alarm, initial, moves, data)

    def _initial(self, alarm: Definition, data: Data, at: datetime) -> StateDetail:
        """The state that the history gives, unless the scenario says which it is."""
        created = initial_state(self.case.start)
        if self.case.starts and alarm.name == self.case.alarm.name:
            return replace(created, value=self.case.starts, reason="The scenario starts in this state.")
        if not self.case.steady:
            return created
        visible = {
            query_id: [point for point in points if point.timestamp < at - self.case.delay]
            for query_id, points in data.items()
        }
        found = evaluate(alarm, visible, at, created.value, periods=window(alarm, at))
        if found.retained:
            return created
        return replace(created, value=found.state, reason=found.reason, reason_data=found.reason_data)

    def _points(self, alarm: Definition, query_id: str) -> list[Datapoint]:
        stat = inputs(alarm)[query_id]
        series = next(one for one in self.case.series if one.feeds(stat))
        looks_back = alarm.period * (alarm.evaluation_periods + extra_periods(alarm))
        looks_back += int(cadence(alarm).total_seconds() + self.case.delay.total_seconds())
        before = math.ceil(looks_back / series.interval.total_seconds()) if self.case.steady else 0
        values = [*[series.values[0]] * before, *series.values]
        first = self.case.start - series.interval * before
        return [
            self._point(series, first + series.interval * place, value)
            for place, value in enumerate(values)
            if value is not None
        ]

    def _point(self, series: Series, at: datetime, value: float) -> Datapoint:
        return Datapoint(at, value, None if series.samples is None else float(series.samples))

    def _composite(self, alarm: CompositeDefinition) -> Track:
        names = dict.fromkeys((*alarm.children, *filter(None, [alarm.actions_suppressor])))
        found = [self.case.alarms.named(name) for name in names]
        tracks = [self.track(child) for child in found if child is not None]
        ruled = [track for track in tracks if any(_is(track.alarm, name) for name in alarm.children)]
        children = {
            track.alarm.name: composite.Child(
                track.alarm.name, track.alarm.arn, track.initial.value, self.case.start
            )
            for track in ruled
        }
        if self.case.steady:
            state = composite.created(alarm, children.values(), self.case.start).state
        else:
            state = initial_state(self.case.start)
        if self.case.starts and alarm.name == self.case.alarm.name:
            state = replace(
                state, value=self.case.starts, reason="The scenario starts in this state.", reason_data=None
            )
        initial = state
        moves: list[Moved] = []
        if not self.case.steady:
            first = composite.created(alarm, children.values(), self.case.start)
            moves.append(Moved(timedelta(), replace(first, previous=initial)))
            state = first.state
        steps = sorted(((move, track.alarm.name) for track in ruled for move in track.moves), key=_when)
        for move, name in steps:
            moved = move.change.state
            children[name] = replace(children[name], state=moved.value, since=moved.timestamp)
            change = composite.child_changed(alarm, children, name, state)
            if change:
                moves.append(Moved(move.at, change))
                state = change.state
        return Track(alarm, initial, tuple(moves), {}, tuple(tracks))


def _when(step: tuple[Moved, str]) -> timedelta:
    return step[0].at


def _is(alarm: Alarm, named: str) -> bool:
    return named in (alarm.name, alarm.arn) or named.rpartition(":alarm:")[2] == alarm.name
