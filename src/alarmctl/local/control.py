"""The stack's own small API beside ministack's, under /_local/ on the same port.

It does what AWS's API does not: status, messages that reached the fake Slack, events of `aws.*` sources,
forgetting samples, saving and stopping. A request needs the header in `HEADER`, so that no web page can
send one.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

PREFIX = "/_local/"
HEADER = "x-alarmctl-local"

Scope = Mapping[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Action = Callable[[Any], Any]


class ControlError(Exception):
    """The request cannot be done; the text says why and what to do. Answered with HTTP 400."""


def with_control(app: App, actions: Mapping[tuple[str, str], Action], touched: Callable[[], None]) -> App:
    """An ASGI application that answers `PREFIX` by `actions`, and leaves the rest to `app`.

    The actions are keyed by method and name. `touched` is called for each HTTP request, whoever answers it.
    """

    async def handle(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            touched()
            if scope["path"].startswith(PREFIX):
                status, answer = await _act(scope, receive, actions)
                await _send_json(send, status, answer)
                return
        await app(scope, receive, send)

    return handle


async def _act(
    scope: Scope, receive: Receive, actions: Mapping[tuple[str, str], Action]
) -> tuple[HTTPStatus, Any]:
    if HEADER.encode() not in dict(scope["headers"]):
        return HTTPStatus.FORBIDDEN, {"error": f"The header {HEADER} is missing."}
    action = actions.get((scope["method"], scope["path"].removeprefix(PREFIX)))
    if action is None:
        known = ", ".join(f"{method} {PREFIX}{name}" for method, name in actions)
        return HTTPStatus.NOT_FOUND, {"error": f"Unknown: {scope['method']} {scope['path']}. Use {known}."}
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    try:
        # Off the loop: an action may wait for the driver, which may be at work on another thread.
        return HTTPStatus.OK, await asyncio.to_thread(action, json.loads(body) if body else None)
    except (ControlError, ValueError) as error:
        return HTTPStatus.BAD_REQUEST, {"error": str(error)}


async def _send_json(send: Send, status: HTTPStatus, answer: Any) -> None:
    body = json.dumps(answer, default=str).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": int(status), "headers": headers})
    await send({"type": "http.response.body", "body": body})
