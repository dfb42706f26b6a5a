"""A whole stack in moto, sound but for what a test changes."""

import json

import boto3
import pytest
from moto import mock_aws

from alarmctl.account import Account

REGION = "eu-west-1"
NAME = "acme"
ACCOUNT = "123456789012"
DEAD = f"arn:aws:sqs:{REGION}:{ACCOUNT}:acme-alerts-dead"
WEBHOOK = "https://hooks.slack.com/services/T0/B0/not-a-real-token"


@pytest.fixture
def account(monkeypatch):
    """The stack `acme` in an empty account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    with mock_aws():
        yield Account(NAME, REGION)


@pytest.fixture
def aws(account):
    """Clients of that account."""
    return lambda service: boto3.client(service, region_name=REGION)


def statement(service, actions, **condition):
    found = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": actions,
        "Resource": "*",
    }
    return found | ({"Condition": condition} if condition else {})


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


OURS = {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
KEY_ACTIONS = ["kms:Decrypt", "kms:GenerateDataKey*"]
TOPIC_POLICY = policy(
    statement("cloudwatch.amazonaws.com", "sns:Publish", **OURS),
    statement("events.amazonaws.com", "sns:Publish"),
)
KEY_POLICY = policy(
    {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "kms:*",
        "Resource": "*",
    },
    statement("cloudwatch.amazonaws.com", KEY_ACTIONS, **OURS),
    statement("events.amazonaws.com", KEY_ACTIONS),
)


@pytest.fixture
def topics(aws):
    """Key, topics, queues and subscriptions, as Terraform makes them."""
    key = aws("kms").create_key(Policy=KEY_POLICY)["KeyMetadata"]["KeyId"]
    sqs, sns = aws("sqs"), aws("sns")
    for name, redrive in (
        ("acme-alerts-dead", None),
        ("acme-undeliverable", None),
        ("acme-alerts", {"deadLetterTargetArn": DEAD, "maxReceiveCount": 1000}),
    ):
        attributes = {"MessageRetentionPeriod": "1209600"}
        sqs.create_queue(
            QueueName=name,
            Attributes=attributes | ({"RedrivePolicy": json.dumps(redrive)} if redrive else {}),
        )
    for topic in ("critical", "warning", "operations"):
        arn = sns.create_topic(
            Name=f"acme-{topic}", Attributes={"KmsMasterKeyId": key, "Policy": TOPIC_POLICY}
        )["TopicArn"]
        if topic == "operations":
            sns.subscribe(TopicArn=arn, Protocol="sms", Endpoint="+15550100999")
        else:
            sns.subscribe(
                TopicArn=arn, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:acme-alerts"
            )
    return key
