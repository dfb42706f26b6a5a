"""A message body as the pieces that Slack draws: the page and the terminal need not read Block Kit."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from alarmctl.slack import markdown
from alarmctl.slack.limits import TEXT_CHARS
from alarmctl.slack.mrkdwn import Node, emoji_node, format_date, parse, parse_plain

Nodes = tuple[Node, ...]

COLOURS = {"good": "#2eb886", "warning": "#daa038", "danger": "#a30200"}


@dataclass(frozen=True)
class Button:
    """A button; `style` is "", "primary" or "danger", and `url` is empty when it only tells the app."""

    label: Nodes
    url: str = ""
    style: str = ""


@dataclass(frozen=True)
class Picture:
    """An image that Slack would load from `url`."""

    url: str
    alt: str
    title: str = ""


@dataclass(frozen=True)
class Piece:
    """One thing to draw: `kind` is a key of KINDS, and only its own members are filled."""

    kind: str
    nodes: Nodes = ()
    parts: tuple[Nodes | Picture | Button, ...] = ()
    rows: tuple[tuple[Nodes, ...], ...] = ()


@dataclass(frozen=True)
class Group:
    """Pieces under one colour bar; the message's own have no bar and `colour` None."""

    colour: str | None
    pieces: tuple[Piece, ...]


KINDS = frozenset(
    {"text", "header", "fields", "accessory", "actions", "context", "divider", "image", "table"}
)


def layout(body: Mapping[str, Any], at: datetime) -> tuple[Group, ...]:
    """What Slack shows of a body received `at` (timezone-aware): blocks, or else text, then attachments.

    Beside blocks the text is only the notification, so it is not drawn. Text over 40,000 characters is cut.
    """
    own = tuple(_blocks(body.get("blocks"), at))
    text = str(body.get("text") or "")[:TEXT_CHARS]
    if not own and text.strip():
        own = (Piece("text", parse(text, at)),)
    groups = [Group(None, own)] if own else []
    for attachment in body.get("attachments") or []:
        pretext = attachment.get("pretext")
        if pretext:
            groups.append(Group(None, (Piece("text", parse(pretext, at)),)))
        pieces = _blocks(attachment["blocks"], at) if "blocks" in attachment else _legacy(attachment, at)
        colour = str(attachment.get("color") or "#dddddd")
        groups.append(Group(COLOURS.get(colour, colour), tuple(pieces)))
    return tuple(group for group in groups if group.pieces)


def plain(nodes: Nodes) -> str:
    """The characters of nodes without their style."""
    return "".join("\n" if node.kind == "break" else node.text + plain(node.children) for node in nodes)


def _blocks(blocks: Any, at: datetime) -> Iterator[Piece]:
    for block in blocks or []:
        yield from DRAWERS[block["type"]](block, at)


def _text(value: Mapping[str, Any], at: datetime) -> Nodes:
    return parse(value["text"], at) if value["type"] == "mrkdwn" else parse_plain(value["text"])


def _section(block: Mapping[str, Any], at: datetime) -> Iterator[Piece]:
    accessory = block.get("accessory")
    text = _text(block["text"], at) if "text" in block else ()
    if accessory:
        yield Piece("accessory", text, (_part(accessory, at),))
    elif text:
        yield Piece("text", text)
    if block.get("fields"):
        yield Piece("fields", parts=tuple(_text(field, at) for field in block["fields"]))


def _part(element: Mapping[str, Any], at: datetime) -> Nodes | Picture | Button:
    return _PARTS[element["type"]](element, at)


def _button(element: Mapping[str, Any], at: datetime) -> Button:
    return Button(_text(element["text"], at), element.get("url", ""), element.get("style", ""))


def _overflow(_element: Mapping[str, Any], _at: datetime) -> Button:
    return Button((Node("text", "⋯"),))


def _picture(element: Mapping[str, Any], _at: datetime) -> Picture:
    title = element.get("title")
    source = element.get("image_url") or element.get("slack_file", {}).get("url", "")
    return Picture(source, element.get("alt_text", ""), plain(parse_plain(title["text"])) if title else "")


_PARTS: dict[str, Callable[[Mapping[str, Any], datetime], Nodes | Picture | Button]] = {
    "button": _button,
    "overflow": _overflow,
    "image": _picture,
    "plain_text": _text,
    "mrkdwn": _text,
}


def _elements(kind: str) -> Callable[[Mapping[str, Any], datetime], Iterator[Piece]]:
    def draw(block: Mapping[str, Any], at: datetime) -> Iterator[Piece]:
        yield Piece(kind, parts=tuple(_part(element, at) for element in block["elements"]))

    return draw


def _table(block: Mapping[str, Any], at: datetime) -> Iterator[Piece]:
    yield Piece(
        "table",
        rows=tuple(
            tuple(
                _rich_text(cell, at) if cell["type"] == "rich_text" else (Node("text", cell["text"]),)
                for cell in row
            )
            for row in block["rows"]
        ),
    )


DRAWERS: dict[str, Callable[[Mapping[str, Any], datetime], Iterator[Piece]]] = {
    "section": _section,
    "header": lambda block, at: iter([Piece("header", _text(block["text"], at))]),
    "divider": lambda _block, _at: iter([Piece("divider")]),
    "context": _elements("context"),
    "actions": _elements("actions"),
    "image": lambda block, at: iter([Piece("image", parts=(_picture(block, at),))]),
    "rich_text": lambda block, at: iter([Piece("text", _rich_text(block, at))]),
    "markdown": lambda block, _at: iter([Piece("text", markdown.parse(block["text"]))]),
    "table": _table,
}


def _rich_text(block: Mapping[str, Any], at: datetime) -> Nodes:
    nodes: list[Node] = []
    previous = ""
    for element in block["elements"]:
        kind = element["type"]
        if kind == previous == "rich_text_section":
            nodes.append(Node("break"))
        nodes += _RICH_TEXT[kind](element, at)
        previous = kind
    return tuple(nodes)


def _spans(element: Mapping[str, Any], at: datetime) -> Nodes:
    return tuple(node for span in element["elements"] for node in _span(span, at))


def _span(span: Mapping[str, Any], at: datetime) -> Iterator[Node]:
    leaves = _SPANS[span["type"]](span, at)
    style = span.get("style", {})
    if style.get("code"):
        leaves = (Node("code", plain(leaves)),)
    for name in ("strike", "italic", "bold"):
        if style.get(name):
            leaves = (Node(name, children=leaves),)
    yield from leaves


def _literal(text: str) -> Nodes:
    nodes: list[Node] = []
    for index, line in enumerate(text.split("\n")):
        nodes += [Node("break")] if index else []
        nodes += [Node("text", line)] if line else []
    return tuple(nodes)


def _link(span: Mapping[str, Any], _at: datetime) -> Nodes:
    return (Node("link", children=_literal(span.get("text") or span["url"]), target=span["url"]),)


def _date(span: Mapping[str, Any], at: datetime) -> Nodes:
    shown = (
        Node("text", format_date(datetime.fromtimestamp(span["timestamp"], at.tzinfo), span["format"], at)),
    )
    return (Node("link", children=shown, target=span["url"]),) if span.get("url") else shown


def _mention(sigil: str, key: str) -> Callable[[Mapping[str, Any], datetime], Nodes]:
    target = "broadcast" if key in ("range", "usergroup_id") else "name"
    return lambda span, _at: (Node("mention", f"{sigil}{span[key]}", target=target),)


_SPANS: dict[str, Callable[[Mapping[str, Any], datetime], Nodes]] = {
    "text": lambda span, _at: _literal(span["text"]),
    "link": _link,
    "emoji": lambda span, _at: (emoji_node(span["name"]),),
    "user": _mention("@", "user_id"),
    "usergroup": _mention("@", "usergroup_id"),
    "channel": _mention("#", "channel_id"),
    "broadcast": _mention("@", "range"),
    "color": lambda span, _at: (Node("text", span["value"]),),
    "date": _date,
}


def _list(element: Mapping[str, Any], at: datetime) -> Nodes:
    items = tuple(Node("item", children=_spans(item, at)) for item in element["elements"])
    first = str(element.get("offset", 0) + 1) if element["style"] == "ordered" else ""
    return (Node("list", first, items, target=str(element.get("indent", 0))),)


_RICH_TEXT: dict[str, Callable[[Mapping[str, Any], datetime], Nodes]] = {
    "rich_text_section": _spans,
    "rich_text_list": _list,
    "rich_text_preformatted": lambda element, at: (Node("pre", plain(_spans(element, at))),),
    "rich_text_quote": lambda element, at: (Node("quote", children=_spans(element, at)),),
}


def _legacy(attachment: Mapping[str, Any], at: datetime) -> Iterator[Piece]:
    """An attachment without blocks, in the order in which Slack draws its keys."""
    author, title, text = (str(attachment.get(key) or "") for key in ("author_name", "title", "text"))
    if author:
        yield Piece("context", parts=(_linked(author, attachment.get("author_link")),))
    if title:
        yield Piece("text", (Node("bold", children=_linked(title, attachment.get("title_link"))),))
    shown = text or ("" if title or attachment.get("fields") else str(attachment.get("fallback") or ""))
    if shown:
        yield Piece("text", parse(shown, at))
    fields = tuple(_legacy_field(field, at) for field in attachment.get("fields") or [])
    if fields:
        yield Piece("fields", parts=fields)
    for key in ("image_url", "thumb_url"):
        if attachment.get(key):
            yield Piece("image", parts=(Picture(attachment[key], title or "image"),))
    footer = [str(attachment["footer"])] if attachment.get("footer") else []
    if attachment.get("ts"):
        moment = datetime.fromtimestamp(float(attachment["ts"]), at.tzinfo)
        footer.append(format_date(moment, "{date_short} {time}", at))
    if footer:
        yield Piece("context", parts=(parse_plain(" | ".join(footer)),))


def _linked(text: str, url: Any) -> Nodes:
    return (Node("link", children=parse_plain(text), target=str(url)),) if url else parse_plain(text)


def _legacy_field(field: Mapping[str, Any], at: datetime) -> Nodes:
    title = (Node("bold", children=parse_plain(str(field.get("title") or ""))), Node("break"))
    return (*(title if field.get("title") else ()), *parse(str(field.get("value") or ""), at))
