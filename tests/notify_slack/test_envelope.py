import json

import pytest

from notify_slack.envelope import MAX_BATCH, MAX_DEPTH, loads, unwrap


def contents(event):
    return [received.content for received in unwrap(event)]


@pytest.mark.parametrize(
    "nest",
    [
        lambda _, event: event,
        lambda _, event: json.dumps(event),
        lambda wrap, event: wrap.sns_lambda(event),
        lambda wrap, event: wrap.sqs(event),
        lambda wrap, event: wrap.sqs(wrap.notification(event)),
        lambda wrap, event: wrap.sqs(wrap.notification(wrap.notification(event))),
        lambda wrap, event: wrap.sqs([event]),
        lambda wrap, event: wrap.logs(event),
        lambda wrap, event: wrap.sqs(wrap.logs(event)),
        lambda _, event: [event],
    ],
)
def test_every_nesting_gives_the_same_event(nest, wrap, load):
    event = load("alarm-eventbridge")
    assert contents(nest(wrap, event)) == [event]


def test_an_sqs_record_keeps_its_id_and_the_topic_inside(wrap):
    (received,) = unwrap(wrap.sqs(wrap.notification("disk full", "sns-9", "Disk")))
    assert (received.record_id, received.event_id) == ("record-0", "sns-9")
    assert (received.topic_arn, received.subject, received.content) == (wrap.topic, "Disk", "disk full")


def test_a_record_inside_a_message_cannot_take_the_outer_records_id(wrap):
    forged = wrap.sqs("inner")
    forged["Records"][0]["messageId"] = "forged"
    (received,) = unwrap(wrap.sqs(forged))
    assert received.record_id == "record-0"


@pytest.mark.parametrize(
    "text", ["42", "null", "true", '"quoted"', "plain", "", "{", "[" * 100_000, "9" * 5_000]
)
def test_what_is_no_object_stays_text(text, wrap):
    assert contents(wrap.sqs(text)) == [text]


def test_a_batch_in_one_message_gets_ids_of_its_own(wrap):
    received = unwrap(wrap.sqs(wrap.notification([{"a": 1}, {"a": 1}], "sns-1")))
    assert [item.event_id for item in received] == ["sns-1#0", "sns-1#1"]
    assert {item.record_id for item in received} == {"record-0"}


def test_two_deliveries_of_one_sns_message_keep_its_id(wrap):
    received = unwrap(wrap.sqs(wrap.notification("x", "sns-1"), wrap.notification("x", "sns-1")))
    assert [item.event_id for item in received] == ["sns-1", "sns-1"]


@pytest.mark.parametrize("body", ["[]", '{"Records": []}', '[{"Records": []}]'])
def test_a_message_with_nothing_in_it_is_still_told(body, wrap):
    assert len(unwrap(wrap.sqs(body))) == 1


def test_an_invocation_without_records_holds_nothing():
    assert unwrap({"Records": []}) == ()


def test_a_long_list_inside_a_message_is_one_message(wrap):
    assert len(unwrap(wrap.sqs([{}] * (MAX_BATCH + 1)))) == 1
    assert len(unwrap([{}] * (MAX_BATCH + 1))) == MAX_BATCH + 1


@pytest.mark.parametrize("data", ["not base64!", "aGVsbG8=", 7, None])
def test_log_data_that_cannot_be_read_stays_as_it_came(data):
    event = {"awslogs": {"data": data}}
    assert contents(event) == [event]


def test_nesting_without_end_is_shown_as_it_came(wrap):
    event = "inside"
    for _ in range(MAX_DEPTH):
        event = wrap.notification(event)
    (received,) = unwrap(event)
    assert received.content != "inside"


def test_numbers_that_json_has_not_become_their_names():
    assert loads('{"a": NaN, "b": -Infinity}') == {"a": "NaN", "b": "-Infinity"}


@pytest.mark.parametrize("times", [1, 2, 3])
def test_json_of_json_is_opened(times, wrap):
    text = json.dumps({"a": 1})
    for _ in range(times - 1):
        text = json.dumps(text)
    assert contents(wrap.sqs(text)) == [{"a": 1}]


def test_a_byte_order_mark_hides_nothing(wrap):
    assert contents(wrap.sqs('\ufeff{"a": 1}')) == [{"a": 1}]


def test_an_entry_of_put_events_is_the_event_that_it_would_become():
    entry = {"Source": "aws.health", "DetailType": "AWS Health Event", "Detail": '{"service": "EC2"}'}
    (event,) = contents([entry])
    assert (event["source"], event["detail-type"], event["detail"]) == (
        "aws.health",
        "AWS Health Event",
        {"service": "EC2"},
    )
    assert contents([entry | {"Detail": 1}]) == [entry | {"Detail": 1}]
