"""What was expected against what happened."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarmctl.scenarios import messages, simulation
from alarmctl.scenarios.model import Case, Count, Moment, Text, Transitions
from alarmctl.scenarios.shorthand import told
from alarms.model import AlarmError, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import timedelta

    from alarmctl.scenarios.messages import Told
    from alarmctl.scenarios.model import Expectation
    from alarmctl.scenarios.simulation import Moved, Track


@dataclass(frozen=True)
class Failure:
    """One expectation that was not met; `at` is when, if it has a time."""

    line: int
    what: str
    expected: str
    actual: str
    at: timedelta | None = None


@dataclass(frozen=True)
class Result:
    """What became of a case. `error`: why it could not be evaluated; there is no track then."""

    case: Case
    track: Track | None
    told: tuple[Told, ...] = ()
    failures: tuple[Failure, ...] = ()
    error: str = ""

    @property
    def passed(self) -> bool:
        return not self.failures and not self.error


def run(case: Case) -> Result:
    """Total: what the engine refuses is in the result."""
    try:
        track = simulation.run(case)
        read = messages.read_by_person(case, track)
    except AlarmError as error:
        return Result(case, None, error=f"it cannot be evaluated here. {error}")
    happened = _Happened(case, track, read)
    failures = tuple(failure for one in case.expectations for failure in happened.failures(one))
    return Result(case, track, read, failures)


class _Happened:
    def __init__(self, case: Case, track: Track, read: tuple[Told, ...]) -> None:
        # An alarm that the very first values keep in ALARM is not one that never fires.
        had_fired = case.starts is None and track.initial.value is State.ALARM
        self.track = track
        self.read = read
        self.counts: dict[str, Callable[[timedelta | None], int]] = {
            "fires": lambda until: (
                sum(move.change.state.value is State.ALARM for move in self.moves(until)) + had_fired
            ),
            "transitions": lambda until: len(self.moves(until)),
            "messages": lambda until: sum(until is None or one.at <= until for one in self.read),
        }

    def moves(self, until: timedelta | None) -> list[Moved]:
        return [move for move in self.track.moves if until is None or move.at <= until]

    def failures(self, expected: Expectation) -> Iterator[Failure]:
        if isinstance(expected, Count):
            yield from self.count(expected)
        elif isinstance(expected, Transitions):
            yield from self.transitions(expected)
        else:
            yield from self.moment(expected)

    def count(self, expected: Count) -> Iterator[Failure]:
        number = self.counts[expected.what](expected.until)
        if number != expected.number:
            up_to = f" up to {told(expected.until)}" if expected.until is not None else ""
            yield Failure(
                expected.line, f"{expected.what}{up_to}", str(expected.number), str(number), expected.until
            )

    def transitions(self, expected: Transitions) -> Iterator[Failure]:
        wanted = [(one.at, one.state) for one in expected.expected]
        moves = self.moves(expected.until)
        actual = [(move.at, move.change.state.value) for move in moves]
        if wanted != actual:
            pairs = zip([*wanted, None], [*actual, None], strict=False)
            first = next(one or other for one, other in pairs if one != other)
            yield Failure(
                expected.line,
                "transitions",
                ", ".join(f"{told(at)} {state}" for at, state in wanted) or "none",
                ", ".join(f"{told(at)} {state}" for at, state in actual) or "none",
                first[0] if first else None,
            )
            return
        for one in expected.expected:
            yield from self.moment(one)

    def moment(self, expected: Moment) -> Iterator[Failure]:
        detail = self.track.at(expected.at)
        when = told(expected.at)
        if expected.state not in (None, detail.value):
            yield Failure(
                expected.line, f"state at {when}", str(expected.state), str(detail.value), expected.at
            )
        if expected.reason:
            yield from _text(expected, f"reason at {when}", expected.reason, detail.reason)
        if expected.message:
            newest = next((one.text for one in reversed(self.read) if one.at <= expected.at), None)
            yield from _text(expected, f"message at {when}", expected.message, newest)


def _text(moment: Moment, what: str, expected: Text, actual: str | None) -> Iterator[Failure]:
    """At most one failure for each part that is expected; line breaks and bars count as spaces."""
    shown = "there is none" if actual is None else actual
    flat = _flat(actual or "")
    if expected.exactly is not None and (actual is None or flat != _flat(expected.exactly)):
        yield Failure(moment.line, what, expected.exactly, shown, moment.at)
    for part in expected.contains:
        if actual is None or _flat(part) not in flat:
            yield Failure(moment.line, what, f"something with {part!r}", shown, moment.at)
    for part in expected.lacks:
        if _flat(part) in flat:
            yield Failure(moment.line, what, f"nothing with {part!r}", shown, moment.at)


def _flat(text: str) -> str:
    return " ".join(word for word in text.split() if word != "│")
