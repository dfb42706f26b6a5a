"""`alarmctl publish`."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.publish import config as configuration
from alarmctl.publish.errors import ConfigError, LockedError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alarmctl.publish.program import Program
    from alarmctl.publish.publisher import Publisher

EPILOG = """\
  alarmctl publish --config FILE             run until it is ended; logs one JSON line for each attempt
  alarmctl publish --config FILE --once      each source once, for cron or a timer
  alarmctl publish --config FILE --dry-run   each source once; print what would be sent, and send nothing
  alarmctl publish check --config FILE       sources, rights, and whether the alarms look at what is published
  alarmctl publish cost --config FILE        what a month of it costs
  alarmctl publish unit [service | timer]    a systemd unit, to be written to /etc/systemd/system

FILE is TOML, or ssm:NAME for a parameter of the Systems Manager; docs/custom-metrics.md has every key.

Exit codes: 0 fine, 1 a source failed or something was not sent, 2 wrong usage or configuration.
"""
FAILED, WRONG = 1, 2
UNITS = Path(__file__).parent / "systemd"


def register(subparsers: Any) -> None:
    """Add `publish` to the command line."""
    parser = subparsers.add_parser(
        "publish",
        help="send custom metrics: SQL, TCP states, memory, disks, logs, any program",
        description="Measure what AWS cannot see, and send it to CloudWatch.",
        usage="alarmctl publish [run | check | cost | unit] [options]",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("action", nargs="?", default="run", choices=sorted(ACTIONS), metavar="ACTION")
    parser.add_argument("unit", nargs="?", default="service", choices=["service", "timer"], metavar="UNIT")
    parser.add_argument("--config", metavar="FILE", help="the configuration, or ssm:NAME")
    parser.add_argument("--once", action="store_true", help="each source once, then end")
    parser.add_argument("--dry-run", action="store_true", help="print what would be sent, and send nothing")
    parser.add_argument(
        "--emf", action="store_true", help="write embedded metric format to standard output, and send nothing"
    )
    parser.add_argument("--source", action="append", metavar="NAME", help="with --once: only this source")
    parser.add_argument("--hosts", type=int, default=1, help="of cost: hosts with this configuration")
    parser.add_argument("--rows", type=int, default=10, help="of cost: rows of a query with key columns")
    parser.add_argument("--format", choices=["text", "json"], default="text", help="of check and cost")
    parser.add_argument("--endpoint-url", metavar="URL", help="of a local AWS")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """0 fine, 1 a source failed or something was not sent, 2 wrong usage or configuration."""
    try:
        return ACTIONS[options.action](options)
    except ConfigError as error:
        print(f"alarmctl publish: {error}", file=sys.stderr)
        return WRONG
    except LockedError as error:
        print(f"alarmctl publish: {error}", file=sys.stderr)
        return FAILED
    except BrokenPipeError:
        raise
    except OSError as error:
        print(f"alarmctl publish: {error.filename}: {error.strerror or error}.", file=sys.stderr)
        return FAILED


def read(options: argparse.Namespace) -> configuration.Config:
    """The configuration. Raises ConfigError."""
    if not options.config:
        raise ConfigError("No configuration: give --config FILE.")
    if options.config.startswith("ssm:"):
        return configuration.parse(parameter(options.config.removeprefix("ssm:"), options.endpoint_url))
    try:
        return configuration.parse(Path(options.config).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{options.config}: {getattr(error, 'strerror', None) or error}.") from None


def parameter(name: str, endpoint_url: str | None = None) -> str:
    """A parameter of the Systems Manager. Raises ConfigError."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- slow; --help needs none

    from alarmctl.publish.context import Context  # noqa: PLC0415 -- as above

    try:
        answer = (
            Context(endpoint_url=endpoint_url).client("ssm").get_parameter(Name=name, WithDecryption=True)
        )
    except (BotoCoreError, ClientError) as error:
        raise ConfigError(f"ssm:{name}: {error}") from None
    return str(answer["Parameter"]["Value"])


def _program(options: argparse.Namespace, *, writes: bool = True) -> Program:
    from alarmctl.publish.program import Program  # noqa: PLC0415 -- it imports much; --help needs none

    return Program(read(options), complain, endpoint_url=options.endpoint_url, writes=writes)


def complain(text: str) -> None:
    """A line of the log about something lost."""
    report("warning", {"text": text})


def report(kind: str, content: Mapping[str, object]) -> None:
    """One JSON line to standard error."""
    moment = datetime.now(UTC).isoformat(timespec="milliseconds")
    print(json.dumps({"at": moment, "kind": kind, **content}), file=sys.stderr, flush=True)


def publish(options: argparse.Namespace) -> int:
    """Run as the options say."""
    if options.dry_run:
        return _show(options)
    program = _program(options)
    lock = program.lock()
    try:
        if options.once:
            return _once(options, program)
        return _daemon(options, program)
    finally:
        if lock is not None:
            lock.release()


def _only(options: argparse.Namespace, program: Program) -> Callable[[configuration.Source], bool]:
    names = [source.name for source in program.config.sources]
    if unknown := sorted(set(options.source or ()) - set(names)):
        raise ConfigError(f"--source: no source {', '.join(unknown)}. Choose from {', '.join(names)}.")
    return lambda source: not options.source or source.name in options.source


def _show(options: argparse.Namespace) -> int:
    from alarmctl.publish import aggregate  # noqa: PLC0415 -- as in _program

    program = _program(options, writes=False)
    outcomes, batch = program.measure(_only(options, program))
    for namespace, data in aggregate.requests(batch):
        readable = [
            {**datum, "Timestamp": datetime.fromtimestamp(datum["Timestamp"], UTC).isoformat()}
            for datum in data
        ]
        print(json.dumps({"Namespace": namespace, "MetricData": readable}, indent=2))
    for outcome in outcomes:
        if outcome.problem:
            print(f"{outcome.source.name}: {outcome.problem}", file=sys.stderr)
    return FAILED if any(outcome.problem for outcome in outcomes) else 0


def _publisher(options: argparse.Namespace, program: Program) -> Publisher:
    return program.publisher(lambda line: print(line, flush=True)) if options.emf else program.publisher()


def _once(options: argparse.Namespace, program: Program) -> int:
    outcomes, flushed = program.once(_publisher(options, program), _only(options, program))
    for outcome in outcomes:
        if outcome.problem:
            print(f"{outcome.source.name}: {outcome.problem}", file=sys.stderr)
    if flushed.waiting:
        print(f"{flushed.waiting} batches wait in the spool: {flushed.problem}", file=sys.stderr)
    else:
        print(f"{flushed.sent} values sent.", file=sys.stderr)
    return FAILED if flushed.waiting or any(outcome.problem for outcome in outcomes) else 0


def _daemon(options: argparse.Namespace, program: Program) -> int:
    daemon = program.daemon(_publisher(options, program), report)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: daemon.stop())
    names = ", ".join(source.name for source in program.config.sources)
    report("start", {"pid": os.getpid(), "sources": names, "dimensions": dict(program.dimensions.values())})
    daemon.run()
    report("end", {})
    return 0


def check(options: argparse.Namespace) -> int:
    """Look at everything."""
    from alarmctl.publish.check import findings  # noqa: PLC0415 -- as in _program

    program = _program(options, writes=False)
    found = []
    for finding in findings(program.config, program.measures, program.dimensions, program.context):
        found.append(finding)
        if options.format == "text":
            mark = "✓" if not finding.wrong else "!" if finding.hint else "✗"
            print(f"{mark} {finding.what}{f': {finding.wrong}' if finding.wrong else ''}", flush=True)
    if options.format == "json":
        print(json.dumps([vars(finding) for finding in found], indent=2))
    return FAILED if any(finding.wrong and not finding.hint for finding in found) else 0


def cost(options: argparse.Namespace) -> int:
    """What a month costs."""
    from alarmctl.publish.cost import FREE_REQUESTS, FREE_SERIES, estimate  # noqa: PLC0415 -- as in _program

    if options.hosts < 1 or options.rows < 1:
        raise ConfigError("--hosts and --rows are at least 1.")
    bill = estimate(read(options), options.hosts, options.rows)
    if options.format == "json":
        lines = {line.source: line.series for line in bill.lines}
        print(
            json.dumps(
                {"series": lines, "requests": bill.requests, "usd_month": round(bill.usd, 2)}, indent=2
            )
        )
        return 0
    for line in bill.lines:
        print(f"{line.series:8,} series  {line.source}{' (a guess: see --rows)' if line.guessed else ''}")
    print(f"{bill.series:8,} series in all, {bill.requests:,} requests a month from {bill.hosts} hosts")
    print(
        f"about ${bill.usd:,.2f} a month at the list prices of us-east-1, "
        f"if {FREE_SERIES} series and {FREE_REQUESTS:,} requests are still free"
    )
    return 0


def unit(options: argparse.Namespace) -> int:
    """Print a systemd unit."""
    print((UNITS / f"alarmctl-publish.{options.unit}").read_text(encoding="utf-8"), end="")
    return 0


ACTIONS: Mapping[str, Callable[[argparse.Namespace], int]] = {
    "run": publish,
    "check": check,
    "cost": cost,
    "unit": unit,
}
