"""Checks of the way to Slack, against moto; of Lambda, against canned answers."""

import json
from types import SimpleNamespace

import pytest
from botocore.exceptions import ClientError

from alarmctl.doctor import delivery
from alarmctl.doctor.model import Check, Verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN
ARN = "arn:aws:sns:eu-west-1:123456789012:acme-"
WEBHOOK = "https://hooks.slack.com/services/T0/B0/not-a-real-token"


def look(check, account):
    """Verdict and words of each line."""
    return [(line.verdict, line.saw) for line in Check("it", check).run(account)]


def verdicts(check, account):
    return [verdict for verdict, _ in look(check, account)]


CHECKS = [
    delivery.key_policy,
    delivery.topic_policies,
    delivery.subscriptions,
    delivery.queue,
    delivery.dead_letters,
]


@pytest.mark.usefixtures("topics")
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_sound_stack_passes(account, check):
    assert set(verdicts(check, account)) == {PASS}


@pytest.mark.parametrize(
    "check", [delivery.queue, delivery.dead_letters, delivery.rules, delivery.topic_policies]
)
def test_an_empty_account_fails(account, check):
    assert FAIL in verdicts(check, account)


class TestKey:
    def without(self, topics, aws, change):
        policy = json.loads(aws("kms").get_key_policy(KeyId=topics, PolicyName="default")["Policy"])
        change(policy["Statement"])
        aws("kms").put_key_policy(KeyId=topics, PolicyName="default", Policy=json.dumps(policy))

    def test_that_lets_no_alarm_use_it(self, account, topics, aws):
        self.without(topics, aws, lambda statements: statements.pop(1))
        assert verdicts(delivery.key_policy, account) == [FAIL, PASS]

    def test_that_asks_events_for_their_source(self, account, topics, aws):
        condition = {"StringEquals": {"aws:SourceAccount": "123456789012"}}
        self.without(topics, aws, lambda statements: statements[2].update(Condition=condition))
        assert verdicts(delivery.key_policy, account) == [PASS, FAIL]

    def test_that_is_off(self, account, topics, aws):
        aws("kms").disable_key(KeyId=topics)
        assert verdicts(delivery.key_policy, account) == [FAIL]

    @pytest.mark.usefixtures("topics")
    def test_of_aws_itself(self, account, aws):
        aws("sns").set_topic_attributes(
            TopicArn=f"{ARN}critical", AttributeName="KmsMasterKeyId", AttributeValue="alias/aws/sns"
        )
        assert (FAIL, "alias/aws/sns: no alarm can publish through it") in look(delivery.key_policy, account)


@pytest.mark.usefixtures("topics")
class TestTopics:
    @pytest.mark.parametrize("missing", [0, 1])
    def test_a_policy_without_a_publisher(self, account, aws, missing):
        topic = f"{ARN}warning"
        policy = json.loads(aws("sns").get_topic_attributes(TopicArn=topic)["Attributes"]["Policy"])
        del policy["Statement"][missing]
        aws("sns").set_topic_attributes(
            TopicArn=topic, AttributeName="Policy", AttributeValue=json.dumps(policy)
        )
        assert verdicts(delivery.topic_policies, account) == [PASS, FAIL, PASS]

    def test_no_operations_topic(self, account, aws):
        aws("sns").delete_topic(TopicArn=f"{ARN}operations")
        assert look(delivery.topic_policies, account)[0] == (FAIL, "found critical, warning")

    def test_a_topic_without_the_queue(self, account, aws):
        (one,) = aws("sns").list_subscriptions_by_topic(TopicArn=f"{ARN}critical")["Subscriptions"]
        aws("sns").unsubscribe(SubscriptionArn=one["SubscriptionArn"])
        assert verdicts(delivery.subscriptions, account) == [FAIL, PASS, PASS]

    def test_operations_that_lead_to_slack(self, account, aws):
        aws("sns").subscribe(
            TopicArn=f"{ARN}operations", Protocol="sqs", Endpoint=account.queue_arn("alerts")
        )
        assert verdicts(delivery.subscriptions, account) == [PASS, PASS, FAIL]

    def test_a_pagers_key_is_not_shown(self, account, monkeypatch):
        pending = {
            "SubscriptionArn": "PendingConfirmation",
            "Protocol": "https",
            "Endpoint": "https://pager.example.com/integration/not-a-real-key",
        }
        monkeypatch.setattr(type(account), "pages", lambda *_, **__: iter([{"Subscriptions": [pending]}]))
        lines = Check("it", delivery.subscriptions).run(account)
        assert lines[0].saw == "critical: https https://pager.example.com is not confirmed"
        assert all("not-a-real-key" not in line.saw + line.do for line in lines)


@pytest.mark.usefixtures("topics")
class TestQueues:
    @pytest.mark.parametrize(
        ("attributes", "expected"),
        [
            ({"MessageRetentionPeriod": "345600"}, [PASS, FAIL, PASS]),
            (
                {
                    "RedrivePolicy": json.dumps(
                        {
                            "deadLetterTargetArn": "arn:aws:sqs:eu-west-1:123456789012:acme-alerts-dead",
                            "maxReceiveCount": 5,
                        }
                    )
                },
                [FAIL, PASS, PASS],
            ),
        ],
    )
    def test_a_queue_that_forgets(self, account, aws, attributes, expected):
        aws("sqs").set_queue_attributes(QueueUrl=account.queue_url("alerts"), Attributes=attributes)
        assert verdicts(delivery.queue, account) == expected

    def test_dead_letters_say_how_to_send_them_back(self, account, aws):
        aws("sqs").send_message(QueueUrl=account.queue_url("undeliverable"), MessageBody="{}")
        lines = Check("it", delivery.dead_letters).run(account)
        assert [line.verdict for line in lines] == [PASS, FAIL]
        assert lines[1].do.endswith("alarmctl redrive --name acme --queue undeliverable")


class TestRules:
    def rule(self, aws, name, *, kept=True, **settings):
        events = aws("events")
        events.put_rule(Name=f"acme-{name}", EventPattern='{"source": ["aws.ecs"]}', **settings)
        target = {"Id": "one", "Arn": "arn:aws:sqs:eu-west-1:123456789012:acme-alerts"}
        dead = {"DeadLetterConfig": {"Arn": "arn:aws:sqs:eu-west-1:123456789012:acme-alerts-dead"}}
        events.put_targets(Rule=f"acme-{name}", Targets=[target | (dead if kept else {})])

    def test_the_three_that_must_be(self, account, aws):
        for name in ("alarm-state-changes", "heartbeat", "sweep"):
            self.rule(aws, name)
        assert verdicts(delivery.rules, account) == [PASS] * 3

    def test_one_is_off_and_one_drops(self, account, aws):
        self.rule(aws, "alarm-state-changes", kept=False)
        self.rule(aws, "heartbeat", State="DISABLED")
        found = look(delivery.rules, account)
        assert [verdict for verdict, _ in found] == [FAIL] * 3
        assert "acme-heartbeat is disabled" in [saw for _, saw in found]


class Lambda:
    """Answers as Lambda does."""

    def __init__(self, **changes):
        self.settings = {
            "State": "Active",
            "Version": "7",
            "Environment": {"Variables": {"WEBHOOK_PARAMETER": "/acme/webhook", "ENVIRONMENT": "production"}},
        } | changes.pop("settings", {})
        self.reserved = changes.pop("reserved", 3)
        self.mapping = {
            "UUID": "u",
            "State": "Enabled",
            "FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:acme-notify-slack:live",
            "FunctionResponseTypes": ["ReportBatchItemFailures"],
        } | changes

    def get_function_configuration(self, FunctionName, Qualifier):  # noqa: N803 - boto3's names
        assert (FunctionName, Qualifier) == ("acme-notify-slack", "live")
        return self.settings

    def get_function_concurrency(self, FunctionName):  # noqa: N803 - boto3's name
        assert FunctionName == "acme-notify-slack"
        return {} if self.reserved is None else {"ReservedConcurrentExecutions": self.reserved}

    def list_event_source_mappings(self, EventSourceArn):  # noqa: N803 - boto3's name
        assert EventSourceArn.endswith(":acme-alerts")
        return {"EventSourceMappings": [self.mapping]}


class Stack(SimpleNamespace):
    """A stack that answers from `clients`."""

    name, function, canary = "acme", "acme-notify-slack", "acme-canary"

    def client(self, service):
        return self.clients[service]

    def queue_arn(self, queue):
        return f"arn:aws:sqs:eu-west-1:123456789012:acme-{queue}"


def stack(webhook=WEBHOOK, **changes):
    def get_parameter(Name, WithDecryption):  # noqa: N803 - boto3's names
        if webhook is None:
            raise ClientError({"Error": {"Code": "ParameterNotFound"}}, "GetParameter")
        return {"Parameter": {"Value": webhook}}

    return Stack(clients={"lambda": Lambda(**changes), "ssm": SimpleNamespace(get_parameter=get_parameter)})


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [PASS, PASS]),
        ({"reserved": None}, [PASS, PASS]),
        ({"reserved": 0}, [PASS, FAIL]),
        ({"reserved": 2}, [PASS, FAIL]),
        ({"settings": {"State": "Failed", "StateReason": "no code"}}, [FAIL, PASS]),
    ],
)
def test_the_function(changes, expected):
    assert verdicts(delivery.function, stack(**changes)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [PASS] * 4),
        ({"State": "Disabled"}, [PASS, FAIL, PASS, PASS]),
        (
            {"FunctionArn": "arn:aws:lambda:eu-west-1:123456789012:function:acme-notify-slack"},
            [PASS, PASS, FAIL, PASS],
        ),
        ({"FunctionResponseTypes": []}, [PASS, PASS, PASS, FAIL]),
    ],
)
def test_the_mapping(changes, expected):
    assert verdicts(delivery.mapping, stack(**changes)) == expected


@pytest.mark.parametrize(
    ("webhook", "expected"),
    [
        (WEBHOOK, PASS),
        ("https://hooks.slack.com.evil.example/services/T0/B0/not-a-real-token", FAIL),
        ("not-a-real-token", FAIL),
        (None, FAIL),
    ],
)
def test_the_webhook_is_judged_and_never_shown(webhook, expected):
    (line,) = Check("it", delivery.webhook).run(stack(webhook))
    assert line.verdict is expected
    assert "not-a-real-token" not in line.saw + line.do


def test_the_ledger(account, aws):
    assert verdicts(delivery.ledger, account) == [FAIL]
    aws("dynamodb").create_table(
        TableName="acme-notifier-ledger",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    assert verdicts(delivery.ledger, account) == [PASS, FAIL]
    aws("dynamodb").update_time_to_live(
        TableName="acme-notifier-ledger",
        TimeToLiveSpecification={"Enabled": True, "AttributeName": "expires_at"},
    )
    assert verdicts(delivery.ledger, account) == [PASS, PASS]


def test_what_may_not_be_asked_is_unknown():
    def refuse(_account, _findings):
        raise ClientError({"Error": {"Code": "AccessDenied"}}, "GetKeyPolicy")

    (line,) = Check("key", refuse).run(stack())
    assert (line.verdict, line.saw) == (UNKNOWN, "AWS does not say (AccessDenied)")
    assert "GetKeyPolicy" in line.do
