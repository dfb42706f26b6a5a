"""A message as lines for a terminal."""

import textwrap
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from alarmctl.slack.layout import Button, Nodes, Picture, Piece, layout, plain
from alarmctl.slack.mrkdwn import Node

URL_CHARS = 200  # the address of a graph in the console has 600, and no terminal's reader wants them

_OWN_LINES = ("quote", "list", "pre")
_EPOCH = datetime.fromtimestamp(0, UTC)


def as_text(body: Mapping[str, Any], *, at: datetime = _EPOCH, width: int = 88) -> str:
    """A message body as plain lines at most `width` wide; attachments stand behind a bar.

    An address longer than `URL_CHARS` is cut to its host. `at` is when it was received: it gives dates their
    zone.
    """
    lines: list[str] = []
    for group in layout(body, at):
        bar = "" if group.colour is None else "│ "
        for piece in group.pieces:
            drawn = _PIECES[piece.kind](piece, max(width - len(bar), 20))
            lines.extend((bar + line).rstrip() for line in drawn)
    return "\n".join(lines)


def _wrap(nodes: Nodes, width: int) -> Iterator[str]:
    for line in _flat(nodes).split("\n"):
        indent = " " * (len(line) - len(line.lstrip(" •>")))
        yield from textwrap.wrap(
            line,
            width,
            subsequent_indent=indent,
            break_long_words=False,
            break_on_hyphens=False,
            drop_whitespace=True,
            replace_whitespace=False,
        ) or [""]


def _flat(nodes: Nodes) -> str:
    shown = ""
    for node in nodes:
        piece = _NODES[node.kind](node)
        # A quote, a list or code brings its own line ends; two of them in a row need only one.
        shown += piece.removeprefix("\n") if node.kind in _OWN_LINES and shown.endswith("\n") else piece
    return shown.strip("\n")


def _pre(node: Node) -> str:
    return "\n" + textwrap.indent(node.text, "    ") + "\n"


def _link(node: Node) -> str:
    label = _flat(node.children)
    return (
        label
        if label in (node.target, node.target.removeprefix("mailto:"))
        else f"{label} ({_address(node.target)})"
    )


def _address(url: str) -> str:
    return url if len(url) <= URL_CHARS else f"{'/'.join(url.split('/', 3)[:3])}/…"


def _list(node: Node) -> str:
    indent = "  " * int(node.target or 0)
    marks = [f"{int(node.text) + n}. " if node.text else "• " for n in range(len(node.children))]
    items = (f"{indent}{mark}{_flat(item.children)}" for mark, item in zip(marks, node.children, strict=True))
    return "\n" + "\n".join(items) + "\n"


_NODES: dict[str, Callable[[Node], str]] = {
    "text": lambda node: node.text,
    "emoji": lambda node: node.text,
    "mention": lambda node: node.text,
    "code": lambda node: f"`{node.text}`",
    "break": lambda _node: "\n",
    "bold": lambda node: _flat(node.children),
    "italic": lambda node: _flat(node.children),
    "strike": lambda node: _flat(node.children),
    "item": lambda node: _flat(node.children),
    "quote": lambda node: "\n" + textwrap.indent(_flat(node.children), "> ", lambda _line: True) + "\n",
    "link": _link,
    "list": _list,
    "pre": _pre,
}


def _fields(piece: Piece, width: int) -> Iterator[str]:
    """Each field on one line: its first line is the name, the rest is the value."""
    pairs = [_flat(nodes).partition("\n") for nodes in piece.parts if isinstance(nodes, tuple)]
    names = max((len(name) for name, _, value in pairs if value), default=0)
    for name, _, value in pairs:
        shown = f"{name:<{names}}  {' '.join(value.split(chr(10)))}" if value else name
        yield from textwrap.wrap(
            shown, width, subsequent_indent=" " * (names + 2), break_long_words=False, break_on_hyphens=False
        ) or [""]


def _part(part: Nodes | Picture | Button) -> str:
    match part:
        case Button():
            return f"[{plain(part.label)}] {_address(part.url)}".rstrip()
        case Picture():
            return f"[image: {part.title or part.alt}] {_address(part.url)}".rstrip()
        case _:
            return _flat(part)


def _parts(piece: Piece, _width: int) -> Iterator[str]:
    yield from (_part(part) for part in piece.parts)


def _accessory(piece: Piece, width: int) -> Iterator[str]:
    yield from _wrap(piece.nodes, width)
    yield from _parts(piece, width)


def _context(piece: Piece, width: int) -> Iterator[str]:
    yield from _wrap((Node("text", "  ".join(_part(part) for part in piece.parts)),), width)


def _table(piece: Piece, _width: int) -> Iterator[str]:
    cells = [[" ".join(_flat(cell).split("\n")) for cell in row] for row in piece.rows]
    widths = [max(len(row[n]) for row in cells if n < len(row)) for n in range(max(map(len, cells)))]
    for row in cells:
        yield "  ".join(f"{cell:<{widths[n]}}" for n, cell in enumerate(row))


_PIECES: dict[str, Callable[[Piece, int], Iterator[str]]] = {
    "text": lambda piece, width: _wrap(piece.nodes, width),
    "header": lambda piece, width: _wrap(piece.nodes, width),
    "divider": lambda _piece, width: iter(["─" * min(width, 40)]),
    "image": _parts,
    "actions": _parts,
    "accessory": _accessory,
    "context": _context,
    "fields": _fields,
    "table": _table,
}
