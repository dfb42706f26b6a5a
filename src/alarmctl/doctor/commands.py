"""`alarmctl doctor`."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from alarmctl import account
from alarmctl.doctor import alarms, assumptions, canary, delivery, report
from alarmctl.doctor.model import Check, Verdict, worst

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alarmctl.account import Account
    from alarmctl.doctor.model import Findings, Line

CANARY_SECONDS = 90.0

EPILOG = """\
Reads only, but for the canary (the alarm NAME-canary is set to ALARM and back to OK, which posts to Slack)
and for --assumptions (40 heartbeats are sent into the notifier's queue).

Exit codes: 0 nothing failed, 1 something failed or cannot be asked, 2 wrong usage.
"""


def register(subparsers: Any) -> None:
    """Add `doctor` to the command line."""
    parser = subparsers.add_parser(
        "doctor",
        help="check a live stack part by part, and say what to do",
        description="Check a live stack part by part, and say what to do.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    account.add_arguments(parser)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument(
        "--canary",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="fire the canary, and time its way to Slack",
    )
    parser.add_argument(
        "--timeout",
        type=float,
        default=CANARY_SECONDS,
        metavar="SECONDS",
        help="for the canary (%(default)g)",
    )
    parser.add_argument(
        "--assumptions",
        action="store_true",
        help="also what only a real account can show: times, waits, batches",
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 nothing failed, 1 something did."""
    try:
        lines = tuple(examine(account.from_options(options), options))
    except account.AccountError as error:
        print(f"alarmctl doctor: {error}", file=sys.stderr)
        return 1
    print(report.FORMATS[options.format](lines))
    return 1 if worst(lines) is Verdict.FAIL else 0


def examine(stack: Account, options: argparse.Namespace) -> Iterator[Line]:
    """Every check's lines, in the order of an alert's way. Raises AccountError."""
    flights: list[canary.Flight] = []

    def fly(stack: Account, findings: Findings) -> None:
        if not canary.exists(stack):
            findings.fails(
                f"there is no alarm {stack.canary}",
                "Run terraform apply; it is left out where alarms are silent.",
            )
            return
        flights.append(canary.fly(stack, options.timeout))
        canary.report(stack, flights[0], options.timeout, findings)

    checks = [
        Check("topics' key", delivery.key_policy),
        Check("topics' policies", delivery.topic_policies),
        Check("subscriptions", delivery.subscriptions),
        Check("rules", delivery.rules),
        Check("queue", delivery.queue),
        Check("dead letters", delivery.dead_letters),
        Check("mapping", delivery.mapping),
        Check("function", delivery.function),
        Check("webhook", delivery.webhook),
        Check("ledger", delivery.ledger),
        Check("heartbeat", alarms.heartbeat),
        Check("alarms about the stack", alarms.own_alarms),
        Check("alarms have data", alarms.published),
        Check("Container Insights", alarms.container_insights),
        Check("SMS", alarms.sms),
        *([Check("canary", fly)] if options.canary else []),
    ]
    if options.assumptions:
        checks += [
            Check(
                "assumption: both paths name one time",
                lambda _, findings: assumptions.same_times(next(iter(flights), None), findings),
            ),
            Check("assumption: own waits hold", assumptions.own_waits),
            Check("assumption: large batches", assumptions.large_batches),
        ]
    _ = stack.identity  # one sentence when AWS does not know us, not one per check
    for check in checks:
        yield from check.run(stack)
