"""The channel's page as a person sees it, in Chromium."""

import json

import pytest
import requests
from tests.browser.chromium import PHONE
from tools.messages import EXAMPLES, RECEIVED_AT, SETTINGS

from alarmctl.slack.message import Message
from alarmctl.slack.page import render_page
from alarmctl.slack.server import FakeSlack
from notify_slack import config, pipeline


@pytest.fixture
def slack():
    with FakeSlack(burst=50) as server:
        yield server


def request_of(example):
    settings = config.from_json(json.dumps(SETTINGS), environment="production")
    event = json.loads((EXAMPLES / f"{example}.json").read_text("utf-8"))
    return pipeline.explain(event, settings).requests[0]


def post(slack, body):
    answer = requests.post(slack.webhook_url, json=body, timeout=10)
    assert (answer.status_code, answer.text) == (200, "ok")


def test_a_message_arrives_on_the_open_page(slack, open_page):
    page = open_page(slack.page_url)
    page.until("document.getElementById('link').textContent === 'live'")
    assert page.value("document.querySelectorAll('.message').length") == 0
    post(slack, request_of("alarm-critical"))
    page.until("document.querySelectorAll('.message').length === 1")
    assert "acme-production-api-cpu" in page.text
    post(slack, request_of("alarm-resolved"))
    page.until("document.querySelectorAll('.message').length === 2")
    assert page.text.index("ALARM: acme") < page.text.index("Resolved: acme")
    assert page.errors == []


def test_what_came_before_is_there_and_is_not_shown_twice(slack, open_page):
    post(slack, request_of("alarm-critical"))
    page = open_page(slack.page_url)
    page.until("document.getElementById('link').textContent === 'live'")
    post(slack, request_of("alarm-resolved"))
    page.until("document.querySelectorAll('.message').length >= 2")
    assert page.value("[...document.querySelectorAll('.message')].map(e => e.dataset.number)") == ["1", "2"]


def test_a_message_cannot_run_script_nor_make_markup(slack, open_page):
    page = open_page(slack.page_url)
    page.until("document.getElementById('link').textContent === 'live'")
    post(slack, {"text": "<img src=x onerror=window.hit=1><script>window.hit=1</script> &lt;b&gt;bold"})
    page.until("document.querySelectorAll('.message').length === 1")
    assert page.value("window.hit === undefined")
    assert (
        page.value(
            "document.querySelectorAll('.message script, .message b:not(.sender), .message img').length"
        )
        == 0
    )


def test_it_fits_a_phone(slack, open_page):
    for example in sorted(EXAMPLES.glob("alarm-*.json")):
        post(slack, request_of(example.stem))
    page = open_page(slack.page_url, PHONE)
    page.until("document.querySelectorAll('.message').length >= 5")
    assert page.too_wide == []
    cut = page.value(
        "[...document.querySelectorAll('.message .content')]"
        ".map(e => e.getBoundingClientRect()).filter(e => e.right > innerWidth || e.width < 240).length"
    )
    assert cut == 0
    assert page.errors == []


def test_every_message_there_is_fits_a_phone(documents, open_page):
    page = open_page(documents / "messages.html", PHONE)
    assert page.value("document.querySelectorAll('.message').length") > 100
    assert page.too_wide == []
    assert page.errors == []


def test_a_page_without_a_server_needs_no_script(open_page, tmp_path):
    (tmp_path / "page.html").write_text(render_page([Message(1, RECEIVED_AT, request_of("digest"))]))
    page = open_page(tmp_path / "page.html")
    assert page.value("document.scripts.length") == 0
    assert "acme-production" in page.text
    assert page.errors == []
