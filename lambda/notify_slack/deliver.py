"""Post to Slack. The only success is HTTP 200 with the body `ok`.

Answers: https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks and
https://docs.slack.dev/apis/web-api/rate-limits
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from notify_slack import bot, peek
from notify_slack.errors import ConfigError, NotifyError, RejectedError, RetryableError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notify_slack.config import Bot
    from notify_slack.model import Body, Message, Route, Thread
    from notify_slack.pacing import Pacer
    from notify_slack.secret import Webhook
    from notify_slack.web import Poster

CONNECT_SECONDS = 2
READ_SECONDS = 3
TRY_SECONDS = CONNECT_SECONDS + READ_SECONDS  # the longest that one try takes

TRIES = 8
TRIES_WHILE_AWAY = 2  # after so many failures in a row: each batch only asks whether Slack is back
UPDATE_TRIES = 3  # of what a new message can stand in for
LIMITS = 3  # answers 429 to one message, after which it goes back to the queue
HEALTHY_SECONDS = 60.0  # Slack took a message so lately that what it refuses is not everything
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
    """An answer, judged. `retry_after` is seconds, when Slack named them.

    `uncertain`: the request arrived, or may have, so Slack may show the message all the same.
    """

    outcome: Outcome
    answer: str
    retry_after: float | None = None
    uncertain: bool = False


# Slack's status for these varies; its word does not.
_DENIED_ANSWERS = frozenset(
    {
        "action_prohibited", "channel_is_archived", "channel_not_found", "invalid_token", "no_active_hooks",
        "no_service", "no_service_id", "no_team", "posting_to_general_channel_denied", "team_disabled",
    }
)  # fmt: skip
# What Slack's API says with status 200: chat.postMessage and chat.update below
# https://docs.slack.dev/reference/methods
_API_ANSWERS = dict.fromkeys(
    (
        "invalid_arguments", "invalid_attachments", "invalid_blocks", "invalid_blocks_format",
        "msg_blocks_too_long", "msg_too_long", "no_text", "too_many_attachments",
        # of a message that cannot be changed or answered: chat.update's, and those about threads
        "cannot_reply_to_message", "cant_broadcast_message", "cant_update_message", "edit_window_closed",
        "message_not_found", "restricted_action_non_threadable_channel", "restricted_action_thread_locked",
        "thread_not_found", "update_failed",
    ),
    Outcome.REFUSED,
) | dict.fromkeys(
    (
        *_DENIED_ANSWERS, "account_inactive", "invalid_auth", "is_archived", "missing_scope", "no_permission",
        "not_authed", "not_in_channel", "restricted_action", "token_expired", "token_revoked",
    ),
    Outcome.DENIED,
)  # fmt: skip
# With status 200, too: the same call may succeed soon. Of a thread, every other word means a new message.
_PASSING = frozenset({"fatal_error", "internal_error", "rate_limited", "ratelimited", "service_unavailable"})
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
        return Verdict(Outcome.DELIVERED if _is_ok(body) else _API_ANSWERS.get(word, Outcome.RETRY), word)
    outcome = Outcome.DENIED if 400 <= status < 500 and word in _DENIED_ANSWERS else _STATUSES.get(status)
    if outcome is None:
        # A redirect or a proxy's page says nothing about our message, and a server's error passes.
        outcome = Outcome.REFUSED if 400 <= status < 500 else Outcome.RETRY
    retry_after = _retry_after(headers) if status == 429 else None
    return Verdict(outcome, word, retry_after, uncertain=status == 504)


def _word(status: int, body: str) -> str:
    """Slack's own word for the answer. Any other body may quote what we sent, and goes no further."""
    for word in (body.strip(), peek.text(_answer(body), "error")):
        if _SLACK_WORD.fullmatch(word):
            return word
    return f"HTTP {status}"


def _is_ok(body: str) -> bool:
    return body.strip() == "ok" or peek.flag(_answer(body), "ok") is True


def _answer(body: str) -> object:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return None


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


# By name, since `requests` is loaded only behind a proxy. No connection was made, so nothing was sent; the
# last three stand inside a ConnectionError of `requests`.
_UNSENT = frozenset(
    {
        "ConnectTimeout", "NotConnectedError", "ProxyError", "SSLError",
        "ConnectTimeoutError", "NameResolutionError", "NewConnectionError",
    }
)  # fmt: skip
_LOST = frozenset({"ChunkedEncodingError", "ConnectionError", "NoAnswerError", "Timeout"})


def unanswered(error: OSError) -> Verdict:
    """Judge a request without an answer. Its text may quote the webhook: only its type goes further."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    inside = {type(getattr(cause, "reason", cause)).__name__ for cause in error.args}
    lost = bool(_LOST & kinds) and not _UNSENT & (kinds | inside)
    return Verdict(Outcome.RETRY, getattr(error, "cause", "") or type(error).__name__, uncertain=lost)


class Slack:
    """One webhook, at the pace that `pacer` gives. Clock, sleep and chance are arguments.

    In the place of a webhook there may be a bot's token, whose messages look as `shown` says.
    """

    def __init__(
        self,
        session: Poster,
        webhook: Webhook,
        pacer: Pacer,
        clock: Callable[[], float],
        sleep: Callable[[float], object],
        chance: Callable[[], float],
        shown: Bot | None = None,
    ) -> None:
        self._session = session
        self._shown = shown
        self._webhook = webhook
        self._pacer = pacer
        self._clock = clock
        self._sleep = sleep
        self._chance = chance
        self._took_at = -math.inf
        self.posted: bot.Posted | None = None  # the last message delivered, when a bot posted it
        self._failures = 0  # in a row

    def check(self) -> None:
        """Read the webhook. Raises ConfigError or RetryableError when there is none."""
        self._webhook.url(self._clock())

    def healthy(self) -> bool:
        """Has Slack taken a message within the last minute?"""
        return self._clock() - self._took_at < HEALTHY_SECONDS

    def deliver(self, message: Message, deadline: float) -> int:
        """Post the message before `deadline` (by the clock) and return the rung that Slack took.

        Raises RejectedError when Slack refuses every rung, ConfigError when the webhook is of no use, and
        RetryableError when time runs out, or at once when the message may be there: a copy must say so.
        """
        refused: RejectedError | None = None
        self.posted = None
        if message.thread and self._follow(message.thread, message.route, deadline):
            return 0
        for rung, bodies in enumerate(message.rungs):
            there = 0
            try:
                for body in bodies:
                    self._post(body, message.route, deadline)
                    there += 1
            except RejectedError as error:
                refused = error
            except RetryableError as error:
                error.uncertain = error.uncertain or there > 0
                raise
            else:
                return rung
        raise refused or RejectedError("The message has no body.")

    def _follow(self, thread: Thread, route: Route, deadline: float) -> bool:
        """Change the alarm's own message and answer in its thread; False: that cannot be done, post anew.

        Whatever stops the change leads to a new message, which needs nothing that may be gone. An answer that
        may be there does not: its copy must say so. Raises RetryableError.
        """
        place = {"channel": thread.channel, "ts": thread.ts}
        try:
            if thread.update:
                update = place | thread.update
                self._post(update, route, deadline, method=bot.UPDATE, most=UPDATE_TRIES)
        except NotifyError:
            return False
        reply = {"channel": thread.channel, "thread_ts": thread.ts, **thread.reply}
        try:
            self._post(reply, route, deadline, method=bot.POST_MESSAGE)
        except (ConfigError, RejectedError):
            return False
        if self.posted:
            self.posted = replace(self.posted, channel=thread.channel, ts=thread.ts)
        return True

    def _post(self, body: Body, route: Route, deadline: float, method: str = "", most: int = TRIES) -> None:
        """`method` is the API's, of a message that goes on with another; empty for a message of its own."""
        renew = renewed = False
        limits = 0
        last = "no time was left to try"
        tries = TRIES_WHILE_AWAY if self._failures >= TRIES else most
        for attempt in range(tries):
            self._pause(self._pacer.wait(deadline - self._clock()), deadline, last, limits)
            verdict = self._try(body, route, method, refresh=renew)
            renew = False
            last = f"{verdict.outcome} ({verdict.answer})"
            if verdict.outcome is Outcome.DELIVERED:
                self._took_at, self._failures = self._clock(), 0
                return
            if verdict.outcome is Outcome.REFUSED:
                self._failures = 0
                raise RejectedError(f"Slack refused the message: {verdict.answer}")
            if verdict.outcome is Outcome.DENIED:
                if renewed:
                    raise ConfigError(
                        f"Slack no longer accepts this webhook ({verdict.answer}): "
                        f"write a new one to SSM parameter {self._webhook.parameter}."
                    )
                renew = renewed = True
                continue
            self._failures += 1
            if verdict.uncertain and method != bot.UPDATE:
                raise RetryableError(
                    f"Slack may have the message; last: {last}", uncertain=True, limits=limits
                )
            if verdict.retry_after is not None:
                limits += 1
                self._pacer.hold(verdict.retry_after)
                if limits == LIMITS:
                    break
            else:
                self._pause(self._backoff(attempt), deadline, last, limits)
        raise RetryableError(
            f"Slack did not take the message in {attempt + 1} tries; last: {last}", limits=limits
        )

    def _try(self, body: Body, route: Route, method: str, *, refresh: bool) -> Verdict:
        url = self._webhook.url(self._clock(), refresh=refresh)
        headers = {"Content-Type": "application/json; charset=utf-8"}
        content = body
        opened = bot.access(url)
        if opened:
            url, authorization = opened.call(method or bot.POST_MESSAGE)
            headers |= authorization
            content = body if method == bot.UPDATE else bot.addressed(body, self._shown, route)
        elif method:
            return Verdict(Outcome.REFUSED, "a webhook has no threads")
        try:
            response = self._session.post(
                url,
                data=json.dumps(content, allow_nan=False).encode(),
                headers=headers,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except OSError as error:
            return unanswered(error)
        verdict = classify(response.status_code, response.headers, response.text)
        if verdict.outcome is Outcome.DELIVERED and opened:
            self.posted = bot.posted(opened, body, _answer(response.text))
        if method and response.status_code == 200 and verdict.outcome is Outcome.RETRY:
            # A word that we do not know may be for good.
            return verdict if verdict.answer in _PASSING else replace(verdict, outcome=Outcome.REFUSED)
        return verdict

    def _backoff(self, attempt: int) -> float:
        longest = min(LAST_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0 ** (attempt + 1))
        return FIRST_BACKOFF_SECONDS + (longest - FIRST_BACKOFF_SECONDS) * self._chance()

    def _pause(self, seconds: float, deadline: float, last: str, limits: int) -> None:
        wait = max(0.0, seconds)
        if self._clock() + wait >= deadline:
            raise RetryableError(
                f"Slack did not take the message in time; last: {last}", limits=limits, wait=wait
            )
        if wait:
            self._sleep(wait)
