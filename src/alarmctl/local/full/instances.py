"""An instance starts and gets its alarms, its disk fills up and pages, it ends and they go."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from alarmctl.local import instances
from alarmctl.local.demo import messages_of
from alarmctl.local.full import Step
from alarmctl.slack.text import as_text

if TYPE_CHECKING:
    from alarmctl.local.stack import Stack

MESSAGE_SECONDS = 30.0
MOUNTS = ("/", "/data")
# For each mount space and inodes, warning and critical; memory twice, the heartbeat, three status checks.
EXPECTED = 4 * len(MOUNTS) + 3 + 3


def play(stack: Stack) -> list[str]:
    """What went wrong."""
    id_ = instances.launch(stack, "web-1", MOUNTS)
    try:
        return [*_arrives(stack, id_), *_fills(stack, id_)] or _ends(stack, id_)
    finally:
        if instances.alarms_of(stack, id_):
            instances.end(stack, id_, "terminate")


def _arrives(stack: Stack, id_: str) -> list[str]:
    names, seconds = instances.await_alarms(stack, id_, lambda found: len(found) == EXPECTED)
    print(f"{id_} was started (RunInstances), and its agent reports {' and '.join(MOUNTS)}.")
    print("Its first metrics need no 6 minutes here: the hourly look was asked for at once.")
    print(f"{len(names)} alarms after {seconds:.1f} s, such as {names[-1] if names else 'none'}.\n")
    return [] if len(names) == EXPECTED else [f"{len(names)} alarms instead of {EXPECTED}."]


def _fills(stack: Stack, id_: str) -> list[str]:
    name = f"{id_}/space/data/critical"
    seen = len(stack.call("GET", "messages"))
    print("/data is 93 % full for ten minutes (PutMetricData).")
    instances.publish(stack, id_, "/data", {"disk_used_percent": 93.0})
    found: list[dict[str, Any]] = []
    give_up = time.monotonic() + MESSAGE_SECONDS
    while not found and time.monotonic() < give_up:
        time.sleep(0.2)
        found = messages_of(stack, name, seen)
    for message in found[:1]:
        print(f"{as_text(message['body'])}\n")
    return [] if found else [f"No message about {name} arrived."]


def _ends(stack: Stack, id_: str) -> list[str]:
    instances.end(stack, id_, "terminate")
    names, seconds = instances.await_alarms(stack, id_, lambda found: not found)
    print(f"It was terminated; {len(names)} of its alarms are left after {seconds:.1f} s.")
    return [f"{len(names)} alarms are left."] if names else []


STEP = Step(20, "an instance gets its alarms, pages, and loses them", play)
