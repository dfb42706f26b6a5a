"""The loop: sources asked when they are due, what they measured sent in one batch each flush."""

from __future__ import annotations

import threading
import time
import zlib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alarmctl.publish.collect import PUBLISHER, Attempt, Outcome, health, points

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alarmctl.publish.config import Config, Source
    from alarmctl.publish.dimensions import Dimensions
    from alarmctl.publish.model import Reading
    from alarmctl.publish.publisher import Publisher


SETTLE_SECONDS = 5.0  # sources that are due with the flush answer first, and need not wait for the next


def offset(host: str, interval_seconds: float) -> float:
    """Where in the interval this host begins: always the same, and spread over a fleet."""
    return zlib.crc32(host.encode()) % max(1, int(interval_seconds * 1000)) / 1000


def next_due(now: float, interval_seconds: float, offset_seconds: float) -> float:
    """The next time after `now` that is a whole number of intervals, and the offset."""
    turns = (now - offset_seconds) // interval_seconds + 1
    return turns * interval_seconds + offset_seconds


@dataclass
class Turn:
    """A source's place in the loop: when it is due, and the attempt that is on its way."""

    source: Source
    measure: Callable[[], list[Reading]]
    due: float
    attempt: Attempt | None = None
    reported: bool = True


class Daemon:
    """Runs until `stop`. `report` gets each outcome and each flush; `host` spreads the fleet."""

    def __init__(
        self,
        config: Config,
        measures: Mapping[str, Callable[[], list[Reading]]],
        dimensions: Dimensions,
        publisher: Publisher,
        report: Callable[[str, Mapping[str, object]], None],
        host: str,
    ) -> None:
        self._config = config
        self._dimensions = dimensions
        self._publisher = publisher
        self._report = report
        self._host = host if config.jitter else ""
        self._wake = threading.Event()
        self._stopping = threading.Event()
        now = time.time()
        self._turns = [
            Turn(source, measures[source.name], self._next(now, source.interval_seconds))
            for source in config.sources
        ]

    def _next(self, now: float, interval_seconds: float) -> float:
        return next_due(now, interval_seconds, offset(self._host, interval_seconds) if self._host else 0.0)

    def stop(self) -> None:
        """End soon, and send what was collected. Safe in a signal handler."""
        self._stopping.set()
        self._wake.set()

    def run(self) -> None:
        """The loop, and beside it the flushes, so that a slow network delays no source."""
        flusher = threading.Thread(target=self._flush_loop, name="flush")
        flusher.start()
        try:
            while not self._stopping.is_set():
                self._wake.clear()
                self._wake.wait(max(0.0, self._step(time.time())))
        finally:
            self._stopping.set()
            flusher.join()

    def _step(self, now: float) -> float:
        """Begin what is due, take in what is done; the seconds until the next thing to do."""
        waits = []
        for turn in self._turns:
            self._take_in(turn)
            if now >= turn.due:
                turn.due = self._next(now, turn.source.interval_seconds)
                self._begin(turn)
            waits.append(turn.due - now)
            if turn.attempt is not None and not turn.reported:
                waits.append(turn.attempt.started + turn.source.deadline_seconds - time.monotonic() + 0.001)
        return min(waits)

    def _begin(self, turn: Turn) -> None:
        attempt = Attempt(turn.source, turn.measure, self._wake.set)
        if turn.attempt is not None and not turn.attempt.finished:
            # The last question still hangs: a second one would hang beside it.
            self._publish(Outcome(turn.source, attempt.at, (), 0.0, "the last attempt still hangs"))
            return
        turn.attempt, turn.reported = attempt.begin(), False

    def _take_in(self, turn: Turn) -> None:
        if turn.attempt is None or turn.reported:
            return
        outcome = turn.attempt.outcome()
        if outcome is not None:
            turn.reported = True
            self._publish(outcome)

    def _publish(self, outcome: Outcome) -> None:
        found = points(outcome, self._config, self._dimensions.values())
        self._publisher.add(found)
        self._report(
            "source",
            {
                "source": outcome.source.name,
                "up": not outcome.problem,
                "values": len(outcome.readings),
                "milliseconds": round(outcome.seconds * 1000, 1),
                **({"problem": outcome.problem} if outcome.problem else {}),
            },
        )

    def _flush_loop(self) -> None:
        interval = self._config.flush_seconds
        later = min(SETTLE_SECONDS, interval / 2)
        while not self._stopping.wait(self._next(time.time() - later, interval) + later - time.time()):
            self._flush_safely()
        self._flush_safely(patient=False)

    def _flush_safely(self, *, patient: bool = True) -> None:
        try:
            self.flush(patient=patient)
        except Exception as error:  # noqa: BLE001 -- whatever it was, the next flush is to come
            self._report("flush", {"problem": f"{type(error).__name__}: {error}"})

    def flush(self, *, patient: bool = True) -> None:
        """Send what waits, and how much was dropped."""
        add_dropped(self._publisher, self._config, self._dimensions)
        flushed = self._publisher.flush(patient=patient)
        self._report(
            "flush",
            {
                "sent": flushed.sent,
                "waiting_batches": flushed.waiting,
                **({"problem": flushed.problem} if flushed.problem else {}),
            },
        )


def add_dropped(publisher: Publisher, config: Config, dimensions: Dimensions) -> None:
    """Publish how many values were dropped, where any were."""
    if count := publisher.take_dropped():
        known = dimensions.values()
        publisher.add(
            health(config, known, PUBLISHER, {("CollectorDropped", "Count"): count}, datetime.now(UTC))
        )
