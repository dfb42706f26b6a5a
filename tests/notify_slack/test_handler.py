"""The Lambda as AWS calls it: what it answers, what it logs, and what it never says."""

import json
import subprocess
import sys

import boto3
import pytest
import requests
import responses
from moto import mock_aws

from notify_slack import handler as entry
from notify_slack.errors import ConfigError, RetryableError
from notify_slack.render import render

TOKEN = "T0TESTTEAM/B0TESTHOOK/s3cr3ttokens3cr3ttoken"
WEBHOOK = f"https://hooks.slack.com/services/{TOKEN}"
PARAMETER = "/acme-production/slack-webhook-url"


class Context:
    def __init__(self, milliseconds=30_000):
        self.milliseconds = milliseconds

    def get_remaining_time_in_millis(self):
        return self.milliseconds


@pytest.fixture(autouse=True)
def cold(monkeypatch):
    """Each test starts in a new process, without real time or AWS."""
    entry._warm.cache_clear()
    monkeypatch.setattr(
        "notify_slack.handler.web.Session", requests.Session
    )  # as `responses` and moto know it
    monkeypatch.setattr("notify_slack.handler.time.sleep", lambda _: None)
    monkeypatch.setenv("WEBHOOK_PARAMETER", PARAMETER)
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("NOTIFIER_CONFIG", json.dumps({"name": "acme-production"}))
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)


class Aws:
    """The two calls that the notifier makes without a ledger."""

    def __init__(self):
        self.webhook: str | Exception = WEBHOOK
        self.alarms = []
        self.calls = []

    def __call__(self, service):
        self.calls.append(service)
        return self

    def call(self, service, operation, body):
        self.calls.append(service)
        assert (operation, body) == ("GetParameter", {"Name": PARAMETER, "WithDecryption": True})
        if isinstance(self.webhook, Exception):
            raise self.webhook
        return {"Parameter": {"Value": self.webhook}}

    def describe_alarms(self, AlarmNames, **_):  # noqa: N803  AWS's own name
        return {"MetricAlarms": [alarm for alarm in self.alarms if alarm["AlarmName"] in AlarmNames]}


@pytest.fixture
def aws(monkeypatch):
    fake = Aws()
    monkeypatch.setattr(entry, "_client", fake)
    monkeypatch.setattr(entry, "Api", lambda *_: fake)
    return fake


@pytest.fixture
def slack():
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


def lines(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def failures(answer):
    return [item["itemIdentifier"] for item in answer["batchItemFailures"]]


def test_a_batch_from_both_paths_is_one_message(aws, slack, load, wrap, capsys):
    slack.post(WEBHOOK, body="ok")
    event = wrap.sqs(wrap.notification(load("alarm-sns")), load("alarm-eventbridge"), "plain text")
    assert entry.handler(event, Context()) == {"batchItemFailures": []}
    assert len(slack.calls) == 2
    assert aws.calls == ["ssm"]
    said = lines(capsys)
    assert [line["event"] for line in said] == ["posted", "posted", "done"]
    assert said[0]["severity"] == "warning"
    assert said[0]["after_seconds"] >= 0
    assert said[-1]["counts"] == {"posted": 2}


def test_an_event_alone_is_described_first(aws, slack, load, wrap, monkeypatch):
    sns = load("alarm-sns")
    monkeypatch.setenv("NOTIFIER_CONFIG", json.dumps({"topics": {sns["AlarmActions"][0]: "critical"}}))
    aws.alarms = [{"AlarmName": sns["AlarmName"], "AlarmArn": sns["AlarmArn"], "ActionsEnabled": False}]
    assert entry.handler(wrap.sqs(load("alarm-eventbridge")), Context()) == {"batchItemFailures": []}
    assert aws.calls == ["cloudwatch"]
    assert not slack.calls


def test_a_failed_description_is_logged_and_the_alarm_posted(aws, slack, load, wrap, capsys, monkeypatch):
    slack.post(WEBHOOK, body="ok")
    monkeypatch.setattr(aws, "describe_alarms", lambda **_: 1 / 0)
    assert entry.handler(wrap.sqs(load("alarm-eventbridge")), Context()) == {"batchItemFailures": []}
    assert lines(capsys)[0] == {
        "level": "WARNING",
        "event": "DescribeAlarms failed",
        "error_type": "ZeroDivisionError",
    }
    assert len(slack.calls) == 1


def test_other_invocations_get_counts(aws, slack, load, wrap):
    slack.post(WEBHOOK, body="ok")
    assert entry.handler(wrap.sns_lambda(load("alarm-sns")), Context()) == {"posted": 1}
    assert entry.handler(load("alarm-lambda"), Context()) == {"dropped: duplicate": 1}
    assert entry.handler({"Records": []}, None) == {}


def test_other_invocations_raise_when_something_was_not_posted(aws, slack, load, wrap):
    slack.post(WEBHOOK, status=400, body="invalid_payload")
    with pytest.raises(RetryableError, match="1 of 1 alerts were not posted: Slack refused") as caught:
        entry.handler(wrap.sns_lambda(load("alarm-sns")), Context())
    assert TOKEN not in repr(caught.value)


def test_a_refused_record_fails_alone(aws, slack, wrap):
    def answer(request):
        return (400, {}, "invalid_payload") if b"poison" in request.body else (200, {}, "ok")

    slack.add_callback(responses.POST, WEBHOOK, answer)
    assert failures(entry.handler(wrap.sqs("fine", "poison", "fine too"), Context())) == ["record-1"]


def test_slack_down_gives_every_record_back(aws, slack, wrap):
    slack.post(WEBHOOK, status=503)
    assert failures(entry.handler(wrap.sqs("a", "b"), Context())) == ["record-0", "record-1"]


def test_no_time_left_gives_every_record_back_untried(aws, slack, wrap):
    assert failures(entry.handler(wrap.sqs("a"), Context(milliseconds=2_000))) == ["record-0"]
    assert not slack.calls


def test_a_fault_of_ours_costs_one_record(aws, slack, wrap, monkeypatch, capsys):
    slack.post(WEBHOOK, body="ok")
    real = render

    def broken(entries, config):
        if any(one.alert.title == "poison" for entry in entries for one in entry):
            raise KeyError(WEBHOOK)
        return real(entries, config)

    monkeypatch.setattr("notify_slack.pipeline.render", broken)
    assert failures(entry.handler(wrap.sqs("fine", "poison", "fine too"), Context())) == ["record-1"]
    assert len(slack.calls) == 2
    said = capsys.readouterr().out
    assert "test_handler.py:" in said
    assert TOKEN not in said
    with pytest.raises(RetryableError, match=r"The notifier broke: KeyError at test_handler\.py"):
        entry.handler("poison", Context())


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WEBHOOK_PARAMETER", "", "WEBHOOK_PARAMETER is empty"),
        ("NOTIFIER_CONFIG", '{"topics": {"arn:x": "urgent"}}', "unknown severity 'urgent'"),
    ],
)
def test_an_unusable_configuration_fails_every_record_and_says_why(
    name, value, said, monkeypatch, wrap, capsys
):
    monkeypatch.setenv(name, value)
    assert failures(entry.handler(wrap.sqs("a", "b"), Context())) == ["record-0", "record-1"]
    assert said in lines(capsys)[0]["error"]
    with pytest.raises(ConfigError):
        entry.handler("a", Context())


@pytest.mark.parametrize(
    "webhook",
    ["", "https://evil.example/s3cr3ttoken", "xoxb-s3cr3ttoken", OSError("no route to s3cr3ttoken")],
)
def test_an_unusable_webhook_fails_the_records_and_is_never_quoted(webhook, aws, slack, wrap, capsys):
    aws.webhook = webhook
    assert failures(entry.handler(wrap.sqs("a"), Context())) == ["record-0"]
    said = capsys.readouterr().out
    assert PARAMETER in said
    assert "s3cr3t" not in said


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 404, "body": f"no_service for {WEBHOOK}"},
        {"status": 400, "body": WEBHOOK},
        {"status": 500, "body": TOKEN},
        {"body": requests.ConnectionError(f"Max retries exceeded with url: /services/{TOKEN}")},
        {"body": requests.exceptions.InvalidURL(WEBHOOK)},
        {"status": 302, "headers": {"Location": WEBHOOK}},
    ],
)
def test_no_log_and_no_error_holds_the_token(fault, aws, slack, wrap, capsys):
    slack.post(WEBHOOK, **fault)
    with pytest.raises(RetryableError) as caught:
        entry.handler("plain text", Context())
    entry.handler(wrap.sqs("a", wrap.notification(WEBHOOK)), Context())
    said = "".join(capsys.readouterr()) + repr(caught.value) + repr(caught.value.__context__)
    assert "s3cr3t" not in said


def test_the_secret_is_read_from_ssm():
    with mock_aws():
        boto3.client("ssm").put_parameter(Name=PARAMETER, Value=WEBHOOK, Type="SecureString")
        entry._warm().notifier().slack().check()


def test_a_missing_parameter_is_named(capsys):
    with mock_aws(), pytest.raises(RetryableError, match="alerts were not posted") as caught:
        entry.handler("plain text", Context())
    assert f"SSM parameter {PARAMETER} cannot be read: ParameterNotFound." in str(caught.value)


def test_alarms_are_described_by_name_in_hundreds(aws):
    aws.alarms = [
        {"AlarmName": f"a:{n}", "AlarmArn": f"arn:aws:cloudwatch:eu-west-1:1:alarm:a:{n}"} for n in range(150)
    ]
    arns = [alarm["AlarmArn"] for alarm in aws.alarms]
    assert set(entry._warm().notifier()._describe(arns)) == set(arns)


def test_importing_the_handler_loads_neither_boto3_nor_requests():
    program = (
        "import sys, notify_slack.handler\n"
        "print([name for name in sys.modules if name.startswith(('boto', 'requests', 'urllib3'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
