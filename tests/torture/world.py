"""Alarms, the two ways they take, the queue, Lambda and Slack, on virtual time, around the real handler.

The event source mapping is modelled here, since moto hands over ten messages at a time and knows no window:
a batch is up to 500 messages or two seconds, at most two invocations run, what is reported as failed stays in
the queue, and an invocation that dies reports nothing.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from tests.torture.channel import Channel, Faults
from tests.torture.queues import FastQueue, Queue
from tests.torture.table import Table
from tests.torture.virtual import Killed, VirtualTime

from notify_slack.aws import AwsError
from notify_slack.handler import Entry, Invocation
from notify_slack.log import Log
from notify_slack.notifier import World

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

BATCH = 500
WINDOW_SECONDS = 2.0
CONCURRENCY = 2
TIMEOUT_SECONDS = 30.0

# How long AWS takes to answer, roughly.
SECONDS = {"dynamodb": 0.005, "sqs": 0.008, "ssm": 0.02, "cloudwatch": 0.06, "sns": 0.05}

ACCOUNT = "123456789012"
REGION = "eu-west-1"
QUEUE_URL = f"https://sqs.{REGION}.amazonaws.com/{ACCOUNT}/t-alerts"
OPERATIONS = f"arn:aws:sns:{REGION}:{ACCOUNT}:t-operations"
PARAMETER = "/t/slack-webhook-url"


@dataclass(frozen=True)
class Event:
    """One state change. `at` is epoch seconds."""

    alarm: str
    severity: str
    state: str
    previous: str
    at: float

    @property
    def key(self) -> tuple[str, str, str]:
        return self.alarm, self.state, f"{datetime.fromtimestamp(self.at, tz=UTC):%H:%M:%S}"

    @property
    def arn(self) -> str:
        return arn(self.alarm)

    @property
    def stamp(self) -> str:
        return datetime.fromtimestamp(self.at, tz=UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "+0000"


def arn(name: str) -> str:
    return f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}"


def topic(severity: str) -> str:
    return f"arn:aws:sns:{REGION}:{ACCOUNT}:t-{severity}"


def sns(event: Event, message_id: str) -> str:
    """The event as an alarm action publishes it, in the queue."""
    message = {
        "AlarmName": event.alarm,
        "AlarmDescription": "One of many.",
        "AWSAccountId": ACCOUNT,
        "NewStateValue": event.state,
        "NewStateReason": "Threshold Crossed: 1 datapoint [97.0] was greater than the threshold (80.0).",
        "StateChangeTime": event.stamp,
        "Region": "EU (Ireland)",
        "AlarmArn": event.arn,
        "OldStateValue": event.previous,
        "OKActions": [topic(event.severity)],
        "AlarmActions": [topic(event.severity)],
        "InsufficientDataActions": [],
        "Trigger": {
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/ECS",
            "StatisticType": "Statistic",
            "Statistic": "AVERAGE",
            "Dimensions": [{"name": "ServiceName", "value": "api"}],
            "Period": 60,
            "EvaluationPeriods": 1,
            "ComparisonOperator": "GreaterThanThreshold",
            "Threshold": 80.0,
        },
    }
    envelope = {
        "Type": "Notification",
        "MessageId": message_id,
        "TopicArn": topic(event.severity),
        "Message": json.dumps(message),
    }
    return json.dumps(envelope)


def eventbridge(event: Event, event_id: str) -> str:
    """The same event as EventBridge puts it into the queue."""
    content = {
        "version": "0",
        "id": event_id,
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": ACCOUNT,
        "region": REGION,
        "time": event.stamp[:19] + "Z",
        "resources": [event.arn],
        "detail": {
            "alarmName": event.alarm,
            "state": {"value": event.state, "reason": "1 datapoint [97.0]", "timestamp": event.stamp},
            "previousState": {"value": event.previous},
            "configuration": {"metrics": [], "description": "One of many."},
        },
    }
    return json.dumps(content)


class Context:
    """Lambda's."""

    def __init__(self, time: VirtualTime) -> None:
        self._time = time
        self._ends_at = time.now + TIMEOUT_SECONDS

    def get_remaining_time_in_millis(self) -> float:
        return (self._ends_at - self._time.now) * 1000


@dataclass
class Ways:
    """What becomes of an event on its way to the queue. `doubled`: share of SNS messages that come twice."""

    sns: bool = True
    events: bool = True
    doubled: float = 0.005


@dataclass
class Account:
    """CloudWatch as DescribeAlarms shows it."""

    states: dict[str, Event] = field(default_factory=dict)
    changed: dict[str, dict[str, Any]] = field(default_factory=dict)
    muted: set[str] = field(default_factory=set)
    sleep: Callable[[float], object] = lambda _: None

    def describe_alarms(
        self,
        AlarmNames: Sequence[str] | None = None,  # noqa: N803  AWS's own names
        AlarmNamePrefix: str = "",  # noqa: N803
        StateValue: str = "",  # noqa: N803
        **_: object,
    ) -> dict[str, Any]:
        self.sleep(SECONDS["cloudwatch"])
        wanted = (
            self.states.values()
            if AlarmNames is None
            else [self.states[name] for name in AlarmNames if name in self.states]
        )
        return {
            "MetricAlarms": [
                self._alarm(event)
                for event in wanted
                if event.alarm.startswith(AlarmNamePrefix) and StateValue in ("", event.state)
            ]
        }

    def list_alarm_mute_rules(self, AlarmName: str = "", **_: object) -> dict[str, Any]:  # noqa: N803
        hit = AlarmName in self.muted if AlarmName else bool(self.muted)
        return {"AlarmMuteRuleSummaries": [{}] if hit else []}

    def _alarm(self, event: Event) -> dict[str, Any]:
        return {
            "AlarmName": event.alarm,
            "AlarmArn": event.arn,
            "ActionsEnabled": True,
            "AlarmActions": [topic(event.severity)],
            "OKActions": [topic(event.severity)],
            "InsufficientDataActions": [],
            "StateValue": event.state,
            "StateReason": "1 datapoint [97.0]",
            "StateTransitionedTimestamp": datetime.fromtimestamp(event.at, tz=UTC),
            "Threshold": 80.0,
            "ComparisonOperator": "GreaterThanThreshold",
        } | self.changed.get(event.alarm, {})


class Simulation:
    """One stack and its Slack. Change its parts before or while it runs."""

    def __init__(
        self,
        seed: int = 1,
        faults: Faults | None = None,
        queue: Callable[[Callable[[], float]], Queue] = FastQueue,
        config: Mapping[str, Any] | None = None,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self.time = VirtualTime()
        self.chance = random.Random(seed)
        self.channel = Channel(self.time, self.chance, faults or Faults())
        self.queue = queue(self.time.time)
        self.table = Table()
        self.account = Account(sleep=self.time.sleep)
        self.ways = Ways()
        self.webhook = self.channel.url
        self.secret_down = False
        self.published: list[tuple[float, str, str]] = []
        self.events: list[Event] = []
        self.invocations = 0
        self.crashes = 0
        self.timeouts = 0
        self.throttled = 0.0  # share of invocations that never begin
        self.broken = False  # the handler cannot be imported
        self.said: list[str] = []
        self.beats: list[float] = []
        self.sizes: list[int] = []
        self.call_dynamodb: Callable[[str, Mapping[str, Any]], Mapping[str, Any]] = self.table.call
        self._workers: list[Entry] = []
        self._running = 0
        self._processes = 0
        base = {"name": "t", "topics": {topic(one): one for one in ("critical", "warning", "info")}}
        self._environ = {
            "ENVIRONMENT": "test",
            "WEBHOOK_PARAMETER": PARAMETER,
            "LEDGER_TABLE": "t-ledger",
            "QUEUE_URL": QUEUE_URL,
            "OPERATIONS_TOPIC_ARN": OPERATIONS,
            "NOTIFIER_CONFIG": json.dumps({**base, **(config or {})}),
            **(environ or {}),
        }
        self._mapping = self.time.start(self._poll)

    # What happens

    def emit(self, event: Event) -> None:
        """A state change, now or later, on its ways."""
        self.events.append(event)
        self.time.at(event.at, lambda: self._emit(event))

    def _emit(self, event: Event) -> None:
        self.account.states[event.alarm] = event
        number = len(self.events) * 10 + self.chance.randrange(10)
        if self.ways.sns:
            body = sns(event, f"sns-{event.alarm}-{event.stamp}")
            copies = 2 if self.chance.random() < self.ways.doubled else 1
            for _ in range(copies):
                self.send(body, self.chance.uniform(0.03, 0.15))
        if self.ways.events:
            self.send(eventbridge(event, f"event-{number}"), self.chance.uniform(0.1, 0.6))

    def send(self, body: str, seconds: float = 0.0) -> None:
        """A message for the queue, in so many seconds."""

        def arrive() -> None:
            self.queue.send(body)
            self._poke()

        self.time.at(self.time.now + seconds, arrive)

    def at(self, seconds: float, call: Callable[[], object]) -> None:
        """Do something so many seconds after now."""
        self.time.at(self.time.now + seconds, call)

    def run(self, seconds: float) -> None:
        """Let time pass."""
        self.time.run(self.time.now + seconds)

    def drain(self, most: float) -> float:
        """Until all has come and the queue is empty, or so many seconds have passed; how many it took."""
        self.time.run(max([self.time.now, *(event.at for event in self.events)]) + 1.0)
        start = self.time.now
        while (self.queue.waiting() or self._running) and self.time.now - start < most:
            self.time.run(self.time.now + 1.0)
        return self.time.now - start

    def sweep_every(self, seconds: float) -> None:
        """The sweeper's schedule, from now on."""

        def once() -> None:
            self.time.start(lambda: self.invoke({"notify_slack": "sweep"}))
            self.at(seconds, once)

        self.at(seconds, once)

    # Lambda

    def process(self) -> Entry:
        """A process of Lambda's: a warm one that is free, or a new one."""
        if self._workers:
            return self._workers.pop()
        self._processes += 1
        world = World(
            environ=self._environ,
            session=self.channel,
            call=self._call,
            client=self._client,
            clock=self.time.time,
            now=self.time.time,
            sleep=self.time.sleep,
            chance=self.chance.random,
            worker=f"worker-{self._processes}",
        )
        return Entry(world, Log(self._hear))

    def recycle(self) -> None:
        """A deployment: warm processes are not used again."""
        self._workers.clear()

    def invoke(self, event: Any) -> dict[str, Any] | None:
        """One invocation within a task; None if the process died."""
        self.invocations += 1
        self.time.limit(TIMEOUT_SECONDS)
        entry, started = self.process(), self.time.now
        try:
            answer = Invocation(entry, Log(self._hear)).run(event, Context(self.time))
        except Killed:
            self.crashes += 1
            self.timeouts += self.time.now >= started + TIMEOUT_SECONDS
            return None
        self._workers.append(entry)
        return answer

    def _poll(self) -> None:
        """The event source mapping."""
        while True:
            count, since = self.queue.visible()
            if self._running >= CONCURRENCY or since is None:
                following = self.queue.next_at() if self._running < CONCURRENCY else None
                if following is not None:
                    self.time.wake(self._mapping, following + 0.002)
                self.time.pause()
                continue
            if count < BATCH and self.time.now < since + WINDOW_SECONDS:
                self.time.wake(self._mapping, since + WINDOW_SECONDS)
                self.time.pause()
                continue
            records = self.queue.receive(BATCH)
            if not records:
                continue
            self._running += 1
            self.sizes.append(len(records))
            self.time.start(partial(self._invocation, records))

    def _invocation(self, records: Sequence[Any]) -> None:
        try:
            if self.broken or self.chance.random() < self.throttled:
                return
            answer = self.invoke({"Records": [_record(one) for one in records]})
            if answer is not None:
                failed = {item["itemIdentifier"] for item in answer["batchItemFailures"]}
                assert failed <= {one.message_id for one in records}
                self.queue.delete(one.handle for one in records if one.message_id not in failed)
        finally:
            self._running -= 1
            self._poke()

    def _poke(self) -> None:
        self.time.wake(self._mapping, self.time.now)

    # AWS

    def _call(self, service: str, operation: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        self.time.sleep(SECONDS[service])
        if service == "dynamodb":
            return self.call_dynamodb(operation, body)
        if service == "ssm":
            if self.secret_down:
                raise AwsError("ssm", operation, "ConnectTimeout", passing=True)
            return {"Parameter": {"Value": self.webhook}}
        if operation == "SendMessage":
            self.queue.send(body["MessageBody"])
            self._poke()
            return {"MessageId": "sent"}
        assert operation == "ChangeMessageVisibilityBatch"
        assert len(body["Entries"]) <= 10
        for entry in body["Entries"]:
            self.queue.change(entry["ReceiptHandle"], entry["VisibilityTimeout"])
        self._poke()
        return {}

    def _client(self, service: str) -> Any:
        return self.account if service == "cloudwatch" else self

    def publish(self, TopicArn: str, Subject: str, Message: str) -> None:  # noqa: N803
        """SNS."""
        self.time.sleep(SECONDS["sns"])
        assert TopicArn == OPERATIONS
        self.published.append((self.time.now, Subject, Message))

    def _hear(self, line: str) -> None:
        assert "/services/T0" not in line, "the webhook is a secret"
        if '"Heartbeat"' in line or '"Refused"' in line or '"ERROR"' in line or '"WARNING"' in line:
            self.said.append(line)


def _record(one: Any) -> dict[str, Any]:
    return {
        "messageId": one.message_id,
        "receiptHandle": one.handle,
        "body": one.body,
        "attributes": {
            "ApproximateReceiveCount": str(one.receives),
            "SentTimestamp": str(int(one.sent * 1000)),
        },
        "eventSource": "aws:sqs",
        "eventSourceARN": f"arn:aws:sqs:{REGION}:{ACCOUNT}:t-alerts",
    }
