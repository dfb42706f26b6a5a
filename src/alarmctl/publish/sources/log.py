"""Lines of a file that match, counted since the last look."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alarmctl.publish.config import Log
from alarmctl.publish.errors import SourceError
from alarmctl.publish.model import Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarmctl.publish.config import Source
    from alarmctl.publish.context import Context

LOOK_BYTES = 64 << 20  # a burst beyond it is counted at the next looks


@dataclass
class Position:
    """Where the last look ended: the file's inode and the byte in it."""

    inode: int
    offset: int


def make(source: Source, context: Context) -> Callable[[], list[Reading]]:
    """Counts since the last look; its place is kept in the state's folder, so a restart misses nothing."""
    assert isinstance(source.options, Log)  # noqa: S101 -- parse() made them so
    name = re.sub(r"\W", "_", source.name)
    return Counter(source.options, context.state / f"log-{name}.json" if context.state else None)


class Counter:
    """One file's counts. `kept` is where its position is remembered, None: in memory only."""

    def __init__(self, options: Log, kept: Path | None) -> None:
        self._options = options
        self._kept = kept
        self._at = _read(kept)

    def __call__(self) -> list[Reading]:
        """Count once. The first look ever finds the end of the file and counts nothing."""
        try:
            counts = self._look()
        except OSError as error:
            raise SourceError(f"path: {self._options.path}: {error.strerror or error}.") from None
        return [Reading(metric, count, "Count") for metric, count in counts.items()]

    def _look(self) -> dict[str, int]:
        path = Path(self._options.path)
        stat = path.stat()
        if self._at is None:
            self._keep(Position(stat.st_ino, stat.st_size))
            return {}
        counts = {metric: 0 for metric, _ in self._options.counts}
        position = self._at
        if position.inode != stat.st_ino:
            self._rest_of_rotated(path, position, counts)
            position = Position(stat.st_ino, 0)
        elif stat.st_size < position.offset:  # cut off in place, as logrotate's copytruncate does
            position = Position(stat.st_ino, 0)
        self._keep(Position(stat.st_ino, self._count(path, position.offset, counts)))
        return counts

    def _rest_of_rotated(self, path: Path, position: Position, counts: dict[str, int]) -> None:
        for other in path.parent.glob(f"{path.name}*"):
            if other.stat().st_ino == position.inode and not other.name.endswith(".gz"):
                self._count(other, position.offset, counts)

    def _count(self, path: Path, offset: int, counts: dict[str, int]) -> int:
        """Count whole lines from the byte on; the byte behind the last of them."""
        with path.open("rb") as file:
            file.seek(offset)
            data = file.read(LOOK_BYTES)
        end = data.rfind(b"\n") + 1
        if not end and len(data) == LOOK_BYTES:
            end = len(data)  # no line is so long; go on, rather than read it for ever
        for line in data[:end].decode(errors="replace").splitlines():
            for metric, pattern in self._options.counts:
                counts[metric] += bool(pattern.search(line))
        return offset + end

    def _keep(self, position: Position) -> None:
        self._at = position
        if self._kept is not None:
            scratch = self._kept.with_suffix(".new")
            scratch.write_text(json.dumps([position.inode, position.offset]))
            os.replace(scratch, self._kept)  # noqa: PTH105 -- the same, and says that it is atomic


def _read(kept: Path | None) -> Position | None:
    try:
        return Position(*json.loads(kept.read_text())) if kept is not None else None
    except (OSError, ValueError, TypeError):
        return None
