"""Telling a person what a slow step is doing: an elapsed line on a terminal, plain lines elsewhere."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator

QUIET_SECONDS = 2.0  # a step shorter than this needs no progress
TERMINAL_REFRESH_SECONDS = 0.25
PLAIN_NOTE_SECONDS = 5.0
PLAIN_REFRESH_SECONDS = 15.0
CLEAR_LINE = "\r\x1b[2K"
SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"


class Step:
    """One step under way: `note` tells what it is busy with, and shows with the elapsed time."""

    def __init__(self, title: str, out: TextIO) -> None:
        self.title = title
        self.detail = ""
        self._out = out
        self._began = time.monotonic()
        self._terminal = out.isatty()
        self._lock = threading.Lock()
        self._printed_at = self._began

    @property
    def seconds(self) -> float:
        """Seconds since the step began."""
        return time.monotonic() - self._began

    def begin(self) -> None:
        """Say what starts; a terminal gets it with the elapsed line."""
        if not self._terminal:
            self._line(f"→ {self.title}")

    def note(self, detail: str) -> None:
        """What the step is doing now; a line of its own, now and then, where no terminal can redraw."""
        self.detail = detail
        if not self._terminal and time.monotonic() - self._printed_at >= PLAIN_NOTE_SECONDS:
            self._line(f"  … {detail}")

    def _line(self, text: str) -> None:
        with self._lock:
            self._out.write(f"{text}\n")
            self._out.flush()
            self._printed_at = time.monotonic()

    def refresh(self) -> None:
        """Redraw the elapsed line, or print a sign of life where nothing was printed for a while."""
        if self.seconds < QUIET_SECONDS:
            return
        if self._terminal:
            spin = SPINNER[int(self.seconds / TERMINAL_REFRESH_SECONDS) % len(SPINNER)]
            text = f"{spin} {self.title} … {self.seconds:.0f} s  {self.detail}"
            with self._lock:
                self._out.write(f"{CLEAR_LINE}{text[: shutil.get_terminal_size().columns - 1]}")
                self._out.flush()
        elif time.monotonic() - self._printed_at >= PLAIN_REFRESH_SECONDS:
            self._line(f"  … {self.seconds:.0f} s so far")

    def finish(self, outcome: str) -> None:
        """Leave one line that says how it ended and how long it took."""
        took = f" ({self.seconds:.1f} s)" if self.seconds >= QUIET_SECONDS else ""
        self._line(f"{CLEAR_LINE if self._terminal else ''}{outcome} {self.title}{took}")


@contextmanager
def step(title: str, out: TextIO | None = None) -> Iterator[Step]:
    """Announce `title`, show that it lives while the block runs, and end it with ✓ or ✗ and its time."""
    current = Step(title, out or sys.stdout)
    current.begin()
    stop = threading.Event()
    pause = TERMINAL_REFRESH_SECONDS if (out or sys.stdout).isatty() else 1.0

    def live() -> None:
        while not stop.wait(pause):
            current.refresh()

    thread = threading.Thread(target=live, daemon=True, name="progress")
    thread.start()
    outcome = "✗"
    try:
        yield current
        outcome = "✓"
    finally:
        stop.set()
        thread.join()
        current.finish(outcome)
