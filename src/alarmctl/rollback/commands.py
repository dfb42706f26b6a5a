"""`alarmctl rollback`."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarmctl import account

if TYPE_CHECKING:
    import argparse

SHOWN = 10


@dataclass(frozen=True)
class Version:
    """A published version of the notifier."""

    number: int
    published: str
    code: str  # the beginning of the zip's SHA-256
    live: bool


def register(subparsers: Any) -> None:
    """Add `rollback` to the command line."""
    parser = subparsers.add_parser(
        "rollback",
        help="put an earlier version of the notifier in use",
        description="Show the notifier's versions; with --yes put the one before, or that of --to, in use. "
        "It takes effect with the next invocation.",
    )
    account.add_arguments(parser)
    parser.add_argument("--to", type=int, metavar="VERSION", help="which version; by default the one before")
    parser.add_argument("--yes", action="store_true", help="do it")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 shown or done, 1 there is nothing to go back to, or AWS refuses."""
    stack = account.from_options(options)
    try:
        found = versions(stack)
        target = choose(found, options.to)
        if options.yes:
            put_in_use(stack, target)
    except account.AccountError as error:
        print(f"alarmctl rollback: {error}", file=sys.stderr)
        return 1
    except account.AWS_ERRORS as error:
        print(
            f"alarmctl rollback: {stack.function} cannot be used ({account.word(error)}). Check --name, "
            "--region and your permissions on the function.",
            file=sys.stderr,
        )
        return 1
    if options.format == "json":
        shown = [vars(version) for version in found]
        print(json.dumps({"versions": shown, "target": target.number, "done": options.yes}))
    else:
        _print(found, target, done=options.yes)
    return 0


def versions(stack: account.Account) -> list[Version]:
    """The published versions, newest first. Raises what boto3 raises."""
    client = stack.client("lambda")
    live = client.get_alias(FunctionName=stack.function, Name=account.ALIAS)["FunctionVersion"]
    found = [
        one
        for page in stack.pages("lambda", "list_versions_by_function", FunctionName=stack.function)
        for one in page["Versions"]
        if one["Version"].isdigit()
    ]
    return sorted(
        (
            Version(int(one["Version"]), one["LastModified"], one["CodeSha256"][:12], one["Version"] == live)
            for one in found
        ),
        key=lambda version: -version.number,
    )


def choose(found: list[Version], number: int | None) -> Version:
    """The version to go to. Raises AccountError when there is none."""
    live = next((version.number for version in found if version.live), None)
    for version in found:
        if version.number == number or (number is None and live is not None and version.number < live):
            return version
    numbers = ", ".join(str(version.number) for version in found) or "none"
    wanted = f"There is no version {number}." if number else "There is no version before the one in use."
    raise account.AccountError(f"{wanted} Published: {numbers}; in use: {live or 'none'}.")


def put_in_use(stack: account.Account, version: Version) -> None:
    """Move the alias, with all its traffic. Raises what boto3 raises."""
    stack.client("lambda").update_alias(
        FunctionName=stack.function,
        Name=account.ALIAS,
        FunctionVersion=str(version.number),
        RoutingConfig={"AdditionalVersionWeights": {}},
    )


def _print(found: list[Version], target: Version, *, done: bool) -> None:
    now = target.number if done else next((version.number for version in found if version.live), None)
    for version in found[:SHOWN]:
        mark = "in use" if version.number == now else ""
        print(f"  {version.number:>4}  {version.published}  {version.code}  {mark}".rstrip())
    if len(found) > SHOWN:
        print(f"  … and {len(found) - SHOWN} older")
    if done:
        print(f"Version {target.number} is in use.")
        print(f'So that the next apply leaves it so: notifier = {{ live_version = "{target.number}" }}')
    else:
        print(f"Nothing was changed. With --yes, version {target.number} would be in use.")
