"""Every alarm's timeline: by numpy where that is installed and fits, else by the engine itself."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from alarmctl.backtest import exact
from alarmctl.backtest.model import Timeline
from alarms import composite
from alarms.definitions import CompositeDefinition, Definition
from alarms.model import AlarmError, DefinitionError, State, StateDetail, from_epoch

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from alarmctl.history.model import History, Series

Alarm = Definition | CompositeDefinition
HAS_NUMPY = importlib.util.find_spec("numpy") is not None
NO_NUMPY = "numpy is not installed: the same results, a thousand times slower. Install alarmctl[fast]."


@dataclass(frozen=True)
class Settings:
    """What is taken for granted of the alarms' clocks. `phase` None: when all values can first be seen."""

    phase: timedelta | None = None
    delay: timedelta = timedelta()
    fast: bool = HAS_NUMPY


DEFAULTS = Settings()


@dataclass(frozen=True)
class Replayed:
    """An alarm's timeline, or the error that stands in its way. `feeds`: the series by query id."""

    alarm: Alarm
    timeline: Timeline | None
    feeds: Mapping[str, Series] = field(default_factory=dict)
    error: str | None = None
    exact: bool = False


def metric_alarm(
    alarm: Definition,
    feeds: Mapping[str, Series],
    begin: datetime,
    end: datetime,
    settings: Settings = DEFAULTS,
    previous: State | None = None,
) -> tuple[Timeline, bool]:
    """The timeline, and whether the exact path made it. Raises AlarmError."""
    keywords: Any = {"previous": previous, "phase": settings.phase, "delay": settings.delay}
    if settings.fast:
        from alarmctl.backtest import fast  # noqa: PLC0415 -- numpy is optional

        found = fast.replayed(alarm, feeds, begin, end, **keywords)
        if found is not None:
            return found, False
    return exact.replayed(alarm, feeds, begin, end, **keywords), True


def replay(
    alarms: Sequence[Alarm],
    history: History,
    settings: Settings = DEFAULTS,
    begin: datetime | None = None,
    end: datetime | None = None,
) -> list[Replayed]:
    """One for each alarm, in order. `begin` is by default where an alarm first sees all it looks at."""
    run = _Run(alarms, history, settings, begin, end)
    return [run.of(alarm) for alarm in alarms]


class _Run:
    def __init__(
        self,
        alarms: Sequence[Alarm],
        history: History,
        settings: Settings,
        begin: datetime | None,
        end: datetime | None,
    ) -> None:
        self.history, self.settings = history, settings
        self.begin, self.end = begin, end or from_epoch(history.end)
        self.by_name = {name: alarm for alarm in alarms for name in (alarm.name, alarm.arn)}
        self.done: dict[str, Replayed] = {}
        self.begun: set[str] = set()

    def of(self, alarm: Alarm) -> Replayed:
        if alarm.name not in self.done:
            self.begun.add(alarm.name)
            try:
                made = (
                    self._composite(alarm) if isinstance(alarm, CompositeDefinition) else self._metric(alarm)
                )
            except AlarmError as error:
                made = Replayed(alarm, None, error=str(error))
            self.done[alarm.name] = made
        return self.done[alarm.name]

    def _metric(self, alarm: Definition) -> Replayed:
        feeds = self.history.feeds(alarm)
        begin = self.begin or from_epoch(self.history.start + exact.lookback(alarm))
        if begin >= self.end:
            days = exact.lookback(alarm) / 86_400
            raise DefinitionError(f"{alarm.name}: it looks {days:.1f} days back, the history is shorter.")
        timeline, by_engine = metric_alarm(alarm, feeds, begin, self.end, self.settings)
        return Replayed(alarm, timeline, feeds, exact=by_engine)

    def _composite(self, alarm: CompositeDefinition) -> Replayed:
        children: dict[str, composite.Child] = {}
        moves: list[tuple[float, str, State]] = []
        begin = 0.0
        for name in dict.fromkeys(alarm.children):
            child, timeline = self._child(alarm, name)
            begin = max(begin, timeline.begin)
            at = from_epoch(timeline.begin)
            children[child.name] = composite.Child(child.name, child.arn, timeline.initial, at)
            moves += [(when, child.name, state) for when, state in timeline.changes]
        # A composite knows something only once all of its children do; what came before sets them up.
        begin = max(begin, self.begin.timestamp() if self.begin else begin)
        changes: list[tuple[float, State]] = []
        state = StateDetail(composite.evaluate_rule(alarm, children.values()), "", from_epoch(begin))
        initial = state.value
        for when, name, moved in sorted(moves):
            known = children[name]
            children[name] = composite.Child(known.name, known.arn, moved, from_epoch(when))
            change = composite.child_changed(alarm, children, name, state)
            if change is None:
                continue
            state = change.state
            if when < begin:
                initial = state.value
            else:
                changes.append((when, state.value))
        return Replayed(alarm, Timeline(begin, self.end.timestamp(), initial, tuple(changes)))

    def _child(self, alarm: CompositeDefinition, name: str) -> tuple[Alarm, Timeline]:
        child = self.by_name.get(name) or self.by_name.get(name.rpartition(":alarm:")[2])
        if child is None:
            raise DefinitionError(f"{alarm.name}: its rule mentions {name}, which is not among the alarms.")
        if child.name in self.begun and child.name not in self.done:
            raise DefinitionError(f"{alarm.name}: it rests on itself. CloudWatch evaluates no such alarm.")
        made = self.of(child)
        if made.timeline is None:
            raise DefinitionError(f"{alarm.name}: it rests on {child.name}, which is not replayed.")
        return child, made.timeline
