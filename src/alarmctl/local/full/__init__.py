"""What `alarmctl local demo --full` shows after the CPU alarm: one file of this folder for each step.

A file holds `STEP`, and is found by being here. A step acts on the running stack as a person would, prints
what it sees, and returns what went wrong; it leaves the stack as it found it.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarmctl.local.stack import StackError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alarmctl.local.stack import Stack


@dataclass(frozen=True)
class Step:
    """One thing to show. `order` sorts; `play` returns a sentence for each thing that went wrong."""

    order: int
    title: str
    play: Callable[[Stack], Sequence[str]]


def steps() -> list[Step]:
    """The steps of this folder's files, in their order. Raises AttributeError when a file has no STEP."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    found: list[Step] = [importlib.import_module(f"{__name__}.{name}").STEP for name in names]
    return sorted(found, key=lambda step: step.order)


def play_all(stack: Stack, shown: Sequence[Step]) -> bool:
    """Play each step, one that failed or not; True only if all of them went well."""
    verdicts: list[tuple[str, Step]] = []
    for number, step in enumerate(shown, start=1):
        print(f"── {number} of {len(shown)}: {step.title}\n")
        try:
            problems = list(step.play(stack))
        except StackError as error:
            problems = [str(error)]
        for problem in problems:
            print(f"✗ {problem} See {stack.home}/server.log.")
        verdicts.append(("✗" if problems else "✓", step))
        print()
    for mark, step in verdicts:
        print(f"{mark} {step.title}")
    return all(mark == "✓" for mark, _ in verdicts)
