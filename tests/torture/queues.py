"""SQS on virtual time, twice: moto's, and one of ours that is fast enough for days. A test compares them.

A standard queue with a visibility timeout, a receive count, a redrive policy and a retention time.
"""

from __future__ import annotations

import heapq
import itertools
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from moto.sqs.exceptions import ReceiptHandleIsInvalid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

VISIBILITY_SECONDS = 180
RETENTION_SECONDS = 14 * 86_400


@dataclass(frozen=True)
class Received:
    """A message as Lambda hands it over."""

    message_id: str
    handle: str
    body: str
    sent: float
    receives: int


class Queue(Protocol):
    """What the model of the event source mapping needs."""

    def send(self, body: str) -> None: ...
    def receive(self, most: int) -> list[Received]: ...
    def delete(self, handles: Iterable[str]) -> None: ...
    def change(self, handle: str, seconds: int) -> None: ...
    def visible(self) -> tuple[int, float | None]:
        """How many messages could be received now, and since when the first one could."""

    def next_at(self) -> float | None:
        """When the next message that is in flight comes back."""

    def waiting(self) -> int: ...
    def dead(self) -> int: ...


@dataclass
class _Message:
    body: str
    sent: float
    message_id: str
    handle: str = ""
    receives: int = 0
    visible_at: float = 0.0


class FastQueue:
    """Messages by the time at which they become visible."""

    def __init__(self, now: Callable[[], float], max_receives: int = 1000) -> None:
        self._now = now
        self._max = max_receives
        self._ids = itertools.count(1)
        self._messages: dict[str, _Message] = {}
        self._by_handle: dict[str, _Message] = {}
        self._visible: OrderedDict[str, _Message] = OrderedDict()
        self._hidden: list[tuple[float, int, str]] = []
        self.dead_bodies: list[str] = []
        self.expired = 0
        self.most_receives = 0

    def send(self, body: str) -> None:
        number = next(self._ids)
        message = _Message(body, self._now(), f"message-{number}", visible_at=self._now())
        self._messages[message.message_id] = self._visible[message.message_id] = message

    def receive(self, most: int) -> list[Received]:
        self._surface()
        found: list[Received] = []
        while self._visible and len(found) < most:
            name, message = self._visible.popitem(last=False)
            if self._now() - message.sent > RETENTION_SECONDS:
                self.expired += 1
                self._forget(name)
                continue
            if message.receives >= self._max:
                self.dead_bodies.append(message.body)
                self._forget(name)
                continue
            self._by_handle.pop(message.handle, None)
            message.receives += 1
            self.most_receives = max(self.most_receives, message.receives)
            message.handle = f"{name}/{message.receives}"
            self._by_handle[message.handle] = message
            self._hide(message, VISIBILITY_SECONDS)
            found.append(Received(name, message.handle, message.body, message.sent, message.receives))
        return found

    def delete(self, handles: Iterable[str]) -> None:
        for handle in handles:
            if handle in self._by_handle:
                self._forget(self._by_handle[handle].message_id)

    def change(self, handle: str, seconds: int) -> None:
        if handle in self._by_handle:
            self._hide(self._by_handle[handle], seconds)

    def visible(self) -> tuple[int, float | None]:
        self._surface()
        first = next(iter(self._visible.values()), None)
        return len(self._visible), first.visible_at if first else None

    def next_at(self) -> float | None:
        self._surface()
        return self._hidden[0][0] if self._hidden else None

    def waiting(self) -> int:
        return len(self._messages)

    def dead(self) -> int:
        return len(self.dead_bodies)

    def _hide(self, message: _Message, seconds: float) -> None:
        self._visible.pop(message.message_id, None)
        message.visible_at = self._now() + seconds
        heapq.heappush(self._hidden, (message.visible_at, next(self._ids), message.message_id))

    def _surface(self) -> None:
        while self._hidden:
            when, _, name = self._hidden[0]
            message = self._messages.get(name)
            stale = message is None or message.visible_at != when or name in self._visible
            if not stale and when > self._now():
                return
            heapq.heappop(self._hidden)
            if not stale and message:
                self._visible[name] = message

    def _forget(self, name: str) -> None:
        message = self._messages.pop(name)
        self._by_handle.pop(message.handle, None)
        self._visible.pop(name, None)


class MotoQueue:
    """moto's SQS, called at its backend: without HTTP, and without the ten messages of one request."""

    def __init__(self, backend: Any, max_receives: int = 1000) -> None:
        self._backend = backend
        dead = backend.create_queue("dead", {})
        policy = f'{{"deadLetterTargetArn": "{dead.queue_arn}", "maxReceiveCount": {max_receives}}}'
        retention = {"MessageRetentionPeriod": RETENTION_SECONDS, "VisibilityTimeout": VISIBILITY_SECONDS}
        self._queue = backend.create_queue("alerts", {}, **{**retention, "RedrivePolicy": policy})
        self._dead = dead

    def send(self, body: str) -> None:
        self._backend.send_message("alerts", body)

    def receive(self, most: int) -> list[Received]:
        found = self._backend.receive_message("alerts", most, 0, VISIBILITY_SECONDS)
        return [
            Received(
                message.id,
                message.receipt_handle,
                message.body,
                float(message.sent_timestamp) / 1000,
                message.approximate_receive_count,
            )
            for message in found
        ]

    def delete(self, handles: Iterable[str]) -> None:
        for handle in handles:
            with suppress(ReceiptHandleIsInvalid):
                self._backend.delete_message("alerts", handle)

    def change(self, handle: str, seconds: int) -> None:
        with suppress(ReceiptHandleIsInvalid):  # of a message that is in the dead-letter queue by now
            self._backend.change_message_visibility("alerts", handle, seconds)

    def visible(self) -> tuple[int, float | None]:
        since = [
            max(message.visible_at, message.sent_timestamp) / 1000
            for message in self._all()
            if message.visible
        ]
        return len(since), min(since, default=None)

    def next_at(self) -> float | None:
        return min(
            (message.visible_at / 1000 for message in self._all() if not message.visible), default=None
        )

    def waiting(self) -> int:
        return len(self._queue._messages)

    def dead(self) -> int:
        return len(self._dead._messages)

    def _all(self) -> Iterator[Any]:
        return iter(self._queue._messages)
