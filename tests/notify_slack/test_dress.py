"""What the configuration adds to a message, and the picture of recent datapoints."""

import base64
import gzip
import json
from dataclasses import replace

import pytest

from notify_slack import config, pipeline, sparkline
from notify_slack.blocks import fit
from notify_slack.dress import dress
from notify_slack.errors import ConfigError
from notify_slack.events import parse
from notify_slack.facts import from_describe_alarms
from notify_slack.model import Field, Link, Received, Routed, Severity, Status
from notify_slack.quantity import span


def settings(**raw):
    return config.from_json(
        json.dumps(raw | {"accounts": {"123456789012": "acme"}}), environment="production"
    )


def alarm(**kind):
    return {"kinds": {"alarm": kind}}


@pytest.fixture
def routed(load):
    return Routed(parse(Received(load("alarm-eventbridge"))), Severity.CRITICAL)


def test_a_template_gives_title_fields_and_links(routed):
    kind = {
        "title": "{alias} {field.ServiceName}:  {title}",
        "fields": ["ServiceName", "Account", "Nothing", "Severity"],
        "links": [
            {"label": "Board", "url": "https://a.example/{field.ServiceName}?n={alarm_name}&s={severity}"},
            {"label": "Gap", "url": "https://a.example/{field.Nothing}"},
        ],
    }
    alert = dress(routed, settings(kinds={"alarm": kind})).alert
    assert alert.title == "acme api: acme-production-api-cpu"
    assert alert.fields == (
        Field("ServiceName", "api", code=True),
        Field("Account", "acme (123456789012)"),
        Field("Severity", "critical"),
    )
    assert alert.links[-1] == Link("Board", "https://a.example/api?n=acme-production-api-cpu&s=critical")
    assert len(alert.links) == len(routed.alert.links) + 1


def test_without_a_template_nothing_changes(routed):
    for kinds in ({"health": {"title": "x"}}, {"alarm": {"title": "{field.Nothing}"}}):
        assert dress(routed, settings(kinds=kinds, mute_command=False)) == routed


def test_values_are_encoded_in_addresses(routed):
    hostile = replace(routed, alert=replace(routed.alert, fields=(Field("F", "a/b?c=`d` <e>"),)))
    kind = {"links": [{"label": "L", "url": "https://a.example/{field.F}"}]}
    assert dress(hostile, settings(kinds={"alarm": kind})).alert.links[-1].url == (
        "https://a.example/a%2Fb%3Fc%3Dd%20%3Ce%3E"
    )


@pytest.mark.parametrize(
    ("severity", "status", "shown"),
    [
        (Severity.CRITICAL, Status.FIRING, True),
        (Severity.CRITICAL, Status.RESOLVED, False),
        (Severity.WARNING, Status.FIRING, False),
    ],
)
def test_a_firing_critical_alarm_shows_how_to_silence_it(severity, status, shown, routed):
    one = replace(routed, severity=severity, alert=replace(routed.alert, status=status))
    command = Field("Silence it", '`alarmctl mute acme-production-api-cpu --for 2h --why "…"`')
    assert (command in dress(one, settings()).alert.details) is shown
    assert command not in dress(one, settings(mute_command=False)).alert.details


def test_the_name_in_a_command_is_quoted_for_the_shell(load):
    one = Routed(parse(Received(load("alarm-sns") | {"AlarmName": "a b; $(reboot)"})), Severity.CRITICAL)
    assert dress(one, settings(mute_command=True)).alert.details[-1].value == (
        "`alarmctl mute 'a b; $(reboot)' --for 2h --why \"…\"`"
    )


def test_the_name_in_a_command_means_that_alarm_alone(load):
    one = Routed(parse(Received(load("alarm-sns") | {"AlarmName": "cpu [api] *"})), Severity.CRITICAL)
    assert "mute 'cpu [[]api] [*]' --for" in dress(one, settings()).alert.details[-1].value


def test_a_message_without_fields_has_no_empty_section():
    (body,) = pipeline.explain("hello", settings()).requests
    assert [block["type"] for block in body["attachments"][0]["blocks"]] == ["context"]


def test_more_fields_than_slack_takes_are_told_as_details(load):
    event = load("alarm-sns")
    event["Trigger"] = {"MetricName": "m", "Namespace": "n", "Dimensions": []}
    kind = {"fields": ["Severity"] * 12}
    (body,) = pipeline.explain(event, settings(kinds={"alarm": kind})).requests
    blocks = body["attachments"][0]["blocks"]
    (fields,) = [block["fields"] for block in blocks if "fields" in block]
    assert len(fields) == 10
    assert any(
        block.get("text", {}).get("text", "").endswith("*Severity*: warning\n*Severity*: warning")
        for block in blocks
    )


@pytest.mark.parametrize(
    ("environment", "name", "said"),
    [
        ("production", "acme-production", "*warning* · acme-production · acme (123456789012) · eu-west-1 · "),
        ("production", "", "*warning* · production · acme (123456789012) · eu-west-1 · "),
        ("", "", "*warning* · acme (123456789012) · eu-west-1 · "),
        ("staging", "acme", "*warning* · staging · acme (123456789012) · eu-west-1 · "),
    ],
)
def test_the_last_line_says_how_urgent_where_and_when(environment, name, said, load):
    own = replace(settings(name=name), environment=environment)
    (body,) = pipeline.explain(load("alarm-eventbridge"), own).requests
    text = body["attachments"][0]["blocks"][-1]["elements"][0]["text"]
    assert text.startswith(said + "<!date^")


def test_lines_that_do_not_fit_are_counted():
    assert fit(["a" * 40] * 5, 1000) == "\n".join(["a" * 40] * 5)
    assert fit(["a" * 40] * 5, 90) == "a" * 40 + "\n… and 4 more"
    assert fit(["a" * 40] * 2, 82) == "\n".join(["a" * 40] * 2)
    assert fit([], 10) == ""


@pytest.mark.parametrize(
    ("values", "limits", "drawn"),
    [
        ((), (), ""),
        ((1.0,), (2.0,), ""),
        ((1.0, None), (), ""),
        ((0.0, 7.0), (), "`▁█`"),
        ((5.0, 5.0), (), "`▅▅`"),
        ((0.0, None, 70.0), (40.0,), "`▁·█`, threshold `▅`"),
        ((40.0, 50.0), (20.0, 60.0), "`▅▆`, expected `▁` to `█`"),
        ((-1.7e308, 1.7e308), (0.0,), "`▁█`, threshold `▅`"),
        (tuple(float(n) for n in range(100)), (), "`▁▁▁▂▂▂▂▃▃▃▃▄▄▄▄▅▅▅▅▆▆▆▆▇▇▇▇███`"),
    ],
)  # fmt: skip
def test_recent_datapoints_are_drawn_against_what_they_are_compared_with(values, limits, drawn):
    assert sparkline.draw(values, limits) == drawn


@pytest.mark.parametrize(
    ("low", "high", "unit", "said"),
    [
        (3.0, 9.0, "Percent", "3 to 9 %"),
        (2**29, 2**30, "Bytes", "512 MiB to 1 GiB"),
        (2**30, 2**31, "Bytes", "1 to 2 GiB"),
        (1.0, 2.0, "", "1 to 2"),
        (1.0, 2.0, "Count/Second", "1 to 2/s"),
    ],
)
def test_a_span_names_a_shared_unit_once(low, high, unit, said):
    assert span(low, high, unit) == said


def test_the_datapoints_of_the_event_are_richer_than_those_of_the_reason(load):
    event = load("alarm-eventbridge")
    data = {"recentDatapoints": [10, None, 91.2, 93.0], "threshold": 80.0, "unit": "Percent"}
    event["detail"]["state"]["reasonData"] = json.dumps(data)
    alert = parse(Received(event))
    assert alert.details[0] == Field("Recently", "`▁·██`, threshold `▇`")
    assert alert.facts
    assert alert.facts.unit == "Percent"


@pytest.mark.parametrize(
    "tags",
    [
        [{"key": "team", "value": "db"}, {"key": "", "value": "x"}],
        [{"Key": "team", "Value": "db"}],
        {"team": "db", "n": 1},
    ],
)
def test_an_alarms_tags_are_read_however_they_are_written(tags, load):
    event = load("alarm-sns") | {"AlarmTags": tags}
    facts = parse(Received(event)).facts
    assert facts
    assert facts.tags == (("team", "db"),)


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"kinds": {"alarms": {}}}, "kinds: unknown key alarms. Known: "),
        (alarm(titel="x"), "kinds.alarm: unknown key titel"),
        (alarm(severity="high"), "kinds.alarm.severity: unknown severity 'high'"),
        (alarm(title="{name}"), "kinds.alarm.title: unknown placeholder {name}. Known: {account}"),
        (alarm(fields=[1]), "kinds.alarm.fields must be a string"),
        (alarm(links=[{"url": "https://x.example"}]), "kinds.alarm.links[0] has no label"),
        (alarm(links=[{"label": "a", "url": "x"}]), "links[0].url: 'x' is no http(s) address"),
        (alarm(links=[{"label": "a", "url": "https://x/{y}"}]), "unknown placeholder {y}"),
        ({"mentions": {"oncall": "the team"}}, "mentions.oncall: 'the' mentions nobody"),
        ({"mentions": {"a": "@here"}, "severities": {"info": {"mention": "b"}}}, "or a name of mentions (a)"),
        ({"bot": {"icon_emoji": "bell"}}, "bot.icon_emoji: 'bell' is no emoji"),
        ({"bot": {"picture": "yes"}}, "bot.picture"),
        ({"bot": {"icon": ":bell:"}}, "bot: unknown key icon"),
        ({"mute_command": "yes"}, "mute_command must be true or false"),
        ({"severities": {"info": {"repeat_hours": -1}}}, "repeat_hours must be a number of hours from 0"),
    ],
)  # fmt: skip
def test_a_fault_is_named(raw, said):
    with pytest.raises(ConfigError) as caught:
        config.from_json(json.dumps(raw))
    assert said in str(caught.value)


def test_null_counts_as_left_out():
    assert config.from_json('{"severities": {"info": null}, "kinds": {"alarm": {"severity": null}}}') == (
        config.from_json('{"kinds": {"alarm": {}}}')
    )


def test_a_packed_configuration_is_read():
    raw = json.dumps({"name": "acme"}).encode()
    packed = config.PACKED + base64.b64encode(gzip.compress(raw)).decode()
    assert config.from_json(packed).name == "acme"


@pytest.mark.parametrize("text", ["gzip:", "gzip:!", "gzip:" + base64.b64encode(b"{}").decode()])
def test_what_cannot_be_unpacked_is_named(text):
    with pytest.raises(ConfigError, match="NOTIFIER_CONFIG"):
        config.from_json(text)


def test_the_metrics_of_a_query_are_read_from_the_api_too():
    known = from_describe_alarms(
        {
            "AlarmName": "a",
            "Metrics": [
                {"Id": "e", "Expression": "m*2", "Label": "Twice"},
                {
                    "Id": "m",
                    "ReturnData": False,
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "N",
                            "MetricName": "M",
                            "Dimensions": [{"Name": "d", "Value": "v"}],
                        },
                        "Period": 60,
                        "Stat": "Sum",
                    },
                },
            ],
        }
    )
    twice, metric = known.metrics
    assert (twice.expression, twice.label, twice.returned) == ("m*2", "Twice", True)
    assert (metric.name, metric.dimensions, metric.period_seconds) == ("M", (("d", "v"),), 60)
