"""What a person would read: each change through CloudWatch's own message and the notifier, as text."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarmctl.slack.text import as_text
from alarms import wire
from alarms.model import as_utc
from notify_slack import config as settings
from notify_slack import pipeline
from notify_slack.dedupe import Memory
from notify_slack.enrich import Descriptions

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import timedelta

    from alarmctl.scenarios.model import Case
    from alarmctl.scenarios.simulation import Track
    from alarms.model import StateChange
    from notify_slack.config import Config

# No line is broken, so that a scenario can look for words without knowing where a line ends.
WIDTH = 100_000


@dataclass(frozen=True)
class Told:
    """A message in Slack, `at` counted from the start."""

    at: timedelta
    text: str


def config(notifier: Mapping[str, Any], name: str, topics: Mapping[str, str]) -> Config:
    """The notifier's configuration for these topics. Raises ConfigError naming what is wrong in it."""
    defaults = {"name": name, "topics": dict(topics)}
    return settings.from_json(json.dumps({**defaults, **notifier}))


def read_by_person(case: Case, track: Track) -> tuple[Told, ...]:
    """Every message of the alarm under test, in order. The notifier remembers what it has posted."""
    memory = Memory()
    nothing_known = Descriptions(lambda _: {}, lambda _: None)
    told = []
    for move in track.notified(case.lasts):
        for topic in wire.actions(track.alarm, move.change.state.value):
            if ":sns:" not in topic:
                continue
            happened = event(topic, track.alarm, move.change)
            planned = pipeline.plan(happened, case.config, memory, nothing_known, now=move.at.total_seconds())
            for message in planned.messages:
                told += [
                    Told(move.at, as_text(body, at=move.change.state.timestamp, width=WIDTH))
                    for body in message.rungs[0]
                ]
                for one in message.routed:
                    memory.remember(one.alert, one.arrived)
    return tuple(told)


def event(topic: str, alarm: Any, change: StateChange) -> dict[str, Any]:
    """What Lambda gets of SNS; the id is the same for the same change."""
    notification = {
        "Type": "Notification",
        "MessageId": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{topic} {alarm.arn} {change.state.timestamp}")),
        "TopicArn": topic,
        "Subject": wire.sns_subject(alarm, change),
        "Message": json.dumps(wire.sns_message(alarm, change)),
        "Timestamp": f"{as_utc(change.state.timestamp):%Y-%m-%dT%H:%M:%S.000Z}",
    }
    return {"Records": [{"EventSource": "aws:sns", "Sns": notification}]}
