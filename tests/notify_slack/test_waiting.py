"""How long things wait: between tries, between posts, until the fallback is told."""

from typing import Any

import pytest

from notify_slack.backoff import MAX_SECONDS, wait_seconds
from notify_slack.errors import RetryableError
from notify_slack.fallback import AGAIN_SECONDS, OUTAGE_SECONDS, SUBJECT_CHARS, Fallback
from notify_slack.model import Alert, Routed, Severity, Status
from notify_slack.pacing import ALONE_SECONDS, SLOT_SECONDS, Pacer


@pytest.mark.parametrize(
    ("age", "receives", "seconds"),
    [(0, 1, 2), (10, 2, 4), (60, 5, 32), (100, 6, 60), (3600, 60, 60), (4201, 3, 900), (90_000, 2, 1800)],
)
def test_waits_double_up_to_the_longest_of_their_age(age, receives, seconds):
    assert wait_seconds(age, receives, 0.0) == seconds
    assert wait_seconds(age, receives, 1.0) == round(seconds * 0.8)


def test_slacks_own_wait_is_the_least_and_sqs_takes_twelve_hours_at_most():
    assert wait_seconds(0, 1, 1.0, retry_after=30.0) == 30
    assert wait_seconds(0, 1, 1.0, retry_after=1e9) == MAX_SECONDS
    assert wait_seconds(-5.0, 0, 1.0) >= 1


@pytest.mark.parametrize(("days", "most"), [(4, 500), (14, 1000)])
@pytest.mark.parametrize("chance", [0.0, 0.5, 1.0])
def test_the_receives_stay_below_what_the_queue_allows(days, most, chance):
    age, receives = 0.0, 1
    while age < days * 86_400:
        age += wait_seconds(age, receives, chance)
        receives += 1
    assert receives <= most


class Slots:
    """The ledger's slots as told."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.held = []

    def take_slot(self, name, seconds, within):
        self.asked.append((name, seconds, within))
        return self.answers.pop(0)

    def hold_slots(self, name, seconds):
        self.held.append((name, seconds))


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_a_slot_is_taken_from_the_ledger():
    clock = Clock()
    slots: Any = Slots(0.0, 1.5)
    pacer = Pacer("/p", slots, clock)
    assert pacer.wait(25.0) == 0.0
    assert pacer.wait(25.0) == 1.5
    assert slots.asked == [("/p", SLOT_SECONDS, 25.0)] * 2


def test_a_slot_beyond_the_budget_is_not_taken():
    clock = Clock()
    slots: Any = Slots(40.0, 3.0)
    pacer = Pacer("/p", slots, clock)
    assert pacer.wait(25.0) == 40.0
    assert pacer.wait(25.0) == 3.0


@pytest.mark.parametrize("answer", [None, 1e6])
def test_alone_it_goes_at_half_pace(answer):
    clock = Clock()
    slots: Any = Slots(answer, answer)
    pacer = Pacer("/p", slots, clock)
    assert pacer.wait(25.0) == 0.0
    assert pacer.wait(25.0) == ALONE_SECONDS


def test_what_slack_asks_for_holds_for_all():
    clock = Clock()
    slots: Any = Slots(0.0)
    pacer = Pacer("/p", slots, clock)
    pacer.hold(30.0)
    assert slots.held == [("/p", 30.0)]
    assert pacer.wait(25.0) == 30.0
    assert slots.asked == [], "nobody needs to be asked"
    clock.now += 29.0
    assert pacer.wait(25.0) == 1.0


def routed(name="api-cpu"):
    alert = Alert("alarm", f"key of {name}", name, Status.FIRING, "ALARM", brief="97 %")
    return Routed(alert, Severity.CRITICAL)


class Ways:
    """The ways of a fallback, which may fail."""

    def __init__(self, send_fails=False, publish_fails=False):
        self.sent = []
        self.published = []
        self.failures = []
        self.send_fails, self.publish_fails = send_fails, publish_fails

    def send(self, routed, _deadline):
        if self.send_fails:
            raise RetryableError("down")
        self.sent.append([one.alert.title for one in routed])

    def publish(self, subject, text):
        if self.publish_fails:
            raise OSError
        self.published.append((subject, text))

    def make(self, *, second=True, topic=True):
        return Fallback(
            "acme", self.send if second else None, self.publish if topic else None, None, self.failures.append
        )


def test_the_second_webhook_is_told_once():
    ways = Ways()
    fallback = ways.make()
    assert len(fallback.tell([routed(), routed("b")], "revoked", 1.0)) == 2
    assert fallback.tell([routed()], "revoked", 1.0) == []
    assert ways.sent == [["api-cpu", "b"]]
    assert ways.published == []


def test_when_the_second_webhook_fails_the_topic_is_told():
    ways = Ways(send_fails=True)
    assert len(ways.make().tell([routed()], "revoked", 1.0)) == 1
    ((subject, text),) = ways.published
    assert subject == "acme: alerts that Slack refuses"
    assert "revoked" in text
    assert "critical: ALARM: api-cpu · 97 %" in text
    assert [type(failure) for failure in ways.failures] == [RetryableError]


@pytest.mark.parametrize("topic", [True, False])
def test_what_nobody_took_is_told_again(topic):
    ways = Ways(send_fails=True, publish_fails=True)
    fallback = ways.make(topic=topic)
    assert fallback.tell([routed()], "revoked", 1.0) == []
    ways.send_fails = False
    assert len(fallback.tell([routed()], "revoked", 1.0)) == 1


def test_a_long_list_is_cut_visibly():
    ways = Ways()
    ways.make(second=False).tell([routed(str(number)) for number in range(510)], "revoked", 1.0)
    assert ways.published[0][1].endswith("… and 10 more")
    assert len(ways.published[0][0]) <= SUBJECT_CHARS


def test_an_outage_is_told_after_three_minutes_and_then_hourly():
    ways = Ways()
    fallback = ways.make()
    start = 1_000_000.0
    told = [seconds for seconds in range(0, 9000, 10) if fallback.outage([routed()], start, start + seconds)]
    assert told == [OUTAGE_SECONDS, OUTAGE_SECONDS + AGAIN_SECONDS, OUTAGE_SECONDS + 2 * AGAIN_SECONDS]
    fallback.over()
    assert fallback.outage([routed()], start + 9000, start + 9000 + OUTAGE_SECONDS), "a new one"


def test_without_a_topic_an_outage_is_told_nowhere():
    assert not Ways().make(topic=False).outage([routed()], 0.0, 1e6)
