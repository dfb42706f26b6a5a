"""What could not be sent yet, in order, on disk: it outlives outages and restarts, within a bound."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alarmctl.publish.aggregate import Batch, samples
from alarmctl.publish.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

FILE = re.compile(r"(\d{12})-(\d+)\.json\.gz")


@dataclass(frozen=True)
class Entry:
    """One batch: a file of so many bytes that holds so many values, or its content where no file could be."""

    number: int
    count: int
    size: int
    content: bytes | None = None


class Spool:
    """Batches, oldest first. `folder` None keeps them in memory. `say` gets a text where something is lost.

    `dropped` counts the values that were lost; who tells of them sets it back.
    """

    def __init__(self, folder: Path | None, bound_bytes: int, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._bound_bytes = bound_bytes
        self._say = say
        self.dropped = 0
        self._entries: deque[Entry] = deque()
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            for path in sorted(folder.iterdir()):
                if match := FILE.fullmatch(path.name):
                    self._entries.append(Entry(int(match[1]), int(match[2]), path.stat().st_size))
        self._next = self._entries[-1].number + 1 if self._entries else 1

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """What it holds."""
        return sum(entry.size for entry in self._entries)

    def add(self, batch: Batch) -> None:
        """Keep a batch, as the newest; the oldest give way beyond the bound."""
        self._entries.append(self._write(self._next, batch))
        self._next += 1
        while self.size_bytes > self._bound_bytes and len(self._entries) > 1:
            entry = self._entries.popleft()
            self._remove(entry)
            self.dropped += entry.count
            self._say(f"The spool is full: {entry.count} values of its oldest batch are dropped.")

    def oldest(self) -> Iterator[tuple[Entry, Batch]]:
        """The batches, oldest first. One that cannot be read is dropped."""
        for entry in list(self._entries):
            try:
                content = entry.content if entry.content is not None else self._path(entry).read_bytes()
                batch = Batch(json.loads(gzip.decompress(content)))
            except (OSError, EOFError, ValueError) as error:
                self._say(f"A batch of the spool cannot be read: {entry.count} values lost. {error}")
                self.dropped += entry.count
                self.done(entry)
                continue
            yield entry, batch

    def done(self, entry: Entry) -> None:
        """Forget a batch."""
        self._entries.remove(entry)
        self._remove(entry)

    def replace(self, entry: Entry, batch: Batch) -> None:
        """Keep only this rest of a batch, in its place."""
        place = self._entries.index(entry)
        new = self._write(entry.number, batch)
        if self._path(new) != self._path(entry) or new.content is not None:
            self._remove(entry)
        self._entries[place] = new

    def _path(self, entry: Entry) -> Path:
        return (self._folder or Path()) / f"{entry.number:012d}-{entry.count}.json.gz"

    def _write(self, number: int, batch: Batch) -> Entry:
        content = gzip.compress(json.dumps(batch).encode(), 6)
        count = sum(samples(datum) for data in batch.values() for datum in data)
        entry = Entry(number, count, len(content))
        if self._folder is None:
            return Entry(number, count, len(content), content)
        path = self._path(entry)
        scratch = path.with_suffix(".new")
        try:
            with scratch.open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            scratch.rename(path)
        except OSError as error:
            self._say(f"The spool {self._folder} cannot be written ({error.strerror}); kept in memory.")
            with suppress(OSError):
                scratch.unlink()
            return Entry(number, count, len(content), content)
        return entry

    def _remove(self, entry: Entry) -> None:
        if entry.content is None:
            with suppress(FileNotFoundError):
                self._path(entry).unlink()


class Lock:
    """One publisher for each spool: held until the process ends. Raises LockedError if another holds it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        self._file = (folder / "lock").open("a+")
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            self._file.close()
            raise LockedError(
                f"Another publisher uses {folder}. End it, or give this one its own publisher.spool."
            ) from None

    def release(self) -> None:
        """Let others have it."""
        self._file.close()
