"""The stages together: what is planned, what is posted, and what each record is told."""

import pytest

from notify_slack import pipeline
from notify_slack.dedupe import Memory
from notify_slack.enrich import Descriptions
from notify_slack.errors import ConfigError, RejectedError, RetryableError
from notify_slack.group import entries
from notify_slack.model import Drop, Severity
from notify_slack.post import Desk
from notify_slack.render import render


def never(error: Exception) -> None:
    raise AssertionError(error)


@pytest.fixture
def run(settings):
    """Plan and deliver events with one memory; `describe` and `post` may be replaced."""

    class Run:
        def __init__(self):
            self.memory = Memory()
            self.descriptions = {}
            self.posted = []
            self.fault = None

        def post(self, message):
            if self.fault:
                raise self.fault
            self.posted.append(message)
            return 0

        def __call__(self, event):
            descriptions = Descriptions(lambda _: self.descriptions, never)
            planned = pipeline.plan(event, settings, self.memory, descriptions, 0.0)
            return Desk(self.post, lambda routed: render(entries(routed), settings), self.memory).post(
                planned
            )

    return Run()


def test_both_paths_together_make_one_message(run, load, wrap):
    outcomes = run(wrap.sqs(wrap.notification(load("alarm-sns")), load("alarm-eventbridge")))
    assert len(run.posted) == 1
    assert [outcome.severity for outcome in outcomes] == [Severity.CRITICAL]
    assert pipeline.failed_records(outcomes) == []


@pytest.mark.parametrize("first", ["sns", "event"])
def test_both_paths_one_after_the_other_make_one_message(first, run, load, wrap):
    events = [wrap.sqs(wrap.notification(load("alarm-sns"))), wrap.sqs(load("alarm-eventbridge"))]
    sns = load("alarm-sns")
    run.descriptions = {sns["AlarmArn"]: {"AlarmArn": sns["AlarmArn"], "AlarmActions": sns["AlarmActions"]}}
    for event in events if first == "sns" else reversed(events):
        outcomes = run(event)
    assert len(run.posted) == 1
    assert [outcome.drop for outcome in outcomes] == [Drop.DUPLICATE]


def test_a_later_copy_of_higher_severity_is_told(run, load, wrap):
    run(wrap.sqs(load("alarm-eventbridge")))
    run(wrap.sqs(wrap.notification(load("alarm-sns"))))
    assert [message.routed[0].severity for message in run.posted] == [Severity.WARNING, Severity.CRITICAL]


def test_a_withheld_copy_leaves_no_claim(run, load, wrap):
    muted = load("alarm-eventbridge")
    muted["detail"]["muteDetail"] = {"mutedByArn": "arn:x"}
    assert [outcome.drop for outcome in run(wrap.sqs(muted))] == [Drop.MUTED]
    run(wrap.sqs(wrap.notification(load("alarm-sns"))))
    assert len(run.posted) == 1


def test_what_was_not_posted_is_not_remembered(run, load, wrap):
    event = wrap.sqs(wrap.notification(load("alarm-sns")))
    run.fault = RetryableError("Slack is down")
    assert pipeline.failed_records(run(event)) == ["record-0"]
    run.fault = None
    assert pipeline.failed_records(run(event)) == []
    assert len(run.posted) == 1


def test_every_copys_record_shares_its_alerts_fate(run, load, wrap):
    run.fault = RetryableError("Slack is down")
    outcomes = run(wrap.sqs(wrap.notification(load("alarm-sns")), "fine", load("alarm-eventbridge")))
    assert pipeline.failed_records(outcomes) == ["record-0", "record-1", "record-2"]


@pytest.mark.parametrize(
    ("fault", "tries"),
    [(RejectedError("bad body"), 3), (RetryableError("down"), 1), (ConfigError("revoked"), 1)],
)
def test_only_a_refused_message_lets_the_next_one_try(fault, tries, run, wrap, monkeypatch):
    tried = []

    def post(message):
        tried.append(message)
        raise fault

    monkeypatch.setattr(run, "post", post)
    outcomes = run(wrap.sqs("one", "two", "three"))
    assert len(tried) == tries
    assert len(pipeline.failed_records(outcomes)) == 3
    assert pipeline.counts(outcomes) == {"failed": 3}


def test_an_ok_after_no_data_is_told_when_the_alarm_was_shown_firing(run, load, wrap, ok_event):
    ok_event["detail"]["previousState"]["value"] = "INSUFFICIENT_DATA"
    ok = wrap.sqs(wrap.notification(ok_event))
    assert [outcome.drop for outcome in run(ok)] == [Drop.FIRST_DATA]
    run(wrap.sqs(wrap.notification(load("alarm-sns"))))
    assert [outcome.drop for outcome in run(ok)] == [None]


@pytest.mark.parametrize("places", [(0, 1), (1, 0)])
def test_an_ok_that_came_before_its_alarm_resolves_nothing(run, load, wrap, ok_event, places):
    first_data = ok_event | {"detail": ok_event["detail"] | {"previousState": {"value": "INSUFFICIENT_DATA"}}}
    alarm = load("alarm-eventbridge")
    alarm["detail"]["state"]["timestamp"] = "2026-03-02T11:00:00.000+0000"
    events = (first_data, alarm)
    outcomes = run(wrap.sqs(*(wrap.notification(events[place], f"sns-{place}") for place in places)))
    assert {outcome.alert.state: outcome.drop for outcome in outcomes} == {
        "OK": Drop.FIRST_DATA,
        "ALARM": None,
    }


def test_explain_tells_what_would_happen(load, wrap, settings, ok_event):
    ok_event["detail"]["muteDetail"] = {"mutedByArn": "arn:x"}
    preview = pipeline.explain([wrap.notification(load("alarm-sns")), ok_event, load("health")], settings)
    assert [(one.kind, one.severity, one.drop, one.message) for one in preview.alerts] == [
        ("alarm", "critical", None, 1),
        ("health", "warning", None, 2),
        ("alarm", "warning", "muted", None),
    ]
    assert preview.alerts[0].requests == preview.requests[:1]
    assert preview.alerts[2].requests == ()
    assert len(preview.requests) == 2
    assert all(one.dedupe_key for one in preview.alerts)
