"""`alarmctl report`."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from alarmctl import account as accounts
from alarmctl.report import bill, cost, coverage, history, inventory, live, noise, releases, weekly
from alarmctl.report.page import FORMATS
from alarms.model import as_utc

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from alarmctl.report.page import Page

EPILOG = """\
Read are the account and Region in use. Exit codes: 0 fine, 1 findings, 2 wrong usage or unreadable input.
"""


class InputError(ValueError):
    """Something that cannot be read; the text names it and what to give instead."""


def register(subparsers: Any) -> None:
    """Add `report` and its reports."""
    report = subparsers.add_parser(
        "report", help="noise, coverage and cost of an account's alarms", description=__doc__
    )
    kinds = report.add_subparsers(dest="report", required=True, metavar="REPORT")
    _add(
        kinds, "noise", "alarms that flap, end at once, never end, or wake people", run_noise, (_span, _noise)
    )
    _add(
        kinds,
        "coverage",
        "resources without a working alarm, and alarms that do not work",
        run_coverage,
        (_coverage,),
    )
    _add(
        kinds,
        "cost",
        "what alarms, custom metrics, dashboards cost, of a plan or live",
        run_cost,
        (_cost,),
    )
    week = (_span, _noise, _coverage, _weekly)
    _add(
        kinds,
        "weekly",
        "all three in a few lines, for the info topic",
        run_weekly,
        week,
        shown=("text",),
    )


def _add(
    kinds: Any,
    name: str,
    about: str,
    run: Callable[[argparse.Namespace], int],
    arguments: Sequence[Callable[[argparse.ArgumentParser], None]],
    *,
    shown: Sequence[str] = tuple(FORMATS),
) -> None:
    parser = kinds.add_parser(name, help=about, description=f"{about[0].upper()}{about[1:]}.", epilog=EPILOG)
    parser.add_argument(
        "--name",
        type=accounts.name,
        required=name == "weekly",
        help="only alarms of this stack, such as acme-production: those whose names begin so",
    )
    parser.add_argument("--region", help="the Region; by default that of the environment or profile")
    parser.add_argument(
        "--endpoint-url", metavar="URL", help="of a local AWS, as `alarmctl local status` shows it"
    )
    for add in arguments:
        add(parser)
    parser.add_argument("--format", choices=shown, default="text")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there, not to standard output")
    parser.set_defaults(run=_guarded(run))


def _span(parser: argparse.ArgumentParser) -> None:
    default = 7 if parser.prog.endswith("weekly") else history.KEPT_DAYS
    parser.add_argument(
        "--days", type=_days, default=default, help="how far back, at most 30 (default: %(default)s)"
    )
    parser.add_argument("--timezone", type=_zone, default=ZoneInfo("UTC"), help="whose night it is (UTC)")
    parser.add_argument(
        "--office", type=_hours, default=(8, 18), metavar="8-18", help="the hours that are no off hours"
    )


def _noise(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--history", type=Path, metavar="FILE", help="the JSON of describe-alarm-history, instead of asking"
    )
    parser.add_argument(
        "--until", type=_instant, help="the end of what is looked at, ISO 8601 (default: now)"
    )
    parser.add_argument(
        "--acknowledgements",
        type=Path,
        metavar="FILE",
        help='who took what up: a JSON list of {"alarm": …, "at": …}, as a pager can tell it',
    )
    parser.add_argument(
        "--events", type=Path, metavar="FILE", help="kept EventBridge events of deployments, JSON"
    )
    parser.add_argument(
        "--events-log-group", metavar="NAME", help="a log group in which a rule keeps those events"
    )


def _coverage(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="PATTERN",
        help="resources that need no alarm, as KIND/NAME with * for anything; may be given again",
    )


def _cost(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="a plan or state in JSON, or describe-alarms' JSON"
    )
    parser.add_argument(
        "--base", type=Path, metavar="FILE", help="compare with this (default: what was before the plan)"
    )


def _weekly(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--send", action="store_true", help="publish it to the stack's info topic")


def _days(text: str) -> int:
    days = int(text) if text.isdecimal() else 0
    if not 1 <= days <= history.KEPT_DAYS:
        raise argparse.ArgumentTypeError(f"{text!r} is not 1 to {history.KEPT_DAYS} days.")
    return days


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise argparse.ArgumentTypeError(f"{text!r} is no time zone. Use such as Europe/Berlin.") from None


def _hours(text: str) -> tuple[int, int]:
    first, _, last = text.partition("-")
    if not (first.isdecimal() and last.isdecimal() and int(first) < int(last) <= 24):
        raise argparse.ArgumentTypeError(f"{text!r} is not like 8-18.")
    return int(first), int(last)


def _instant(text: str) -> datetime:
    try:
        return as_utc(datetime.fromisoformat(text))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time. Use one such as 2026-03-02T10:00.") from None


def _guarded(command: Callable[[argparse.Namespace], int]) -> Callable[[argparse.Namespace], int]:
    """COMMAND, with what stops it told in one sentence and exit code 2."""

    def run(options: argparse.Namespace) -> int:
        try:
            return command(options)
        except (InputError, accounts.AccountError) as error:
            told = str(error)
        except accounts.AWS_ERRORS as error:
            told = f"AWS refuses ({accounts.word(error)}). Check the credentials, --region and permissions."
        print(f"alarmctl report: {told}", file=sys.stderr)
        return 2

    return run


def _account(options: argparse.Namespace) -> accounts.Account:
    return accounts.Account(options.name or "", options.region, options.endpoint_url)


def _prefix(options: argparse.Namespace) -> tuple[str, ...]:
    """How the names of the stack's alarms begin: also of those about the stack itself."""
    return (f"{options.name}-", f"operations-{options.name}-") if options.name else ("",)


# -- the reports


def run_noise(options: argparse.Namespace) -> int:
    """0 quiet, 1 some alarm wants a change."""
    return _show(noise_page(options), options)


def noise_page(options: argparse.Namespace) -> Page:
    """The noise report that the options ask for. Raises InputError and what boto3 raises."""
    account = _account(options)
    until = options.until or history.now()
    span = noise.Span(until - timedelta(days=options.days), until, options.timezone, options.office)
    if options.history:
        changes = [
            c
            for c in _parsed(options.history, history.from_document)
            if span.since <= c.at <= until and c.alarm.startswith(_prefix(options))
        ]
        severities: Mapping[str, str] = {}
        gone: frozenset[str] = frozenset()
    else:
        changes = history.live(account, span.since, until, _prefix(options))
        there = live.alarms(account, _prefix(options))
        severities = there.severities
        gone = frozenset(change.alarm for change in changes) - there.states.keys()
    taken = _parsed(options.acknowledgements, _acknowledged) if options.acknowledgements else None
    measured = noise.measure(changes, span, severities, taken, gone)
    kept = _releases(options, account, span)
    return noise.page(noise.Noise(measured.span, measured.alarms, kept))


def _releases(
    options: argparse.Namespace, account: accounts.Account, span: noise.Span
) -> releases.Releases | None:
    if options.events:
        try:
            events = list(releases.from_file(options.events))
            return releases.collect(events, span.since, span.until)
        except (OSError, ValueError, KeyError) as error:
            raise InputError(
                f"{options.events}: {_reason(error)}. Give EventBridge events, one JSON object a line."
            ) from None
    if options.events_log_group:
        found = releases.from_log_group(account, options.events_log_group, span.since, span.until)
        return releases.collect(found, span.since, span.until)
    return None


ACKNOWLEDGED = 'write [{"alarm": "NAME", "at": "2026-03-02T10:00:00Z"}]'


def _acknowledged(document: object) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    if not isinstance(document, list):
        raise ValueError(f"no list; {ACKNOWLEDGED}")  # noqa: TRY004 -- what every reader here raises
    for entry in document:
        at = as_utc(datetime.fromisoformat(str(entry["at"])))
        found.setdefault(str(entry["alarm"]), []).append(at)
    return found


def run_coverage(options: argparse.Namespace) -> int:
    """0 everything is watched, 1 something is not, or an alarm does not work."""
    return _show(coverage_page(options), options)


def coverage_page(options: argparse.Namespace) -> Page:
    """The coverage report that the options ask for. Raises what boto3 raises."""
    account = _account(options)
    known = live.alarms(account)  # all of them: another team's alarm watches, too
    resources, unread = inventory.live(account)
    found = coverage.measure(
        coverage.ignore(resources, options.ignore),
        known.alarms,
        published=live.published(account, known.alarms),
        states=known.states,
        unread=unread,
    )
    return coverage.page(coverage.only(found, _prefix(options)))


def run_cost(options: argparse.Namespace) -> int:
    """0 always, where it can be told."""
    return _show(cost_page(options), options)


def cost_page(options: argparse.Namespace) -> Page:
    """The cost report that the options ask for. Raises InputError and what boto3 raises."""
    if options.file is None:
        if options.base:
            raise InputError("--base compares with FILE; give one.")
        return bill.page(cost.live(_account(options), _prefix(options)), complete=True)
    document = _parsed(options.file, _document)
    base = _parsed(options.base, _document) if options.base else cost.before(document)
    inventory_ = cost.of_document(document, str(options.file))
    return bill.page(inventory_, None if base is None else cost.of_document(base, "base"))


def run_weekly(options: argparse.Namespace) -> int:
    """0 shown or sent."""
    account = _account(options)
    pages = [
        noise_page(options),
        coverage_page(options),
        bill.page(cost.live(account, _prefix(options)), complete=True),
    ]
    subject, text = weekly.message(options.name, pages)
    _write(f"{subject}\n\n{text}\n", options.output)
    if options.send:
        topic = account.topic_arn("info")
        print(f"sent to {topic}: {weekly.send(account, topic, options.name, pages)}", file=sys.stderr)
    return 0


# -- reading and writing


def _document(document: object) -> dict[str, Any]:
    from alarmctl.lint import describe, plan  # noqa: PLC0415 -- files alone need them

    if isinstance(document, dict) and (plan.is_plan(document) or describe.is_answer(document)):
        return document
    raise ValueError(
        "neither a plan or state nor alarms; give what `terraform show -json` or "
        "`aws cloudwatch describe-alarms` prints"
    )


def _parsed(path: Path, read: Callable[[Any], Any]) -> Any:
    try:
        return read(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(f"{path}: {_reason(error)}.") from None


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | RecursionError):
        return "no JSON"
    if isinstance(error, KeyError):
        return f"{error} is missing in it"
    return str(getattr(error, "strerror", None) or error)


def _show(page: Page, options: argparse.Namespace) -> int:
    _write(FORMATS[options.format](page) + "\n", options.output)
    return 1 if page.findings else 0


def _write(text: str, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(text)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise InputError(f"{output}: {error.strerror or error}.") from None
