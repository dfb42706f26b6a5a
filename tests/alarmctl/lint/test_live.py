"""`--live`, against moto."""

from __future__ import annotations

import json

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from moto import mock_aws

from alarmctl.lint import commands, live
from alarmctl.lint.sources import InputError

REGION = "eu-west-1"


@pytest.fixture
def session(monkeypatch):
    """A session on an empty account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    # moto has no mute rules.
    monkeypatch.setattr(live._Account, "_mute_rules", lambda _: iter(()))
    with mock_aws():
        yield boto3.Session(region_name=REGION)


@pytest.fixture
def put(session):
    """Create an alarm, sound but for what is given."""

    def create(**changes):
        session.client("cloudwatch").put_metric_alarm(
            **{
                "AlarmName": "acme-api-cpu",
                "AlarmDescription": "The api uses too much CPU.",
                "Namespace": "AWS/ECS",
                "MetricName": "CPUUtilization",
                "Dimensions": [
                    {"Name": "ClusterName", "Value": "shop"},
                    {"Name": "ServiceName", "Value": "api"},
                ],
                "Statistic": "Average",
                "Period": 60,
                "EvaluationPeriods": 5,
                "ComparisonOperator": "GreaterThanThreshold",
                "Threshold": 80,
                "TreatMissingData": "notBreaching",
                "AlarmActions": [f"arn:aws:sns:{REGION}:123456789012:acme"],
            }
            | changes
        )

    return create


@pytest.fixture
def topic(session):
    """The topic that the alarms use."""
    return session.client("sns").create_topic(Name="acme")["TopicArn"]


def found(session):
    return sorted((f.rule, f.name) for _, f in commands.lint([live.read(session=session)]).findings)


@pytest.mark.usefixtures("topic")
def test_a_sound_account(session, put):
    put()
    assert found(session) == []


@pytest.mark.usefixtures("topic")
def test_finds_a_dead_alarm(session, put):
    put(MetricName="RunningTaskCount", TreatMissingData="breaching")
    assert found(session) == [("ALM001", "acme-api-cpu")]


@pytest.mark.usefixtures("topic")
def test_what_is_published_counts_more_than_what_is_known(session, put):
    session.client("cloudwatch").put_metric_data(
        Namespace="Acme/Shop",
        MetricData=[{"MetricName": "Orders", "Dimensions": [{"Name": "Shop", "Value": "a"}], "Value": 1}],
    )
    put(Namespace="Acme/Shop", MetricName="Orders", Dimensions=[{"Name": "Shop", "Value": "b"}])
    assert found(session) == []
    put(Namespace="Acme/Shop", MetricName="Orders", Dimensions=[{"Name": "Store", "Value": "a"}])
    assert found(session) == [("ALM002", "acme-api-cpu")]


def test_finds_a_topic_that_eats_alarms(session, put, topic):
    session.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns"
    )
    put()
    assert found(session) == [("ALM015", "acme")]


def test_reads_the_policy_of_the_key(session, put, topic):
    kms = session.client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    session.client("sns").set_topic_attributes(
        TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key
    )
    put()
    assert found(session) == [("ALM015", "acme")]
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey*"],
        "Resource": "*",
    }
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps({"Statement": [allow]}))
    assert found(session) == []


def test_an_eventbridge_target_needs_a_statement(session, put, topic):
    events = session.client("events")
    events.put_rule(Name="health", EventPattern=json.dumps({"source": ["aws.health"]}))
    events.put_targets(Rule="health", Targets=[{"Id": "1", "Arn": topic}])
    put()
    assert found(session) == [("ALM015", "acme")]


@pytest.mark.usefixtures("topic")
def test_a_suppression_in_a_tag(session, put):
    put(AlarmDescription="", Tags=[{"Key": "alarmctl:ignore", "Value": "ALM017: not ours"}])
    report = commands.lint([live.read(session=session)])
    assert report.findings == ()
    assert [suppression.reason for _, _, suppression in report.suppressed] == ["not ours"]


def test_what_may_not_be_read_is_named(session, put, topic, monkeypatch):
    put()
    call = BaseClient._make_api_call

    def denied(self, operation, parameters):
        if operation not in {"DescribeAlarms", "ListTagsForResource"}:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, operation)
        return call(self, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", denied)
    stack = live.read(session=session)
    assert len(stack.alarms) == 1
    assert stack.unread == (
        f"topic {topic}: AccessDenied",
        "EventBridge rules: AccessDenied",
        f"subscriptions of {topic}: AccessDenied",
        "ListMetrics: AccessDenied",
    )


def test_reads_mute_rules(monkeypatch):
    arn = f"arn:aws:cloudwatch:{REGION}:123456789012:alarm-mute-rule:nights"
    answers = {
        "DescribeAlarms": {"MetricAlarms": [], "CompositeAlarms": []},
        "ListRules": {"Rules": []},
        "ListAlarmMuteRules": {"AlarmMuteRuleSummaries": [{"AlarmMuteRuleArn": arn}]},
        "GetAlarmMuteRule": {
            "Name": "nights",
            "Rule": {"Schedule": {"Expression": "cron(0 2 * * *)", "Duration": "P16D"}},
            "MuteTargets": {"AlarmNames": ["gone"]},
        },
    }
    monkeypatch.setattr(BaseClient, "_make_api_call", lambda _, operation, __: answers[operation])
    session = boto3.Session("testing", "testing", region_name=REGION)
    assert found(session) == [("ALM024", "nights"), ("ALM024", "nights")]


def test_alarms_that_cannot_be_read_are_one_clear_error(session, monkeypatch):
    def denied(*args, **kwargs):
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeAlarms")

    monkeypatch.setattr(boto3.Session, "client", denied)
    with pytest.raises(InputError, match=r"--live: the alarms cannot be read \(AccessDenied\)"):
        live.read(session=session)
