"""Look into a dead-letter queue, and move what is in it to the notifier's queue.

The notifier marks what comes late by itself: it compares the time of the alarm with that of the queue.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from alarmctl.account import AWS_ERRORS, word
from notify_slack.envelope import unwrap
from notify_slack.events import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alarmctl.account import Account

DEAD = "alerts-dead"
UNDELIVERABLE = "undeliverable"
TARGET = "alerts"
TEN = 10  # messages of one receive, and of one batch
LOOK_SECONDS = 15  # a message that was looked at is hidden so long
MOVE_SECONDS = 300  # and one that is being moved
POLL_SECONDS = 1.0

# SQS's own task moves only what a queue's redrive policy put there, and not every local AWS has it.
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_StartMessageMoveTask.html
_NO_TASK = frozenset(
    {"InvalidAction", "UnsupportedOperation", "AWS.SimpleQueueService.UnsupportedOperation", "NotImplemented"}
)


@dataclass(frozen=True)
class Message:
    """One message of a dead-letter queue: when it came there, what it is about, and why if that is known."""

    sent_at: datetime
    titles: tuple[str, ...]
    error: str = ""


def count(account: Account, queue: str) -> int:
    """How many messages are there, those in somebody's hands included."""
    attributes = account.client("sqs").get_queue_attributes(
        QueueUrl=account.queue_url(queue),
        AttributeNames=["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"],
    )["Attributes"]
    return sum(int(number) for number in attributes.values())


def look(account: Account, queue: str, most: int) -> list[Message]:
    """Up to `most` messages, which stay where they are."""
    found: list[Message] = []
    for received in _receive(account, queue, LOOK_SECONDS):
        found += [_message(one) for one in received]
        if len(found) >= most:
            break
    return found[:most]


def _receive(account: Account, queue: str, hidden: int) -> Iterator[list[dict[str, Any]]]:
    """Batches of messages until the queue gives none."""
    client, url = account.client("sqs"), account.queue_url(queue)
    while True:
        messages = client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=TEN,
            VisibilityTimeout=hidden,
            WaitTimeSeconds=1,
            AttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        ).get("Messages", [])
        if not messages:
            return
        yield messages


def _message(one: dict[str, Any]) -> Message:
    event = {"Records": [{"eventSource": "aws:sqs", "messageId": one["MessageId"], "body": one["Body"]}]}
    attributes = one.get("MessageAttributes", {})
    words = (attributes.get(name, {}).get("StringValue", "") for name in ("ERROR_CODE", "ERROR_MESSAGE"))
    return Message(
        sent_at=datetime.fromtimestamp(int(one["Attributes"]["SentTimestamp"]) / 1000, tz=UTC),
        titles=tuple(parse(received).title for received in unwrap(event)),
        error=": ".join(filter(None, words)),
    )


def move(account: Account, queue: str, sleep: Callable[[float], Any] = time.sleep) -> int:
    """Move everything to the notifier's queue, and say how much. Raises what boto3 raises.

    By SQS's own task where there is one for this queue, else message by message: sent first, then deleted.
    """
    if queue == DEAD:
        try:
            return _by_task(account, sleep)
        except AWS_ERRORS as error:
            if word(error) not in _NO_TASK:
                raise
    return _one_by_one(account, queue)


def _by_task(account: Account, sleep: Callable[[float], Any]) -> int:
    client, source = account.client("sqs"), account.queue_arn(DEAD)
    client.start_message_move_task(SourceArn=source, DestinationArn=account.queue_arn(TARGET))
    while True:
        task = client.list_message_move_tasks(SourceArn=source, MaxResults=1)["Results"][0]
        if task["Status"] not in ("RUNNING", "CANCELLING"):
            break
        sleep(POLL_SECONDS)
    moved = int(task.get("ApproximateNumberOfMessagesMoved", 0))
    if task["Status"] != "COMPLETED":
        raise MoveError(
            f"SQS ended the move with {task['Status']} after {moved} messages "
            f"({task.get('FailureReason', 'it gives no reason')}). Mend that and run it again."
        )
    return moved


class MoveError(Exception):
    """SQS did not move everything; the text says how far it came and what to do."""


def _one_by_one(account: Account, queue: str) -> int:
    client = account.client("sqs")
    source, target = account.queue_url(queue), account.queue_url(TARGET)
    moved = 0
    for messages in _receive(account, queue, MOVE_SECONDS):
        entries = [
            {
                "Id": str(place),
                "MessageBody": one["Body"],
                "MessageAttributes": one.get("MessageAttributes", {}),
            }
            for place, one in enumerate(messages)
        ]
        sent = client.send_message_batch(QueueUrl=target, Entries=entries)
        done = [messages[int(entry["Id"])] for entry in sent.get("Successful", [])]
        if done:
            gone = [
                {"Id": str(place), "ReceiptHandle": one["ReceiptHandle"]} for place, one in enumerate(done)
            ]
            client.delete_message_batch(QueueUrl=source, Entries=gone)
        moved += len(done)
        for refused in sent.get("Failed", []):
            raise MoveError(
                f"The queue took {moved} and refused the next: {refused.get('Code')}. "
                f"What is left is in the queue again in {MOVE_SECONDS // 60} minutes."
            )
    return moved
