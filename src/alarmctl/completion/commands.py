"""`alarmctl completion`."""

from __future__ import annotations

import argparse
from typing import Any

SHELLS = ("bash", "zsh", "tcsh")
EPILOG = """\
  bash   echo 'eval "$(alarmctl completion bash)"' >> ~/.bashrc
  zsh    alarmctl completion zsh > "${fpath[1]}/_alarmctl"
  tcsh   alarmctl completion tcsh > ~/.alarmctl.csh; then source it in ~/.tcshrc
"""


def register(subparsers: Any) -> None:
    """Add `completion` to the command line."""
    parser = subparsers.add_parser(
        "completion",
        help="print what makes a shell complete commands and options",
        description="Print what makes a shell complete alarmctl's commands and options.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("shell", choices=SHELLS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """The script on standard output."""
    import shtab  # noqa: PLC0415 - only where it is used

    from alarmctl.cli import parser  # noqa: PLC0415 - it imports this module

    print(shtab.complete(parser(), options.shell))
    return 0
