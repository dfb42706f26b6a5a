"""`alarmctl calibrate`."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.account import AWS_ERRORS, Account, AccountError, word
from alarmctl.backtest import reading, replaying
from alarmctl.calibrate import recorded
from alarmctl.calibrate.accuracy import NEAR_SECONDS, Accuracy, of_alarm
from alarmctl.history import commands as history
from alarmctl.history import store
from alarms.definitions import Definition, from_describe_alarms
from alarms.model import AlarmError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alarmctl.calibrate.recorded import Recorded

EPILOG = """\
Without files it asks the account: DescribeAlarms, DescribeAlarmHistory (which CloudWatch keeps for 30 days)
and GetMetricData. With files it needs no network:

  aws cloudwatch describe-alarms > alarms.json
  aws cloudwatch describe-alarm-history --history-item-type StateUpdate > record.json
  alarmctl history fetch alarms.json --days 14 --out history
  alarmctl calibrate alarms.json --record record.json --history history

Exit codes: 0 done, 1 AWS refused, or there is no change to compare with, 2 wrong usage or unreadable input.
"""
CAVEAT = (
    "The delay of an alarm is the one of 0 to 5 minutes that fits its own record best, so the first figure\n"
    "flatters; the one by halves does not. The phase is read from the record."
)


def register(subparsers: Any) -> None:
    """Add `calibrate` to the command line."""
    parser = subparsers.add_parser(
        "calibrate",
        help="how exactly the engine predicts what your own alarms did",
        description="Replay alarms, and count how many of their recorded changes were predicted exactly.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", nargs="?", type=Path, metavar="FILE", help="alarms; by default the account's")
    parser.add_argument("--record", type=Path, metavar="FILE", help="their history; by default the account's")
    parser.add_argument("--history", type=Path, metavar="DIR", help="what `alarmctl history fetch` made")
    parser.add_argument(
        "--days", type=history.days, default=14.0, help="to fetch without --history (default: 14)"
    )
    parser.add_argument("--exact", action="store_true", help="without numpy: slow, the same results")
    parser.add_argument("--format", choices=["text", "json"], default="text")
    history.add_aws_arguments(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 done, 1 refused or nothing recorded, 2 unreadable."""
    try:
        return _run(options)
    except history.Refusal as refusal:
        return _refuse(str(refusal), refusal.code)
    except (reading.ReadingError, recorded.RecordError, store.HistoryError, AlarmError) as error:
        return _refuse(str(error), 2)
    except AccountError as error:
        return _refuse(str(error), 1)
    except AWS_ERRORS as error:
        return _refuse(
            f"AWS refuses ({word(error)}). Check the credentials, cloudwatch:DescribeAlarms and "
            "cloudwatch:DescribeAlarmHistory.",
            1,
        )


def _refuse(sentence: str, code: int) -> int:
    print(f"alarmctl calibrate: {sentence}", file=sys.stderr)
    return code


def _run(options: argparse.Namespace) -> int:
    account = Account("calibrate", options.region, options.endpoint_url)
    alarms = [one for one in _alarms(options.file, account) if isinstance(one, Definition)]
    record = _record(options.record, account)
    fast = replaying.HAS_NUMPY and not options.exact
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.history or Path(scratch) / "history"
        if options.history is None:
            history.fetch_into(folder, alarms, options)
        kept = store.load(folder)
    found = [of_alarm(alarm, kept, record, fast=fast) for alarm in alarms]
    compared = sum(one.recorded for one in found)
    print(as_json(found, record) if options.format == "json" else text(found, record))
    return 0 if compared else 1


def _alarms(path: Path | None, account: Account) -> Sequence[object]:
    if path is not None:
        found, refused = reading.alarms(path)
    else:
        refused = []
        found = []
        for page in account.pages("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm"]):
            found += from_describe_alarms(page, lambda error: refused.append(str(error)))
    for line in refused:
        print(f"left out: {line}", file=sys.stderr)
    return found


def _record(path: Path | None, account: Account) -> Recorded:
    if path is None:
        pages = account.pages("cloudwatch", "describe_alarm_history", HistoryItemType="StateUpdate")
        return recorded.read(item for page in pages for item in page["AlarmHistoryItems"])
    try:
        return recorded.read(json.loads(path.read_bytes())["AlarmHistoryItems"])
    except OSError as error:
        raise recorded.RecordError(f"{path}: {error.strerror or error}.") from None
    except recorded.RecordError as error:
        raise recorded.RecordError(f"{path}: {error}") from None
    except (ValueError, KeyError, TypeError):
        raise recorded.RecordError(
            f"{path}: no alarm history. Give the answer of: aws cloudwatch describe-alarm-history"
        ) from None


def text(found: Sequence[Accuracy], record: Recorded) -> str:
    """The figure, and the alarms that have one, the worst first."""
    total = sum(one.recorded for one in found)
    if not total:
        return "No change of state is recorded in that time: there is nothing to compare with."
    exact, near = sum(one.exact for one in found), sum(one.near for one in found)
    missed, extra = sum(one.missed for one in found), sum(one.extra for one in found)
    lines = [
        f"{exact} of {total} changes of state ({exact / total:.0%}) were predicted at the very evaluation,",
        f"{near} more within {NEAR_SECONDS / 60:.0f} minutes. Missed: {missed}; predicted in vain: {extra}.",
    ]
    held_out = sum(one.held_out for one in found)
    lines.append(
        f"Into or out of ALARM: {sum(one.alarming_exact for one in found)} of "
        f"{sum(one.alarming for one in found)} at the very evaluation."
    )
    lines.append(
        f"With each delay taken from the other half of the alarm's record: {held_out} of {total} "
        f"({held_out / total:.0%})."
    )
    if record.by_hand:
        lines.append(f"{record.by_hand} changes that no evaluation made (set by hand, say) are not compared.")
    width = max(len(one.name) for one in found)
    headings = ("recorded", "exact", "near", "missed", "extra", "phase", "delay")
    lines += ["", f"{'':<{width}}" + "".join(f"{heading:>10}" for heading in headings)]
    for one in sorted(found, key=lambda one: (-one.missed - one.extra, -one.near, one.name)):
        if not (one.recorded or one.extra or one.error):
            continue
        phase = "-" if one.phase is None else f"{one.phase:.1f} s"
        cells = (one.recorded, one.exact, one.near, one.missed, one.extra, phase, f"{one.delay:.0f} s")
        lines.append(f"{one.name:<{width}}" + "".join(f"{cell:>10}" for cell in cells))
        lines += [f"{'':<{width}}  {one.error}"] if one.error else []
    lines += ["", CAVEAT]
    return "\n".join(lines)


def as_json(found: Sequence[Accuracy], record: Recorded) -> str:
    """The same for a machine; phase and delay in seconds."""
    names = ("recorded", "exact", "near", "missed", "extra", "alarming", "alarming_exact", "held_out")
    totals = {name: sum(getattr(one, name) for one in found) for name in names}
    told = {**totals, "by_hand": record.by_hand, "alarms": [asdict(one) for one in found]}
    return json.dumps(told, indent=2, ensure_ascii=False)
