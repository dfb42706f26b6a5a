"""`alarmctl opensearch`."""

from __future__ import annotations

import argparse
import json
import re
import sys
from typing import Any

from alarmctl.opensearch import objects

EPILOG = """\
  alarmctl opensearch bootstrap --endpoint "$(terraform output -raw opensearch_endpoint)" \\
      --region eu-west-1 --writer-role-arn "$(terraform output -raw delivery_role_arn)" --keep-days 30

Run it with the role that is the domain's master user. A second run changes nothing.

Exit codes: 0 the domain is as wanted, 1 it could not be brought there, or --dry-run would change something,
2 wrong usage.
"""


def register(subparsers: Any) -> None:
    """Add `opensearch` to the command line."""
    parser = subparsers.add_parser(
        "opensearch",
        help="set an OpenSearch domain up for logs",
        description="Put into an OpenSearch domain what Terraform's AWS provider cannot.",
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    boot = actions.add_parser(
        "bootstrap",
        help="retention, index template, Firehose's right to write, dashboards",
        description="Put retention, index template, Firehose's right to write and dashboards into a domain.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    boot.add_argument("--endpoint", required=True, metavar="URL", help="the domain's address, https://HOST")
    boot.add_argument("--region", metavar="NAME", help="its Region (default: that of the credentials)")
    boot.add_argument("--index-prefix", type=_prefix, default="logs", metavar="TEXT", help="default: logs")
    boot.add_argument(
        "--keep-days", type=_whole, default=30, metavar="N", help="delete an index then (default: 30)"
    )
    boot.add_argument(
        "--replicas", type=_whole_or_none, default=1, metavar="N", help="0 for one node (default: 1)"
    )
    boot.add_argument("--shards", type=_whole, default=1, metavar="N", help="of a day's index (default: 1)")
    boot.add_argument(
        "--writer-role-arn",
        type=_role,
        metavar="ARN",
        help="Firehose's role, which may then write",
    )
    boot.add_argument("--no-dashboards", action="store_true", help="leave OpenSearch Dashboards alone")
    boot.add_argument("--dry-run", action="store_true", help="say what would change, and change nothing")
    boot.add_argument("--format", choices=("text", "json"), default="text")
    boot.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 as wanted, 1 not, 2 wrong usage."""
    from alarmctl.opensearch import bootstrap, client  # noqa: PLC0415  botocore; --help needs none

    settings = objects.Settings(
        prefix=options.index_prefix,
        keep_days=options.keep_days,
        replicas=options.replicas,
        shards=options.shards,
        writer_role_arn=options.writer_role_arn or "",
    )
    done = []
    try:
        domain = _domain(client.address(options.endpoint), options.region)
        for one in bootstrap.run(domain, settings, dashboards=not options.no_dashboards, dry=options.dry_run):
            done.append(one)
            if options.format == "text":
                print(f"{one.outcome:<9}  {one.what}", flush=True)
    except client.DomainError as error:
        print(f"alarmctl opensearch: {error}", file=sys.stderr)
        return 1
    if options.format == "json":
        print(json.dumps([{"what": one.what, "outcome": one.outcome} for one in done], indent=2))
    changes = any(one.outcome != bootstrap.UNCHANGED for one in done)
    return 1 if options.dry_run and changes else 0


def _domain(endpoint: str, region: str | None) -> Any:
    import boto3  # noqa: PLC0415  takes a while
    import requests  # noqa: PLC0415

    from alarmctl.opensearch.client import Domain, DomainError  # noqa: PLC0415

    session = boto3.Session(region_name=region)
    credentials = session.get_credentials()
    if credentials is None or not session.region_name:
        missing = (
            "credentials: set AWS_PROFILE, or sign in" if credentials is None else "Region: give --region"
        )
        raise DomainError(f"No {missing}.")
    return Domain(endpoint, session.region_name, credentials.get_frozen_credentials(), requests.Session())


def _prefix(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9-]{0,63}", text):
        raise argparse.ArgumentTypeError(
            f"{text!r} begins no index. Use lower-case letters, digits and hyphens."
        )
    return text


def _whole(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1.")
    return int(text)


def _whole_or_none(text: str) -> int:
    return 0 if text == "0" else _whole(text)


def _role(text: str) -> str:
    if not re.fullmatch(r"arn:aws[a-z-]*:iam::\d{12}:role/\S+", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no role's ARN, arn:aws:iam::ACCOUNT:role/NAME.")
    return text
