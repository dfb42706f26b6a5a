"""What `alarmctl mute` does, by the words that it was given."""

from __future__ import annotations

import json
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from alarmctl.mute import report
from alarms import scheduled_change
from alarms.mute_window import CAP, MANY, PREFIX, MuteError, Window, moment, rules, span, window, words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence
    from datetime import datetime
    from pathlib import Path

    from alarmctl.mute.account import Account


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
        change = scheduled_change.read(_json(options.event))
        names = account.watching(change)
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
        raise MuteError(f"{path}: this is no JSON. Give the event as EventBridge sends it.") from None
