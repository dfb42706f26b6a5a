"""dedupe, enrich and route: what is told once, what is withheld, and how urgent the rest is."""

from dataclasses import replace
from itertools import permutations

import pytest

from notify_slack import config, events, facts
from notify_slack.dedupe import Memory, merge
from notify_slack.enrich import (
    CACHE_SECONDS,
    Descriptions,
    enrich,
    needs_description,
    topic_severity,
    withheld,
)
from notify_slack.envelope import unwrap
from notify_slack.model import Alert, Drop, Dropped, Path, Routed, Severity, Status
from notify_slack.route import route

WARNING = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"


def parse(event):
    (received,) = unwrap(event)
    return events.parse(received)


@pytest.fixture
def by_sns(load, wrap):
    return parse(wrap.sqs(wrap.notification(load("alarm-sns"))))


@pytest.fixture
def by_event(load, wrap):
    found = parse(wrap.sqs(load("alarm-eventbridge")))
    return replace(found, records=frozenset({"record-9"}))


@pytest.fixture
def described(load):
    """The fixtures' alarm as DescribeAlarms tells it."""
    message = load("alarm-sns")
    return {
        "AlarmArn": message["AlarmArn"],
        "AlarmName": message["AlarmName"],
        "ActionsEnabled": True,
        **{key: message[key] for key in ("OKActions", "AlarmActions", "InsufficientDataActions")},
        "EvaluationPeriods": 2,
        "DatapointsToAlarm": 2,
        "Threshold": 80.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
    }


def never(error: Exception) -> None:
    raise AssertionError(error)


# --- dedupe


def test_copies_of_one_alarm_become_one_with_all_that_they_know(by_sns, by_event):
    merged = {merge(copies) for copies in permutations((by_sns, by_event))}
    ((one,),) = merged
    assert one.records == {"record-0", "record-9"}
    assert one.topics == by_sns.topics
    assert one.path is Path.ACTION
    assert one.facts
    assert one.facts.evaluation_periods == 2, "only SNS knows"
    assert one.facts.previous_at is not None, "only EventBridge knows"
    assert ("Previously", "OK for 3 h 12 min") in [(field.title, field.value) for field in one.fields]


def test_copies_on_two_topics_take_the_more_urgent(by_sns, settings):
    other = replace(by_sns, topics=frozenset({WARNING}))
    for copies in permutations((by_sns, other)):
        (one,) = merge(copies)
        assert topic_severity(one, settings) is Severity.CRITICAL


def test_alerts_without_a_key_are_never_taken_for_copies():
    alert = Alert(kind="text", key="", title="disk full", status=Status.NOTICE, state="notice")
    assert len(merge([alert, alert])) == 2


def test_of_other_events_the_copy_that_says_more_wins(load):
    poor = parse(load("health"))
    rich = replace(poor, summary=poor.summary + " More.")
    for copies in permutations((poor, rich)):
        assert merge(copies)[0].summary == rich.summary


def test_memory_knows_what_was_posted_and_how_urgently(by_sns):
    memory = Memory()
    assert not memory.has(by_sns, None)
    memory.remember(by_sns, Severity.WARNING)
    assert memory.has(by_sns, None)
    assert memory.has(by_sns, Severity.WARNING)
    assert memory.has(by_sns, Severity.INFO)
    assert not memory.has(by_sns, Severity.CRITICAL)


def test_memory_is_bounded(by_sns):
    memory = Memory(limit=2)
    for name in "abc":
        memory.remember(replace(by_sns, key=name, subject_key=name), Severity.INFO)
    assert not memory.has(replace(by_sns, key="a"), None)
    assert memory.has(replace(by_sns, key="c"), None)
    assert not memory.is_firing(replace(by_sns, subject_key="a"))


def test_memory_forgets_a_firing_alarm_once_it_is_resolved(by_sns, ok_event):
    memory = Memory()
    memory.remember(by_sns, Severity.CRITICAL)
    assert memory.is_firing(parse(ok_event))
    memory.remember(parse(ok_event), Severity.CRITICAL)
    assert not memory.is_firing(by_sns)


# --- enrich


def test_an_event_needs_a_description_and_an_action_of_ours_does_not(by_sns, by_event, load, settings):
    assert needs_description(by_event, settings)
    assert not needs_description(by_sns, settings)
    assert needs_description(parse(load("alarm-lambda")), settings)
    assert not needs_description(parse(load("health")), settings)


def test_a_description_fills_the_gaps(by_event, by_sns, described, settings):
    full = enrich(by_event, facts.from_describe_alarms(described))
    assert withheld(full, settings) is None
    assert topic_severity(full, settings) is Severity.CRITICAL
    assert full.facts
    assert full.facts.comparison == by_sns.facts.comparison
    assert full.records == by_event.records
    assert full.key == by_event.key


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ActionsEnabled": False}, Drop.ACTIONS_DISABLED),
        ({"AlarmActions": []}, Drop.NOT_OURS),
        ({"AlarmActions": ["arn:aws:automate:eu-west-1:ec2:stop"]}, Drop.NOT_OURS),
        ({"OKActions": []}, None),
    ],
)
def test_what_cloudwatch_keeps_from_us_is_withheld(change, reason, by_event, described, settings):
    assert withheld(enrich(by_event, facts.from_describe_alarms(described | change)), settings) == reason


@pytest.mark.parametrize(
    ("known", "reason"),
    [({"suppressed_by": "Alarm"}, Drop.SUPPRESSED), ({"muted_by": "arn:aws:cloudwatch:x"}, Drop.MUTED)],
)
def test_suppressed_and_muted_events_are_withheld(known, reason, by_event, by_sns, settings):
    assert withheld(replace(by_event, facts=replace(by_event.facts, **known)), settings) == reason
    assert withheld(replace(by_sns, facts=replace(by_sns.facts, **known)), settings) is None


def test_mute_and_suppressor_are_read_from_the_event(load):
    event = load("alarm-eventbridge")
    event["detail"]["state"]["actionsSuppressedBy"] = "WaitPeriod"
    event["detail"]["muteDetail"] = {
        "mutedByArn": "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:night"
    }
    known = parse(event).facts
    assert known.suppressed_by == "WaitPeriod"
    assert known.muted_by.endswith("night")


def test_what_cannot_be_described_is_posted_as_a_warning(by_event, settings):
    assert withheld(by_event, settings) is None
    routed = posted(by_event, settings, was_firing=False)
    assert (routed.severity, routed.mention) == (Severity.WARNING, "")


def test_an_event_that_came_by_a_topic_of_ours_was_asked_for(by_event, described, settings):
    foreign = facts.from_describe_alarms(described | {"AlarmActions": []})
    on_topic = replace(by_event, topics=frozenset({WARNING}))
    assert withheld(enrich(on_topic, foreign), settings) is None
    assert topic_severity(on_topic, settings) is Severity.WARNING


def test_an_alarm_without_a_time_keeps_its_messages_id(load, wrap, described):
    event = load("alarm-sns") | {"StateChangeTime": None}
    copy = parse(wrap.sns_lambda(event, "sns-7"))
    assert enrich(copy, facts.from_describe_alarms(described)).key == "sns-7"
    assert merge([copy, copy])[0].key == "sns-7"


def test_without_topics_nothing_can_be_foreign(by_event, described):
    full = enrich(by_event, facts.from_describe_alarms(described | {"AlarmActions": ["arn:x"]}))
    assert withheld(full, config.Config()) is None


def test_descriptions_are_asked_for_once_and_again_after_a_while(described):
    asked = []

    def describe(arns):
        asked.append(list(arns))
        return {described["AlarmArn"]: described}

    cache = Descriptions(describe, never)
    arn = described["AlarmArn"]
    assert set(cache.get([arn, arn, "arn:unknown"], now=0.0)) == {arn}
    assert cache.get([arn], now=CACHE_SECONDS - 1)[arn].threshold == 80.0
    assert cache.get([arn], now=CACHE_SECONDS + 1)[arn].threshold == 80.0
    assert asked == [[arn, "arn:unknown"], [arn]]


def test_a_failed_description_is_told_and_costs_nothing():
    failures: list[Exception] = []

    def describe(arns):
        raise OSError("no route")

    assert Descriptions(describe, failures.append).get(["arn:x"], now=0.0) == {}
    assert [type(failure) for failure in failures] == [OSError]


# --- route


def posted(alert, settings, *, was_firing):
    decided = route(alert, settings, was_firing=was_firing)
    assert isinstance(decided, Routed)
    return decided


def dropped(alert, settings, *, was_firing):
    decided = route(alert, settings, was_firing=was_firing)
    assert isinstance(decided, Dropped)
    return decided.reason


@pytest.fixture
def ok_alert(ok_event):
    return parse(ok_event)


def from_no_data(alert):
    return replace(alert, facts=replace(alert.facts, previous_state="INSUFFICIENT_DATA"))


def test_the_topic_gives_the_severity_and_the_mention(by_sns, settings):
    routed = posted(by_sns, settings, was_firing=False)
    assert (routed.severity, routed.mention) == (Severity.CRITICAL, "<!here>")


@pytest.mark.parametrize(
    ("status", "mention"), [(Status.RESOLVED, ""), (Status.FIRING, "<!here>"), (Status.NOTICE, "<!here>")]
)
def test_what_is_over_mentions_nobody(status, mention, ok_alert, settings):
    alert = replace(ok_alert, status=status, topics=frozenset({next(iter(settings.topics))}))
    routed = posted(alert, settings, was_firing=True)
    assert (routed.severity, routed.mention) == (Severity.CRITICAL, mention)


def policy(**values):
    return replace(config.Config(), policies={severity: config.Policy(**values) for severity in Severity})


def test_ok_is_announced_unless_it_is_switched_off(ok_alert):
    assert isinstance(route(ok_alert, policy(), was_firing=False), Routed)
    assert dropped(ok_alert, policy(announce_ok=False), was_firing=True) is Drop.OK_OFF


def test_no_data_is_announced_only_where_asked_for(ok_alert):
    silent = replace(ok_alert, status=Status.NO_DATA)
    assert dropped(silent, policy(), was_firing=True) is Drop.NO_DATA_OFF
    assert isinstance(route(silent, policy(announce_insufficient_data=True), was_firing=False), Routed)


def test_first_data_is_no_news(ok_alert):
    first = from_no_data(ok_alert)
    assert dropped(first, policy(), was_firing=False) is Drop.FIRST_DATA
    assert isinstance(route(first, policy(), was_firing=True), Routed), "the channel shows it as firing"
    assert isinstance(route(first, policy(announce_insufficient_data=True), was_firing=False), Routed)
