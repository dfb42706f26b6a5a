"""Which rule takes an alert, why, and what it changes."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from notify_slack import config, pipeline, rules
from notify_slack.errors import ConfigError
from notify_slack.events import parse
from notify_slack.model import Dropped, Received, Routed, Severity
from notify_slack.route import route

MONDAY_MORNING = datetime(2026, 3, 2, 8, 30, tzinfo=UTC)


@pytest.fixture
def alert(load):
    event = load("alarm-eventbridge")
    event["detail"]["alarmTags"] = [{"key": "team", "value": "payments"}]
    return replace(parse(Received(event)), at=MONDAY_MORNING)


def settings(*raw, **more):
    return config.from_json(json.dumps({"rules": list(raw), "accounts": {"123456789012": "acme"}} | more))


def taken(alert, when, **more):
    """The rule that takes it, and why."""
    decided = route(alert, settings({"name": "r", "when": when}, **more), was_firing=False)
    assert decided.route
    return decided.route.rule, decided.route.why


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ({}, "it matches everything"),
        ({"severity": ["warning"]}, "severity is warning"),
        ({"kind": "alarm"}, "kind is alarm"),
        ({"kind": ["health", "al*"]}, "kind is alarm (al*)"),
        ({"status": ["firing"]}, "status is firing"),
        ({"alarm_name": ["*-api-*"]}, "alarm_name is acme-production-api-cpu (*-api-*)"),
        ({"account": ["acme"]}, "account is acme"),
        ({"account": ["123456789012"]}, "account is 123456789012"),
        ({"region": ["eu-*"]}, "region is eu-west-1 (eu-*)"),
        ({"namespace": ["ECS/*"]}, "namespace is ECS/ContainerInsights (ECS/*)"),
        ({"tags": {"team": ["pay*"]}}, "tag team is payments (pay*)"),
        ({"hours": {"from": "08:00", "to": "09:00"}}, "it is Mon 08:30 UTC"),
        ({"hours": {"zone": "Asia/Tokyo", "from": "17:00", "to": "18:00"}}, "it is Mon 17:30 Asia/Tokyo"),
        ({"region": ["eu-west-1"], "kind": ["alarm"]}, "kind is alarm, region is eu-west-1"),
    ],
)  # fmt: skip
def test_a_rule_takes_what_it_describes(when, why, alert):
    assert taken(alert, when) == ("r", why)


@pytest.mark.parametrize(
    "when",
    [
        {"severity": ["critical"]},
        {"kind": ["health"]},
        {"status": ["resolved", "notice"]},
        {"alarm_name": ["acme-production-API-*"]},
        {"account": ["acm"]},
        {"region": ["us-*"]},
        {"namespace": ["AWS/RDS"]},
        {"tags": {"team": ["search"]}},
        {"tags": {"Team": ["payments"]}},
        {"hours": {"from": "09:00", "to": "17:00"}},
        {"hours": {"days": ["sat", "sun"]}},
        {"region": ["eu-west-1"], "kind": ["health"]},
    ],
)
def test_every_condition_must_hold(when, alert):
    assert taken(alert, when) == ("default", "no other rule matches")


def test_without_rules_the_last_one_takes_everything(alert):
    decided = route(alert, config.Config(), was_firing=False)
    assert decided.route
    assert (decided.route.rule, decided.route.why) == ("default", "there are no rules")


@pytest.mark.parametrize(
    "when",
    [{"alarm_name": ["*"]}, {"namespace": ["*"]}, {"account": ["*"]}, {"tags": {"a": ["*"]}}, {"hours": {}}],
)
def test_what_an_alert_does_not_say_matches_nothing(when):
    assert taken(parse(Received("hello")), when)[0] == "default"


@pytest.mark.parametrize(
    ("clock", "days", "inside"),
    [
        ("2026-03-02T21:59", ["mon"], False),
        ("2026-03-02T22:00", ["mon"], True),
        ("2026-03-03T05:59", ["mon"], True),
        ("2026-03-03T06:00", ["mon"], False),
        ("2026-03-02T03:00", ["mon"], False),
        ("2026-03-02T03:00", ["sun"], True),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(clock, days, inside, alert):
    alert = replace(alert, at=datetime.fromisoformat(clock).replace(tzinfo=UTC))
    when = {"hours": {"days": days, "from": "22:00", "to": "06:00"}}
    assert (taken(alert, when)[0] == "r") is inside


def test_the_first_rule_that_matches_decides(alert):
    decided = route(
        alert,
        settings({"name": "a", "severity": "info"}, {"name": "b", "severity": "critical"}),
        was_firing=False,
    )
    assert decided.severity is Severity.INFO
    assert decided.route
    assert decided.route.rule == "a"


def test_a_rule_says_where_how_urgent_and_to_whom(alert):
    rule = {
        "name": "r",
        "severity": "critical",
        "webhook_parameter": "/a/b",
        "channel": "#c",
        "mention": "@here oncall",
    }
    decided = route(alert, settings(rule, mentions={"oncall": "<@U012AB>"}), was_firing=False)
    assert isinstance(decided, Routed)
    assert (decided.severity, decided.arrived, decided.mention) == (
        Severity.CRITICAL,
        Severity.WARNING,
        "<!here> <@U012AB>",
    )
    assert decided.route.destination == ("/a/b", "#c")


def test_a_rule_can_silence_a_mention(alert):
    loud = {"severities": {"warning": {"mention": "@here"}}}
    for rule, mention in (({"name": "r"}, "<!here>"), ({"name": "r", "mention": ""}, "")):
        decided = route(alert, settings(rule, **loud), was_firing=False)
        assert isinstance(decided, Routed)
        assert decided.mention == mention


def test_a_dropped_alert_is_counted_under_its_rule_and_reason(alert):
    decided = route(alert, settings({"name": "r", "drop": "too many"}), was_firing=False)
    assert isinstance(decided, Dropped)
    assert decided.reason == "rule r: too many"
    assert decided.severity is Severity.WARNING


def test_a_kinds_own_severity_comes_before_the_rules(alert):
    own = {"kinds": {"alarm": {"severity": "critical"}}}
    assert taken(alert, {"severity": ["critical"]}, **own)[0] == "r"
    assert taken(alert, {"severity": ["warning"]}, **own)[0] == "default"


def test_each_destination_has_its_own_messages(load):
    events = [load("alarm-eventbridge"), load("health"), "one", "two", "three"]
    other = settings({"name": "health", "when": {"kind": ["health"]}, "webhook_parameter": "/acme/health"})
    records = [
        {"eventSource": "aws:sqs", "messageId": str(n), "body": json.dumps(e)} for n, e in enumerate(events)
    ]
    preview = pipeline.explain({"Records": records}, other)
    by_message: dict[int | None, set[str]] = {}
    for one in preview.alerts:
        by_message.setdefault(one.message, set()).add(one.route.webhook_parameter)
    assert sorted(by_message.values(), key=str) == [{""}, {"/acme/health"}]
    assert len(preview.requests) == 2


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({}, "rules[0] has no name"),
        ({"name": " "}, "rules[0] has no name"),
        ({"name": "default"}, "the name default is taken"),
        ({"name": "a", "whem": {}}, "rules[0]: unknown key whem"),
        ({"name": "a", "when": {"alarm": ["x"]}}, "rules.a.when: unknown key alarm"),
        ({"name": "a", "when": {"kind": ["alarms"]}}, "rules.a.when.kind: unknown kind 'alarms'. Use "),
        ({"name": "a", "when": {"status": ["on"]}}, "rules.a.when.status: unknown status 'on'. Use firing, "),
        ({"name": "a", "when": {"severity": ["high"]}}, "rules.a.when.severity: unknown severity 'high'"),
        ({"name": "a", "when": {"region": []}}, "rules.a.when.region is empty"),
        ({"name": "a", "when": {"region": [1]}}, "rules.a.when.region must be a string, not int"),
        ({"name": "a", "when": {"region": 1}}, "rules.a.when.region must be a list, not int"),
        ({"name": "a", "when": {"tags": {"t": []}}}, "rules.a.when.tags.t is empty"),
        ({"name": "a", "when": {"hours": {"zone": "Berlin"}}}, "there is no time zone 'Berlin'"),
        ({"name": "a", "when": {"hours": {"zone": "../etc"}}}, "there is no time zone '../etc'"),
        ({"name": "a", "when": {"hours": {"days": ["monday"]}}}, "unknown day 'monday'. Use mon, "),
        ({"name": "a", "when": {"hours": {"from": "8"}}}, "'8' is no time of day"),
        ({"name": "a", "severity": "high"}, "rules.a.severity: unknown severity 'high'"),
        ({"name": "a", "mention": "here"}, "rules.a.mention: 'here' mentions nobody"),
        ({"name": "a", "drop": "x", "severity": "info"}, "rules.a drops what it takes"),
        ({"name": "a", "drop": " "}, "rules.a.drop is empty"),
    ],
)  # fmt: skip
def test_a_fault_in_a_rule_is_named(raw, said):
    with pytest.raises(ConfigError) as caught:
        settings(raw)
    assert said in str(caught.value)


def test_two_rules_of_one_name_are_refused():
    with pytest.raises(ConfigError, match="the name a is taken"):
        settings({"name": "a"}, {"name": "a"})


def test_the_table_of_conditions_is_what_alerts_are_held_against(alert):
    assert set(rules.CONDITIONS) | {"tags", "hours"} == set(rules.WHEN_KEYS)
    for name in rules.CONDITIONS:
        assert taken(alert, {name: ["*"]})[0] == "r"
