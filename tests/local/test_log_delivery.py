"""What the local Firehose does with log lines, on ministack's own modules."""

import base64
import gzip
import json
import os
from types import SimpleNamespace
from typing import Any

import pytest

from alarmctl.local import log_delivery

EVENTS = [
    {"timestamp": 1772445600000, "message": '{"a": 1}\n'},
    {"timestamp": 1772445600001, "message": "two"},
]
ENVELOPE = {"messageType": "DATA_MESSAGE", "logEvents": EVENTS}
EXTRACTING = {
    "Enabled": True,
    "Processors": [
        {
            "Type": "Decompression",
            "Parameters": [{"ParameterName": "CompressionFormat", "ParameterValue": "GZIP"}],
        },
        {
            "Type": "CloudWatchLogProcessing",
            "Parameters": [{"ParameterName": "DataMessageExtraction", "ParameterValue": "true"}],
        },
    ],
}


def stream(processing=None):
    return {"destinations": [{"config": {"ProcessingConfiguration": processing} if processing else {}}]}


def test_extracted_messages_are_one_on_each_line():
    steps = log_delivery.processors(stream(EXTRACTING))
    assert log_delivery.processed(ENVELOPE, steps) == b'{"a": 1}\ntwo\n'


def test_without_extraction_the_envelope_stays():
    steps: dict[str, dict[str, str]] = {"Decompression": {}}
    assert json.loads(log_delivery.processed(ENVELOPE, steps)) == ENVELOPE


@pytest.mark.parametrize("processing", [None, {**EXTRACTING, "Enabled": False}])
def test_without_processing_the_envelope_is_gzipped(processing):
    data = log_delivery.processed(ENVELOPE, log_delivery.processors(stream(processing)))
    assert json.loads(gzip.decompress(data)) == ENVELOPE


@pytest.mark.parametrize(("form", "named"), [("GZIP", ".gz"), ("UNCOMPRESSED", None)])
def test_objects_are_gzipped_where_the_stream_says_so(form, named):
    stored: list[Any] = []
    store = log_delivery.compressed(lambda _stream, to, data, *_: stored.append((to["config"], data)))
    store({}, {"config": {"CompressionFormat": form}}, b"line\n")
    settings, data = stored[0]
    assert settings.get("FileExtension") == named
    assert (gzip.decompress(data) if named else data) == b"line\n"


def test_a_subscribed_stream_gets_the_lines_that_match():
    os.environ.setdefault("MINISTACK_REGION", "us-east-1")
    from ministack.services import cloudwatch_logs, firehose  # noqa: PLC0415 - settings are read at import

    put: list[dict[str, Any]] = []
    told: list[Any] = []

    streams = SimpleNamespace(
        _streams={"acme": stream(EXTRACTING)},
        get_account_id=firehose.get_account_id,
        _put_record=put.append,
    )
    logs = SimpleNamespace(
        _log_groups={
            "/acme/api": {
                "subscriptionFilters": {
                    "one": {
                        "filterName": "one",
                        "filterPattern": "two",
                        "destinationArn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/acme",
                    },
                    "gone": {
                        "filterPattern": "",
                        "destinationArn": "arn:aws:firehose:us-east-1:000000000000:deliverystream/gone",
                    },
                    "function": {
                        "destinationArn": "arn:aws:lambda:us-east-1:000000000000:function:acme",
                    },
                }
            }
        },
        _subscription_pattern_matches=cloudwatch_logs._subscription_pattern_matches,
    )

    deliver = log_delivery.with_streams(lambda *those: told.append(those), logs, streams)
    deliver("/acme/api", "task/1", EVENTS)
    deliver("/acme/other", "task/1", EVENTS)
    assert [one["DeliveryStreamName"] for one in put] == ["acme"]
    assert base64.b64decode(put[0]["Record"]["Data"]) == b"two\n"
    assert len(told) == 2  # what ministack delivers itself


def test_encryption_and_time_zone_are_shown_again():
    started: list[Any] = []
    create = log_delivery.encrypted(lambda _request: (200, {}, b"{}"), started.append)
    create({"DeliveryStreamName": "plain"})
    wanted = {"DeliveryStreamName": "acme", "DeliveryStreamEncryptionConfigurationInput": {}}
    create(wanted)
    assert started == [wanted]
    shown = log_delivery.whole(lambda _: {"ExtendedS3DestinationDescription": {}})
    assert shown({"config": {"CustomTimeZone": "UTC"}}) == {
        "ExtendedS3DestinationDescription": {"CustomTimeZone": "UTC"}
    }
