"""One module for each type of source: `make(source, context)` gives a function that measures once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarmctl.publish.sources import command, host, log, sql, tcp

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alarmctl.publish.config import Source
    from alarmctl.publish.context import Context
    from alarmctl.publish.model import Reading

MAKERS: Mapping[str, Callable[[Source, Context], Callable[[], list[Reading]]]] = {
    "sql": sql.make,
    "tcp": tcp.make,
    "host": host.make,
    "command": command.make,
    "log": log.make,
}


def make(source: Source, context: Context) -> Callable[[], list[Reading]]:
    """A function that measures the source once. It raises SourceError."""
    return MAKERS[source.type](source, context)
