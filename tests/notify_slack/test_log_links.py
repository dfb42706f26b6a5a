"""The button from an alarm to its lines, and the command for access logs."""

import json

import pytest

from notify_slack import config, log_links
from notify_slack.dress import dress
from notify_slack.errors import ConfigError
from notify_slack.events import alarm
from notify_slack.facts import AlarmFacts, Metric
from notify_slack.model import Path, Routed, Severity
from notify_slack.peek import time

ECS = (("ClusterName", "main"), ("ServiceName", "api"))
ALB = (("LoadBalancer", "app/public/50dc6c495c0c9188"), ("TargetGroup", "targetgroup/api/73e2d6bc24d8a067"))
LOGS = {
    "groups": {"main/api": "/acme/api"},
    "filter": '@message like "ERROR"',
    "load_balancers": ["app/public/50dc6c495c0c9188"],
}


def settings(**logs):
    return config.from_json(json.dumps({"name": "acme-production", "logs": LOGS | logs}))


def dressed(dimensions, state="ALARM", of=None):
    known = AlarmFacts(
        name="acme-production-api",
        arn="arn:aws:cloudwatch:eu-west-1:123456789012:alarm:acme-production-api",
        account="123456789012",
        region="eu-west-1",
        state=state,
        at=time({"at": "2026-03-02T10:15:00.000+0000"}, "at"),
        metrics=(Metric(namespace="AWS/X", name="Y", stat="Sum", period_seconds=60, dimensions=dimensions),),
    )
    one = Routed(alarm.describe(known, Path.ACTION), Severity.CRITICAL)
    return dress(one, of or settings()).alert


def button(alert, label):
    return {link.label: link.url for link in alert.links}.get(label)


def test_an_ecs_alarm_opens_logs_insights_around_its_time():
    assert button(dressed(ECS), "Logs") == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:logs-insights$3FqueryDetail$3D~(end~'2026-03-02T10*3a30*3a00.000Z"
        "~start~'2026-03-02T09*3a45*3a00.000Z~timeType~'ABSOLUTE~tz~'UTC"
        "~editorString~'fields*20*40timestamp*2c*20*40message*0a*7c*20filter*20*40message*20like*20*22ERROR*22"
        "*0a*7c*20sort*20*40timestamp*20desc*0a*7c*20limit*20100~source~(~'*2facme*2fapi))"
    )


def test_an_alarm_of_a_load_balancer_opens_athena_and_says_the_command():
    alert = dressed(ALB)
    assert button(alert, "Access logs") == (
        "https://eu-west-1.console.aws.amazon.com/athena/home?region=eu-west-1#/query-editor"
    )
    told = {field.title: field.value for field in alert.details}["Ask the access logs"]
    assert told.strip("`") == (
        "alarmctl logs query errors-by-route --name acme-production --region eu-west-1"
        " --from 2026-03-02T09:45 --until 2026-03-02T10:30"
    )


def test_every_load_balancer_by_a_star_but_no_other_kind():
    every = settings(load_balancers=["*"])
    assert button(dressed((("LoadBalancer", "app/other/1"),), of=every), "Access logs")
    assert not button(dressed((("LoadBalancer", "net/edge/1"),), of=every), "Access logs")
    assert not button(dressed((("LoadBalancer", "app/other/1"),)), "Access logs")


@pytest.mark.parametrize("state", ["OK", "INSUFFICIENT_DATA"])
@pytest.mark.parametrize("dimensions", [ECS, ALB])
def test_only_an_alarm_that_fires(dimensions, state):
    alert = dressed(dimensions, state)
    assert not {"Logs", "Access logs"} & {link.label for link in alert.links}
    assert "Ask the access logs" not in {field.title for field in alert.details}


@pytest.mark.parametrize(
    "dimensions", [(), (("ClusterName", "main"),), (("ClusterName", "main"), ("ServiceName", "worker"))]
)
def test_nothing_is_guessed(dimensions):
    assert not {"Logs", "Access logs"} & {link.label for link in dressed(dimensions).links}


def test_without_the_setting_nothing_changes():
    plain = config.from_json("{}")
    assert plain.logs == log_links.Logs()
    assert {link.label for link in dressed(ECS, of=plain).links} == {"Alarm", "Metrics"}


def test_an_address_that_grows_too_long_is_left_out():
    assert button(dressed(ECS, of=settings(filter="x" * 3000)), "Logs") is None


@pytest.mark.parametrize(
    ("logs", "told"),
    [
        ({"groups": {"api": "/acme/api"}}, "logs.groups: 'api' is no ECS service. Write CLUSTER/SERVICE."),
        ({"groups": {"main/api": 5}}, "logs.groups.main/api"),
        ({"group": {}}, "group"),
        ({"load_balancers": {"app": 1}}, "logs.load_balancers"),
    ],
)
def test_faults_are_named(logs, told):
    with pytest.raises(ConfigError) as error:
        config.from_json(json.dumps({"logs": logs}))
    assert told in str(error.value)
