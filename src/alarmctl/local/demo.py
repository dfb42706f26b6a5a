"""`alarmctl local demo`: a CPU alarm on metric math, from real samples to the message in Slack, and back."""

from __future__ import annotations

import json
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarmctl.local import full
from alarmctl.local import stack as stacks
from alarmctl.local.commands import alarms_of, bring_up, drain, stay
from alarmctl.local.progress import step
from alarmctl.local.stack import Stack, StackError
from alarmctl.slack.text import as_text

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

CPU_UNITS = 512.0  # what the tasks of the demo service reserve: half a vCPU
BUSY_PERCENT = 93.0
CALM_PERCENT = 31.0
MESSAGE_SECONDS = 60.0
# Whole minutes ago, so that CloudWatch would have seen them by now and nobody waits for real ones.
BUSY_MINUTES_AGO = (3, 2)
CALM_MINUTES_AGO = (1,)


@dataclass(frozen=True)
class Scene:
    """One turn of the story: the load that is published, and the state the alarm must take."""

    percent: float
    minutes_ago: Sequence[int]
    state: str


SCENES = (Scene(BUSY_PERCENT, BUSY_MINUTES_AGO, "ALARM"), Scene(CALM_PERCENT, CALM_MINUTES_AGO, "OK"))


def run(options: argparse.Namespace) -> int:
    """Bring the stack up and play it; 0 only if each scene brought one message and each step went well."""
    began = time.monotonic()
    found, _ = stacks.find(options.home)
    stack = bring_up(options, parent_pid=os.getpid())
    arrived = False
    try:
        print(f"The channel is at {stack.page_url}\n")
        alarm = cpu_alarm(alarms_of(stack))
        stack.call("POST", "rewind", {"alarm": alarm["AlarmName"]})
        arrived = all(play(stack, alarm, scene, began) for scene in SCENES)
        if options.full:
            arrived = full.play_all(stack, full.steps()) and arrived
        print(f"The channel: {stack.page_url}")
        if found is not None:
            print("The stack ran before, and is left running.")
        elif arrived and options.wait:
            stay(stack)
    finally:
        if found is None and stacks.alive(stack.pid):
            stacks.stop(stack)
    return 0 if arrived else 1


def cpu_alarm(alarms: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The alarm that divides CPU used by CPU reserved. Raises StackError when there is none."""
    for alarm in alarms:
        metrics = {query["MetricStat"]["Metric"]["MetricName"] for query in queries(alarm)}
        if metrics == {"CpuUtilized", "CpuReserved"}:
            return alarm
    raise StackError(
        "No alarm on CpuUtilized and CpuReserved exists. Name a service in ecs_service_names again."
    )


def queries(alarm: dict[str, Any]) -> list[dict[str, Any]]:
    """The metrics of a metric-math alarm, expressions left out."""
    return [query for query in alarm.get("Metrics", []) if "MetricStat" in query]


def play(stack: Stack, alarm: dict[str, Any], scene: Scene, began: float) -> bool:
    """Publish a scene's samples and see what arrives; True if it is one message, and the state is right."""
    name = alarm["AlarmName"]
    seen = len(stack.call("GET", "messages"))
    before = copies(stack, name)
    ago = ", ".join(f"{minutes} min" for minutes in scene.minutes_ago)
    print(f"Publishing CPU of {scene.percent:.0f} % of what is reserved, as of {ago} ago (PutMetricData).")
    publish(stack, alarm, scene, datetime.now(UTC))
    described = stack.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    print(f"{name} is in {described['StateValue']}: {described['StateReason']}")
    with step("SNS and EventBridge → SQS → Lambda → Slack"):
        await_message(stack, name, seen)
        drained = drain(stack)
        new = messages_of(stack, name, seen)
    came = {path: count - before[path] for path, count in copies(stack, name).items()}
    print(
        f"{came['SNS']} by SNS and {came['EventBridge']} by EventBridge into the queue, "
        f"{len(new)} posted by the function ({time.monotonic() - began:.1f} s since the start).\n"
    )
    for message in new:
        print(f"{as_text(message['body'])}\n")
    problems = [
        *([f"The state is {described['StateValue']}."] if described["StateValue"] != scene.state else []),
        *([f"{len(new)} messages arrived instead of one."] if len(new) != 1 else []),
        *([] if set(came.values()) == {1} else [f"Not one copy by each path came into the queue: {came}."]),
        *([] if drained else ["The queue is not empty."]),
    ]
    for problem in problems:
        print(f"✗ {problem} See {stack.home}/server.log.")
    return not problems


def publish(stack: Stack, alarm: dict[str, Any], scene: Scene, now: datetime) -> None:
    """PutMetricData for the alarm's own metrics and dimensions, at the scene's minutes before `now`."""
    values = {"CpuUtilized": CPU_UNITS * scene.percent / 100, "CpuReserved": CPU_UNITS}
    metrics = [query["MetricStat"]["Metric"] for query in queries(alarm)]
    data = [
        {
            "MetricName": metric["MetricName"],
            "Dimensions": metric["Dimensions"],
            "Timestamp": now - timedelta(minutes=minutes),
            "Value": values[metric["MetricName"]],
            "Unit": "None",
        }
        for metric in metrics
        for minutes in scene.minutes_ago
    ]
    # In one request: a side that is still missing would count as 0.
    stack.client("cloudwatch").put_metric_data(Namespace=metrics[0]["Namespace"], MetricData=data)


def copies(stack: Stack, name: str) -> dict[str, int]:
    """How many changes of the alarm went into SNS and EventBridge so far."""
    counted = stack.call("GET", "status")["alarms"].get(name, {})
    return {"SNS": counted.get("published", 0), "EventBridge": counted.get("rules_matched", 0)}


def messages_of(stack: Stack, name: str, seen: int) -> list[dict[str, Any]]:
    """The messages beyond the first SEEN that name the alarm; others may have changed, too."""
    return [one for one in stack.call("GET", "messages")[seen:] if name in json.dumps(one["body"])]


def await_message(stack: Stack, name: str, seen: int) -> None:
    """Wait until a message beyond the first SEEN names the alarm, or the time is over."""
    give_up = time.monotonic() + MESSAGE_SECONDS
    while time.monotonic() < give_up and not messages_of(stack, name, seen):
        time.sleep(0.1)
