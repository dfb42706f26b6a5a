"""`alarmctl mute`."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alarmctl.mute import actions, report
from alarms.mute_window import CAP, MANY, MuteError, words

EPILOG = """\
  alarmctl mute 'api-*' --for 2h --why 'upgrade'   mute these alarms from the next full minute
  alarmctl mute --event health.json                mute what a scheduled change of AWS Health will touch
  alarmctl mute list                               what is muted, until when, by whom and why
  alarmctl mute end RULE...                        end mutes now; a pattern such as 'mute-*' will do
  alarmctl mute end --over                         clear away those of ours that are over

An alarm that is muted changes its state as ever; only its actions are held back. What is still in ALARM
when the mute ends is told then. A pattern never takes the alarms of the stack's own health (operations-...).
An alarm that is itself named list or end is written l[i]st or e[n]d.

Exit codes: 0 fine, 1 AWS refused or could not be asked, 2 wrong usage.
"""


def register(subparsers: Any) -> None:
    """Add `mute` to the command line."""
    parser = subparsers.add_parser(
        "mute",
        help="hold alarms' actions back for a while, list what is muted, end a mute",
        description="Hold the actions of alarms back for a while, by CloudWatch's mute rules.",
        usage="alarmctl mute [list | end | NAME...] [options]",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("words", nargs="*", metavar="NAME", help="an alarm, or a pattern with * ? [seq]")
    parser.add_argument("--for", dest="span", metavar="TIME", help="how long: 30m, 2h, 1h30m, 3d")
    parser.add_argument("--why", metavar="TEXT", help="the reason, for those who wonder")
    parser.add_argument("--owner", metavar="WHO", help="who to ask (default: whose credentials these are)")
    parser.add_argument("--from", dest="start", metavar="TIME", help="when it begins: 2026-03-02T22:00, UTC")
    parser.add_argument(
        "--event", type=Path, metavar="FILE", help="a scheduled change, as AWS Health sends it"
    )
    parser.add_argument("--dry-run", action="store_true", help="say what would be muted, and mute nothing")
    parser.add_argument(
        "--yes", action="store_true", help=f"more than {words(CAP)} or {MANY} alarms is what is meant"
    )
    parser.add_argument("--all", action="store_true", help="with list: those that are over, too")
    parser.add_argument("--over", action="store_true", help="with end: those of ours that are over")
    parser.add_argument("--region", metavar="NAME", help="the Region (default: that of the credentials)")
    parser.add_argument("--format", choices=sorted(report.FORMATS), default="text", help="of list")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 fine, 1 AWS refused or could not be asked, 2 wrong usage."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  slow to import; --help needs none

    from alarmctl.mute.account import Account  # noqa: PLC0415  it imports boto3

    try:
        print(actions.answer(options, Account.of(options.region), datetime.now(UTC)))
    except MuteError as error:
        print(f"alarmctl mute: {error}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        told = str(error).splitlines()[0]
        print(f"alarmctl mute: {told} Check the credentials, their rights and --region.", file=sys.stderr)
        return 1
    return 0
