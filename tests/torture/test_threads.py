"""A bot's token against the fake Slack: an alarm's end changes its message; what fails is told anew."""

import json
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
import requests
from tests.torture.table import Table
from tests.torture.world import PARAMETER, QUEUE_URL, Event, arn, eventbridge, sns, topic

from alarmctl.slack.server import FakeSlack
from notify_slack import events
from notify_slack.bot import Access, Posted
from notify_slack.envelope import unwrap
from notify_slack.handler import Entry, Invocation
from notify_slack.ledger import _alarm_key
from notify_slack.log import Log
from notify_slack.notifier import World
from notify_slack.picture import Wanted

START = 1_767_607_200.0  # 2026-01-05T10:00:00Z


@dataclass
class Stack:
    """The real handler and a fake Slack, on one clock that only sleeping moves."""

    slack: Any = None
    bot: bool = True
    config: dict[str, Any] = field(default_factory=dict)
    table: Table = field(default_factory=Table)
    passed: float = 0.0
    said: list[str] = field(default_factory=list)
    entry: Any = None
    dies: str = ""

    def clock(self):
        return self.passed

    def now(self):
        return START + self.passed

    def sleep(self, seconds):
        self.passed += seconds

    def call(self, service, operation, body):
        if service == "ssm":
            value = self.slack.bot_credential if self.bot else self.slack.webhook_url
            return {"Parameter": {"Value": value}}
        if service != "dynamodb":
            return {}
        if self.dies and self.dies in json.dumps(body):
            self.dies = ""
            raise KeyboardInterrupt  # nothing of ours catches it: the process is gone
        return self.table.call(operation, body)

    def restart(self):
        """A new process, as after a deployment."""
        session = requests.Session()
        session.trust_env = False
        environ = {
            "ENVIRONMENT": "local",
            "WEBHOOK_PARAMETER": PARAMETER,
            "LEDGER_TABLE": "t-ledger",
            "QUEUE_URL": QUEUE_URL,
            "NOTIFIER_CONFIG": json.dumps(
                {
                    "name": "t",
                    "topics": {topic(one): one for one in ("critical", "warning", "info")},
                    "bot": {"channel": "#alerts", **self.config.pop("bot", {})},
                    **self.config,
                }
            ),
        }
        world = World(
            environ=environ,
            session=session,
            call=self.call,
            client=lambda _: self,
            clock=self.clock,
            now=self.now,
            sleep=self.sleep,
            chance=lambda: 0.5,
            worker=f"worker-{self.passed}",
        )
        self.entry = Entry(world, Log(self.said.append))

    def describe_alarms(self, **_):
        return {"MetricAlarms": []}

    def handle(self, *bodies, after=0.0):
        """One batch, so many seconds later; the records that stay in the queue."""
        self.sleep(after)
        if self.entry is None:
            self.restart()
        records = [
            {"messageId": f"m{place}", "receiptHandle": f"r{place}", "eventSource": "aws:sqs", "body": body}
            for place, body in enumerate(bodies)
        ]
        answer = Invocation(self.entry, Log(self.said.append)).run({"Records": records}, None)
        return answer["batchItemFailures"]

    def event(self, state="ALARM", previous="OK", severity="critical", number=0):
        """A state that begins now."""
        return Event(f"t-{number:05d}", severity, state, previous, self.now())

    def tell(self, state="ALARM", previous="OK", after=0.0, **named):
        """An event of its own, told at once."""
        self.sleep(after)
        return self.handle(sns(self.event(state, previous, **named), f"sns-{state}-{self.passed}"))

    @property
    def item(self):
        """What the ledger has of the alarm."""
        (found,) = [item for key, item in self.table.items.items() if key.startswith("alarm#")]
        return found

    @property
    def shown(self):
        """The messages of the channel, without answers."""
        return [one for one in self.slack.messages if not one.thread]


@pytest.fixture
def stack():
    made = Stack()
    with FakeSlack(burst=3, clock=made.clock) as slack:
        made.slack = slack
        yield made


def title(message):
    return message.body["blocks"][0]["text"]["text"]


def colour(message):
    return message.body["attachments"][0]["color"]


def test_an_end_changes_the_alarms_message_and_is_told_in_its_thread(stack):
    assert stack.tell() == []
    assert title(stack.shown[0]) == ":red_circle: ALARM: t-00000"
    assert stack.tell("OK", "ALARM", after=720.0) == []
    (message,) = stack.shown
    assert title(message) == ":large_green_circle: Resolved after 12 min: t-00000"
    assert message.edited
    assert colour(message) == "#2eb67d"
    assert "ALARM since <!date^1767607200^" in json.dumps(message.body)
    (reply,) = message.replies
    assert "*Resolved after 12 min: t-00000*" in reply.body["text"]
    assert not reply.broadcast
    assert stack.slack.counts["refused"] == 0


def test_both_in_one_batch_are_one_message(stack):
    fired, ended = stack.event(), replace(stack.event("OK", "ALARM"), at=stack.now() + 30.0)
    assert stack.handle(sns(fired, "sns-1"), sns(ended, "sns-2"), eventbridge(fired, "event-1")) == []
    (message,) = stack.shown
    assert title(message) == ":large_green_circle: Resolved after 30 s: t-00000"


def test_silence_is_no_end(stack):
    stack.config = {"severities": {"critical": {"announce_insufficient_data": True}}}
    stack.tell()
    stack.tell("INSUFFICIENT_DATA", "ALARM", after=300.0)
    (message,) = stack.shown
    assert title(message) == ":white_circle: No data: t-00000"
    assert colour(message) == "#8d8d8d"
    assert "esolved" not in json.dumps([message.body, message.replies[0].body])
    stack.tell("OK", "INSUFFICIENT_DATA", after=300.0)
    assert title(stack.shown[0]) == ":large_green_circle: Resolved after 10 min: t-00000"
    assert len(stack.shown[0].replies) == 2


def test_silence_that_is_not_announced_changes_nothing_until_the_end(stack):
    stack.tell()
    before = stack.shown[0].body
    stack.tell("INSUFFICIENT_DATA", "ALARM", after=300.0)
    assert stack.shown[0].body == before
    stack.tell("OK", "INSUFFICIENT_DATA", after=300.0)
    assert title(stack.shown[0]) == ":large_green_circle: Resolved after 10 min: t-00000"


def test_a_reminder_stands_in_the_thread_and_in_the_channel(stack):
    event = stack.event()
    stack.handle(sns(event, "sns-1"))
    reminder = {"notify_slack": "reminder", "after": 1, **json.loads(eventbridge(event, "event-9"))}
    assert stack.handle(json.dumps([reminder]), after=14_400.0) == []
    (message,) = stack.shown
    (reply,) = message.replies
    assert reply.broadcast
    assert "(reminder)" in reply.body["text"]
    assert title(message) == ":red_circle: ALARM: t-00000"
    stack.tell("OK", "ALARM", after=60.0)
    assert title(stack.shown[0]).startswith(":large_green_circle: Resolved after 4 h 1 min")


def test_it_fires_again_in_a_message_of_its_own(stack):
    for after in (0.0, 600.0):
        stack.tell(after=after)
        stack.tell("OK", "ALARM", after=60.0)
    assert [title(one) for one in stack.shown] == [":large_green_circle: Resolved after 1 min: t-00000"] * 2


@pytest.mark.parametrize(
    "error", ["message_not_found", "cant_update_message", "edit_window_closed", "new_word"]
)
def test_what_cannot_be_changed_is_told_anew(error, stack):
    stack.tell()
    stack.slack.fail(status=200, body=json.dumps({"ok": False, "error": error}))
    assert stack.tell("OK", "ALARM", after=720.0) == []
    fired, ended = stack.shown
    assert title(fired) == ":red_circle: ALARM: t-00000"
    assert title(ended) == ":large_green_circle: Resolved: t-00000"
    assert stack.item["shown"]["S"] == "resolved"


def test_a_deleted_message_is_told_anew(stack):
    stack.tell()
    stack.slack.clear()
    assert stack.tell("OK", "ALARM", after=720.0) == []
    (ended,) = stack.shown
    assert "Resolved" in title(ended)


def test_an_answer_that_slack_refuses_is_told_anew(stack):
    stack.tell()
    lost = {"ok": False, "error": "restricted_action_thread_locked"}
    stack.sleep(720.0)
    original = stack.slack._inbox.unless_failing
    calls = []

    def second_fails(raw, deliver):
        calls.append(raw)
        return (200, {}, json.dumps(lost)) if len(calls) == 2 else original(raw, deliver)

    stack.slack._inbox.unless_failing = second_fails
    assert stack.tell("OK", "ALARM") == []
    assert [title(one) for one in stack.shown] == [
        ":large_green_circle: Resolved after 12 min: t-00000",
        ":large_green_circle: Resolved: t-00000",
    ]


def test_a_slack_that_is_away_keeps_the_end_in_the_queue_and_tells_it_once(stack):
    stack.tell()
    ended = sns(replace(stack.event("OK", "ALARM"), at=stack.now() + 60.0), "sns-ok")
    stack.slack.fail(status=503, seconds=600.0)
    assert stack.handle(ended, after=60.0) != []
    assert stack.handle(ended, after=600.0) == []
    (message,) = stack.shown
    assert title(message) == ":large_green_circle: Resolved after 1 min: t-00000"
    assert len(message.replies) == 1


def test_an_answer_that_may_be_there_says_so_when_it_comes_again(stack):
    stack.tell()
    stack.sleep(60.0)
    stack.slack.fail(posted_but_answer_lost=True, count=2)  # the change needs no mark: it can be made twice
    assert stack.tell("OK", "ALARM") == []
    (message,) = stack.shown
    marks = ["possible repeat" in reply.body["text"] for reply in message.replies]
    assert marks == [False]
    stack.tell(after=60.0)
    original = stack.slack._inbox.unless_failing

    def lost(raw, deliver):
        answer = original(raw, deliver)
        if b"thread_ts" not in raw:
            return answer
        stack.slack._inbox.unless_failing = original
        return None

    stack.slack._inbox.unless_failing = lost
    assert stack.tell("OK", "ALARM", after=60.0) == []
    marks = ["possible repeat" in reply.body["text"] for reply in stack.shown[1].replies]
    assert marks == [False, True]


def test_a_process_that_dies_before_it_wrote_the_end_down_repeats_only_the_answer(stack):
    stack.tell()
    ended = sns(replace(stack.event("OK", "ALARM"), at=stack.now() + 60.0), "sns-ok")
    stack.dies = '":told_at_"'
    with pytest.raises(KeyboardInterrupt):
        stack.handle(ended, after=60.0)
    stack.restart()
    assert stack.handle(ended, after=60.0) == []
    (message,) = stack.shown
    assert title(message) == ":large_green_circle: Resolved after 1 min: t-00000"
    assert ["possible repeat" in one.body["text"] for one in message.replies] == [False, True]


def test_a_process_that_dies_before_it_wrote_the_alarm_down_ends_the_copy(stack):
    fired = sns(stack.event(), "sns-1")
    stack.dies = '":told_at_"'
    with pytest.raises(KeyboardInterrupt):
        stack.handle(fired)
    stack.restart()
    stack.handle(fired, after=60.0)
    stack.tell("OK", "ALARM", after=60.0)
    first, copy = stack.shown
    assert title(first) == ":red_circle: ALARM: t-00000"
    assert title(copy).startswith(":large_green_circle: Resolved after")


def test_another_channel_by_a_rule_gets_a_message_of_its_own(stack):
    rule = {
        "name": "ends",
        "when": {"status": ["resolved"]},
        "channel": "alerts",
    }  # as the fake knows it, too
    stack.config = {"rules": [rule]}
    stack.tell()
    stack.tell("OK", "ALARM", after=60.0)
    assert [title(one)[:20] for one in stack.shown] == [":red_circle: ALARM: ", ":large_green_circle:"]


def test_a_digest_is_a_message_of_its_own_and_its_alarms_end_in_new_ones(stack):
    fired = [stack.event(number=number) for number in range(5)]
    assert stack.handle(*(sns(event, f"sns-{event.alarm}") for event in fired)) == []
    stack.tell("OK", "ALARM", after=60.0)
    digest, ended = stack.shown
    assert "5 alerts" in title(digest)
    assert title(ended) == ":large_green_circle: Resolved: t-00000"


def test_what_comes_late_changes_nothing(stack):
    stack.tell(after=0.0)
    old = replace(stack.event("OK", "ALARM"), at=stack.now() - 600.0)
    stack.handle(sns(old, "sns-old"), after=60.0)
    first, late = stack.shown
    assert title(first) == ":red_circle: ALARM: t-00000"
    assert "late, superseded" in title(late)


@pytest.mark.parametrize("off", ["webhook", "switch", "ledger"])
def test_without_a_token_the_switch_or_the_ledger_each_state_is_a_message(off, stack):
    stack.bot = off != "webhook"
    if off == "switch":
        stack.config = {"bot": {"threads": False}}
    stack.tell()
    if off == "ledger":
        stack.table.down = True
        stack.restart()
    stack.tell("OK", "ALARM", after=720.0)
    assert len(stack.shown) == 2
    assert not any(one.edited or one.replies for one in stack.shown)


def test_a_token_in_the_place_of_a_webhook_and_back(stack):
    stack.tell()
    stack.bot = False
    stack.restart()
    assert stack.tell("OK", "ALARM", after=720.0) == []
    assert title(stack.shown[1]) == ":large_green_circle: Resolved: t-00000"


def test_contributors_share_an_alarm_and_no_message(stack):
    def told(state, contributor):
        envelope = json.loads(
            sns(stack.event(state, "OK" if state == "ALARM" else "ALARM"), f"{state}{contributor}")
        )
        message = json.loads(envelope["Message"])
        message |= {
            "AlarmContributorId": contributor,
            "AlarmContributorAttributes": {"InstanceId": contributor},
        }
        stack.sleep(30.0)
        return stack.handle(json.dumps(envelope | {"Message": json.dumps(message)}))

    told("ALARM", "i-1")
    told("OK", "i-2")
    assert not any(one.edited for one in stack.shown)


@pytest.mark.parametrize(
    "item",
    [
        # As 0.1 wrote an alarm that fires: nothing about threads.
        {
            "newest_at": "N1767607200000",
            "shown": "Sfiring",
            "urgency": "N0",
            "firing_since": "N1767607200000",
        },
        # This version told of an alarm, and 0.1 of its end and of the next one: the message is an old one.
        {
            "newest_at": "N1767607200000",
            "shown": "Sfiring",
            "urgency": "N0",
            "firing_since": "N1767607200000",
            "ts": "S1767600000.000001",
            "channel": "SC0LOCAL000",
            "sent_to": "Sdefault",
            "thread_at": "N1767600000000",
        },
    ],
)
def test_items_of_the_version_before_end_in_a_message_of_their_own(item, stack):
    pk = _alarm_key(arn("t-00000"))
    stack.table.items[pk] = {"pk": {"S": pk}} | {name: {value[0]: value[1:]} for name, value in item.items()}
    assert stack.tell("OK", "ALARM", after=720.0) == []
    (ended,) = stack.shown
    assert not ended.edited


def test_a_ledger_that_forgets_is_no_reason_to_fail(stack):
    stack.tell()
    for item in stack.table.items.values():
        for name in ("firing_since", "said", "picture"):
            item.pop(name, None)
    assert stack.tell("OK", "ALARM", after=720.0) == []
    (message,) = stack.shown
    assert title(message) == ":large_green_circle: Resolved: t-00000"


def test_the_picture_is_still_there_after_the_end(stack):
    stack.tell()
    stack.item["picture"] = {"S": "F0123456789"}
    stack.tell("OK", "ALARM", after=720.0)
    pictures = [block for block in stack.shown[0].body["blocks"] if block["type"] == "image"]
    assert [one["slack_file"] for one in pictures] == [{"id": "F0123456789"}]


def test_a_picture_that_comes_after_the_end_is_not_shown(stack):
    stack.tell()
    ledger = stack.entry.notifier().ledger
    ts = stack.item["ts"]["S"]
    assert ledger.illustrate(arn("t-00000"), ts, "F1")
    stack.tell("OK", "ALARM", after=60.0)
    assert not ledger.illustrate(arn("t-00000"), ts, "F2")
    assert not ledger.illustrate(arn("t-00000"), "1.2", "F2")


def test_a_contributors_message_is_changed_by_nobody_so_its_picture_is_always_shown(stack):
    stack.tell()
    notifier = stack.entry.notifier()
    (received,) = unwrap({"Records": [{"eventSource": "aws:sqs", "body": sns(stack.event(), "sns-1")}]})
    alert = events.parse(received)
    assert alert.facts
    posted = Posted(Access("xoxb-1"), "C1", "1.2", {})
    assert not notifier._keeps(Wanted(alert, posted), "F1")
    contributor = replace(alert, facts=replace(alert.facts, contributor_id="i-1"))
    assert notifier._keeps(Wanted(contributor, posted), "F1")


def test_no_token_in_any_line(stack):
    stack.tell()
    stack.slack.fail(status=500, count=2)
    stack.tell("OK", "ALARM", after=60.0)
    assert "xoxb-" not in "".join(stack.said)
