"""Reason texts against what real alarms said.

Each case rebuilds the situation a real text was seen in, with our own alarm, and expects the text to the
letter. docs/evaluation.md lists the forms without such a witness.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from alarms.definitions import from_put_metric_alarm
from alarms.evaluate import evaluate
from alarms.javajson import double, dumps, instant
from alarms.model import Band, Datapoint, State

GREATER, AT_LEAST = "GreaterThanThreshold", "GreaterThanOrEqualToThreshold"
AT_MOST = "LessThanOrEqualToThreshold"
ALARM, OK, NONE = State.ALARM, State.OK, State.INSUFFICIENT_DATA


def points(period, newest, values):
    """Datapoints at the starts of successive periods; `newest` is the last one's, dd/MM/yy HH:mm:ss."""
    last = datetime.strptime(newest, "%d/%m/%y %H:%M:%S").replace(tzinfo=UTC)
    return [
        Datapoint(last - timedelta(seconds=period * back), value)
        for back, value in enumerate(reversed(values))
        if value is not None
    ]


NO = None
# (period, N, M, treatment, operator, threshold, newest period's start, values, state, text)
SEEN = [
    (
        (10, 3, 2, "missing", GREATER, 50),
        ("14/09/26 05:42:40", [100.0, NO, 100.0]),
        ALARM,
        (
            "2 out of the last 3 datapoints [100.0 (14/09/26 05:42:40), 100.0 (14/09/26 05:42:20)] were "
            "greater than the threshold (50.0) (minimum 2 datapoints for OK -> ALARM transition)"
        ),
    ),
    (
        (10, 3, 3, "breaching", GREATER, 50),
        ("14/09/26 05:42:30", [100.0, 100.0, 0.0]),
        OK,
        (
            "1 out of the last 3 datapoints [0.0 (14/09/26 05:42:30)] was not greater than the threshold "
            "(50.0) (minimum 1 datapoint for ALARM -> OK transition)"
        ),
    ),
    (
        (10, 3, 2, "missing", GREATER, 50),
        ("14/09/26 05:42:50", [100.0, NO]),
        ALARM,
        (
            "1 out of the last 3 datapoints [100.0 (14/09/26 05:42:40)] was greater than the threshold "
            "(50.0) (minimum 2 datapoints for OK -> ALARM transition)"
        ),
    ),
    (
        (10, 3, 3, "missing", GREATER, 50),
        ("14/09/26 05:51:30", [100.0, NO, 100.0]),
        ALARM,
        (
            "2 out of the last 3 datapoints [100.0 (14/09/26 05:51:30), 100.0 (14/09/26 05:51:10)] were "
            "greater than the threshold (50.0) (minimum 3 datapoints for OK -> ALARM transition)"
        ),
    ),
    (
        (10, 3, 3, "breaching", GREATER, 50),
        ("14/09/26 05:51:30", [100.0, NO, 100.0]),
        ALARM,
        (
            "2 out of the last 3 datapoints [100.0 (14/09/26 05:51:30), 100.0 (14/09/26 05:51:10)] were "
            "greater than the threshold (50.0) and 1 missing datapoint was treated as [Breaching] (minimum "
            "3 datapoints for OK -> ALARM transition)"
        ),
    ),
    (
        (10, 3, 3, "breaching", GREATER, 50),
        ("14/09/26 05:54:10", [0.0]),
        OK,
        (
            "1 out of the last 3 datapoints [0.0 (14/09/26 05:54:10)] was not greater than the threshold "
            "(50.0) and 2 missing datapoints were treated as [Breaching] (minimum 1 datapoint for ALARM -> "
            "OK transition)"
        ),
    ),
    (
        (10, 3, 3, "breaching", GREATER, 50),
        ("14/09/26 05:54:10", []),
        ALARM,
        "no datapoints were received for 3 periods and 3 missing datapoints were treated as [Breaching]",
    ),
    (
        (60, 15, NO, "notBreaching", GREATER, 50),
        ("14/09/26 05:54:00", []),
        OK,
        "no datapoints were received for 15 periods and 15 missing datapoints were treated as [NonBreaching]",
    ),
    (
        (60, 1, NO, "notBreaching", GREATER, 50),
        ("14/09/26 05:54:00", []),
        OK,
        "no datapoints were received for 1 period and 1 missing datapoint was treated as [NonBreaching]",
    ),
    (
        (60, 1, NO, "missing", GREATER, 21),
        ("14/09/26 05:54:00", [21.5]),
        ALARM,
        "1 datapoint [21.5 (14/09/26 05:54:00)] was greater than the threshold (21.0)",
    ),
    (
        (60, 24, NO, "missing", GREATER, 0),
        ("19/12/24 08:33:00", [1.0] * 24),
        ALARM,
        (
            "24 datapoints were greater than the threshold (0.0). The most recent datapoints which crossed "
            "the threshold: [1.0 (19/12/24 08:33:00), 1.0 (19/12/24 08:32:00), 1.0 (19/12/24 08:31:00), "
            "1.0 (19/12/24 08:30:00), 1.0 (19/12/24 08:29:00)]"
        ),
    ),
    (
        (60, 30, 30, "missing", GREATER, 20),
        ("06/12/24 05:34:00", [*[60.0] * 25, 59.0, 59.0, 59.0, 60.0, 60.0]),
        ALARM,
        (
            "30 out of the last 30 datapoints were greater than the threshold (20.0). The most recent "
            "datapoints which crossed the threshold: [60.0 (06/12/24 05:34:00), 60.0 (06/12/24 05:33:00), "
            "59.0 (06/12/24 05:32:00), 59.0 (06/12/24 05:31:00), 59.0 (06/12/24 05:30:00)] (minimum 30 "
            "datapoints for OK -> ALARM transition)"
        ),
    ),
    (
        (60, 5, 5, "missing", GREATER, 400000),
        ("21/05/20 18:31:00", [624630.0] * 5),
        ALARM,
        (
            "5 out of the last 5 datapoints were greater than the threshold (400000.0). The most recent "
            "datapoints which crossed the threshold: [624630.0 (21/05/20 18:31:00), "
            "624630.0 (21/05/20 18:30:00), 624630.0 (21/05/20 18:29:00), 624630.0 (21/05/20 18:28:00), "
            "624630.0 (21/05/20 18:27:00)] (minimum 5 datapoints for OK -> ALARM transition)"
        ),
    ),
    (
        (60, 20, 1, "notBreaching", AT_LEAST, 1),
        ("16/03/24 12:15:00", [613.0]),
        ALARM,
        (
            "1 out of the last 20 datapoints [613.0 (16/03/24 12:15:00)] was greater than or equal to the "
            "threshold (1.0) and 19 missing datapoints were treated as [NonBreaching] (minimum 1 datapoint "
            "for OK -> ALARM transition)"
        ),
    ),
    (
        (900, 8, NO, "breaching", AT_MOST, 0),
        ("19/08/26 09:36:00", [2.0]),
        OK,
        (
            "1 datapoint [2.0 (19/08/26 09:36:00)] was not less than or equal to the threshold (0.0) and 7 "
            "missing datapoints were treated as [Breaching]"
        ),
    ),
    (
        (180, 3, NO, "missing", GREATER, 0),
        ("19/08/26 05:50:00", [1.0, 3.0, 2.0]),
        ALARM,
        (
            "3 datapoints [2.0 (19/08/26 05:50:00), 3.0 (19/08/26 05:47:00), 1.0 (19/08/26 05:44:00)] were "
            "greater than the threshold (0.0)"
        ),
    ),
    (
        (60, 2, NO, "missing", GREATER, 42),
        ("09/01/23 14:02:00", [1.0, 0.0]),
        OK,
        (
            "2 datapoints [0.0 (09/01/23 14:02:00), 1.0 (09/01/23 14:01:00)] were not greater than the "
            "threshold (42.0)"
        ),
    ),
    (
        (300, 3, NO, "missing", GREATER, 60),
        ("11/03/22 10:58:00", [0.03166697224583412, 0.04333311112870379, 0.050002640067216934]),
        OK,
        (
            "3 datapoints [0.050002640067216934 (11/03/22 10:58:00), 0.04333311112870379 (11/03/22 "
            "10:53:00), 0.03166697224583412 (11/03/22 10:48:00)] were not greater than the threshold (60.0)"
        ),
    ),
    (
        (60, 5, 3, "missing", GREATER, 0),
        ("21/12/21 06:45:00", [7.0, 0.0, 7.0, 0.0, 0.0]),
        OK,
        (
            "3 out of the last 5 datapoints [0.0 (21/12/21 06:45:00), 0.0 (21/12/21 06:44:00), "
            "0.0 (21/12/21 06:42:00)] were not greater than the threshold (0.0) (minimum 3 datapoints for "
            "ALARM -> OK transition)"
        ),
    ),
    (
        (60, 3, 1, "missing", GREATER, 0),
        ("08/11/22 11:25:00", [20000.0] * 3),
        ALARM,
        (
            "3 out of the last 3 datapoints [20000.0 (08/11/22 11:25:00), 20000.0 (08/11/22 11:24:00), "
            "20000.0 (08/11/22 11:23:00)] were greater than the threshold (0.0) (minimum 1 datapoint for "
            "OK -> ALARM transition)"
        ),
    ),
    (
        (60, 3, 2, "breaching", GREATER, 5),
        ("08/11/22 11:25:00", [0.0]),
        ALARM,
        "1 datapoint was received for 3 periods and 2 missing datapoints were treated as [Breaching]",
    ),
    (
        (300, 1, 1, "missing", GREATER, 50),
        ("02/10/19 16:59:00", [99.50160229693434]),
        ALARM,
        (
            "1 out of the last 1 datapoints [99.50160229693434 (02/10/19 16:59:00)] was greater than the "
            "threshold (50.0) (minimum 1 datapoint for OK -> ALARM transition)"
        ),
    ),
    (
        (60, 50, 50, "ignore", GREATER, 50),
        ("04/12/24 00:34:00", [*[60.0] * 49, 48.0]),
        OK,
        (
            "1 out of the last 50 datapoints [48.0 (04/12/24 00:34:00)] was not greater than the threshold "
            "(50.0) (minimum 1 datapoint for ALARM -> OK transition)"
        ),
    ),
]


def situation(put, config, seen):
    period, number, needed, treatment, operator, threshold = config
    newest, values = seen
    alarm = from_put_metric_alarm(
        put(
            Period=period,
            EvaluationPeriods=number,
            DatapointsToAlarm=needed,
            TreatMissingData=treatment,
            ComparisonOperator=operator,
            Threshold=threshold,
        )
    )
    given = points(period, newest, values or [NO])
    end = datetime.strptime(newest, "%d/%m/%y %H:%M:%S").replace(tzinfo=UTC) + timedelta(seconds=period)
    return alarm, given, end + timedelta(seconds=10, milliseconds=448)


@pytest.mark.parametrize(("config", "seen", "state", "text"), SEEN, ids=lambda value: str(value)[:40])
def test_seen_reason(put, config, seen, state, text):
    alarm, given, at = situation(put, config, seen)
    result = evaluate(alarm, given, at, OK if state is ALARM else ALARM)
    assert (result.state, result.reason) == (state, f"Threshold Crossed: {text}.")


@pytest.mark.parametrize(
    ("number", "needed", "text"),
    [
        (3, 2, "3 datapoints were unknown"),
        (1, None, "1 datapoint was unknown"),
        (5, 5, "5 datapoints were unknown"),
    ],
)
def test_insufficient_data_counts_n(alarm, at, number, needed, text):
    result = evaluate(alarm(EvaluationPeriods=number, DatapointsToAlarm=needed), [], at, OK)
    assert result.reason == f"Insufficient Data: {text}."


def band_alarm(put_math, operator, number, needed):
    parameters = put_math("m1*1", "m1", EvaluationPeriods=number, DatapointsToAlarm=needed, Threshold=None)
    parameters["Metrics"] = [parameters["Metrics"][1] | {"ReturnData": True}]
    parameters["Metrics"].append(
        {"Id": "ad1", "Expression": "ANOMALY_DETECTION_BAND(m1, 0.8)", "ReturnData": True}
    )
    return from_put_metric_alarm(parameters | {"ThresholdMetricId": "ad1", "ComparisonOperator": operator})


OUTSIDE, UPPER = "LessThanLowerOrGreaterThanUpperThreshold", "GreaterThanUpperThreshold"
SEEN_BANDS = [
    (
        (OUTSIDE, 1, 1),
        ("03/10/19 15:58:00", [0.0], [0.020599444741798756], [0.3006915352732461]),
        ALARM,
        (
            "1 out of the last 1 datapoints [0.0 (03/10/19 15:58:00)] was less than the lower thresholds "
            "[0.020599444741798756] or greater than the upper thresholds [0.3006915352732461] (minimum 1 "
            "datapoint for OK -> ALARM transition)"
        ),
    ),
    (
        (OUTSIDE, 1, 1),
        ("03/10/19 15:57:00", [0.166666666664241], [0.0206719426210418], [0.30076870222143803]),
        OK,
        (
            "1 out of the last 1 datapoints [0.166666666664241 (03/10/19 15:57:00)] was not less than the "
            "lower thresholds [0.0206719426210418] or not greater than the upper thresholds "
            "[0.30076870222143803] (minimum 1 datapoint for ALARM -> OK transition)"
        ),
    ),
    (
        (OUTSIDE, 2, 2),
        ("22/11/19 00:57:00", [27.03, 28.24], [31.31, 31.72], [32.68, 33.09]),
        ALARM,
        (
            "2 out of the last 2 datapoints [28.24 (22/11/19 00:57:00), 27.03 (22/11/19 00:56:00)] were "
            "less than the lower thresholds [31.72, 31.31] or greater than the upper thresholds [33.09, "
            "32.68] (minimum 2 datapoints for OK -> ALARM transition)"
        ),
    ),
    (
        (UPPER, 2, 2),
        ("29/06/21 15:20:00", [9.0, 0.0025642349034637954], [0.0, 0.0], [0.33, 0.3309826664011767]),
        OK,
        (
            "1 out of the last 2 datapoints [0.0025642349034637954 (29/06/21 15:20:00)] was not greater "
            "than the upper thresholds [0.3309826664011767] (minimum 1 datapoint for ALARM -> OK transition)"
        ),
    ),
]


@pytest.mark.parametrize(("config", "seen", "state", "text"), SEEN_BANDS)
def test_seen_band_reason(put_math, config, seen, state, text):
    newest, *rest = seen
    values, lower, upper = (points(60, newest, column) for column in rest)
    at = max(point.timestamp for point in values) + timedelta(seconds=64)
    given = {"m1": values, "ad1": Band(tuple(lower), tuple(upper))}
    result = evaluate(band_alarm(put_math, *config), given, at, OK)
    assert (result.state, result.reason) == (state, f"Thresholds Crossed: {text}.")
    data = json.loads(result.reason_data)
    assert data["recentUpperThresholds"] == rest[2]
    upper_only = config[0] == "GreaterThanUpperThreshold"
    assert data.get("recentLowerThresholds") == (None if upper_only else rest[1])


def test_reason_data_of_a_single_metric_alarm(alarm, series, at):
    made = alarm(DatapointsToAlarm=2, Unit="Percent")
    data = evaluate(made, series("0 - 90 - 91"), at, OK).reason_data
    assert data == (
        '{"version":"1.0","queryDate":"2026-09-14T12:00:30.000+0000","startDate":"2026-09-14T11:55:00.000+0000",'
        '"unit":"Percent","statistic":"Average","period":60,"recentDatapoints":[0.0,null,90.0,null,91.0],'
        '"threshold":50.0,"evaluatedDatapoints":[{"timestamp":"2026-09-14T11:59:00.000+0000","value":91.0},'
        '{"timestamp":"2026-09-14T11:57:00.000+0000","value":90.0}]}'
    )


def test_reason_data_shows_sample_counts_where_known(alarm, at):
    given = [Datapoint(at - timedelta(seconds=90), 99, sample_count=4)]
    data = json.loads(evaluate(alarm(EvaluationPeriods=1), given, at, OK).reason_data)
    newest = {"timestamp": "2026-09-14T11:59:00.000+0000", "sampleCount": 4.0, "value": 99.0}
    assert data["evaluatedDatapoints"] == [newest]


def test_reason_data_without_data_lists_the_newest_empty_periods(alarm, at):
    data = json.loads(evaluate(alarm(DatapointsToAlarm=2), [], at, OK).reason_data)
    assert data["recentDatapoints"] == []
    assert "startDate" not in data
    assert data["evaluatedDatapoints"] == [
        {"timestamp": "2026-09-14T11:59:00.000+0000"},
        {"timestamp": "2026-09-14T11:58:00.000+0000"},
    ]


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            "11",
            (
                "1 out of the last 1 datapoints [11.0 (14/09/26 11:59:50)] was greater than the threshold "
                "(5.0) (minimum 1 datapoint for OK -> ALARM transition)"
            ),
        ),
        (
            "-",
            "no datapoints were received for 1 period and 1 missing datapoint was treated as [Breaching]",
        ),
    ],
)
def test_seen_reason_of_an_expression(math_alarm, series, given, text):
    made = math_alarm(
        "m1*1",
        "m1",
        period=10,
        EvaluationPeriods=1,
        DatapointsToAlarm=1,
        TreatMissingData="breaching",
        Threshold=5,
    )
    at = datetime(2026, 9, 14, 12, 0, 4, 470000, tzinfo=UTC)
    result = evaluate(made, {"m1": series(given, period=10)}, at, OK)
    assert (result.state, result.reason) == (ALARM, f"Threshold Crossed: {text}.")


def test_reason_data_of_an_expression_names_no_statistic(math_alarm, series, at):
    made = math_alarm("100*m1/m2", "m1", "m2", EvaluationPeriods=1)
    result = evaluate(made, {"m1": series("9"), "m2": series("10")}, at, OK)
    assert (
        result.reason
        == "Threshold Crossed: 1 datapoint [90.0 (14/09/26 11:59:00)] was greater than the threshold (50.0)."
    )
    data = json.loads(result.reason_data)
    assert "statistic" not in data
    assert data["evaluatedDatapoints"] == [{"timestamp": "2026-09-14T11:59:00.000+0000", "value": 90.0}]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (50, "50.0"),
        (0.0666851903306472, "0.0666851903306472"),
        (624630, "624630.0"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (123456789.5, "1.234567895E8"),
        (0.001, "0.001"),
        (0.0009999, "9.999E-4"),
        (-1e-10, "-1.0E-10"),
        (-0.0, "-0.0"),
        (float("nan"), "NaN"),
        (float("-inf"), "-Infinity"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
    ],
)
def test_double_as_java_writes_it(value, text):
    assert double(value) == text


def test_json_is_compact_and_keeps_what_is_not_ascii():
    assert dumps({"a": ["ü", None, True, 1, 2.0]}) == '{"a":["ü",null,true,1,2.0]}'


def test_instants_are_utc_with_milliseconds():
    east = datetime.fromisoformat("2026-09-14T14:00:00.123456+02:00")
    assert instant(east) == "2026-09-14T12:00:00.123+0000"
