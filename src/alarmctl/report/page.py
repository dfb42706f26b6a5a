"""A report as text, JSON, Markdown and an HTML page: headline, tables, notes."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHOWN = 10  # rows of a table where a person reads; JSON has all


@dataclass(frozen=True)
class Table:
    """Rows under columns. A heading that ends in `#`, which is not shown, is of numbers: right-aligned."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    shown: int = SHOWN

    @property
    def heads(self) -> tuple[str, ...]:
        return tuple(column.removesuffix("#") for column in self.columns)

    @property
    def more(self) -> int:
        """How many rows are not shown."""
        return max(0, len(self.rows) - self.shown)


@dataclass(frozen=True)
class Page:
    """What a report says. `data` is all of it for programs; `findings` is how many things want a change."""

    title: str
    headline: tuple[str, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    findings: int = 0


def as_text(page: Page) -> str:
    """For a terminal."""
    parts = ["\n".join([page.title, *(f"  {line}" for line in page.headline)])]
    parts += [
        "\n".join([table.title, *_aligned(table), *_more(table, "  ")]) for table in page.tables if table.rows
    ]
    if page.notes:
        parts.append("\n".join(f"Note: {note}" for note in page.notes))
    return "\n\n".join(parts)


def _aligned(table: Table) -> list[str]:
    rows = [table.heads, *table.rows[: table.shown]]
    widths = [max(len(row[index]) for row in rows) for index in range(len(table.columns))]
    right = [column.endswith("#") for column in table.columns]
    return [
        "  "
        + "  ".join(
            cell.rjust(width) if flush else cell.ljust(width)
            for cell, width, flush in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]


def _more(table: Table, indent: str = "") -> list[str]:
    return [f"{indent}… and {table.more} more; --format json has them all"] if table.more else []


def as_json(page: Page) -> str:
    """Everything, for programs."""
    return json.dumps({"title": page.title, **page.data}, indent=2, ensure_ascii=False)


def as_markdown(page: Page) -> str:
    """For a wiki, or a job's summary on GitHub."""
    parts = [f"## {page.title}", "\n".join(f"- {cell(line)}" for line in page.headline)]
    for table in page.tables:
        if table.rows:
            parts += [f"### {cell(table.title)}", markdown_table(table)]
            parts += _more(table)
    if page.notes:
        parts.append("\n".join(f"> {cell(note)}" for note in page.notes))
    return "\n\n".join(part for part in parts if part)


def markdown_table(table: Table) -> str:
    """The rows that are shown as a Markdown table."""
    ruler = ["---:" if column.endswith("#") else "---" for column in table.columns]
    rows = [table.heads, ruler, *([cell(value) for value in row] for row in table.rows[: table.shown])]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def cell(value: str) -> str:
    """Text that stays one cell, and text, in GitHub's Markdown."""
    for old, new in (("\\", "\\\\"), ("|", "\\|"), ("\n", " "), ("<", "&lt;"), ("@", "&#64;"), ("`", "'")):
        value = value.replace(old, new)
    return value


def as_html(page: Page) -> str:
    """A page of its own: no script, nothing fetched, light and dark, any width."""
    css = resources.files("alarmctl.report").joinpath("page.css").read_text("utf-8")
    tables = "".join(_html_table(table) for table in page.tables if table.rows)
    headline = "".join(f"<li>{escape(line)}</li>" for line in page.headline)
    notes = "".join(f"<p class=note>{escape(note)}</p>" for note in page.notes)
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{escape(page.title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{css}</style><main><h1>{escape(page.title)}</h1><ul class=headline>{headline}</ul>"
        f"{tables}{notes}</main></html>"
    )


def _html_table(table: Table) -> str:
    kinds = ["num" if column.endswith("#") else "txt" for column in table.columns]
    heads = "".join(
        f"<th class={kind}>{escape(head)}</th>" for kind, head in zip(kinds, table.heads, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(
            f'<td class={kind} data-head="{escape(head)}">{escape(value)}</td>'
            for kind, head, value in zip(kinds, table.heads, row, strict=True)
        )
        + "</tr>"
        for row in table.rows
    )
    return (
        f"<section><h2>{escape(table.title)} <small>{len(table.rows)}</small></h2>"
        f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table></section>"
    )


FORMATS: dict[str, Callable[[Page], str]] = {
    "text": as_text,
    "json": as_json,
    "md": as_markdown,
    "html": as_html,
}
