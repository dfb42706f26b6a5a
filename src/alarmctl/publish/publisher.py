"""Points in, requests out: checked, aggregated, batched, sent; what CloudWatch does not take now, spooled."""

from __future__ import annotations

import random
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alarmctl.publish import aggregate, limits
from alarmctl.publish.aggregate import Batch

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    from alarmctl.publish.model import Point
    from alarmctl.publish.spool import Entry, Spool

    class Sender(Protocol):
        """Where data go: CloudWatch (send.py), or a log (emf.py)."""

        dropped: int
        problem: str

        def send(self, namespace: str, data: list[aggregate.Datum]) -> list[aggregate.Datum]:
            """What is to be kept for later."""


MAX_BACKOFF_SECONDS = 300.0
PENDING_POINTS = 1_000_000  # in memory between two flushes; a source gone wild ends here


@dataclass(frozen=True)
class Flushed:
    """What one flush did: data sent, and batches that still wait."""

    sent: int
    waiting: int
    problem: str = ""


class Publisher:
    """Takes points from any thread; `flush` is called by one thread at a time."""

    def __init__(
        self,
        sender: Sender,
        spool: Spool,
        say: Callable[[str], None],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        rng: random.Random | None = None,
    ) -> None:
        self._sender = sender
        self._spool = spool
        self._say = say
        self._now = now
        self._random = rng or random.Random()  # noqa: S311 -- jitter, not a secret
        self._lock = threading.Lock()
        self._points: list[Point] = []
        self._dropped = 0
        self._failures = 0
        self._not_before = 0.0

    def add(self, points: Iterable[Point]) -> None:
        """Take points; what CloudWatch would refuse is dropped here, and counted by its reason."""
        now = self._now()
        good = []
        bad: Counter[str] = Counter()
        for point in points:
            if problem := limits.problem(point, now):
                bad[f"{point.series.namespace} {point.series.metric[:100]!a}: {problem}"] += 1
            else:
                good.append(point)
        with self._lock:
            room = PENDING_POINTS - len(self._points)
            if len(good) > room:
                bad["too many values between two flushes"] = len(good) - room
            self._points += good[:room]
            self._dropped += bad.total()
        for reason, count in bad.items():
            self._say(f"{count} values dropped: {reason}.")

    def take_dropped(self) -> int:
        """How many values were dropped since the last call."""
        with self._lock:
            count, self._dropped = self._dropped, 0
        count += self._sender.dropped + self._spool.dropped
        self._sender.dropped = self._spool.dropped = 0
        return count

    def flush(self, *, patient: bool = True) -> Flushed:
        """Send what waits, oldest first. `patient` False tries at once, though the last attempts failed."""
        with self._lock:
            points, self._points = self._points, []
        batch = aggregate.aggregate(points)
        self._sender.problem = ""
        moment = self._now().timestamp()
        if patient and moment < self._not_before:
            if batch:
                self._spool.add(batch)
            return Flushed(0, len(self._spool), "waiting after failures")
        sent, drained = self._drain()
        if drained:
            count, rest = self._send(batch)
            sent += count
            batch = rest
        if batch:
            self._spool.add(batch)
        self._failures = self._failures + 1 if len(self._spool) else 0
        if self._failures:
            wait = min(MAX_BACKOFF_SECONDS, 2.0**self._failures)
            self._not_before = moment + wait * self._random.uniform(0.5, 1)
        return Flushed(sent, len(self._spool), self._sender.problem)

    def _send(self, batch: Batch) -> tuple[int, Batch]:
        """How many data went, and what is left. After a failure nothing more is tried: the order stays."""
        sent = 0
        left = Batch()
        for namespace, data in aggregate.requests(batch):
            rest = data if left else self._sender.send(namespace, data)
            sent += len(data) - len(rest)
            if rest:
                left.setdefault(namespace, []).extend(rest)
        return sent, left

    def _drain(self) -> tuple[int, bool]:
        """Send what the spool holds, several batches in one request; is it empty now?"""
        sent = 0
        while len(self._spool):
            entries, batch = self._together()
            if not entries:
                continue  # what was there could not be read, and is gone
            count, left = self._send(batch)
            sent += count
            if left:
                self._spool.replace(entries[-1], left)
                for entry in entries[:-1]:
                    self._spool.done(entry)
                return sent, False
            for entry in entries:
                self._spool.done(entry)
        return sent, True

    def _together(self) -> tuple[list[Entry], Batch]:
        """The oldest batches, up to one full request; values that are too old by now are dropped."""
        oldest = int((self._now() - limits.OLDEST).timestamp())
        entries: list[Entry] = []
        together = Batch()
        for entry, batch in self._spool.oldest():
            if entries and together.count + batch.count > limits.METRICS_PER_REQUEST:
                break
            entries.append(entry)
            for namespace, data in batch.items():
                young = [datum for datum in data if datum["Timestamp"] >= oldest]
                if expired := sum(aggregate.samples(datum) for datum in data if datum["Timestamp"] < oldest):
                    self._spool.dropped += expired
                    self._say(f"{expired} values of {namespace} dropped: older than two weeks.")
                if young:
                    together.setdefault(namespace, []).extend(young)
        return entries, together
