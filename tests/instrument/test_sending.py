"""Logs to Firehose and events to EventBridge: boto3's stubs check every call by AWS's model."""

import json
import logging
import threading
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from instrument import Events, FirehoseHandler, request
from instrument.events import EventError, entry
from instrument.firehose import RECORD_BYTES

FAST: dict[str, Any] = {"linger_seconds": 0.01, "pause_seconds": 0.001}


@pytest.fixture
def logger():
    one = logging.getLogger("to-firehose")
    one.propagate = False
    one.setLevel(logging.DEBUG)
    yield one
    one.handlers.clear()


class FakeFirehose:
    """Remembers records; can refuse some, or hang."""

    def __init__(self):
        self.lines = []
        self.refused = 0
        self.gate = threading.Event()
        self.gate.set()

    def put_record_batch(self, DeliveryStreamName, Records):  # noqa: N803 - boto3's own names
        self.stream = DeliveryStreamName
        self.gate.wait(10)
        logging.getLogger("to-firehose").debug("the client logs, too")
        answers = []
        for record in Records:
            if self.refused:
                self.refused -= 1
                answers.append({"ErrorCode": "ServiceUnavailableException", "ErrorMessage": "Slow down."})
                continue
            self.lines.append(record["Data"])
            answers.append({"RecordId": "1"})
        return {"FailedPutCount": 0, "RequestResponses": answers}


def handler(service, logger, client, **options):
    one = FirehoseHandler("app-logs", service, lambda: client, **(FAST | options))
    logger.addHandler(one)
    return one


def test_lines_carry_hostname_and_application(service, logger):
    firehose = FakeFirehose()
    one = handler(service, logger, firehose)
    with request("r-1"):
        logger.info("hello", extra={"order": 7})
    one.close()
    assert [data.endswith(b"\n") and data.count(b"\n") for data in firehose.lines] == [1]
    line = json.loads(firehose.lines[0])
    assert (line["hostname"], line["application"], line["request_id"]) == ("web-1", "helloworld", "r-1")
    assert (line["message"], line["order"]) == ("hello", 7)


def test_the_call_is_one_that_aws_knows(service, logger):
    client = boto3.client("firehose", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_response("put_record_batch", {"FailedPutCount": 0, "RequestResponses": [{"RecordId": "1"}]})
        one = handler(service, logger, client)
        logger.info("hello")
        one.close()
        stub.assert_no_pending_responses()
    assert one.sender.sent == 1


def test_refused_records_are_sent_again_alone(service, logger):
    firehose = FakeFirehose()
    firehose.refused = 3
    one = handler(service, logger, firehose)
    for number in range(10):
        logger.info("line %d", number)
    one.close()
    assert {json.loads(data)["message"] for data in firehose.lines} == {
        f"line {number}" for number in range(10)
    }
    assert len(firehose.lines) == 10


def test_the_clients_own_lines_do_not_feed_themselves(service, logger):
    firehose = FakeFirehose()
    one = handler(service, logger, firehose)
    logger.info("hello")
    one.close()
    assert [json.loads(data)["message"] for data in firehose.lines] == ["hello"]


def test_drops_are_counted_and_told_once_lines_arrive_again(service, logger):
    firehose = FakeFirehose()
    firehose.gate.clear()
    one = handler(service, logger, firehose, capacity=50)
    for number in range(80):
        logger.info("line %d", number)
    assert one.dropped == 30
    firehose.gate.set()
    one.close()
    told = [json.loads(data) for data in firehose.lines if b"dropped" in data]
    assert [line["dropped"] for line in told] == [30]
    assert len(firehose.lines) == 51


def test_a_line_that_firehose_would_refuse_is_cut(service, logger):
    firehose = FakeFirehose()
    one = handler(service, logger, firehose)
    logger.info("ä" * RECORD_BYTES)
    one.close()
    line = json.loads(firehose.lines[0])
    assert len(firehose.lines[0]) <= RECORD_BYTES
    assert line["message"].endswith("… cut")
    assert line["application"] == "helloworld"


def test_a_client_that_cannot_be_made_breaks_nothing(service, logger):
    def no_credentials():
        raise RuntimeError("no credentials")

    one = FirehoseHandler("app-logs", service, no_credentials, attempts=2, **FAST)
    logger.addHandler(one)
    logger.info("hello")
    one.sender.flush(5)
    one.close()
    assert one.dropped == 1


class TestEvents:
    def test_an_event_as_aws_knows_it(self, service):
        client = boto3.client("events", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
        with Stubber(client) as stub:
            stub.add_response(
                "put_events",
                {"FailedEntryCount": 0, "Entries": [{"EventId": "1"}]},
                {
                    "Entries": [
                        {
                            "Source": "helloworld",
                            "DetailType": "Order Placed",
                            "Detail": json.dumps(
                                {
                                    "service": "helloworld",
                                    "version": "1.4.2",
                                    "environment": "staging",
                                    "request_id": "r-1",
                                    "order": 7,
                                }
                            ),
                            "EventBusName": "shop",
                            "Resources": [],
                        }
                    ]
                },
            )
            events = Events(service, lambda: client, bus="shop")
            with request("r-1"):
                assert events.put("Order Placed", {"order": 7})
            assert events.sender.close(10)
            stub.assert_no_pending_responses()
        assert events.sender.sent == 1

    def test_a_failed_entry_is_sent_again(self, service):
        calls = []

        class Client:
            def put_events(self, Entries):  # noqa: N803 - boto3's own name
                calls.append([one["DetailType"] for one in Entries])
                failed = len(calls) == 1
                return {
                    "Entries": [
                        {"ErrorCode": "InternalFailure"} if failed else {"EventId": "1"} for _ in Entries
                    ]
                }

        events = Events(service, Client, pause_seconds=0.001)
        events.put("A", {})
        assert events.sender.close(10)
        assert calls == [["A"], ["A"]]

    def test_at_most_ten_in_one_call(self, service):
        sizes = []

        class Client:
            def put_events(self, Entries):  # noqa: N803 - boto3's own name
                sizes.append(len(Entries))
                return {"Entries": [{"EventId": "1"} for _ in Entries]}

        events = Events(service, Client)
        for number in range(35):
            events.put("A", {"number": number})
        assert events.sender.close(10)
        assert sum(sizes) == 35
        assert max(sizes) <= 10

    @pytest.mark.parametrize(
        ("name", "detail_type", "detail", "culprit"),
        [
            ("aws.shop", "A", {}, "aws.shop"),
            ("shop", "", {}, "detail_type ''"),
            ("shop", "x" * 129, {}, "1 to 128"),
            ("shop", "Big", {"x": "y" * 300_000}, "'Big' has 300"),
        ],
    )
    def test_what_eventbridge_would_refuse(self, service, name, detail_type, detail, culprit):
        named = type(service)(name, "1")
        with pytest.raises(EventError, match=culprit):
            entry(named, "default", detail_type, detail)
