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
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from alarmctl.slack.failures import Failure, rate_limited
from alarmctl.slack.limits import PayloadError, check, parse
from alarmctl.slack.message import Message
from alarmctl.slack.rate import Bucket

MESSAGES_PER_SECOND = 1.0
UPDATES_PER_MINUTE = 50  # chat.update is of tier 3
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
    """What a follower has not seen: `cleared` means that all before `messages` is gone.

    `cursor` is where it stood, `following` where it stands once it has them all.
    """

    cursor: str
    following: str
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
        self._posts = Bucket(self._burst, MESSAGES_PER_SECOND, self._clock)
        self._updates = Bucket(UPDATES_PER_MINUTE, UPDATES_PER_MINUTE / 60, self._clock)
        self._seen: list[int] = []  # the numbers of what changed in the channel, in the order in which it did

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
            return f"{self._run}-{len(self._seen)}"

    def post(self, raw: bytes) -> Answer | None:
        """The answer to a webhook's request body; None: cut the connection without one."""
        return self.unless_failing(raw, lambda: self._deliver(raw))

    def unless_failing(self, raw: bytes, deliver: Callable[[], Answer]) -> Answer | None:
        """What `deliver` answers, unless this request was told to fail; None: cut the connection."""
        failure = self._next_failure()
        if failure is None:
            return deliver()
        self._pause(failure.hang or 0)
        if failure.posted_but_answer_lost:
            deliver()
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
                cleared = run != self._run or seen > len(self._seen)
                if cleared:
                    run, seen = self._run, max(0, len(self._seen) - keep)
                numbers = dict.fromkeys(self._seen[seen:])
                news = tuple(self._messages[number - 1] for number in numbers)
                cursor, seen = f"{run}-{seen}", len(self._seen)
            if self._closed:
                return
            yield News(cursor, f"{run}-{seen}", cleared, news)
            with self._changed:
                self._changed.wait_for(self._since(changes), PULSE_SECONDS)

    def _since(self, changes: int) -> Callable[[], bool]:
        return lambda: self._closed or self._changes != changes

    def _deliver(self, raw: bytes) -> Answer:
        if wait := self.take():
            self.limit(wait, raw)
            return rate_limited(wait)
        try:
            body = parse(raw)
        except PayloadError as error:
            return self.refuse(400, str(error), raw)
        problems = check(body)
        if problems:
            return self.refuse(400, "; ".join(problems), raw)
        self.add(body, raw, named=False)
        return 200, {}, "ok"

    def add(
        self,
        body: Mapping[str, Any],
        raw: bytes,
        parent: Message | None = None,
        *,
        broadcast: bool = False,
        named: bool = True,
    ) -> Message:
        """A message arrives, or an answer to `parent`. `named`: a bot posted it, who is told its `ts`."""
        with self._changed:
            at, number = self._now(), len(self._messages) + 1
            ts = f"{int(at.timestamp())}.{number:06d}" if named else ""
            thread = parent.number if parent else 0
            message = Message(number, at, body, raw, ts=ts, thread=thread, broadcast=broadcast and thread > 0)
            self._messages.append(message)
            self._counts["arrived"] += 1
            if thread:
                above = self._messages[thread - 1]
                self._messages[thread - 1] = replace(above, replies=(*above.replies, message))
            self._seen.append(number if message.in_channel else thread)
            if message.broadcast:
                self._seen.append(thread)
            self._tell()
            return message

    def change(self, message: Message, body: Mapping[str, Any]) -> Message:
        """The message shows another body from now on."""
        with self._changed:
            changed = replace(self._messages[message.number - 1], body=body, edited=True)
            self._messages[message.number - 1] = changed
            self._seen.append(message.number)
            self._tell()
            return changed

    def find(self, ts: str) -> Message | None:
        """The message of the channel, no answer, that a bot knows by this name."""
        with self._changed:
            named = (one for one in self._messages if ts and one.ts == ts and not one.thread)
            return next(named, None)

    def limit(self, seconds: float, raw: bytes) -> None:
        """Count what came too fast; it may come again in so many seconds."""
        self._record("rate_limited", 429, f"rate_limited: too fast; wait {seconds:.1f} s", raw)

    def _record(self, count: str, status: int, reason: str, raw: bytes) -> None:
        with self._changed:
            self._counts[count] += 1
            self._refusals.append(Refusal(self._now(), status, reason, raw))
            self._tell()

    def _tell(self) -> None:
        self._changes += 1
        self._changed.notify_all()

    def take(self) -> float:
        """Seconds until the next message may come; 0 when this one may."""
        with self._changed:
            return self._posts.take()

    def take_update(self) -> float:
        """The same of the next change to a message."""
        with self._changed:
            return self._updates.take()

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
