"""`alarmctl init`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl import account
from alarmctl.init import folder
from alarmctl.init.folder import Answers, FolderError
from alarmctl.terraform import project_root

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alarmctl.init.found import Resources

EPILOG = """\
It asks five questions, looks for ECS services, load balancers and databases in the account, and writes the
folder terraform/environments/NAME with their alarms on. It reads alone: nothing is made in the account, and
Terraform is not run. Each question has a flag; with --yes nothing is asked, and --name must be given.

  alarmctl init
  alarmctl init --yes --name acme-staging --region eu-west-1 --operations-email you@example.com --silent

Exit codes: 0 written, 1 the folder cannot be written, 2 wrong usage or a question without an answer.
"""
EMAIL = re.compile(r"[^@\s,]+@[^@\s,]+\.[^@\s,]+")
REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
# What the lists hold, for a person.
WORDS = {
    "ecs_services": "ECS services",
    "ecs_clusters": "ECS clusters",
    "albs": "Application Load Balancers",
    "target_groups": "their target groups",
    "nlbs": "Network Load Balancers",
    "nlb_target_groups": "their target groups",
    "classic_load_balancers": "classic load balancers",
    "rds": "RDS instances",
    "aurora_clusters": "Aurora clusters",
}


class AnswerError(Exception):
    """A question has no usable answer; the text says which and how to give one."""


def register(subparsers: Any) -> None:
    """Add `init` to the command line."""
    parser = subparsers.add_parser(
        "init",
        help="write a first environment: five questions, and what runs in the account",
        description="Write a first environment folder from five answers and from what runs in the account.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--name", metavar="NAME", help="prefix of every resource, such as acme-production")
    parser.add_argument("--region", help="AWS Region (default: that of the environment or profile)")
    parser.add_argument(
        "--email", action="append", metavar="ADDRESS", help="who gets criticals besides Slack"
    )
    parser.add_argument(
        "--operations-email", action="append", metavar="ADDRESS", help="who repairs this stack itself"
    )
    parser.add_argument(
        "--silent", action="store_true", default=None, help="alarms change state and tell nobody yet"
    )
    parser.add_argument("--yes", action="store_true", help="ask nothing; what is not given has its default")
    parser.add_argument("--no-discovery", action="store_true", help="do not ask the account what runs there")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="the folder (default: terraform/environments/ENVIRONMENT)"
    )
    parser.add_argument("--endpoint-url", metavar="URL", help="of a local AWS")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 written, 1 the folder cannot be, 2 a question has no answer."""
    from alarmctl.init.found import discover  # noqa: PLC0415 - boto3 is slow to import; --help needs none

    try:
        answers = ask(options, input if sys.stdin.isatty() and not options.yes else None)
    except AnswerError as error:
        print(f"alarmctl init: {error}", file=sys.stderr)
        return 2
    resources: Resources = {}
    unread: list[str] = []
    if not options.no_discovery:
        print(f"looking at {answers.region} …", file=sys.stderr)
        resources, unread = discover(account.Account(answers.name, answers.region, options.endpoint_url))
    out = options.out or project_root() / "terraform/environments" / answers.environment
    try:
        folder.put(out, folder.files(project_root(), out.resolve(), answers, resources))
    except FolderError as error:
        print(f"alarmctl init: {error}", file=sys.stderr)
        return 1
    counts = {variable: len(kind) for variable, kind in resources.items()}
    if options.format == "json":
        print(
            json.dumps(
                {"out": str(out), "name": answers.name, "found": counts, "not_asked": unread}, indent=2
            )
        )
    else:
        print(_told(out, counts, unread))
    return 0


def ask(options: argparse.Namespace, reader: Callable[[str], str] | None) -> Answers:
    """The answers by the flags, and the rest by `reader`; None: take the defaults. Raises AnswerError."""

    def answer(question: str, flag: str, given: str | None, default: str, check: Callable[[str], str]) -> str:
        if given is not None or reader is None:
            value = given if given is not None else default
            if not value and flag in REQUIRED:
                raise AnswerError(f"{flag} is missing. Give it, or run this on a terminal to be asked.")
            return check(value)
        while True:
            said = reader(f"{question}{f' [{default}]' if default else ''}: ").strip() or default
            try:
                return check(said)
            except AnswerError as error:
                print(f"  {error}")

    def emails(given: Sequence[str] | None) -> str | None:
        return None if given is None else ", ".join(given)

    name = answer("1. Prefix of all names, such as acme-production", "--name", options.name, "", _name)
    region = answer("2. AWS Region", "--region", options.region, _region_here(), _region)
    given = emails(options.email)
    critical = answer("3. E-mail for criticals besides Slack, or nothing", "--email", given, "", _emails)
    given = emails(options.operations_email)
    operations = answer(
        "4. E-mail of who repairs this stack itself", "--operations-email", given, "", _emails
    )
    silent = None if options.silent is None else "no"
    told = answer(
        "5. Shall the alarms tell somebody from the start? yes or no", "--silent", silent, "yes", _yes_no
    )
    return Answers(name, region, _listed(critical), _listed(operations), told == "yes")


REQUIRED = ("--name", "--region")


def _region_here() -> str:
    import boto3  # noqa: PLC0415 - slow to import; --help needs none

    return boto3.Session().region_name or ""


def _name(text: str) -> str:
    try:
        return account.name(text)
    except argparse.ArgumentTypeError as error:
        raise AnswerError(str(error)) from None


def _region(text: str) -> str:
    if not REGION.fullmatch(text):
        raise AnswerError(f"{text!r} is no Region. Write one such as eu-west-1.")
    return text


def _emails(text: str) -> str:
    for one in _listed(text):
        if not EMAIL.fullmatch(one):
            raise AnswerError(f"{one!r} is no e-mail address. Several are parted by commas.")
    return text


def _yes_no(text: str) -> str:
    words = {"y": "yes", "yes": "yes", "n": "no", "no": "no"}
    if text.lower() not in words:
        raise AnswerError(f"{text!r} is neither yes nor no.")
    return words[text.lower()]


def _listed(text: str) -> list[str]:
    return [one for part in text.split(",") if (one := part.strip())]


def _told(out: Path, counts: dict[str, int], unread: Sequence[str]) -> str:
    found = [f"  {count:>4} {WORDS[variable]}" for variable, count in counts.items()]
    return "\n".join(
        [
            f"Written: {out}",
            *(
                ["Found, with their alarms on (resources.yaml):", *found]
                if found
                else ["No resources were found."]
            ),
            *(
                f"  not asked: {what}. Add them to resources.yaml, or give the rights and run this again."
                for what in unread
            ),
            "Next, in that folder:",
            "  terraform init -backend-config=../backend.hcl    the bucket: terraform/bootstrap",
            "  read -rs TF_VAR_slack_webhook_url && export TF_VAR_slack_webhook_url",
            "  terraform plan",
        ]
    )
