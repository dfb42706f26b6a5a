"""What holds for any event: nothing raises, nothing is lost, nothing escapes, Slack takes every body."""

import json
import re
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slack_sdk.models.blocks import Block

from alarmctl.slack.limits import check
from notify_slack import config, events, mask, pipeline
from notify_slack.blocks import BUTTON_CHARS, FIELDS, HEADER_CHARS, SECTION_CHARS, TEXT_CHARS, URL_CHARS
from notify_slack.dedupe import Memory
from notify_slack.deliver import Outcome, classify
from notify_slack.enrich import Descriptions
from notify_slack.envelope import unwrap
from notify_slack.model import Severity
from notify_slack.mrkdwn import clean, escape, one_line

FIXTURES = {
    path.stem: json.loads(path.read_text()) for path in (Path(__file__).parent / "events").glob("*.json")
}
MENTION = "<!here>"
DATE = re.compile(r"<!date\^\d+\^\{date_short_pretty\}, \{time_secs\}\|[\d :UTC-]+>")
CONFIG = config.from_json(
    json.dumps(
        {
            "name": "acme-production",
            "severities": {
                severity: {"mention": "@here", "announce_insufficient_data": True} for severity in Severity
            },
            "runbook_url": "https://runbooks.example.com/{alarm_name}",
            "mute_command": True,
            "kinds": {
                "alarm": {
                    "title": "{title} ({alias}, {field.Previously})",
                    "fields": ["Severity", "Account", "Previously", "ClusterName", "ServiceName"],
                    "links": [{"label": "Board", "url": "https://b.example/{region}?n={alarm_name}"}],
                }
            },
            "rules": [
                {"name": "there", "when": {"kind": ["s*"]}, "webhook_parameter": "/a/b", "mention": "@here"},
                {"name": "night", "when": {"hours": {"from": "22:00", "to": "06:00"}}, "severity": "info"},
            ],
        }
    ),
    environment="production",
)

AWKWARD = [
    *("<!channel>", "<https://evil.example|x>", "&<>" * 400, "`", "*", "x" * 5000, "\ud800", "\u202e"),
    *("9" * 5000, "NaN", "{}", "[]", "2026-03-02T10:15:07.123+0000", "0001-01-01T00:00:00+23:59"),
    "arn:aws:cloudwatch:x",
]
texts = st.text(max_size=40) | st.sampled_from(AWKWARD)
scalars = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), texts, st.just(10**400))
KEYS = sorted(
    {key for fixture in FIXTURES.values() for key in re.findall(r'"([\w-]+)": ', json.dumps(fixture))}
    | {
        "Records",
        "eventSource",
        "EventSource",
        "Sns",
        "body",
        "Message",
        "Type",
        "TopicArn",
        "awslogs",
        "data",
    }
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | texts, inner, max_size=6)
    ),
    max_leaves=20,
)


@st.composite
def mutated(draw):
    """A fixture event with some of its values replaced, removed or retyped."""
    event = json.loads(json.dumps(FIXTURES[draw(st.sampled_from(sorted(FIXTURES)))]))
    for _ in range(draw(st.integers(0, 4))):
        place = event
        while not isinstance(place, str):  # a plain text has nothing to take apart
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                break
            key = draw(st.sampled_from(keys))
            if isinstance(place[key], dict | list) and place[key] and draw(st.booleans()):
                place = place[key]
                continue
            if isinstance(place, dict) and draw(st.booleans()):
                del place[key]
            else:
                place[key] = draw(values)
            break
    return event


# What CloudWatch takes as a name: anything printable, 1 to 255 characters.
names = st.text(
    st.characters(exclude_categories=("C", "Z"), include_characters=" "), min_size=1, max_size=255
)

anything = st.one_of(values, mutated(), st.lists(mutated(), min_size=1, max_size=9))
relaxed = settings(deadline=None, max_examples=150, suppress_health_check=list(HealthCheck))


def plan(event):
    return pipeline.plan(event, CONFIG, Memory(), Descriptions(lambda _: {}, lambda _: None), 0.0)


def texts_of(body):
    """Every piece of text in a body, with whether Slack shows it as blocks."""
    if isinstance(body, dict):
        for key, value in body.items():
            if key == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts_of(value)
    elif isinstance(body, list):
        for item in body:
            yield from texts_of(item)


def blocks_of(body):
    attached = [block for attachment in body.get("attachments", []) for block in attachment["blocks"]]
    return [*body.get("blocks", []), *attached]


def check_block(block):
    kind = block["type"]
    if kind == "header":
        assert 1 <= len(block["text"]["text"]) <= HEADER_CHARS
    elif kind == "section" and "text" in block:
        assert 1 <= len(block["text"]["text"]) <= SECTION_CHARS
    elif kind == "section":
        assert 1 <= len(block["fields"]) <= FIELDS
        assert all(1 <= len(field["text"]) <= 2000 for field in block["fields"])
    elif kind == "actions":
        for button in block["elements"]:
            assert 1 <= len(button["text"]["text"]) <= BUTTON_CHARS
            assert len(button["url"]) <= URL_CHARS
            assert re.match(r"https?://", button["url"])
    else:
        assert kind == "context"
        assert all(element["text"] for element in block["elements"])


def check_body(body):
    raw = json.dumps(body, allow_nan=False, ensure_ascii=False).encode("utf-8", "strict")
    assert len(raw) < 100_000
    assert 1 <= len(body["text"]) <= TEXT_CHARS
    assert check(body) == []
    blocks = blocks_of(body)
    assert len(blocks) <= 50
    assert len(body.get("attachments", [])) <= 20
    assert sum(len(text) for block in blocks for text in texts_of(block)) <= 9_500
    for block in blocks:
        check_block(block)
    for block in Block.parse_all(blocks):
        block.to_dict()
    for text in texts_of(body):
        bare = DATE.sub("", text.replace(MENTION, ""))
        assert not re.search(r"[<>]|&(?!(?:amp|lt|gt);)", bare), text
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u200b-\u200f\x00-\x08]", text)


@relaxed
@given(anything)
def test_every_event_becomes_messages_that_slack_takes(event):
    planned = plan(event)
    for message in planned.messages:
        assert len(message.rungs) == 3
        for rung in message.rungs:
            assert rung
            for body in rung:
                check_body(body)


@relaxed
@given(st.lists(anything, max_size=6))
def test_no_record_is_lost(bodies):
    event = {
        "Records": [
            {
                "eventSource": "aws:sqs",
                "messageId": f"record-{n}",
                "body": body if isinstance(body, str) else json.dumps(body),
            }
            for n, body in enumerate(bodies)
        ]
    }
    planned = plan(event)
    told = {record for message in planned.messages for one in message.routed for record in one.alert.records}
    dropped = {record for alert, _ in planned.dropped for record in alert.records}
    assert told | dropped == {f"record-{n}" for n in range(len(bodies))}
    for message in planned.messages:
        bare = "\n".join(body["text"] for body in message.rungs[2])
        assert len(bare.split("\n")) == len(message.routed)


@relaxed
@given(st.one_of(st.text(), st.sampled_from(["[" * 100_000, '{"a":' * 3000 + "1" + "}" * 3000, "9" * 5000])))
def test_any_text_is_one_alert(text):
    for received in unwrap({"Records": [{"eventSource": "aws:sqs", "messageId": "r", "body": text}]}):
        assert events.parse(received).title


@relaxed
@given(st.integers(), st.dictionaries(st.text(), st.text()), st.text())
def test_only_ok_is_delivered(status, headers, body):
    verdict = classify(status, headers, body)
    if verdict.outcome is Outcome.DELIVERED:
        assert status == 200
        assert body.strip() == "ok" or json.loads(body)["ok"] is True


@relaxed
@given(st.permutations(["alarm-sns", "alarm-eventbridge", "alarm-lambda", "health", "logs"]))
def test_the_order_of_a_batch_changes_nothing(names):
    planned = plan([FIXTURES[name] for name in names])
    bodies = [body for message in planned.messages for body in message.rungs[0]]
    assert bodies == [
        body
        for message in plan([FIXTURES[name] for name in sorted(names)]).messages
        for body in message.rungs[0]
    ]


def alarm(name, state, place):
    arn = f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}"
    return FIXTURES["alarm-sns"] | {
        "AlarmName": name,
        "AlarmArn": arn,
        "NewStateValue": state,
        "OldStateValue": "OK" if state == "ALARM" else "ALARM",
        "StateChangeTime": f"2026-03-02T10:{place // 60:02}:{place % 60:02}.000+0000",
    }


@relaxed
@given(
    st.lists(st.tuples(names, st.sampled_from(["OK", "ALARM", "INSUFFICIENT_DATA"])), min_size=1, max_size=40)
)
def test_every_alarm_is_told_once_with_its_name_and_state(alarms):
    plain = config.from_json(
        json.dumps({"severities": {s: {"announce_insufficient_data": True} for s in Severity}})
    )
    events_ = [alarm(name, state, place) for place, (name, state) in enumerate(alarms)]
    planned = pipeline.plan(events_, plain, Memory(), Descriptions(lambda _: {}, lambda _: None), 0.0)
    assert sum(len(message.routed) for message in planned.messages) == len(alarms)
    assert not planned.dropped
    for message in planned.messages:
        bare = "\n".join(body["text"] for body in message.rungs[2])
        for one in message.routed:
            assert one.alert.facts
            told = mask.text(one.alert.facts.name)
            assert one.alert.title == told or told != one.alert.facts.name
            assert f"{one.alert.facts.state}: {escape(one_line(told))}"[:290] in bare


@given(names.filter(lambda name: not re.search("[=:]|key|[a-zA-Z0-9+/]{40}", name)))
def test_a_name_that_holds_no_secret_is_never_changed(name):
    assert mask.text(name) == clean(name)


@given(st.sampled_from(["OK", "ALARM", "INSUFFICIENT_DATA"]), names)
def test_each_state_has_one_status(state, name):
    (received,) = unwrap(alarm(name, state, 0))
    found = events.parse(received)
    assert {"OK": "resolved", "ALARM": "firing", "INSUFFICIENT_DATA": "no_data"}[state] == found.status
    assert found.state == state


TOKEN = "T0TESTTEAM/B0TESTHOOK/s3cr3ttokens3cr3ttoken"


AS_THEY_ARE = ("source", "detail-type", "Type", "TopicArn", "notificationType", "eventSource")


def with_token(value):
    """The webhook in the place of every text that a publisher chooses."""
    if isinstance(value, dict):
        return {key: with_token(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_token(item) for item in value]
    return f"{value} https://hooks.slack.com/services/{TOKEN} {value}" if isinstance(value, str) else value


@relaxed
@given(mutated())
def test_no_message_quotes_a_webhook(event):
    told = with_token(event)
    quoting = [told]
    if isinstance(event, dict):  # as its parser sees it
        quoting.append(told | {key: event[key] for key in AS_THEY_ARE if key in event})
    for one in quoting:
        said = json.dumps([message.rungs for message in plan(one).messages])
        assert TOKEN not in said
        assert TOKEN.rpartition("/")[2] not in said
