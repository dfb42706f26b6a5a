"""A program that prints numbers."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import threading
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from alarmctl.publish.config import Command
from alarmctl.publish.errors import SourceError
from alarmctl.publish.model import UNITS, Reading

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarmctl.publish.config import Source
    from alarmctl.publish.context import Context

OUTPUT_BYTES = 100_000
ERROR_CHARS = 200


def make(source: Source, _: Context) -> Callable[[], list[Reading]]:
    """What the program prints."""
    assert isinstance(source.options, Command)  # noqa: S101 -- parse() made them so
    return partial(readings, source.options, source.deadline_seconds)


def readings(options: Command, timeout_seconds: float) -> list[Reading]:
    """Run it once. Raises SourceError; a program that takes too long is ended with all its children."""
    text = output(options.command, timeout_seconds)
    if options.metric:
        return [Reading(options.metric, number(text.strip(), text), options.unit)]
    return [reading(line, options.unit) for line in text.splitlines() if line.strip()]


def output(command: tuple[str, ...], timeout_seconds: float) -> str:
    """What it printed."""
    name = command[0]
    with tempfile.TemporaryFile() as errors:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,  # so that its children can be ended with it
            )
        except OSError as error:
            raise SourceError(f"command: {name}: {error.strerror}.") from None
        late = threading.Event()

        def give_up() -> None:
            late.set()
            end(process)

        timer = threading.Timer(timeout_seconds, give_up)
        timer.start()
        try:
            assert process.stdout is not None  # noqa: S101 -- it is a pipe
            with process.stdout:
                printed = process.stdout.read(OUTPUT_BYTES + 1)
                if len(printed) > OUTPUT_BYTES:
                    end(process)
            code = process.wait()
        finally:
            timer.cancel()
        if late.is_set():
            raise SourceError(
                f"command: {name}: not done after {timeout_seconds:g} s. "
                "Raise its deadline_seconds, or make it faster."
            )
        if len(printed) > OUTPUT_BYTES:
            raise SourceError(
                f"command: {name}: it prints more than {OUTPUT_BYTES} bytes. "
                "Let it print NAME VALUE lines alone."
            )
        if code:
            errors.seek(0)
            told = errors.read(ERROR_CHARS).decode(errors="replace").strip()
            raise SourceError(f"command: {name}: exit code {code}. {told}".rstrip())
    return printed.decode(errors="replace")


def end(process: subprocess.Popen[bytes]) -> None:
    """End it, and what it started."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def reading(line: str, unit: str) -> Reading:
    """NAME VALUE [UNIT]"""
    words = line.split()
    if len(words) not in (2, 3):
        raise SourceError(f"command: {line!r} is not NAME VALUE [UNIT].")
    if len(words) == 3 and words[2] not in UNITS:
        raise SourceError(f"command: {line!r}: CloudWatch knows no unit {words[2]!r}.")
    return Reading(words[0], number(words[1], line), words[2] if len(words) == 3 else unit)


def number(word: str, line: str) -> float:
    """The number that it prints."""
    try:
        return float(word)
    except ValueError:
        raise SourceError(f"command: {line.strip()!r} has no number where one is needed.") from None
