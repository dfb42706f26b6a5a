"""The Lambda's entry: the only place that reads the environment and the clock.

Environment variables: INSTANCE_ALARMS_CONFIG, see `config`; NOTICE_TOPIC_ARN, who hears of changes.

The queue brings EC2's state changes, and `{"instance_alarms": "reconcile"}` on a schedule; both may come
directly, too. A record that failed, or whose instance is young, is given back: the queue shows it again after
its visibility timeout, which is the delayed look for metrics that come late. It costs no call.

The record of an instance that stopped or ended is given back once: another worker that saw it running may be
making its alarms still, and will have finished by then.
"""

from __future__ import annotations

import json
import os
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from instance_alarms import apply, config, notice, orders, templates
from instance_alarms.errors import EventError, InstanceAlarmsError, RetryableError
from instance_alarms.model import Changes, Instance, Phase
from instance_alarms.read import Account
from instance_alarms.survey import Survey

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

# Metrics of a host come up to 15 minutes late, and ListMetrics shows them a little later still.
YOUNG = timedelta(minutes=20)
ENDED = frozenset({Phase.STOPPED, Phase.GONE})
FIRST = "1"  # SQS's ApproximateReceiveCount of a record that was never given back
RESERVE_SECONDS = 8.0  # to finish the call under way, tell what was done, and answer Lambda
WITHOUT_LIMIT_SECONDS = 60.0  # of an invocation that does not say how long it may last
CONNECT_SECONDS = 3
READ_SECONDS = 10


@dataclass(frozen=True)
class World:
    """Everything outside: `client` makes an AWS client of a service, `clock` is monotonic seconds."""

    environ: Mapping[str, str]
    client: Callable[[str], Any]
    clock: Callable[[], float]
    now: Callable[[], datetime]
    sleep: Callable[[float], None]
    chance: Callable[[], float]
    write: Callable[[str], object]


def handler(event: object, context: object) -> dict[str, Any]:
    """Act on a batch of the queue, or on one event. The queue gets `batchItemFailures`."""
    return Invocation(_world(), _remaining(context)).run(event)


class Invocation:
    """One batch: each record has its own outcome."""

    def __init__(self, world: World, remaining_seconds: float) -> None:
        self._world = world
        self._config = config.from_json(world.environ.get("INSTANCE_ALARMS_CONFIG", ""))
        shipped = templates.changed(templates.shipped(), self._config.alarms)
        self._account = Account(world.client)
        self._survey = Survey(self._account, shipped, self._config)
        self._pace = apply.Pace(
            clock=world.clock,
            sleep=world.sleep,
            chance=world.chance,
            per_second=self._config.puts_per_second,
            deadline=world.clock() + remaining_seconds - RESERVE_SECONDS,
        )
        self._done = Changes()

    def run(self, event: object) -> dict[str, Any]:
        """As `handler`. Outside of a queue a failure raises, so that Lambda tries again."""
        records = _records(event)
        if records is None:
            failed, _ = self._orders({"": orders.read(event)})
            self._tell()
            if failed:
                raise RetryableError("It was not done; Lambda tries again, and the next reconcile does, too.")
            return {"changed": _counts(self._done)}
        asked: dict[str, orders.Order] = {}
        broken = []
        for id_, body, _ in records:
            try:
                asked[id_] = orders.read(body)
            except EventError as error:
                self._log("ERROR", "not understood", record=id_, error=str(error))
                broken.append(id_)
        first = frozenset(id_ for id_, _, received in records if received == FIRST)
        failed, again = self._orders(asked, first)
        self._tell()
        back = [*broken, *failed, *again]
        return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in back]}

    def _orders(
        self, asked: Mapping[str, orders.Order], first: frozenset[str] = frozenset()
    ) -> tuple[list[str], list[str]]:
        """Do what was asked; the records that failed, and those whose instance is to be looked at again.

        `first`: records that the queue shows for the first time.
        """
        back: list[str] = []
        again: list[str] = []
        by_instance: dict[str, list[str]] = {}
        for record, order in asked.items():
            if order.instance_id is not None:
                by_instance.setdefault(order.instance_id, []).append(record)
            elif not self._guarded(self._reconcile, what="account"):
                back.append(record)
        try:
            found = self._account.instances(sorted(by_instance)) if by_instance else {}
        except RetryableError as error:
            self._log("WARNING", "given back", what="instances", error=str(error))
            return [*back, *(record for many in by_instance.values() for record in many)], []
        for id_, many in by_instance.items():
            newest = asked[many[-1]].state
            instance = found.get(id_) or Instance(id_, newest if newest == "running" else "terminated")
            settled = id_ in found or instance.phase is Phase.GONE
            # EC2 may not know yet what it has just told of.
            if not settled or not self._guarded(self._one, instance):
                back += many
            elif self._young(instance) or (instance.phase in ENDED and many[-1] in first):
                again.append(many[-1])
        return back, again

    def _guarded(self, act: Callable[..., None], *arguments: Any, what: str = "") -> bool:
        """False if it has to be done again."""
        try:
            act(*arguments)
        except InstanceAlarmsError as error:
            self._log("WARNING", "given back", what=what or arguments[0].id, error=str(error))
            return False
        return True

    def _one(self, instance: Instance) -> None:
        self._make(instance.id, self._survey.of_instance(instance))

    def _reconcile(self) -> None:
        self._make("account", self._survey.of_account())

    def _make(self, what: str, changes: Changes) -> None:
        client = self._world.client("cloudwatch")
        refused = apply.apply(changes, client, self._config, self._pace) if changes else ()
        changes += Changes(problems=refused)
        self._done += changes
        for problem in changes.problems:
            self._log("WARNING", "problem", what=what, problem=problem)
        self._log("INFO", "done", what=what, counts=_counts(changes))

    def _young(self, instance: Instance) -> bool:
        """Whether its metrics may still be on their way."""
        if instance.phase is Phase.COMING:
            return True
        watched = instance.phase is Phase.WATCHED and instance.launched_at is not None
        return bool(watched and instance.launched_at and self._world.now() - instance.launched_at < YOUNG)

    def _tell(self) -> None:
        """One message for the batch. That it failed costs nobody an alarm."""
        topic = self._world.environ.get("NOTICE_TOPIC_ARN", "")
        if not (self._config.notice and topic and (self._done or self._done.problems)):
            return
        try:
            self._world.client("sns").publish(TopicArn=topic, **notice.message(self._done, self._config))
        except Exception as error:  # noqa: BLE001  whatever it is, the alarms are made
            self._log("WARNING", "the notice was not sent", error_type=type(error).__name__)

    def _log(self, level: str, event: str, **fields: object) -> None:
        self._world.write(json.dumps({"level": level, "event": event, **fields}, default=str))


@cache
def _world() -> World:
    return World(
        environ=os.environ,
        client=_client,
        clock=time.monotonic,
        now=lambda: datetime.now(UTC),
        sleep=time.sleep,
        chance=random.random,
        write=print,
    )


@cache
def _client(service: str) -> Any:
    import boto3  # noqa: PLC0415  Lambda's runtime has it; what only plans does not need it
    from botocore.config import Config  # noqa: PLC0415

    # One try: `apply` waits between tries itself, within the time that is left.
    retries = {"total_max_attempts": 1 if service == "cloudwatch" else 3, "mode": "standard"}
    return boto3.client(
        service, config=Config(connect_timeout=CONNECT_SECONDS, read_timeout=READ_SECONDS, retries=retries)
    )


def _counts(changes: Changes) -> dict[str, int]:
    return {
        "put": len(changes.puts),
        "created": len(changes.creates),
        "deleted": len(changes.deletes),
        "muted": len(changes.silent),
        "unmuted": len(changes.loud),
        "problems": len(changes.problems),
    }


def _records(event: object) -> Sequence[tuple[str, Any, str]] | None:
    """Message id, body and receive count of each record of a queue; None for any other invocation."""
    records: Iterable[Any] = event.get("Records", ()) if isinstance(event, dict) else ()
    found = [
        (str(one.get("messageId")), one.get("body"), _receive_count(one))
        for one in records
        if isinstance(one, dict)
    ]
    return found or None


def _receive_count(record: Mapping[str, Any]) -> str:
    attributes = record.get("attributes")
    return str(attributes.get("ApproximateReceiveCount", "")) if isinstance(attributes, dict) else ""


def _remaining(context: object) -> float:
    remaining = getattr(context, "get_remaining_time_in_millis", None)
    return WITHOUT_LIMIT_SECONDS if remaining is None else float(remaining()) / 1000
