"""`alarmctl history`."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.account import AWS_ERRORS, Account, AccountError, word
from alarmctl.backtest import reading
from alarmctl.history import fetch, store

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from alarmctl.history.model import Metric

EPILOG = """\
The folder holds one npz file for each metric, and is read by `alarmctl backtest` without a network.
Broken off, the same command goes on where it was. CloudWatch keeps minutes for 15 days; more days are coarse.

  alarmctl history fetch plan.json --days 15 --out history
  alarmctl backtest plan.json --history history

Exit codes: 0 fetched, 1 AWS refused or costs too much, 2 wrong usage or unreadable input.
"""
RATE = 150_000
BAR = 30


class Refusal(Exception):  # noqa: N818 -- a sentence for the user, and the exit code
    """Why nothing more is fetched; `code` is the exit code."""

    def __init__(self, sentence: str, code: int) -> None:
        super().__init__(sentence)
        self.code = code


def register(subparsers: Any) -> None:
    """Add `history` to the command line."""
    parser = subparsers.add_parser("history", help="keep the values of the alarms' metrics, for backtests")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    add = actions.add_parser(
        "fetch",
        help="fetch them from CloudWatch into a folder",
        description="Fetch the values of all metrics that alarms read from CloudWatch into a folder.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add.add_argument("files", nargs="+", type=Path, metavar="FILE", help=reading.KINDS)
    add.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder")
    add.add_argument("--days", type=days, default=15.0, help="how far back (default: 15)")
    add.add_argument("--dry-run", action="store_true", help="say what it takes and costs, and fetch nothing")
    add_aws_arguments(add)
    add.set_defaults(run=run)


def add_aws_arguments(parser: argparse.ArgumentParser) -> None:
    """Where to fetch from, and how much at most."""
    parser.add_argument("--region", help="the Region; by default that of the environment or profile")
    parser.add_argument("--endpoint-url", metavar="URL", help="of a local AWS")
    parser.add_argument(
        "--max-cost", type=float, default=1.0, metavar="USD", help="fetch nothing beyond it (default: 1)"
    )
    parser.add_argument(
        "--rate",
        type=_positive,
        default=RATE,
        metavar="N",
        help=f"datapoints a second at most (default: {RATE}; CloudWatch allows 180000)",
    )


def days(text: str) -> float:
    """A number of days above 0 that CloudWatch keeps."""
    value = _positive(text)
    try:
        fetch.step_for(value)
    except fetch.FetchError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return value


def _positive(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no number above 0.")
    return value


def run(options: argparse.Namespace) -> int:
    """0 fetched, 1 refused, 2 unreadable."""
    try:
        alarms = [alarm for path in options.files for alarm in _alarms(path)]
        fetch_into(options.out, alarms, options, dry_run=options.dry_run)
    except Refusal as refusal:
        print(f"alarmctl history: {refusal}", file=sys.stderr)
        return refusal.code
    return 0


def _alarms(path: Path) -> Sequence[object]:
    try:
        found, refused = reading.alarms(path)
    except reading.ReadingError as error:
        raise Refusal(str(error), 2) from None
    for line in refused:
        print(f"left out: {line}", file=sys.stderr)
    return found


def fetch_into(
    folder: Path, alarms: Iterable[object], options: argparse.Namespace, *, dry_run: bool = False
) -> None:
    """Fetch what the folder lacks, telling what it costs before. Raises Refusal."""
    try:
        start, end, step, have, keep = _there(folder, options.days)
    except (store.HistoryError, fetch.FetchError) as error:
        raise Refusal(str(error), 2) from None
    planned = fetch.plan(alarms, start, end, step, have)
    if not planned.units:
        if not have:
            raise Refusal("No metric alarm reads a metric there; nothing to fetch.", 2)
        _say(f"{folder} has all {len(have)} metrics already. Remove it to fetch newer values.")
        return
    beside = f", beside {len(have)} that are there" if have else ""
    _say(
        f"{len(planned.metrics)} metrics{beside}, {(end - start) / 86_400:.1f} days by {step // 60} min: "
        f"{planned.calls} calls, up to {planned.datapoints:,} datapoints, "
        f"{planned.datapoints / options.rate:.0f} s at least, about ${planned.usd:.2f} "
        f"(${fetch.USD_PER_METRIC * 1000:.2f} per 1,000 metrics requested)."
    )
    if dry_run:
        return
    if planned.usd > options.max_cost:
        raise Refusal(
            f"That is more than --max-cost {options.max_cost:g}. Raise it, or name fewer alarms.", 1
        )
    try:
        found = fetch.run(
            Account("history", options.region, options.endpoint_url).client("cloudwatch"),
            planned,
            folder,
            keep=keep,
            datapoints_per_second=options.rate,
            sleep=time.sleep,
            clock=time.monotonic,
            progress=_progress,
        )
    except (fetch.FetchError, AccountError) as error:
        raise Refusal(str(error), 1) from None
    except AWS_ERRORS as error:
        raise Refusal(
            f"GetMetricData: {word(error)}. Check the credentials and cloudwatch:GetMetricData; what was "
            "fetched stays, and the same command goes on from there.",
            1,
        ) from None
    _say(f"{found:,} datapoints in {folder}.")


def _there(folder: Path, wanted: float) -> tuple[int, int, int, set[Metric], set[Metric]]:
    """Span and step to fetch, the metrics that the folder has, and those that its manifest names."""
    manifest = store.read_manifest(folder)
    if manifest is None:
        return *fetch.span(datetime.now(UTC), wanted), set(), set()
    start, end, step = manifest["start"], manifest["end"], manifest["step"]
    if abs((end - start) / 86_400 - wanted) > 0.01:
        raise Refusal(
            f"{folder} holds {(end - start) / 86_400:.0f} days. Give --days {(end - start) / 86_400:.0f}, or "
            "another --out.",
            2,
        )
    have = set(store.load(folder).series)
    return start, end, step, have, have


def _say(sentence: str) -> None:
    print(sentence, file=sys.stderr)


def _progress(done: int, of: int) -> None:
    if sys.stderr.isatty():
        full = BAR * done // of
        ending = "\n" if done == of else ""
        print(
            f"\r{'█' * full}{'░' * (BAR - full)} {done} of {of} calls",
            end=ending,
            file=sys.stderr,
            flush=True,
        )
    elif done * 10 // of > (done - 1) * 10 // of:
        _say(f"{done} of {of} calls")
