"""A WSGI application with request ids, one log line a request, and the health endpoint."""

from __future__ import annotations

import logging
import re
import time
from typing import TYPE_CHECKING, Any

from instrument.logs import request

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from instrument.health import Health

    Environ = dict[str, Any]
    StartResponse = Callable[..., Any]
    Application = Callable[[Environ, StartResponse], Iterable[bytes]]

LOG = logging.getLogger(__name__)
HEADER = "X-Request-Id"
_ID = re.compile(r"[\w.:=;/+-]{1,128}")  # others are replaced: they end up in logs
_ROOT = re.compile(r"(?:^|;)\s*Root=([\w-]{1,64})")


def incoming_id(environ: Environ) -> str | None:
    """The request's id as it came: of X-Request-Id, else the Root of a load balancer's X-Amzn-Trace-Id."""
    given = str(environ.get("HTTP_X_REQUEST_ID", ""))
    if _ID.fullmatch(given):
        return given
    root = _ROOT.search(str(environ.get("HTTP_X_AMZN_TRACE_ID", "")))
    return root[1] if root else None


class Watched:
    """Wraps a WSGI application. Answers `health_path` itself, and logs nothing of it: it is asked often."""

    def __init__(
        self, application: Application, health: Health | None = None, health_path: str = "/health"
    ) -> None:
        self._application = application
        self._health = health
        self._health_path = health_path

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request; its id goes back in the header X-Request-Id."""
        if self._health and environ.get("PATH_INFO") == self._health_path:
            status, body = self._health.response()
            headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store")]
            start_response(f"{status.value} {status.phrase}", headers)
            return [body]
        return self._serve(environ, start_response)

    def _serve(self, environ: Environ, start_response: StartResponse) -> Iterator[bytes]:
        began = time.monotonic()
        status = 500
        with request(incoming_id(environ)) as request_id:

            def start(line: str, headers: list[tuple[str, str]], *more: Any) -> Any:
                nonlocal status
                status = int(line.split(" ", 1)[0])
                return start_response(line, [*headers, (HEADER, request_id)], *more)

            parts: Iterable[bytes] = ()
            try:
                parts = self._application(environ, start)
                yield from parts
            except Exception:
                status = 500
                LOG.exception("the request failed")
                raise
            finally:
                if close := getattr(parts, "close", None):
                    close()
                LOG.info(
                    "request",
                    extra={
                        "method": environ.get("REQUEST_METHOD"),
                        "path": environ.get("PATH_INFO"),
                        "status": status,
                        "duration_ms": round((time.monotonic() - began) * 1000, 1),
                    },
                )
