import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmctl.local.sending import Door, Item, SendError, read

EVENT = {"detail-type": "AWS Health Event", "source": "aws.health", "detail": {}}
ENVELOPE = {"Type": "Notification", "Message": "text", "Subject": "subject", "TopicArn": "arn"}


@pytest.mark.parametrize(
    ("content", "items"),
    [
        (EVENT, [Item(Door.EVENTBRIDGE, json.dumps(EVENT))]),
        (ENVELOPE, [Item(Door.TOPIC, "text", "subject")]),
        ({"Records": [{"EventSource": "aws:sns", "Sns": ENVELOPE}]}, [Item(Door.TOPIC, "text", "subject")]),
        ({"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "m"}}]}, [Item(Door.TOPIC, "m", None)]),
        ({"Records": [{"eventSource": "aws:sqs", "body": "{}"}] * 2}, [Item(Door.QUEUE, "{}")] * 2),
        ({"AlarmName": "bare"}, [Item(Door.TOPIC, '{"AlarmName": "bare"}')]),
        ([1, 2], [Item(Door.TOPIC, "[1, 2]")]),
        ({"Records": []}, [Item(Door.TOPIC, '{"Records": []}')]),
        (
            {"Records": [{"eventSource": "aws:s3"}]},
            [Item(Door.TOPIC, '{"Records": [{"eventSource": "aws:s3"}]}')],
        ),
    ],
)
def test_each_shape_has_its_door(content, items):
    assert list(read(json.dumps(content))[0]) == items


@pytest.mark.parametrize(
    "text", ["disk is full\n", '{"AlarmName": "x",', "[" * 100_000], ids=["words", "cut", "deep"]
)
def test_what_is_no_json_is_refused_unless_it_is_said_to_be_a_text(text):
    with pytest.raises(SendError, match=r"is not JSON .*--text"):
        read(text)
    assert read(text, as_text=True)[0] == (Item(Door.TOPIC, text),)


def test_a_subject_that_sns_would_refuse_is_cut():
    (item,), _ = read(json.dumps(ENVELOPE | {"Subject": "s" * 200}))
    assert item.subject == "s" * 100


KEYS = [
    "Records",
    "Sns",
    "body",
    "detail",
    "source",
    "detail-type",
    "Type",
    "Message",
    "EventSource",
    "eventSource",
]
KEYS += ["EventSource", "eventSource"]
WORDS = ["aws:sns", "aws:sqs", "Notification"]
LEAVES = st.none() | st.booleans() | st.text() | st.integers() | st.sampled_from(WORDS)


def nested(inner):
    return st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=5)


@given(st.recursive(LEAVES, nested))
def test_any_json_can_be_sent(content):
    items, said = read(json.dumps(content))
    assert items
    assert said
