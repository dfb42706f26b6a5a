"""Slack's Web API as far as a bot that alerts needs it: chat.postMessage with threads, and chat.update.

It answers as Slack documents: HTTP 200 and `ok` true or false with one word for why, and 429 above the rate.
https://docs.slack.dev/reference/methods/chat.postMessage, …/chat.update and …/apis/web-api/rate-limits
"""

import json
from collections.abc import Callable, Mapping
from typing import Any

from alarmctl.slack.failures import rate_limited
from alarmctl.slack.inbox import Answer, Inbox
from alarmctl.slack.limits import PayloadError, check, parse
from alarmctl.slack.message import Message

API = "/api/"
CHANNEL_ID = "C0LOCAL000"
KEPT_BY_UPDATE = ("blocks", "attachments")  # what chat.update leaves as it was unless it is given

_NOT_SHOWN = frozenset({"channel", "ts", "thread_ts", "reply_broadcast", "parse", "link_names"})


class WebApi:
    """The methods of one bot, in one channel. `channel` is its name without the hash."""

    def __init__(self, inbox: Inbox, token: str, channel: str) -> None:
        self._inbox = inbox
        self._token = token
        self._channels = {CHANNEL_ID, channel, f"#{channel}"}
        self._methods: dict[str, Callable[[dict[str, Any], bytes], Answer]] = {
            "chat.postMessage": self._post,
            "chat.update": self._update,
        }

    def answer(self, method: str, raw: bytes, authorization: str) -> Answer | None:
        """The answer to a call; None: cut the connection without one."""
        call = self._methods.get(method)
        if call is None:
            return self._no("unknown_method", raw)
        if authorization != f"Bearer {self._token}":
            return self._no("invalid_auth" if authorization else "not_authed", raw)
        return self._inbox.unless_failing(raw, lambda: self._checked(call, raw))

    def _checked(self, call: Callable[[dict[str, Any], bytes], Answer], raw: bytes) -> Answer:
        try:
            body = parse(raw)
        except PayloadError:
            return self._no("invalid_json", raw)
        if not isinstance(body, dict):
            return self._no("json_not_object", raw)
        if problems := check(_content(body)):
            return self._no(problems[0], raw)
        return call(body, raw)

    def _post(self, body: dict[str, Any], raw: bytes) -> Answer:
        if body.get("channel") not in self._channels:
            return self._no("channel_not_found", raw)
        thread = body.get("thread_ts")
        parent = self._inbox.find(thread) if isinstance(thread, str) else None
        if thread is not None and parent is None:
            return self._no("thread_not_found", raw)
        if wait := self._inbox.take():
            return self._limited(wait, raw)
        broadcast = body.get("reply_broadcast") is True
        return _ok(self._inbox.add(_content(body), raw, parent, broadcast=broadcast))

    def _update(self, body: dict[str, Any], raw: bytes) -> Answer:
        if body.get("channel") != CHANNEL_ID:  # of this method only the id is taken
            return self._no("channel_not_found", raw)
        found = self._inbox.find(str(body.get("ts", "")))
        if found is None:
            return self._no("message_not_found", raw)
        if wait := self._inbox.take_update():
            return self._limited(wait, raw)
        kept = {key: found.body[key] for key in KEPT_BY_UPDATE if key in found.body}
        names = {key: found.body[key] for key in ("username", "icon_emoji") if key in found.body}
        return _ok(self._inbox.change(found, {**names, **kept, **_content(body)}))

    def _no(self, reason: str, raw: bytes) -> Answer:
        self._inbox.refuse(200, reason, raw)
        return _json({"ok": False, "error": reason.partition(":")[0]})

    def _limited(self, seconds: float, raw: bytes) -> Answer:
        self._inbox.limit(seconds, raw)
        return rate_limited(seconds)


def _content(body: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in body.items() if key not in _NOT_SHOWN}


def _ok(message: Message) -> Answer:
    told = {"ok": True, "channel": CHANNEL_ID, "ts": message.ts, "message": dict(message.body)}
    return _json(told)


def _json(value: Any) -> Answer:
    return 200, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(value)
