"""What `alarmctl local chaos` reads out of a channel, and what it tells Slack to do."""

import argparse
import random

import pytest

from alarmctl.local import chaos, commands
from alarmctl.slack.failures import Failure
from alarmctl.slack.inbox import Inbox

A, B = f"{chaos.PREFIX}0001", f"{chaos.PREFIX}0002"


def digest(*lines):
    return {
        "text": "3 alerts",
        "attachments": [
            {"blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": "\n".join(lines)}}]}
        ],
    }


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"text": f":red_circle: ALARM: {A}: why"}, [chaos.Line(A, "ALARM")]),
        ({"text": f":large_green_circle: Resolved: {A}"}, [chaos.Line(A, "OK")]),
        ({"text": f"ALARM (late, superseded): {A}"}, [chaos.Line(A, "ALARM", superseded=True)]),
        (
            digest(f"*warning* `{A}` ALARM 04:39:26 → OK 04:39:30 · x", f"*critical* `{B}` ALARM 04:39:26"),
            [chaos.Line(A, "ALARM"), chaos.Line(A, "OK"), chaos.Line(B, "ALARM")],
        ),
        (
            digest(f"*warning* `{A}` ALARM 04:39:26 (late, superseded)"),
            [chaos.Line(A, "ALARM", superseded=True)],
        ),
        ({"text": "something else is in ALARM"}, []),
    ],
)
def test_reads_what_a_message_shows(body, expected):
    assert chaos.shown([body]) == expected


def made(*pairs):
    return [chaos.Change(float(number), name, state) for number, (name, state) in enumerate(pairs)]


def test_counts_what_is_missing_wrong_and_doubled():
    changes = made((A, "ALARM"), (B, "ALARM"), (A, "OK"))
    lines = [chaos.Line(A, "OK"), chaos.Line(A, "ALARM"), chaos.Line(A, "ALARM")]

    counted = chaos.tally(changes, lines)

    assert counted == chaos.Tally(sent=3, shown=2, missing=((B, "ALARM"),), wrong=(A,), again=1)
    assert counted.counts(settled=True) == {"changes": 3, "in_the_channel": 2, "on_their_way": 0, "lost": 1}
    assert counted.counts(settled=False)["lost"] == 0


def test_a_superseded_line_is_no_last_word():
    lines = [chaos.Line(A, "OK"), chaos.Line(A, "ALARM", superseded=True)]
    assert chaos.tally(made((A, "ALARM"), (A, "OK")), lines).wrong == ()


def test_a_storm_is_the_same_for_the_same_seed():
    changes = chaos.storm(20, 30.0, random.Random(3))
    assert changes == chaos.storm(20, 30.0, random.Random(3))
    assert {change.alarm for change in changes if change.state == "ALARM"} == {
        f"{chaos.PREFIX}{number:04}" for number in range(20)
    }


@pytest.mark.parametrize("percent", [0.0, 30.0, 95.0])
def test_the_failures_together_meet_the_share_that_was_asked_for(percent):
    inbox = Inbox(burst=10**6, chance=random.Random(1).random)
    for failure in chaos.failing(percent):
        inbox.plan(Failure(**failure, seconds=86_400))

    for _ in range(2000):
        inbox.post(b'{"text": "x"}')

    assert inbox.counts["failed"] / 2000 == pytest.approx(percent / 100, abs=0.03)


def test_calm_leaves_what_was_counted():
    inbox = Inbox()
    inbox.plan(Failure(status=503, count=5))
    inbox.post(b'{"text": "x"}')
    inbox.calm()
    inbox.post(b'{"text": "x"}')
    assert inbox.counts["failed"] == inbox.counts["arrived"] == 1


@pytest.mark.parametrize(("text", "expected"), [("60", 60), ("60s", 60), ("1m30s", 90), ("2m", 120)])
def test_times(text, expected):
    assert commands.seconds(text) == expected


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (commands.seconds, "soon"),
        (commands.seconds, ""),
        (commands.seconds, "11m"),
        (commands.share, "96"),
        (commands.count, "0"),
    ],
)
def test_refuses_what_makes_no_sense_naming_it(read, text):
    with pytest.raises(argparse.ArgumentTypeError, match=text or "''"):
        read(text)
