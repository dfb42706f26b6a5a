"""The Lambda's entry: the only place that reads the environment and the clock. boto3 loads at first use."""

from __future__ import annotations

import os
import random
import time
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any

import requests

from notify_slack import config, peek, pipeline
from notify_slack.dedupe import Memory
from notify_slack.deliver import TRY_SECONDS, Slack
from notify_slack.enrich import Descriptions
from notify_slack.errors import ConfigError, NotifyError, RetryableError
from notify_slack.facts import alarm_name
from notify_slack.log import Log
from notify_slack.mrkdwn import clip
from notify_slack.secret import Webhook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BUDGET_SECONDS = 25.0  # for posting; what is left then goes back to the queue
RESERVE_SECONDS = 1.0  # to answer Lambda before it stops us
AWS_CONNECT_SECONDS = 2
AWS_READ_SECONDS = 3
LOGGED_CHARS = 300
DESCRIBED_AT_ONCE = 100  # AlarmNames of one DescribeAlarms call

# SSM's answers that no retry mends.
_PERMANENT = frozenset({"ParameterNotFound", "AccessDeniedException", "ValidationException", "InvalidKeyId"})

_log = Log()


class Notifier:
    """What a warm process keeps: configuration, session, webhook, memory. Made at the first event."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self.config = config.from_environment(environ)
        self.memory = Memory()
        self.descriptions = Descriptions(_describe_alarms, _warn("DescribeAlarms failed"))
        session = requests.Session()
        # A proxy of the developer's machine has no business between two ports of 127.0.0.1.
        session.trust_env = self.config.environment != config.LOCAL
        parameter = self.config.webhook_parameter
        webhook = Webhook(
            lambda: _read_parameter(parameter),
            parameter,
            self.config.environment,
            _warn("the webhook could not be read again, the last good one is used"),
        )
        self.slack = Slack(session, webhook, time.monotonic, time.sleep, random.random)

    def run(self, event: object, deadline: float) -> tuple[pipeline.Outcome, ...]:
        """Post what `event` holds before `deadline` (monotonic seconds)."""
        planned = pipeline.plan(event, self.config, self.memory, self.descriptions, time.monotonic())
        return pipeline.deliver(planned, lambda message: self.slack.deliver(message, deadline), self.memory)


_notifier: Notifier | None = None


def handler(event: object, context: object) -> dict[str, Any]:
    """Post an event of any shape.

    SQS gets `batchItemFailures`. Every other invoker gets counts, or an error if an alert was not posted,
    so that Lambda tries again and then uses its dead-letter queue.
    """
    started = time.monotonic()
    records = _sqs_records(event)
    try:
        notifier = _warm_notifier()
    except ConfigError as error:
        _log.error("the configuration is unusable", error=str(error))
        if records is None:
            raise
        return _partial(records)
    outcomes, broken = _run(notifier, event, started + _budget(context))
    _report(outcomes, time.monotonic() - started)
    failed = [outcome for outcome in outcomes if outcome.error]
    if failed and (records is None or not all(outcome.alert.records for outcome in failed)):
        raise RetryableError(f"{len(failed)} of {len(outcomes)} alerts were not posted: {failed[0].error}")
    return (
        pipeline.counts(outcomes)
        if records is None
        else _partial([*pipeline.failed_records(outcomes), *broken])
    )


def _warm_notifier() -> Notifier:
    global _notifier  # noqa: PLW0603  the warm process is what Lambda gives us to keep things in
    _notifier = _notifier or Notifier(os.environ)
    return _notifier


def _run(notifier: Notifier, event: object, deadline: float) -> tuple[list[pipeline.Outcome], list[str]]:
    """The outcomes, and the records that broke us: a poisoned record must not take its batch along."""
    try:
        return list(notifier.run(event, deadline)), []
    except Exception as error:  # noqa: BLE001  a fault of ours must cost one record, not the batch
        _log.error("the notifier broke", error_type=type(error).__name__, where=_where(error))
        records = _sqs_records(event)
        if records is None:
            raise RetryableError(f"The notifier broke: {type(error).__name__} at {_where(error)}.") from None
        if len(records) == 1:
            return [], records
    outcomes: list[pipeline.Outcome] = []
    broken: list[str] = []
    for record in peek.items(event, "Records"):
        posted, failed = _run(notifier, {"Records": [record]}, deadline)
        outcomes += posted
        broken += failed
    return outcomes, broken


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


def _budget(context: object) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    if remaining is None:
        return BUDGET_SECONDS
    return min(BUDGET_SECONDS, float(remaining()) / 1000 - TRY_SECONDS - RESERVE_SECONDS)


def _report(outcomes: Sequence[pipeline.Outcome], seconds: float) -> None:
    for outcome in outcomes:
        alert = outcome.alert
        fields = {
            "kind": alert.kind,
            "title": clip(alert.title, LOGGED_CHARS),
            "state": alert.state,
            "severity": outcome.severity,
            "key": alert.key,
            "via": alert.path,
        }
        if outcome.error:
            _log.error(
                "not posted", **fields, error_type=type(outcome.error).__name__, error=str(outcome.error)
            )
        elif outcome.drop:
            _log.info("dropped", **fields, reason=outcome.drop)
        else:
            _log.info("posted", **fields, rung=outcome.rung)
    _log.info("done", counts=pipeline.counts(outcomes), seconds=round(seconds, 3))


def _warn(event: str) -> Any:
    return lambda error: _log.warning(event, error_type=type(error).__name__)


def _client(service: str) -> Any:
    import boto3  # noqa: PLC0415  costs a third of a cold start, and most warm invocations need none of it
    from botocore.config import Config  # noqa: PLC0415

    settings = Config(
        connect_timeout=AWS_CONNECT_SECONDS,
        read_timeout=AWS_READ_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
    )
    return boto3.client(service, config=settings)


def _read_parameter(name: str) -> str:
    try:
        answer = _client("ssm").get_parameter(Name=name, WithDecryption=True)
    except Exception as error:  # noqa: BLE001  botocore's many types are told apart by their code
        code = peek.text(getattr(error, "response", None), "Error", "Code") or type(error).__name__
        kind: type[NotifyError] = ConfigError if code in _PERMANENT else RetryableError
        raise kind(f"SSM parameter {name} cannot be read: {code}.") from None
    return peek.text(answer, "Parameter", "Value")


def _describe_alarms(arns: Sequence[str]) -> Mapping[str, object]:
    names = [alarm_name(arn) for arn in arns]
    client = _client("cloudwatch")
    found: dict[str, object] = {}
    for start in range(0, len(names), DESCRIBED_AT_ONCE):
        answer = client.describe_alarms(
            AlarmNames=names[start : start + DESCRIBED_AT_ONCE],
            AlarmTypes=["MetricAlarm", "CompositeAlarm"],
            MaxRecords=DESCRIBED_AT_ONCE,
        )
        for alarm in (*peek.items(answer, "MetricAlarms"), *peek.items(answer, "CompositeAlarms")):
            found[peek.text(alarm, "AlarmArn")] = alarm
    return found
