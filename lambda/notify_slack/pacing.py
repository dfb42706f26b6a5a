"""One message a second and webhook, whoever posts it: https://docs.slack.dev/apis/web-api/rate-limits

The workers share one item of the ledger per webhook, which holds the time of the next free slot. While it
cannot be had, each worker keeps two seconds between its own posts, so that two still post one a second.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from notify_slack.ledger import Ledger

SLOT_SECONDS = 1.0
ALONE_SECONDS = 2.0  # between two posts of a worker that cannot ask the others
MAX_AHEAD_SECONDS = 960.0  # a slot further ahead than Slack's longest Retry-After is some clock's mistake


class Pacer:
    """The slots of one webhook. `clock` is monotonic, the ledger's is the wall clock; both in seconds."""

    def __init__(self, name: str, ledger: Ledger | None, clock: Callable[[], float]) -> None:
        self._name = name
        self._ledger = ledger
        self._clock = clock
        self._next = -math.inf

    def wait(self, within: float) -> float:
        """Take the next slot, if it is not more than `within` seconds away, and say how far away it is."""
        own = max(0.0, self._next - self._clock())
        if own > within:
            return own
        shared = self._ledger.take_slot(self._name, SLOT_SECONDS, within) if self._ledger else None
        together = shared is not None and shared <= MAX_AHEAD_SECONDS
        wait = max(own, shared) if shared is not None and together else own
        if wait <= within:
            alone = self._ledger is not None and not together
            self._next = self._clock() + wait + (ALONE_SECONDS if alone else SLOT_SECONDS)
        return wait

    def hold(self, seconds: float) -> None:
        """Nobody posts for so many seconds: Slack said so."""
        self._next = max(self._next, self._clock() + seconds)
        if self._ledger:
            self._ledger.hold_slots(self._name, seconds)
