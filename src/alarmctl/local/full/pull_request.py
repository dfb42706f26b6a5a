"""A pull request that raises a threshold: what its comment says, from this stack's own plan and metrics."""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import tempfile
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from alarmctl import cli
from alarmctl.local import infrastructure
from alarmctl.local.full import Step
from alarmctl.local.progress import step
from alarmctl.local.stack import StackError
from alarmctl.terraform import TerraformError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alarmctl.local.stack import Stack

ALARM = "orders-failed"
METRIC = {"MetricName": "OrdersFailed", "Dimensions": [{"Name": "Service", "Value": "api"}]}
NAMESPACE = "Demo/Shop"
BEFORE = "  threshold: 0\n"
AFTER = "  threshold: 5\n  evaluation_periods: 3\n  datapoints_to_alarm: 2\n"
MINUTES = 180
# Minutes ago and orders failed in each: four blips that nobody can act on, and an outage of twelve minutes.
BLIPS = {170: 1.0, 141: 2.0, 96: 1.0, 48: 3.0}
OUTAGE = {ago: 20.0 + ago % 7 for ago in range(68, 80)}
BATCH = 100
COMMENT = "pull-request.md"


def play(stack: Stack) -> Sequence[str]:
    """Change the threshold in a copy, plan it, fetch the history, and print the comment."""
    print(f"Somebody changes {ALARM} in alarms.yaml: threshold 5 instead of 0, and two of three minutes.")
    publish(stack, datetime.now(UTC))
    with tempfile.TemporaryDirectory(dir=stack.home, prefix="pull-request-") as folder:
        scratch = Path(folder)
        try:
            plan(stack, scratch)
        except TerraformError as error:
            raise StackError(str(error)) from None
        history, comment = scratch / "history", Path(stack.home) / COMMENT
        fetch = ["history", "fetch", str(scratch / "plan.json"), "--days", str(MINUTES / 1440)]
        code, said = _run([*fetch, "--endpoint-url", stack.aws_url, "--out", str(history)])
        if code:
            return [f"alarmctl history fetch ended with {code}: {said}"]
        code, said = _run(
            ["diff", str(scratch / "plan.json"), "--history", str(history), "--name", "demo-local"]
        )
    comment.write_text(said, encoding="utf-8")
    print(f"\n{said}\nThe comment is in {comment}.")
    return problems(said)


def problems(comment: str) -> list[str]:
    """What a reviewer would miss in it."""
    wanted = {
        "the change in words": r"> 0 for 1 of 1 minutes -> > 5 for 2 of 3",
        "the message": r"ALARM: demo-local-orders-failed",
        "that nothing else changes": r"\*\*Alarms: 1 changed\.\*\*",
    }
    lacking = [f"The comment lacks {what}." for what, text in wanted.items() if not re.search(text, comment)]
    # Five times and once; where the demo was played before, its older orders are in the history, too.
    fired = re.search(r"fired (\d+) -> (\d+),", comment)
    if not fired or not 0 < int(fired[2]) < int(fired[1]):
        lacking.append("The comment lacks that it would fire less often, and still in the outage.")
    return lacking


def publish(stack: Stack, now: datetime) -> None:
    """Three hours of the shop's failed orders; the newest of them is older than what the alarm looks at."""
    data = [
        {
            **METRIC,
            "Timestamp": now - timedelta(minutes=ago),
            "Value": OUTAGE.get(ago, BLIPS.get(ago, 0.0)),
            "Unit": "Count",
        }
        for ago in range(MINUTES, 10, -1)
    ]
    client = stack.client("cloudwatch")
    for first in range(0, len(data), BATCH):
        client.put_metric_data(Namespace=NAMESPACE, MetricData=data[first : first + BATCH])


def plan(stack: Stack, scratch: Path) -> None:
    """Plan a copy of the environment with the new threshold; leaves plan.json in SCRATCH."""
    shutil.copytree(
        infrastructure.checkout() / "terraform",
        scratch / "terraform",
        ignore=shutil.ignore_patterns(".terraform", "*.tfstate*"),
    )
    folder = scratch / infrastructure.ENVIRONMENT
    written = folder / "alarms.yaml"
    text = written.read_text(encoding="utf-8")
    if text.count(BEFORE) != 1:
        raise StackError(f"{infrastructure.ENVIRONMENT}/alarms.yaml has no `{BEFORE.strip()}` to raise.")
    written.write_text(text.replace(BEFORE, AFTER), encoding="utf-8")
    ours = infrastructure.terraform(stack)
    # What the account says does not matter here, and asking for it takes half a minute.
    quick = {**ours.env, "TF_CLI_ARGS_plan": "-lock=false -refresh=false"}
    runner = replace(ours, directory=folder, data_dir=scratch / "data", env=quick)
    with step("terraform plan of the change") as current:
        runner.init({"path": str(Path(stack.home) / "terraform.tfstate")}, progress=current.note)
        runner.plan(scratch / "plan", progress=current.note)
        (scratch / "plan.json").write_text(json.dumps(runner.show(scratch / "plan")), encoding="utf-8")


def _run(arguments: Sequence[str]) -> tuple[int, str]:
    """A command of ours as a person would run it: its exit code, and what it printed."""
    print(f"$ alarmctl {' '.join(arguments)}")
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        code = cli.main(list(arguments))
    return code, shown.getvalue()


STEP = Step(80, "A pull request's comment for a threshold that is raised", play)
