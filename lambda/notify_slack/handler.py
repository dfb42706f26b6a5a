"""The Lambda's entry: the only place that reads the environment and the clock.

Environment variables:

- ENVIRONMENT, WEBHOOK_PARAMETER, NOTIFIER_CONFIG: see `config`
- LEDGER_TABLE: the DynamoDB table of `ledger`; without it each process only has its own memory
- QUEUE_URL: the queue that invokes us, for waits of its own (sqs:ChangeMessageVisibility) and for what the
  sweeper finds (sqs:SendMessage)
- FALLBACK_WEBHOOK_PARAMETER, OPERATIONS_TOPIC_ARN: one of them, or both: see `fallback`. The second webhook
  is read like the first (ssm:GetParameter), the topic needs sns:Publish

Events, beside all that AWS sends: `{"notify_slack": "sweep"}` on a schedule, as the invocation itself, needs
cloudwatch:DescribeAlarms and cloudwatch:ListAlarmMuteRules; `{"notify_slack": "heartbeat"}` on a schedule, as
a message in the queue. A failed sweep raises, so that the function's Errors count it.

Metrics (namespace NotifySlack, dimension Stack = the configured name), written by the log: `Heartbeat`, 1 or
0, and `Refused`: alerts that Slack refuses for good, written only then. All else is a field of the log's
lines: the last of an invocation, event `done`, has `counts` (posted, held, failed, dropped: …), `seconds`,
`ledger_errors`, `refused`.
"""

from __future__ import annotations

import os
import random
import time
import traceback
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from notify_slack import backoff, config, heartbeat, peek, pipeline, requeue, web
from notify_slack.aws import Api
from notify_slack.deliver import TRY_SECONDS
from notify_slack.errors import ConfigError, RetryableError
from notify_slack.log import Log
from notify_slack.mrkdwn import clip
from notify_slack.notifier import Notifier, World

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from notify_slack.post import Outcome

BUDGET_SECONDS = 25.0  # for posting; what is left then goes back to the queue
RESERVE_SECONDS = 2.0  # to give back what was not posted, and to answer Lambda before it stops us
AWS_CONNECT_SECONDS = 2
AWS_READ_SECONDS = 3
LOGGED_CHARS = 300

_log = Log()


def handler(event: object, context: object) -> dict[str, Any]:
    """Post an event of any shape.

    SQS gets `batchItemFailures`. Every other invoker gets counts, or an error if an alert was not posted,
    so that Lambda tries again and then uses its dead-letter queue.
    """
    return Invocation(_warm(), _log).run(event, context)


class Entry:
    """The warm process: its world, and its notifier once an event has come."""

    def __init__(self, world: World, log: Log) -> None:
        self.world = world
        self._log = log
        self._notifier: Notifier | None = None

    def notifier(self) -> Notifier:
        """The notifier. Raises ConfigError; a later event tries again."""
        self._notifier = self._notifier or Notifier(self.world, self._log)
        return self._notifier


class Invocation:
    """One event on its way through."""

    def __init__(self, entry: Entry, log: Log) -> None:
        self._entry = entry
        self._world = entry.world
        self._log = log
        self._started = entry.world.clock()
        self._end = 0.0

    def run(self, event: object, context: object) -> dict[str, Any]:
        """As `handler`."""
        records = _sqs_records(event)
        remaining = _remaining(context)
        self._end = self._started + remaining
        deadline = self._started + min(BUDGET_SECONDS, remaining - TRY_SECONDS - RESERVE_SECONDS)
        try:
            notifier = self._entry.notifier()
        except ConfigError as error:
            self._log.error("the configuration is unusable", error=str(error))
            if records is None:
                raise
            return _partial(records)
        if heartbeat.order(event) == heartbeat.SWEEP:
            return self._sweep(notifier)
        event = self._without_beats(notifier, event)
        outcomes, broken = self._outcomes(notifier, event, deadline)
        self._report(notifier, outcomes)
        failed = [outcome for outcome in outcomes if outcome.error]
        if failed and (records is None or not all(outcome.alert.records for outcome in failed)):
            raise RetryableError(
                f"{len(failed)} of {len(outcomes)} alerts were not posted: {failed[0].error}"
            )
        self._tell_outage(notifier, event, failed)
        if records is None:
            return pipeline.counts(outcomes)
        lost = [*pipeline.failed_records(outcomes), *broken]
        self._give_back(notifier, event, failed, lost)
        return _partial(lost)

    def _sweep(self, notifier: Notifier) -> dict[str, Any]:
        found = notifier.sweep()
        self._log.info("swept", **found)
        return dict(found)

    def _without_beats(self, notifier: Notifier, event: object) -> object:
        """The event without its heartbeats, each of which is a datapoint."""
        records = peek.items(event, "Records")
        beats = [record for record in records if heartbeat.is_beat(record)]
        if heartbeat.order(event) == heartbeat.HEARTBEAT:
            beats, event = [event], {"Records": []}
        elif beats:
            event = {"Records": [record for record in records if not heartbeat.is_beat(record)]}
        if beats:
            self._metric(notifier, heartbeat.METRIC_HEARTBEAT, int(notifier.beats()))
        return event

    def _outcomes(
        self, notifier: Notifier, event: object, deadline: float
    ) -> tuple[list[Outcome], list[str]]:
        """The outcomes, and the records that broke us: a poisoned record must not take its batch along."""
        try:
            return list(notifier.run(event, deadline, _sent(event))), []
        except Exception as error:  # noqa: BLE001  a fault of ours must cost one record, not the batch
            where = _where(error)
            self._log.error("the notifier broke", error_type=type(error).__name__, where=where)
            records = _sqs_records(event)
            if records is None:
                raise RetryableError(f"The notifier broke: {type(error).__name__} at {where}.") from None
            if len(records) == 1:
                return [], records
        # By halves, so that the rest still shares messages.
        found, middle = peek.items(event, "Records"), len(records) // 2
        halves = ({"Records": found[:middle]}, {"Records": found[middle:]})
        parts = [self._outcomes(notifier, half, deadline) for half in halves]
        return [one for outcomes, _ in parts for one in outcomes], [one for _, lost in parts for one in lost]

    def _tell_outage(self, notifier: Notifier, event: object, failed: Sequence[Outcome]) -> None:
        """Slack is away, perhaps for long."""
        sent = _sent(event)
        waiting = [one for one in failed if isinstance(one.error, RetryableError) and not one.held]
        times = [sent[record] for one in waiting for record in one.alert.records if record in sent]
        if times:
            routed = [one.routed for one in waiting if one.routed]
            notifier.fallback.outage(routed, min(times), self._world.now())

    def _give_back(
        self, notifier: Notifier, event: object, failed: Sequence[Outcome], lost: Sequence[str]
    ) -> None:
        """Each record of `lost` with its own wait; without QUEUE_URL, or when it fails, with the queue's."""
        if not (notifier.queue_url and lost):
            return
        held = {record for one in failed if one.held for record in one.alert.records}
        least = {
            record: one.error.wait
            for one in failed
            if isinstance(one.error, RetryableError)
            for record in one.alert.records
        }
        waits = {}
        now = self._world.now()
        for record in peek.items(event, "Records"):
            name = peek.text(record, "messageId")
            if name in held:
                waits[peek.text(record, "receiptHandle")] = round(least[name])
            elif name in lost:
                age = now - _sent_at(record, now)
                receives = peek.count(record, "attributes", "ApproximateReceiveCount") or 1
                waits[peek.text(record, "receiptHandle")] = backoff.wait_seconds(
                    age, receives, self._world.chance(), least.get(name, 0.0)
                )
        try:
            requeue.give_back(
                self._world.call, notifier.queue_url, waits, lambda: self._world.clock() < self._end - 1.0
            )
        except Exception as error:  # noqa: BLE001  the queue's own timeout brings them back
            self._log.warning("the queue kept its own wait", error_type=type(error).__name__)

    def _report(self, notifier: Notifier, outcomes: Sequence[Outcome]) -> None:
        refused, now = 0, self._world.now()
        for outcome in outcomes:
            alert = outcome.alert
            fields = {
                "kind": alert.kind,
                "title": clip(alert.title, LOGGED_CHARS),
                "state": alert.state,
                "severity": outcome.severity,
                "key": alert.key,
                "via": alert.path,
                **({"copies": len(alert.records)} if len(alert.records) > 1 else {}),
                **({"marks": alert.marks} if alert.marks else {}),
            }
            if outcome.held:
                self._log.info("held", **fields, reason=str(outcome.error))
            elif outcome.error:
                refused += not isinstance(outcome.error, RetryableError)
                self._log.error(
                    "not posted", **fields, error_type=type(outcome.error).__name__, error=str(outcome.error)
                )
            elif outcome.drop:
                self._log.info("dropped", **fields, reason=outcome.drop)
            else:
                took = {"after_seconds": round(max(0.0, now - alert.at.timestamp()), 1)} if alert.at else {}
                self._log.info("posted", **fields, **took, rung=outcome.rung)
        if refused:
            self._metric(notifier, heartbeat.METRIC_REFUSED, refused)
        errors = notifier.ledger.taken_errors() if notifier.ledger else 0
        self._log.info(
            "done",
            counts=pipeline.counts(outcomes),
            seconds=round(self._world.clock() - self._started, 3),
            ledger_errors=errors,
            refused=refused,
        )

    def _metric(self, notifier: Notifier, name: str, value: int) -> None:
        self._log.metric(heartbeat.metric(name, value, notifier.config.name, self._world.now()))


@cache
def _warm() -> Entry:
    session = _session(os.environ)
    api = Api(session, os.environ, time.time, time.sleep)
    world = World(
        environ=os.environ,
        session=session,
        call=api.call,
        client=_client,
        clock=time.monotonic,
        now=time.time,
        sleep=time.sleep,
        chance=random.random,
        worker=os.urandom(8).hex(),
    )
    return Entry(world, _log)


def _session(environ: Mapping[str, str]) -> web.Poster:
    # A proxy of the developer's machine has no business between two ports of 127.0.0.1.
    if environ.get("ENVIRONMENT", "").strip() == config.LOCAL or not web.needs_requests(environ):
        return web.Session()
    import requests  # noqa: PLC0415  costs as much of a cold start as all of ours

    return requests.Session()


def _client(service: str) -> Any:
    import boto3  # noqa: PLC0415  costs more of a cold start than all the rest, and few invocations need it
    from botocore.config import Config  # noqa: PLC0415

    settings = Config(
        connect_timeout=AWS_CONNECT_SECONDS,
        read_timeout=AWS_READ_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
    return boto3.client(service, config=settings)


def _where(error: Exception) -> str:
    """File and line, without the values that a traceback's message may quote."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "?"


def _partial(records: Sequence[str]) -> dict[str, Any]:
    return {"batchItemFailures": [{"itemIdentifier": record} for record in records]}


def _sqs_records(event: object) -> list[str] | None:
    """The message ids of an SQS batch; None for every other invocation."""
    records = peek.items(event, "Records")
    if not records or any(peek.text(record, "eventSource") != "aws:sqs" for record in records):
        return None
    return [peek.text(record, "messageId") for record in records]


def _sent(event: object) -> Mapping[str, float]:
    """When each record came into the queue, in epoch seconds, by SQS's own clock."""
    times = (
        (peek.text(record, "messageId"), _sent_at(record, 0.0)) for record in peek.items(event, "Records")
    )
    return {record: at for record, at in times if record and at}


def _sent_at(record: object, otherwise: float) -> float:
    sent = peek.number(record, "attributes", "SentTimestamp")
    return otherwise if sent is None else sent / 1000


def _remaining(context: object) -> float:
    """Seconds until Lambda stops us."""
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is None:
        return BUDGET_SECONDS + TRY_SECONDS + RESERVE_SECONDS
    return float(remaining()) / 1000
