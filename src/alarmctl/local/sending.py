"""What kind of event a file holds, and which door of the stack it goes in by."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

SUBJECT_CHARS = 100  # SNS refuses a longer subject


class SendError(ValueError):
    """The file cannot be sent as it is; the text follows its name and says what to do."""


class Door(Enum):
    """Where an event enters; the value completes the sentence "sent …"."""

    EVENTBRIDGE = "to EventBridge"
    TOPIC = "to the SNS topic"
    QUEUE = "to the SQS queue"


@dataclass(frozen=True)
class Item:
    """One event to send: its door, its body (JSON text or plain text) and, for a topic, a subject."""

    door: Door
    body: str
    subject: str | None = None


def read(text: str, *, as_text: bool = False) -> tuple[tuple[Item, ...], str]:
    """The events in a file's text, and a sentence that says what it was taken for.

    Raises SendError when it is no JSON, unless it is to be taken `as_text`.
    """
    if as_text:
        return (Item(Door.TOPIC, text),), "It is published as a text."
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SendError(
            f"is not JSON ({_fault(error)}). Mend it, or send it as a text with --text."
        ) from None
    if isinstance(found, dict):
        if {"detail-type", "source", "detail"} <= found.keys():
            return (Item(Door.EVENTBRIDGE, text),), f"It is an EventBridge event: {found['detail-type']}."
        if found.get("Type") == "Notification" and isinstance(found.get("Message"), str):
            return (_from_sns(found),), "It is an SNS notification: its Message is published."
        records = found.get("Records")
        if isinstance(records, list) and records:
            items = tuple(item for item in map(_from_record, records) if item is not None)
            if len(items) == len(records):
                return items, f"It holds {len(items)} record(s), each sent {items[0].door.value}."
    return (Item(Door.TOPIC, text),), "It has no AWS envelope, so it is published as it is."


def _fault(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"line {error.lineno}, column {error.colno}: {error.msg}"
    return "nested too deep" if isinstance(error, RecursionError) else str(error)


def _from_record(record: Any) -> Item | None:
    """A record of Lambda's SNS or SQS event; None for any other. Source: AWS Lambda Developer Guide."""
    if not isinstance(record, dict):
        return None
    if record.get("EventSource") == "aws:sns" and isinstance(record.get("Sns"), dict):
        return _from_sns(record["Sns"])
    if record.get("eventSource") == "aws:sqs" and isinstance(record.get("body"), str):
        return Item(Door.QUEUE, record["body"])
    return None


def _from_sns(notification: Mapping[str, Any]) -> Item:
    subject = notification.get("Subject")
    return Item(
        Door.TOPIC, str(notification.get("Message", "")), str(subject)[:SUBJECT_CHARS] if subject else None
    )
