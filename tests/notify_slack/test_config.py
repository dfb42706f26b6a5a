import json

import pytest

from notify_slack import config
from notify_slack.errors import ConfigError
from notify_slack.model import Severity


def test_every_key_is_optional():
    found = config.from_environment({"WEBHOOK_PARAMETER": "/a/b"})
    assert found.webhook_parameter == "/a/b"
    assert found.policies[Severity.CRITICAL].announce_ok
    assert not found.policies[Severity.CRITICAL].announce_insufficient_data
    assert found.topics == {}


def test_everything_is_read():
    text = json.dumps(
        {
            "name": "acme-production",
            "topics": {"arn:aws:sns:eu-west-1:1:t": "info"},
            "severities": {
                "critical": {"mention": "@here <@U012AB> <!subteam^S012AB>", "announce_ok": False}
            },
            "accounts": {"123456789012": "acme"},
            "runbook_url": "https://runbooks.example.com/{alarm_name}",
        }
    )
    found = config.from_environment(
        {"WEBHOOK_PARAMETER": "/a/b", "ENVIRONMENT": "production", "NOTIFIER_CONFIG": text}
    )
    assert found.environment == "production"
    assert found.topics == {"arn:aws:sns:eu-west-1:1:t": Severity.INFO}
    assert found.policies[Severity.CRITICAL].mention == "<!here> <@U012AB> <!subteam^S012AB>"
    assert not found.policies[Severity.CRITICAL].announce_ok
    assert found.policies[Severity.WARNING].announce_ok
    assert found.accounts == {"123456789012": "acme"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "no JSON"),
        ("[]", "must be an object, not list"),
        ('{"topic": {}}', "unknown key topic. Known: accounts, bot"),
        ('{"topics": {"arn:x": "urgent"}}', "unknown severity 'urgent'. Use critical, warning, info"),
        ('{"topics": {"arn:x": ["critical"]}}', "topics.arn:x: unknown severity"),
        ('{"severities": {"urgent": {}}}', "severities: unknown key urgent"),
        ('{"severities": {"info": {"annonce_ok": true}}}', "severities.info: unknown key annonce_ok"),
        ('{"severities": {"info": {"announce_ok": "no"}}}', "announce_ok must be true or false"),
        ('{"severities": {"info": {"mention": "here"}}}', "severities.info.mention: 'here' mentions nobody"),
        ('{"severities": {"info": {"mention": "<https://x|y>"}}}', "mentions nobody"),
        ('{"name": 7}', "name must be a string, not int"),
        ('{"runbook_url": "https://x/{alarm}"}', "unknown placeholder {alarm}. Known: {alarm_name}"),
        ('{"runbook_url": "ftp://x"}', "no http(s) address"),
    ],
)  # fmt: skip
def test_a_fault_is_named(text, said):
    with pytest.raises(ConfigError) as caught:
        config.from_json(text)
    assert said in str(caught.value)


@pytest.mark.parametrize("environ", [{}, {"WEBHOOK_PARAMETER": " "}])
def test_the_webhooks_parameter_must_be_named(environ):
    with pytest.raises(ConfigError, match="WEBHOOK_PARAMETER is empty"):
        config.from_environment(environ)
