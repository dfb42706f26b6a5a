"""`alarmctl redrive`: against moto, which has no task of its own; SQS's task against canned answers."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from alarmctl.account import Account
from alarmctl.cli import main
from alarmctl.redrive import queues

REGION = "eu-west-1"
RUN = ["redrive", "--name", "acme", "--region", REGION]
ALARM = {
    "AlarmName": "acme-api-cpu",
    "AlarmArn": f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:acme-api-cpu",
    "AWSAccountId": "123456789012",
    "Region": "EU (Ireland)",
    "NewStateValue": "ALARM",
    "OldStateValue": "OK",
    "NewStateReason": "Threshold Crossed",
    "StateChangeTime": "2026-03-02T10:00:00.000+0000",
}
NOTIFICATION = json.dumps(
    {
        "Type": "Notification",
        "MessageId": "one",
        "TopicArn": f"arn:aws:sns:{REGION}:123456789012:acme-critical",
        "Message": json.dumps(ALARM),
    }
)


@pytest.fixture
def sqs(monkeypatch):
    """SQS with the stack's three queues."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        client = boto3.client("sqs", region_name=REGION)
        for queue in ("alerts", "alerts-dead", "undeliverable"):
            client.create_queue(QueueName=f"acme-{queue}")
        yield client


@pytest.fixture
def by_hand(monkeypatch):
    """As where SQS has no move task."""

    def refuse(*_):
        raise ClientError({"Error": {"Code": "UnsupportedOperation"}}, "StartMessageMoveTask")

    monkeypatch.setattr(queues, "_by_task", refuse)


def url(sqs, queue):
    return sqs.get_queue_url(QueueName=f"acme-{queue}")["QueueUrl"]


def count(sqs, queue):
    attributes = sqs.get_queue_attributes(QueueUrl=url(sqs, queue), AttributeNames=["All"])["Attributes"]
    return int(attributes["ApproximateNumberOfMessages"]) + int(
        attributes["ApproximateNumberOfMessagesNotVisible"]
    )


def test_nothing_to_do(sqs, capsys):
    assert main(RUN) == 0
    assert main([*RUN, "--yes"]) == 0
    assert capsys.readouterr().out == "acme-alerts-dead is empty.\n" * 2


def test_shows_what_waits_and_leaves_it(sqs, capsys):
    sqs.send_message(QueueUrl=url(sqs, "alerts-dead"), MessageBody=NOTIFICATION)
    sqs.send_message(QueueUrl=url(sqs, "alerts-dead"), MessageBody="The disk is full.")
    assert main(RUN) == 1
    out = capsys.readouterr().out
    assert "acme-alerts-dead holds 2:" in out
    assert "acme-api-cpu" in out
    assert "The disk is full." in out
    assert "run it again with --yes" in out
    assert (count(sqs, "alerts-dead"), count(sqs, "alerts")) == (2, 0)


def test_shows_why_a_rule_could_not_deliver(sqs, capsys):
    words = {"ERROR_CODE": "NO_PERMISSIONS", "ERROR_MESSAGE": "The topic refused"}
    sqs.send_message(
        QueueUrl=url(sqs, "undeliverable"),
        MessageBody=NOTIFICATION,
        MessageAttributes={name: {"DataType": "String", "StringValue": text} for name, text in words.items()},
    )
    assert main([*RUN, "--queue", "undeliverable", "--format", "json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["waiting"] == 1
    (message,) = found["messages"]
    assert (message["titles"], message["error"]) == (["acme-api-cpu"], "NO_PERMISSIONS: The topic refused")


def test_a_long_list_is_cut(sqs, capsys):
    for place in range(25):
        sqs.send_message(QueueUrl=url(sqs, "alerts-dead"), MessageBody=f"note {place}")
    assert main(RUN) == 1
    assert "… and 5 more" in capsys.readouterr().out


@pytest.mark.usefixtures("by_hand")
@pytest.mark.parametrize("queue", ["dead", "undeliverable"])
def test_moves_all_of_it(sqs, capsys, queue):
    name = {"dead": "alerts-dead", "undeliverable": "undeliverable"}[queue]
    for place in range(100):
        sqs.send_message(
            QueueUrl=url(sqs, name),
            MessageBody=f"note {place}",
            MessageAttributes={"RULE_ARN": {"DataType": "String", "StringValue": "arn"}},
        )
    assert main([*RUN, "--queue", queue, "--yes"]) == 0
    assert capsys.readouterr().out == f"100 moved from acme-{name} to the notifier's queue.\n"
    assert (count(sqs, name), count(sqs, "alerts")) == (0, 100)
    (one,) = sqs.receive_message(QueueUrl=url(sqs, "alerts"), MessageAttributeNames=["All"])["Messages"]
    assert one["MessageAttributes"]["RULE_ARN"]["StringValue"] == "arn"


class Refusing:
    """SQS, whose batch takes the first message and refuses the others."""

    def __init__(self, client):
        self.client = client

    def __getattr__(self, name):
        return getattr(self.client, name)

    def send_message_batch(self, QueueUrl, Entries):  # noqa: N803 - boto3's names
        answer = self.client.send_message_batch(QueueUrl=QueueUrl, Entries=Entries[:1])
        return answer | {"Failed": [{"Id": entry["Id"], "Code": "InternalError"} for entry in Entries[1:]]}


@pytest.mark.usefixtures("by_hand")
def test_what_the_queue_refuses_stays(sqs, monkeypatch, capsys):
    for place in range(3):
        sqs.send_message(QueueUrl=url(sqs, "alerts-dead"), MessageBody=f"note {place}")
    monkeypatch.setattr(Account, "client", lambda *_: Refusing(sqs))
    monkeypatch.setattr(Account, "queue_url", lambda _, queue: url(sqs, queue))
    assert main([*RUN, "--yes"]) == 1
    assert "took 1 and refused the next: InternalError" in capsys.readouterr().err
    assert (count(sqs, "alerts-dead"), count(sqs, "alerts")) == (2, 1)


class Tasks:
    """SQS's own task, which ends so after two questions."""

    def __init__(self, last):
        self.answers = [{"Status": "RUNNING"}, {"Status": "RUNNING"}, last]
        self.started = {}

    def start_message_move_task(self, **parameters):
        self.started = parameters

    def list_message_move_tasks(self, **_):
        return {"Results": [self.answers.pop(0)]}


class TestTask:
    @pytest.fixture
    def stack(self, sqs, monkeypatch):  # noqa: ARG002 - an account to be in
        def make(last):
            tasks, stack = Tasks(last), Account("acme", REGION)
            _ = stack.identity
            monkeypatch.setattr(Account, "client", lambda *_: tasks)
            return stack, tasks

        return make

    def test_moves_to_the_notifiers_queue(self, stack):
        account, tasks = stack({"Status": "COMPLETED", "ApproximateNumberOfMessagesMoved": 100})
        pauses: list[float] = []
        assert queues.move(account, queues.DEAD, pauses.append) == 100
        assert tasks.started == {
            "SourceArn": f"arn:aws:sqs:{REGION}:123456789012:acme-alerts-dead",
            "DestinationArn": f"arn:aws:sqs:{REGION}:123456789012:acme-alerts",
        }
        assert pauses == [queues.POLL_SECONDS] * 2

    def test_says_how_far_it_came(self, stack):
        account, _ = stack(
            {"Status": "FAILED", "FailureReason": "AccessDenied", "ApproximateNumberOfMessagesMoved": 7}
        )
        with pytest.raises(queues.MoveError, match=r"FAILED after 7 messages \(AccessDenied\)"):
            queues.move(account, queues.DEAD, lambda _: None)


def test_a_stack_that_is_not_there(sqs, capsys):
    assert main(["redrive", "--name", "other", "--region", REGION]) == 1
    assert (
        "other-alerts-dead cannot be used (AWS.SimpleQueueService.NonExistentQueue)"
        in capsys.readouterr().err
    )
