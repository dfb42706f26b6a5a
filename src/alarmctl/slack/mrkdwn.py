"""Slack's mrkdwn, read into a small tree that the page and the terminal both draw.

Rules: docs.slack.dev/messaging/formatting-message-text.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from alarmctl.slack.emoji import UNICODE


@dataclass(frozen=True)
class Node:
    """One piece of text: `kind` is a key of KINDS; leaves have `text`, the others `children`."""

    kind: str
    text: str = ""
    children: tuple["Node", ...] = ()
    target: str = ""


KINDS = frozenset(
    {"text", "bold", "italic", "strike", "code", "pre", "quote", "link", "mention", "emoji", "break"}
    | {"list", "item"}  # from rich_text and markdown blocks; mrkdwn itself has none
)

_EMOJI = r":(?P<emoji>[a-z0-9_+\-']+):(?::skin-tone-[2-6]:)?"
_SPAN = r"(?:[^{0}\n`<]|`[^`\n]*`|<[^<>\n]*>)"
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?P<bare>https?://[^\s<>|*`]*[^\s<>|*`.,;:!?)'\"_~])"
    r"|(?<![\w*])\*(?P<bold>(?=\S)" + _SPAN.format("*") + r"+?(?<=\S))\*(?![\w*])"
    r"|(?<!\w)_(?P<italic>(?=\S)" + _SPAN.format("_") + r"+?(?<=\S))_(?!\w)"
    r"|(?<![\w~])~(?P<strike>(?=\S)" + _SPAN.format("~") + r"+?(?<=\S))~(?![\w~])"
    r"|" + _EMOJI,
    re.DOTALL,
)
_EMOJI_ONLY = re.compile(_EMOJI)
_FENCE = re.compile(r"(```.+?```)", re.DOTALL)
_QUOTE = re.compile(r"(?:&gt;|>) ?")


def parse(text: str, at: datetime) -> tuple[Node, ...]:
    """A mrkdwn text as nodes; `at` (timezone-aware) gives dates their zone and tells what "today" is."""
    nodes: list[Node] = []
    for part in _FENCE.split(text):
        if _FENCE.fullmatch(part):
            nodes.append(Node("pre", unescape(part[3:-3].removeprefix("\n").removesuffix("\n"))))
        elif part:
            nodes.extend(_lines(part, at, after_block=bool(nodes)))
    return tuple(nodes)


def parse_plain(text: str) -> tuple[Node, ...]:
    """A plain_text object as nodes: emoji and line breaks are drawn, nothing else is."""
    nodes: list[Node] = []
    for index, line in enumerate(text.split("\n")):
        if index:
            nodes.append(Node("break"))
        position = 0
        for match in _EMOJI_ONLY.finditer(line):
            if match["emoji"] in UNICODE:
                nodes.extend(_literal(line[position : match.start()]))
                nodes.append(_emoji(match["emoji"]))
                position = match.end()
        nodes.extend(_literal(line[position:]))
    return tuple(nodes)


def unescape(text: str) -> str:
    """Text with Slack's three entities resolved; Slack knows no others."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def emoji_node(name: str) -> Node:
    """The emoji of a shortcode, or the shortcode itself as text where Slack has none of that name."""
    return _emoji(name) if name in UNICODE else Node("text", f":{name}:")


def _lines(text: str, at: datetime, *, after_block: bool) -> Iterator[Node]:
    """Lines that begin with > join into one quote; the others are separated by breaks."""
    lines = text.split("\n")
    if after_block and lines and not lines[0]:
        lines = lines[1:]
    quoted: list[str] = []
    open_line = False
    for index, line in enumerate(lines):
        mark = _QUOTE.match(line)
        if mark:
            quoted.append(line[mark.end() :])
            continue
        if quoted:
            yield _quote(quoted, at)
            quoted, open_line = [], False
        if open_line:
            yield Node("break")
        open_line = not (index == len(lines) - 1 and not line)
        yield from _inline(line, at)
    if quoted:
        yield _quote(quoted, at)


def _quote(lines: list[str], at: datetime) -> Node:
    children: list[Node] = []
    for index, line in enumerate(lines):
        children += [Node("break")] if index else []
        children += _inline(line, at)
    return Node("quote", children=tuple(children))


def _inline(text: str, at: datetime) -> Iterator[Node]:
    position = 0
    for match in _INLINE.finditer(text):
        yield from _literal(text[position : match.start()])
        kind = match.lastgroup or ""
        yield from _SPANS[kind](match[kind], at)
        position = match.end()
    yield from _literal(text[position:])


def _literal(text: str) -> Iterator[Node]:
    if text:
        yield Node("text", unescape(text))


def _emoji(name: str) -> Node:
    return Node("emoji", UNICODE[name], target=name)


def _style(kind: str, text: str, at: datetime) -> Iterator[Node]:
    yield Node(kind, children=tuple(_inline(text, at)))


def _angle(text: str, at: datetime) -> Iterator[Node]:
    """What stands between angle brackets: a link, a mention, or a date."""
    target, _, label = text.partition("|")
    if target.startswith("!date^"):
        yield _date(target, label, at)
    elif target.startswith("!"):
        name = label.lstrip("@") or target[1:].partition("^")[2] or target[1:]
        yield Node("mention", f"@{unescape(name)}", target="broadcast")
    elif target.startswith(("@", "#")):
        yield Node("mention", unescape(target[0] + (label.lstrip("@#") or target[1:])), target="name")
    else:
        shown = (
            tuple(parse_plain(label)) if label else (Node("text", unescape(target.removeprefix("mailto:"))),)
        )
        yield Node("link", children=shown, target=unescape(target))


def _date(target: str, fallback: str, at: datetime) -> Node:
    """`!date^<Unix seconds>^<format>^<link>`, in the zone of `at`; the fallback where it cannot be read."""
    parts = target.split("^")
    try:
        moment = datetime.fromtimestamp(int(parts[1]), at.tzinfo)
        shown = format_date(moment, parts[2], at)
    except (ValueError, IndexError, OverflowError, OSError):
        return Node("text", unescape(fallback or target))
    if len(parts) > 3 and parts[3]:
        return Node("link", children=(Node("text", shown),), target=unescape(parts[3]))
    return Node("text", shown)


def format_date(moment: datetime, form: str, at: datetime) -> str:
    """Slack's date tokens (`{date_short} at {time}`) filled in; `at` is what makes a day "today"."""
    days = (at.date() - moment.date()).days
    near = {0: "today", 1: "yesterday", -1: "tomorrow"}.get(days, "")
    day, long_day = f"{moment:%B} {ordinal(moment.day)}, {moment.year}", f"{moment:%A}, "
    short = f"{moment:%b} {moment.day}, {moment.year}"
    tokens = {
        "{date_num}": f"{moment:%Y-%m-%d}",
        "{date_slash}": f"{moment:%m/%d/%Y}",
        "{date}": day,
        "{date_long}": long_day + day,
        "{date_short}": short,
        "{date_pretty}": near or day,
        "{date_long_pretty}": near or long_day + day,
        "{date_short_pretty}": near or short,
        "{day_divider_pretty}": near or long_day + day,
        "{time}": f"{moment:%H:%M}",
        "{time_secs}": f"{moment:%H:%M:%S}",
        "{ago}": _ago((at - moment).total_seconds()),
    }
    return re.sub(r"\{\w+\}", lambda match: tokens.get(match[0], match[0]), form)


def ordinal(number: int) -> str:
    """A day of the month as Slack writes it: 1st, 2nd, 3rd, 11th."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _ago(seconds: float) -> str:
    for name, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
        count = int(abs(seconds) // size)
        if count:
            words = f"{count} {name}{'s' if count > 1 else ''}"
            return f"{words} ago" if seconds > 0 else f"in {words}"
    return "just now"


_SPANS: dict[str, Callable[[str, datetime], Iterator[Node]]] = {
    "code": lambda text, _at: iter([Node("code", unescape(text))]),
    "bare": lambda text, _at: iter(
        [Node("link", children=(Node("text", unescape(text)),), target=unescape(text))]
    ),
    "emoji": lambda text, _at: iter([emoji_node(text)]),
    "angle": _angle,
    "bold": lambda text, at: _style("bold", text, at),
    "italic": lambda text, at: _style("italic", text, at),
    "strike": lambda text, at: _style("strike", text, at),
}
