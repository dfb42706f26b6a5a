"""`alarmctl import`."""

from __future__ import annotations

import argparse
import fnmatch
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl import account
from alarmctl.importing import folder
from alarmctl.importing.writing import Left, Written, write
from alarmctl.terraform import project_root

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

EPILOG = """\
  alarmctl import --live --name acme --out alarms        the alarms of the account and Region

  aws cloudwatch describe-alarms > found.json
  alarmctl import found.json --name acme --out alarms    the same without tags, which this answer lacks

The folder holds alarms.yaml, composite_alarms.yaml, the import blocks and a call of the module
metric_alarms. `terraform init && terraform plan` there imports the alarms and changes nothing. An alarm
that the module cannot express, or that another owner looks after, is left as it is, and named with the
reason.

Exit codes: 0 written, 1 AWS refused or no alarm could be written, 2 wrong usage or unreadable input.
"""


class AlarmsError(Exception):
    """The alarms cannot be read; the text names the culprit and what to do."""


def register(subparsers: Any) -> None:
    """Add `import` to the command line."""
    parser = subparsers.add_parser(
        "import",
        help="write existing alarms down so that Terraform takes them over unchanged",
        description="Write existing alarms as our YAML, with import blocks: a plan of it changes nothing.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("file", metavar="FILE", nargs="?", help="what DescribeAlarms answered, as JSON")
    parser.add_argument("--live", action="store_true", help="ask the account, tags included")
    parser.add_argument(
        "--only", action="append", default=[], metavar="PATTERN", help="alarms by name, with * ?"
    )
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="the folder to write")
    parser.add_argument("--force", action="store_true", help="replace the files that are there")
    parser.add_argument("--source", help="of the module metric_alarms (default: the one of this checkout)")
    parser.add_argument("--format", choices=("text", "json"), default="text")
    account.add_arguments(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 written, 1 nothing could be, 2 wrong usage."""
    try:
        alarms, tags, region = _found(options)
    except AlarmsError as error:
        print(f"alarmctl import: {error}", file=sys.stderr)
        return 2
    except (account.AccountError, *account.AWS_ERRORS) as error:
        print(
            f"alarmctl import: {str(error).splitlines()[0]} Check the credentials and --region.",
            file=sys.stderr,
        )
        return 1
    wanted = [alarm for alarm in alarms if _is_wanted(str(alarm["AlarmName"]), options.only)]
    written, left = write(wanted, options.name, tags)
    if written:
        source = options.source or folder.module_source(options.out.resolve(), project_root())
        content = folder.files(written, name=options.name, region=region, source=source)
        try:
            folder.put(options.out, content, force=options.force)
        except folder.FolderError as error:
            print(f"alarmctl import: {error}", file=sys.stderr)
            return 2
    print(FORMATS[options.format](options, written, left, tags_known=tags is not None))
    return 0 if written else 1


def _is_wanted(name: str, patterns: Sequence[str]) -> bool:
    return not patterns or any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _found(
    options: argparse.Namespace,
) -> tuple[list[Mapping[str, Any]], dict[str, dict[str, str]] | None, str]:
    """The alarms, their tags by name (None: not known), and the Region."""
    if options.live == bool(options.file):
        raise AlarmsError("Give FILE with what DescribeAlarms answered, or --live.")
    if options.live:
        return _live(account.from_options(options))
    alarms = _of_file(options.file)
    region = options.region or next((arn.split(":")[3] for one in alarms if (arn := one.get("AlarmArn"))), "")
    if not region:
        raise AlarmsError(f"{options.file} does not say which Region the alarms are in. Give --region.")
    return alarms, None, region


def _live(stack: account.Account) -> tuple[list[Mapping[str, Any]], dict[str, dict[str, str]], str]:
    pages = stack.pages("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarms = [alarm for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for alarm in page[kind]]
    client = stack.client("cloudwatch")
    tags: dict[str, dict[str, str]] = {}
    for number, alarm in enumerate(alarms, 1):
        answer = client.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])
        tags[alarm["AlarmName"]] = {tag["Key"]: tag["Value"] for tag in answer.get("Tags", ())}
        if sys.stderr.isatty():
            print(f"\r{number} of {len(alarms)} alarms", end="", file=sys.stderr, flush=True)
    if sys.stderr.isatty():
        print("\r\x1b[2K", end="", file=sys.stderr)
    return alarms, tags, str(stack.session.region_name)


def _of_file(path: str) -> list[Mapping[str, Any]]:
    wanted = "Give the JSON of `aws cloudwatch describe-alarms`."
    try:
        document = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise AlarmsError(f"{path} cannot be read: {error.strerror or error}.") from None
    except (ValueError, RecursionError) as error:
        raise AlarmsError(f"{path} is not JSON ({error}). {wanted}") from None
    if isinstance(document, dict):
        document = [one for kind in ("MetricAlarms", "CompositeAlarms") for one in document.get(kind) or ()]
    if not isinstance(document, list) or not document:
        raise AlarmsError(f"{path} holds no alarms. {wanted}")
    for alarm in document:
        if not isinstance(alarm, dict) or not isinstance(alarm.get("AlarmName"), str):
            raise AlarmsError(f"{path} holds something without an AlarmName. {wanted}")
    return document


def _text(
    options: argparse.Namespace, written: Sequence[Written], left: Sequence[Left], *, tags_known: bool
) -> str:
    lines = [f"{len(written)} alarms written to {options.out}, {len(left)} left as they are."]
    lines += [f"  left: {one.name}: {one.reason}" for one in left]
    if written:
        lines += [
            "severity is guessed from the names of their topics; look through alarms.yaml.",
            *(
                []
                if tags_known
                else ["DescribeAlarms names no tags: those there are would be removed. Use --live."]
            ),
            f"Next: cd {options.out} && terraform init && terraform plan   (it imports, and changes nothing)",
        ]
    return "\n".join(lines)


def _json(
    options: argparse.Namespace, written: Sequence[Written], left: Sequence[Left], *, tags_known: bool
) -> str:
    return json.dumps(
        {
            "out": str(options.out),
            "written": {one.key: one.name for one in written},
            "left": {one.name: one.reason for one in left},
            "tags_known": tags_known,
        },
        indent=2,
    )


FORMATS = {"text": _text, "json": _json}
