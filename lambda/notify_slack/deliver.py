"""Post to Slack. The only success is HTTP 200 with the body `ok`.

Answers: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import requests

from notify_slack.errors import ConfigError, RejectedError, RetryableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notify_slack.model import Body, Message
    from notify_slack.secret import Webhook

CONNECT_SECONDS = 2
READ_SECONDS = 3
TRY_SECONDS = CONNECT_SECONDS + READ_SECONDS  # the longest that one try takes

TRIES = 8
PACE_SECONDS = 1.0  # Slack takes one message per second and webhook
FIRST_BACKOFF_SECONDS = 0.4
LAST_BACKOFF_SECONDS = 4.0
DEFAULT_RETRY_AFTER_SECONDS = 1.0
MAX_RETRY_AFTER_SECONDS = 900.0

_SLACK_WORD = re.compile(r"[a-z]{2,20}(?:_[a-z]{1,20}){0,8}")


class Outcome(StrEnum):
    """What an answer means for the message."""

    DELIVERED = "delivered"
    RETRY = "retry"  # the same request may succeed later
    REFUSED = "refused"  # this body never will; a simpler one may
    DENIED = "denied"  # this webhook never will


@dataclass(frozen=True, slots=True)
class Verdict:
    """An answer, judged. `retry_after` is seconds, when Slack named them."""

    outcome: Outcome
    answer: str
    retry_after: float | None = None


# Slack's status for these varies; its word does not.
_DENIED_ANSWERS = frozenset(
    {
        "action_prohibited", "channel_is_archived", "channel_not_found", "invalid_token", "no_active_hooks",
        "no_service", "no_service_id", "no_team", "posting_to_general_channel_denied", "team_disabled",
    }
)  # fmt: skip
_STATUSES = {
    400: Outcome.REFUSED,
    401: Outcome.DENIED,
    403: Outcome.DENIED,
    404: Outcome.DENIED,
    408: Outcome.RETRY,
    410: Outcome.DENIED,
    413: Outcome.REFUSED,
    422: Outcome.REFUSED,
    429: Outcome.RETRY,
}


def classify(status: int, headers: Mapping[str, str], body: str) -> Verdict:
    """Judge an answer. Total: any status, headers and body have a verdict."""
    word = _word(status, body)
    if status == 200:
        return Verdict(Outcome.DELIVERED if _is_ok(body) else Outcome.RETRY, word)
    outcome = Outcome.DENIED if 400 <= status < 500 and word in _DENIED_ANSWERS else _STATUSES.get(status)
    if outcome is None:
        # A redirect or a proxy's page says nothing about our message, and a server's error passes.
        outcome = Outcome.REFUSED if 400 <= status < 500 else Outcome.RETRY
    retry_after = _retry_after(headers) if status == 429 else None
    return Verdict(outcome, word, retry_after)


def _word(status: int, body: str) -> str:
    """Slack's own word for the answer. Any other body may quote what we sent, and goes no further."""
    return body.strip() if _SLACK_WORD.fullmatch(body.strip()) else f"HTTP {status}"


def _is_ok(body: str) -> bool:
    if body.strip() == "ok":
        return True
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        return False
    return isinstance(answer, dict) and answer.get("ok") is True


def _retry_after(headers: Mapping[str, str]) -> float:
    named = next((value for name, value in headers.items() if name.lower() == "retry-after"), "")
    try:
        seconds = float(named)
    except ValueError:
        return DEFAULT_RETRY_AFTER_SECONDS
    return (
        min(max(seconds, 0.0), MAX_RETRY_AFTER_SECONDS)
        if math.isfinite(seconds)
        else DEFAULT_RETRY_AFTER_SECONDS
    )


class Slack:
    """One webhook, at most one message per second. Clock, sleep and chance are arguments."""

    def __init__(
        self,
        session: requests.Session,
        webhook: Webhook,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
        chance: Callable[[], float],
    ) -> None:
        self._session = session
        self._webhook = webhook
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._next_post = -math.inf

    def deliver(self, message: Message, deadline: float) -> int:
        """Post the message before `deadline` (by the clock) and return the rung that Slack took.

        Raises RejectedError when Slack refuses every rung, RetryableError when time runs out, ConfigError
        when the webhook is of no use.
        """
        refused: RejectedError | None = None
        for rung, bodies in enumerate(message.rungs):
            try:
                for body in bodies:
                    self._post(body, deadline)
            except RejectedError as error:
                refused = error
            else:
                return rung
        raise refused or RejectedError("The message has no body.")

    def _post(self, body: Body, deadline: float) -> None:
        renew = renewed = False
        last = "no time was left to try"
        for attempt in range(TRIES):
            self._pause(self._next_post - self._clock(), deadline, last)
            verdict = self._try(body, refresh=renew)
            renew = False
            last = f"{verdict.outcome} ({verdict.answer})"
            if verdict.outcome is Outcome.DELIVERED:
                return
            if verdict.outcome is Outcome.REFUSED:
                raise RejectedError(f"Slack refused the message: {verdict.answer}")
            if verdict.outcome is Outcome.RETRY:
                self._pause(self._backoff(attempt, verdict), deadline, last)
            elif renewed:
                raise ConfigError(
                    f"Slack no longer accepts this webhook ({verdict.answer}): "
                    f"write a new one to SSM parameter {self._webhook.parameter}."
                )
            else:
                renew = renewed = True
        raise RetryableError(f"Slack did not take the message in {TRIES} tries; last: {last}")

    def _try(self, body: Body, *, refresh: bool) -> Verdict:
        url = self._webhook.url(self._clock(), refresh=refresh)
        self._next_post = self._clock() + PACE_SECONDS
        try:
            response = self._session.post(
                url,
                data=json.dumps(body, allow_nan=False).encode(),
                headers={"Content-Type": "application/json; charset=utf-8"},
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            # Their texts quote the URL: only the type goes further.
            return Verdict(Outcome.RETRY, type(error).__name__)
        return classify(response.status_code, response.headers, response.text)

    def _backoff(self, attempt: int, verdict: Verdict) -> float:
        if verdict.retry_after is not None:
            return verdict.retry_after
        longest = min(LAST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0 ** (attempt + 1))
        return FIRST_BACKOFF_SECONDS + (longest - FIRST_BACKOFF_SECONDS) * self._chance()

    def _pause(self, seconds: float, deadline: float, last: str) -> None:
        wait = max(0.0, seconds)
        if self._clock() + wait >= deadline:
            raise RetryableError(f"Slack did not take the message in time; last: {last}")
        if wait:
            self._sleep(wait)
