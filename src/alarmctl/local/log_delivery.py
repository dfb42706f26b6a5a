"""Log lines on their way through Firehose, where the local AWS stops short.

ministack keeps a subscription whose destination is a stream, and delivers nothing; it stores objects as they
come, whatever compression the stream asks for; and it forgets the encryption and the time zone of a stream.
Sources: Amazon Data Firehose, "Writing to Firehose using CloudWatch Logs" (envelope, decompression, message
extraction), "Amazon S3 object name format" (the .gz at its end), and CreateDeliveryStream.
"""

from __future__ import annotations

import base64
import gzip
import json
import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

STREAM = ":deliverystream/"
GZIP = "GZIP"


def install(logs: Any, firehose: Any) -> None:
    """Mend ministack's modules in place."""
    logs._fanout_to_subscription_filters = with_streams(logs._fanout_to_subscription_filters, logs, firehose)
    firehose._deliver_to_s3 = compressed(firehose._deliver_to_s3)
    firehose._dest_description = whole(firehose._dest_description)
    handlers = firehose._HANDLERS
    handlers["CreateDeliveryStream"] = encrypted(
        handlers["CreateDeliveryStream"], handlers["StartDeliveryStreamEncryption"]
    )


def with_streams(fan_out: Callable[..., None], logs: Any, firehose: Any) -> Callable[..., None]:
    """What `fan_out` delivers, and what subscribed streams get."""

    def deliver(group: str, stream: str, events: Sequence[Mapping[str, Any]]) -> None:
        fan_out(group, stream, events)
        for one in (logs._log_groups.get(group) or {}).get("subscriptionFilters", {}).values():
            name = one.get("destinationArn", "").partition(STREAM)[2]
            pattern = one.get("filterPattern", "")
            matched = [
                event
                for event in events
                if logs._subscription_pattern_matches(pattern, event.get("message", ""))
            ]
            if name in firehose._streams and matched:
                envelope = {
                    "messageType": "DATA_MESSAGE",
                    "owner": firehose.get_account_id(),
                    "logGroup": group,
                    "logStream": stream,
                    "subscriptionFilters": [one.get("filterName", "")],
                    "logEvents": [{"id": uuid.uuid4().hex, **event} for event in matched],
                }
                data = processed(envelope, processors(firehose._streams[name]))
                record = {"Data": base64.b64encode(data).decode()}
                firehose._put_record({"DeliveryStreamName": name, "Record": record})

    return deliver


def processors(stream: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """The processors of a stream's first destination: their parameters by type."""
    settings = stream["destinations"][0]["config"].get("ProcessingConfiguration") or {}
    found: Iterable[Mapping[str, Any]] = settings.get("Processors", ()) if settings.get("Enabled") else ()
    return {
        one["Type"]: {
            parameter["ParameterName"]: parameter["ParameterValue"] for parameter in one.get("Parameters", ())
        }
        for one in found
    }


def processed(envelope: Mapping[str, Any], steps: Mapping[str, Mapping[str, str]]) -> bytes:
    """The record as it is delivered: the envelope gzipped, bare, or only its messages, one on each line."""
    if "Decompression" not in steps:
        return gzip.compress(json.dumps(envelope).encode())
    if steps.get("CloudWatchLogProcessing", {}).get("DataMessageExtraction", "").lower() != "true":
        return json.dumps(envelope).encode()
    return "".join(f"{event['message'].rstrip()}\n" for event in envelope["logEvents"]).encode()


def compressed(deliver: Callable[..., None]) -> Callable[..., None]:
    """`deliver` stores an object; it is gzipped first where its destination says so."""

    def store(stream: Any, destination: Mapping[str, Any], data: bytes, *rest: Any) -> None:
        settings = destination["config"]
        if settings.get("CompressionFormat") == GZIP:
            named = {**settings, "FileExtension": settings.get("FileExtension") or ".gz"}
            destination, data = {**destination, "config": named}, gzip.compress(data)
        deliver(stream, destination, data, *rest)

    return store


def encrypted(create: Callable[..., Any], start: Callable[..., Any]) -> Callable[..., Any]:
    """`create` makes a stream; `start` then encrypts it, if that was asked for."""

    def handle(request: Mapping[str, Any]) -> Any:
        answer = create(request)
        if "DeliveryStreamEncryptionConfigurationInput" in request and answer[0] == 200:
            start(request)
        return answer

    return handle


def whole(describe: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """`describe` shows a destination; with its time zone Terraform finds what it wrote."""

    def shown(destination: Mapping[str, Any]) -> dict[str, Any]:
        found = describe(destination)
        if zone := destination["config"].get("CustomTimeZone"):
            found.get("ExtendedS3DestinationDescription", {})["CustomTimeZone"] = zone
        return found

    return shown
