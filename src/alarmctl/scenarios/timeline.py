"""A case drawn in text: a column for each evaluation, what it saw above the state that it decided."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from alarmctl.scenarios.model import Moment, Transitions, inputs
from alarmctl.scenarios.shorthand import told
from alarms.definitions import Definition
from alarms.evaluate import COMPARISONS, evaluate
from alarms.model import State, epoch
from alarms.windows import cadence, lag, window

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from alarmctl.scenarios.checks import Result
    from alarmctl.scenarios.model import Case
    from alarmctl.scenarios.simulation import Track
    from alarms.model import Datapoint

COLUMNS = 72  # what a terminal of 100 leaves beside the labels and the range
BEFORE = 48  # of them before the moment that matters
LABEL_CHARS = 26
AXIS_STEP = 10
BARS = "▁▂▃▄▅▆▇█"
GAP = "·"
BREACH = "x"
STATES = {State.OK: "o", State.ALARM: "A", State.INSUFFICIENT_DATA: "?"}
SYMBOLS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
LEGEND = f"{GAP} missing   {BREACH} breaching   " + "   ".join(
    f"{mark} {state}" for state, mark in STATES.items()
)

Row = tuple[str, str, str]  # label, one character for each column, range


def draw(result: Result) -> list[str]:
    """The timeline around the first failure that has a time; empty when there is no track."""
    if result.track is None:
        return []
    step = min(map(_cadence, _tracks(result.track)))
    times = _shown(result, step)
    rows = [*_rows(result.case, result.track, times), ("expected", _expected(result.case, times, step), "")]
    width = max(len(label) for label, _, _ in rows)
    lines = [f"{label:<{width}}  {cells:<{len(times)}}  {extent}" for label, cells, extent in rows]
    return [line.rstrip() for line in (f"{'':<{width}}  {_axis(times)}", *lines, f"{'':<{width}}  {LEGEND}")]


def _tracks(track: Track) -> Iterator[Track]:
    yield track
    for child in track.children:
        yield from _tracks(child)


def _cadence(track: Track) -> timedelta:
    return cadence(track.alarm) if isinstance(track.alarm, Definition) else timedelta(minutes=60)


def _shown(result: Result, step: timedelta) -> list[timedelta]:
    """The times of the columns: all of them, or those around the first failure."""
    count = result.case.lasts // step + 1
    around = next((failure.at for failure in result.failures if failure.at is not None), timedelta())
    first = max(0, min(around // step - BEFORE, count - COLUMNS))
    return [step * number for number in range(first, min(first + COLUMNS, count))]


def _axis(times: Sequence[timedelta]) -> str:
    line = ""
    for place in range(0, len(times), AXIS_STEP):
        line = f"{line:<{place}}" if len(line) < place or not line else f"{line} "
        if len(line) <= place:
            line += told(times[place])
    return line


def _rows(case: Case, track: Track, times: Sequence[timedelta]) -> Iterator[Row]:
    alarm = track.alarm
    if isinstance(alarm, Definition):
        yield from _metrics(case, alarm, track, times)
        yield from _compared(case, alarm, track, times)
    for child in track.children:
        yield (_label(child.alarm.name), _states(child, times), "")
    yield ("state", _states(track, times), "")


def _states(track: Track, times: Sequence[timedelta]) -> str:
    return "".join(STATES[track.at(at).value] for at in times)


def _metrics(case: Case, alarm: Definition, track: Track, times: Sequence[timedelta]) -> Iterator[Row]:
    """The metrics of an expression: the value that ended then. A single metric is compared itself."""
    if alarm.metric_stat:
        return
    for query_id, stat in inputs(alarm).items():
        interval = next(one.interval for one in case.series if one.feeds(stat))
        values = {point.timestamp - case.start + interval: point.value for point in track.data[query_id]}
        shown = [values.get(at) for at in times]
        named = query_id if query_id == stat.metric_name else f"{query_id} {stat.metric_name} {stat.stat}"
        yield (_label(named), _bars(shown), _extent(shown))


def _compared(case: Case, alarm: Definition, track: Track, times: Sequence[timedelta]) -> Iterator[Row]:
    """The newest value that each evaluation compared with the threshold, and whether it breached."""
    if alarm.threshold is None:
        return
    values = [_newest(alarm, track.data, case, at) for at in times]
    breaches = COMPARISONS[alarm.comparison_operator]
    marks = (
        GAP if value is None else BREACH if breaches(value, alarm.threshold) else " " for value in values
    )
    returned = alarm.returned
    named = (
        f"{alarm.metric_stat.metric_name} {alarm.metric_stat.stat}"
        if alarm.metric_stat
        else (returned and (returned.expression or returned.label)) or ""
    )
    yield (_label(named), _bars(values, alarm.threshold), _extent(values))
    yield (_label(f"{SYMBOLS[alarm.comparison_operator]} {alarm.threshold:g}"), "".join(marks), "")


def _newest(
    alarm: Definition, data: Mapping[str, Sequence[Datapoint]], case: Case, at: timedelta
) -> float | None:
    """The value of the newest period that an evaluation sees; its reason data has it."""
    instant = case.start + at + lag(alarm)
    visible = {
        query_id: [point for point in points if point.timestamp < instant - case.delay]
        for query_id, points in data.items()
    }
    periods = window(alarm, instant)
    told_data = json.loads(evaluate(alarm, visible, instant, State.OK, periods=periods).reason_data)
    if "startDate" not in told_data:
        return None
    first = epoch(datetime.fromisoformat(told_data["startDate"]))
    place = round((periods.starts[-1] - first) / alarm.period)
    recent: list[float | None] = told_data["recentDatapoints"]
    return recent[place] if place < len(recent) else None


def _bars(values: Sequence[float | None], *limits: float) -> str:
    known = [value for value in values if value is not None]
    low, high = min([*known, *limits], default=0.0), max([*known, *limits], default=0.0)
    return "".join(GAP if value is None else _bar(value, low, high) for value in values)


def _bar(value: float, low: float, high: float) -> str:
    # Halved, since the distance of the two ends can be more than a float holds.
    share = (value / 2 - low / 2) / (high / 2 - low / 2) if high / 2 > low / 2 else 0.5
    return BARS[round(share * (len(BARS) - 1))]


def _extent(values: Sequence[float | None]) -> str:
    known = [value for value in values if value is not None]
    if not known:
        return "no values"
    low, high = min(known), max(known)
    return f"{low:g}" if low == high else f"{low:g} … {high:g}"


def _label(text: str) -> str:
    return text if len(text) <= LABEL_CHARS else f"{text[: LABEL_CHARS - 1]}…"


def _expected(case: Case, times: Sequence[timedelta], step: timedelta) -> str:
    """The states that the scenario names, each in its column."""
    cells = [" "] * len(times)
    for one in case.expectations:
        moments = one.expected if isinstance(one, Transitions) else [one] if isinstance(one, Moment) else []
        for moment in moments:
            place = (moment.at - times[0]) // step
            if moment.state is not None and 0 <= place < len(cells):
                cells[place] = STATES[moment.state]
    return "".join(cells)
