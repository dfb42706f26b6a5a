import json
from socket import gaierror

import pytest
import requests
import responses
from urllib3.connection import HTTPSConnection
from urllib3.connectionpool import HTTPSConnectionPool
from urllib3.exceptions import MaxRetryError, NameResolutionError, ProtocolError

from notify_slack.deliver import (
    HEALTHY_SECONDS,
    MAX_RETRY_AFTER_SECONDS,
    Outcome,
    Slack,
    classify,
)
from notify_slack.errors import ConfigError, RejectedError, RetryableError
from notify_slack.model import Message
from notify_slack.pacing import SLOT_SECONDS, Pacer
from notify_slack.secret import Webhook

URL = "https://hooks.slack.com/services/T0/B0/s3cr3ttoken"
POOL = HTTPSConnectionPool("hooks.slack.com")
NEW_URL = "https://hooks.slack.com/services/T0/B0/an0thertoken"


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (200, "ok", Outcome.DELIVERED),
        (200, "ok\n", Outcome.DELIVERED),
        (200, '{"ok": true}', Outcome.DELIVERED),
        (200, '{"ok": false, "error": "x"}', Outcome.RETRY),
        (200, "<html>sign in</html>", Outcome.RETRY),
        (200, "", Outcome.RETRY),
        (200, "OK then", Outcome.RETRY),
        (200, '"ok"', Outcome.RETRY),
        (200, "[true]", Outcome.RETRY),
        (200, "[" * 100_000, Outcome.RETRY),
        (201, "ok", Outcome.RETRY),
        (302, "", Outcome.RETRY),
        (400, "invalid_payload", Outcome.REFUSED),
        (400, "invalid_blocks", Outcome.REFUSED),
        (400, "invalid_attachments", Outcome.REFUSED),
        (400, "user_not_found", Outcome.REFUSED),
        (400, "no_team", Outcome.DENIED),
        (401, "", Outcome.DENIED),
        (403, "action_prohibited", Outcome.DENIED),
        (403, "invalid_token", Outcome.DENIED),
        (404, "no_service", Outcome.DENIED),
        (404, "channel_not_found", Outcome.DENIED),
        (408, "", Outcome.RETRY),
        (410, "channel_is_archived", Outcome.DENIED),
        (413, "", Outcome.REFUSED),
        (418, "", Outcome.REFUSED),
        (429, '{"retry_after":1,"ok":false,"error":"rate_limited"}', Outcome.RETRY),
        (500, "rollup_error", Outcome.RETRY),
        (503, "", Outcome.RETRY),
        (0, "ok", Outcome.RETRY),
        (999, "ok", Outcome.RETRY),
    ],
)
def test_every_answer_has_a_verdict(status, body, outcome):
    assert classify(status, {}, body).outcome is outcome


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("3", 3.0), ("0.5", 0.5), ("-7", 0.0), ("1e9", MAX_RETRY_AFTER_SECONDS), ("notanumber", 1.0),
        ("nan", 1.0),
        ("inf", 1.0), ("Mon, 02 Mar 2026 10:15:00 GMT", 1.0), ("", 1.0),
    ],
)  # fmt: skip
def test_retry_after_is_read_within_bounds(value, seconds):
    assert classify(429, {"retry-after": value}, "").retry_after == seconds
    assert classify(503, {"Retry-After": value}, "").retry_after is None


class Clock:
    """Time that passes only by sleeping."""

    def __init__(self):
        self.now = 100.0
        self.slept = []

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def slack(clock):
    values = iter([URL, NEW_URL, NEW_URL])
    webhook = Webhook(lambda: next(values), "/p", "production", lambda _: None)
    with requests.Session() as session:
        yield Slack(session, webhook, Pacer("/p", None, clock), clock, clock.sleep, lambda: 0.5)


@pytest.fixture
def http():
    with responses.RequestsMock() as mock:
        yield mock


def message(*rungs):
    return Message((), tuple(tuple({"text": text} for text in rung) for rung in rungs))


def posted(http):
    return [json.loads(call.request.body)["text"] for call in http.calls]


def test_a_message_is_posted_once(slack, http):
    http.post(URL, body="ok")
    assert slack.deliver(message(["full"], ["plain"]), deadline=125.0) == 0
    assert posted(http) == ["full"]
    assert http.calls[0].request.headers["Content-Type"] == "application/json; charset=utf-8"


def test_the_ladder_goes_down_one_rung_per_refusal(slack, http):
    http.post(URL, status=400, body="invalid_attachments")
    http.post(URL, status=400, body="invalid_payload")
    http.post(URL, body="ok")
    assert slack.deliver(message(["full"], ["plain 1", "plain 2"], ["bare"]), deadline=125.0) == 2
    assert posted(http) == ["full", "plain 1", "bare"]


def test_a_message_that_no_rung_saves_is_rejected(slack, http):
    http.post(URL, status=400, body="invalid_payload")
    with pytest.raises(RejectedError, match="invalid_payload"):
        slack.deliver(message(["full"], ["bare"]), deadline=125.0)


def test_retry_after_is_waited_for(slack, http, clock):
    http.post(URL, status=429, headers={"Retry-After": "7"}, body="rate_limited")
    http.post(URL, body="ok")
    slack.deliver(message(["x"]), deadline=125.0)
    assert clock.slept == [7.0]


def test_a_wait_beyond_the_budget_gives_the_message_back_at_once(slack, http, clock):
    http.post(URL, status=429, headers={"Retry-After": "60"}, body="rate_limited")
    with pytest.raises(RetryableError, match="in time; last: retry"):
        slack.deliver(message(["x"]), deadline=125.0)
    assert clock.slept == []


def test_without_time_nothing_is_tried(slack, http, clock):
    with pytest.raises(RetryableError, match="no time was left"):
        slack.deliver(message(["x"]), deadline=clock.now)


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"body": "<html>"},
        {"body": requests.ConnectTimeout(f"cannot reach {URL}")},
        {"body": requests.exceptions.SSLError(f"certificate of {URL}")},
        {
            "body": requests.ConnectionError(
                MaxRetryError(POOL, URL, NameResolutionError("hooks", HTTPSConnection("hooks"), gaierror()))
            )
        },
        {"status": 302, "headers": {"Location": "https://evil.example/"}},
    ],
)
def test_what_may_pass_is_tried_again(slack, http, clock, fault):
    http.post(URL, **fault)
    http.post(URL, body="ok")
    slack.deliver(message(["x"]), deadline=125.0)
    assert posted(http) == ["x", "x"]
    assert clock.now - 100.0 >= SLOT_SECONDS


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 504},
        {"body": requests.ReadTimeout(f"reading {URL}")},
        {"body": requests.ConnectionError(ProtocolError("reset", ConnectionResetError()))},
        {"body": requests.exceptions.ChunkedEncodingError(f"cut off at {URL}")},
    ],
)
def test_what_slack_may_have_shown_is_not_sent_again_as_it_is(slack, http, fault):
    http.post(URL, **fault)
    with pytest.raises(RetryableError, match="Slack may have the message") as caught:
        slack.deliver(message(["x"]), deadline=125.0)
    assert caught.value.uncertain
    assert "s3cr3t" not in repr(caught.value)
    assert len(http.calls) == 1


def test_a_message_of_several_bodies_is_uncertain_after_the_first(slack, http):
    http.post(URL, body="ok")
    http.post(URL, status=503)
    with pytest.raises(RetryableError) as caught:
        slack.deliver(message(["one", "two"]), deadline=103.0)
    assert caught.value.uncertain


def test_three_times_429_give_the_message_back(slack, http, clock):
    http.post(URL, status=429, headers={"Retry-After": "2"}, body="rate_limited")
    with pytest.raises(RetryableError, match="3 tries; last: retry") as caught:
        slack.deliver(message(["x"]), deadline=125.0)
    assert (caught.value.limits, caught.value.uncertain) == (3, False)
    assert clock.slept == [2.0, 2.0]
    assert not slack.healthy()


def test_a_webhook_that_took_a_message_is_healthy_for_a_minute(slack, http, clock):
    http.post(URL, body="ok")
    slack.deliver(message(["x"]), deadline=125.0)
    assert slack.healthy()
    clock.now += HEALTHY_SECONDS
    assert not slack.healthy()


def test_what_does_not_pass_ends_with_the_reason_and_without_the_webhook(slack, http):
    http.post(URL, body=requests.ConnectTimeout(f"cannot reach {URL}"))
    with pytest.raises(RetryableError, match=r"8 tries; last: retry .ConnectTimeout") as caught:
        slack.deliver(message(["x"]), deadline=1000.0)
    assert "s3cr3t" not in repr(caught.value)
    assert caught.value.__cause__ is None
    assert len(http.calls) == 8


def test_a_revoked_webhook_is_read_again_once(slack, http):
    http.post(URL, status=404, body="no_service")
    http.post(NEW_URL, body="ok")
    assert slack.deliver(message(["x"]), deadline=125.0) == 0
    assert len(http.calls) == 2


def test_a_webhook_that_stays_revoked_is_a_matter_for_a_person(slack, http):
    http.post(URL, status=410, body="channel_is_archived")
    http.post(NEW_URL, status=410, body="channel_is_archived")
    with pytest.raises(ConfigError, match=r"\(channel_is_archived\): write a new one to SSM parameter /p"):
        slack.deliver(message(["x"]), deadline=125.0)


def test_messages_keep_a_second_apart(slack, http, clock):
    http.post(URL, body="ok")
    for _ in range(3):
        slack.deliver(message(["x"]), deadline=125.0)
    assert clock.slept == [SLOT_SECONDS, SLOT_SECONDS]
