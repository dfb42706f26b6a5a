"""Whether a dashboard's body keeps to CloudWatch's documented structure.

Source: CloudWatch API reference, "Dashboard Body Structure and Syntax".
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

COLUMNS = 24
MAX_HEIGHT = 1000
MAX_WIDGETS = 500
MAX_METRICS = 500  # in one widget
MAX_ALARMS = 100  # in one widget
ALARM_ARN = re.compile(r"arn:[\w-]+:cloudwatch:[a-z0-9-]+:\d{12}:alarm:.+", re.DOTALL)
METRIC_ID = re.compile(r"[a-z]\w*", re.ASCII)
COLOUR = re.compile(r"#[0-9A-Fa-f]{3}(?:[0-9A-Fa-f]{3})?")


def _one_of(*choices: object) -> Callable[[Any], bool]:
    return lambda value: value in choices


def _text(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _object(value: Any) -> bool:
    return isinstance(value, dict)


def _list(value: Any) -> bool:
    return isinstance(value, list)


def _period(value: Any) -> bool:
    return _number(value) and (value in {1, 5, 10, 20, 30} or (value > 0 and value % 60 == 0))


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


DASHBOARD = {
    "start": _text,
    "end": _text,
    "periodOverride": _one_of("auto", "inherit"),
    "variables": _list,
    "widgets": _list,
}
PLACE = {
    "x": _whole(0, COLUMNS - 1),
    "y": _whole(0, 10**6),
    "width": _whole(1, COLUMNS),
    "height": _whole(1, MAX_HEIGHT),
}
METRIC = {
    "accountId": _text,
    "annotations": _object,
    "legend": _object,
    "liveData": _flag,
    "metrics": _list,
    "period": _period,
    "region": _text,
    "setPeriodToTimeRange": _flag,
    "singleValueFullPrecision": _flag,
    "sparkline": _flag,
    "stacked": _flag,
    "stat": _text,
    "table": _object,
    "timezone": _text,
    "title": _text,
    "trend": _flag,
    "view": _one_of("timeSeries", "singleValue", "gauge", "bar", "pie", "table"),
    "yAxis": _object,
}
LOG = {
    "accountId": _text,
    "query": _text,
    "queryLanguage": _text,
    "region": _text,
    "stacked": _flag,
    "title": _text,
    "view": _one_of("table", "timeSeries", "bar", "pie"),
}
ALARM = {
    "alarms": _list,
    "sortBy": _one_of("default", "stateUpdatedTimestamp", "timestamp"),
    "states": _list,
    "title": _text,
}
TEXT = {"markdown": _text, "background": _one_of("solid", "transparent")}
KINDS: dict[str, tuple[dict[str, Callable[[Any], bool]], tuple[str, ...]]] = {
    "metric": (METRIC, ("region",)),
    "log": (LOG, ("query", "region")),
    "alarm": (ALARM, ("alarms",)),
    "text": (TEXT, ("markdown",)),
}
OPTIONS = {
    "accountId": _text,
    "color": lambda value: _text(value) and COLOUR.fullmatch(value) is not None,
    "expression": _text,
    "id": lambda value: _text(value) and METRIC_ID.fullmatch(value) is not None,
    "label": _text,
    "period": _period,
    "region": _text,
    "stat": _text,
    "visible": _flag,
    "yAxis": _one_of("left", "right"),
}
LINE = {
    "color": OPTIONS["color"],
    "fill": _one_of("above", "below"),
    "label": _text,
    "value": _number,
    "visible": _flag,
    "yAxis": OPTIONS["yAxis"],
}


def problems(body: object) -> list[str]:
    """What CloudWatch would refuse or ignore, each with its place; nothing for a sound body."""
    if not isinstance(body, dict) or not isinstance(body.get("widgets"), list):
        return ["a dashboard is an object with a list of widgets"]
    found = list(_fields(body, DASHBOARD, ("widgets",), "dashboard"))
    widgets = body["widgets"]
    if len(widgets) > MAX_WIDGETS:
        found.append(f"dashboard: {len(widgets)} widgets, more than {MAX_WIDGETS}")
    for number, widget in enumerate(widgets):
        found += _widget(widget, f"widgets[{number}]")
    return found + list(_overlaps(widgets))


def _fields(
    value: Mapping[str, Any],
    known: Mapping[str, Callable[[Any], bool]],
    required: tuple[str, ...],
    where: str,
) -> Iterator[str]:
    for name in required:
        if name not in value:
            yield f"{where}: {name} is missing"
    for name, given in value.items():
        if name not in known:
            yield f"{where}: {name} is not known"
        elif not known[name](given):
            yield f"{where}: {name} cannot be {given!r}"[:200]


def _widget(widget: object, where: str) -> Iterator[str]:
    if not isinstance(widget, dict):
        yield f"{where}: a widget is an object"
        return
    kind, properties = widget.get("type"), widget.get("properties")
    place = {key: value for key, value in widget.items() if key not in {"type", "properties"}}
    yield from _fields(place, PLACE, (), where)
    if PLACE["x"](widget.get("x")) and PLACE["width"](widget.get("width")):
        right = widget["x"] + widget["width"]
        if right > COLUMNS:
            yield f"{where}: it ends in column {right} of {COLUMNS}"
    if kind not in KINDS:
        yield f"{where}: type cannot be {kind!r}; use {', '.join(sorted(KINDS))}"
        return
    if not isinstance(properties, dict):
        yield f"{where}: properties are missing"
        return
    known, required = KINDS[str(kind)]
    yield from _fields(properties, known, required, where)
    if kind in INSIDE:
        yield from INSIDE[str(kind)](properties, where)


def _metric(properties: Mapping[str, Any], where: str) -> Iterator[str]:
    metrics = properties.get("metrics")
    annotations = properties.get("annotations")
    annotations = annotations if isinstance(annotations, dict) else {}
    if not metrics and not annotations.get("alarms"):
        yield f"{where}: neither metrics nor annotations.alarms"
    entries = metrics if isinstance(metrics, list) else []
    if len(entries) > MAX_METRICS:
        yield f"{where}: {len(entries)} metrics, more than {MAX_METRICS}"
    ids = []
    for number, entry in enumerate(entries):
        yield from _entry(entry, f"{where}.metrics[{number}]")
        ids += [one.get("id") for one in entry if isinstance(one, dict)] if isinstance(entry, list) else []
    twice = sorted({str(one) for one in ids if one and ids.count(one) > 1})
    if twice:
        yield f"{where}: ids that stand there twice: {', '.join(twice)}"
    lines = annotations.get("horizontal", [])
    for number, line in enumerate(lines if isinstance(lines, list) else []):
        if isinstance(line, dict):
            yield from _fields(line, LINE, ("value",), f"{where}.horizontal[{number}]")
        elif not isinstance(line, list):
            yield f"{where}.horizontal[{number}]: a line is an object, or a list of two for a band"
    axes = properties.get("yAxis")
    for side, axis in axes.items() if isinstance(axes, dict) else ():
        known = {"min": _number, "max": _number, "label": _text, "showUnits": _flag}
        if side not in {"left", "right"} or not isinstance(axis, dict):
            yield f"{where}: yAxis has left and right, each an object; not {side}"
        else:
            yield from _fields(axis, known, (), f"{where}.yAxis.{side}")


def _entry(entry: object, where: str) -> Iterator[str]:
    """`[namespace, name, dimension, value, …, {options}]`, or `[{expression}]`."""
    if not isinstance(entry, list) or not entry:
        yield f"{where}: a metric is a list"
        return
    names = [part for part in entry if not isinstance(part, dict)]
    options = entry[-1] if isinstance(entry[-1], dict) else {}
    if any(isinstance(part, dict) for part in entry[:-1]) or not all(isinstance(name, str) for name in names):
        yield f"{where}: texts, and options at the end"
        return
    yield from _fields(options, OPTIONS, (), where)
    if "expression" in options:
        if names:
            yield f"{where}: an expression stands by itself"
    elif len(names) < 2 or len(names) % 2:
        yield f"{where}: a namespace, a name, and pairs of dimension and value"


def _alarm(properties: Mapping[str, Any], where: str) -> Iterator[str]:
    alarms = properties.get("alarms")
    if not isinstance(alarms, list):
        return
    if not 1 <= len(alarms) <= MAX_ALARMS:
        yield f"{where}: {len(alarms)} alarms; 1 to {MAX_ALARMS} are possible"
    for alarm in alarms:
        if not isinstance(alarm, str) or not ALARM_ARN.fullmatch(alarm):
            yield f"{where}: no alarm's ARN: {alarm!r}"


def _log(properties: Mapping[str, Any], where: str) -> Iterator[str]:
    query = properties.get("query")
    if isinstance(query, str) and not query.lstrip().upper().startswith("SOURCE "):
        yield f"{where}: a query begins with SOURCE 'log group'"


INSIDE: dict[str, Callable[[Mapping[str, Any], str], Iterator[str]]] = {
    "metric": _metric,
    "alarm": _alarm,
    "log": _log,
}


def _overlaps(widgets: list[Any]) -> Iterator[str]:
    """CloudWatch would push one of the two elsewhere."""
    taken: dict[tuple[int, int], int] = {}
    for number, widget in enumerate(widgets):
        if not isinstance(widget, dict) or any(not PLACE[key](widget.get(key)) for key in PLACE):
            continue
        columns = range(widget["x"], widget["x"] + widget["width"])
        rows = range(widget["y"], widget["y"] + widget["height"])
        other = next((taken[cell] for y in rows for x in columns if (cell := (x, y)) in taken), None)
        if other is not None:
            yield f"widgets[{number}]: lies over widgets[{other}]"
        taken |= {(x, y): number for y in rows for x in columns}
