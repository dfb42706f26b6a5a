"""ALM016, ALM019, ALM023 and ALM024: names, doubles, composites, mute rules."""

from __future__ import annotations

import pytest

from alarmctl.lint import commands
from alarmctl.lint.model import Alarm, MuteRule, Stack

ACTION = "arn:aws:sns:us-east-1:123456789012:acme"


def test_two_alarms_of_one_name(lint, metric_alarm):
    first = metric_alarm("aws_cloudwatch_metric_alarm.a")
    second = metric_alarm("aws_cloudwatch_metric_alarm.b", dimensions={"ClusterName": "shop"})
    ((_, finding),) = lint(first, second).findings
    assert (finding.rule, finding.severity) == ("ALM016", "error")
    assert "aws_cloudwatch_metric_alarm.a" in finding.message


def test_one_name_in_two_regions_is_no_collision(lint, metric_alarm, ids):
    alarms = [
        metric_alarm(
            f"aws_cloudwatch_metric_alarm.{region[:2]}",
            arn=f"arn:aws:cloudwatch:{region}:123456789012:alarm:acme-api-cpu",
            alarm_actions=[f"arn:aws:sns:{region}:123456789012:acme"],
        )
        for region in ("us-east-1", "eu-west-1")
    ]
    assert ids(lint(*alarms)) == []


def family(metric_alarm, names):
    return [
        metric_alarm(f'aws_cloudwatch_metric_alarm.this["{name}"]', alarm_name=name, period=60 * index)
        for index, name in enumerate(names, start=1)
    ]


def test_one_name_outside_the_family(lint, metric_alarm, ids):
    names = ["acme-a", "acme-b", "acme-c", "acme-d", "acme-e"]
    assert ids(lint(*family(metric_alarm, [*names, "cpu-high"]))) == ["ALM016"]
    assert ids(lint(*family(metric_alarm, [*names, "operations-acme-errors"]))) == []
    assert ids(lint(*family(metric_alarm, [*names[:3], "cpu-high"]))) == []


def test_alarms_that_target_tracking_named_are_no_family(lint, metric_alarm, ids):
    policy = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1:resource/ecs/service/shop/api"
    tracked = [alarm["values"] for alarm in family(metric_alarm, [f"TargetTracking-{n}" for n in "abcdef"])]
    for values in tracked:
        values["alarm_actions"] = [policy]
    alarms = [metric_alarm(f'aws_cloudwatch_metric_alarm.t["{v["alarm_name"]}"]', **v) for v in tracked]
    assert ids(lint(*alarms, metric_alarm())) == []


def test_the_same_alarm_twice(lint, metric_alarm, ids):
    first = metric_alarm("aws_cloudwatch_metric_alarm.a", alarm_name="acme-a")
    twin = metric_alarm("aws_cloudwatch_metric_alarm.b", alarm_name="acme-b")
    other = metric_alarm(
        "aws_cloudwatch_metric_alarm.b", alarm_name="acme-b", alarm_actions=[f"{ACTION}-info"]
    )
    assert ids(lint(first, twin)) == ["ALM019"]
    assert ids(lint(first, other)) == []


def test_a_looser_alarm_that_tells_the_same_people(lint, metric_alarm, ids):
    strict = metric_alarm("aws_cloudwatch_metric_alarm.a", alarm_name="acme-a", threshold=70)
    loose = metric_alarm("aws_cloudwatch_metric_alarm.b", alarm_name="acme-b", threshold=90)
    graver = metric_alarm("aws_cloudwatch_metric_alarm.b", alarm_name="acme-b-critical", threshold=90)
    assert ids(lint(strict, loose)) == ["ALM019"]
    assert ids(lint(strict, graver)) == []


@pytest.fixture
def composite(resource):
    def build(rule, **values):
        defaults = {
            "alarm_name": "acme-api",
            "alarm_description": "The api is in trouble.",
            "alarm_actions": [ACTION],
        }
        return resource("aws_cloudwatch_composite_alarm.api", defaults | {"alarm_rule": rule} | values)

    return build


HERE = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:a"
ELSEWHERE = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:b"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ('ALARM("a") AND (OK(b) OR NOT INSUFFICIENT_DATA(c))', []),
        (f"ALARM({HERE})", []),
        ("AT_LEAST(50%, ALARM, (a, b, c))", []),
        ("ALARM(a) and ALARM(b)", ["ALM023"]),
        (f"ALARM({HERE}) OR ALARM({ELSEWHERE})", ["ALM023"]),
        (" OR ".join(f"ALARM(a{index})" for index in range(101)), ["ALM023"]),
        ("ALARM(acme-api) OR ALARM(b)", ["ALM023"]),
    ],
)
def test_composite_alarms(lint, composite, ids, rule, expected):
    assert ids(lint(composite(rule))) == expected


def test_a_composite_alarm_of_another_region_than_its_children(lint, composite, ids):
    own = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:acme-api"
    assert ids(lint(composite(f"ALARM({ELSEWHERE})", arn=own))) == ["ALM023"]


def mute(resource, names, duration):
    values = {
        "name": "nights",
        "rule": [{"schedule": [{"duration": duration, "expression": "cron(0 2 * * *)"}]}],
        "mute_targets": [{"alarm_names": names}],
    }
    return resource("aws_cloudwatch_alarm_mute_rule.nights", values)


@pytest.mark.parametrize(
    ("count", "duration", "expected"),
    [
        (100, "PT4H", []),
        (1, "P15D", []),
        (1, "PT1M", []),
        (101, "PT4H", ["ALM024"]),
        (1, "P16D", ["ALM024"]),
        (1, "PT30S", ["ALM024"]),
        (1, "four hours", ["ALM024"]),
    ],
)
def test_mute_rules(lint, resource, ids, count, duration, expected):
    assert ids(lint(mute(resource, [f"a{index}" for index in range(count)], duration))) == expected


def test_a_muted_alarm_that_does_not_exist_is_seen_where_all_alarms_are_known(ids):
    rule = MuteRule("nights", "nights", ("acme-api", "gone"), "PT4H")
    alarm = Alarm(address="acme-api", name="acme-api", description="Trouble.", rule="ALARM(x)")
    for complete, expected in ((True, ["ALM024"]), (False, [])):
        stack = Stack(source="live", alarms=(alarm,), mute_rules=(rule,), complete=complete)
        assert [rule for rule in ids(commands.lint([stack])) if rule == "ALM024"] == expected
