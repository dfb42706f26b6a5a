"""The report of a month finds exactly what was planted in it, by numpy and without."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from alarmctl.backtest import reading, words
from alarmctl.backtest.api import Settings, backtest, load
from alarmctl.backtest.incidents import from_file

OUTAGES = [("04 14:12", 30), ("12 03:07", 45), ("20 10:02", 20)]


@pytest.fixture(scope="module")
def alarms(month):
    return reading.alarms(month.alarms)[0]


@pytest.fixture(scope="module")
def report(month, alarms):
    return backtest(alarms, load(month.history), incidents=from_file(month.incidents))


def spans(report, name):
    return [(f"{span.start:%d %H:%M}", span.minutes) for span in report.by_name[name].spans]


def test_incidents_are_seen_when_two_of_three_minutes_breach(report):
    assert spans(report, "checkout-cpu") == OUTAGES
    cpu = report.by_name["checkout-cpu"]
    assert (cpu.fired, cpu.pages, cpu.flaps, cpu.longest_minutes) == (3, 3, 0, 45)
    assert (cpu.to_detect, cpu.to_resolve) == (2, 2)


def test_sums_of_five_minutes_slide_with_the_minute(report):
    # 20 of 100 fail: a single minute of them is 4 % of five, two are 8 %.
    assert spans(report, "checkout-error-rate") == [("04 14:12", 32), ("12 03:07", 47), ("20 10:02", 22)]


def test_a_composite_follows_its_children(report):
    assert spans(report, "checkout-down") == OUTAGES
    assert report.by_name["checkout-down"].composite


def test_flaps_are_those_that_come_back_soon(report):
    load_alarm = report.by_name["checkout-flapping"]
    assert (load_alarm.fired, load_alarm.flaps, load_alarm.minutes_in_alarm) == (20, 15, 20)
    assert (load_alarm.off_hours, load_alarm.at_weekend) == (0, 0)
    assert report.totals.noisiest[0] == "checkout-flapping"


def test_silence_is_told_apart(report):
    # The beat stops at 01:00, and five periods are retrieved: only at 01:04 do two of three lack a stand-in.
    assert spans(report, "checkout-heartbeat") == [("17 01:04", 38)]
    assert report.totals.never_had_data == ("checkout-silent",)


def test_what_never_and_what_always_fires_is_named(report):
    assert report.totals.never_fired == ("checkout-quiet",)
    assert report.totals.always_on == ("checkout-always",)
    assert report.by_name["checkout-always"].fired == 0


def test_totals(report):
    totals = report.totals
    assert (totals.alarms, totals.replayed, totals.fired, totals.flaps) == (8, 8, 30, 15)
    assert totals.pages_per_week == pytest.approx(
        {"critical": 9 / totals.weeks, "warning": 21 / totals.weeks, "info": 0}
    )
    assert totals.weeks == pytest.approx(30 / 7, rel=1e-3)


def test_incidents_are_caught_by_the_alarms_that_were_on(report):
    assert [one.is_caught for one in report.incidents] == [True, True, True, False]
    assert report.incidents[0].by == ("checkout-cpu", "checkout-down", "checkout-error-rate")
    assert report.incidents[0].to_detect == 2


def test_the_exact_path_says_the_same_of_the_days_of_an_outage(month, alarms, report):
    begin = month.start + timedelta(days=11, hours=2)
    keywords = {"begin": begin, "end": begin + timedelta(hours=4)}
    kept = load(month.history)
    slow = backtest(alarms, kept, settings=Settings(fast=False), **keywords)
    quick = backtest(alarms, kept, settings=Settings(fast=True), **keywords)
    assert [one.timeline for one in slow.alarms] == [one.timeline for one in quick.alarms]
    assert [one.spans for one in slow.alarms] == [one.spans for one in quick.alarms]
    assert any("numpy is not installed" in line for line in slow.assumptions)


def test_a_suggestion_halves_the_pages_and_keeps_the_incident(month, alarms):
    load_alarm = [one for one in alarms if one.name == "checkout-cpu"]
    noisy = json.loads(month.alarms.read_text())
    put = next(one for one in noisy["MetricAlarms"] if one["AlarmName"] == "checkout-cpu")
    put |= {"Threshold": 59.9, "EvaluationPeriods": 1, "DatapointsToAlarm": 1}
    path = month.alarms.with_name("noisy.json")
    path.write_text(json.dumps({"MetricAlarms": [put], "CompositeAlarms": []}))
    (low,), _ = reading.alarms(path)
    found = backtest([low], load(month.history), incidents=from_file(month.incidents))
    (one,) = found.suggestions
    assert one.pages_before > 50
    assert one.pages_after == len(load_alarm) * 3
    assert one.incidents == 3
    assert one.before == "> 59.9 for 1 of 1 periods of 1 min"
    # Six higher thresholds with eleven windows each, and the alarm's own threshold with ten others.
    assert one.tried == 6 * 11 + 10
    assert words.suggested(one).endswith("(the best of 76 settings tried)")
    assert any("judged by, the same history" in line for line in found.assumptions)


def test_a_day_is_too_short_for_pages_a_week(month, alarms, report):
    assert words.weekly(report.totals) == "pages a week: critical 2.1, warning 4.9, info 0"
    assert words.lasting(report.totals) == "4.3 weeks"
    begin = month.start + timedelta(days=3)
    day = backtest(alarms, load(month.history), begin=begin, end=begin + timedelta(days=1)).totals
    assert words.weekly(day) == "pages: critical 3, warning 0, info 0"
    assert words.lasting(day) == "24.0 h"


def test_without_incidents_nothing_is_suggested(month, alarms):
    found = backtest(alarms[:1], load(month.history))
    assert found.suggestions == ()
    assert not any("Suggestions" in line for line in found.assumptions)


def test_an_alarm_that_cannot_be_replayed_says_why(month, alarms):
    (alone,) = [one for one in alarms if one.name == "checkout-down"]
    found = backtest([alone], load(month.history))
    assert found.totals.not_replayed == ("checkout-down",)
    assert "checkout-cpu, which is not among the alarms" in (found.alarms[0].error or "")
