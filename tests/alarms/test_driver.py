"""Alarms over time: when they look, what they look at, when they change."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alarms.driver import replay
from alarms.evaluate import evaluate, evaluation_range
from alarms.model import Datapoint, State, StateDetail
from alarms.series import sample
from alarms.timezones import zone
from alarms.windows import cadence, first_look, ticks, window

ALARM, OK = State.ALARM, State.OK


def clock(text):
    return datetime.fromisoformat(f"2026-09-14T{text}+00:00")


def minutes(first, values):
    return [
        Datapoint(clock(first) + timedelta(minutes=n), value)
        for n, value in enumerate(values)
        if value is not None
    ]


def detail(state, at):
    return StateDetail(state, "before", at)


def transitions(changes):
    return [(f"{change.state.timestamp:%H:%M:%S.%f}"[:12], change.state.value) for change in changes]


def test_an_incident_from_start_to_recovery(alarm):
    series = minutes("12:00:00", [1, 1, 90, 90, 90, 1])
    changes = list(replay(alarm(), series, clock("12:00:00"), clock("12:08:00"), phase=timedelta(seconds=20)))
    assert transitions(changes) == [("12:01:20.000", OK), ("12:05:20.000", ALARM), ("12:06:20.000", OK)]
    assert [change.previous.value for change in changes] == [State.INSUFFICIENT_DATA, OK, ALARM]
    assert changes[0].previous.reason == "Unchecked: Initial alarm creation"
    assert changes[1].previous is changes[0].state


def test_recovery_of_a_quiet_quarter_hour_alarm_takes_three_periods(alarm):
    """A public record: P=900, N=1, notBreaching; last datapoint 19:50, ALARM until 20:36:51.290."""
    made = alarm(Period=900, EvaluationPeriods=1, TreatMissingData="notBreaching", Threshold=0)
    began = clock("19:52:00")
    changes = replay(
        made,
        [Datapoint(clock("19:50:31"), 1)],
        began,
        clock("21:00:00"),
        previous=detail(ALARM, began),
        phase=timedelta(seconds=51, milliseconds=290),
    )
    assert transitions(changes) == [("20:36:51.290", OK)]


def test_silence_that_breaches_fires_two_periods_late(alarm):
    """A public record: P=900, N=8; fine until 05:43, ALARM 08:14:49, data again 09:50, OK 09:51:49."""
    made = alarm(
        Period=900,
        EvaluationPeriods=8,
        TreatMissingData="breaching",
        Threshold=0,
        ComparisonOperator="LessThanOrEqualToThreshold",
    )
    began = clock("05:45:00")
    changes = list(
        replay(
            made,
            [Datapoint(clock("05:43:53"), 2), Datapoint(clock("09:50:20"), 2)],
            began,
            clock("11:00:00"),
            previous=detail(OK, began),
            phase=timedelta(seconds=49, milliseconds=319),
        )
    )
    assert transitions(changes) == [("08:14:49.319", ALARM), ("09:51:49.319", OK)]
    assert changes[1].state.reason == (
        "Threshold Crossed: 1 datapoint [2.0 (14/09/26 09:36:00)] was not less than or equal to the "
        "threshold (0.0) and 7 missing datapoints were treated as [Breaching]."
    )


def test_windows_slide_by_the_minute(alarm):
    """AWS's example: a five-minute alarm evaluated at 12:16 looks at 12:01, 12:06 and 12:11."""
    made = alarm(Period=300)
    found = window(made, clock("12:16:30"))
    starts = [datetime.fromtimestamp(start, UTC).strftime("%H:%M") for start in found.starts]
    assert starts[-3:] == ["12:01", "12:06", "12:11"]
    assert evaluation_range(made, clock("12:16:30")) == (clock("11:51:00"), clock("12:16:00"))


@pytest.mark.parametrize(
    ("settings", "at", "seen"),
    [
        ({"Period": 60}, "12:16:00", "12:17:00"),
        ({"Period": 300}, "12:16:30", "12:20:00"),
        ({"Period": 10}, "12:16:03", "12:16:20"),  # held back for ten seconds
        ({"Period": 3600, "EvaluationPeriods": 25}, "12:16:00", "13:00:00"),
    ],
)
def test_the_first_look_at_a_period_is_the_first_window_that_holds_it(alarm, settings, at, seen):
    made = alarm(**settings)
    assert first_look(made, clock(at)) == clock(seen)
    assert window(made, clock(seen)).index(clock(at).timestamp()) is not None


def test_the_newest_ten_seconds_are_not_looked_at_by_high_resolution_metrics(alarm, math_alarm):
    fine = alarm(Period=10)
    assert evaluation_range(fine, clock("12:16:09.999"))[1] == clock("12:15:50")
    assert evaluation_range(fine, clock("12:16:10"))[1] == clock("12:16:00")
    assert evaluation_range(math_alarm("m1*2", "m1", period=10), clock("12:16:00"))[1] == clock("12:16:00")


def test_from_a_minute_on_the_last_full_minute_is_looked_at(alarm, math_alarm):
    for made in (alarm(), alarm(Period=300), math_alarm("m1*2", "m1")):
        assert evaluation_range(made, clock("12:16:00"))[1] == clock("12:16:00")
        assert evaluation_range(made, clock("12:15:59.999"))[1] == clock("12:15:00")


@pytest.mark.parametrize(
    ("changes", "seconds", "periods"),
    [
        ({}, 60, 5),
        ({"Period": 10}, 10, 9),
        ({"Period": 30}, 10, 5),
        ({"Period": 3600, "EvaluationPeriods": 24}, 60, 26),
        ({"Period": 86400, "EvaluationPeriods": 3}, 3600, 5),
    ],
)
def test_cadence_and_range(alarm, at, changes, seconds, periods):
    made = alarm(**changes)
    assert cadence(made) == timedelta(seconds=seconds)
    assert len(window(made, at).starts) == periods


def test_multi_day_alarms_look_back_from_the_full_hour(alarm):
    made = alarm(Period=86400, EvaluationPeriods=2)
    assert evaluation_range(made, clock("12:34:56"))[1] == clock("12:00:00")
    assert list(ticks(made, clock("12:00:01"), clock("14:00:00"), timedelta(minutes=5))) == [
        clock("12:05:00"),
        clock("13:05:00"),
    ]


def test_high_resolution_is_evaluated_every_ten_seconds(alarm):
    made = alarm(Period=10, EvaluationPeriods=1)
    series = [Datapoint(clock("12:00:10"), 90), Datapoint(clock("12:00:20"), 1)]
    changes = replay(made, series, clock("12:00:00"), clock("12:01:00"), phase=timedelta(seconds=7.5))
    assert transitions(changes) == [("12:00:37.500", ALARM), ("12:00:47.500", OK)]


def test_raw_samples_fill_sliding_windows(alarm):
    made = alarm(Period=300, EvaluationPeriods=1, Statistic="Sum", Threshold=3)
    samples = [sample(clock("12:03:00"), 2), sample(clock("12:06:00"), 2)]
    changes = replay(made, samples, clock("12:00:00"), clock("12:12:00"))
    assert transitions(changes) == [("12:04:00.000", OK), ("12:07:00.000", ALARM), ("12:09:00.000", OK)]


def test_a_late_datapoint_is_seen_late(alarm):
    series = minutes("12:00:00", [90])
    made = alarm(EvaluationPeriods=1)
    delayed = replay(
        made, series, clock("12:00:00"), clock("12:04:00"), ingestion_delay=timedelta(seconds=150)
    )
    assert transitions(delayed) == [("12:03:00.000", ALARM)]


def test_fill_turns_a_late_datapoint_into_a_flap(math_alarm):
    """AWS warns of it: the newest minute, not there yet, counts as the filler."""
    made = math_alarm("FILL(m1, 0)", "m1", EvaluationPeriods=1)
    series = {"m1": minutes("12:00:00", [90] * 10)}
    prompt = replay(made, series, clock("12:05:00"), clock("12:09:00"))
    late = replay(made, series, clock("12:05:00"), clock("12:09:00"), ingestion_delay=timedelta(seconds=100))
    assert transitions(prompt) == [("12:05:00.000", ALARM)]
    assert transitions(late) == [("12:05:00.000", OK)]


WARM_UP = {"WarmUpPeriodDurationInMinutes": 10}


@pytest.mark.parametrize(("wait", "expected"), [(False, "12:06:30.000"), (True, "12:10:30.000")])
def test_warm_up(alarm, wait, expected):
    configured = WARM_UP | {"OnlyStartEvaluatingAfterWarmUpPeriodEnds": wait}
    made = alarm(WarmUpConfiguration=configured, TreatMissingData="breaching")
    series = minutes("12:03:00", [1] * 20)
    changes = list(replay(made, series, clock("12:00:00"), clock("12:20:00"), phase=timedelta(seconds=30)))
    assert transitions(changes) == [(expected, OK)]
    assert changes[0].previous.evaluation_state == "IN_WARM_UP"


def test_wall_clock_hours_in_a_time_zone_off_the_hour(alarm):
    made = alarm(
        Period=3600, EvaluationPeriods=2, EvaluationWindow={"WallClockWindow": {"Timezone": "+05:30"}}
    )
    assert evaluation_range(made, clock("12:45:00")) == (clock("10:30:00"), clock("12:30:00"))


def test_wall_clock_takes_no_extra_periods(alarm):
    made = alarm(
        Period=3600,
        EvaluationPeriods=1,
        TreatMissingData="breaching",
        EvaluationWindow={"WallClockWindow": {}},
    )
    assert evaluate(made, [Datapoint(clock("11:30:00"), 1)], clock("12:30:00"), OK).state is OK
    assert evaluate(made, [Datapoint(clock("10:30:00"), 1)], clock("12:30:00"), OK).state is ALARM


def test_wall_clock_days_follow_daylight_saving(alarm):
    made = alarm(
        Period=86400,
        EvaluationPeriods=2,
        EvaluationWindow={"WallClockWindow": {"Timezone": "Europe/Berlin"}},
    )
    start, end = evaluation_range(made, datetime(2026, 3, 30, 12, tzinfo=UTC))
    assert (start.isoformat(), end.isoformat()) == ("2026-03-27T23:00:00+00:00", "2026-03-29T22:00:00+00:00")


def test_wall_clock_weeks_start_on_monday(alarm):
    made = alarm(
        Period=604800, EvaluationPeriods=1, EvaluationWindow={"WallClockWindow": {"Timezone": "UTC"}}
    )
    start, end = evaluation_range(made, datetime(2026, 9, 16, 12, tzinfo=UTC))
    assert (f"{start:%a %d}", f"{end:%a %d}") == ("Mon 07", "Mon 14")


@pytest.mark.parametrize(
    ("name", "hours"), [("UTC", 0), ("+05:30", 5.5), ("UTC-03:00", -3), ("Asia/Tokyo", 9)]
)
def test_time_zones(name, hours):
    assert datetime(2026, 1, 1, tzinfo=zone(name)).utcoffset() == timedelta(hours=hours)


@pytest.mark.parametrize("name", ["Mars/Olympus", "+05:31", "", "../etc/passwd", "+99:00"])
def test_unknown_time_zones_are_named(name):
    with pytest.raises(ValueError, match="unknown time zone"):
        zone(name)
