"""Points in, requests out: checked, aggregated, batched, sent; what CloudWatch does not take now, spooled."""

from __future__ import annotations

import json
import random
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from alarmctl.publish import aggregate, limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Protocol

    from alarmctl.publish.aggregate import Batch
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
        moment = self._now().timestamp()
        if patient and moment < self._not_before:
            self._keep(batch)
            return Flushed(0, len(self._spool), "waiting after failures")
        self._sender.problem = ""
        # Each namespace is on its own: one that the role may not publish to holds up no other.
        sent = 0
        for namespace in self._spool.namespaces:
            sent += self._drain(namespace)
        waiting = set(self._spool.namespaces)
        for namespace, data in aggregate.requests(batch):
            # What is younger than what waits, waits behind it.
            left = data if namespace in waiting else self._sender.send(namespace, data)
            sent += len(data) - len(left)
            if left:
                self._spool.add(namespace, left)
                waiting.add(namespace)
        self._failures = self._failures + 1 if waiting else 0
        if self._failures:
            wait = min(MAX_BACKOFF_SECONDS, 2.0**self._failures)
            self._not_before = moment + wait * self._random.uniform(0.5, 1)
        return Flushed(sent, len(self._spool), self._sender.problem)

    def _keep(self, batch: Batch) -> None:
        for namespace, data in aggregate.requests(batch):
            self._spool.add(namespace, data)

    def _drain(self, namespace: str) -> int:
        """Send what waits, several entries in one request, until one fails; how many data went."""
        sent = 0
        while entries := self._together(namespace):
            waiting = [datum for _, data in entries for datum in data]
            young = self._young(namespace, waiting)
            left = young
            if young:
                left = self._sender.send(namespace, young)
                sent += len(young) - len(left)
            if len(left) < len(waiting):
                self._forget([entry for entry, _ in entries], left)
            if left:
                break
        return sent

    def _forget(self, entries: list[Entry], left: list[aggregate.Datum]) -> None:
        """Keep of these entries only what is left, in the place of the last."""
        if left:
            self._spool.replace(entries.pop(), left)
        for entry in entries:
            self._spool.done(entry)

    def _together(self, namespace: str) -> list[tuple[Entry, list[aggregate.Datum]]]:
        """The oldest entries, as many as one request takes."""
        found: list[tuple[Entry, list[aggregate.Datum]]] = []
        count = size = 0
        for entry, data in self._spool.oldest(namespace):
            count += len(data)
            size += len(json.dumps(data))
            if found and (count > limits.METRICS_PER_REQUEST or size > limits.REQUEST_BYTES):
                break
            found.append((entry, data))
        return found

    def _young(self, namespace: str, data: list[aggregate.Datum]) -> list[aggregate.Datum]:
        """Without what CloudWatch would by now refuse for its age."""
        oldest = (self._now() - limits.OLDEST).timestamp()
        expired = sum(aggregate.samples(datum) for datum in data if datum["Timestamp"] < oldest)
        if expired:
            self._spool.dropped += expired
            self._say(f"{expired} values of {namespace} dropped: older than two weeks.")
        return [datum for datum in data if datum["Timestamp"] >= oldest]
