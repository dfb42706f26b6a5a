from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmctl.scenarios import shorthand


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1", (1,)),
        ("1 2.5 -3 .5 1e3 1e-2", (1, 2.5, -3, 0.5, 1000, 0.01)),
        ("1x5 _ _ 90 95", (1, 1, 1, 1, 1, None, None, 90, 95)),
        ("9x3 _x2 1", (9, 9, 9, None, None, 1)),
        ("1+2x5", (1, 3, 5, 7, 9)),
        ("10-2x4", (10, 8, 6, 4)),
        ("-1-.5x3", (-1, -1.5, -2)),
        ("-1+1x3", (-1, 0, 1)),
        ("0+0.1x4", (0, 0.1, 0.2, 0.3)),
        ("1e-2x2", (0.01, 0.01)),
    ],
)
def test_values(text, expected):
    assert shorthand.values(text) == expected


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no values"),
        ("1 2 three", "'three', item 3"),
        ("1x", "'1x', item 1"),
        ("x5", "'x5'"),
        ("1x0", "1 to 100000 values"),
        ("1x100001", "1 to 100000 values"),
        ("1x60000 2x60000", "'2x60000', item 2"),
        ("1+2", "Write 1+2x5"),
        ("_+1x5", "not understood"),
        ("1,2", "not understood"),
        ("1e999", "too large"),
        ("1e99999999", "too large"),
        ("nan", "not understood"),
    ],
)
def test_values_that_are_none(text, says):
    with pytest.raises(ValueError, match=says.replace("+", r"\+")):
        shorthand.values(text)


@given(st.text(alphabet="0123456789.-+xe_ \t", max_size=20))
def test_nothing_but_a_complaint(text):
    try:
        values = shorthand.values(text)
    except ValueError:
        return
    assert len(values) >= len(text.split())


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90s", 90), ("5m", 300), ("1h30m", 5400), ("2d", 172_800), ("0m", 0), ("1d1s", 86_401)],
)
def test_spans(text, seconds):
    assert shorthand.span(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "30m1h", "-5m", "1.5m", "9" * 30 + "d"])
def test_spans_that_are_none(text):
    with pytest.raises(ValueError, match=r"Write it as|too long"):
        shorthand.span(text)


@given(st.integers(0, 10**8))
def test_a_told_span_is_read_back(seconds):
    span = timedelta(seconds=seconds)
    assert shorthand.span(shorthand.told(span)) == span
