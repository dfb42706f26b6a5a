"""`alarmctl mute`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from alarmctl.mute import health, report
from alarmctl.mute.account import Account
from alarmctl.mute.window import CAP, MANY, PREFIX, MuteError, Window, moment, rules, span, window, words

if TYPE_CHECKING:
    from collections.abc import Sequence

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
    try:
        print(answer(options, Account.of(options.region), datetime.now(UTC)))
    except MuteError as error:
        print(f"alarmctl mute: {error}", file=sys.stderr)
        return 2
    except (BotoCoreError, ClientError) as error:
        told = str(error).splitlines()[0]
        print(f"alarmctl mute: {told} Check the credentials, their rights and --region.", file=sys.stderr)
        return 1
    return 0


def answer(options: argparse.Namespace, account: Account, now: datetime) -> str:
    """Do what the words ask for, and say what was done. Raises MuteError and what boto3 raises."""
    verb = options.words[0] if options.words else ""
    if verb == "list" and not options.words[1:]:
        return _list(options, account, now)
    if verb == "end":
        return _end(options.words[1:], account, now, over=options.over)
    return _mute(options, account, now)


def _mute(options: argparse.Namespace, account: Account, now: datetime) -> str:
    if bool(options.words) == bool(options.event):
        raise MuteError("Name the alarms to mute, or give --event FILE; one of the two.")
    length = span(options.span) if options.span else None
    start = moment(options.start) if options.start else None
    if options.event:
        change = health.read(_json(options.event))
        names = account.watching(change.entities)
        if not names:
            return f"no alarm watches {', '.join(change.entities)}; nothing to mute"
        length = length or change.length
        start = start or change.start
        why = options.why or f"{change.code} {change.arn}".strip()
    else:
        names = account.matching(options.words)
        why = options.why or ""
    if not length:
        raise MuteError("Say for how long, such as --for 2h.")
    if not why.strip():
        raise MuteError("Say why, such as --why 'database upgrade', for whoever finds the silence.")
    when = window(start, length, now)
    _limits(names, when, sure=options.yes)
    made = rules(names, when, why, options.owner or account.caller())
    if not options.dry_run:
        for rule in made:
            account.put(rule)
    return report.muted(made, when, account.in_alarm(names), dry=options.dry_run)


def _limits(names: Sequence[str], when: Window, *, sure: bool) -> None:
    if sure:
        return
    if when.length > CAP:
        raise MuteError(f"{words(when.length)} is longer than {words(CAP)}. If it is meant, add --yes.")
    if len(names) > MANY:
        raise MuteError(f"That is {report.listed(names, 'alarm')}. If it is meant, add --yes.")


def _list(options: argparse.Namespace, account: Account, now: datetime) -> str:
    shown = [mute for mute in account.mutes() if options.all or not mute.is_over(now)]
    active = sorted({name for mute in shown if mute.window_at(now) for name in mute.alarm_names})
    in_alarm = account.in_alarm(active)
    entries = [report.entry(mute, in_alarm, now) for mute in shown]
    entries.sort(key=lambda one: (one["ends"] or "~", one["starts"] or "~", one["name"]))
    return report.FORMATS[options.format](entries)


def _end(patterns: Sequence[str], account: Account, now: datetime, *, over: bool) -> str:
    if bool(patterns) == over:
        raise MuteError("Name the mute rules to end, or give --over; alarmctl mute list shows them.")
    mutes = account.mutes()
    for pattern in patterns:
        if not any(fnmatchcase(mute.name, pattern) for mute in mutes):
            raise MuteError(f"No mute rule is named {pattern}. See them: alarmctl mute list --all.")
    chosen = [
        mute
        for mute in mutes
        if any(fnmatchcase(mute.name, pattern) for pattern in patterns)
        or (over and mute.name.startswith(PREFIX) and mute.is_over(now))
    ]
    active = sorted({name for mute in chosen if mute.window_at(now) for name in mute.alarm_names})
    told = sorted(account.in_alarm(active))
    for mute in chosen:
        account.end(mute.name)
    ended = report.listed([mute.name for mute in chosen], "mute rule") if chosen else "nothing"
    return f"ended {ended}" + (f"\n  in ALARM, and told now: {', '.join(told)}" if told else "")


def _json(path: Path) -> object:
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise MuteError(f"{path}: {error.strerror or error}.") from None
    except ValueError:
        raise MuteError(f"{path}: this is no JSON.") from None
