"""`alarmctl lint`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.lint import manual, report, sources, suppressions
from alarmctl.lint.model import Finding, Severity, Stack
from alarmctl.lint.report import Report
from alarmctl.lint.rules import RULES, View, findings
from alarms import knowledge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from alarmctl.lint.suppressions import Suppression

EPILOG = """\
Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 wrong usage or unreadable input.

Accept a finding, always with a reason: in the alarm's tag alarmctl:ignore = "ALM009: reason", in its
description as [ALM009 ignore: reason], or in a YAML file for --suppressions: a list of {rule, alarm, reason}.
"""


def register(subparsers: Any) -> None:
    """Add `lint` to the command line."""
    parser = subparsers.add_parser(
        "lint",
        help="find alarms that can never fire, always fire, or say something else than they measure",
        description="Find alarms that can never fire, always fire, are never heard, or mislead.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help=sources.KINDS.replace("`", ""))
    parser.add_argument(
        "--live", action="store_true", help="read the alarms of the account and Region in use"
    )
    parser.add_argument("--region", help="the Region for --live")
    parser.add_argument("--format", choices=sorted(report.FORMATS), default="text")
    parser.add_argument(
        "--fail-on", choices=[s.value for s in Severity], default="warning", help="default: warning"
    )
    parser.add_argument(
        "--suppressions", type=Path, metavar="FILE", help="accepted findings, with their reasons"
    )
    parser.add_argument("--rules", action="store_true", help="print what the rules are and why, as Markdown")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 nothing to fail on, 1 findings, 2 wrong usage."""
    if options.rules:
        print(manual.page(), end="")
        return 0
    if not options.files and not options.live:
        return _refuse("Give a file, or --live. See alarmctl lint --help.")
    try:
        accepted = suppressions.from_file(options.suppressions, RULES) if options.suppressions else []
        stacks = [sources.read(path) for path in options.files]
        if options.live:
            stacks.append(_live(options.region))
    except (sources.InputError, suppressions.SuppressionError) as error:
        return _refuse(str(error))
    result = lint(stacks, accepted)
    print(report.FORMATS[options.format](result, RULES))
    return 1 if result.reaches(Severity(options.fail_on)) else 0


def _refuse(sentence: str) -> int:
    print(f"alarmctl lint: {sentence}", file=sys.stderr)
    return 2


def _live(region: str | None) -> Stack:
    from alarmctl.lint import live  # noqa: PLC0415 -- boto3 takes a while to import, and files do not need it

    return live.read(region)


def lint(stacks: Iterable[Stack], accepted: Iterable[Suppression] = ()) -> Report:
    """Apply every rule to every stack."""
    from_file = tuple(accepted)
    known = knowledge.load()
    read = tuple(stacks)
    open_: list[tuple[str, Finding]] = []
    suppressed: list[tuple[str, Finding, Suppression]] = []
    for stack in read:
        inline, refused = suppressions.written(stack, RULES)
        open_ += [(stack.source, finding) for finding in refused]
        for finding in findings(View(stack, known)):
            why = next((s for s in (*inline, *from_file) if s.covers(finding)), None)
            if why:
                suppressed.append((stack.source, finding, why))
            else:
                open_.append((stack.source, finding))
    return Report(
        sources=tuple(stack.source for stack in read),
        alarms=sum(len(stack.alarms) for stack in read),
        findings=tuple(open_),
        suppressed=tuple(suppressed),
        unread=tuple(line for stack in read for line in stack.unread),
    )
