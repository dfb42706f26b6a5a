"""Take events out of whatever AWS wrapped around them, in any nesting. Total: nothing here raises."""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from notify_slack import parts, peek
from notify_slack.model import Received

MAX_DEPTH = 12  # SQS of SNS of EventBridge is 3; deeper nesting is somebody's mistake, shown as text
MAX_ENCODINGS = 3  # of one text: a program that makes JSON of JSON is no rarity
MAX_LOG_BYTES = 10_000_000  # CloudWatch Logs sends at most 1 MB; a gzip bomb ends here
MAX_BATCH = 100  # events inside one message; a longer list is data, shown as one message

_GZIP = 16 + zlib.MAX_WBITS


def unwrap(event: object) -> tuple[Received, ...]:
    """Every event in `event`, in order. A JSON list is a batch; an empty `Records` holds none."""
    return tuple(_unwrap(event, Received(content=None), 0))


def loads(text: str) -> object:
    """JSON, or the text itself when it is none. Non-finite numbers become their names."""
    try:
        return json.loads(text, parse_constant=str)
    except (ValueError, RecursionError):
        return text


def _unwrap(content: object, outer: Received, depth: int) -> list[Received]:
    context = replace(outer, content=content)
    if depth > MAX_DEPTH:
        return [context]
    if isinstance(content, str):
        inner = _inside(content)
        return [context] if inner is content else _unwrap(inner, outer, depth + 1)
    if isinstance(content, list) and _is_batch(content, depth):
        return _each([replace(context, content=value) for value in content], context, depth)
    if isinstance(content, Mapping):
        found = (unwrapped(content, context) for unwrapped in _WRAPPERS)
        events = next((events for events in found if events is not None), None)
        if events is not None and (depth == 0 or len(events) <= MAX_BATCH):
            return _each(events, context, depth)
    return [context]


def _inside(text: str) -> object:
    """The object or list in a text, also in one that was made JSON more than once; else the text itself.

    A scalar such as "42" says more as the text that somebody sent.
    """
    inner: object = text.removeprefix("\ufeff")
    for _ in range(MAX_ENCODINGS):
        if not isinstance(inner, str):
            break
        inner = loads(inner)
    return inner if isinstance(inner, dict | list) else text


def _is_batch(values: list[Any], depth: int) -> bool:
    return all(isinstance(value, Mapping) for value in values) and (depth == 0 or len(values) <= MAX_BATCH)


def _each(events: list[Received], context: Received, depth: int) -> list[Received]:
    found = [item for event in events for item in _unwrap(event.content, event, depth + 1)]
    if not context.event_id:
        return found
    if not found:  # an empty batch that came as a message is shown as it came, never deleted untold
        return [context]
    if len(events) == 1:
        return found
    # Several events in one message share its id; they are not copies of each other.
    return [replace(item, event_id=f"{item.event_id}#{place}") for place, item in enumerate(found)]


def _records(event: Mapping[str, Any], context: Received) -> list[Received] | None:
    """A Lambda invocation by SQS, SNS, S3, SES …: a list of records."""
    records = event.get("Records")
    if not isinstance(records, list) or not all(isinstance(record, Mapping) for record in records):
        return None
    return [replace(context, content=record) for record in records]


def _sqs_record(event: Mapping[str, Any], context: Received) -> list[Received] | None:
    if event.get("eventSource") != "aws:sqs" or "body" not in event:
        return None
    record_id = _text(event.get("messageId"))
    return [
        replace(
            context,
            content=event["body"],
            record_id=context.record_id or record_id,
            event_id=context.event_id or record_id,
            sent_at=context.sent_at or parts.epoch(event, "attributes", "SentTimestamp"),
        )
    ]


def _sns_record(event: Mapping[str, Any], context: Received) -> list[Received] | None:
    notification = event.get("Sns")
    if event.get("EventSource") != "aws:sns" or not isinstance(notification, Mapping):
        return None
    return _notification({"Type": "Notification", **notification}, context)


def _notification(event: Mapping[str, Any], context: Received) -> list[Received] | None:
    """An SNS message as it lies in a queue or comes over HTTPS."""
    if event.get("Type") != "Notification" or "TopicArn" not in event or "Message" not in event:
        return None
    return [
        replace(
            context,
            content=event["Message"],
            event_id=_text(event.get("MessageId")) or context.event_id,
            topic_arn=_text(event["TopicArn"]),
            subject=_text(event.get("Subject")),
            sent_at=peek.time(event, "Timestamp") or context.sent_at,
        )
    ]


def _logs(event: Mapping[str, Any], context: Received) -> list[Received] | None:
    """A CloudWatch Logs subscription: base64 of gzip of JSON."""
    logs = event.get("awslogs")
    data = logs.get("data") if isinstance(logs, Mapping) else None
    if not isinstance(data, str):
        return None
    try:
        unpacked = zlib.decompressobj(_GZIP).decompress(base64.b64decode(data, validate=True), MAX_LOG_BYTES)
    except (binascii.Error, ValueError, zlib.error):
        return None
    return [replace(context, content=unpacked.decode("utf-8", "replace"))]


def _entry(event: Mapping[str, Any], context: Received) -> list[Received] | None:
    """An entry of PutEvents, as a test event or an input transformer may hold it.

    https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEventsRequestEntry.html
    """
    detail = event.get("Detail")
    if not ({"Source", "DetailType"} <= event.keys() and isinstance(detail, str)):
        return None
    content = {
        "source": event["Source"],
        "detail-type": event["DetailType"],
        "detail": loads(detail),
        "resources": event.get("Resources"),
        "time": event.get("Time"),
    }
    return [replace(context, content=content)]


_WRAPPERS = (_sqs_record, _sns_record, _notification, _logs, _records, _entry)


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
