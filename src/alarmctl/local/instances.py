"""`alarmctl local instance`: a host in the local AWS, with an agent that says what it is told to say."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarmctl.local import stack as stacks
from alarmctl.local.stack import Stack, StackError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

IMAGE = "ami-00000000000000000"
NAMESPACE = "CWAgent"
CALM: Mapping[str, float] = {
    "disk_used_percent": 34.0,
    "disk_inodes_used": 120_000.0,
    "disk_inodes_total": 1_000_000.0,
}
CALM_MEMORY_PERCENT = 41.0
# Two whole periods of five minutes, as of now.
MINUTES_AGO = range(1, 12)
ALARMS_SECONDS = 10.0
POLL_SECONDS = 0.2


def register(commands: Any, common: argparse.ArgumentParser, guarded: Callable[..., Any]) -> None:
    """Add `instance` to the commands of `local`."""
    parser = commands.add_parser("instance", help="start, fill or end a host, and see what its alarms do")
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    start = actions.add_parser("start", parents=[common], help="a new instance whose agent reports")
    start.add_argument("--name", default="web-1", help="its tag Name (%(default)s)")
    start.add_argument("--mount", action="append", metavar="PATH", help="a file system; repeat it (/)")
    start.set_defaults(run=guarded(run_start))
    fill = actions.add_parser("fill", parents=[common], help="a file system of it fills up")
    fill.add_argument("id", metavar="INSTANCE")
    fill.add_argument("--mount", default="/", metavar="PATH", help="which one (%(default)s)")
    fill.add_argument("--percent", type=float, default=93.0, help="used (%(default)g)")
    fill.set_defaults(run=guarded(run_fill))
    for action, about in (("stop", "stop it"), ("terminate", "end it")):
        end = actions.add_parser(action, parents=[common], help=about)
        end.add_argument("id", metavar="INSTANCE")
        end.set_defaults(run=guarded(run_end))


def run_start(options: argparse.Namespace) -> int:
    """Start one, and wait for its alarms."""
    stack = stacks.running(options.home)
    id_ = launch(stack, options.name, options.mount or ["/"])
    names, seconds = await_alarms(stack, id_, lambda found: any("/space/" in name for name in found))
    print(f"{id_} runs. {len(names)} alarms after {seconds:.1f} s:")
    for name in names:
        print(f"  {name}")
    return 0 if names else 1


def run_fill(options: argparse.Namespace) -> int:
    """Say that a file system is full."""
    stack = stacks.running(options.home)
    publish(stack, options.id, options.mount, {"disk_used_percent": options.percent})
    print(f"{options.mount} of {options.id} is {options.percent:g} % full. See {stack.page_url}")
    return 0


def run_end(options: argparse.Namespace) -> int:
    """Stop or end one, and wait until its alarms are gone."""
    stack = stacks.running(options.home)
    end(stack, options.id, options.action)
    names, seconds = await_alarms(stack, options.id, lambda found: not found)
    print(f"{len(names)} of its alarms are left after {seconds:.1f} s.")
    return 0 if not names else 1


def launch(stack: Stack, name: str, mounts: Sequence[str]) -> str:
    """Start an instance; its agent's first values follow, and then the hourly look, at once."""
    tags = [{"ResourceType": "instance", "Tags": [{"Key": "Name", "Value": name}]}]
    answer = stack.client("ec2").run_instances(
        ImageId=IMAGE, InstanceType="m7g.large", MinCount=1, MaxCount=1, TagSpecifications=tags
    )
    id_ = str(answer["Instances"][0]["InstanceId"])
    _put(stack, [_datum("mem_used_percent", CALM_MEMORY_PERCENT, InstanceId=id_)])
    for mount in mounts:
        publish(stack, id_, mount, CALM)
    reconcile(stack)
    return id_


def publish(stack: Stack, id_: str, mount: str, values: Mapping[str, float]) -> None:
    """What an agent would have sent of a file system within the last minutes."""
    now = datetime.now(UTC)
    _put(
        stack,
        [
            _datum(metric, value, at=now - timedelta(minutes=minutes), InstanceId=id_, MountPath=mount)
            for metric, value in values.items()
            for minutes in MINUTES_AGO
        ],
    )


def end(stack: Stack, id_: str, action: str) -> None:
    """Stop or terminate it. Raises StackError when there is no such instance."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - half of `--help` would be its imports

    client = stack.client("ec2")
    act = {"stop": client.stop_instances, "terminate": client.terminate_instances}[action]
    try:
        act(InstanceIds=[id_])
    except ClientError as error:
        raise StackError(f"{id_}: {error.response['Error'].get('Message', error)}") from None


def reconcile(stack: Stack) -> None:
    """Ask for the hourly look now."""
    queues = stack.client("sqs").list_queues().get("QueueUrls", [])
    url = next((url for url in queues if url.endswith("-instances")), None)
    if url is None:
        raise StackError("The stack has no queue for instances. Run `alarmctl local up`.")
    stack.client("sqs").send_message(QueueUrl=url, MessageBody=json.dumps({"instance_alarms": "reconcile"}))


def alarms_of(stack: Stack, id_: str) -> list[str]:
    """Names of the alarms of an instance, without what they all begin with."""
    found = stack.client("cloudwatch").get_paginator("describe_alarms").paginate()
    names = [alarm["AlarmName"] for page in found for alarm in page["MetricAlarms"]]
    return sorted(name for name in names if f"-auto/{id_}/" in name)


def await_alarms(stack: Stack, id_: str, enough: Callable[[list[str]], bool]) -> tuple[list[str], float]:
    """The instance's alarms once there are enough or the time is over, and the seconds that it took."""
    began = time.monotonic()
    while True:
        names, seconds = alarms_of(stack, id_), time.monotonic() - began
        if enough(names) or seconds > ALARMS_SECONDS:
            return names, seconds
        time.sleep(POLL_SECONDS)


def _put(stack: Stack, data: list[dict[str, Any]]) -> None:
    stack.client("cloudwatch").put_metric_data(Namespace=NAMESPACE, MetricData=data)


def _datum(metric: str, value: float, at: datetime | None = None, **dimensions: str) -> dict[str, Any]:
    return {
        "MetricName": metric,
        "Value": value,
        "Unit": "None",
        "Timestamp": at or datetime.now(UTC),
        "Dimensions": [{"Name": name, "Value": text} for name, text in dimensions.items()],
    }
