"""The stand-ins behave as moto does where both can be asked."""

import random
from datetime import UTC, datetime

import boto3
import pytest
from moto import mock_aws
from moto.sqs.models import sqs_backends
from tests.torture.channel import lines
from tests.torture.queues import FastQueue, MotoQueue, Queue
from tests.torture.table import Table
from tests.torture.virtual import VirtualTime

from notify_slack.aws import AwsError
from notify_slack.ledger import Ledger
from notify_slack.model import Alert, Routed, Severity, Status

ACCOUNT = "123456789012"  # moto's


def fail(error: Exception) -> None:
    raise AssertionError(error)


@pytest.fixture
def aws(monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


@pytest.mark.parametrize("seed", range(5))
def test_both_queues_do_the_same(seed, aws, moto_clocks):
    time, chance = VirtualTime(), random.Random(seed)
    moto_clocks(time)
    backend = sqs_backends[ACCOUNT]["eu-west-1"]
    queues: tuple[Queue, Queue] = (FastQueue(time.time, 2), MotoQueue(backend, 2))
    handles: list[dict[str, str]] = [{}, {}]
    for number in range(600):
        action, body = chance.randrange(5), f"body {number}"
        chosen = chance.choice(sorted(handles[0])) if handles[0] else ""
        seconds = chance.randrange(200)
        for queue, known in zip(queues, handles, strict=True):
            if action == 0:
                queue.send(body)
            elif action == 1:
                known.update({one.body: one.handle for one in queue.receive(500)})
            elif action == 2 and chosen in known:
                queue.delete([known.pop(chosen)])
            elif action == 3 and chosen in known:
                queue.change(known[chosen], seconds)
        time.now += chance.choice((0.5, 20.25, 90.75)) if action == 4 else 0.001
        fast, slow = queues
        assert set(handles[0]) == set(handles[1])
        assert fast.visible()[0] == slow.visible()[0]
        assert (fast.waiting(), fast.dead()) == (slow.waiting(), slow.dead())
    assert fast.dead() > 0


def alert(number, status=Status.FIRING):
    name = f"alarm-{number}"
    return Alert("alarm", f"key {number} {status}", name, status, "ALARM", subject_key=name, at=_at(number))


def _at(number):
    return datetime.fromtimestamp(1_772_400_000 + number, tz=UTC)


@pytest.mark.parametrize("seed", range(3))
def test_both_tables_do_the_same(seed, aws):
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="t",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    operations = {
        "BatchGetItem": client.batch_get_item,
        "UpdateItem": client.update_item,
        "TransactWriteItems": client.transact_write_items,
    }

    def moto(_service, operation, body):
        try:
            return operations[operation](**body)
        except client.exceptions.ClientError as error:
            raise AwsError("dynamodb", operation, error.response["Error"]["Code"]) from None

    table, time, chance = Table(), VirtualTime(), random.Random(seed)
    sides = [
        {worker: Ledger(call, "t", worker, time.time, time.time, fail) for worker in ("one", "other")}
        for call in (lambda _, operation, body: table.call(operation, body), moto)
    ]

    def act(ledgers, action, worker, routed, seconds):
        ledger = ledgers[worker]
        known = ledger.read([one.alert for one in routed])
        return (
            known,
            {
                0: lambda: ledger.claim(routed, known),
                1: lambda: ledger.mark(routed, known),
                2: lambda: ledger.release(routed, doubts=1, limits=seconds % 3),
                3: lambda: ledger.take_slot("w", 1.0, 5.0),
                4: lambda: ledger.hold_slots("w", seconds / 10),
                5: lambda: ledger.take_note("n", 0 if seconds % 2 else 1_772_400_000_000),
                6: lambda: ledger.keep_quiet([one.alert for one in routed]),
                7: lambda: ledger.note_elsewhere(routed),
            }[action](),
        )

    for _ in range(120):
        action, worker = chance.randrange(8), chance.choice(("one", "other"))
        routed = [
            Routed(
                alert(number, chance.choice(tuple(Status))),
                Severity.WARNING,
                arrived=chance.choice(tuple(Severity)),
            )
            for number in chance.sample(range(4), chance.randrange(1, 3))
        ]
        seconds = chance.randrange(1, 90)
        first, second = (act(ledgers, action, worker, routed, seconds) for ledgers in sides)
        assert first == second
        time.now += chance.choice((0.0, 0.3, 2.0, 45.0))
    found = {item["pk"]["S"]: item for item in client.scan(TableName="t")["Items"]}
    assert found == table.items


def test_virtual_time_gives_turns_in_order():
    time, seen = VirtualTime(0.0), []

    def task(name, pauses):
        for pause in pauses:
            time.sleep(pause)
            seen.append((name, time.now))

    time.start(lambda: task("a", (1, 2)))
    time.start(lambda: task("b", (2, 2)))
    time.at(2.5, lambda: seen.append(("call", time.now)))
    time.run(10)
    assert seen == [("a", 1), ("b", 2), ("call", 2.5), ("a", 3), ("b", 4)]
    assert time.now == 10


def test_an_error_in_a_task_ends_the_run():
    time = VirtualTime(0.0)
    time.start(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        time.run(1)


def test_the_reader_sees_digests_and_single_messages():
    digest = {
        "text": "2 alerts",
        "attachments": [
            {
                "blocks": [
                    {
                        "type": "section",
                        "text": {"text": ":x: *info* `t-00001` ALARM 10:00:01 → OK 10:00:05"},
                    },
                    {"type": "section", "text": {"text": ":x: `t-00002` ALARM 10:00:02 (late, superseded)"}},
                ]
            }
        ],
    }
    assert [(one.alarm, one.state, one.clock, one.marks) for one in lines(digest, 0.0)] == [
        ("t-00001", "ALARM", "10:00:01", ""),
        ("t-00001", "OK", "10:00:05", ""),
        ("t-00002", "ALARM", "10:00:02", " (late, superseded)"),
    ]
    single = {"text": ":x: Resolved (late): t-00003: why", "blocks": [{"text": "<!date^1772400003^x|y>"}]}
    assert [(one.alarm, one.state, one.clock) for one in lines(single, 0.0)] == [
        ("t-00003", "OK", "21:20:03")
    ]
