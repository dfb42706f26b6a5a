"""What could not be sent yet, in order, on disk: it outlives outages and restarts, within a bound."""

from __future__ import annotations

import fcntl
import gzip
import json
import os
import re
import zlib
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from alarmctl.publish.aggregate import samples
from alarmctl.publish.errors import LockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alarmctl.publish.aggregate import Datum

FILE = re.compile(r"(\d{12})-(\d+)\.json\.gz")


@dataclass(frozen=True)
class Entry:
    """Data of one namespace: a file of `size` bytes with `count` values, or the content if there is none."""

    number: int
    namespace: str
    count: int
    size: int
    content: bytes | None = None


class Spool:
    """What waits, oldest first. `folder` None keeps it in memory. `say` gets a text where something is lost.

    `dropped` counts the values that were lost; who tells of them sets it back.
    """

    def __init__(self, folder: Path | None, bound_bytes: int, say: Callable[[str], None]) -> None:
        self._folder = folder
        self._bound_bytes = bound_bytes
        self._say = say
        self.dropped = 0
        self._entries: deque[Entry] = deque()
        self._next = 1
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True, mode=0o750)
            self._find(folder)

    def __len__(self) -> int:
        return len(self._entries)

    @property
    def size_bytes(self) -> int:
        """What it holds."""
        return sum(entry.size for entry in self._entries)

    @property
    def namespaces(self) -> list[str]:
        """Whose data wait."""
        return list(dict.fromkeys(entry.namespace for entry in self._entries))

    def add(self, namespace: str, data: list[Datum]) -> None:
        """Keep data, as the newest; the oldest give way beyond the bound."""
        self._entries.append(self._write(self._next, namespace, data))
        self._next += 1
        while self.size_bytes > self._bound_bytes and len(self._entries) > 1:
            entry = self._entries[0]
            self._lose(entry, "the spool is full (publisher.spool_mb)")

    def oldest(self, namespace: str) -> Iterator[tuple[Entry, list[Datum]]]:
        """The namespace's entries, oldest first. One that cannot be read is dropped."""
        for entry in [one for one in self._entries if one.namespace == namespace]:
            try:
                _, data = unpack(
                    entry.content if entry.content is not None else self._path(entry).read_bytes()
                )
            except (OSError, ValueError) as error:
                self._lose(entry, str(error))
                continue
            yield entry, data

    def done(self, entry: Entry) -> None:
        """Forget an entry."""
        self._entries.remove(entry)
        self._remove(entry)

    def replace(self, entry: Entry, data: list[Datum]) -> None:
        """Keep only these data, in the entry's place."""
        place = self._entries.index(entry)
        new = self._write(entry.number, entry.namespace, data)
        if new.content is not None or self._path(new) != self._path(entry):
            self._remove(entry)
        self._entries[place] = new

    def _find(self, folder: Path) -> None:
        for path in sorted(folder.iterdir()):
            if not (match := FILE.fullmatch(path.name)):
                continue
            number, count = int(match[1]), int(match[2])
            self._next = number + 1
            try:
                content = path.read_bytes()
                namespace, _ = unpack(content)
            except (OSError, ValueError) as error:
                self.dropped += count
                self._say(f"{count} values dropped: {path.name} of the spool: {error}.")
                path.unlink()
                continue
            self._entries.append(Entry(number, namespace, count, len(content)))

    def _lose(self, entry: Entry, why: str) -> None:
        self.done(entry)
        self.dropped += entry.count
        self._say(f"{entry.count} values of {entry.namespace} dropped: {why}.")

    def _path(self, entry: Entry) -> Path:
        return (self._folder or Path()) / f"{entry.number:012d}-{entry.count}.json.gz"

    def _write(self, number: int, namespace: str, data: list[Datum]) -> Entry:
        content = gzip.compress(json.dumps([namespace, data]).encode(), 6)
        count = sum(samples(datum) for datum in data)
        entry = Entry(number, namespace, count, len(content))
        in_memory = Entry(number, namespace, count, len(content), content)
        if self._folder is None:
            return in_memory
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
            return in_memory
        return entry

    def _remove(self, entry: Entry) -> None:
        if entry.content is None:
            with suppress(FileNotFoundError):
                self._path(entry).unlink()


def unpack(content: bytes) -> tuple[str, list[Datum]]:
    """Namespace and data of a file. Raises ValueError or OSError where it is spoiled."""
    try:
        namespace, data = json.loads(gzip.decompress(content))
    except (EOFError, TypeError, zlib.error) as error:
        raise ValueError(str(error)) from None
    return str(namespace), list(data)


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
