import json

import pytest

from alarmctl.local.driver import Bus

HEALTH = {
    "source": "aws.health",
    "detail-type": "AWS Health Event",
    "account": "111122223333",
    "region": "eu-west-1",
    "time": "2026-03-02T09:00:00Z",
    "resources": ["i-0123"],
    "detail": {"service": "EC2"},
}


@pytest.fixture
def bridge():
    """ministack's event bus, empty, with what it delivers kept in a list."""
    from ministack.services import eventbridge  # noqa: PLC0415 - it reads its settings when imported

    before = dict(vars(eventbridge))
    delivered = []
    eventbridge.reset()
    eventbridge._ensure_default_bus()
    eventbridge._dispatch_to_sqs = lambda spec, payload, _parameters: delivered.append(
        (spec.resource, json.loads(payload))
    )
    eventbridge.delivered = delivered
    yield eventbridge
    eventbridge.reset()
    vars(eventbridge).update(before)
    del eventbridge.delivered


def put_rule(bridge, name, pattern, *, state="ENABLED", target=True):
    bridge._put_rule({"Name": name, "EventPattern": json.dumps(pattern), "State": state})
    if target:
        queue = {"Id": "queue", "Arn": "arn:aws:sqs:us-east-1:000000000000:alerts"}
        bridge._put_targets({"Rule": name, "Targets": [queue]})


def test_an_event_of_aws_reaches_the_target_of_its_rule_as_it_was(bridge):
    put_rule(bridge, "health", {"source": ["aws.health"]})
    put_rule(bridge, "other", {"source": ["aws.ec2"]})
    assert Bus(bridge).put(HEALTH) == ["health"]
    ((queue, event),) = bridge.delivered
    assert queue == "alerts"
    assert {key: event[key] for key in HEALTH} == HEALTH


def test_each_delivery_has_an_id_of_its_own(bridge):
    put_rule(bridge, "health", {"source": ["aws.health"]})
    for _ in range(2):
        Bus(bridge).put(HEALTH | {"id": "the-same"})
    ids = [event["id"] for _, event in bridge.delivered]
    assert len(set(ids)) == 2


@pytest.mark.parametrize(
    "rule", [{"state": "DISABLED"}, {"target": False}], ids=["disabled", "without a target"]
)
def test_a_rule_that_does_nothing_is_no_match(bridge, rule):
    put_rule(bridge, "health", {"source": ["aws.health"]}, **rule)
    assert Bus(bridge).put(HEALTH) == []
    assert bridge.delivered == []
