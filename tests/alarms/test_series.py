"""Statistics of raw samples, and datapoints merged into longer periods."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alarms.definitions import STATISTICS as NAMES
from alarms.model import Datapoint, UnsupportedAlarm
from alarms.series import STATISTICS, datapoints, merged, sample, statistic, statistic_set

START = datetime(2026, 9, 14, 12, tzinfo=UTC)


def after(seconds):
    return START + timedelta(seconds=seconds)


SAMPLES = [sample(after(1), 4), sample(after(30), 1, count=3), statistic_set(after(59), 10, 2, 3, 7)]


@pytest.mark.parametrize(
    ("stat", "value"), [("SampleCount", 6), ("Sum", 17), ("Average", 17 / 6), ("Minimum", 1), ("Maximum", 7)]
)
def test_statistics_of_one_period(stat, value):
    found = datapoints(SAMPLES, stat, 60, START, after(60))
    assert [(point.timestamp, point.sample_count) for point in found] == [(START, 6)]
    assert found[0].value == pytest.approx(value)


def test_every_plain_statistic_has_its_function():
    assert set(STATISTICS) == set(NAMES)


@pytest.mark.parametrize(
    ("stat", "value"), [("p50", 50), ("p99", 99), ("p99.9", 100), ("p0", 1), ("p100", 100)]
)
def test_percentiles_are_of_the_samples(stat, value):
    samples = [sample(after(0), float(n)) for n in range(1, 101)]
    assert datapoints(samples, stat, 60, START, after(60))[0].value == value


def test_no_percentile_of_a_statistic_set_that_hides_its_values():
    spread = [statistic_set(START, 10, 2, 3, 7)]
    assert datapoints(spread, "p90", 60, START, after(60)) == ()
    even = [statistic_set(START, 10, 2, 5, 5)]
    assert datapoints(even, "p90", 60, START, after(60))[0].value == 5


@pytest.mark.parametrize("stat", ["tm95", "IQM", "p101", "Mean"])
def test_names_statistics_it_does_not_compute(stat):
    with pytest.raises(UnsupportedAlarm, match=stat):
        statistic(stat)


@pytest.mark.parametrize(
    ("stat", "value"), [("PR(1:4)", 25), ("PR(0:4)", 100), ("PR(:1)", 75), ("PR(1:)", 25), ("PR(4:100)", 0)]
)
def test_a_rank_is_the_share_of_values_above_one_bound_and_up_to_the_other(stat, value):
    found = datapoints(SAMPLES[:2], stat, 60, START, after(60))
    assert [point.value for point in found] == [value]


def test_no_rank_of_a_statistic_set_that_hides_its_values():
    assert datapoints(SAMPLES, "PR(1:4)", 60, START, after(60)) == ()


def test_periods_count_back_from_the_end():
    samples = [sample(after(seconds), 1) for seconds in (0, 59, 60, 119, 120)]
    found = datapoints(samples, "Sum", 60, START, after(120))
    assert [(point.timestamp, point.value) for point in found] == [(START, 2), (after(60), 2)]
    shifted = datapoints(samples, "Sum", 60, START, after(90))
    assert [(point.timestamp, point.value) for point in shifted] == [(after(-30), 1), (after(30), 2)]


@pytest.mark.parametrize(
    ("stat", "counts", "value"),
    [
        ("Sum", (None, None), 5),
        ("Minimum", (None, None), 1),
        ("Maximum", (None, None), 4),
        ("SampleCount", (1, 4), 5),
        ("Average", (None, None), 2.5),
        ("Average", (2, 1), 2),
        ("Average", (2, None), 2.5),
        ("p90", (None, None), 2.5),
    ],
)
def test_finer_datapoints_merge_by_their_statistic(stat, counts, value):
    points = [
        Datapoint(after(n), number, count)
        for n, (number, count) in enumerate(zip((1, 4), counts, strict=True))
    ]
    assert merged(points, stat).value == value


def test_sums_beyond_a_double_are_no_datapoint():
    huge = [sample(after(0), 1e308), sample(after(1), 1e308)]
    assert datapoints(huge, "Sum", 60, START, after(60)) == ()
