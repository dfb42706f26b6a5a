"""The fake Slack: an incoming webhook and a bot on 127.0.0.1, strict as Slack is; their channel as a page.

It answers as Slack does: 200 `ok`, 400 with the error of what it refuses, 404 `no_service` for a webhook that
does not exist, 429 with Retry-After above one message a second. A bot posts to the same channel by `webapi`.
"""

import json
import secrets
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

from alarmctl.slack.failures import Failure
from alarmctl.slack.inbox import BURST, Answer, Inbox, Refusal
from alarmctl.slack.message import Message
from alarmctl.slack.page import Channel, render_counts, render_message, render_page
from alarmctl.slack.webapi import API, WebApi

HOST = "127.0.0.1"
BODY_BYTES = 1_000_000
SHOWN_MESSAGES = 300
SHOWN_REFUSALS = 20
IDLE_SECONDS = 30  # a kept-alive connection that says nothing is closed
BOT_NUMBER = "100000000000"  # of the workspace, in a bot's token
STOP_SECONDS = 2  # for threads to end after their connection was cut

Route = Callable[[bytes], Answer]


class PortInUseError(OSError):
    """Another program listens on the port; the message names it and the way out."""


class FakeSlack:
    """An incoming webhook and its channel; safe to use from several threads, also as a context manager.

    `port` 0 takes a free one. `token` is the webhook's secret part (default: random). `routes` adds request
    handlers by method and path, as ("POST", "/_control/…"). `clock` gives monotonic seconds, `now` a
    timezone-aware moment.
    """

    def __init__(
        self,
        port: int = 0,
        *,
        token: str | None = None,
        burst: int = BURST,
        channel: Channel | None = None,
        routes: Mapping[tuple[str, str], Route] | None = None,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
    ) -> None:
        self.port = port
        self.channel = channel or Channel()
        self._inbox = Inbox(burst, clock, now)
        secret = token or secrets.token_hex(12)
        self._path = f"/services/T0LOCAL000/B0LOCAL000/{secret}"
        self._token = f"xoxb-{BOT_NUMBER}-{secret}"
        self._api = WebApi(self._inbox, self._token, self.channel.name)
        self._routes = {**self._own_routes(), **(routes or {})}
        self._server: _Server | None = None

    def start(self) -> Self:
        """Listen; raises PortInUseError when the port is taken."""
        try:
            self._server = _Server((HOST, self.port), self)
        except OSError as error:
            raise PortInUseError(
                f"Port {self.port} on {HOST} is taken, so the Slack page cannot be served there. "
                "Stop the program that listens on it, or choose another port with --page-port."
            ) from error
        self.port = self._server.server_address[1]
        self._inbox.open()
        threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="fake-slack", daemon=True
        ).start()
        return self

    def stop(self) -> None:
        """Close the port and every connection; a second call does nothing."""
        server, self._server = self._server, None
        if server is None:
            return
        self._inbox.close()
        server.shutdown()
        server.close_all()

    def __enter__(self) -> Self:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    @property
    def webhook_url(self) -> str:
        """Where messages are posted to; a secret, as Slack's own is."""
        return f"http://{HOST}:{self.port}{self._path}"

    @property
    def bot_credential(self) -> str:
        """What stands in the place of the webhook for a bot's token: where the API is, and the token."""
        return f"http://{HOST}:{self.port}{API}#{self._token}"

    @property
    def page_url(self) -> str:
        """Where a person sees the channel."""
        return f"http://{HOST}:{self.port}/"

    @property
    def messages(self) -> list[Message]:
        """What arrived, oldest first."""
        return self._inbox.messages

    @property
    def refusals(self) -> list[Refusal]:
        """What was not delivered, oldest first."""
        return self._inbox.refusals

    @property
    def counts(self) -> dict[str, int]:
        """How many requests arrived, were refused, were rate limited, were made to fail."""
        return self._inbox.counts

    def wait_for(self, count: int, timeout_seconds: float) -> list[Message]:
        """The messages once there are `count`, or those that came until the time is over."""
        return self._inbox.wait_for(count, timeout_seconds)

    def fail(self, **failure: Any) -> None:
        """Fail the next requests as a Failure with these members says; raises ValueError for bad ones."""
        self._inbox.plan(Failure(**failure))

    def clear(self) -> None:
        """Forget messages, counts and planned failures."""
        self._inbox.clear()

    def answer(self, method: str, path: str, raw: bytes, authorization: str = "") -> Answer | None:
        """The answer to any request but the event stream's; None: cut the connection."""
        if method == "POST" and path.startswith(API):
            return self._api.answer(path.removeprefix(API), raw, authorization)
        if method == "POST" and path == self._path:
            return self._inbox.post(raw)
        if path.startswith("/services/"):
            return self._inbox.refuse(404, "no_service: there is no such webhook", raw)
        route = self._routes.get((method, path))
        if route:
            return route(raw)
        known = any(path == routed for _, routed in self._routes)
        return (405, {}, "method_not_allowed") if known else (404, {}, "not_found")

    def stream(self, cursor: str, send: Callable[[str], object]) -> None:
        """Send what comes after `cursor` as server-sent events, until we stop or `send` raises OSError."""
        told = ""
        for news in self._inbox.follow(cursor, SHOWN_MESSAGES):
            if news.cleared:
                send(_event("clear", None, news.cursor))
            for place, message in enumerate(news.messages, 1):
                # A follower that is cut off in between gets the rest of the news, and some of it again.
                cursor = news.following if place == len(news.messages) else news.cursor
                send(_event("message", render_message(message, channel=self.channel), cursor))
            strip = self._strip()
            send(": still here\n\n" if strip == told else _event("counts", strip))
            told = strip

    def _own_routes(self) -> dict[tuple[str, str], Route]:
        return {
            ("GET", "/"): self._page,
            ("GET", "/_control/messages"): lambda _raw: _json(200, [_as_json(one) for one in self.messages]),
            ("GET", "/_control/status"): lambda _raw: _json(200, self.counts),
            ("POST", "/_control/fail"): self._control_fail,
            ("POST", "/_control/clear"): self._control_clear,
            ("POST", "/_control/calm"): self._control_calm,
            ("POST", "/_control/tally"): self._control_tally,
        }

    def _control_fail(self, raw: bytes) -> Answer:
        try:
            self._inbox.plan(Failure.from_json(raw))
        except ValueError as error:
            return _json(400, {"ok": False, "error": str(error)})
        return _json(200, {"ok": True})

    def _control_clear(self, _raw: bytes) -> Answer:
        self.clear()
        return _json(200, {"ok": True})

    def _control_calm(self, _raw: bytes) -> Answer:
        self._inbox.calm()
        return _json(200, {"ok": True})

    def _control_tally(self, raw: bytes) -> Answer:
        try:
            counted = json.loads(raw)
        except ValueError:
            counted = None
        if not isinstance(counted, dict) or not all(type(value) is int for value in counted.values()):
            return _json(400, {"ok": False, "error": "tally: send an object of whole numbers by name"})
        self._inbox.tally = counted
        return _json(200, {"ok": True})

    def _page(self, _raw: bytes) -> Answer:
        # The cursor is read first: what comes in between is on the page, and comes again as an event.
        live = {"cursor": self._inbox.cursor, "counts": self._strip()}
        shown = [message for message in self.messages if message.in_channel][-SHOWN_MESSAGES:]
        html = render_page(shown, channel=self.channel, live=live)
        return 200, {"Content-Type": "text/html; charset=utf-8"}, html

    def _strip(self) -> str:
        reasons = [f"{entry.at:%H:%M:%S} {entry.reason}" for entry in self.refusals[-SHOWN_REFUSALS:]]
        return render_counts(self.counts, reversed(reasons), tally=self._inbox.tally)


def _json(status: int, value: Any) -> Answer:
    return status, {"Content-Type": "application/json; charset=utf-8"}, json.dumps(value)


def _as_json(message: Message) -> dict[str, Any]:
    told = {"number": message.number, "received_at": message.received_at.isoformat(), "body": message.body}
    thread = {"ts": message.ts, "edited": message.edited, "thread": message.thread} if message.ts else {}
    return told | thread


def _event(name: str, value: Any, identity: str = "") -> str:
    prefix = f"id: {identity}\n" if identity else ""
    return f"{prefix}event: {name}\ndata: {json.dumps(value)}\n\n"


class _Server(ThreadingHTTPServer):
    """It remembers its connections, so that stopping can cut them and wait for their threads."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], slack: FakeSlack) -> None:
        self.slack = slack
        self._open: set[socket.socket] = set()
        self._closed_one = threading.Condition()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._closed_one:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        with self._closed_one:
            self._open.discard(request)
            self._closed_one.notify_all()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that goes away is no error of ours; anything else is printed."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def close_all(self) -> None:
        with self._closed_one:
            for connection in self._open:
                _shut(connection)
            self._closed_one.wait_for(lambda: not self._open, STOP_SECONDS)
        self.server_close()


def _shut(connection: socket.socket) -> None:
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the client was faster


class _Handler(BaseHTTPRequestHandler):
    """HTTP to FakeSlack; it decides nothing."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    server: _Server

    def do_GET(self) -> None:
        target = urlsplit(self.path)
        if target.path == "/_events":
            self._stream(self.headers.get("Last-Event-ID") or parse_qs(target.query).get("after", [""])[0])
        else:
            self._answer(self.server.slack.answer("GET", target.path, b""))

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > BODY_BYTES:
            self.close_connection = True
            self._answer((413 if length.isdecimal() else 411, {}, "invalid_payload"))
            return
        raw = self.rfile.read(int(length))
        form = self.headers.get_content_type() == "application/x-www-form-urlencoded"
        if form and raw.startswith(b"payload="):  # how Slack took webhooks before JSON, and still does
            raw = parse_qs(raw.decode("utf-8", "replace"), keep_blank_values=True)["payload"][0].encode()
        authorization = self.headers.get("Authorization", "")
        self._answer(self.server.slack.answer("POST", urlsplit(self.path).path, raw, authorization))

    def _answer(self, answer: Answer | None) -> None:
        if answer is None:
            self._cut()
            return
        status, headers, body = answer
        data = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": "text/plain; charset=utf-8", **headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(data)

    def _stream(self, cursor: str) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.server.slack.stream(cursor, lambda text: self.wfile.write(text.encode()))

    def _cut(self) -> None:
        """End the connection with a reset, as a broken network would."""
        self.close_connection = True
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.rfile.close()  # it holds the socket open, and an orderly end would come first
        self.connection.close()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - named by http.server
        """Say nothing: the path of a webhook is its secret."""
