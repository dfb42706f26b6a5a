"""CloudWatch's part that ministack does not play: evaluating alarms, and telling SNS and EventBridge.

Alarms are the mappings that ministack stores, in the shape of DescribeAlarms; `alarms` does the thinking.
"""

from __future__ import annotations

import json
import logging
import threading
import uuid
from collections import Counter, defaultdict
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from alarmctl.local.suppressors import Suppressors, suppressor_of
from alarms import definitions, evaluate, series, windows, wire
from alarms.model import (
    AlarmError,
    State,
    StateChange,
    StateDetail,
    TriggeringAlarm,
    as_utc,
    from_epoch,
    initial_state,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from alarms.suppression import SuppressedBy

    Alarm = definitions.Definition | definitions.CompositeDefinition

logger = logging.getLogger("alarmctl.driver")


class Publisher(Protocol):
    """Where alarm actions go."""

    def publish(self, topic_arn: str, subject: str, message: str) -> bool:
        """Publish to a topic; False when there is no such topic."""
        ...


class Emitter(Protocol):
    """Where events of AWS services go."""

    def put(self, event: Mapping[str, Any]) -> list[str]:
        """Deliver an event to the rules that match it, and return their names."""
        ...


class Topics:
    """ministack's SNS, called inside its own process."""

    def __init__(self, sns: Any) -> None:
        self._sns = sns

    def publish(self, topic_arn: str, subject: str, message: str) -> bool:
        """Publish with a subject, as CloudWatch does."""
        return self._sns.publish_internal(topic_arn, message, subject) is not None


class Bus:
    """ministack's default event bus. PutEvents refuses `aws.*` sources, so events enter behind it."""

    def __init__(self, eventbridge: Any) -> None:
        self._eventbridge = eventbridge

    def put(self, event: Mapping[str, Any]) -> list[str]:
        """Deliver with a new id, as each event has its own; time, account and region stay as they are."""
        at = _time(event) or datetime.now(UTC)
        record = {
            "EventId": str(uuid.uuid4()),
            "Source": event["source"],
            "DetailType": event["detail-type"],
            "Detail": json.dumps(event["detail"]),
            "EventBusName": "default",
            "Time": int(at.timestamp()),
            "Resources": list(event.get("resources", [])),
        }
        record |= {key.title(): event[key] for key in ("account", "region") if event.get(key)}
        view = self._eventbridge._pattern_event_view(record)
        matched = [rule["Name"] for key, rule in self._rules() if self._matches(key, rule, view)]
        self._eventbridge._dispatch_event(record, view)
        return matched

    def _rules(self) -> list[tuple[str, dict[str, Any]]]:
        return list(self._eventbridge._rules.items())

    def _matches(self, key: str, rule: Mapping[str, Any], view: Any) -> bool:
        bridge, pattern = self._eventbridge, rule.get("EventPattern")
        here = rule.get("EventBusName", "default") == "default"
        active = here and rule.get("State") == "ENABLED" and pattern and bridge._targets.get(key)
        return bool(active and bridge._matches_pattern_view(pattern, view, f"rule {key}"))


class Driver:
    """Evaluates the alarms of one account and region, and announces every change of state.

    `now` is the clock. All entry points may be called from any thread.
    """

    def __init__(
        self,
        *,
        cloudwatch: Any,
        topics: Publisher,
        bus: Emitter,
        now: Callable[[], datetime],
        account: str,
        region: str,
    ) -> None:
        self._cloudwatch = cloudwatch
        self._topics = topics
        self._bus = bus
        self._now = now
        self._account = account
        self._region = region
        self._lock = threading.RLock()
        self._last: dict[str, StateDetail] = {}
        self._evaluated_at: dict[str, datetime] = {}
        self._counted: dict[str, int] = {}
        self._complained: set[str] = set()
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._suppressors = Suppressors()

    # --- entry points ------------------------------------------------------------------------------------

    def evaluate_new_data(self) -> None:
        """Evaluate the alarms whose metrics got samples, each at the end of its newest period.

        Data may be as old as it likes: a rehearsal need not wait for real minutes.
        """
        with self._scope():
            for alarm in self._metric_alarms():
                count, newest = self._samples_of(alarm)
                fresh = count != self._counted.get(alarm["AlarmName"], 0)
                self._counted[alarm["AlarmName"]] = count
                if fresh and newest is not None:
                    self._evaluate(alarm, self._end_of_period(alarm, newest))

    def configured(self, name: str) -> None:
        """Evaluate an alarm that was just put, if its metric has samples."""
        with self._scope():
            alarm = self._cloudwatch._alarms.get(name)
            if alarm is None:
                return
            count, newest = self._samples_of(alarm)
            self._counted[name] = count
            if newest is not None:
                self._evaluate(alarm, self._end_of_period(alarm, newest))

    def tick(self) -> None:
        """Evaluate every alarm as of now, so that missing data shows; never as of earlier than before."""
        with self._scope():
            for alarm in self._metric_alarms():
                last = self._evaluated_at.get(alarm["AlarmName"], self._now())
                self._evaluate(alarm, max(self._now(), last))

    def set_state(self, name: str, state: str, reason: str, reason_data: str | None = None) -> None:
        """Put an alarm in a state until its next evaluation. Source: API reference, SetAlarmState."""
        with self._scope():
            alarm = self._cloudwatch._alarms.get(name) or self._cloudwatch._composite_alarms[name]
            self._change(alarm, State(state), reason, reason_data)

    def announce(self, alarm: dict[str, Any], old_state: str, new_state: str, reason: str) -> None:
        """Tell SNS and EventBridge that `alarm`, already updated, left `old_state`.

        SNS hears of it when actions are enabled, and once no suppressor holds them; EventBridge at once.
        """
        with self._scope():
            name, now = alarm["AlarmName"], self._now()
            alarm["StateUpdatedTimestamp"] = round(now.timestamp(), 3)
            held = self._held_by(alarm, now)
            state = StateDetail(
                State(new_state),
                reason,
                from_epoch(alarm["StateUpdatedTimestamp"]),
                reason_data=alarm.get("StateReasonData"),
                actions_suppressed_by=held,
                actions_suppressed_reason=held.reason if held else None,
            )
            unknown = replace(initial_state(state.timestamp), value=State(old_state))
            previous = self._last.get(name, unknown)
            self._last[name] = state
            change = StateChange(name, state, previous, triggering=_triggering(alarm))
            definition = self._definition(alarm)
            self._counts[name]["changes"] += 1
            logger.info("%s: %s -> %s: %s", name, old_state, new_state, reason)
            if held:
                self._suppressors.hold(name, lambda: self._publish(definition, change))
            else:
                self._publish(definition, change)
            matched = self._bus.put(wire.eventbridge_event(definition, change))
            self._counts[name]["rules_matched"] += len(matched)
            self._suppressors.suppressor_changed(name, state.value, now)
            self._suppressors.run_due(now)

    def run_due(self) -> None:
        """Run the actions of composite alarms whose suppressor, or its periods, held them until now."""
        with self._scope():
            self._suppressors.run_due(self._now())

    def emit(self, event: Mapping[str, Any]) -> list[str]:
        """Put an event of an AWS service on the default bus; the names of the rules that matched.

        Raises AlarmError naming the field when one that EventBridge requires is missing or malformed.
        """
        for field in ("source", "detail-type"):
            if not isinstance(event.get(field), str):
                raise AlarmError(f"The event has no {field}. Give it as a string.")
        if not isinstance(event.get("detail"), dict):
            raise AlarmError("The event's detail is not an object. Give it as a JSON object.")
        _time(event)
        with self._scope():
            return self._bus.put(event)

    def store(
        self, namespace: str, metric: str, dimensions: dict[str, str], at: datetime, value: float
    ) -> None:
        """Take one sample as PutMetricData would, without an evaluation."""
        with self._scope():
            self._cloudwatch._store_datum(
                namespace, metric, dimensions, at.timestamp(), "Count", value, None, None, None
            )

    def rewind(self, name: str) -> bool:
        """Forget an alarm's samples and state, telling nobody; False when there is no such alarm.

        A rehearsal starts from here, so that an earlier one does not weigh on its averages.
        """
        with self._scope():
            alarm = self._cloudwatch._alarms.get(name)
            if alarm is None:
                return False
            definition = self._definition(alarm)
            stats = definition.metric_stats.values() if isinstance(definition, definitions.Definition) else ()
            for stat in stats:
                self._cloudwatch._metrics.pop(self._metric_key(stat), None)
            start = initial_state(self._now())
            alarm |= {"StateValue": str(start.value), "StateReason": start.reason}
            alarm["StateUpdatedTimestamp"] = round(start.timestamp.timestamp(), 3)
            self._counted[name] = 0
            self._evaluated_at.pop(name, None)
            self._last.pop(name, None)
            return True

    def counts(self) -> dict[str, dict[str, int]]:
        """By alarm: changes of state, messages published to topics, EventBridge rules that matched."""
        with self._lock:
            return {name: dict(counts) for name, counts in self._counts.items()}

    # --- inside --------------------------------------------------------------------------------------------

    @contextmanager
    def _scope(self) -> Iterator[None]:
        from ministack.core.responses import request_scope  # noqa: PLC0415 - ministack reads its settings at import

        with self._lock, request_scope(self._account, self._region):
            yield

    def _metric_alarms(self) -> list[dict[str, Any]]:
        return list(self._cloudwatch._alarms.values())

    def _definition(self, alarm: Mapping[str, Any]) -> Alarm:
        read = (
            definitions.from_put_composite_alarm
            if "AlarmRule" in alarm
            else definitions.from_put_metric_alarm
        )
        updated = from_epoch(
            float(alarm["AlarmConfigurationUpdatedTimestamp"])
        )  # ministack keeps epoch seconds
        described = {**alarm, "AlarmConfigurationUpdatedTimestamp": updated}
        return read(described, account=self._account, region=self._region)

    def _metric_key(self, stat: definitions.MetricStat) -> tuple[str, str, str]:
        return stat.namespace, stat.metric_name, self._cloudwatch._dims_key(dict(stat.dimensions))

    def _raw(self, stat: definitions.MetricStat) -> list[dict[str, Any]]:
        samples = self._cloudwatch._metrics.get(self._metric_key(stat)) or []
        return [sample for sample in samples if stat.unit in (None, sample.get("Unit"))]

    def _samples_of(self, alarm: Mapping[str, Any]) -> tuple[int, float | None]:
        """How many samples the alarm's metrics have, and the newest one's time."""
        definition = self._understood(alarm)
        stats = definition.metric_stats.values() if isinstance(definition, definitions.Definition) else ()
        times = [sample["Timestamp"] for stat in stats for sample in self._raw(stat)]
        return len(times), max(times, default=None)

    def _end_of_period(self, alarm: Mapping[str, Any], at: float) -> datetime:
        """The first instant at which CloudWatch looks at the period that holds `at`."""
        definition = self._understood(alarm)
        if not isinstance(definition, definitions.Definition):
            return from_epoch(at)
        return windows.first_look(definition, from_epoch(at))

    def _evaluate(self, alarm: dict[str, Any], at: datetime) -> None:
        definition = self._understood(alarm)
        if not isinstance(definition, definitions.Definition):
            return
        self._evaluated_at[alarm["AlarmName"]] = at
        try:
            start, end = evaluate.evaluation_range(definition, at)
            points = {
                query: series.datapoints(
                    list(map(_sample, self._raw(stat))), stat.stat, stat.period, start, end
                )
                for query, stat in definition.metric_stats.items()
            }
            result = evaluate.evaluate(definition, points, at, State(alarm["StateValue"]))
        except AlarmError as error:
            self._complain(alarm["AlarmName"], error)
            return
        if not result.retained:
            self._change(alarm, result.state, result.reason, result.reason_data)

    def _change(self, alarm: dict[str, Any], state: State, reason: str, reason_data: str | None) -> None:
        old = alarm["StateValue"]
        self._remember(alarm)
        alarm |= {"StateValue": str(state), "StateReason": reason}
        alarm["StateUpdatedTimestamp"] = round(self._now().timestamp(), 3)
        if reason_data is None:
            alarm.pop("StateReasonData", None)
        else:
            alarm["StateReasonData"] = reason_data
        if old == state:
            return
        alarm["StateTransitionedTimestamp"] = alarm["StateUpdatedTimestamp"]
        kind = "CompositeAlarm" if "AlarmRule" in alarm else "MetricAlarm"
        data = json.loads(reason_data) if reason_data else None
        self._cloudwatch._record_history(alarm["AlarmName"], old, str(state), reason, kind, data)
        self.announce(alarm, old, str(state), reason)
        self._cloudwatch._evaluate_parent_alarms(alarm)

    def _remember(self, alarm: Mapping[str, Any]) -> None:
        """Keep the state that is about to be left: events carry it, and ministack overwrites it."""
        self._last[alarm["AlarmName"]] = StateDetail(
            State(alarm["StateValue"]),
            alarm.get("StateReason", ""),
            from_epoch(float(alarm["StateUpdatedTimestamp"])),
            reason_data=alarm.get("StateReasonData"),
        )

    def _publish(self, definition: Alarm, change: StateChange) -> None:
        message = json.dumps(wire.sns_message(definition, change), ensure_ascii=False)
        subject = wire.sns_subject(definition, change)
        for action in wire.actions(definition, change.state.value):
            if ":sns:" not in action:
                logger.warning(
                    "%s: the action %s is not run here; only SNS topics are.", change.alarm_name, action
                )
            elif self._topics.publish(action, subject, message):
                self._counts[change.alarm_name]["published"] += 1
            else:
                logger.warning(
                    "%s: there is no topic %s; the action is lost, as on AWS.", change.alarm_name, action
                )

    def _held_by(self, alarm: dict[str, Any], now: datetime) -> SuppressedBy | None:
        name = suppressor_of(alarm)
        if name is None:
            return None
        found = self._cloudwatch._alarms.get(name) or self._cloudwatch._composite_alarms.get(name) or {}
        state = State(found.get("StateValue", State.INSUFFICIENT_DATA))
        return self._suppressors.changed(alarm, state, now)

    def _understood(self, alarm: Mapping[str, Any]) -> Alarm | None:
        """The definition, or None for a kind that is not evaluated here, said once in the log."""
        try:
            return self._definition(alarm)
        except AlarmError as error:
            self._complain(alarm["AlarmName"], error)
            return None

    def _complain(self, name: str, error: AlarmError) -> None:
        if name not in self._complained:
            self._complained.add(name)
            logger.warning("%s is not evaluated: %s", name, error)


def _time(event: Mapping[str, Any]) -> datetime | None:
    text = event.get("time")
    try:
        return as_utc(datetime.fromisoformat(str(text))) if text else None
    except ValueError:
        raise AlarmError(f"The event's time is {text!r}. Write it as 2026-03-02T10:00:00Z.") from None


def _sample(raw: Mapping[str, Any]) -> series.Sample:
    """A sample as ministack stores it: a value seen Count times, or the statistic set that was published."""
    at = from_epoch(raw["Timestamp"])
    published = raw.get("_stat")
    if published is None:
        return series.sample(at, raw["Value"], raw.get("Count", 1.0))
    return series.statistic_set(
        at, *(float(published.get(key, 0)) for key in ("Sum", "SampleCount", "Minimum", "Maximum"))
    )


def _triggering(alarm: Mapping[str, Any]) -> tuple[TriggeringAlarm, ...]:
    """The children that moved a composite alarm, as ministack wrote them into its reason data."""
    if "AlarmRule" not in alarm:
        return ()
    children = json.loads(alarm.get("StateReasonData") or "{}").get("triggeringAlarms", [])
    return tuple(
        TriggeringAlarm(
            child["arn"], State(child["state"]["value"]), datetime.fromisoformat(child["state"]["timestamp"])
        )
        for child in children
    )
