"""Mute rules: their schedules, and what runs when a window ends."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from alarms.model import DefinitionError, State, StateChange, StateDetail
from alarms.mute import from_put_alarm_mute_rule, muted_by, notices


def rule(expression="cron(0 2 * * *)", duration="PT4H", timezone=None, names=("cpu",), **more):
    schedule = {"Expression": expression, "Duration": duration} | ({"Timezone": timezone} if timezone else {})
    return from_put_alarm_mute_rule(
        {
            "Name": "nightly",
            "Rule": {"Schedule": schedule},
            "MuteTargets": {"AlarmNames": list(names)},
            **more,
        }
    )


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


WINDOWS = [
    ("cron(0 2 * * *)", "PT4H", None, "2026-09-14T03:00", "2026-09-14T02:00", "2026-09-14T06:00"),
    ("cron(0 18 * * FRI)", "P2DT12H", None, "2026-09-13T12:00", "2026-09-11T18:00", "2026-09-14T06:00"),
    (
        "cron(0 2 * * *)",
        "PT1H",
        "America/New_York",
        "2026-09-14T06:30",
        "2026-09-14T06:00",
        "2026-09-14T07:00",
    ),
    (
        "cron(30 2 * * *)",
        "PT1M",
        None,
        "2026-09-14T02:30",
        "2026-09-14T02:30",
        "2026-09-14T02:31",
    ),
    ("cron(0 1 1,15 JAN-SEP *)", "PT6H", None, "2026-09-15T01:00", "2026-09-15T01:00", "2026-09-15T07:00"),
    ("cron(0 0 13 * 7)", "PT1H", None, "2026-09-13T00:10", "2026-09-13T00:00", "2026-09-13T01:00"),
    ("cron(0 0 20 * MON)", "PT1H", None, "2026-09-14T00:10", "2026-09-14T00:00", "2026-09-14T01:00"),
    ("at(2026-09-14T02:00)", "PT4H", "+02:00", "2026-09-14T00:00", "2026-09-14T00:00", "2026-09-14T04:00"),
]


@pytest.mark.parametrize(("expression", "duration", "timezone", "inside", "start", "end"), WINDOWS)
def test_window(expression, duration, timezone, inside, start, end):
    made = rule(expression, duration, timezone)
    assert made.window_at(at(inside)) == (at(start), at(end))
    assert made.window_at(at(end)) is None


def test_start_and_expiry():
    bounded = rule(StartDate=at("2026-09-14T03:00"), ExpireDate=at("2026-09-14T04:00"))
    found = [bounded.window_at(at(f"2026-09-14T0{hour}:30")) is not None for hour in (2, 3, 4)]
    assert found == [False, True, False]


REFUSED = [
    ({"expression": "0 2 * * *"}, "must be cron(minutes hours day month weekday) or at(yyyy-MM-ddThh:mm)"),
    ({"expression": "cron(0 2 * *)"}, "must be cron"),
    ({"expression": "cron(60 2 * * *)"}, "minutes '60' must be 0 to 59"),
    ({"expression": "cron(0 5-2 * * *)"}, "hours '5-2'"),
    ({"expression": "cron(0 2 * * someday)"}, "day of week 'someday'"),
    ({"expression": "at(2026-02-30T00:00)"}, "is no date"),
    ({"duration": "PT30S"}, "between PT1M and P15D"),
    ({"duration": "P15DT1M"}, "between PT1M and P15D"),
    ({"duration": "P" + "9" * 30 + "D"}, "between PT1M and P15D"),
    ({"duration": "2 hours"}, "between PT1M and P15D"),
    ({"timezone": "Moon"}, "unknown time zone"),
    ({"names": [f"a{n}" for n in range(101)]}, "at most 100 alarms, not 101"),
    ({"Shadow": 1}, "unknown key Shadow"),
    ({"Name": ""}, "needs Name"),
]


@pytest.mark.parametrize(("changes", "complaint"), REFUSED, ids=lambda value: str(value)[:40])
def test_refused(changes, complaint):
    with pytest.raises(DefinitionError) as refused:
        rule(**changes)
    assert complaint in str(refused.value)


def change(state, time):
    before = StateDetail(State.OK, "before", at("2026-09-14T00:00"))
    return StateChange("cpu", StateDetail(state, "now", at(time)), before)


def told(alarm, changes, *mute_rules):
    found = notices(alarm, changes, mute_rules, at("2026-09-15T00:00"))
    return [
        (f"{notice.at:%H:%M}", notice.change.state.value.value, notice.acts, notice.change.after_mute_window)
        for notice in found
    ]


def test_a_state_that_outlasts_the_window_acts_at_its_end(alarm):
    changes = [change(State.ALARM, "2026-09-14T03:00")]
    assert told(alarm(), changes, rule()) == [
        ("03:00", "ALARM", False, False),
        ("06:00", "ALARM", True, True),
    ]


def test_a_state_that_passed_within_the_window_never_acts(alarm):
    changes = [change(State.ALARM, "2026-09-14T03:00"), change(State.OK, "2026-09-14T07:00")]
    assert told(alarm(), changes, rule())[-1] == ("07:00", "OK", True, False)
    within = [change(State.ALARM, "2026-09-14T03:00"), change(State.OK, "2026-09-14T04:00")]
    assert told(alarm(), within, rule()) == [
        ("03:00", "ALARM", False, False),
        ("04:00", "OK", False, False),
        ("06:00", "OK", True, True),
    ]


def test_adjoining_windows_hold_on(alarm):
    more = rule("cron(0 6 * * *)", "PT1H")
    changes = [change(State.ALARM, "2026-09-14T03:00")]
    assert told(alarm(), changes, rule(), more)[-1] == ("07:00", "ALARM", True, True)


def test_other_alarms_are_left_alone(alarm):
    changes = [change(State.ALARM, "2026-09-14T03:00")]
    assert told(alarm(AlarmName="disk"), changes, rule()) == [("03:00", "ALARM", True, False)]


def test_the_window_is_told_by_arn(alarm):
    detail = muted_by(alarm(), [rule()], at("2026-09-14T03:00"))
    assert detail is not None
    assert detail.muted_by_arn == "arn:aws:cloudwatch:us-east-1:000000000000:alarm-mute-rule:nightly"
