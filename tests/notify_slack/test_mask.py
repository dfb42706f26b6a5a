"""Secrets that events quote never reach the channel; everything else does, unchanged."""

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notify_slack import mask, pipeline
from notify_slack.config import Config
from notify_slack.model import Field, Received

KEY = "AKIA" + "QWERTZUIOPASDFGH"  # in two parts, so that no scanner takes this file for a leak
SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY" + "ACMEACMEKE"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhY21lIn0.c2lnbmF0dXJl"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"key {KEY} used", "key AKIA[hidden]DFGH used"),
        (f"with {SECRET} today", "with [hidden] today"),
        (f"aws_secret_access_key = {SECRET}", "aws_secret_access_key = [hidden]"),
        (f'{{"SecretAccessKey": "{SECRET}", "n": 1}}', '{"SecretAccessKey": [hidden], "n": 1}'),
        ("password=hunter2 next", "password=[hidden] next"),
        ("DB_PASSWORD: hunter2", "DB_PASSWORD: [hidden]"),
        ("masterUserPassword: hunter2", "masterUserPassword: [hidden]"),
        ("password = 'correct horse' next", "password = [hidden] next"),
        ('{"token": "a\\"b", "x": 1}', '{"token": [hidden], "x": 1}'),
        ('{\\"api_key\\": \\"abc def\\", \\"x\\": 1}', '{\\"api_key\\": [hidden], \\"x\\": 1}'),
        ("postgres://orders:hunter2@db:5432/x", "postgres://orders:[hidden]@db:5432/x"),
        ("Authorization: Bearer abc.def.ghi", "Authorization: [hidden]"),
        ('"Authorization": "Basic dXNlcjpwYXNz", "a": 1', '"Authorization": "[hidden]", "a": 1'),
        ("got Bearer 0123456789abcdef", "got Bearer [hidden]"),
        ("Cookie: session=1; theme=2", "Cookie: [hidden]"),
        ("x-api-key: abcdef", "x-api-key: [hidden]"),
        (JWT, "[hidden]"),
        ("xoxb" + "-1234567890-abcdefgh", "[hidden]"),
        ("ghp_" + "a1" * 18, "[hidden]"),
        ("sk_live_" + "a1" * 10, "[hidden]"),
        ("https://hooks.slack.com/services/T0/B0/x done", "https://hooks.slack.com[hidden] done"),
        ("https://b.s3.amazonaws.com/k?X-Amz-Signature=ff&a=1", "https://b.s3.amazonaws.com/k?X-Amz-Signature=[hidden]&a=1"),
        ("mysql --password hunter2 -u x", "mysql --password [hidden] -u x"),
        ("ALTER USER x IDENTIFIED BY 'hunter2'", "ALTER USER x IDENTIFIED BY [hidden]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- and", "[hidden] and"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "[hidden]"),
        ("pass\u200bword=hunter2", "password=[hidden]"),
        ("--password hunter2", "--password [hidden]"),
        ("github_pat" + "_11ABCDEFG0123456789_abcdef", "[hidden]"),
        ("npm" + "_" + "a1" * 18, "[hidden]"),
        ("AIza" + "a1" * 17 + "x", "[hidden]"),
        ("SMTP_PASS=hunter2", "SMTP_PASS=[hidden]"),
        ("AccountKey=abcd1234==;x=1", "AccountKey=[hidden];x=1"),
        ("curl -s -u bob:hunter2 https://a", "curl -s -u bob:[hidden] https://a"),
        ("https://discord.com/api/webhooks/1/abc done", "https://discord.com/api/webhooks/[hidden] done"),
        (f"access_key: {KEY}", "access_key: AKIA[hidden]DFGH"),
        ("arn:aws:s3:::token:a password=x", "arn:aws:s3:::token:a password=[hidden]"),
        ("<password>hunter2</password> <name>bob</name>", "<password>[hidden]</password> <name>bob</name>"),
        ("<a:dbPassword x='1'>hunter2</a:dbPassword>", "<a:dbPassword x='1'>[hidden]</a:dbPassword>"),
        ("the password is hunter2, ok", "the password is [hidden], ok"),
        ("Password is: hunter2", "Password is: [hidden]"),
        ("the password is expired", "the password is expired"),
        ("The token is invalid", "The token is invalid"),
        ("mysql -u root -phunter2 -h db", "mysql -u root -p[hidden] -h db"),
        ("mysqldump -h db -phunter2 orders", "mysqldump -h db -p[hidden] orders"),
        ("mysql -P 3306 -u x", "mysql -P 3306 -u x"),
        ("https://events.pagerduty.com/integration/0123456789abcdef/enqueue", "https://events.pagerduty.com/integration/[hidden]/enqueue"),
        ("https://api.opsgenie.com/v1/json/cloudwatch?apiKey=01234567-89ab", "https://api.opsgenie.com/v1/json/[hidden]"),
        ("https://alert.victorops.com/integrations/generic/20131114/alert/abcdef-123/team", "https://alert.victorops.com/integrations/generic/20131114/alert/[hidden]/team"),
        ("https://acme.pagerduty.com/incidents/PABCDEF", "https://acme.pagerduty.com/incidents/PABCDEF"),
    ],
)  # fmt: skip
def test_secrets_are_hidden(text, shown):
    assert mask.text(text) == shown
    assert mask.text(shown) == shown, "what is hidden stays as it is"


@pytest.mark.parametrize(
    "text",
    [
        "password expired for bob",
        "tokenCount=3, tokens: 4",
        "commit 1f0a52c01f0a52c01f0a52c01f0a52c01f0a52c0",
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-AbCdEf",
        "Secret: arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-AbCdEf",
        "arn:aws:ecs:eu-west-1:123456789012:task/acme/0123456789abcdef0123456789abcdef",
        "Basic monitoring is on",
        "basic authentication failed",
        "secret: not found, password: null",
        "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:api-token:expired",
        "ClientRequestToken: 7f660149-f0b8-53a4-83c5-516fdaed6a4b",
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:alarm/a",
        "my-password-rotation-alarm",
        "task:definition:12 at 10:15:07",
    ],
)
def test_what_is_no_secret_stays(text):
    assert mask.text(text) == text


@pytest.mark.parametrize(
    ("label", "hidden"),
    [
        ("password", True),
        ("requestParameters.masterUserPassword", True),
        ("overrides.containerOverrides 1.environment 2.value", True),
        ("environment.variables.STAGE", True),
        ("responseElements.environment.DB_URL", True),
        ("environmentVariables.x", True),
        ("userData", True),
        ("headers.Authorization", True),
        ("environment 2.name", False),
        ("Environment", False),
        ("environment.image", False),
        ("nextTokenCount", False),
        ("Secrets checked", False),
    ],
)
def test_a_label_can_say_that_its_value_is_secret(label, hidden):
    shown = mask.field(Field(label, "`plain`")).value
    assert shown == ("`[hidden]`" if hidden else "`plain`")


def test_the_name_of_a_secret_is_none():
    field = Field("Secret", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:orders-AbCdEf")
    assert mask.field(field) == field


@pytest.mark.parametrize("wrapped", [False, True])
def test_no_part_of_a_message_quotes_a_secret(wrapped, wrap, load):
    event = load("alarm-sns") | {
        "AlarmName": f"key {KEY}",
        "AlarmDescription": f"token={JWT} Runbook: https://runbooks.example.com/?token=abcdefgh",
        "NewStateReason": f"password: hunter2hunter2 {SECRET}",
    }
    custom = {"a": {"password": "hunter2hunter2", "list": [SECRET]}, "b": f"Bearer {JWT}", "c": KEY}
    batch = [event, custom, f"login with password=hunter2hunter2 and {KEY}"]
    said = json.dumps(
        [
            pipeline.explain(wrap.sqs(wrap.notification(item)) if wrapped else item, Config()).requests
            for item in batch
        ]
    )
    for secret in (KEY, SECRET, JWT, "hunter2hunter2", "abcdefgh"):
        assert secret not in said


@given(st.text(max_size=300))
def test_any_text_is_masked_without_an_error(text):
    once = mask.text(text)
    assert len(once) <= max(len(text), 20) * len(mask.MASK)


@pytest.mark.parametrize(
    "text",
    [word * 1200 for word in ("a.", "eyJ", "http://", "secret:'", "a_", "password ", "A", "%41", "basic ")],
)
def test_no_text_takes_long(text):
    started = time.perf_counter()
    mask.text(text)
    assert time.perf_counter() - started < 2, "seconds; a pattern that tries everything takes minutes"


def test_what_came_in_is_masked_before_anything_reads_it():
    event = {
        "detail": {"environment": [{"name": "A", "value": "x1"}, {"name": "B", "value": "x2"}], "n": 1},
        "password": "x3",
        "texts": ["token=x4", None, True],
    }
    told = mask.received(Received(event, subject="token=x5"))
    assert told == Received(
        {
            "detail": {
                "environment": [{"name": "A", "value": "[hidden]"}, {"name": "B", "value": "[hidden]"}],
                "n": 1,
            },
            "password": "[hidden]",
            "texts": ["token=[hidden]", None, True],
        },
        subject="token=[hidden]",
    )
    assert event["password"] == "x3", "what came in stays as it is"


def test_what_lies_deeper_than_anything_shown_is_left_alone():
    deep: object = "token=x"
    for _ in range(2000):
        deep = [deep]
    assert mask.received(Received(deep)).content
