"""ALM014, ALM015 and ALM025: the way from the alarm to a person."""

from __future__ import annotations

import json

import pytest

ARN = "arn:aws:sns:us-east-1:123456789012:acme"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/0f1e2d3c"
KEY_USE = ["kms:Decrypt", "kms:GenerateDataKey*"]
ROOT = {"Effect": "Allow", "Action": "kms:*", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}
SOURCE = {"StringEquals": {"aws:SourceAccount": "123456789012"}}


def statement(service, actions, condition=None):
    allowed = {"Effect": "Allow", "Action": actions, "Principal": {"Service": service}, "Resource": "*"}
    return allowed | ({"Condition": condition} if condition else {})


def policy(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


CLOUDWATCH_PUBLISHES = statement("cloudwatch.amazonaws.com", "sns:Publish", SOURCE)
EVENTS_PUBLISH = statement("events.amazonaws.com", "SNS:Publish")
DEFAULT_POLICY = policy(
    {
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": ["SNS:Publish", "SNS:Subscribe"],
        "Condition": {"StringEquals": {"AWS:SourceOwner": "123456789012"}},
    }
)


@pytest.fixture
def topic(resource):
    def build(**values):
        defaults = {
            "name": "acme",
            "arn": ARN,
            "id": ARN,
            "kms_master_key_id": None,
            "policy": DEFAULT_POLICY,
        }
        return resource("aws_sns_topic.acme", defaults | values)

    return build


@pytest.fixture
def key(resource):
    def build(*statements):
        values = {"arn": KEY_ARN, "key_id": "0f1e2d3c", "id": "0f1e2d3c", "policy": policy(*statements)}
        return resource("aws_kms_key.acme", values)

    return build


@pytest.fixture
def target(resource):
    """An EventBridge rule's target, the topic."""

    def build(**values):
        return resource("aws_cloudwatch_event_target.acme", {"arn": ARN, "role_arn": None} | values)

    return build


@pytest.fixture
def alarm(metric_alarm):
    return metric_alarm(alarm_actions=[ARN])


def test_the_default_policy_lets_alarms_through(lint, topic, alarm, ids):
    assert ids(lint(topic(), alarm)) == []


@pytest.mark.parametrize("name", ["alias/aws/sns", "arn:aws:kms:us-east-1:123456789012:alias/aws/sns"])
def test_the_key_of_sns_itself_eats_alarms(lint, topic, alarm, ids, name):
    assert ids(lint(topic(kms_master_key_id=name), alarm)) == ["ALM015"]


def test_a_topic_that_no_alarm_uses_may_have_any_key(lint, topic, metric_alarm, ids):
    assert ids(lint(topic(kms_master_key_id="alias/aws/sns"), metric_alarm())) == []


def test_a_key_that_does_not_know_cloudwatch(lint, topic, key, alarm, ids):
    encrypted = topic(kms_master_key_id=KEY_ARN)
    assert ids(lint(encrypted, key(ROOT), alarm)) == ["ALM015"]
    knows = key(ROOT, statement("cloudwatch.amazonaws.com", KEY_USE, SOURCE))
    assert ids(lint(encrypted, knows, alarm)) == []


def test_a_key_that_only_decrypts(lint, topic, key, alarm, ids):
    half = key(ROOT, statement("cloudwatch.amazonaws.com", "kms:Decrypt"))
    assert ids(lint(topic(kms_master_key_id="0f1e2d3c"), half, alarm)) == ["ALM015"]


def test_a_key_found_by_its_alias(lint, topic, key, alarm, resource, ids):
    alias = resource("aws_kms_alias.acme", {"name": "alias/acme", "target_key_id": "0f1e2d3c"})
    assert ids(lint(topic(kms_master_key_id="alias/acme"), key(ROOT), alias, alarm)) == ["ALM015"]


def test_the_alias_of_a_new_key_leads_to_that_key(lint, topic, key, alarm, resource, ids):
    """Nothing of a new key is known but the references; an unknown target is not any key."""
    old = key(ROOT)
    old = {**old, "address": "aws_kms_key.other", "values": {"policy": old["values"]["policy"]}}
    alias = resource("aws_kms_alias.acme", {"name": "alias/acme"})
    unknown = {"aws_kms_alias.acme": {"target_key_id": True}, "aws_kms_key.other": {"key_id": True}}
    assert ids(lint(topic(kms_master_key_id="alias/acme"), old, alias, alarm, unknown=unknown)) == []


def test_a_key_that_is_not_in_the_plan_is_not_judged(lint, topic, alarm, ids):
    assert ids(lint(topic(kms_master_key_id=KEY_ARN), alarm)) == []


def test_a_key_that_binds_eventbridge_to_a_source(lint, topic, key, target, ids):
    encrypted = topic(kms_master_key_id=KEY_ARN, policy=policy(EVENTS_PUBLISH))
    bound = key(ROOT, statement("events.amazonaws.com", KEY_USE, SOURCE))
    assert ids(lint(encrypted, bound, target())) == ["ALM015"]
    assert ids(lint(encrypted, key(ROOT, statement("events.amazonaws.com", KEY_USE)), target())) == []


def test_a_deny_statement_is_not_judged(lint, topic, key, alarm, ids):
    deny = {"Effect": "Deny", "Action": "kms:ScheduleKeyDeletion", "Principal": "*"}
    assert ids(lint(topic(kms_master_key_id=KEY_ARN), key(ROOT, deny), alarm)) == []


def test_a_policy_that_forgets_cloudwatch(lint, topic, alarm, ids):
    assert ids(lint(topic(policy=policy(EVENTS_PUBLISH)), alarm)) == ["ALM015"]
    assert ids(lint(topic(policy=policy(EVENTS_PUBLISH, CLOUDWATCH_PUBLISHES)), alarm)) == []


def test_a_separate_policy_counts(lint, topic, alarm, resource, ids):
    separate = resource("aws_sns_topic_policy.acme", {"arn": ARN, "policy": policy(EVENTS_PUBLISH)})
    assert ids(lint(topic(), separate, alarm)) == ["ALM015"]


def test_an_events_statement_with_a_condition(lint, topic, target, ids):
    bound = policy(
        statement("events.amazonaws.com", "sns:Publish", {"ArnEquals": {"aws:SourceArn": "arn:x"}})
    )
    assert ids(lint(topic(policy=bound), target())) == ["ALM015"]
    assert ids(lint(topic(policy=policy(EVENTS_PUBLISH)), target())) == []


def test_the_default_policy_does_not_let_eventbridge_through(lint, topic, target, ids):
    assert ids(lint(topic(), target())) == ["ALM015"]


def test_a_role_on_the_target(lint, topic, target, ids):
    report = lint(topic(policy=policy(EVENTS_PUBLISH)), target(role_arn="arn:aws:iam::123456789012:role/x"))
    assert ids(report) == ["ALM015"]


def test_a_subscription_that_nobody_confirmed(lint, topic, alarm, resource, ids):
    values = {"topic_arn": ARN, "protocol": "email", "endpoint": "ops@example.com"}
    pending = resource("aws_sns_topic_subscription.ops", values | {"pending_confirmation": True})
    confirmed = resource("aws_sns_topic_subscription.ops", values | {"pending_confirmation": False})
    assert ids(lint(topic(), alarm, pending)) == ["ALM015"]
    assert ids(lint(topic(), alarm, confirmed)) == []


def test_a_topic_of_another_region(lint, metric_alarm, ids):
    arn = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:acme-api-cpu"
    assert ids(lint(metric_alarm(arn=arn, alarm_actions=[ARN]))) == ["ALM015"]


def test_an_alarm_without_actions_is_heard_through_a_composite(lint, metric_alarm, resource, ids):
    quiet = metric_alarm(alarm_actions=[])
    values = {
        "alarm_name": "acme-api",
        "alarm_description": "The api is in trouble.",
        "alarm_rule": 'ALARM("acme-api-cpu")',
        "alarm_actions": [ARN],
    }
    composite = resource("aws_cloudwatch_composite_alarm.api", values)
    assert ids(lint(quiet)) == ["ALM014"]
    assert ids(lint(quiet, composite)) == []


def test_an_alarm_without_actions_is_heard_through_eventbridge(lint, metric_alarm, resource, ids):
    pattern = json.dumps({"source": ["aws.cloudwatch"], "detail-type": ["CloudWatch Alarm State Change"]})
    rule = resource("aws_cloudwatch_event_rule.all", {"event_pattern": pattern, "state": "ENABLED"})
    off = resource("aws_cloudwatch_event_rule.all", {"event_pattern": pattern, "state": "DISABLED"})
    assert ids(lint(metric_alarm(alarm_actions=[]), rule)) == []
    assert ids(lint(metric_alarm(alarm_actions=[]), off)) == ["ALM014"]


def test_an_alarm_that_is_switched_off_is_silent_on_purpose(lint, metric_alarm, ids):
    assert ids(lint(metric_alarm(alarm_actions=[], actions_enabled=False))) == []


@pytest.fixture
def notifier(resource, topic):
    """A topic, its queue and the function that reads it."""
    queue_arn = "arn:aws:sqs:us-east-1:123456789012:acme-alerts"
    function_arn = "arn:aws:lambda:us-east-1:123456789012:function:acme-notify"
    return (
        topic(),
        resource("aws_sqs_queue.alerts", {"name": "acme-alerts", "arn": queue_arn, "redrive_policy": None}),
        resource("aws_lambda_function.notify", {"function_name": "acme-notify", "arn": function_arn}),
        resource(
            "aws_sns_topic_subscription.queue", {"topic_arn": ARN, "protocol": "sqs", "endpoint": queue_arn}
        ),
        resource(
            "aws_lambda_event_source_mapping.queue",
            {"event_source_arn": queue_arn, "function_name": function_arn},
        ),
    )


def notifier_alarm(metric_alarm, watched, action=ARN):
    namespace, metric_name, dimensions = watched
    return metric_alarm(
        namespace=namespace,
        metric_name=metric_name,
        dimensions=dimensions,
        statistic="Sum",
        threshold=0,
        evaluation_periods=1,
        alarm_actions=[action],
    )


WATCHED = [
    ("AWS/Lambda", "Errors", {"FunctionName": "acme-notify"}),
    ("AWS/SQS", "NumberOfMessagesSent", {"QueueName": "acme-alerts"}),
    ("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": "acme"}),
]


@pytest.mark.parametrize("watched", WATCHED, ids=lambda watched: watched[0])
def test_a_watchman_who_reports_through_what_he_watches(lint, notifier, metric_alarm, ids, watched):
    assert ids(lint(*notifier, notifier_alarm(metric_alarm, watched))) == ["ALM025"]
    other = "arn:aws:sns:us-east-1:123456789012:acme-operations"
    assert ids(lint(*notifier, notifier_alarm(metric_alarm, watched, action=other))) == []


def test_a_second_way_out_of_the_topic_will_do(lint, notifier, metric_alarm, resource, ids):
    values = {"topic_arn": ARN, "protocol": "email", "endpoint": "ops@example.com"}
    mail = resource("aws_sns_topic_subscription.mail", values)
    assert ids(lint(*notifier, mail, notifier_alarm(metric_alarm, WATCHED[0]))) == []


def test_another_function_may_report_through_the_notifier(lint, notifier, metric_alarm, ids):
    orders = notifier_alarm(metric_alarm, ("AWS/Lambda", "Errors", {"FunctionName": "orders"}))
    assert ids(lint(*notifier, orders)) == []
