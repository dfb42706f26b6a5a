"""`alarmctl backtest`."""

from __future__ import annotations

import argparse
import contextlib
import sys
import tempfile
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.backtest import api, incidents, page, reading, replaying, report
from alarmctl.backtest.replaying import NO_NUMPY, Settings
from alarmctl.backtest.report import Shown
from alarmctl.history import commands as history
from alarmctl.history import store
from alarms.model import AlarmError
from alarms.timezones import zone

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import tzinfo

    from alarmctl.backtest.replaying import Alarm, Replayed

FORMATS = ("text", "json", "md", "html")
EPILOG = """\
  terraform plan -out plan && terraform show -json plan > plan.json
  alarmctl history fetch plan.json --days 15 --out history
  alarmctl backtest plan.json --history history
  alarmctl backtest plan.json --history history --format html --output backtest.html

Incidents are a YAML list of {name, start, end, alarms: [patterns], optional}; with them, settings are
suggested that page half as often and still catch them.

Exit codes: 0 done, 1 AWS refused, 2 wrong usage or unreadable input.
"""


@dataclass(frozen=True)
class _Inputs:
    alarms: Sequence[Alarm]
    against: Sequence[Alarm] | None
    left_out: tuple[str, ...]
    incidents: Sequence[api.Incident]
    settings: Settings
    zone: tzinfo


def register(subparsers: Any) -> None:
    """Add `backtest` to the command line."""
    parser = subparsers.add_parser(
        "backtest",
        help="what alarms would have done over the last days",
        description="Replay the history of the alarms' metrics: when each would have fired, and how long.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", type=Path, metavar="FILE", help=reading.KINDS)
    parser.add_argument(
        "--against", type=Path, metavar="FILE", help="other alarms to compare with, as they were"
    )
    parser.add_argument("--history", type=Path, metavar="DIR", help="what `alarmctl history fetch` made")
    parser.add_argument(
        "--days",
        type=history.days,
        metavar="N",
        help="fetch so many days from CloudWatch, into --history if given",
    )
    parser.add_argument("--incidents", type=Path, metavar="FILE", help="what should have been noticed")
    parser.add_argument(
        "--delay",
        type=_seconds,
        default=0.0,
        metavar="SECONDS",
        help="when values become visible (default: 0)",
    )
    parser.add_argument(
        "--phase",
        type=_seconds,
        metavar="SECONDS",
        help="of the evaluations, after the full minute (default: 0)",
    )
    parser.add_argument(
        "--timezone", default="UTC", metavar="ZONE", help="of nights and weekends (default: UTC)"
    )
    parser.add_argument("--exact", action="store_true", help="without numpy: slow, the same results")
    parser.add_argument("--format", choices=FORMATS, default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there, not to standard output")
    history.add_aws_arguments(parser)
    parser.set_defaults(run=run)


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0 to 86400.")
    return value


def run(options: argparse.Namespace) -> int:
    """0 done, 1 AWS refused, 2 unreadable."""
    try:
        return _run(options)
    except history.Refusal as refusal:
        print(f"alarmctl backtest: {refusal}", file=sys.stderr)
        return refusal.code
    except (reading.ReadingError, incidents.IncidentError, store.HistoryError, AlarmError) as error:
        print(f"alarmctl backtest: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(f"alarmctl backtest: {error.filename}: {error.strerror}.", file=sys.stderr)
        return 2


def _run(options: argparse.Namespace) -> int:
    if options.history is None and options.days is None:
        raise history.Refusal("Give --history DIR, or --days N to fetch.", 2)
    given = _inputs(options)
    if not given.settings.fast and not options.exact:
        print(NO_NUMPY, file=sys.stderr)
    with _folder(options) as folder:
        if options.days is not None:
            history.fetch_into(folder, [*given.alarms, *(given.against or ())], options)
        kept = store.load(folder)
    shown = Shown(
        _report(given, given.alarms, kept),
        None if given.against is None else _report(given, given.against, kept),
        given.left_out,
    )
    text = _FORMATS[options.format](shown, given, kept)
    if options.output is None:
        sys.stdout.write(text.rstrip("\n") + "\n")
    else:
        options.output.write_text(text.rstrip("\n") + "\n", encoding="utf-8")
    return 0


def _inputs(options: argparse.Namespace) -> _Inputs:
    alarms, left_out = reading.alarms(options.file)
    against, also = reading.alarms(options.against) if options.against else (None, [])
    phase = None if options.phase is None else timedelta(seconds=options.phase)
    fast = replaying.HAS_NUMPY and not options.exact
    return _Inputs(
        alarms,
        against,
        tuple(dict.fromkeys((*left_out, *also))),
        incidents.from_file(options.incidents) if options.incidents else (),
        Settings(phase, timedelta(seconds=options.delay), fast),
        UTC if options.timezone == "UTC" else zone(options.timezone),
    )


@contextlib.contextmanager
def _folder(options: argparse.Namespace) -> Iterator[Path]:
    if options.history is not None:
        yield options.history
        return
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "history"


def _report(given: _Inputs, alarms: Sequence[Alarm], kept: api.History) -> api.Report:
    return api.backtest(alarms, kept, incidents=given.incidents, settings=given.settings, zone=given.zone)


def _html(shown: Shown, given: _Inputs, kept: api.History) -> str:
    made: list[Replayed] = replaying.replay(given.alarms, kept, given.settings)
    return page.render(shown, made, given.zone)


_FORMATS: dict[str, Callable[[Shown, _Inputs, api.History], str]] = {
    "text": lambda shown, _, __: report.text(shown),
    "json": lambda shown, _, __: report.as_json(shown),
    "md": lambda shown, _, __: report.markdown(shown),
    "html": _html,
}
