"""Metric math: AWS's own examples, the grammar, and what it refuses."""

from __future__ import annotations

import pytest

from alarms import metric_math
from alarms.math_functions import Context
from alarms.metric_math import MetricMathError
from alarms.model import UnsupportedAlarm

NO = None
# "Using metric math": operators and IF
DOCUMENTED = [
    ("a < b", {"a": [30, 20, 0, 0], "b": [20, NO, 20, NO]}, [0, 0, 1, 0]),
    ("a >= 30", {"a": [30, 20, 0, 0]}, [1, 0, 0, 0]),
    ("a > 15 AND b > 15", {"a": [30, 20, 0, 0], "b": [20, NO, 20, NO]}, [1, 0, 0, 0]),
    (
        "IF(a, b, c)",
        {"a": [1, 1, 0, 0, NO], "b": [30, NO, 0, 0, 30], "c": [0, 0, 20, NO, 20]},
        [30, 0, 20, 0, NO],
    ),
    ("IF(a, 5, c)", {"a": [1, 1, 0, 0, NO], "c": [0, 0, 20, NO, 20]}, [5, 5, 20, NO, NO]),
    ("IF(a, b, 5)", {"a": [1, 1, 0, 0, NO], "b": [30, NO, 0, 0, 30]}, [30, 0, 5, 5, NO]),
]
# What GetMetricData really answered
CAPTURED = [
    ("m*2", {"m": [4, 4, 8, 16, 32]}, [8, 8, 16, 32, 64]),
    ("RUNNING_SUM(m)", {"m": [4, 4, 8, 16, 32]}, [4, 8, 16, 32, 64]),
    ("IF(m>=8,m,0)", {"m": [4, 4, 8, 16, 32]}, [0, 0, 8, 16, 32]),
    ("SUM([m,m])", {"m": [4, 4, 8, 16, 32]}, [8, 8, 16, 32, 64]),
    ("FILL(m,0)", {"m": [4, 4, 8, 16, 32]}, [4, 4, 8, 16, 32]),
]
# What the prose of the same page says
PROSE = [
    ("100*e/r", {"e": [1, NO, 3], "r": [2, 4, NO]}, [50, 0, NO]),
    ("e/r", {"e": [1, NO], "r": [0, NO]}, [NO, NO]),
    ("-m", {"m": [1, NO]}, [-1, NO]),
    ("2^m", {"m": [3, 9999]}, [8, NO]),
    ("m^0.5", {"m": [4, -4]}, [2, NO]),
    ("IF(m, 1)", {"m": [0, 7, NO]}, [NO, 1, NO]),
    ("IF(m < 2, m)", {"m": [1, 2, NO]}, [1, NO, NO]),
    ("IF(2 > 1, m, n)", {"m": [1, 2], "n": [3, 4]}, [1, 2]),
    ("AVG([m, n])", {"m": [2, 4, NO], "n": [NO, 8, NO]}, [1, 6, NO]),
    ("SUM([m, n])", {"m": [2, NO], "n": [NO, NO]}, [2, NO]),
    ("MIN([m, n])", {"m": [2, 4], "n": [NO, 8]}, [2, 4]),
    ("MAX(METRICS())", {"m": [2, 4], "n": [NO, 8]}, [2, 8]),
    ("SUM(METRICS('err'))", {"err1": [1], "err2": [2], "ok": [5]}, [3]),
    ("SUM(METRICS(['err', 'ok']))", {"err1": [1], "err2": [2], "ok": [5], "x": [9]}, [8]),
    ("SUM([METRICS('err'), METRICS('ok')])", {"err1": [1], "ok": [5], "x": [9]}, [6]),
    ("STDDEV([m, n])", {"m": [2], "n": [6]}, [2]),
    ("m - AVG(m)", {"m": [2, 4, 6]}, [-2, 0, 2]),
    ("m/PERIOD(m)", {"m": [120]}, [2]),
    ("DATAPOINT_COUNT([m, n])", {"m": [2, NO], "n": [1, NO]}, [2, 0]),
    ("TIME_SERIES(DATAPOINT_COUNT(m))", {"m": [2, NO]}, [1, 1]),
    ("m/METRIC_COUNT(METRICS())", {"m": [4], "n": [0]}, [2]),
    ("DIFF(m)", {"m": [1, NO, 4]}, [NO, NO, 3]),
    ("RATE(m)", {"m": [0, NO, 120]}, [NO, NO, 1]),
    ("DIFF_TIME(m)", {"m": [1, NO, 4]}, [NO, NO, 120]),
    ("FILL(m, REPEAT)", {"m": [NO, 1, NO, 4]}, [NO, 1, 1, 4]),
    ("FILL(m, LINEAR)", {"m": [NO, 1, NO, 3, NO]}, [NO, 1, 2, 3, NO]),
    ("FILL(m, n)", {"m": [1, NO, NO], "n": [7, 8, NO]}, [1, 8, NO]),
    ("SUM(FILL(METRICS(), 1))", {"m": [1, NO], "n": [NO, NO]}, [2, 2]),
    ("ABS(m)", {"m": [-3, NO]}, [3, NO]),
    ("CEIL(m)", {"m": [1.2, NO]}, [2, NO]),
    ("FLOOR(m)", {"m": [1.8, NO]}, [1, NO]),
    ("LOG10(m)", {"m": [100, 0, -1]}, [2, NO, NO]),
    ("LOG(m)", {"m": [1, 0]}, [0, NO]),
    ("HOUR(m)", {"m": [NO, 5]}, [12, 12]),
    ("MINUTE(m)", {"m": [NO, 5]}, [0, 1]),
    ("DAY(m)", {"m": [1]}, [1]),
    ("DATE(m) + MONTH(m) + YEAR(m)", {"m": [1]}, [14 + 9 + 2026]),
    ("EPOCH(m)", {"m": [1]}, [1789387200]),
    ("FIRST(SORT(METRICS(), AVG, DESC))", {"m": [1, 9], "n": [6, 6]}, [6, 6]),
    ("LAST(SORT(METRICS(), MAX, ASC))", {"m": [1, 9], "n": [6, 6]}, [1, 9]),
    ("SUM(SLICE(SORT(METRICS(), SUM, DESC), 1))", {"m": [1], "n": [6], "o": [3]}, [4]),
    ("SUM(SLICE(METRICS(), 0, 2))", {"m": [1], "n": [6], "o": [3]}, [7]),
    ("FIRST(SORT(METRICS(), MIN, ASC, 1))", {"m": [5], "n": [2]}, [2]),
    ("TIME_SERIES(METRIC_COUNT(REMOVE_EMPTY(METRICS())))", {"m": [1, 1], "n": [NO, NO]}, [1, 1]),
    ("m || n", {"m": [0, 1], "n": [0, NO]}, [0, 1]),
    ("m != 1", {"m": [0, 1]}, [1, 0]),
    ("1 - m - 1", {"m": [1]}, [-1]),
    ("2 ^ 3 ^ m", {"m": [0]}, [2]),
    ("m > 1 OR m < 0 AND m == 0", {"m": [2]}, [1]),
    ("SUM(100/[m, n])", {"m": [50], "n": [100]}, [3]),
]
START = 1789387200  # 2026-09-14 12:00 UTC, a Monday


def computed(expression, series):
    metrics = {
        name: tuple(None if v is None else float(v) for v in values) for name, values in series.items()
    }
    length = len(next(iter(metrics.values())))
    expressions = {"result": metric_math.parse(expression)}
    metric_math.check({"result": expression}, tuple(metrics), "result")
    context = Context([START + 60 * index for index in range(length)], 60, metrics)
    return metric_math.evaluate("result", expressions, metrics, context)


@pytest.mark.parametrize(("expression", "series", "expected"), DOCUMENTED + CAPTURED + PROSE)
def test_value(expression, series, expected):
    assert list(computed(expression, series)) == pytest.approx(expected)


REFUSED = [
    ("m +", "expected a value, found the end", 3),
    ("m + * 2", "expected a value, found '*'", 4),
    ("(m", "expected ')'", 2),
    ("m n", "unexpected 'n'", 2),
    ("m # 2", "unexpected '#'", 2),
    ("SUM([m)", "expected ']'", 6),
    ("1e999 * m", "too large", 0),
    ("nope + m", "no metric query has the id 'nope' (known: m, result)", 0),
    ("NOT_A_FUNCTION(m)", "Function 'NOT_A_FUNCTION' not found", 0),
    ("sum(m)", "Function 'sum' not found", 0),
    ("m and m", "unexpected 'and'", 2),
    ("AVG(m)", "the result must be a time series (TS), not S", 0),
    ("'text'", "the result must be a time series", 0),
    ("ABS(1) * m", "ABS does not take (S); it takes TS | TS[]", 0),
    ("[m]+[m]", "+ does not take (TS[], TS[])", 3),
    ("FILL(m, DESC)", "use REPEAT or LINEAR, not DESC", 8),
    ("PERIOD(m*2)*m", "PERIOD takes a metric, not an expression", 0),
    ("[1, m]", "an array holds time series", 0),
    ("(" * 200 + "m" + ")" * 200, "levels of nesting", 100),
    ("m" + "+m" * 1500, "at most 2048 characters", 2048),
]


@pytest.mark.parametrize(("expression", "complaint", "position"), REFUSED)
def test_refusal_points_at_the_character(expression, complaint, position):
    with pytest.raises(MetricMathError) as refused:
        computed(expression, {"m": [1]})
    assert complaint in str(refused.value)
    assert refused.value.position == position
    assert f"at character {position + 1} of" in str(refused.value)


def test_search_is_unsupported_by_name():
    with pytest.raises(UnsupportedAlarm, match="SEARCH"):
        computed("SUM(SEARCH('{AWS/EC2}', 'Sum', 60))", {"m": [1]})


def test_expressions_may_rest_on_each_other_but_not_in_a_circle():
    expressions = {"b": metric_math.parse("a*2"), "a": metric_math.parse("m+1")}
    metrics = {"m": (1.0,)}
    assert metric_math.evaluate("b", expressions, metrics, Context([START], 60, metrics)) == (4.0,)
    with pytest.raises(MetricMathError, match=r"circle \(a, b\)"):
        metric_math.check({"a": "b+m", "b": "a"}, ("m",), "a")


def test_what_only_aws_knows_is_taken_as_given():
    expressions = {"use": metric_math.parse("100*m/SERVICE_QUOTA(m)")}
    metric_math.check({"use": "100*m/SERVICE_QUOTA(m)"}, ("m",), "use")
    metrics = {"m": (5.0,)}
    context = Context([START], 60, metrics)
    given = {**metrics, "SERVICE_QUOTA(m)": (20.0,)}
    assert metric_math.evaluate("use", expressions, given, context) == (25.0,)
    with pytest.raises(UnsupportedAlarm, match=r"SERVICE_QUOTA\(m\)"):
        metric_math.evaluate("use", expressions, metrics, context)
