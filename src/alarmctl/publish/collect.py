"""Sources asked in time, each in its own thread; what they measured becomes points, and their health too."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alarmctl.publish.dimensions import series_sets
from alarmctl.publish.errors import SourceError
from alarmctl.publish.model import Point, Reading, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alarmctl.publish.config import Config, Source

PUBLISHER = "publisher"  # the `Source` of the publisher's own counts


@dataclass(frozen=True)
class Outcome:
    """One attempt: when it began, what was measured, how long it took, and what went wrong, if anything."""

    source: Source
    at: datetime
    readings: tuple[Reading, ...]
    seconds: float
    problem: str = ""


@dataclass
class Attempt:
    """One question to a source, on its way in a thread."""

    source: Source
    measure: Callable[[], list[Reading]]
    done: Callable[[], None] = lambda: None
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    started: float = field(default_factory=time.monotonic)
    _answer: Outcome | None = None

    def begin(self) -> Attempt:
        """Start the thread. It ends with the process, whatever it waits for."""
        threading.Thread(target=self._run, name=f"source {self.source.name}", daemon=True).start()
        return self

    def _run(self) -> None:
        readings: tuple[Reading, ...] = ()
        problem = ""
        try:
            readings = tuple(self.measure())
        except SourceError as error:
            readings, problem = error.readings, str(error)
        except Exception as error:  # noqa: BLE001 -- whatever it was, the other sources go on
            problem = f"{type(error).__name__}: {error}"
        self._answer = Outcome(self.source, self.at, readings, time.monotonic() - self.started, problem)
        self.done()

    @property
    def finished(self) -> bool:
        """Has the source answered, late or in time?"""
        return self._answer is not None

    @property
    def overdue(self) -> bool:
        """Is the deadline over?"""
        return time.monotonic() - self.started >= self.source.deadline_seconds

    def outcome(self) -> Outcome | None:
        """What came of it, or None while there is time. An answer after the deadline does not count."""
        answer = self._answer
        limit = self.source.deadline_seconds
        if answer is not None and answer.seconds <= limit:
            return answer
        if answer is None and not self.overdue:
            return None
        return Outcome(self.source, self.at, (), limit, f"no answer within {limit:g} s (deadline_seconds)")


def points(outcome: Outcome, config: Config, known: Mapping[str, str]) -> list[Point]:
    """What an outcome publishes. What was not measured is not published, least of all as 0."""
    source = outcome.source
    found = [
        Point(Series(source.namespace, one.metric, dimensions, one.unit), one.value, outcome.at)
        for one in outcome.readings
        for dimensions in series_sets(source.dimension_sets, dict(one.own), known, source.options.own)
    ]
    return found + health(
        config,
        known,
        source.name,
        {
            ("CollectorUp", "None"): float(not outcome.problem),
            ("CollectorDurationMs", "Milliseconds"): round(outcome.seconds * 1000, 3),
        },
        outcome.at,
    )


def health(
    config: Config,
    known: Mapping[str, str],
    source: str,
    values: Mapping[tuple[str, str], float],
    at: datetime,
) -> list[Point]:
    """The publisher's own metrics for a source."""
    sets = series_sets(config.health_dimension_sets, {"Source": source}, known, ("Source",))
    return [
        Point(Series(config.namespace, metric, dimensions, unit), value, at)
        for (metric, unit), value in values.items()
        for dimensions in sets
    ]


def once(
    config: Config, measures: Mapping[str, Callable[[], list[Reading]]], only: Callable[[Source], bool] = bool
) -> list[Outcome]:
    """Every source asked once, all at the same time; the outcomes in the configuration's order."""
    turn = threading.Event()
    attempts = [
        Attempt(source, measures[source.name], turn.set).begin() for source in config.sources if only(source)
    ]
    outcomes: dict[str, Outcome] = {}
    while len(outcomes) < len(attempts):
        turn.clear()
        for attempt in attempts:
            if attempt.source.name not in outcomes and (outcome := attempt.outcome()):
                outcomes[attempt.source.name] = outcome
        left = [attempt for attempt in attempts if attempt.source.name not in outcomes]
        if left:
            ends = (attempt.started + attempt.source.deadline_seconds for attempt in left)
            turn.wait(max(0.0, min(ends) - time.monotonic()) + 0.001)
    return [outcomes[attempt.source.name] for attempt in attempts]
