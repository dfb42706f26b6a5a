"""A Slack webhook that fails as told, on virtual time, and what a reader of its channel would see."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import requests
from tests.torture.virtual import Killed
from urllib3.exceptions import ProtocolError

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

    from tests.torture.virtual import VirtualTime

POST_SECONDS = 0.15
BURST = 3.0

Shown = tuple[str, str, str]  # alarm, state, time of day

_NAME = re.compile(r"t-\d{5}")
_CHANGE = re.compile(r"(ALARM|OK|INSUFFICIENT_DATA) (\d\d:\d\d:\d\d)((?: \([^)]*\))?)")
_SINGLE = re.compile(r"(ALARM|Resolved)((?: \([^)]*\))?): (t-\d{5})")
_MOMENT = re.compile(r"<!date\^(\d+)\^")
_STATES = {"ALARM": "ALARM", "Resolved": "OK"}


@dataclass
class Faults:
    """Shares of posts that fail. `limited` 429, `broken` 500, `hung` no answer, `wrong` 200 with an error.

    `ghost`: posted, and the answer lost; `ghost_limited`: posted, and answered 429; `crash`: our process dies
    after Slack took the message, before it was written down; `crash_before` dies before the request.
    """

    limited: float = 0.0
    broken: float = 0.0
    hung: float = 0.0
    reset: float = 0.0
    wrong: float = 0.0
    ghost: float = 0.0
    ghost_limited: float = 0.0
    crash: float = 0.0
    crash_before: float = 0.0


@dataclass
class Answer:
    """What requests returns, as far as we look at it."""

    status_code: int
    text: str
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """One state of one alarm as somebody sees it."""

    alarm: str
    state: str
    clock: str
    marks: str
    at: float


class Channel:
    """A requests.Session for the notifier, and the channel behind the webhook."""

    def __init__(self, time: VirtualTime, chance: random.Random, faults: Faults) -> None:
        self.time = time
        self.chance = chance
        self.faults = faults
        self.url = "https://hooks.slack.com/services/T0/B0/first"
        self.outage: Callable[[], Answer | None] = lambda: None
        self.refuses: Callable[[dict[str, Any]], bool] = lambda _: False
        self.ghost_for = ""  # messages of this alarm are posted, and always answered 429
        self.lines: list[Line] = []
        self.bodies: list[dict[str, Any]] = []
        self.posts: list[float] = []
        self.calls: list[float] = []
        self.limited = 0
        self.trust_env = False
        self._tokens = BURST
        self._filled_at = time.now

    def post(self, url: str, data: bytes, **_: object) -> Answer:
        """One request, as long as it takes."""
        self.calls.append(self.time.now)
        if self._hit(self.faults.crash_before):
            raise Killed
        self.time.sleep(POST_SECONDS)
        found = self.outage()
        if found:
            return found
        if url != self.url:
            return Answer(404, "no_service")
        body = json.loads(data)
        if self.refuses(body):
            return Answer(400, "invalid_blocks")
        return self._fault() or self._accept(body)

    def _fault(self) -> Answer | None:
        kind = self.chance.random()
        for share, fail in (
            (self.faults.limited, lambda: Answer(429, "rate_limited", {"Retry-After": "1"})),
            (self.faults.broken, lambda: Answer(500, "rollup_error")),
            (self.faults.hung, self._hang),
            (self.faults.reset, self._reset),
            (self.faults.wrong, lambda: Answer(200, '{"ok": false, "error": "fatal_error"}')),
        ):
            if kind < share:
                return fail()
            kind -= share
        return None

    def _accept(self, body: dict[str, Any]) -> Answer:
        self._tokens = min(BURST, self._tokens + self.time.now - self._filled_at)
        self._filled_at = self.time.now
        if self._tokens < 1.0 - 1e-6:
            self.limited += 1
            return Answer(429, "rate_limited", {"Retry-After": "1"})
        self._tokens -= 1.0
        self.posts.append(self.time.now)
        self.bodies.append(body)
        self.lines += lines(body, self.time.now)
        if self._hit(self.faults.crash):
            raise Killed
        if self._hit(self.faults.ghost):
            return self._reset()
        if self._hit(self.faults.ghost_limited) or (self.ghost_for and self.ghost_for in json.dumps(body)):
            return Answer(429, "rate_limited", {"Retry-After": "1"})
        return Answer(200, "ok")

    def _hit(self, share: float) -> bool:
        return bool(share) and self.chance.random() < share

    def _hang(self) -> Answer:
        self.time.sleep(3.0)
        raise requests.ReadTimeout("no answer")

    def _reset(self) -> Answer:
        raise requests.ConnectionError(ProtocolError("reset", ConnectionResetError()))

    def copies(self) -> Counter[Shown]:
        """How often each state of each alarm is in the channel."""
        return Counter((line.alarm, line.state, line.clock) for line in self.lines)

    def last(self) -> dict[str, str]:
        """The state of each alarm for somebody who reads to the end, and believes what is marked late."""
        return {line.alarm: line.state for line in self.lines if "superseded" not in line.marks}


def lines(body: dict[str, Any], at: float) -> list[Line]:
    """The states that a message shows: of a digest's lines, or of its one alarm."""
    texts = [
        block["text"]["text"]
        for attachment in body.get("attachments", ())
        for block in attachment.get("blocks", ())
        if block["type"] == "section" and "text" in block
    ]
    found = [
        Line(name[0], state, clock, marks, at)
        for text in texts or [body["text"]]
        for line in text.splitlines()
        if (name := _NAME.search(line))
        for state, clock, marks in _CHANGE.findall(line)
    ]
    if found:
        return found
    single = _SINGLE.search(body["text"])
    moment = _MOMENT.search(json.dumps(body))
    if not single:
        return []
    seconds = int(moment[1]) if moment else 0
    clock = f"{datetime.fromtimestamp(seconds, tz=UTC):%H:%M:%S}"
    return [Line(single[3], _STATES[single[1]], clock, single[2], at)]
