"""`alarmctl`: each area of the package that has a `commands` module adds its own commands."""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import pkgutil
import sys
from typing import TYPE_CHECKING

import alarmctl

if TYPE_CHECKING:
    from collections.abc import Sequence


def areas() -> list[str]:
    """The packages below alarmctl that have commands, in the order of `--help`."""
    return sorted(
        module.name
        for module in pkgutil.iter_modules(alarmctl.__path__)
        if module.ispkg and importlib.util.find_spec(f"alarmctl.{module.name}.commands")
    )


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    result = argparse.ArgumentParser(
        prog="alarmctl",
        description="Test AWS alarms before they ship, and run the alerting stack on this machine.",
        epilog="Exit codes: 0 fine, 1 findings or a failure, 2 wrong usage.",
    )
    result.add_argument("--version", action="version", version=f"alarmctl {alarmctl.__version__}")
    subparsers = result.add_subparsers(dest="area", required=True, metavar="COMMAND")
    for area in areas():
        importlib.import_module(f"alarmctl.{area}.commands").register(subparsers)
    return result


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command: 0 fine, 1 findings or a failure, 2 wrong usage (by argparse), 130 after Ctrl-C."""
    options = parser().parse_args(argv)
    try:
        code: int = options.run(options)
    except KeyboardInterrupt:
        print("\ninterrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code
