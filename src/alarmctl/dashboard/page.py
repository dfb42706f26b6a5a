"""A dashboard drawn as an HTML page: the widgets at their places, graphs with sample curves."""

from __future__ import annotations

import math
import re
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

from alarmctl.dashboard.sample import curve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

COLUMN, ROW, GAP = 58, 48, 8  # pixels; CloudWatch's grid has 24 columns
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2")
NOTE = (
    "Drawn from the dashboard's definition. The curves are samples on the good side of each threshold, "
    "the alarms stand as OK: this shows the layout, not your metrics."
)
# The plot inside a graph: margins in pixels.
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 8, 20


def render(bodies: Mapping[str, Mapping[str, Any]]) -> str:
    """One page with every dashboard, by name. The bodies must be without problems."""
    css = resources.files("alarmctl.dashboard").joinpath("page.css").read_text(encoding="utf-8")
    drawn = "".join(_dashboard(name, body) for name, body in bodies.items())
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(", ".join(bodies))}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{css}</style><p class=note>{NOTE}</p>{drawn}</html>"
    )


def _dashboard(name: str, body: Mapping[str, Any]) -> str:
    # In reading order: a phone shows them below each other.
    widgets = sorted(map(_placed, body["widgets"]), key=lambda widget: (widget["y"], widget["x"]))
    height = max((widget["y"] + widget["height"] for widget in widgets), default=0) * ROW
    cards = "".join(_card(widget) for widget in widgets)
    span = escape(str(body.get("start", "-PT3H")).removeprefix("-PT").lower())
    return (
        f"<header><b>CloudWatch</b> Dashboards &rsaquo; {escape(name)}<span>last {span}</span></header>"
        f'<div class="board"><main style="height:{height}px;width:{24 * COLUMN}px">{cards}</main></div>'
    )


def _placed(widget: Mapping[str, Any]) -> dict[str, Any]:
    return {"x": 0, "y": 0, "width": 6, "height": 6} | dict(widget)


def _card(widget: Mapping[str, Any]) -> str:
    left, top = widget["x"] * COLUMN, widget["y"] * ROW
    width, height = widget["width"] * COLUMN - GAP, widget["height"] * ROW - GAP
    properties = widget["properties"]
    title = properties.get("title")
    heading = f"<h3>{escape(title)}</h3>" if title else ""
    inner = DRAWN[widget["type"]](properties, width - 2 * GAP, height - (30 if title else 0) - 2 * GAP)
    style = f"left:{left}px;top:{top}px;width:{width}px;height:{height}px"
    return f'<section class="{widget["type"]}" style="{style}">{heading}{inner}</section>'


def _text(properties: Mapping[str, Any], width: int, height: int) -> str:  # noqa: ARG001  as every drawer
    lines = []
    for line in properties["markdown"].splitlines():
        level = len(line) - len(line.lstrip("#"))
        said = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", escape(line.lstrip("# ")))
        lines.append(f"<h{min(level, 6)}>{said}</h{min(level, 6)}>" if level else f"<p>{said}</p>")
    return "".join(lines)


def _alarms(properties: Mapping[str, Any], width: int, height: int) -> str:  # noqa: ARG001  as every drawer
    names = [arn.split(":", 6)[6] for arn in properties["alarms"]]
    tiles = "".join(f'<li title="{escape(name)}"><i>{escape(name)}</i><em>OK</em></li>' for name in names)
    return f"<ul>{tiles}</ul>"


def _log(properties: Mapping[str, Any], width: int, height: int) -> str:  # noqa: ARG001  as every drawer
    parts = [part.strip() for part in properties["query"].split("|")]
    fields = next((part.removeprefix("fields ") for part in parts if part.startswith("fields ")), "@message")
    heads = "".join(f"<th>{escape(field.strip())}</th>" for field in fields.split(","))
    rows = f"<tr>{'<td>&nbsp;</td>' * (fields.count(',') + 2)}</tr>" * 3
    table = f"<table><tr><th>#</th>{heads}</tr>{rows}</table>"
    return f"<code>{escape(properties['query'])}</code>{table}"


def _graph(properties: Mapping[str, Any], width: int, height: int) -> str:
    lines = [line for line in (properties.get("annotations") or {}).get("horizontal", ()) if "value" in line]
    above = [line["value"] for line in lines if line.get("fill") != "below"]
    below = [line["value"] for line in lines if line.get("fill") == "below"]
    shown = [
        (label, curve(label, above, below))
        for entry in properties.get("metrics", ())
        if (label := _label(entry)) and _options(entry).get("visible", True)
    ]
    legend = "".join(
        f'<li style="--c:{COLOURS[number % len(COLOURS)]}">{escape(label)}</li>'
        for number, (label, _) in enumerate(shown)
    )
    legend += "".join(
        f'<li style="--c:{line.get("color", "#888")}">{escape(str(line.get("label", line["value"])))}</li>'
        for line in lines
    )
    svg = _svg([values for _, values in shown], lines, width, max(height - 20, 40))
    return f"{svg}<ol>{legend}</ol>"


def _options(entry: Sequence[Any]) -> Mapping[str, Any]:
    return entry[-1] if isinstance(entry[-1], dict) else {}


def _label(entry: Sequence[Any]) -> str:
    options = _options(entry)
    names = [part for part in entry if isinstance(part, str)]
    return str(options.get("label") or options.get("expression") or (names[1] if names[1:] else ""))


def _svg(
    curves: Sequence[Sequence[float]], lines: Sequence[Mapping[str, Any]], width: int, height: int
) -> str:
    values = [value for one in curves for value in one] + [float(line["value"]) for line in lines]
    step = _step(max([0.0, *values]) - min([0.0, *values]))
    low = step * math.floor(min([0.0, *values]) / step)
    high = step * (math.floor(max([0.0, *values]) / step) + 1)  # with room above the highest line
    inner_width, inner_height = width - LEFT - RIGHT, height - TOP - BOTTOM

    def down(value: float) -> float:
        return round(TOP + inner_height * (high - value) / (high - low), 1)

    parts = [
        f"<line class=grid x1={LEFT} x2={width - RIGHT} y1={down(tick)} y2={down(tick)} />"
        f"<text x={LEFT - 6} y={down(tick) + 4} text-anchor=end>{tick:.4g}</text>"
        for tick in (low + step * number for number in range(round((high - low) / step) + 1))
    ]
    parts += [
        f"<text x={LEFT + inner_width * hour // 3} y={height - 4} text-anchor=middle>{label}</text>"
        for hour, label in enumerate(("-3 h", "-2 h", "-1 h", "now"))
    ]
    for line in lines:
        colour, at = escape(str(line.get("color", "#888"))), down(line["value"])
        top, bottom = (TOP, at) if line.get("fill") != "below" else (at, TOP + inner_height)
        if line.get("fill"):
            parts.append(
                f"<rect x={LEFT} width={inner_width} y={top} height={round(bottom - top, 1)} "
                f'fill="{colour}" opacity=0.08 />'
            )
        parts.append(
            f'<line x1={LEFT} x2={width - RIGHT} y1={at} y2={at} stroke="{colour}" stroke-width=1.5 />'
        )
    for number, one in enumerate(curves):
        points = " ".join(
            f"{round(LEFT + inner_width * place / (len(one) - 1), 1)},{down(value)}"
            for place, value in enumerate(one)
        )
        parts.append(f'<polyline points="{points}" stroke="{COLOURS[number % len(COLOURS)]}" />')
    return f'<svg width={width} height={height} viewBox="0 0 {width} {height}">{"".join(parts)}</svg>'


def _step(span: float) -> float:
    """A round distance between the lines of a grid, of which three to six fit in the span."""
    span = span or 4  # nothing but zeros: an axis up to 1
    magnitude = 10.0 ** math.floor(math.log10(span))
    return next(magnitude * part for part in (0.25, 0.5, 1.0, 2.0) if span <= 5 * magnitude * part)


DRAWN: dict[str, Callable[[Mapping[str, Any], int, int], str]] = {
    "text": _text,
    "alarm": _alarms,
    "log": _log,
    "metric": _graph,
}
