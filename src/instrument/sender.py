"""Hand records to a slow receiver without waiting for it: a bounded buffer and a thread that empties it."""

from __future__ import annotations

import atexit
import contextlib
import os
import random
import threading
import time
import weakref
from collections import deque
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Record = TypeVar("Record")
Made = TypeVar("Made")


class Sender(Generic[Record]):
    """Takes records at once and sends them in batches from a thread of its own.

    `send` gets a batch and returns those of it that were not taken; an exception means that none was. They
    are tried again with growing pauses, `attempts` times, and then dropped. `capacity` bounds what waits:
    beyond it, new records are dropped. Whatever is dropped is counted, never silently gone.
    """

    def __init__(  # noqa: PLR0913 - each is a bound that somebody has to be able to set
        self,
        send: Callable[[Sequence[Record]], Sequence[Record]],
        *,
        size: Callable[[Record], int],
        batch_records: int,
        batch_bytes: int,
        capacity: int = 10_000,
        linger_seconds: float = 1.0,
        attempts: int = 8,
        pause_seconds: float = 0.2,
    ) -> None:
        self._send = send
        self._size = size
        self._batch_records = batch_records
        self._batch_bytes = batch_bytes
        self._capacity = capacity
        self._linger_seconds = linger_seconds
        self._attempts = attempts
        self._pause_seconds = pause_seconds
        self._start()
        _senders.add(self)

    def _start(self) -> None:
        self._waiting: deque[Record] = deque()
        self._changed = threading.Condition()
        self._in_flight = 0
        self._dropped = 0
        self._sent = 0
        self._closing = False
        self._hurry = False  # do not wait for a batch to fill
        self._thread: threading.Thread | None = None

    @property
    def dropped(self) -> int:
        """How many records were given up so far: too many waited, or the receiver took none for too long."""
        return self._dropped

    @property
    def sent(self) -> int:
        """How many records the receiver took."""
        return self._sent

    @property
    def pending(self) -> int:
        """How many records wait or are being sent."""
        return len(self._waiting) + self._in_flight

    def is_own_thread(self) -> bool:
        """Whether the caller runs in the sending thread: what it logs must not feed itself."""
        return threading.current_thread() is self._thread

    def put(self, record: Record) -> bool:
        """Take a record, at once; False when it was dropped. Safe in any thread."""
        with self._changed:
            if self._closing or self.pending >= self._capacity:
                self._dropped += 1
                return False
            self._waiting.append(record)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="instrument-sender", daemon=True)
                self._thread.start()
            if len(self._waiting) in {1, self._batch_records}:
                self._changed.notify_all()
        return True

    def flush(self, timeout_seconds: float = 5.0) -> bool:
        """Wait until nothing is pending; False if something still is."""
        until = time.monotonic() + timeout_seconds
        with self._changed:
            while self.pending and (left := until - time.monotonic()) > 0:
                self._hurry = True
                self._changed.notify_all()
                self._changed.wait(min(left, 0.05))
            self._hurry = False
            return not self.pending

    def close(self, timeout_seconds: float = 5.0) -> bool:
        """Send what waits, for at most so long, and take nothing more; what is left is counted as dropped."""
        done = self.flush(timeout_seconds)
        with self._changed:
            self._closing = True
            self._dropped += len(self._waiting)
            self._waiting.clear()
            self._changed.notify_all()
            thread = self._thread
        if thread and not self.is_own_thread():
            thread.join(0.5)  # it counts what it could not send; a client that hangs is left behind
        return done

    def _run(self) -> None:
        while batch := self._next():
            left = self._deliver(batch)
            with self._changed:
                self._sent += len(batch) - len(left)
                self._dropped += len(left)
                self._in_flight = 0
                self._changed.notify_all()

    def _next(self) -> list[Record]:
        """The next batch, once it is full or has waited long enough; empty when there will be none."""
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            until = time.monotonic() + self._linger_seconds
            while (
                not (self._closing or self._hurry)
                and 0 < len(self._waiting) < self._batch_records
                and (left := until - time.monotonic()) > 0
            ):
                self._changed.wait(left)
            batch: list[Record] = []
            size = 0
            while self._waiting and len(batch) < self._batch_records:
                size += self._size(self._waiting[0])
                if batch and size > self._batch_bytes:
                    break
                batch.append(self._waiting.popleft())
            self._in_flight = len(batch)
            return batch

    def _deliver(self, batch: Sequence[Record]) -> Sequence[Record]:
        """Send a batch, again if need be; what nobody took."""
        for attempt in range(self._attempts):
            with contextlib.suppress(Exception):  # any failure of a client means "not taken"
                batch = self._send(batch)
            if not batch or self._closing:
                break
            pause = min(self._pause_seconds * 2**attempt, 30.0)
            self._sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that hosts do not retry together
        return batch

    def _sleep(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        with self._changed:
            while not self._closing and (left := until - time.monotonic()) > 0:
                self._changed.wait(left)


class PerProcess(Generic[Made]):
    """What `make` gives, made at first use and again after a fork: processes must not share connections."""

    def __init__(self, make: Callable[[], Made]) -> None:
        self._make = make
        self._made: tuple[int, Made] | None = None

    def get(self) -> Made:
        """This process's own."""
        if self._made is None or self._made[0] != os.getpid():
            self._made = (os.getpid(), self._make())
        return self._made[1]


# A forked worker (gunicorn, uwsgi) has no copy of the thread, and the parent sends what the parent was given.
_senders: weakref.WeakSet[Sender[Any]] = weakref.WeakSet()


def _after_fork() -> None:
    for sender in list(_senders):
        sender._start()


def _at_exit() -> None:
    for sender in list(_senders):
        sender.close(2.0)


os.register_at_fork(after_in_child=_after_fork)
atexit.register(_at_exit)
