"""Every cell that AWS documents for missing data, and what follows from the same rules.

Cells: "Configuring how CloudWatch alarms treat missing data", current and earlier editions. 0 is a good
datapoint, X a breaching one, - a missing one; the newest is last. KEEP: the state stays as it was.
"""

from __future__ import annotations

import pytest

from alarms.evaluate import evaluate
from alarms.model import Datapoint, State

ALARM, OK, NONE, KEEP = "ALARM", "OK", "INSUFFICIENT_DATA", "KEEP"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")

CELLS = [
    # needed of 3, range, then the outcome by treatment
    (3, "0 - X - X", OK, OK, OK, OK),
    (3, "0 - - - -", OK, OK, OK, OK),
    (3, "- - - - -", NONE, KEEP, ALARM, OK),
    (3, "0 X X - X", ALARM, ALARM, ALARM, ALARM),
    (3, "- - X - -", ALARM, KEEP, ALARM, OK),
    (2, "0 - X - X", ALARM, ALARM, ALARM, ALARM),
    (2, "0 0 X 0 X", ALARM, ALARM, ALARM, ALARM),
    (2, "0 - X - -", OK, OK, ALARM, OK),
    (2, "- - - - 0", OK, OK, ALARM, OK),
    (2, "- - - X -", ALARM, KEEP, ALARM, OK),
    (3, "- - - - X", NONE, KEEP, ALARM, OK),
    (3, "X - - - -", ALARM, KEEP, ALARM, OK),
    (2, "- - - - X", NONE, KEEP, ALARM, OK),
]
PROSE = [(3, "- - - X -", NONE), (3, "- - - X 0", OK), (3, "- - X - 0", OK)]


@pytest.fixture
def outcome(alarm, series, at):
    def of(needed, text, treatment, previous):
        made = alarm(DatapointsToAlarm=needed, TreatMissingData=treatment)
        return evaluate(made, series(text.replace("X", "90")), at, previous)

    return of


@pytest.mark.parametrize("previous", State)
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: f"{cell[0]} of 3: {cell[1]}")
def test_documented_cell(outcome, cell, previous):
    needed, text, *expected = cell
    states = {}
    for treatment in TREATMENTS:
        result = outcome(needed, text, treatment, previous)
        states[treatment] = KEEP if result.retained else result.state.value
        assert not result.retained or result.state is previous
    assert states == dict(zip(TREATMENTS, expected, strict=True))


@pytest.mark.parametrize(("needed", "text", "expected"), PROSE)
def test_documented_prose_on_premature_alarms(outcome, needed, text, expected):
    assert outcome(needed, text, "missing", State.OK).state == expected


def test_unset_treatment_is_missing_but_for_dynamodb(alarm, math_alarm, at):
    assert evaluate(alarm(), [], at, State.OK).state is State.INSUFFICIENT_DATA
    dynamo = alarm(Namespace="AWS/DynamoDB")
    assert evaluate(dynamo, [], at, State.OK).retained
    assert not evaluate(
        alarm(Namespace="AWS/DynamoDB", TreatMissingData="missing"), [], at, State.OK
    ).retained


def test_missing_data_counts_only_once_the_whole_range_is_empty(alarm, series, at):
    """N periods without data are not enough: two more are looked at (N+2)."""
    made = alarm(EvaluationPeriods=1, TreatMissingData="breaching")
    assert evaluate(made, series("0 - -"), at, State.OK).state is State.OK
    assert evaluate(made, series("0 - - -"), at, State.OK).state is State.ALARM


def test_values_that_are_no_numbers_are_missing(alarm, at, series):
    junk = [
        Datapoint(point.timestamp, float(text))
        for point, text in zip(series("1 1 1"), ("nan", "inf", "-inf"), strict=True)
    ]
    assert evaluate(alarm(), junk, at, State.OK).state is State.INSUFFICIENT_DATA
