"""Messages as Slack gets them, and how alerts share them."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from notify_slack import blocks, config, digest, events, pipeline
from notify_slack.group import DIGEST_ALERTS, DIGEST_CHARS, SINGLES, group
from notify_slack.model import Alert, Field, Link, Received, Routed, Severity, Status
from notify_slack.render import render

START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def alert(name="api-cpu", status=Status.FIRING, minute=0, **known):
    states = {
        Status.FIRING: "ALARM",
        Status.RESOLVED: "OK",
        Status.NO_DATA: "INSUFFICIENT_DATA",
        Status.NOTICE: "x",
    }
    values = {
        "kind": "alarm",
        "key": f"{name}{minute}",
        "subject_key": name,
        "brief": "93 %, threshold ≥ 80 %",
    }
    at = START + timedelta(minutes=minute)
    return Alert(title=name, status=status, state=states[status], at=at, **values | known)


def routed(severity=Severity.WARNING, mention="", **known):
    return Routed(alert(**known), severity, mention)


def draw(*items, settings=config.Config()):  # noqa: B008  frozen
    return [render(entries, settings) for entries in group(items, digest.cost)]


def test_tables_cover_their_enums():
    pairs = {(status, severity) for status in Status for severity in Severity}
    assert set(blocks.COLOURS) == set(blocks.ICONS) == pairs
    assert set(blocks.WORDS) == set(Status)
    assert set(digest.COUNTED) == set(Status) - {Status.FIRING}


def test_an_alarm_as_slack_gets_it(load, wrap, settings):
    (body,) = pipeline.explain(wrap.sqs(wrap.notification(load("alarm-sns"))), settings).requests
    assert body["text"] == (
        ":red_circle: ALARM: acme-production-api-cpu: 93 %, threshold ≥ 80 % (production, eu-west-1)"
    )
    header, mention = body["blocks"]
    assert header["text"]["text"] == ":red_circle: ALARM: acme-production-api-cpu"
    assert mention["text"]["text"] == "<!here>"
    (attachment,) = body["attachments"]
    assert attachment["color"] == blocks.COLOURS[Status.FIRING, Severity.CRITICAL]
    summary, description, recent, fields, actions, context = attachment["blocks"]
    assert summary["text"]["text"].startswith("CPU Usage, `100*CpuUtilized/CpuReserved`, was 91.2 % and 93 %")
    assert description["text"]["text"] == "CPU that the service uses of what it reserved."
    assert recent["text"]["text"].split("\n") == [
        "*Recently*: `▇█`, threshold `▁`",
        '*Silence it*: `alarmctl mute acme-production-api-cpu --for 2h --why "…"`',
    ]
    assert [field["text"] for field in fields["fields"]] == [
        "*Previously*\nOK",
        "*ClusterName*\n`acme`",
        "*ServiceName*\n`api`",
    ]
    assert [button["text"]["text"] for button in actions["elements"]] == ["Alarm", "Metrics", "Runbook"]
    assert context["elements"][0]["text"] == (
        "*critical* · acme-production · acme (123456789012) · eu-west-1 · "
        "<!date^1772446507^{date_short_pretty}, {time_secs}|2026-03-02 10:15:07 UTC>"
    )


def test_resolved_as_slack_gets_it(ok_event, wrap, settings):
    (body,) = pipeline.explain(wrap.sqs(wrap.notification(ok_event)), settings).requests
    assert body["blocks"][0]["text"]["text"] == ":large_green_circle: Resolved: acme-production-api-cpu"
    assert len(body["blocks"]) == 1, "nobody is mentioned"
    assert body["attachments"][0]["blocks"][0]["text"]["text"].startswith("Resolved after 12 min. ")


def test_a_name_longer_than_the_header_is_shown_whole_below_it():
    name = "n" * 255
    (message,) = draw(routed(name=name))
    full = message.rungs[0][0]
    assert full["blocks"][0]["text"]["text"].endswith("…")
    assert f"`{name}`" in full["attachments"][0]["blocks"][0]["text"]["text"]


def test_the_runbook_pattern_serves_alarms_that_name_none(load, settings):
    settings = replace(settings, runbook_url="https://runbooks.example.com/{alarm_name}?a={alarm_name}")
    event = load("alarm-sns") | {"AlarmName": "a b/ü", "AlarmDescription": None}
    (body,) = pipeline.explain(event, settings).requests
    urls = {
        button["text"]["text"]: button["url"] for button in body["attachments"][0]["blocks"][-2]["elements"]
    }
    assert urls["Runbook"] == "https://runbooks.example.com/a%20b%2F%C3%BC?a=a%20b%2F%C3%BC"
    named = pipeline.explain(load("alarm-sns"), settings).requests[0]["attachments"][0]["blocks"][-2][
        "elements"
    ]
    assert named[-1]["url"] == "https://runbooks.example.com/api-cpu"


def test_addresses_cannot_end_early_and_too_long_ones_are_left_out():
    links = (Link("a", 'https://x/<b>|c" `d'), Link("b", "https://x/" + "y" * 3000), Link("c", ""))
    (actions,) = blocks.buttons(links)
    assert [button["url"] for button in actions["elements"]] == ["https://x/%3Cb%3E%7Cc%22%20%60d"]


def test_text_from_outside_can_neither_mention_nor_link(settings):
    evil = "<!channel> <https://evil.example|click> & `x`"
    (message,) = draw(
        routed(
            name=evil,
            summary=evil,
            description=evil,
            brief=evil,
            fields=(Field(evil, evil),),
            details=(Field(evil, evil),),
        ),
        settings=settings,
    )
    said = json.dumps(message.rungs)
    assert said.count("<") == said.count("<!date^") == 2
    assert "&lt;!channel&gt;" in said


@pytest.mark.parametrize("count", [1, SINGLES])
def test_few_alerts_get_a_message_each(count):
    assert len(draw(*(routed(name=f"a{n}") for n in range(count)))) == count


def test_many_alerts_share_a_digest():
    items = [routed(Severity.WARNING, name=f"w{n}") for n in range(4)]
    items += [routed(Severity.CRITICAL, "<!here>", name="c"), routed(name="r", status=Status.RESOLVED)]
    (message,) = draw(*items, settings=config.Config(environment="production"))
    (full,) = message.rungs[0]
    assert full["blocks"][0]["text"]["text"] == (
        ":red_circle: 6 alerts: 1 critical, 4 warning, 1 resolved · production"
    )
    assert full["blocks"][1]["text"]["text"] == "<!here>"
    assert full["text"].endswith("First: ALARM: c")
    critical, warning, resolved = full["attachments"]
    assert critical["blocks"][0]["text"]["text"] == (
        ":red_circle: *critical* `c` ALARM 10:00:00 · 93 %, threshold ≥ 80 %"
    )
    assert warning["blocks"][0]["text"]["text"].count("\n") == 3
    assert resolved["color"] == blocks.COLOURS[Status.RESOLVED, Severity.WARNING]


def test_an_alarm_that_changed_several_times_is_one_line_that_ends_in_its_last_state():
    flaps = [routed(name="f", minute=n, status=Status.RESOLVED if n % 2 else Status.FIRING) for n in range(6)]
    (message,) = draw(*reversed(flaps))
    (attachment,) = message.rungs[0][0]["attachments"]
    assert attachment["color"] == blocks.COLOURS[Status.RESOLVED, Severity.WARNING]
    assert (
        "2 earlier changes → ALARM 10:02:00 → OK 10:03:00 → ALARM 10:04:00 → OK 10:05:00"
        in (attachment["blocks"][0]["text"]["text"])
    )


def test_the_order_is_urgency_then_time_and_one_alarms_states_stay_in_theirs():
    late_critical = routed(Severity.CRITICAL, name="x", minute=9)
    ok = routed(Severity.CRITICAL, name="y", minute=5, status=Status.RESOLVED)
    alarm = routed(Severity.WARNING, name="y", minute=4)
    order = [one.alert.key for message in draw(ok, alarm, late_critical) for one in message.routed]
    assert order == ["x9", "y4", "y5"]


def test_a_storm_is_cut_into_digests_within_limits():
    items = [routed(name=f"acme-production-service-{n:04}-cpu", minute=n) for n in range(1000)]
    messages = draw(*items)
    assert 10 <= len(messages) <= 15
    assert sorted(one.alert.key for message in messages for one in message.routed) == sorted(
        one.alert.key for one in items
    )
    for message in messages:
        assert len(message.routed) <= DIGEST_ALERTS
        said = sum(
            len(block["text"]["text"])
            for part in message.rungs[0][0]["attachments"]
            for block in part["blocks"]
        )
        assert said <= DIGEST_CHARS
        for body in (*message.rungs[1], *message.rungs[2]):
            assert len(body["text"]) <= blocks.TEXT_CHARS
        bare = "\n".join(body["text"] for body in message.rungs[2])
        assert all(f"ALARM: {one.alert.title}" in bare for one in message.routed)


def test_one_alarm_that_flaps_without_end_is_cut_too():
    messages = draw(*(routed(name="f", minute=n) for n in range(250)))
    assert [len(message.routed) for message in messages] == [100, 100, 50]


def test_the_console_button_of_a_digest_needs_a_region(load):
    alarms = [
        replace(events.parse(item), key=str(n), subject_key=str(n)) for n, item in enumerate(_received(load))
    ]
    (message,) = draw(*(Routed(one, Severity.INFO) for one in alarms))
    (button,) = message.rungs[0][0]["attachments"][-1]["blocks"][0]["elements"]
    assert button["url"].startswith(
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1#alarmsV2:"
    )


def _received(load):
    return [Received(load("alarm-sns"))] * 4
