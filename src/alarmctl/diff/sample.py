"""The message that an alarm would send: its own change of state on made-up values, through the notifier."""

from __future__ import annotations

import itertools
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from alarmctl.scenarios import messages
from alarmctl.slack.text import as_text
from alarms import composite, wire
from alarms.definitions import CompositeDefinition, Definition
from alarms.evaluate import evaluate
from alarms.model import AlarmError, Datapoint, State, StateChange, StateDetail
from notify_slack import pipeline
from notify_slack.dedupe import Memory
from notify_slack.enrich import Descriptions

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

AT = datetime(2026, 1, 5, 10, tzinfo=UTC)  # any Monday morning: the message is a sample
WIDTH = 100
TRIED = 400  # combinations of values for an expression, at most


def text(alarm: Definition | CompositeDefinition, topics: Mapping[str, str], name: str) -> str:
    """What the channel would show; empty where nobody is told. `topics`: the severity of each topic's ARN."""
    alarm = _at_home(alarm)
    change = breach(alarm)
    memory = Memory()
    config = messages.config({}, name, topics)
    nothing_known = Descriptions(lambda _: {}, lambda _: None)
    shown: list[str] = []
    for topic in wire.actions(alarm, State.ALARM):
        if ":sns:" not in topic:
            continue
        event = messages.event(topic, alarm, change)
        planned = pipeline.plan(event, config, memory, nothing_known, now=0.0)
        for message in planned.messages:
            shown += [as_text(body, at=AT, width=WIDTH) for body in message.rungs[0]]
            for one in message.routed:
                memory.remember(one.alert, one.arrived)
    return "\n\n".join(shown)


def _at_home(
    alarm: Definition | CompositeDefinition,
) -> Definition | CompositeDefinition:
    """The alarm with account and Region of the topic that it tells: a new one has no ARN of its own."""
    for action in alarm.alarm_actions:
        parts = action.split(":")
        if len(parts) == 6 and parts[2] == "sns":
            return replace(
                alarm, arn=":".join(["arn", parts[1], "cloudwatch", *parts[3:5], "alarm", alarm.name])
            )
    return alarm


def breach(alarm: Definition | CompositeDefinition) -> StateChange:
    """The change into ALARM, worded as CloudWatch does where values can be found that lead to it."""
    previous = StateDetail(State.OK, "", AT - timedelta(hours=6))
    if isinstance(alarm, CompositeDefinition):
        found = _composed(alarm, previous)
    else:
        detail = _evaluated(alarm)
        found = StateChange(alarm.name, detail, previous) if detail else None
    return found or StateChange(alarm.name, StateDetail(State.ALARM, "Threshold Crossed", AT), previous)


def _composed(alarm: CompositeDefinition, previous: StateDetail) -> StateChange | None:
    """The last of its alarms goes into ALARM, and with it all of them; None where that does not fire it."""
    home = alarm.arn.partition(":alarm:")[0]
    children = {
        name: composite.Child(
            name.rpartition(":alarm:")[2],
            name if name.startswith("arn:") else f"{home}:alarm:{name}",
            State.ALARM,
            AT,
        )
        for name in alarm.children
    }
    try:
        found = composite.child_changed(alarm, children, alarm.children[-1], previous) if children else None
    except AlarmError:
        return None
    return found if found and found.state.value is State.ALARM else None


def _evaluated(alarm: Definition) -> StateDetail | None:
    if alarm.threshold is None:
        return None  # only AWS can compute a band
    for values in itertools.islice(_candidates(alarm), TRIED):
        data = {
            query_id: [
                Datapoint(AT - timedelta(seconds=alarm.period * (n + 1)), value)
                for n in range(alarm.evaluation_periods + 3)
            ]
            for query_id, value in values.items()
        }
        try:
            found = evaluate(alarm, data if alarm.queries else data[""], AT, State.OK)
        except AlarmError:
            return None
        if found.state is State.ALARM:
            return StateDetail(State.ALARM, found.reason, AT, found.reason_data)
    return None


def _candidates(alarm: Definition) -> Iterator[dict[str, float]]:
    """Values for each metric, the likeliest first."""
    ids = list(alarm.metric_stats)
    for values in itertools.product(_near(alarm.threshold or 0.0), repeat=len(ids)):
        yield dict(zip(ids, values, strict=True))


def _near(threshold: float) -> Sequence[float]:
    beyond = threshold + max(1.0, abs(threshold) / 10)
    below = threshold / 2 if threshold > 0 else threshold - 1
    percent = min(beyond, (threshold + 100) / 2) if 0 <= threshold < 100 else beyond
    return (percent, beyond, below, 0.0, 1.0, 100.0, 100 * beyond)
