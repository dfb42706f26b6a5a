"""`alarmctl logs`."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import UTC, datetime
from typing import Any

from alarmctl import account
from alarmctl.logs import query, table

EPILOG = """\
  alarmctl logs list --name acme-production
  alarmctl logs query errors-by-route --name acme-production --last 1h
  alarmctl logs query top-clients --name acme-production --from 2026-03-02T10:00 --until 2026-03-02T11:00

Exit codes: 0 rows, 1 none or AWS refused, 2 wrong usage.
"""


def register(subparsers: Any) -> None:
    """Add `logs` to the command line."""
    parser = subparsers.add_parser(
        "logs",
        help="run a saved Athena query of the load balancers' access logs",
        description="Run a saved Athena query of the load balancers' access logs, and print its rows.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the saved queries")
    account.add_arguments(listing)
    listing.set_defaults(run=run_list)
    asking = actions.add_parser("query", help="run one of them")
    asking.add_argument("query", metavar="NAME", help="its name, as `alarmctl logs list` shows it")
    account.add_arguments(asking)
    asking.add_argument("--last", metavar="TIME", help="how far back: 30m, 1h, 2d (default: 1h)")
    asking.add_argument("--from", dest="start", metavar="TIME", help="instead: from 2026-03-02T10:00, in UTC")
    asking.add_argument("--until", dest="end", metavar="TIME", help="until then (default: now)")
    asking.add_argument("--format", choices=sorted(table.FORMATS), default="text")
    asking.set_defaults(run=run_query)


def run_list(options: argparse.Namespace) -> int:
    """0 there are some, 1 none or AWS refused."""
    return _answered(options, _list)


def run_query(options: argparse.Namespace) -> int:
    """0 rows, 1 none or AWS refused, 2 wrong usage."""
    if options.last and options.start:
        print("alarmctl logs: give --last or --from, not both.", file=sys.stderr)
        return 2
    try:
        options.span = query.when(options.last, options.start, options.end, datetime.now(UTC))
    except query.SpanError as error:
        print(f"alarmctl logs: {error}", file=sys.stderr)
        return 2
    return _answered(options, _query)


def _answered(options: argparse.Namespace, act: Any) -> int:
    stack = account.from_options(options)
    try:
        code: int = act(stack, options)
    except (query.QueryError, account.AccountError) as error:
        print(f"alarmctl logs: {error}", file=sys.stderr)
        return 1
    except account.AWS_ERRORS as error:
        print(
            f"alarmctl logs: the workgroup {query.workgroup(stack)} cannot be used ({account.word(error)}). "
            "Check --name, --region and your permissions on Athena, Glue and the bucket.",
            file=sys.stderr,
        )
        return 1
    return code


def _list(stack: account.Account, _options: argparse.Namespace) -> int:
    found = query.saved(stack)
    for name in sorted(found):
        print(f"{name}  {found[name].description}")
    if not found:
        print(f"{query.workgroup(stack)} has no saved query: apply access_logs with queries_enabled first.")
    return 0 if found else 1


def _query(stack: account.Account, options: argparse.Namespace) -> int:
    since, until = options.span
    found = query.saved(stack)
    if options.query not in found:
        known = ", ".join(sorted(found)) or "none"
        raise query.QueryError(
            f"No saved query {options.query!r} in {query.workgroup(stack)}. There are: {known}."
        )
    chosen = found[options.query]
    result = query.run(stack, chosen, query.between(chosen.sql, since, until), time.monotonic, time.sleep)
    print(table.FORMATS[options.format](result))
    if options.format == "text":
        print(
            f"\n{len(result.rows)} rows, {since:%Y-%m-%d %H:%M} to {until:%Y-%m-%d %H:%M} UTC, "
            f"{result.scanned_bytes / 1e6:.1f} MB read"
        )
    return 0 if result.rows else 1
