"""`alarmctl preview`."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from alarmctl.preview import reading, report
from alarmctl.preview.report import Previewed
from notify_slack import pipeline
from notify_slack.errors import ConfigError

EPILOG = """\
A file holds one event as AWS sends it, in any envelope; a JSON list is a batch, and what is no JSON is text.
A folder stands for every JSON file below it, - for standard input. Neither AWS nor a network is asked.

Exit codes: 0 fine, 1 Slack would refuse a message, 2 wrong usage or unreadable input.
"""


def register(subparsers: Any) -> None:
    """Add `preview` to the command line."""
    parser = subparsers.add_parser(
        "preview",
        help="show what the notifier would post for an event, where, and which rule decided so",
        description="Show what the notifier would post for an event, where, and which rule decided so.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="+", metavar="FILE", help="an event, a folder of events, or -")
    parser.add_argument(
        "--config", metavar="FILE", help="the notifier's configuration, as JSON or YAML (default: none)"
    )
    parser.add_argument(
        "--environment", default="", metavar="NAME", help="what messages call the environment"
    )
    parser.add_argument("--format", choices=sorted(report.FORMATS), default="text")
    parser.add_argument(
        "--output", type=Path, metavar="FILE", help="write there instead of to standard output"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 fine, 1 a message that Slack would refuse, 2 input that cannot be read."""
    try:
        settings = reading.settings(options.config, options.environment)
        found = [
            Previewed(file, pipeline.explain(event, settings))
            for file, event in reading.events(options.files)
        ]
    except ConfigError as error:
        return _refuse(f"{options.config}: {error}")
    except reading.InputError as error:
        return _refuse(str(error))
    shown = report.FORMATS[options.format](found, datetime.now(UTC)) + "\n"
    if options.output is None:
        sys.stdout.write(shown)
    else:
        try:
            options.output.write_text(shown, encoding="utf-8")
        except OSError as error:
            return _refuse(f"{options.output}: {error.strerror or error}.")
    if options.format != "text" or options.output is not None:
        print(report.summary(found), file=sys.stderr)
    return 1 if any(one.problems() for one in found) else 0


def _refuse(sentence: str) -> int:
    print(f"alarmctl preview: {sentence}", file=sys.stderr)
    return 2
