"""`alarmctl redrive`."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

from alarmctl import account
from alarmctl.redrive import queues

if TYPE_CHECKING:
    import argparse

SHOWN = 20
QUEUES = {"dead": queues.DEAD, "undeliverable": queues.UNDELIVERABLE}


def register(subparsers: Any) -> None:
    """Add `redrive` to the command line."""
    parser = subparsers.add_parser(
        "redrive",
        help="show what was given up, and send it back to Slack",
        description="Show what a dead-letter queue holds; with --yes send all of it to the notifier's queue. "
        "What is late is marked so in Slack, and what was told is not told again.",
    )
    account.add_arguments(parser)
    parser.add_argument(
        "--queue",
        choices=sorted(QUEUES),
        default="dead",
        help="dead: what the notifier gave up; undeliverable: what topics and rules could not deliver",
    )
    parser.add_argument("--yes", action="store_true", help="send it back")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 done, or nothing to do; 1 something waits, or it could not be done."""
    stack = account.from_options(options)
    queue = QUEUES[options.queue]
    try:
        waiting = queues.count(stack, queue)
        shown = [] if options.yes or not waiting else queues.look(stack, queue, SHOWN)
        moved = queues.move(stack, queue) if options.yes and waiting else 0
    except (account.AccountError, queues.MoveError) as error:
        print(f"alarmctl redrive: {error}", file=sys.stderr)
        return 1
    except account.AWS_ERRORS as error:
        print(
            f"alarmctl redrive: {stack.name}-{queue} cannot be used ({account.word(error)}). Check --name, "
            "--region and your permissions on the queue.",
            file=sys.stderr,
        )
        return 1
    if options.format == "json":
        found = [
            {"sent_at": one.sent_at.isoformat(), "titles": one.titles, "error": one.error} for one in shown
        ]
        print(
            json.dumps(
                {"queue": f"{stack.name}-{queue}", "waiting": waiting, "moved": moved, "messages": found}
            )
        )
    else:
        _print(f"{stack.name}-{queue}", waiting, moved, shown)
    return 0 if options.yes or not waiting else 1


def _print(queue: str, waiting: int, moved: int, shown: list[queues.Message]) -> None:
    if not waiting:
        print(f"{queue} is empty.")
    elif moved:
        print(f"{moved} moved from {queue} to the notifier's queue.")
    else:
        print(f"{queue} holds {waiting}:")
        for one in shown:
            print(f"  {one.sent_at:%Y-%m-%d %H:%M:%S} UTC  {', '.join(one.titles)}  {one.error}".rstrip())
        if waiting > len(shown):
            print(f"  … and {waiting - len(shown)} more")
        print("Nothing was moved. Mend the cause, then run it again with --yes.")
