import pytest

from notify_slack.errors import ConfigError, RetryableError
from notify_slack.secret import REFRESH_SECONDS, Webhook, checked

GOOD = "https://hooks.slack.com/services/T0/B0/abcDEF123"


@pytest.mark.parametrize(
    ("url", "environment"),
    [
        (GOOD, "production"),
        (f" {GOOD}\n", "production"),
        ("https://hooks.slack-gov.com/services/T0/B0/x", "production"),
        ("https://hooks.slack.com:443/services/T0/B0/x", "production"),
        ("http://127.0.0.1:4580/services/T0/B0/x", "local"),
    ],
)
def test_webhooks_that_may_be_posted_to(url, environment):
    assert checked(url, "/p", environment) == url.strip()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "hooks.slack.com/services/T0/B0/secretsecret",
        "http://hooks.slack.com/services/T0/B0/secretsecret",
        "https://hooks.slack.com.evil.example/services/T0/B0/secretsecret",
        "https://hooks.slack.com@evil.example/services/T0/B0/secretsecret",
        "https://user:secretsecret@hooks.slack.com/services/T0/B0/x",
        "https://hooks.slack.com:8443/services/T0/B0/secretsecret",
        "https://hooks.slack.com:notaport/services/secretsecret",
        "https://[hooks.slack.com/services/secretsecret",
        "https://hooks.slack.com/workflows/T0/A0/secretsecret",
        "https://hooks.slack.com/services/T0/B0/secretsecret?to=evil",
        "https://hooks.slack.com/services/../secretsecret",
        "http://127.0.0.1:4580/services/T0/B0/secretsecret",
        "https://evil.example/secretsecret",
    ],
)
def test_anything_else_is_refused_and_never_quoted(url):
    with pytest.raises(ConfigError, match="SSM parameter /p") as caught:
        checked(url, "/p", "production")
    assert "secretsecret" not in str(caught.value)
    assert "evil" not in str(caught.value)


class Store:
    def __init__(self, *answers):
        self.answers = list(answers)
        self.reads = 0

    def read(self):
        self.reads += 1
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def make(store, failures):
    return Webhook(store.read, "/p", "production", failures.append)


def test_it_is_read_once_and_again_after_a_while():
    store = Store(GOOD, GOOD + "4")
    webhook = make(store, [])
    assert webhook.url(0.0) == webhook.url(REFRESH_SECONDS - 1) == GOOD
    assert store.reads == 1
    assert webhook.url(REFRESH_SECONDS + 1.0) == GOOD + "4"


@pytest.mark.parametrize("answer", [RetryableError("SSM is down"), "https://evil.example/"])
def test_the_last_good_value_outlives_the_store(answer):
    store = Store(GOOD, answer)
    failures: list[Exception] = []
    webhook = make(store, failures)
    webhook.url(0.0)
    assert webhook.url(1.0, refresh=True) == GOOD
    assert len(failures) == 1


def test_without_a_good_value_the_error_is_told():
    with pytest.raises(RetryableError, match="SSM is down"):
        make(Store(RetryableError("SSM is down")), []).url(0.0)
