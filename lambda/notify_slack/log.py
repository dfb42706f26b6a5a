"""One JSON object per line, as CloudWatch Logs Insights reads them. The webhook is masked on the way out."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_WEBHOOK = re.compile(r"/(?:services|workflows|triggers)/[A-Za-z0-9][^\s\"'<>\\]*")
MASK = "/services/[webhook]"


class Log:
    """Writes events with fields. `write` takes one line."""

    def __init__(self, write: Callable[[str], object] = print) -> None:
        self._write = write

    def info(self, event: str, **fields: object) -> None:
        """Something went as it should."""
        self._line("INFO", event, fields)

    def warning(self, event: str, **fields: object) -> None:
        """Something went wrong and was got around."""
        self._line("WARNING", event, fields)

    def error(self, event: str, **fields: object) -> None:
        """An alert could not be posted."""
        self._line("ERROR", event, fields)

    def metric(self, datapoint: Mapping[str, Any]) -> None:
        """A datapoint in the embedded metric format, which is a line of its own."""
        self._write(json.dumps(datapoint))

    def _line(self, level: str, event: str, fields: dict[str, object]) -> None:
        line = json.dumps({"level": level, "event": event, **fields}, default=str)
        self._write(_WEBHOOK.sub(MASK, line))
