"""The fast path answers what the engine answers, whatever the alarm and the data."""

from __future__ import annotations

import math
from array import array
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alarmctl.backtest import exact, fast
from alarmctl.history.model import Series
from alarms.definitions import from_put_metric_alarm
from alarms.model import State

patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60)
START = datetime(2026, 9, 14, tzinfo=UTC)
OPERATORS = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
MINUTES = 60
NAN = math.nan


def _is_sound(one: dict[str, Any]) -> bool:
    return (one["DatapointsToAlarm"] or 1) <= int(one["EvaluationPeriods"])


settings_of_alarms: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
    {
        "EvaluationPeriods": st.integers(1, 6),
        "DatapointsToAlarm": st.none() | st.integers(1, 6),
        "ComparisonOperator": st.sampled_from(OPERATORS),
        "Threshold": st.sampled_from([0.0, 0.1, 0.3, 1.0, 1.5, 2.0]),
        "TreatMissingData": st.sampled_from(["missing", "ignore", "breaching", "notBreaching", None]),
    }
).filter(_is_sound)
# Sums and averages of these meet the thresholds exactly, or all but for their rounding.
values = st.sampled_from([0.0, 0.1, 0.2, 0.3, 1.0, 1.1, 2.0, 1e-17, -0.1, NAN, NAN]) | st.floats(-1e9, 1e9)
counts = st.sampled_from([1.0, 2.0, 3.0, 7.0, 99.0, 100.0, 101.0])
phases = st.none() | st.integers(0, 59).map(lambda seconds: timedelta(seconds=seconds))
delays = st.integers(0, 600).map(lambda seconds: timedelta(seconds=seconds))


def plain(stat, period, changes):
    key = "ExtendedStatistic" if stat.startswith("p") else "Statistic"
    put = {"AlarmName": "any", "Namespace": "App", "MetricName": "m", "Period": period, key: stat}
    return from_put_metric_alarm({**put, **{k: v for k, v in changes.items() if v is not None}})


def a_series(draw, minutes, *, step=60, rolled=0, counted=False):
    length = minutes * 60 // step
    found = array("d", draw(st.lists(values, min_size=length, max_size=length)))
    sizes = array("d", draw(st.lists(counts, min_size=length, max_size=length))) if counted else None
    return Series(int(START.timestamp()), step, found, sizes, rolled)


def both(alarm, feeds, draw, *, delay=None):
    begin = START + timedelta(minutes=draw(st.integers(-5, 30)))
    until = START + timedelta(minutes=draw(st.integers(31, MINUTES + 10)))
    keywords = {
        "previous": draw(st.none() | st.sampled_from(State)),
        "phase": draw(phases),
        "delay": draw(delays) if delay is None else delay,
    }
    quick = fast.replayed(alarm, feeds, begin, until, **keywords)
    return quick, (lambda: exact.replayed(alarm, feeds, begin, until, **keywords))


@patient
@given(st.data(), settings_of_alarms, st.sampled_from([60, 120, 300]))
def test_plain_alarms(data, changes, period):
    stat = data.draw(st.sampled_from(["Sum", "Average", "Minimum", "Maximum", "SampleCount", "p90"]))
    alarm = plain(stat, period, changes)
    feeds = {"": a_series(data.draw, MINUTES, counted=data.draw(st.booleans()))}
    delay = None if period == 60 else timedelta()
    quick, slow = both(alarm, feeds, data.draw, delay=delay)
    assert quick == slow()


@patient
@given(st.data(), settings_of_alarms)
def test_percentiles_of_few_samples(data, changes):
    low = {"EvaluateLowSampleCountPercentile": "ignore"}
    alarm = plain(data.draw(st.sampled_from(["p90", "p10", "p99"])), 60, changes | low)
    feeds = {"": a_series(data.draw, MINUTES, counted=True)}
    quick, slow = both(alarm, feeds, data.draw)
    assert quick == slow()


@patient
@given(st.data(), settings_of_alarms, st.sampled_from([120, 300]))
def test_values_that_cover_a_period_each(data, changes, period):
    alarm = plain("p90", period, changes)
    feeds = {"": a_series(data.draw, MINUTES, rolled=period)}
    quick, slow = both(alarm, feeds, data.draw)
    assert quick == slow()


@patient
@given(st.data(), settings_of_alarms, st.sampled_from([60, 300]))
def test_coarse_values(data, changes, period):
    alarm = plain("Sum", period, changes)
    feeds = {"": a_series(data.draw, MINUTES, step=300)} if data.draw(st.booleans()) else {}
    quick, slow = both(alarm, feeds, data.draw, delay=timedelta())
    assert quick == slow()


EXPRESSIONS = (
    "m1 / m2",
    "100 * m1 / (m1 + m2)",
    "FILL(m1, 0) - m2",
    "IF(m2 > 1, m1, 0)",
    "SUM([m1, m2])",
    "MAX([m1, ABS(m2)]) ^ 2",
    "AVG([m1, m2]) AND m1",
    "-m1",
    "IF(m1 >= 0.3 && m2 < 2, 1)",
    "FILL(m1, m2)",
    "CEIL(m1) + LOG(m2)",
    "STDDEV([m1, m2])",
)


def of_expression(expression, period, changes, stat="Sum"):
    queries = [{"Id": "result", "Expression": expression, "ReturnData": True}] + [
        {
            "Id": name,
            "MetricStat": {
                "Metric": {"Namespace": "App", "MetricName": name},
                "Period": period,
                "Stat": stat,
            },
            "ReturnData": False,
        }
        for name in ("m1", "m2")
    ]
    put = {"AlarmName": "any", "Metrics": queries}
    return from_put_metric_alarm({**put, **{k: v for k, v in changes.items() if v is not None}})


@patient
@given(
    st.data(),
    settings_of_alarms,
    st.sampled_from(EXPRESSIONS),
    st.sampled_from([60, 120]),
    st.sampled_from(["Sum", "Average", "Maximum"]),
)
def test_expressions_of_each_period(data, changes, expression, period, stat):
    alarm = of_expression(expression, period, changes, stat)
    feeds = {name: a_series(data.draw, MINUTES) for name in ("m1", "m2") if data.draw(st.integers(0, 5))}
    quick, slow = both(alarm, feeds, data.draw, delay=timedelta())
    assert quick == slow()


@pytest.mark.parametrize(("stat", "threshold"), [("Sum", 0.6), ("Average", 0.12)])
def test_rounding_decides_nothing(stat, threshold):
    # 0.1 + 0.2 + 0.3 is more than 0.6 when added one by one, and 0.6 when added exactly.
    found = array("d", [0.1, 0.2, 0.3, 0.0, 0.0] * 12)
    alarm = plain(
        stat, 300, {"EvaluationPeriods": 1, "ComparisonOperator": OPERATORS[0], "Threshold": threshold}
    )
    feeds = {"": Series(int(START.timestamp()), 60, found)}
    span = (START + timedelta(minutes=20), START + timedelta(minutes=60))
    assert fast.replayed(alarm, feeds, *span) == exact.replayed(alarm, feeds, *span)
    assert exact.replayed(alarm, feeds, *span).initial is State.OK
