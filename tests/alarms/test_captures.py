"""Which periods real alarms looked at: instants of evaluations and of the datapoints they named.

Read off public records of alarms in production; values and names are ours.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from alarms.definitions import from_put_metric_alarm
from alarms.evaluate import evaluate
from alarms.model import Band, Datapoint, State


def day(time):
    return datetime.fromisoformat(f"2026-03-03T{time}").replace(tzinfo=UTC)


# (period, N, evaluated at, start of the newest datapoint used)
LOOKED_AT = [
    (60, 1, "06:05:01.175", "06:04:00"),
    (60, 2, "06:15:02.213", "06:14:00"),
    (60, 2, "16:06:38.066", "16:04:00"),
    (60, 3, "19:56:14.594", "19:55:00"),
    (120, 1, "02:55:05.492", "02:53:00"),
    (300, 1, "01:40:05.812", "01:35:00"),
    (300, 1, "02:36:09.521", "02:31:00"),
    (300, 1, "17:04:40.985", "16:59:00"),
    (300, 1, "23:41:46.393", "23:31:00"),
    (300, 2, "18:59:06.419", "18:49:00"),
    (300, 3, "13:29:29.292", "13:24:00"),
    (900, 2, "22:06:48.920", "21:51:00"),
    (21_600, 1, "08:08:12.500", "02:08:00"),
    # Of metrics that AWS lets settle, the periods end a minute earlier.
    (300, 1, "20:02:56.904", "19:56:00"),
    (300, 1, "20:50:27.367", "20:44:00"),
    (300, 2, "14:48:42.271", "14:42:00"),
]


@pytest.mark.parametrize(("period", "number", "at", "newest"), LOOKED_AT)
def test_names_the_period_that_the_real_alarm_named(alarm, period, number, at, newest):
    made = alarm(Period=period, EvaluationPeriods=number)
    given = [Datapoint(day(newest) - timedelta(seconds=period * back), 90.0 + back) for back in range(number)]
    result = evaluate(made, given, day(at), State.OK)
    assert result.state is State.ALARM
    assert f"[90.0 (03/03/26 {newest})" in result.reason
    assert json.loads(result.reason_data)["recentDatapoints"] == [float(90 + n) for n in range(number)][::-1]


def test_minute_datapoints_do_not_move_the_window(alarm):
    made = alarm(Period=300, EvaluationPeriods=1)
    given = [Datapoint(day(f"12:0{minute}:00"), 90.0) for minute in (1, 2, 4)]
    assert "(03/03/26 12:00:00)" in evaluate(made, given, day("12:05:30"), State.OK).reason


def test_a_datapoint_that_has_left_the_range_stays_out_of_it(alarm):
    made = alarm(Period=900, EvaluationPeriods=1, TreatMissingData="notBreaching")
    given = [Datapoint(day("19:50:00"), 90.0)]
    assert evaluate(made, given, day("20:35:51.290"), State.ALARM).state is State.ALARM
    assert evaluate(made, given, day("20:36:51.290"), State.ALARM).state is State.OK


@pytest.mark.parametrize("previous", ["ALARM", State.ALARM])
def test_the_previous_state_may_be_text(alarm, previous):
    result = evaluate(alarm(TreatMissingData="ignore"), [], day("12:00:30"), previous)
    assert result.state is State.ALARM
    assert result.retained


def test_without_a_previous_state_the_alarm_is_new(alarm):
    result = evaluate(alarm(TreatMissingData="ignore"), [], day("12:00:30"), None)
    assert result.state is State.INSUFFICIENT_DATA


def test_a_value_of_none_is_missing(alarm):
    given = [Datapoint(day("11:59:00"), None)]  # type: ignore[arg-type]  # what an untyped caller hands over
    assert evaluate(alarm(), given, day("12:00:30"), "OK").state is State.INSUFFICIENT_DATA


def test_a_bare_sequence_for_several_metrics_is_the_result(math_alarm):
    made = math_alarm("a + b", "a", "b", EvaluationPeriods=1)
    given = [Datapoint(day("11:59:00"), 90.0)]
    assert "[90.0 (03/03/26 11:59:00)]" in evaluate(made, given, day("12:00:30"), "OK").reason


@pytest.mark.parametrize(
    ("comparison", "bounds"),
    [
        ("GreaterThanUpperThreshold", ["recentUpperThresholds"]),
        ("LessThanLowerThreshold", ["recentLowerThresholds"]),
        ("LessThanLowerOrGreaterThanUpperThreshold", ["recentLowerThresholds", "recentUpperThresholds"]),
    ],
)
def test_a_band_without_datapoints(put_math, comparison, bounds):
    """Seen: one threshold, not several, and only the bounds that are compared with."""
    parameters = put_math("ANOMALY_DETECTION_BAND(m, 2)", "m", EvaluationPeriods=2, Threshold=None)
    parameters["Metrics"][1]["ReturnData"] = True
    changes = {
        "ThresholdMetricId": "result",
        "ComparisonOperator": comparison,
        "TreatMissingData": "breaching",
    }
    made = from_put_metric_alarm(parameters | changes)
    result = evaluate(made, {"m": [], "result": Band((), ())}, day("19:53:39.810"), State.OK)
    assert result.reason == (
        "Threshold Crossed: no datapoints were received for 2 periods and 2 missing datapoints were treated "
        "as [Breaching]."
    )
    assert [key for key in json.loads(result.reason_data) if key.startswith("recent")] == [
        "recentDatapoints",
        *bounds,
    ]
