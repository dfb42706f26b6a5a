"""An alarm's metric, threshold and stays in ALARM as an SVG that stretches to any width."""

from __future__ import annotations

import math
from html import escape
from typing import TYPE_CHECKING

from alarmctl.backtest import elementwise, words
from alarmctl.backtest.exact import seen
from alarms.definitions import Definition
from alarms.series import merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from alarmctl.backtest.model import AlarmResult, Incident, Report
    from alarmctl.backtest.replaying import Replayed
    from alarmctl.history.model import Series

WIDTH, HEIGHT = 800, 160
COLUMNS = 400
NARROWEST = 2.0  # of a stay in ALARM, so that two minutes of two weeks are seen
SAMPLES = 350  # evaluations asked where an expression fits no other way
ROOM = 0.08  # of the height, above and below the curve

Curve = list[tuple[float, float, float]]  # place in columns, lowest and highest value there


def figure(made: Replayed, result: AlarmResult, report: Report, incidents: Sequence[Incident]) -> str:
    """The chart with its labels, as HTML."""
    alarm = made.alarm
    start, end = report.start.timestamp(), report.end.timestamp()
    threshold = alarm.threshold if isinstance(alarm, Definition) else None
    curve = _curve(alarm, made.feeds, start, end) if isinstance(alarm, Definition) else []
    low, high = _extent(curve, threshold)
    marks = "".join(
        f'<rect class="incident" x="{x:.1f}" width="{width:.1f}" y="0" height="{HEIGHT}">'
        f"<title>{escape(one.name)}</title></rect>"
        for one in incidents
        for x, width in [_place(one.start.timestamp(), one.end.timestamp(), start, end)]
    )
    stays = "".join(
        f'<rect class="alarm" x="{x:.1f}" width="{width:.1f}" y="0" height="{HEIGHT}">'
        f"<title>{one.start:%a %d %b %H:%M}, {words.minutes(one.minutes)}</title></rect>"
        for one in result.spans
        for x, width in [_place(one.start.timestamp(), one.end.timestamp(), start, end)]
    )
    line = rule = labels = ""
    if curve:
        line = f'<path class="metric" d="{_path(curve, low, high)}"/>'
        labels = f'<span class="y top">{_number(high)}</span><span class="y bottom">{_number(low)}</span>'
    if threshold is not None:
        y = _y(threshold, low, high)
        rule = f'<line class="threshold" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        share = min(92.0, max(8.0, 100 * y / HEIGHT))
        labels += f'<span class="y at" style="top:{share:.0f}%">{_number(threshold)}</span>'
    days = "".join(f"<span>{day}</span>" for day in _days(report))
    label = f"{alarm.name}: {result.fired} times in ALARM"
    return (
        f'<figure><div class="plot">{labels}<svg viewBox="0 0 {WIDTH} {HEIGHT}" preserveAspectRatio="none" '
        f'role="img" aria-label="{escape(label)}">{marks}{stays}{line}{rule}</svg></div>'
        f'<figcaption class="days">{days}</figcaption></figure>'
    )


def strip(result: AlarmResult, report: Report) -> str:
    """Only the stays in ALARM, for a table's row."""
    start, end = report.start.timestamp(), report.end.timestamp()
    stays = "".join(
        f'<rect class="alarm" x="{x:.1f}" width="{width:.1f}" y="0" height="10"/>'
        for one in result.spans
        for x, width in [_place(one.start.timestamp(), one.end.timestamp(), start, end)]
    )
    return (
        f'<svg class="strip" viewBox="0 0 {WIDTH} 10" preserveAspectRatio="none" aria-hidden="true">'
        f"{stays}</svg>"
    )


def _place(first: float, last: float, start: float, end: float) -> tuple[float, float]:
    x = (first - start) / (end - start) * WIDTH
    width = max(NARROWEST, (last - first) / (end - start) * WIDTH)
    return max(0.0, min(x, WIDTH - NARROWEST)), width


def _curve(alarm: Definition, feeds: Mapping[str, Series], start: float, end: float) -> Curve:
    """What is compared with the threshold, as its lowest and highest value in each column."""
    columns: dict[int, tuple[float, float]] = {}
    for at, value in _values(alarm, feeds, start, end):
        place = int((at - start) / (end - start) * COLUMNS)
        low, high = columns.get(place, (value, value))
        columns[place] = (min(low, value), max(high, value))
    return [(place, *columns[place]) for place in sorted(columns) if 0 <= place < COLUMNS]


def _values(
    alarm: Definition, feeds: Mapping[str, Series], start: float, end: float
) -> Iterator[tuple[float, float]]:
    starts = [start + number * alarm.period for number in range(int((end - start) // alarm.period))]
    if alarm.metric_stat:
        series = feeds.get("")
        values = _periods(series, alarm.metric_stat.stat, alarm.period, starts) if series else []
    elif elementwise.fits(alarm):
        given = {
            key: _periods(feeds[key], stat.stat, alarm.period, starts)
            if key in feeds
            else [None] * len(starts)
            for key, stat in alarm.metric_stats.items()
        }
        values = list(elementwise.values(alarm, given, starts) or ())
    else:
        step = max(alarm.period, (end - start) / SAMPLES)
        starts = [start + step * number for number in range(1, int((end - start) // step))]
        looks = [seen(alarm, feeds, at) for at in starts]
        values = [slots[-1].value if slots else None for slots in looks]
    for at, value in zip(starts, values, strict=False):
        if value is not None and math.isfinite(value):
            yield at, value


def _periods(series: Series, stat: str, period: int, starts: Sequence[float]) -> list[float | None]:
    """The value of each period, one after the other."""
    found: list[float | None] = []
    length = series.step if series.rolled or period <= series.step else period
    for start in starts:
        points = list(series.datapoints(start, start + length))
        found.append(float(merged(points, stat).value) if points else None)
    return found


def _extent(curve: Curve, threshold: float | None) -> tuple[float, float]:
    known = [value for _, low, high in curve for value in (low, high)]
    known += [threshold] if threshold is not None else []
    low, high = min(known, default=0.0), max(known, default=1.0)
    room = (high - low) * ROOM or abs(high) * ROOM or 1.0
    # A metric that is never negative is not drawn with negative labels.
    return (0.0 if low >= 0 and low - room < 0 else low - room), high + room


def _y(value: float, low: float, high: float) -> float:
    return HEIGHT * (1 - (value - low) / (high - low))


def _path(curve: Curve, low: float, high: float) -> str:
    """Through the lowest and highest value of each column; columns without a value break the line."""
    parts: list[str] = []
    before = -math.inf
    gap = max(2.0, 2 * COLUMNS / max(1, len(curve)))
    for place, smallest, largest in curve:
        x = f"{(place + 0.5) * WIDTH / COLUMNS:.1f}"
        parts.append(f"{'L' if place - before <= gap else 'M'}{x} {_y(largest, low, high):.1f}")
        parts.append(f"L{x} {_y(smallest, low, high):.1f}" if smallest != largest else "h.1")
        before = place
    return "".join(parts)


def _number(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (size if letter != 'k' else 1e3):.3g} {letter}"
    return f"{value:.3g}"


def _days(report: Report) -> list[str]:
    step = (report.end - report.start) / 4
    form = "%d %b" if (report.end - report.start).days >= 4 else "%d %b %H:%M"
    return [f"{report.start + step * number:{form}}" for number in range(5)]
