"""Composite alarms: their rules, their words, their suppressors."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

from alarms import rules
from alarms.composite import Child, child_changed, created, evaluate_rule, updated
from alarms.definitions import from_put_composite_alarm
from alarms.model import DefinitionError, State
from alarms.rules import RuleError
from alarms.suppression import (
    Actions,
    Event,
    SuppressedBy,
    Suppressor,
    composite_changed,
    executions,
    suppressor_changed,
)

ALARM, OK, NONE = State.ALARM, State.OK, State.INSUFFICIENT_DATA
AT = datetime(2026, 9, 14, 11, 18, 52, 300000, tzinfo=UTC)
STATES = {"a": ALARM, "b": OK, "c d": NONE, "e(f)": ALARM, 'g"h': OK}

RULES = [
    ("TRUE", True),
    ("FALSE OR TRUE", True),
    ("ALARM(a)", True),
    ("ALARM( a )", True),
    ('ALARM("a")', True),
    ('INSUFFICIENT_DATA("c d")', True),
    ('ALARM("e(f)")', True),
    (r'OK("g\"h")', True),
    ("ALARM(a) AND ALARM(b)", False),
    ("NOT ALARM(b)", True),
    ("NOT NOT ALARM(b)", False),
    ("TRUE OR FALSE AND FALSE", True),
    ("(TRUE OR FALSE) AND FALSE", False),
    ("AT_LEAST(1, ALARM, (a, b))", True),
    ("AT_LEAST(2, ALARM, (a, b))", False),
    ("AT_LEAST(2, NOT INSUFFICIENT_DATA, (a, b))", True),
    ('AT_LEAST(50%, ALARM, (a, b, "c d"))', False),
    ('AT_LEAST(34%, OK, (a, b, "g\\"h"))', True),
    ("AT_LEAST(33%, ALARM, (a, b, b))", True),
]


@pytest.mark.parametrize(("rule", "holds"), RULES)
def test_rule(rule, holds):
    assert rules.evaluate(rules.parse(rule), STATES) is holds


REFUSED = [
    ("TRUE and FALSE", "Unsupported token 'and' at char 5, must be: <EOF>, 'AND', 'OR'"),
    ("true", "Unsupported token 'true' at char 0"),
    ("ALARM(a) && ALARM(b)", "Unsupported token '&&' at char 9"),
    ("!ALARM(a)", "Unsupported token '!ALARM' at char 0"),
    ("alarm(a)", "Unsupported token 'alarm' at char 0"),
    ("ALARM(a", "Unsupported token <EOF> at char 7, must be: ')'"),
    ("ALARM()", "must be: an alarm's name or ARN"),
    ("ALARM(c d)", "Unsupported token 'd' at char 8"),
    ("", "Unsupported token <EOF> at char 0"),
    ('ALARM("a)', "Unsupported token '\"' at char 6"),
    ("AT_LEAST(0, ALARM, (a))", "AT_LEAST takes 1 to 1 of 1 alarms, not 0"),
    ("AT_LEAST(101%, ALARM, (a))", "AT_LEAST takes 1 to 100%, not 101"),
    ("AT_LEAST(x, ALARM, (a))", "must be: a number, a percentage"),
    (" OR ".join(f"ALARM(a{n})" for n in range(101)), "at most 100 alarms, not 101"),
    (" OR ".join(["TRUE"] * 501), "at most 500 elements, not 501"),
    ("TRUE OR " * 2000 + "TRUE", "at most 10240 characters"),
    ("(" * 101 + "TRUE" + ")" * 101, "levels of nesting"),
]


@pytest.mark.parametrize(("rule", "complaint"), REFUSED, ids=lambda value: value[:30])
def test_refused_rule(rule, complaint):
    with pytest.raises(RuleError) as refused:
        rules.parse(rule)
    assert complaint in str(refused.value)
    assert str(refused.value).startswith("Error in AlarmRule [")


def test_children_are_named_once_in_order():
    rule = rules.parse("ALARM(b) AND (OK(a) OR NOT ALARM(b)) OR AT_LEAST(1, OK, (c, a))")
    assert rules.children(rule) == ("b", "a", "c")


def composite(rule='ALARM(first) OR ALARM("arn:aws:cloudwatch:us-east-1:000000000000:alarm:second")', **more):
    return from_put_composite_alarm({"AlarmName": "both", "AlarmRule": rule, **more})


def child(name, state, since=AT):
    return Child(name, f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{name}", state, since)


def test_children_are_found_by_name_and_by_arn():
    assert evaluate_rule(composite(), [child("first", OK), child("second", OK)]) is OK
    assert evaluate_rule(composite(), [child("first", OK), child("second", ALARM)]) is ALARM


def test_absent_children_and_itself_are_named():
    with pytest.raises(DefinitionError, match="not there: first"):
        evaluate_rule(composite(), [child("second", OK)])
    with pytest.raises(DefinitionError, match="mentions the alarm itself"):
        evaluate_rule(composite("ALARM(both)"), [])


def test_reasons_in_the_words_of_real_alarms():
    arn = "arn:aws:cloudwatch:us-east-1:000000000000:alarm:"
    children = {"first": child("first", OK), "second": child("second", OK)}
    first = created(composite(), children.values(), AT)
    assert first.state.reason == f"{arn}both was created and its alarm rule evaluates to OK"
    assert first.previous.value is NONE
    moved = children | {"first": child("first", ALARM)}
    second = child_changed(composite(), moved, "first", first.state)
    assert second is not None
    assert (
        second.state.reason == f"{arn}first transitioned to ALARM at Monday 14 September, 2026 11:18:52 UTC"
    )
    assert second.state.timestamp == AT
    assert json.loads(second.state.reason_data or "") == {
        "triggeringAlarms": [
            {"arn": f"{arn}first", "state": {"value": "ALARM", "timestamp": "2026-09-14T11:18:52.300+0000"}}
        ]
    }
    assert (
        child_changed(composite(), moved | {"second": child("second", ALARM)}, "second", second.state) is None
    )
    third = updated(composite("ALARM(second)"), moved.values(), second.state, AT)
    assert third is not None
    assert third.state.reason == f"{arn}both was updated and its new alarm rule evaluates to OK"
    assert updated(composite("OK(first)"), moved.values(), third.state, AT) is None


# "Composite alarm actions suppression": wait 2, extension 3; events and the actions that must run
TIMELINES = [
    (OK, [(2, "composite", ALARM)], [(4, ALARM)]),
    (OK, [(2, "composite", ALARM), (3, "suppressor", ALARM)], []),
    (OK, [(2, "composite", ALARM), (3, "composite", OK)], [(5, OK)]),
    (ALARM, [(2, "composite", ALARM)], []),
    (OK, [(2, "composite", ALARM), (3, "suppressor", ALARM), (6, "suppressor", OK)], [(9, ALARM)]),
    (
        OK,
        [(2, "composite", ALARM), (3, "suppressor", ALARM), (6, "suppressor", OK), (7, "composite", OK)],
        [(9, OK)],
    ),
]
PERIODS = Suppressor(timedelta(seconds=2), timedelta(seconds=3))


def second(number):
    return AT + timedelta(seconds=number)


@pytest.mark.parametrize(("suppressor", "events", "expected"), TIMELINES)
def test_documented_suppression(suppressor, events, expected):
    found = executions(
        Actions(OK, suppressor),
        [Event(second(at), who == "suppressor", state) for at, who, state in events],
        PERIODS,
        second(60),
    )
    assert list(found) == [(second(at), state) for at, state in expected]


def test_what_holds_the_actions_is_named():
    waiting = composite_changed(Actions(OK, OK), ALARM, second(2), PERIODS)
    assert (waiting.held_by, waiting.until) == (SuppressedBy.WAIT_PERIOD, second(4))
    held = suppressor_changed(waiting, ALARM, second(3), PERIODS)
    assert (held.held_by, held.until) == (SuppressedBy.ALARM, None)
    extended = suppressor_changed(held, OK, second(6), PERIODS)
    assert (extended.held_by, extended.until) == (SuppressedBy.EXTENSION_PERIOD, second(9))
    assert SuppressedBy.WAIT_PERIOD.reason == "Actions suppressed by WaitPeriod"


def test_actions_run_before_an_event_of_the_same_instant():
    events = [
        Event(second(2), of_suppressor=False, state=ALARM),
        Event(second(4), of_suppressor=True, state=ALARM),
    ]
    assert list(executions(Actions(OK, OK), events, PERIODS, second(60))) == [(second(4), ALARM)]


def test_events_out_of_order_are_refused():
    events = [
        Event(second(4), of_suppressor=False, state=ALARM),
        Event(second(2), of_suppressor=False, state=OK),
    ]
    with pytest.raises(DefinitionError, match="in order"):
        list(executions(Actions(OK, OK), events, PERIODS, second(60)))
