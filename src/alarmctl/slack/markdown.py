"""The standard Markdown of Slack's markdown block, as far as Slack draws it, as nodes.

Rules: docs.slack.dev/reference/block-kit/blocks/markdown-block.
"""

import re
from collections.abc import Callable, Iterator

from alarmctl.slack.mrkdwn import Node, emoji_node

_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```[ \t]*$\n?", re.DOTALL | re.MULTILINE)
_HEADING = re.compile(r"#{1,6} +(.*)")
_ITEM = re.compile(r"( *)(?:[-*+]|(\d+)[.)]) +(.*)")
_QUOTE = re.compile(r"> ?(.*)")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|\[(?P<label>[^\[\]\n]+)\]\((?P<url>[^\s()]+)\)"
    r"|\*\*(?P<bold>(?=\S)[^\n]+?(?<=\S))\*\*"
    r"|~~(?P<strike>(?=\S)[^~\n]+(?<=\S))~~"
    r"|(?<![\w*])\*(?P<star>(?=\S)[^*\n]+(?<=\S))\*(?![\w*])"
    r"|(?<!\w)_(?P<italic>(?=\S)[^_\n]+(?<=\S))_(?!\w)"
    r"|:(?P<emoji>[a-z0-9_+\-]+):"
)


def parse(text: str) -> tuple[Node, ...]:
    """A Markdown text as nodes: headings become bold lines, as Slack shows them."""
    nodes: list[Node] = []
    position = 0
    for fence in _FENCE.finditer(text):
        nodes += _lines(text[position : fence.start()])
        nodes.append(Node("pre", fence[1].removesuffix("\n")))
        position = fence.end()
    nodes += _lines(text[position:])
    return tuple(nodes)


def _lines(text: str) -> Iterator[Node]:
    after_line = False
    for line in text.strip("\n").split("\n") if text.strip("\n") else []:
        item, quote, heading = _ITEM.fullmatch(line), _QUOTE.fullmatch(line), _HEADING.fullmatch(line)
        if item:
            yield _list(item)
        elif quote:
            yield Node("quote", children=tuple(inline(quote[1])))
        else:
            if after_line:
                yield Node("break")
            spans = tuple(inline(heading[1] if heading else line))
            yield from (Node("bold", children=spans),) if heading else spans
        after_line = not item and not quote


def _list(item: re.Match[str]) -> Node:
    children = (Node("item", children=tuple(inline(item[3]))),)
    return Node("list", item[2] or "", children, target=str(len(item[1]) // 2))


def inline(text: str) -> Iterator[Node]:
    """The spans of one line."""
    position = 0
    for match in _INLINE.finditer(text):
        if match.start() > position:
            yield Node("text", text[position : match.start()])
        yield _SPANS[match.lastgroup or ""](match)
        position = match.end()
    if position < len(text):
        yield Node("text", text[position:])


def _styled(kind: str, group: str) -> Callable[[re.Match[str]], Node]:
    return lambda match: Node(kind, children=tuple(inline(match[group])))


_SPANS: dict[str, Callable[[re.Match[str]], Node]] = {
    "code": lambda match: Node("code", match["code"]),
    "url": lambda match: Node("link", children=tuple(inline(match["label"])), target=match["url"]),
    "bold": _styled("bold", "bold"),
    "strike": _styled("strike", "strike"),
    "star": _styled("italic", "star"),
    "italic": _styled("italic", "italic"),
    "emoji": lambda match: emoji_node(match["emoji"]),
}
