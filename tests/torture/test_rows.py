"""One test, at least, for each fault that the notifier must survive, numbered as in docs/reliability.md.

Faults of the infrastructure (keys, policies, redrive, regions) are held by the Terraform tests.
"""

import json
from dataclasses import replace
from itertools import pairwise, permutations

import pytest
import requests
from tests.torture.channel import Answer, Faults
from tests.torture.report import busiest_minute, report, storm
from tests.torture.scenarios import FAULTS, clean, outage
from tests.torture.world import Context, Event, eventbridge, sns

from notify_slack import events
from notify_slack.deliver import TRY_SECONDS, classify, unanswered
from notify_slack.handler import Invocation
from notify_slack.log import Log


def whole(found):
    """Nothing lost, nothing dead, nothing that ends wrong."""
    return (found.lost, found.elsewhere, found.dead, found.wrong) == (0, 0, 0, 0)


def alarm(world, number=0, state="ALARM", at=1.0, severity="critical"):
    previous = "OK" if state == "ALARM" else "ALARM"
    return Event(f"t-{number:05d}", severity, state, previous, world.time.now + at)


def warnings(world):
    return [json.loads(line)["event"] for line in world.said if '"WARNING"' in line]


def test_row_01_429_is_waited_out_and_the_pace_is_kept(simulate):
    world = simulate(1, Faults(limited=0.1))
    found = clean(world, 1000)
    assert whole(found)
    assert found.doubled == 0
    assert world.channel.limited == 0, "Slack's own limit is never reached"
    gaps = [
        later - earlier for earlier, later in zip(world.channel.posts, world.channel.posts[1:], strict=False)
    ]
    assert min(gaps) > 0.95


@pytest.mark.parametrize("status", [500, 503])
def test_row_02_a_server_error_is_tried_again(status, simulate):
    world = simulate(2, Faults(broken=0.3))
    world.channel.outage = lambda: Answer(status, "") if world.chance.random() < 0.1 else None
    found = clean(world, 500)
    assert whole(found)
    assert found.doubled == 0
    assert found.critical_p99 < 25


def test_row_03_no_answer_is_tried_again_and_the_copy_says_so(simulate):
    world = simulate(3, Faults(hung=0.15, reset=0.15))
    found = clean(world, 500)
    assert whole(found)
    assert found.doubled == 0, "nothing of it was posted"
    assert any("possible repeat" in line.marks for line in world.channel.lines)


def test_row_04_what_was_posted_unanswered_comes_again_with_a_mark(simulate):
    world = simulate(4, Faults(ghost=0.1))
    found = clean(world, 500)
    assert whole(found)
    assert found.doubled > 0
    seen = set()
    for line in world.channel.lines:
        key = (line.alarm, line.state, line.clock)
        assert ("possible repeat" in line.marks) == (key in seen)
        seen.add(key)


@pytest.mark.parametrize(
    "error", [requests.exceptions.SSLError("bad certificate"), requests.ConnectTimeout("")]
)
def test_row_05_without_a_connection_nothing_was_sent(error, simulate):
    assert not unanswered(error).uncertain
    world = simulate(5)
    fails = iter([True, True, False])

    def answer():
        if next(fails, False):
            raise error

    world.channel.outage = answer
    world.emit(alarm(world))
    world.drain(60)
    assert whole(report(world))
    assert len(world.channel.posts) == 1
    assert world.channel.lines[0].marks == ""


@pytest.mark.parametrize("body", ["", "OK", '{"ok":false}', "<html>", "[]", "null", '"ok"', "ok ok"])
def test_row_06_200_with_another_body_is_no_success(body, simulate):
    assert classify(200, {}, body).outcome == "retry"
    world = simulate(6)
    answers = iter([Answer(200, body)])
    world.channel.outage = lambda: next(answers, None)
    world.emit(alarm(world))
    world.drain(60)
    assert whole(report(world))
    assert len(world.channel.posts) == 1


def test_row_07_a_refused_message_is_told_plainer(simulate):
    world = simulate(7)
    world.channel.refuses = lambda body: "blocks" in body
    storm(world, 200, 20.0)
    world.drain(120)
    told = "".join(body["text"] for body in world.channel.bodies)
    assert all(event.alarm in told for event in world.events)
    assert world.queue.dead() == world.queue.waiting() == 0


def test_row_07_refused_in_every_form_it_goes_elsewhere_and_stays(simulate):
    world = simulate(7)
    world.channel.refuses = lambda _: True
    world.emit(alarm(world))
    world.run(30)
    assert [text.count("t-00000") for _, _, text in world.published] == [1]
    world.run(3600)
    assert len(world.published) == 1, "told once"
    assert world.queue.waiting() == 2
    world.channel.refuses = lambda _: False
    world.drain(120)
    assert report(world).lost == 0
    assert any('"Refused": 1' in line for line in world.said)


@pytest.mark.parametrize(
    "answer", [Answer(403, "invalid_token"), Answer(404, "no_service"), Answer(410, "channel_is_archived")]
)
def test_row_08_a_dead_webhook_goes_elsewhere_at_once_and_is_repaired(answer, simulate):
    world = simulate(8)
    start = world.time.now
    world.channel.outage = lambda: answer if world.time.now < start + 600 else None
    storm(world, 40, 300.0, flapping=0.0)
    world.run(600)
    told = {
        event.alarm: at
        for at, _, text in reversed(world.published)
        for event in world.events
        if event.alarm in text
    }
    assert all(told[event.alarm] - event.at <= 60 for event in world.events)
    copies = sum(text.count("ALARM: t-") for _, _, text in world.published)
    assert copies == 40, "each is told elsewhere once"
    assert not world.channel.lines
    world.drain(120)
    assert whole(report(world))


@pytest.mark.parametrize(
    "body", ["[" * 100_000, '{"AlarmName": 1}', "not json", "", "null", '{"Records": []}']
)
def test_row_09_what_cannot_be_read_is_shown(body, simulate):
    world = simulate(9)
    world.send(body)
    world.run(30)
    assert world.queue.waiting() == 0
    assert len(world.channel.posts) == 1


def test_row_10_one_poisoned_record_costs_only_itself(simulate, monkeypatch):
    real = events.parse

    def parse(received):
        if received.content == "poison":
            raise KeyError
        return real(received)

    monkeypatch.setattr("notify_slack.pipeline.parse", parse)
    world = simulate(10)
    world.send("poison")
    for number in range(499):
        event = alarm(world, number, at=0.0)
        world.events.append(event)
        world.send(sns(event, f"sns-{number}"))
    world.run(170)
    found = report(world)
    assert (found.lost, found.doubled) == (0, 0)
    assert world.queue.waiting() == 1


def test_row_11_the_longest_of_everything_is_posted(simulate):
    world = simulate(11)
    event = alarm(world)
    message = json.loads(json.loads(sns(event, "sns-1"))["Message"])
    message |= {"AlarmDescription": "&" * 1024, "NewStateReason": "<" * 1023}
    world.events.append(event)
    world.send(json.dumps({"Type": "Notification", "TopicArn": "arn:x", "Message": json.dumps(message)}))
    world.send("x" * 900_000)
    world.run(30)
    assert report(world).lost == 0
    assert max(len(json.dumps(body)) for body in world.channel.bodies) < 40_000


@pytest.mark.parametrize("ledger", [True, False])
def test_row_12_copies_are_told_once(ledger, simulate):
    world = simulate(12)
    world.ways.doubled = 0.5
    world.table.down = not ledger
    found = clean(world, 300, 30.0)
    assert whole(found)
    if ledger:
        assert found.doubled == 0


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_row_13_whatever_comes_late_the_channel_ends_right(order, simulate):
    """All 24 orders of four states of one alarm, each in a batch of its own."""
    world = simulate(13)
    states = [alarm(world, 0, "OK" if place % 2 else "ALARM", at=-600.0 + place) for place in range(4)]
    world.events += states
    for turn, place in enumerate(order):
        world.send(sns(states[place], f"sns-{place}"), seconds=1.0 + 10.0 * turn)
    world.run(60)
    found = report(world)
    assert (found.lost, found.doubled, found.wrong) == (0, 0, 0)
    newest = -1
    for line, place in zip(world.channel.lines, order, strict=True):
        assert ("superseded" in line.marks) == (place < newest)
        newest = max(newest, place)


def test_row_14_a_crash_after_posting_repeats_one_message(simulate):
    world = simulate(14, Faults(crash=0.15))
    found = clean(world, 1000)
    assert whole(found)
    assert world.crashes > 0
    assert found.doubled <= 100 * world.crashes
    assert found.doubled > 0


def test_row_15_a_crash_before_posting_costs_nothing(simulate):
    world = simulate(15, Faults(crash_before=0.1))
    found = clean(world, 1000)
    assert whole(found)
    assert world.crashes > 0
    assert found.doubled == 0


def test_row_16_invocations_that_never_begin_do_not_fill_the_dead_letter_queue(simulate):
    world = simulate(16)
    world.throttled = 0.5
    found = clean(world, 300)
    assert whole(found)
    assert found.doubled == 0
    assert world.queue.most_receives < 50


def test_row_17_an_hour_without_a_handler_loses_nothing(simulate):
    world = simulate(17)
    world.broken = True
    storm(world, 200, 3000.0)
    world.run(3600)
    assert not world.channel.lines
    world.broken = False
    world.drain(400)
    found = report(world)
    assert whole(found)
    assert found.doubled == 0


def test_row_18_a_secret_store_that_is_down_does_not_stop_a_warm_worker(simulate):
    world = simulate(18)
    world.emit(alarm(world, 0))
    world.run(30)
    world.secret_down = True
    for number in range(1, 50):
        world.emit(alarm(world, number, at=number * 60.0))
    world.drain(100)
    found = report(world)
    assert whole(found)
    assert found.critical_p99 < 3.0
    assert "the webhook could not be read again, the last good one is used" in warnings(world)


def test_row_18_a_cold_worker_waits_for_the_secret_store(simulate):
    world = simulate(18)
    world.secret_down = True
    storm(world, 20, 60.0)
    world.run(1800)
    world.secret_down = False
    world.drain(120)
    assert whole(report(world))


def test_row_19_a_rotated_webhook_costs_one_call(simulate):
    world = simulate(19)
    world.emit(alarm(world, 0))
    world.run(30)
    world.webhook = world.channel.url = "https://hooks.slack.com/services/T0/B0/second"
    world.emit(alarm(world, 1))
    world.drain(30)
    assert whole(report(world))
    assert len(world.channel.calls) == 3
    assert not world.published


def test_row_20_without_a_ledger_alerts_go_out_at_half_pace(simulate):
    world = simulate(20)
    world.table.down = True
    found = clean(world, 300, 60.0)
    assert whole(found)
    gaps = [
        later - earlier for earlier, later in zip(world.channel.posts, world.channel.posts[2:], strict=False)
    ]
    assert min(gaps) > 1.8, "two workers that do not know of each other still post one a second"
    assert "the ledger failed" in warnings(world)


@pytest.mark.parametrize("way", ["sns", "events"])
def test_row_21_either_way_is_enough(way, simulate):
    world = simulate(21)
    setattr(world.ways, way, False)
    found = clean(world, 300)
    assert whole(found)
    assert found.doubled == 0


def test_row_21_what_both_ways_lose_the_sweeper_finds(simulate):
    world = simulate(21)
    world.sweep_every(300.0)
    world.run(301)
    world.ways.sns = world.ways.events = False
    storm(world, 100, 900.0, flapping=0.0)
    world.run(1600)
    found = report(world)
    assert whole(found)
    assert found.doubled == 0
    assert (
        max(
            line.at - event.at
            for line in world.channel.lines
            for event in world.events
            if event.alarm == line.alarm
        )
        < 600
    )
    assert all(line.marks == " (recovered by sweep)" for line in world.channel.lines)


def lost_end(world, severity="critical"):
    """An alarm that is told, and an end that no way brings."""
    world.sweep_every(300.0)
    world.emit(alarm(world, severity=severity))
    world.run(60)
    world.ways.sns = world.ways.events = False
    world.emit(alarm(world, state="OK", severity=severity))


def test_row_21_an_end_that_both_ways_lose_the_sweeper_finds(simulate):
    world = simulate(22)
    lost_end(world)
    world.run(1500)
    assert [(line.state, line.marks) for line in world.channel.lines] == [
        ("ALARM", ""),
        ("OK", " (recovered by sweep)"),
    ]
    assert world.channel.lines[1].at - world.events[1].at < 600


@pytest.mark.parametrize(
    ("change", "muted"),
    [
        ({"ActionsEnabled": False}, False),
        ({"OKActions": []}, False),
        ({"ActionsSuppressedBy": "x"}, False),
        ({}, True),
    ],
)
def test_an_end_that_cloudwatch_keeps_silent_the_sweeper_does_too(change, muted, simulate):
    world = simulate(23)
    lost_end(world)
    world.account.changed["t-00000"] = change
    if muted:
        world.account.muted.add("t-00000")
    world.run(1500)
    assert [line.state for line in world.channel.lines] == ["ALARM"]


def test_an_end_that_is_not_announced_is_looked_at_once(simulate):
    world = simulate(24, config={"severities": {"critical": {"announce_ok": False}}})
    lost_end(world)
    world.run(600)
    received = world.invocations
    world.run(1200)
    assert world.invocations - received <= 5  # the sweeps alone
    assert [line.state for line in world.channel.lines] == ["ALARM"]


def test_what_was_never_told_has_no_end_to_find(simulate):
    world = simulate(25)
    world.sweep_every(300.0)
    world.ways.sns = world.ways.events = False
    world.emit(alarm(world))
    world.emit(alarm(world, state="OK", at=10.0))
    world.run(1500)
    assert world.channel.lines == []


def test_the_first_sweep_sends_one_digest_and_the_next_nothing(simulate):
    world = simulate(22)
    for number in range(40):
        event = alarm(world, number, at=-86_400.0)
        world.account.states[event.alarm] = event
        world.events.append(event)
    world.sweep_every(300.0)
    world.run(1000)
    assert report(world).lost == 0
    assert len(world.channel.posts) == 1
    assert {line.marks for line in world.channel.lines} == {" (already so when watching began)"}


@pytest.mark.parametrize(
    ("change", "muted"),
    [
        ({"ActionsEnabled": False}, False),
        ({"ActionsSuppressedBy": "Alarm"}, False),
        ({"AlarmActions": []}, False),
        ({"AlarmActions": ["arn:aws:sns:eu-west-1:123456789012:somebody-else"]}, False),
        ({}, True),
    ],
)
def test_what_cloudwatch_keeps_silent_the_sweeper_and_the_second_way_do_too(change, muted, simulate):
    world = simulate(23)
    world.ways.sns = False
    world.sweep_every(300.0)
    event = alarm(world)
    world.account.changed[event.alarm] = change
    world.ways.events = not muted  # of a mute rule, EventBridge itself tells
    if muted:
        world.account.muted.add(event.alarm)
    world.emit(event)
    if "ActionsSuppressedBy" in change:
        world.ways.events = False
    world.run(1200)
    assert not world.channel.lines
    assert world.queue.waiting() == 0


def test_a_muted_event_is_not_found_again_by_the_sweeper(simulate):
    world = simulate(24)
    world.sweep_every(300.0)
    event = alarm(world, at=0.0)
    world.account.states[event.alarm] = event
    content = json.loads(eventbridge(event, "event-1"))
    content["detail"]["muteDetail"] = {"mutedByArn": "arn:aws:cloudwatch:x"}
    world.send(json.dumps(content))
    world.run(1200)
    assert not world.channel.lines
    world.send(sns(event, "sns-1"))
    world.run(30)
    assert [line.alarm for line in world.channel.lines] == ["t-00000"], "a withheld copy leaves no claim"


def test_names_of_others_are_never_swept(simulate):
    world = simulate(25)
    world.sweep_every(300.0)
    for name in ("TargetTracking-t-00001", "operations-t-00002", "u-00003"):
        event = replace(alarm(world, at=-3600.0), alarm=name)
        world.account.states[name] = event
    world.run(700)
    assert not world.channel.lines


def test_row_23_a_hundred_from_the_dead_letter_queue_are_told_as_late(simulate):
    world = simulate(26)
    for number in range(100):
        event = alarm(world, number, at=-7200.0)
        world.events.append(event)
        world.send(sns(event, f"sns-{number}"))
    world.drain(60)
    assert whole(report(world))
    assert {line.marks for line in world.channel.lines} == {" (late)"}


@pytest.mark.parametrize("skew", [-3600.0, 3600.0])
def test_row_25_a_wrong_clock_changes_nothing(skew, simulate):
    def bodies(wrong):
        world = simulate(27)
        entry = world.process()
        object.__setattr__(entry.world, "now", lambda: world.time.now + wrong)
        world._workers.append(entry)
        for number in range(20):
            world.emit(alarm(world, number, at=number * 5.0))
        world.drain(60)
        return world.channel.bodies

    assert bodies(skew) == bodies(0.0)


def test_row_26_a_thousand_alarms_in_a_minute(simulate):
    world = simulate(1)
    found = clean(world)
    assert whole(found)
    assert found.doubled == 0
    assert found.posts <= 60
    assert found.critical_p99 <= 3.0
    assert found.p99 <= 5.0


def test_row_27_a_storm_with_faults_on_moto_queue(simulate, moto_queue):
    world = simulate(2, Faults(**FAULTS, ghost=0.01, crash=0.005), moto_queue)
    storm(world, 800, 48.0)
    world.drain(900)
    found = report(world)
    assert whole(found)
    assert found.doubled <= 0.1 * found.events


@pytest.mark.parametrize("answer", [Answer(503, ""), Answer(429, "rate_limited", {"Retry-After": "20"})])
def test_row_28_an_hour_without_slack(answer, simulate):
    world = simulate(28)
    found = outage(world, 3600.0, 150.0, lambda: answer)
    assert whole(found.report)
    assert found.report.doubled == 0
    assert (found.left, found.backlog_p99 <= 90.0) == (0, True)
    assert found.calls <= 7000
    assert found.told_at[0] <= 300
    assert len(found.told_at) == 1


def test_row_28_a_slack_that_hangs_for_an_hour(simulate):
    world = simulate(28)
    found = outage(world, 3600.0, 300.0, world.channel._hang)
    assert whole(found.report)
    assert found.left == 0


def test_row_29_four_days_without_slack(simulate):
    world = simulate(29)
    found = outage(world, 4 * 86_400.0, 2 * 86_400.0, lambda: Answer(503, ""))
    assert whole(found.report)
    assert found.receives <= 500
    assert found.told_at[0] <= 300
    gaps = [later - earlier for earlier, later in zip(found.told_at, found.told_at[1:], strict=False)]
    assert min(gaps) >= 3600
    assert 0 < len(found.told_at) <= 97


def test_row_31_deployments_in_the_middle(simulate):
    world = simulate(31)
    for number in range(10):
        world.at(6.0 * number, world.recycle)
    found = clean(world, 600)
    assert whole(found)
    assert found.doubled == 0


def test_row_31_the_versions_before_and_after_share_the_ledger(simulate):
    """A newer version's attributes survive our writes; an older one's items lack ours."""
    world = simulate(32)
    event = alarm(world)
    world.emit(event)
    world.run(30)
    for item in world.table.items.values():
        item["of_tomorrow"] = {"S": "kept"}
        item.pop("firing_since", None)
    world.send(sns(event, "sns-again"))
    later = alarm(world, 0, "OK", at=5.0)
    world.emit(later)
    world.drain(30)
    found = report(world)
    assert (found.lost, found.doubled, found.wrong) == (0, 0, 0)
    kept = [key for key, item in world.table.items.items() if "of_tomorrow" in item]
    assert {key.partition("#")[0] for key in kept} == {"event", "alarm", "pace"}


def test_row_32_two_stacks_on_one_webhook(simulate):
    """The second is what it does to the first: it takes every other of Slack's turns."""
    world = simulate(33)
    turns = iter(range(10_000))
    limited = Answer(429, "rate_limited", {"Retry-After": "1"})
    world.channel.outage = lambda: limited if next(turns) % 2 else None
    found = clean(world, 500)
    assert whole(found)
    assert found.doubled == 0


def test_row_33_errors_make_no_messages(simulate):
    world = simulate(34)
    world.channel.outage = lambda: Answer(500, "")
    world.emit(alarm(world))
    world.run(3000)
    assert world.queue.waiting() == 2, "the two copies of the alarm, and nothing else"
    assert len(world.published) == 1


@pytest.mark.parametrize("seed", range(5))
def test_row_34_posted_although_429_is_at_most_three_copies(seed, simulate):
    world = simulate(seed, Faults(ghost_limited=0.1))
    found = clean(world, 500)
    assert (found.lost, found.dead) == (0, 0)
    assert max(world.channel.copies().values()) <= 3


def test_row_34_endless_429_of_one_message_ends_at_the_fallback(simulate):
    world = simulate(35)
    world.channel.ghost_for = "t-00001"
    world.emit(alarm(world, 1))
    for number in range(2, 40):
        world.emit(alarm(world, number, at=number * 5.0))
    world.run(400)
    copies = world.channel.copies()
    assert max(copies.values()) <= 12
    assert sum("t-00001" in text for _, _, text in world.published) == 1
    assert world.queue.waiting() == 0


def test_row_35_never_more_than_sixty_posts_a_minute(simulate):
    world = simulate(36)
    clean(world, 1500, 45.0)
    assert busiest_minute(world.channel.posts) <= 60


def test_row_36_raw_delivery_loses_no_alarm(simulate):
    world = simulate(37)
    event = alarm(world)
    world.account.states[event.alarm] = event
    world.events.append(event)
    world.send(json.loads(sns(event, "sns-1"))["Message"])
    world.send(sns(event, "sns-1"), 0.5)
    world.run(30)
    found = report(world)
    assert (found.lost, found.doubled) == (0, 0)


def test_first_data_is_dropped_only_when_the_ledger_knows_that_nothing_fires(simulate):
    def shown(down, fired):
        world = simulate(38)
        if fired:
            world.emit(alarm(world, at=0.0))
            world.run(30)
            world.recycle()
        world.table.down = down
        event = replace(alarm(world, 0, "OK"), previous="INSUFFICIENT_DATA")
        world.emit(event)
        world.run(60)
        return [line.state for line in world.channel.lines]

    assert shown(down=False, fired=False) == []
    assert shown(down=False, fired=True) == ["ALARM", "OK"]
    assert shown(down=True, fired=False)[:1] == ["OK"]


def test_a_critical_that_fires_on_is_told_again(simulate):
    config = {
        "severities": {"critical": {"repeat_hours": 4}},
        "quiet_hours": {"zone": "UTC", "from": "22:00", "to": "06:00"},
    }
    world = simulate(39, config=config)
    world.sweep_every(300.0)
    world.emit(alarm(world, 0))
    world.emit(alarm(world, 1, severity="warning"))
    world.run(86_400)
    # It is 21:20 UTC when it fires; four hours later is night.
    hours = [
        round((line.at - world.events[0].at) / 3600, 1)
        for line in world.channel.lines
        if line.alarm == "t-00000"
    ]
    assert [line.marks for line in world.channel.lines if line.alarm == "t-00000"][1:] == [" (reminder)"] * (
        len(hours) - 1
    )
    assert hours[0] == 0.0
    assert 8.6 <= hours[1] <= 8.9
    assert all(4.0 <= later - earlier <= 4.2 for earlier, later in pairwise(hours[1:]))
    assert sum(line.alarm == "t-00001" for line in world.channel.lines) == 1


def test_a_reminder_of_what_is_over_is_dropped(simulate):
    world = simulate(40)
    event = alarm(world, 0, at=0.0)
    world.emit(event)
    world.emit(alarm(world, 0, "OK", at=5.0))
    world.run(30)
    reminder = {"notify_slack": "reminder", "after": 1, **json.loads(eventbridge(event, "event-9"))}
    world.send(json.dumps([reminder]))
    world.run(30)
    assert [line.state for line in world.channel.lines] == ["ALARM", "OK"]
    assert world.queue.waiting() == 0


def test_a_higher_severity_that_comes_later_is_told(simulate):
    world = simulate(41)
    event = alarm(world, severity="warning", at=0.0)
    world.events.append(event)
    world.send(sns(event, "sns-1"))
    world.send(sns(replace(event, severity="critical"), "sns-2"), 10.0)
    world.send(sns(event, "sns-3"), 20.0)
    world.run(40)
    assert len(world.channel.posts) == 2
    assert "critical" in json.dumps(world.channel.bodies[1])


def test_heartbeats_become_a_metric_and_no_message(simulate):
    world = simulate(42)

    def values():
        return [json.loads(line)["Heartbeat"] for line in world.said if '"Heartbeat"' in line]

    beat = json.dumps({"notify_slack": "heartbeat"})
    world.send(beat)
    world.emit(alarm(world, at=0.0))
    world.drain(30)
    assert values() == [1]
    assert len(world.channel.posts) == 1
    world.table.down = True
    world.send(beat)
    world.run(30)
    world.table.down, world.secret_down = False, True
    world.recycle()
    world.send(beat)
    world.run(30)
    assert values() == [1, 0, 0]
    assert world.queue.waiting() == 0


def test_a_sweep_without_a_ledger_fails_loudly(simulate):
    world = simulate(43)
    world.table.down = True
    errors = []

    def sweep():
        try:
            Invocation(world.process(), Log(lambda _: None)).run(
                {"notify_slack": "sweep"}, Context(world.time)
            )
        except Exception as error:  # noqa: BLE001  told below
            errors.append(str(error))

    world.time.start(sweep)
    world.run(10)
    assert errors == ["The ledger is down: what it knows cannot be compared."]


def test_an_invocation_ends_before_lambda_ends_it(simulate):
    world = simulate(44, Faults(hung=0.6, broken=0.3))
    storm(world, 300, 60.0)
    world.drain(1200)
    assert world.timeouts == 0
    assert TRY_SECONDS == 5
