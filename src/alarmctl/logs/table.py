"""The rows of a query as a table for people, or as JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alarmctl.logs.query import Result

WIDEST = 60  # characters of a column; a user agent may have 8,000


def text(result: Result) -> str:
    """Columns beside each other, numbers to the right."""
    cells = [[_short(cell) for cell in row] for row in result.rows]
    widths = [
        max(len(name), *(len(row[place]) for row in cells), 0) for place, name in enumerate(result.columns)
    ]
    right = [all(_number(row[place]) for row in cells) for place in range(len(result.columns))]
    lines = [
        _line(list(result.columns), widths, right),
        _line(["-" * width for width in widths], widths, right),
    ]
    lines += [_line(row, widths, right) for row in cells]
    return "\n".join(lines)


def as_json(result: Result) -> str:
    """Every value as Athena gives it, whole."""
    return json.dumps(
        {
            "columns": result.columns,
            "rows": [dict(zip(result.columns, row, strict=True)) for row in result.rows],
            "scanned_bytes": result.scanned_bytes,
        },
        ensure_ascii=False,
        indent=2,
    )


FORMATS: Mapping[str, Callable[[Result], str]] = {"text": text, "json": as_json}


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    aligned = (
        cell.rjust(width) if to_right else cell.ljust(width)
        for cell, width, to_right in zip(cells, widths, right, strict=True)
    )
    return "  ".join(aligned).rstrip()


def _short(cell: str | None) -> str:
    """On one line, without what a terminal would obey: clients choose their user agents."""
    kept = "".join(one if one.isprintable() else "?" for one in cell or "")
    return kept if len(kept) <= WIDEST else kept[: WIDEST - 1] + "…"


def _number(cell: str) -> bool:
    return cell.replace(".", "", 1).replace("-", "", 1).isdigit() or not cell
