"""What decides beside missing data: samples too few, bands, results that are no series, merged datapoints."""

from __future__ import annotations

from datetime import timedelta

import pytest

from alarms.definitions import from_put_metric_alarm
from alarms.evaluate import evaluate
from alarms.model import Band, Datapoint, State, UnsupportedAlarm

ALARM, OK = State.ALARM, State.OK


def points(at, *pairs):
    """Datapoints of the newest minutes, newest last: (value, sample count)."""
    newest = at.replace(second=0) - timedelta(minutes=1)
    return [
        Datapoint(newest - timedelta(minutes=back), value, count)
        for back, (value, count) in enumerate(reversed(pairs))
    ]


@pytest.mark.parametrize(
    ("stat", "count", "decided"),
    [
        ("p90", 99, False),
        ("p90", 100, True),
        ("p99", 999, False),
        ("p99", 1000, True),
        ("p50", 19, False),
        ("p50", 20, True),
        ("p10", 99, False),
        ("p10", 100, True),
        ("p90", None, True),
        ("tm90", 1, True),
    ],
)
def test_percentiles_of_few_samples_decide_nothing_where_ignored(alarm, at, stat, count, decided):
    percentile = {"Statistic": None, "ExtendedStatistic": stat, "EvaluationPeriods": 1}
    careful = alarm(**percentile, EvaluateLowSampleCountPercentile="ignore")
    result = evaluate(careful, points(at, (90, count)), at, OK)
    assert (result.state, result.retained) == ((ALARM, False) if decided else (OK, True))
    for policy in ("evaluate", None):
        bold = alarm(**percentile, EvaluateLowSampleCountPercentile=policy)
        assert evaluate(bold, points(at, (90, count)), at, OK).state is ALARM


def test_other_datapoints_may_still_decide(alarm, at):
    made = alarm(
        Statistic=None,
        ExtendedStatistic="p90",
        DatapointsToAlarm=2,
        EvaluateLowSampleCountPercentile="ignore",
    )
    assert evaluate(made, points(at, (90, 500), (90, 3), (90, 500)), at, OK).state is ALARM
    assert evaluate(made, points(at, (90, 500), (90, 3), (1, 500)), at, ALARM).retained


@pytest.mark.parametrize(
    ("operator", "breached"),
    [
        ("GreaterThanThreshold", (51,)),
        ("GreaterThanOrEqualToThreshold", (50, 51)),
        ("LessThanThreshold", (49,)),
        ("LessThanOrEqualToThreshold", (49, 50)),
    ],
)
def test_operators_at_the_threshold(alarm, at, operator, breached):
    made = alarm(ComparisonOperator=operator, EvaluationPeriods=1)
    found = [value for value in (49, 50, 51) if evaluate(made, points(at, (value, 1)), at, OK).state is ALARM]
    assert tuple(found) == breached


def band_alarm(put_math, operator):
    parameters = put_math("m1*1", "m1", EvaluationPeriods=1, Threshold=None)
    metric = parameters["Metrics"][1] | {"ReturnData": True}
    band = {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1)", "ReturnData": True}
    changes = {"Metrics": [metric, band], "ThresholdMetricId": "ad1", "ComparisonOperator": operator}
    return from_put_metric_alarm(parameters | changes)


@pytest.mark.parametrize(
    ("operator", "breached"),
    [
        ("LessThanLowerThreshold", (9,)),
        ("GreaterThanUpperThreshold", (21,)),
        ("LessThanLowerOrGreaterThanUpperThreshold", (9, 21)),
    ],
)
def test_operators_at_the_band(put_math, at, operator, breached):
    made = band_alarm(put_math, operator)
    band = Band(tuple(points(at, (10, None))), tuple(points(at, (20, None))))
    found = [
        value
        for value in (9, 10, 20, 21)
        if evaluate(made, {"m1": points(at, (value, 1)), "ad1": band}, at, OK).state is ALARM
    ]
    assert tuple(found) == breached


def test_a_period_without_a_band_is_missing(put_math, at):
    made = band_alarm(put_math, "GreaterThanUpperThreshold")
    result = evaluate(made, {"m1": points(at, (9, 1)), "ad1": Band((), ())}, at, OK)
    assert result.state is State.INSUFFICIENT_DATA


def test_a_band_that_is_not_given_is_named(put_math, at):
    made = band_alarm(put_math, "GreaterThanUpperThreshold")
    with pytest.raises(UnsupportedAlarm, match=r"only AWS can compute an anomaly-detection band.*'ad1'"):
        evaluate(made, {"m1": points(at, (9, 1))}, at, OK)


def test_a_band_may_be_part_of_an_expression(math_alarm, at):
    made = math_alarm("m1 - LAST(ANOMALY_DETECTION_BAND(m1))", "m1", EvaluationPeriods=1, Threshold=0)
    band = Band(tuple(points(at, (10, None))), tuple(points(at, (20, None))))
    given = {"m1": points(at, (21, 1)), "ANOMALY_DETECTION_BAND(m1)": band}
    assert evaluate(made, given, at, OK).state is ALARM


def test_a_result_of_several_series_is_an_evaluation_error(math_alarm, at):
    made = math_alarm("SORT(METRICS(), AVG, DESC)", "m1", "m2", TreatMissingData="breaching")
    given = {name: points(at, (90, 1), (90, 1), (90, 1)) for name in ("m1", "m2")}
    result = evaluate(made, given, at, OK)
    assert (result.state, result.evaluation_state) == (State.INSUFFICIENT_DATA, "EVALUATION_ERROR")
    single = math_alarm("SORT(METRICS(), AVG, DESC, 1)", "m1", "m2")
    assert evaluate(single, given, at, OK).state is ALARM


def test_expressions_that_the_result_does_not_rest_on_need_no_values(put_math, at):
    parameters = put_math("m1*2", "m1", EvaluationPeriods=1)
    parameters["Metrics"].append({"Id": "q1", "Expression": "SERVICE_QUOTA(m1)", "ReturnData": False})
    assert evaluate(from_put_metric_alarm(parameters), {"m1": points(at, (90, 1))}, at, OK).state is ALARM


def test_finer_datapoints_are_merged_into_the_period(alarm, at):
    made = alarm(Period=300, EvaluationPeriods=1, Threshold=50)
    fine = points(at, (10, 1), (10, 1), (90, 4), (90, 4), (90, 4))
    result = evaluate(made, fine, at, OK)
    assert "1 datapoint [78.57142857142857 (14/09/26 11:55:00)] was greater than" in result.reason


def test_naive_timestamps_are_utc(alarm, at):
    aware = points(at, (90, 1), (90, 1), (90, 1))
    naive = [Datapoint(point.timestamp.replace(tzinfo=None), point.value) for point in aware]
    assert evaluate(alarm(), naive, at.replace(tzinfo=None), OK).state is ALARM
