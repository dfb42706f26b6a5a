"""What holds for every input."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alarms import metric_math, rules
from alarms.definitions import from_put_metric_alarm
from alarms.driver import replay
from alarms.evaluate import evaluate, evaluation_range
from alarms.math_functions import ALLOWED_WORDS, FUNCTIONS, Context
from alarms.metric_math import Array, Binary, Call, MetricMathError, Name, Negate, Number, Text
from alarms.model import Datapoint, State

# How long an example takes says more about the machine than about the code.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
START = datetime(2026, 9, 14, tzinfo=UTC)
OPERATORS = ("GreaterThanThreshold", "GreaterThanOrEqualToThreshold", "LessThanThreshold")
WORDS = sorted({word for places in ALLOWED_WORDS.values() for words in places.values() for word in words})

instants = st.integers(0, 7200_000).map(lambda ms: START + timedelta(milliseconds=ms))
numbers = st.floats(0, allow_nan=False, allow_infinity=False).map(Number)
names = st.sampled_from(["m1", "m2", "errors", *WORDS]).map(Name)
texts = st.text(st.characters(exclude_characters="\"'"), max_size=5).map(Text)
trees = st.recursive(
    numbers | names | texts,
    lambda node: (
        node.map(Negate)
        | st.builds(Binary, st.sampled_from(sorted(metric_math.BINDING)), node, node)
        | st.builds(Call, st.sampled_from(sorted(FUNCTIONS)), st.lists(node, max_size=3).map(tuple))
        | st.lists(node, max_size=3).map(tuple).map(Array)
    ),
    max_leaves=12,
)


@patient
@given(trees)
def test_metric_math_reads_back_what_it_writes(tree):
    assert metric_math.parse(metric_math.unparse(tree)) == tree


def pieces(text):
    """Texts made of the words of a language, rarely sound."""
    return st.lists(st.sampled_from(text.split("~"))).map("".join)


FRAGMENTS = 'm1~m2~(~)~[~]~,~+~-~*~/~^~<~>=~&&~OR~ ~1~.5~\'~"a"~FILL~IF'
RULE_FRAGMENTS = 'ALARM~OK~(~)~a~"b c"~AND~ OR ~NOT ~TRUE~ ~,~AT_LEAST(~50%'


def outcome(parse, text, error):
    """What `parse` makes of the text: the result, or the one error it may raise."""
    try:
        return parse(text)
    except error as refused:
        return refused


@patient
@given(st.text() | pieces(FRAGMENTS) | st.sampled_from("(-[").map(lambda opening: opening * 2000))
def test_metric_math_raises_nothing_but_its_own_error(text):
    found = outcome(metric_math.parse, text, MetricMathError)
    if isinstance(found, MetricMathError):
        assert 0 <= found.position <= len(text)
        assert str(found)
    else:
        assert metric_math.parse(metric_math.unparse(found)) == found


@patient
@given(st.text() | pieces(RULE_FRAGMENTS) | st.just("NOT " * 2000) | st.just("(" * 2000))
def test_alarm_rules_raise_nothing_but_their_own_error(text):
    found = outcome(rules.parse, text, rules.RuleError)
    if isinstance(found, rules.RuleError):
        assert str(found).startswith("Error in AlarmRule [")
    else:
        states = dict.fromkeys(rules.children(found), State.OK)
        assert rules.evaluate(found, states) in {True, False}


def template(text, series):
    """An expression of the language's own shapes, its `_` filled with others."""
    count = text.count("_")
    return st.lists(series, min_size=count, max_size=count).map(lambda parts: fill(text, parts))


def fill(text, parts):
    for part in parts:
        text = text.replace("_", part, 1)
    return text


SHAPES = """(_ + _)|(_ / _)|(_ ^ _)|-_|(_ ^ 0.5)|(2 ^ _)|(_ >= _)|(_ AND _)|IF(_ > 1, _, _)|IF(_, 2, _)|
IF(_, _)|IF(_, _, 3)|FILL(_, REPEAT)|FILL(_, LINEAR)|FILL(_, _)|FILL(_, 0)|RATE(_)|DIFF(_)|ABS(_)|LOG(_)|
CEIL(_)|SUM([_, _])|AVG([_, _])|STDDEV([_, _])|MAX(ABS([_, _]) * 2)|(_ - AVG(_))|(_ * STDDEV(_))|(_ / MAX(_))|
TIME SERIES(SUM(_))|LAST(SORT([_, _], AVG, DESC))|FIRST(SLICE(METRICS(), 1))|MINUTE(_)|
SUM(REMOVE EMPTY([_, _]))|RUNNING SUM(_)|DATAPOINT COUNT([_, _])""".replace("\n", "").split("|")


def deeper(series):
    return st.sampled_from(SHAPES).flatmap(lambda shape: template(shape, series))


sound = st.recursive(st.sampled_from(["m1", "m2", "errors"]), deeper, max_leaves=8).map(
    lambda text: text.replace("E S", "E_S").replace("E E", "E_E").replace("G S", "G_S").replace("T C", "T_C")
)
finite = st.floats(allow_nan=False, allow_infinity=False)


@patient
@given(sound, st.lists(finite | st.none(), min_size=4, max_size=4))
def test_what_passes_the_check_can_be_computed(expression, values):
    metrics = {"m1": tuple(values), "m2": tuple(values[::-1]), "errors": (None,) * 4}
    metric_math.check({"e": expression}, tuple(metrics), "e")
    context = Context([60 * index for index in range(4)], 60, metrics)
    result = metric_math.evaluate("e", {"e": metric_math.parse(expression)}, metrics, context)
    assert isinstance(result, tuple)
    assert len(result) == 4
    assert all(value is None or math.isfinite(value) for value in result)


alarms = st.fixed_dictionaries(
    {
        "AlarmName": st.just("any"),
        "Namespace": st.sampled_from(["App", "AWS/DynamoDB"]),
        "MetricName": st.just("m"),
        "Period": st.sampled_from([10, 20, 30, 60, 300, 3600, 86400]),
        "EvaluationPeriods": st.integers(1, 7),
        "Threshold": st.floats(allow_nan=False, allow_infinity=False),
        "ComparisonOperator": st.sampled_from(OPERATORS),
        "ExtendedStatistic": st.just("p90"),
    },
    optional={
        "DatapointsToAlarm": st.just(1),
        "TreatMissingData": st.sampled_from(["missing", "ignore", "breaching", "notBreaching"]),
        "EvaluateLowSampleCountPercentile": st.sampled_from(["ignore", "evaluate"]),
        "Unit": st.just("Count"),
    },
).map(from_put_metric_alarm)
datapoints = st.lists(
    st.builds(Datapoint, instants, st.floats(), st.none() | st.integers(0, 10**6).map(float)), max_size=40
)


@patient
@given(alarms, datapoints, instants, st.sampled_from(State))
def test_evaluate_is_total(alarm, given_points, at, previous):
    result = evaluate(alarm, given_points, at, previous)
    assert result.state in State
    assert result.reason
    assert not result.retained or result.state is previous
    data = json.loads(result.reason_data)
    assert data["period"] == alarm.period
    assert len(data["evaluatedDatapoints"]) <= alarm.evaluation_periods


@patient
@given(alarms, datapoints, instants, st.sampled_from(State), st.randoms())
def test_neither_order_nor_points_out_of_range_matter(alarm, given_points, at, previous, random):
    start, end = evaluation_range(alarm, at)
    inside = [point for point in given_points if start <= point.timestamp < end]
    shuffled = sorted(given_points, key=lambda _: random.random())
    expected = evaluate(alarm, inside, at, previous)
    found = evaluate(alarm, shuffled, at, previous)
    assert found.state == expected.state


@patient
@given(alarms, datapoints)
def test_replay_yields_changes_only_and_chains_them(alarm, given_points):
    changes = list(replay(alarm, given_points, START, START + timedelta(minutes=20)))
    for change in changes:
        assert change.state.value is not change.previous.value
    for before, after in pairwise(changes):
        assert after.previous is before.state
        assert after.state.timestamp > before.state.timestamp


@patient
@given(alarms, datapoints, instants, st.sampled_from(State))
def test_a_single_metric_may_come_under_an_id(alarm, given_points, at, previous):
    assert evaluate(alarm, {"m1": given_points}, at, previous) == evaluate(alarm, given_points, at, previous)
