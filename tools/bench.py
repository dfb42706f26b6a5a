"""Measure, as ratios of two sides in one run on one machine; seconds are told beside, with the machine.

Each measurement is a function in MEASUREMENTS that returns a Row. Nothing here is a test: a number that is
missed is shown as missed, and a person decides.
"""

import argparse
import datetime as dt
import functools
import json
import os
import platform
import runpy
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from alarmctl.terraform import Terraform

ROOT = Path(__file__).resolve().parents[1]
ZIP = ROOT / "dist/notify_slack.zip"
PARAMETER = "/bench/slack-webhook-url"
TABLE = "bench-ledger"
ALARM_ARN = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:bench-cpu"
TOPIC_ARN = "arn:aws:sns:us-east-1:000000000000:bench-warning"

# Both sides run the same handler; the second makes its AWS clients at import, as many handlers do. Neither
# sees what this virtual environment has and Lambda has not: tools/package.py leaves it out.
OURS = """
import sys
sys.modules["charset_normalizer"] = None
from notify_slack.handler import handler
"""
EAGER = """
import re
import sys
sys.modules["charset_normalizer"] = None
import boto3
clients = {name: boto3.client(name) for name in ("ssm", "dynamodb", "sqs", "cloudwatch", "sns")}
from notify_slack import handler as module

class Clients:
    def __init__(self, *_): pass
    def call(self, service, operation, body):
        return getattr(clients[service], re.sub("(?<=.)(?=[A-Z])", "_", operation).lower())(**body)

module.Api, module._client, handler = Clients, clients.__getitem__, module.handler
"""
INVOKE = (
    "import json, os\nassert handler(json.loads(os.environ['EVENT']), None) == {'batchItemFailures': []}\n"
)


@dataclass(frozen=True)
class Row:
    """One measurement: ours against the named alternative, both in UNIT, and the ratio to reach."""

    what: str
    ours: float
    alternative: str
    theirs: float
    unit: str
    goal: float
    runs: int

    @property
    def ratio(self) -> float:
        """Ours as a part of theirs."""
        return self.ours / self.theirs


def alarm_event() -> dict[str, Any]:
    """An SQS batch of one: a metric alarm in its SNS envelope."""
    message = {
        "AlarmName": "bench-cpu",
        "AlarmDescription": "CPU of the service is high.",
        "AWSAccountId": "000000000000",
        "AlarmArn": ALARM_ARN,
        "NewStateValue": "ALARM",
        "OldStateValue": "OK",
        "NewStateReason": "Threshold Crossed: 2 datapoints were greater than the threshold (80.0).",
        "StateChangeTime": "2026-01-05T10:15:32.120+0000",
        "Region": "US East (N. Virginia)",
        "Trigger": {
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/ECS",
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Dimensions": [{"name": "ClusterName", "value": "bench"}],
            "Period": 60,
            "EvaluationPeriods": 2,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 80.0,
            "TreatMissingData": "missing",
        },
    }
    envelope = {"Type": "Notification", "TopicArn": TOPIC_ARN, "Message": json.dumps(message)}
    record = {"messageId": "1", "eventSource": "aws:sqs", "body": json.dumps(envelope)}
    return {"Records": [record]}


class Endpoint(BaseHTTPRequestHandler):
    """SSM, DynamoDB and Slack in one: the webhook, an empty ledger; a post is timed and answered ok."""

    posted: list[float]
    webhook: str

    def do_POST(self) -> None:
        """Answer by path."""
        if self.path.startswith("/services/"):
            self.posted.append(time.monotonic())
            answer = b"ok"
        else:
            operation = self.headers.get("X-Amz-Target", "").rpartition(".")[2]
            answers = {
                "GetParameter": {"Parameter": {"Name": PARAMETER, "Value": self.webhook}},
                "BatchGetItem": {"Responses": {TABLE: []}, "UnprocessedKeys": {}},
            }
            answer = json.dumps(answers.get(operation, {})).encode()
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def endpoint() -> Iterator[tuple[str, list[float]]]:
    """A running Endpoint: its address, and the times of the posts that it got."""
    posted: list[float] = []
    handler = type("Bound", (Endpoint,), {"posted": posted})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        address = f"http://127.0.0.1:{server.server_port}"
        handler.webhook = f"{address}/services/T/B/bench"  # type: ignore[attr-defined]  # of the class just made
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield address, posted
        server.shutdown()


def cold_start(runs: int) -> Row:
    """From the process's start to its first post, the webhook and the ledger read on the way."""
    with tempfile.TemporaryDirectory() as folder, endpoint() as (address, posted):
        with zipfile.ZipFile(ZIP) as content:
            content.extractall(folder)
        environment = {
            **{name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ},
            "PYTHONPATH": folder,
            "PYTHONDONTWRITEBYTECODE": "1",  # as Lambda, whose code folder is read only
            "AWS_ENDPOINT_URL": address,
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "ENVIRONMENT": "local",
            "WEBHOOK_PARAMETER": PARAMETER,
            "LEDGER_TABLE": TABLE,
            "NOTIFIER_CONFIG": json.dumps({"name": "bench", "topics": {TOPIC_ARN: "warning"}}),
            "EVENT": json.dumps(alarm_event()),
        }
        seconds: dict[str, list[float]] = {OURS: [], EAGER: []}
        for _ in range(runs):
            for side, times in seconds.items():  # by turns, so that a busy machine is busy for both
                times.append(_first_post(side + INVOKE, environment, posted))
    ours, theirs = (statistics.median(seconds[side]) for side in (OURS, EAGER))
    return Row("cold start to first post", ours, "boto3 clients made at import", theirs, "s", 0.5, runs)


def _first_post(code: str, environment: Mapping[str, str], posted: list[float]) -> float:
    posted.clear()
    started = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-c", code], env=dict(environment), capture_output=True, text=True, check=False
    )
    if run.returncode or not posted:
        raise SystemExit(f"The handler did not post: {run.stderr.strip() or run.stdout.strip()}")
    return posted[0] - started


SERVICES = 100  # five alarms each
PLANNED = """
provider "aws" {{
  region                      = "us-east-1"
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
}}

locals {{
  arn    = "arn:aws:sns:us-east-1:000000000000"
  topics = {{ for severity in ["critical", "warning", "info"] : severity => "${{local.arn}}:${{severity}}" }}
}}
"""
FROM_CATALOGUE = """
module "service_alarms" {{
  source       = "{modules}/service_alarms"
  ecs_services = {{ for i in range({services}) : "s${{i}}" => {{ cluster = "main", service = "s${{i}}" }} }}
}}

module "metric_alarms" {{
  source     = "{modules}/metric_alarms"
  name       = "bench"
  topic_arns = local.topics
  alarms     = module.service_alarms.alarms
}}
"""
BY_HAND = """
resource "aws_cloudwatch_metric_alarm" "a{number}" {{
  alarm_name          = "bench-{number}"
  alarm_description   = "Metric {metric} of the ECS service s{number} in main. Runbook: docs/runbooks/ecs.md"
  namespace           = "AWS/ECS"
  metric_name         = "{metric}"
  dimensions          = {{ ClusterName = "main", ServiceName = "s{number}" }}
  statistic           = "Average"
  period              = 60
  evaluation_periods  = 5
  datapoints_to_alarm = 5
  comparison_operator = "GreaterThanThreshold"
  threshold           = 80
  treat_missing_data  = "notBreaching"
  alarm_actions       = [local.topics["warning"]]
  ok_actions          = [local.topics["warning"]]
}}
"""


def plan_500(runs: int) -> Row:
    """`terraform plan` of 500 alarms, from the catalogue and written by hand."""
    catalogue = FROM_CATALOGUE.format(modules=ROOT / "terraform/modules", services=SERVICES)
    by_hand = "".join(
        BY_HAND.format(number=number, metric=("CPUUtilization", "MemoryUtilization")[number % 2])
        for number in range(5 * SERVICES)
    )
    seconds: dict[str, list[float]] = {catalogue: [], by_hand: []}
    with tempfile.TemporaryDirectory() as scratch:
        planners = {}
        for number, body in enumerate(seconds):
            folder = Path(scratch) / str(number)
            folder.mkdir()
            (folder / "main.tf").write_text(PLANNED.format() + body)
            planners[body] = Terraform(folder, folder / "data")
            planners[body].init()
        for _ in range(runs):
            for body, times in seconds.items():
                started = time.monotonic()
                planned = planners[body].plan(Path(scratch) / "plan.bin")
                times.append(time.monotonic() - started)
                if len(planned) != 5 * SERVICES:
                    raise SystemExit(f"{len(planned)} alarms were planned, not {5 * SERVICES}.")
    ours, theirs = (statistics.median(seconds[side]) for side in (catalogue, by_hand))
    return Row("plan of 500 alarms", ours, "as many resources written by hand", theirs, "s", 1.5, runs)


def beside(file: str, name: str) -> Callable[[int], Row]:
    """A measurement of a file beside this one, whose MEASUREMENTS give a Row's fields."""
    path = Path(__file__).with_name(f"{file}.py")
    return lambda runs: Row(**_module(path)["MEASUREMENTS"][name](runs))


@functools.cache
def _module(path: Path) -> dict[str, Any]:
    return runpy.run_path(str(path), run_name=path.stem)


PUBLISH = ("publish-requests", "publish-bytes", "publish-cycle", "sockets-psutil", "sockets-ss")
BACKTEST = ("backtest-engine", "backtest-seconds", "backtest-memory", "backtest-end-to-end")
MEASUREMENTS: dict[str, Callable[[int], Row]] = {
    "cold-start": cold_start,
    "warm": beside("bench_notifier", "warm"),
    "plan-500": plan_500,
    "demo": beside("bench_notifier", "demo"),
    **{name: beside("bench_publish", name) for name in PUBLISH},
    **{name: beside("bench_backtest", name) for name in BACKTEST},
}


def line(row: Row) -> str:
    """One row for people."""
    verdict = "reached" if row.ratio <= row.goal else "missed"
    return (
        f"{row.what}: {row.ratio:.2g} of {row.alternative} (goal ≤ {row.goal:.2g}: {verdict}); "
        f"{row.ours:.3f} {row.unit} against {row.theirs:.3f} {row.unit}, medians of {row.runs}"
    )


TABLE_HEAD = """\
# Benchmarks

Written by `make bench` on {machine}, {day}. Both sides of a row ran in one go, in turn; the figures are
medians. A ratio below its goal is what binds; seconds are this machine's. `make bench` on yours writes this
page anew.

| what | ours | against | ratio | goal | |
|---|---|---|---|---|---|
"""
TABLE_TAIL = """
Storms, faults and outages are run on virtual time by `make torture`: [Delivery](reliability.md#measured).
What the rows do stands in `tools/bench*.py`; nothing in the product knows of them.
"""


def table(rows: Sequence[Row], machine: str, day: str) -> str:
    """The page of all rows, in Markdown."""
    lines = [
        f"| {row.what} | {row.ours:.3g} {row.unit} | {row.alternative}: {row.theirs:.3g} {row.unit} "
        f"| {row.ratio:.2g} | ≤ {row.goal:.2g} | {'reached' if row.ratio <= row.goal else '**missed**'} |"
        for row in rows
    ]
    return TABLE_HEAD.format(machine=machine, day=day) + "\n".join(lines) + "\n" + TABLE_TAIL


def main(argv: Sequence[str] | None = None) -> int:
    """Run the measurements, all or the named ones."""
    parser = argparse.ArgumentParser(prog="tools/bench.py", description=main.__doc__)
    parser.add_argument("only", nargs="*", metavar="NAME", help=f"of {', '.join(MEASUREMENTS)}")
    parser.add_argument("--runs", type=int, default=7, help="of each side (default: 7)")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write all rows there, as Markdown")
    options = parser.parse_args(argv)
    if unknown := sorted(set(options.only) - set(MEASUREMENTS)):
        parser.error(f"unknown measurement: {', '.join(unknown)}. Choose from {', '.join(MEASUREMENTS)}.")
    if not ZIP.is_file():
        print(f"{ZIP.relative_to(ROOT)} is missing. Run `make package` first.", file=sys.stderr)
        return 1
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    machine = f"{system}, Python {platform.python_version()}"
    print(machine)
    rows = []
    for name in options.only or MEASUREMENTS:
        rows.append(MEASUREMENTS[name](options.runs))
        print(line(rows[-1]), flush=True)
    if options.write:
        day = dt.datetime.now(dt.UTC).date().isoformat()
        options.write.write_text(table(rows, machine, day), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
