"""What the fake Slack remembers and decides; no HTTP here.

A request arrives, is refused, is over the rate (1 message/s, docs.slack.dev/apis/web-api/rate-limits), or was
told to fail.
"""

import math
import random
import secrets
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from alarmctl.slack.failures import Failure, rate_limited
from alarmctl.slack.limits import PayloadError, check, parse
from alarmctl.slack.message import Message

MESSAGES_PER_SECOND = 1.0
BURST = 3  # Slack tolerates "short bursts" and names no number; ours are short
PULSE_SECONDS = 15  # a follower hears from us at least this often, so that a dead one is noticed

Answer = tuple[int, Mapping[str, str], str]


@dataclass(frozen=True)
class Refusal:
    """A request that was not delivered: when, what we answered (0: nothing), why, and what was in it."""

    at: datetime
    status: int
    reason: str
    raw: bytes


@dataclass(frozen=True)
class News:
    """What a follower has not seen: `cleared` means that all before `messages` is gone."""

    cursor: str
    cleared: bool
    messages: tuple[Message, ...]


@dataclass
class _Planned:
    failure: Failure
    until: float
    left: float


class Inbox:
    """The messages of one webhook; safe to use from several threads.

    `clock` gives monotonic seconds and `now` a timezone-aware moment; `burst` messages may come at once;
    `chance` gives numbers from 0 to 1 for failures that meet a share of the requests.
    """

    def __init__(
        self,
        burst: int = BURST,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
        chance: Callable[[], float] = random.random,
    ) -> None:
        self._burst, self._clock, self._now, self._chance = burst, clock, now, chance
        self._changed = threading.Condition()
        self._closed = False
        self._changes = 0
        self._forget()

    def _forget(self) -> None:
        self._run = secrets.token_hex(4)  # names this list to a follower that comes back
        self._messages: list[Message] = []
        self._refusals: list[Refusal] = []
        self._planned: list[_Planned] = []
        self._counts = {"arrived": 0, "refused": 0, "rate_limited": 0, "failed": 0}
        self._tally: Mapping[str, int] = {}
        self._tokens, self._filled_at = float(self._burst), self._clock()

    @property
    def messages(self) -> list[Message]:
        """What arrived, oldest first."""
        with self._changed:
            return list(self._messages)

    @property
    def refusals(self) -> list[Refusal]:
        """What was not delivered, oldest first."""
        with self._changed:
            return list(self._refusals)

    @property
    def counts(self) -> dict[str, int]:
        """How many requests arrived, were refused, were rate limited, were made to fail."""
        with self._changed:
            return dict(self._counts)

    @property
    def tally(self) -> Mapping[str, int]:
        """What somebody who knows what was sent has counted, by name; shown before our own counts."""
        with self._changed:
            return self._tally

    @tally.setter
    def tally(self, counted: Mapping[str, int]) -> None:
        with self._changed:
            self._tally = dict(counted)
            self._tell()

    @property
    def cursor(self) -> str:
        """Where a follower that has seen everything continues."""
        with self._changed:
            return f"{self._run}-{len(self._messages)}"

    def post(self, raw: bytes) -> Answer | None:
        """The answer to a request body; None: cut the connection without one."""
        failure = self._next_failure()
        if failure is None:
            return self._deliver(raw)
        self._pause(failure.hang or 0)
        if failure.posted_but_answer_lost:
            self._deliver(raw)
        answer = failure.answer() if failure.status and not failure.reset else None
        what = "delivered, answer lost" if failure.posted_but_answer_lost else "not delivered"
        self._record("failed", answer[0] if answer else 0, f"made to fail: {what}", raw)
        return None if failure.posted_but_answer_lost else answer

    def refuse(self, status: int, reason: str, raw: bytes) -> Answer:
        """Count and answer what Slack refuses; `reason` begins with Slack's own error."""
        self._record("refused", status, reason, raw)
        return status, {}, reason.partition(":")[0]

    def plan(self, failure: Failure) -> None:
        """Let the next requests fail, after those planned before."""
        endless = failure.seconds is not None and failure.count is None
        until = math.inf if failure.seconds is None else self._clock() + failure.seconds
        with self._changed:
            self._planned.append(_Planned(failure, until, math.inf if endless else failure.count or 1))

    def calm(self) -> None:
        """Forget planned failures alone."""
        with self._changed:
            self._planned = []

    def clear(self) -> None:
        """Forget messages, counts, the tally and planned failures."""
        with self._changed:
            self._forget()
            self._tell()

    def close(self) -> None:
        """End all waiting."""
        with self._changed:
            self._closed = True
            self._tell()

    def open(self) -> None:
        """Begin, also again after close."""
        with self._changed:
            self._closed = False

    def wait_for(self, count: int, timeout_seconds: float) -> list[Message]:
        """The messages once there are `count`, or those that came until the time is over."""
        with self._changed:
            self._changed.wait_for(lambda: len(self._messages) >= count or self._closed, timeout_seconds)
            return list(self._messages)

    def follow(self, cursor: str, keep: int) -> Iterator[News]:
        """What comes after `cursor`, at most `keep` at first, and a News without news every PULSE_SECONDS."""
        run, _, number = cursor.rpartition("-")
        seen = int(number) if number.isdecimal() else 0
        while True:
            with self._changed:
                changes = self._changes
                cleared = run != self._run or seen > len(self._messages)
                if cleared:
                    run, seen = self._run, max(0, len(self._messages) - keep)
                news = tuple(self._messages[seen:])
            if self._closed:
                return
            seen += len(news)
            yield News(f"{run}-{seen - len(news)}", cleared, news)
            with self._changed:
                self._changed.wait_for(self._since(changes), PULSE_SECONDS)

    def _since(self, changes: int) -> Callable[[], bool]:
        return lambda: self._closed or self._changes != changes

    def _deliver(self, raw: bytes) -> Answer:
        wait = self._take_token()
        if wait:
            self._record("rate_limited", 429, f"rate_limited: more than 1 message/s; wait {wait:.1f} s", raw)
            return rate_limited(wait)
        try:
            body = parse(raw)
        except PayloadError as error:
            return self.refuse(400, str(error), raw)
        problems = check(body)
        if problems:
            return self.refuse(400, "; ".join(problems), raw)
        with self._changed:
            self._messages.append(Message(len(self._messages) + 1, self._now(), body, raw))
            self._counts["arrived"] += 1
            self._tell()
        return 200, {}, "ok"

    def _record(self, count: str, status: int, reason: str, raw: bytes) -> None:
        with self._changed:
            self._counts[count] += 1
            self._refusals.append(Refusal(self._now(), status, reason, raw))
            self._tell()

    def _tell(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def _take_token(self) -> float:
        """Seconds until the next message may come; 0 when this one may."""
        with self._changed:
            at = self._clock()
            self._tokens = min(self._burst, self._tokens + (at - self._filled_at) * MESSAGES_PER_SECOND)
            self._filled_at = at
            if self._tokens < 1:
                return (1 - self._tokens) / MESSAGES_PER_SECOND
            self._tokens -= 1
            return 0.0

    def _next_failure(self) -> Failure | None:
        """The oldest failure that still holds and meets this request, with one request of it used up."""
        with self._changed:
            at = self._clock()
            self._planned = [planned for planned in self._planned if at < planned.until and planned.left]
            for planned in self._planned:
                percent = planned.failure.percent
                if percent is None or self._chance() * 100 < percent:
                    planned.left -= 1
                    return planned.failure
            return None

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._closed, seconds)
