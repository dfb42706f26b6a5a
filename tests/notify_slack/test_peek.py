from datetime import UTC, datetime

import pytest

from notify_slack import peek

EVENT = {
    "a": {"b": [10, {"c": "text"}]},
    "flag": False,
    "n": "3.5",
    "huge": 10**400,
    "when": "2026-03-02T10:15:07Z",
}


def test_what_is_there_is_found():
    assert peek.at(EVENT, "a", "b", 1, "c") == "text"
    assert peek.at(EVENT, "a", "b", -1, "c") == "text"
    assert peek.text(EVENT, "a", "b", 1, "c") == "text"
    assert peek.number(EVENT, "n") == 3.5
    assert peek.count(EVENT, "a", "b", 0) == 10
    assert peek.flag(EVENT, "flag") is False
    assert peek.items(EVENT, "a", "b")[0] == 10
    assert peek.mapping(EVENT, "a").keys() == {"b"}


@pytest.mark.parametrize(
    "path", [("x",), ("a", 0), ("a", "b", 2), ("a", "b", "c"), ("a", "b", 0, "c"), ("flag", "x")]
)
def test_what_is_not_there_reads_as_empty(path):
    assert peek.at(EVENT, *path) is None
    assert peek.text(EVENT, *path) == ""
    assert peek.number(EVENT, *path) is None
    assert peek.count(EVENT, *path) is None
    assert peek.flag(EVENT, *path) is None
    assert list(peek.items(EVENT, *path)) == []
    assert dict(peek.mapping(EVENT, *path)) == {}
    assert peek.time(EVENT, *path) is None


@pytest.mark.parametrize("value", [10**400, "nan", "-inf", "eleven", True, None, [1]])
def test_what_is_no_finite_number_is_none(value):
    assert peek.number(value) is None


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-02T10:15:07.000+0000",
        "2026-03-02T11:15:07+01:00",
        "2026-03-02T10:15:07Z",
        "2026-03-02T10:15:07",
        "Mon, 02 Mar 2026 10:15:07 GMT",
        datetime(2026, 3, 2, 10, 15, 7, tzinfo=UTC),
    ],
)
def test_times_are_read_as_utc(value):
    assert peek.time(value) == datetime(2026, 3, 2, 10, 15, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["yesterday", "", "0001-01-01T00:00:00+23:59", "Mon, 99 Mar 2026 10:15:07 GMT", 7]
)
def test_what_is_no_time_is_none(value):
    assert peek.time(value) is None


@pytest.mark.parametrize(("raw", "read"), [("a\ud800b", "ab"), ("\U0001f600 ä", "\U0001f600 ä"), (7, "")])
def test_text_can_always_be_encoded(raw, read):
    assert peek.text({"a": raw}, "a") == read
    peek.text({"a": raw}, "a").encode()
