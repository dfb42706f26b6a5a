"""Post over HTTP without loading `requests`, which is half of what a cold start loads.

As much of a session as the notifier needs: connections are kept, certificates are checked against certifi's
list, redirects are not followed. Where a proxy or a list of certificates of one's own is configured, the
handler takes `requests`, which knows all that.
"""

from __future__ import annotations

import json
import select
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlencode, urlsplit

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Mapping

MAX_BYTES = 10_000_000  # of an answer; those that we ask for are far smaller
# What `requests` reads and this does not.
SETTINGS = ("https_proxy", "http_proxy", "all_proxy", "requests_ca_bundle", "curl_ca_bundle")

_FORM, _JSON = "application/x-www-form-urlencoded", "application/json"


class WebError(OSError):
    """There was no answer. `cause` names the error behind it; its text may quote the address."""

    def __init__(self, cause: Exception) -> None:
        self.cause = type(cause).__name__
        super().__init__(self.cause)


class NotConnectedError(WebError):
    """No connection was made, so nothing was sent."""


class NoAnswerError(WebError):
    """The request was sent, or a part of it, and no answer came."""


class Response(Protocol):
    """What is looked at of an answer."""

    @property
    def status_code(self) -> int:
        """HTTP's."""

    @property
    def headers(self) -> Mapping[str, str]:
        """By name."""

    @property
    def text(self) -> str:
        """The body."""


class Poster(Protocol):
    """A session that posts: this module's, or one of `requests`."""

    @property
    def post(self) -> Callable[..., Response]:
        """Post to an address and wait for the answer; the call raises OSError."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer; what is no UTF-8 in it is replaced."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The body."""
        return self.content.decode("utf-8", "replace")


def needs_requests(environ: Mapping[str, str]) -> bool:
    """Is something configured that only `requests` knows?"""
    return any(value for name, value in environ.items() if name.lower() in SETTINGS)


class Session:
    """Keeps one connection per host. Not for several threads."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], HTTPConnection] = {}
        self._tls: ssl.SSLContext | None = None

    def post(
        self,
        url: str,
        *,
        timeout: tuple[float, float],
        data: bytes | Mapping[str, object] = b"",
        json: object = None,
        headers: Mapping[str, str] | None = None,
        allow_redirects: bool = False,
    ) -> Answer:
        """The answer, whatever its status. `timeout`: seconds to connect, and between two signs of life.

        Raises NotConnectedError and NoAnswerError.
        """
        if allow_redirects:
            raise ValueError("A redirect is never followed: it may lead anywhere.")
        parts = urlsplit(url)
        body, kind = _encoded(data, json)
        sent = {"User-Agent": "notify_slack", **({"Content-Type": kind} if kind else {}), **(headers or {})}
        target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
        place = (parts.scheme, parts.netloc)
        try:
            connection = self._connected(place, timeout[0])
        except (OSError, HTTPException, ValueError) as error:
            raise NotConnectedError(error) from None
        try:
            connection.sock.settimeout(timeout[1])
            connection.request("POST", target, body, sent)
            response = connection.getresponse()
            content = response.read(MAX_BYTES)
        except (OSError, HTTPException) as error:
            self._close(place)
            raise NoAnswerError(error) from None
        if response.will_close or not response.isclosed():
            self._close(place)
        return Answer(response.status, dict(response.headers), content)

    def _connected(self, place: tuple[str, str], seconds: float) -> HTTPConnection:
        kept = self._open.get(place)
        if kept and kept.sock and not select.select([kept.sock], [], [], 0)[0]:
            return kept
        self._close(place)  # the other side has closed it, or said what nobody asked for
        scheme, host = place
        connection = (
            HTTPSConnection(host, timeout=seconds, context=self._context())
            if scheme == "https"
            else HTTPConnection(host, timeout=seconds)
        )
        connection.connect()
        self._open[place] = connection
        return connection

    def _close(self, place: tuple[str, str]) -> None:
        if place in self._open:
            self._open.pop(place).close()

    def _context(self) -> ssl.SSLContext:
        import ssl  # noqa: PLC0415  http.client loads it; named here for its type alone
        from importlib.util import find_spec  # noqa: PLC0415  needed once

        if self._tls is None:
            # Without importing certifi: its own way to its file loads a dozen modules.
            found = find_spec("certifi")
            folder = next(iter(found.submodule_search_locations or ()), "") if found else ""
            self._tls = ssl.create_default_context(cafile=f"{folder}/cacert.pem" if folder else None)
        return self._tls


def _encoded(data: bytes | Mapping[str, object], value: object) -> tuple[bytes, str]:
    if value is not None:
        return json.dumps(value).encode(), _JSON
    if isinstance(data, bytes):
        return data, ""
    return urlencode(data).encode(), _FORM
