"""The fake Slack's bot: chat.postMessage with threads, chat.update, and what their misuse is answered."""

import json
from urllib.parse import urlsplit

import pytest

from alarmctl.slack.page import render_page
from alarmctl.slack.server import FakeSlack
from alarmctl.slack.webapi import CHANNEL_ID

HEADER = {"type": "header", "text": {"type": "plain_text", "text": "ALARM: api"}}
BAR = {"color": "#d72b3f", "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "CPU"}}]}


@pytest.fixture
def bot():
    """Calls a method of the API and gives its answer; `moved` lets time pass."""
    at = [0.0]
    slack = FakeSlack(burst=2, clock=lambda: at[0], token="s3cr3t-token")
    token = slack.bot_credential.partition("#")[2]

    def call(method, body, authorization=f"Bearer {token}"):
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        status, _, text = slack.answer("POST", f"/api/{method}", raw, authorization) or (0, {}, "null")
        return status, json.loads(text)

    call.slack, call.at = slack, at  # type: ignore[attr-defined]  # what a test looks at beside the answers
    return call


def posted(bot, **body):
    bot.at[0] += 60.0
    status, answer = bot("chat.postMessage", {"channel": "#alerts", "text": "x", **body})
    assert (status, answer["ok"]) == (200, True)
    return answer


def test_a_message_is_changed_and_answered(bot):
    first = posted(bot, blocks=[HEADER], attachments=[BAR], username="alarms")
    reply = posted(bot, text="it is over", thread_ts=first["ts"])
    assert first["channel"] == CHANNEL_ID
    assert reply["ts"] != first["ts"]
    change = {"channel": CHANNEL_ID, "ts": first["ts"], "text": "now", "attachments": []}
    assert bot("chat.update", change)[1]["ok"]
    message, answer = bot.slack.messages
    assert message.body == {"text": "now", "blocks": [HEADER], "attachments": [], "username": "alarms"}
    assert message.edited
    assert message.replies == (answer,)
    assert answer.thread == message.number
    page = render_page(bot.slack.messages)
    assert "(edited)" in page
    assert "1 reply" in page
    assert ">alarms<" in page
    assert page.count("it is over") == 1, "below its message, and not in the channel"


def test_an_answer_that_is_broadcast_stands_in_both_places(bot):
    first = posted(bot)
    posted(bot, text="still so", thread_ts=first["ts"], reply_broadcast=True)
    page = render_page(bot.slack.messages)
    assert page.count("still so") == 2
    assert page.count("replied to a thread") == 1


@pytest.mark.parametrize(
    ("method", "body", "error"),
    [
        ("chat.delete", {}, "unknown_method"),
        ("chat.postMessage", b"{", "invalid_json"),
        ("chat.postMessage", [], "json_not_object"),
        ("chat.postMessage", {"channel": "#alerts"}, "no_text"),
        ("chat.postMessage", {"channel": "#other", "text": "x"}, "channel_not_found"),
        ("chat.postMessage", {"channel": "#alerts", "text": "x", "thread_ts": "1.2"}, "thread_not_found"),
        ("chat.postMessage", {"channel": "#alerts", "text": "x", "blocks": [{}]}, "invalid_blocks"),
        ("chat.update", {"channel": "#alerts", "ts": "1.2", "text": "x"}, "channel_not_found"),
        ("chat.update", {"channel": CHANNEL_ID, "ts": "1.2", "text": "x"}, "message_not_found"),
    ],
)
def test_what_slack_refuses_is_refused(method, body, error, bot):
    assert bot(method, body) == (200, {"ok": False, "error": error})
    assert bot.slack.counts["refused"] == 1
    assert bot.slack.messages == []


@pytest.mark.parametrize(("header", "error"), [("", "not_authed"), ("Bearer xoxb-other", "invalid_auth")])
def test_the_token_is_asked_for(header, error, bot):
    assert bot("chat.postMessage", {"channel": "#alerts", "text": "x"}, header)[1]["error"] == error


def test_posts_and_changes_have_a_rate_each(bot):
    ts = posted(bot)["ts"]
    statuses = [bot("chat.postMessage", {"channel": "#alerts", "text": "x"})[0] for _ in range(3)]
    assert statuses == [200, 429, 429]
    change = {"channel": CHANNEL_ID, "ts": ts, "text": "now"}
    statuses = [bot("chat.update", change)[0] for _ in range(60)]
    assert statuses == [200] * 50 + [429] * 10
    assert bot.slack.counts["rate_limited"] == 12


def test_what_was_told_to_fail_fails(bot):
    bot.slack.fail(posted_but_answer_lost=True)
    assert bot("chat.postMessage", {"channel": "#alerts", "text": "x"}) == (0, None)
    assert len(bot.slack.messages) == 1


def test_a_webhooks_message_is_no_bots_to_change(bot):
    path = urlsplit(bot.slack.webhook_url).path
    assert bot.slack.answer("POST", path, b'{"text": "x"}')[2] == "ok"
    change = {"channel": CHANNEL_ID, "ts": "", "text": "now"}
    assert bot("chat.update", change)[1]["error"] == "message_not_found"


def test_a_page_that_is_open_hears_of_a_change_and_of_an_answer(bot):
    ts = posted(bot)["ts"]
    cursor = bot.slack._inbox.cursor
    posted(bot, text="an answer", thread_ts=ts)
    assert bot("chat.update", {"channel": CHANNEL_ID, "ts": ts, "text": "changed"})[1]["ok"]
    news = next(bot.slack._inbox.follow(cursor, 10))
    (message,) = news.messages
    assert message.body["text"] == "changed"
    assert [reply.body["text"] for reply in message.replies] == ["an answer"]
    assert news.following == bot.slack._inbox.cursor
