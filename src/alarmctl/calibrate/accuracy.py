"""The engine's predictions beside what was recorded, change by change."""

from __future__ import annotations

import statistics
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from alarmctl.backtest import exact, replaying
from alarmctl.backtest.replaying import Settings
from alarms.model import AlarmError, epoch, from_epoch
from alarms.windows import cadence

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alarmctl.calibrate.recorded import Recorded, Transition
    from alarmctl.history.model import History
    from alarms.definitions import Definition
    from alarms.model import State

    Moves = Sequence[tuple[float, State]]

NEAR_SECONDS = 300.0
# Metrics of AWS come up to some minutes late; the delay that explains most of an alarm's changes is its own.
DELAYS = tuple(timedelta(minutes=count) for count in range(6))


@dataclass(frozen=True)
class Accuracy:
    """One alarm. `exact`: changes predicted at the evaluation itself; `near`: within NEAR_SECONDS; `missed`:
    not predicted; `extra`: predicted, but not recorded. `phase`, `delay`: seconds that fit its record best.
    `alarming`, `alarming_exact`: of `recorded` and `exact` those into or out of ALARM.
    `held_out`: changes predicted exactly where the delay comes from the other half of the record.
    """

    name: str
    recorded: int = 0
    exact: int = 0
    near: int = 0
    missed: int = 0
    extra: int = 0
    alarming: int = 0
    alarming_exact: int = 0
    held_out: int = 0
    phase: float | None = None
    delay: float = 0.0
    error: str | None = None


def of_alarm(alarm: Definition, history: History, recorded: Recorded, *, fast: bool) -> Accuracy:
    """Replay an alarm since it last changed, and compare."""
    changed = epoch(alarm.updated) if alarm.updated else 0.0
    begin = max(history.start + exact.lookback(alarm), changed)
    if begin >= history.end:
        return Accuracy(
            alarm.name, error="the history is shorter than what it looks at, or than its settings"
        )
    changes = [one for one in recorded.by_alarm.get(alarm.name, ()) if begin <= one.at < history.end]
    step = cadence(alarm).total_seconds()
    phase = _phase(changes, step)
    feeds = history.feeds(alarm)
    predicted: dict[float, Moves] = {}
    for delay in DELAYS if changes else DELAYS[:1]:
        settings = Settings(None if phase is None else timedelta(seconds=phase), delay, fast)
        previous = changes[0].before if changes else None
        try:
            timeline, _ = replaying.metric_alarm(
                alarm, feeds, from_epoch(begin), from_epoch(history.end), settings, previous
            )
        except AlarmError as error:
            return Accuracy(alarm.name, len(changes), missed=len(changes), error=str(error))
        predicted[delay.total_seconds()] = timeline.changes
    best = _best(alarm.name, changes, predicted, step)
    return replace(best, phase=phase, held_out=_held_out(changes, predicted, step))


def _best(
    name: str, recorded: Sequence[Transition], predicted: Mapping[float, Moves], step: float
) -> Accuracy:
    """With the delay, in seconds, whose predictions fit best."""
    found = (
        replace(compared(name, recorded, moves, step), delay=delay) for delay, moves in predicted.items()
    )
    return max(found, key=_merit)


def _held_out(recorded: Sequence[Transition], predicted: Mapping[float, Moves], step: float) -> int:
    """Changes predicted exactly in each half of the record, with the delay that fits the other half best.

    A single change has no other half: it counts without any delay.
    """
    if len(recorded) < 2:
        return compared("", recorded, predicted[0.0], step).exact
    later = len(recorded) // 2
    middle = (recorded[later - 1].at + recorded[later].at) / 2

    def half(late: bool) -> tuple[list[Transition], dict[float, Moves]]:  # noqa: FBT001
        return (
            [one for one in recorded if (one.at >= middle) is late],
            {
                delay: [move for move in moves if (move[0] >= middle) is late]
                for delay, moves in predicted.items()
            },
        )

    exact = 0
    for late in (False, True):
        delay = _best("", *half(not late), step).delay
        own, moves = half(late)
        exact += compared("", own, moves[delay], step).exact
    return exact


def compared(name: str, recorded: Sequence[Transition], predicted: Moves, step: float) -> Accuracy:
    """Pair each recorded change with the nearest prediction of the same state that is still free."""
    free = list(predicted)
    counts = {"exact": 0, "near": 0}
    alarming_exact = 0
    waiting = list(recorded)
    for kind, within in (("exact", step / 2), ("near", NEAR_SECONDS)):
        left = []
        for one in waiting:
            close = [pair for pair in free if pair[1] is one.state and abs(pair[0] - one.at) <= within]
            if close:
                free.remove(min(close, key=lambda pair: abs(pair[0] - one.at)))
                counts[kind] += 1
                alarming_exact += kind == "exact" and one.alarming
            else:
                left.append(one)
        waiting = left
    return Accuracy(
        name,
        len(recorded),
        counts["exact"],
        counts["near"],
        missed=len(waiting),
        extra=len(free),
        alarming=sum(one.alarming for one in recorded),
        alarming_exact=alarming_exact,
    )


def _phase(changes: Sequence[Transition], step: float) -> float | None:
    """Where in its cadence the alarm is evaluated; the record shows it to the millisecond."""
    return round(statistics.median(one.at % step for one in changes), 3) if changes else None


def _merit(found: Accuracy) -> tuple[int, int, float]:
    return found.exact - found.extra, found.near, -found.delay
