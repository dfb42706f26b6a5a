import json

import pytest
import requests
import responses

from notify_slack.bot import API, POST_MESSAGE, access, addressed
from notify_slack.config import Bot
from notify_slack.deliver import Slack
from notify_slack.errors import ConfigError
from notify_slack.model import Message, Route
from notify_slack.pacing import Pacer
from notify_slack.secret import Webhook, checked

POST_MESSAGE_URL = f"{API}{POST_MESSAGE}"
BODY = {"text": "x", "blocks": []}


def test_a_bot_posts_to_its_channel_under_its_name():
    bot = Bot("#alerts", "AWS", ":bell:")
    assert addressed(BODY, bot, Route()) == BODY | {
        "channel": "#alerts",
        "username": "AWS",
        "icon_emoji": ":bell:",
    }


def test_the_rules_channel_comes_first_and_what_is_left_out_is_slacks_own():
    assert addressed(BODY, Bot("#alerts"), Route(channel="#db")) == BODY | {"channel": "#db"}


def test_without_a_channel_nothing_can_be_posted():
    for shown in (None, Bot()):
        with pytest.raises(ConfigError, match=r"set bot\.channel"):
            addressed(BODY, shown, Route())


TOKEN = "xoxb-" + "1234567890-abcdefABCDEF"


@pytest.fixture
def slack():
    clock = iter(range(100, 1000)).__next__
    webhook = Webhook(lambda: TOKEN, "/p", "production", lambda _: None)
    with requests.Session() as session:
        yield Slack(
            session,
            webhook,
            Pacer("/p", None, clock),
            clock,
            lambda _: None,
            lambda: 0.5,
            Bot("#alerts", "AWS"),
        )


MESSAGE = Message((), (({"text": "full"},), ({"text": "plain"},)))


def test_a_token_posts_by_the_api(slack):
    with responses.RequestsMock() as http:
        http.post(POST_MESSAGE_URL, json={"ok": True, "ts": "1.2"})
        assert slack.deliver(MESSAGE, deadline=900.0) == 0
        request = http.calls[0].request
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"
    assert json.loads(request.body or "") == {"text": "full", "channel": "#alerts", "username": "AWS"}


def test_what_the_api_refuses_goes_down_the_ladder(slack):
    with responses.RequestsMock() as http:
        http.post(POST_MESSAGE_URL, json={"ok": False, "error": "invalid_blocks"})
        http.post(POST_MESSAGE_URL, json={"ok": True})
        assert slack.deliver(MESSAGE, deadline=900.0) == 1


@pytest.mark.parametrize("error", ["invalid_auth", "channel_not_found", "not_in_channel", "missing_scope"])
def test_a_token_that_is_of_no_use_says_where_to_write_a_new_one(error, slack):
    with responses.RequestsMock() as http:
        http.post(POST_MESSAGE_URL, json={"ok": False, "error": error})
        http.post(POST_MESSAGE_URL, json={"ok": False, "error": error})
        with pytest.raises(ConfigError, match=rf"\({error}\).*SSM parameter /p") as caught:
            slack.deliver(MESSAGE, deadline=900.0)
    assert TOKEN not in str(caught.value)


def test_an_error_that_passes_is_tried_again(slack):
    with responses.RequestsMock() as http:
        http.post(POST_MESSAGE_URL, json={"ok": False, "error": "internal_error"})
        http.post(POST_MESSAGE_URL, json={"ok": True})
        assert slack.deliver(MESSAGE, deadline=900.0) == 0


LOCAL_BOT = f"http://127.0.0.1:4580/api/#{TOKEN}"


@pytest.mark.parametrize(
    ("credential", "api"),
    [
        (TOKEN, API),
        (LOCAL_BOT, "http://127.0.0.1:4580/api/"),
        ("https://hooks.slack.com/services/T0/B0/x", None),
    ],
)
def test_what_a_credential_opens(credential, api):
    opened = access(credential)
    assert (opened.api if opened else None) == api
    assert TOKEN not in repr(opened)


@pytest.mark.parametrize(
    "credential",
    [f"http://10.0.0.1:80/api/#{TOKEN}", f"https://example.com/api/#{TOKEN}", f"x{TOKEN}", "xoxb-1"],
)
def test_no_token_goes_to_any_other_address(credential):
    assert access(credential) is None


def test_the_fake_slacks_bot_is_taken_in_the_environment_local_alone():
    assert checked(LOCAL_BOT, "/p", "local") == LOCAL_BOT
    with pytest.raises(ConfigError, match="holds no Slack webhook") as caught:
        checked(LOCAL_BOT, "/p", "production")
    assert TOKEN not in str(caught.value)
