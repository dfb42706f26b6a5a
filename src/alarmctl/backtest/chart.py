"""An alarm's metric, threshold and stays in ALARM as an SVG that stretches to any width."""

from __future__ import annotations

import math
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from alarmctl.backtest import elementwise, words
from alarmctl.backtest.exact import seen
from alarms.definitions import Definition
from alarms.model import from_epoch
from alarms.series import merged

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from alarmctl.backtest.model import AlarmResult, Incident, Report
    from alarmctl.backtest.replaying import Replayed
    from alarmctl.history.model import Series

WIDTH, HEIGHT = 800, 160
COLUMNS = 400
NARROWEST = 2.0  # of a stay in ALARM, so that two minutes of two weeks are seen
SAMPLES = 350  # evaluations asked where an expression fits no other way
CROWDED = 12  # percent of the height within which two labels would touch
ROOM = 0.08  # of the height, above and below the curve

Curve = list[tuple[int, float, float, float]]  # column; lowest, highest and mean value there


def figure(
    made: Replayed, result: AlarmResult, start: datetime, end: datetime, incidents: Sequence[Incident]
) -> str:
    """The chart of [start, end) with its labels, as HTML; of a composite, which has no metric, a low one."""
    alarm = made.alarm
    scale = _Scale(start.timestamp(), end.timestamp())
    if not isinstance(alarm, Definition):
        return _framed(scale, _stays(result, scale, incidents), "", f"{alarm.name} in ALARM", "low")
    curve = _curve(alarm, made.feeds, scale)
    low, high = _extent(curve, alarm.threshold)
    drawn, labels = _stays(result, scale, incidents), ""
    hidden = ""
    if alarm.threshold is not None:
        y = _y(alarm.threshold, low, high)
        share = 100 * y / HEIGHT
        hidden = "top" if share < CROWDED else "bottom" if share > 100 - CROWDED else ""
        labels = f'<span class="y at" style="top:{share:.0f}%">{_number(alarm.threshold)}</span>'
    for place, value in (("top", high), ("bottom", low)):
        if curve and place != hidden:
            labels += f'<span class="y {place}">{_number(value)}</span>'
    if curve:
        drawn += f'<path class="range" d="{_band(curve, low, high)}"/>'
        drawn += f'<path class="metric" d="{_line(curve, low, high)}"/>'
    if alarm.threshold is not None:
        drawn += f'<line class="threshold" x1="0" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
    return _framed(scale, drawn, labels, f"{alarm.name}: metric and stays in ALARM", "")


def _framed(scale: _Scale, drawn: str, labels: str, label: str, kind: str) -> str:
    days = "".join(f"<span>{day}</span>" for day in scale.days)
    return (
        f'<figure class="{kind}"><div class="plot">{labels}<svg viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'preserveAspectRatio="none" role="img" aria-label="{escape(label)}">{drawn}</svg></div>'
        f'<figcaption class="days">{days}</figcaption></figure>'
    )


def _stays(result: AlarmResult, scale: _Scale, incidents: Sequence[Incident]) -> str:
    return "".join(
        _rect("incident", scale, one.start, one.end, escape(one.name)) for one in incidents
    ) + "".join(
        _rect("alarm", scale, one.start, one.end, f"{one.start:%a %d %b %H:%M}, {words.minutes(one.minutes)}")
        for one in result.spans
    )


def _rect(kind: str, scale: _Scale, first: datetime, last: datetime, title: str) -> str:
    if last.timestamp() <= scale.start or first.timestamp() >= scale.end:
        return ""
    x, width = scale.place(first.timestamp(), last.timestamp())
    return (
        f'<rect class="{kind}" x="{x:.1f}" width="{width:.1f}" y="0" height="{HEIGHT}">'
        f"<title>{title}</title></rect>"
    )


@dataclass(frozen=True)
class _Scale:
    """The time from left to right, in epoch seconds."""

    start: float
    end: float

    def place(self, first: float, last: float) -> tuple[float, float]:
        """Left edge and width; the shortest stay is seen, too."""
        across = WIDTH / (self.end - self.start)
        left, right = max(0.0, (first - self.start) * across), min(WIDTH, (last - self.start) * across)
        return min(left, WIDTH - NARROWEST), max(NARROWEST, right - left)

    @property
    def days(self) -> list[str]:
        """Five labels along the time."""
        long = self.end - self.start >= 4 * 86_400
        step = (self.end - self.start) / 4
        return [f"{from_epoch(self.start + step * n):{'%d %b' if long else '%d %b %H:%M'}}" for n in range(5)]


def strip(result: AlarmResult, report: Report) -> str:
    """Only the stays in ALARM, for a table's row."""
    scale = _Scale(report.start.timestamp(), report.end.timestamp())
    places = [scale.place(one.start.timestamp(), one.end.timestamp()) for one in result.spans]
    stays = "".join(
        f'<rect class="alarm" x="{x:.1f}" width="{width:.1f}" y="0" height="10"/>' for x, width in places
    )
    return (
        f'<svg class="strip" viewBox="0 0 {WIDTH} 10" preserveAspectRatio="none" aria-hidden="true">'
        f"{stays}</svg>"
    )


def _curve(alarm: Definition, feeds: Mapping[str, Series], scale: _Scale) -> Curve:
    """What is compared with the threshold: the values of each column."""
    columns: dict[int, list[float]] = {}
    for at, value in _values(alarm, feeds, scale.start, scale.end):
        columns.setdefault(int((at - scale.start) / (scale.end - scale.start) * COLUMNS), []).append(value)
    return [
        (place, min(values), max(values), math.fsum(values) / len(values))
        for place, values in sorted(columns.items())
        if 0 <= place < COLUMNS
    ]


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
    known = [value for _, low, high, _ in curve for value in (low, high)]
    known += [threshold] if threshold is not None else []
    low, high = min(known, default=0.0), max(known, default=1.0)
    room = (high - low) * ROOM or abs(high) * ROOM or 1.0
    # A metric that is never negative is not drawn with negative labels.
    return (0.0 if low >= 0 and low - room < 0 else low - room), high + room


def _y(value: float, low: float, high: float) -> float:
    return HEIGHT * (1 - (value - low) / (high - low))


def _runs(curve: Curve) -> list[Curve]:
    """The curve where nothing is missing, piece by piece."""
    gap = max(2.0, 2 * COLUMNS / max(1, len(curve)))
    runs: list[Curve] = []
    for column in curve:
        if not runs or column[0] - runs[-1][-1][0] > gap:
            runs.append([])
        runs[-1].append(column)
    return runs


def _band(curve: Curve, low: float, high: float) -> str:
    """From the lowest to the highest value of each column."""
    parts = []
    for run in _runs(curve):
        upper = [f"{_x(place)} {_y(largest, low, high):.1f}" for place, _, largest, _ in run]
        lower = [f"{_x(place)} {_y(smallest, low, high):.1f}" for place, smallest, _, _ in reversed(run)]
        parts.append(f"M{'L'.join([*upper, *lower])}Z")
    return "".join(parts)


def _line(curve: Curve, low: float, high: float) -> str:
    """Through the mean of each column; a value on its own is a dot."""
    parts = []
    for run in _runs(curve):
        points = [f"{_x(place)} {_y(mean, low, high):.1f}" for place, _, _, mean in run]
        parts.append(f"M{'L'.join(points)}" + ("h.1" if len(points) == 1 else ""))
    return "".join(parts)


def _x(place: float) -> str:
    return f"{(place + 0.5) * WIDTH / COLUMNS:.1f}"


def _number(value: float) -> str:
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(value) >= size:
            return f"{value / (size if letter != 'k' else 1e3):.3g} {letter}"
    return f"{value:.3g}"
