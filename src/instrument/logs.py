"""Logs as one JSON object per line, as CloudWatch Logs Insights, Firehose and OpenSearch read them."""

from __future__ import annotations

import json
import logging
import sys
import uuid
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from instrument.service import Service

# What the logging module itself sets on a record; anything else came by `extra`.
_OWN = frozenset(vars(logging.LogRecord("", 0, "", 0, "", None, None))) | {"message", "asctime", "taskName"}
STACK_CHARS = 20_000  # a line of CloudWatch Logs holds 256 KB; a recursion's stack would fill it

_request_id: ContextVar[str | None] = ContextVar("request_id", default=None)


def current_request_id() -> str | None:
    """The id of the request that this thread or task is serving; None outside of one."""
    return _request_id.get()


@contextmanager
def request(request_id: str | None = None) -> Iterator[str]:
    """Serve a request: lines logged within carry its id, which is made up where none came."""
    chosen = request_id or uuid.uuid4().hex
    token = _request_id.set(chosen)
    try:
        yield chosen
    finally:
        _request_id.reset(token)


class JsonFormatter(logging.Formatter):
    """A log record as one JSON object on one line.

    Always: time (UTC, ISO 8601), level, logger, message, service, version, environment, hostname. Within a
    request: request_id. With an exception: error = {type, message, stack}. What was given as `extra` stands
    beside these, but never replaces them; what JSON cannot say is written as text.
    """

    def __init__(self, service: Service) -> None:
        super().__init__()
        self._service = {
            "service": service.name,
            "version": service.version,
            "environment": service.environment,
            "hostname": service.hostname,
        }

    def format(self, record: logging.LogRecord) -> str:
        """One line, without a line break in or after it."""
        return line(self.fields(record))

    def fields(self, record: logging.LogRecord) -> dict[str, Any]:
        """The object that `format` writes."""
        own: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": _message(record),
            **self._service,
        }
        request_id = getattr(record, "request_id", None) or current_request_id()
        if request_id:
            own["request_id"] = request_id
        if record.exc_info and record.exc_info[0]:
            own["error"] = {
                "type": record.exc_info[0].__name__,
                "message": str(record.exc_info[1]),
                "stack": self.formatException(record.exc_info)[-STACK_CHARS:],
            }
        given = {key: value for key, value in vars(record).items() if key not in _OWN}
        return own | {key: value for key, value in given.items() if key not in own}


def line(fields: dict[str, Any]) -> str:
    """One JSON object on one line. Never raises: what JSON does not know is written as text."""
    try:
        return json.dumps(fields, default=str, allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        return json.dumps({str(key): _plain(value) for key, value in fields.items()})


def _plain(value: object) -> object:
    try:
        return json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError, RecursionError):
        return repr(value)


def _message(record: logging.LogRecord) -> str:
    """The message with its arguments; a call whose arguments do not fit is no reason to lose the line."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args!r}"


class LineWriter:
    """Appends lines to a file, for `Metrics`. It notices when logrotate moves the file away."""

    def __init__(self, path: Path | str) -> None:
        self._handler = WatchedFileHandler(path, encoding="utf-8")

    def __call__(self, text: str) -> None:
        """Append one line; safe in any thread."""
        self._handler.handle(logging.LogRecord("", logging.INFO, "", 0, text, None, None))

    def close(self) -> None:
        """Close the file."""
        self._handler.close()


def configure(
    service: Service,
    stream: TextIO | None = None,
    *,
    path: Path | str | None = None,
    level: int | str = logging.INFO,
) -> logging.Handler:
    """Let the root logger write JSON, in place of what it did: to the file `path`, else to `stream`.

    `stream` is standard output unless given. A file may be rotated by moving it away. Returns the handler.
    """
    handler = (
        WatchedFileHandler(path, encoding="utf-8") if path else logging.StreamHandler(stream or sys.stdout)
    )
    handler.setFormatter(JsonFormatter(service))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    return handler
