"""The channel as a web page that looks like Slack, with nothing loaded from anywhere else.

Everything that came from outside is escaped here, once, on its way into HTML; the page's policy allows no
script but its own.
"""

import base64
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from html import escape
from importlib.resources import files
from string import Template

from alarmctl.slack.emoji import DRAWN
from alarmctl.slack.layout import Button, Group, Nodes, Picture, Piece, layout
from alarmctl.slack.message import Message
from alarmctl.slack.mrkdwn import Node, ordinal

_SAFE_LINK = re.compile(r"(?:https?|mailto|slack):", re.IGNORECASE)
_SAFE_IMAGE = re.compile(r"https?:", re.IGNORECASE)
_COLOUR = re.compile(r"#[0-9A-Fa-f]{3,8}")
_DRAWN_TEXT = re.compile("|".join(sorted(map(re.escape, DRAWN), key=len, reverse=True)))
# A square in the app's colour with a bell: our app's face, and the page's icon.
_BELL = (
    '<svg viewBox="0 0 36 36" xmlns="http://www.w3.org/2000/svg">'
    '<rect width="36" height="36" fill="#d6336c"/><path fill="#fff" d="M18 8a7 7 0 0 0-7 7v5l-2 3v1.5h18'
    'V23l-2-3v-5a7 7 0 0 0-7-7zm-3 18a3 3 0 0 0 6 0z"/>'
    "</svg>"
)


@dataclass(frozen=True)
class Channel:
    """Whose messages are shown, and where."""

    workspace: str = "Local workspace"
    name: str = "alerts"
    app: str = "AWS alarms"


def render_page(
    messages: Iterable[Message],
    *,
    channel: Channel | None = None,
    zone: tzinfo | None = None,
    live: Mapping[str, str] | None = None,
) -> str:
    """The whole page as HTML, times in `zone` (default: each message's own).

    `live` belongs to the server: `cursor` (where its events continue) and `counts` (HTML). Without it the
    page is static and needs no script.
    """
    channel = channel or Channel()
    shown = list(messages)
    script = _asset("page.js") if live is not None else ""
    body = _days(shown, channel, zone)
    return Template(_asset("page.html")).substitute(
        policy=_policy(script),
        style=_asset("page.css"),
        icon=_data_uri(_BELL),
        workspace=escape(channel.workspace),
        initial=escape(channel.workspace[:1]),
        channel=escape(channel.name),
        app=escape(channel.app),
        avatar=_BELL,
        messages=body,
        empty="" if shown else " is-empty",
        cursor=escape((live or {}).get("cursor", "")),
        counts=(live or {}).get("counts", ""),
        mode="live" if live is not None else "static",
        script=f"<script>{script}</script>" if script else "",
    )


def render_message(message: Message, *, channel: Channel | None = None, zone: tzinfo | None = None) -> str:
    """One message as an HTML element; its `data-day` names the day divider that it belongs under."""
    channel = channel or Channel()
    at = message.received_at.astimezone(zone) if zone else message.received_at
    groups = "".join(_group(group) for group in layout(message.body, at))
    return (
        f'<article class="message" data-number="{message.number}" data-day="{escape(day(at))}">'
        f'<div class="avatar" aria-hidden="true">{_BELL}</div><div class="content">'
        f'<div class="byline"><b class="sender">{escape(_sender(message, channel))}</b>'
        '<span class="badge">APP</span>'
        f'<time datetime="{at.isoformat()}" title="{at:%Y-%m-%d %H:%M:%S %Z}">{at:%H:%M}</time></div>'
        f"{_REPLIED if message.broadcast else ''}{groups}{_EDITED if message.edited else ''}"
        f"{_thread(message, channel, zone)}</div></article>"
    )


_REPLIED = '<div class="replied">replied to a thread</div>'
_EDITED = '<div class="edited">(edited)</div>'


def _sender(message: Message, channel: Channel) -> str:
    name = message.body.get("username")
    return name if isinstance(name, str) and name.strip() else channel.app


def _thread(message: Message, channel: Channel, zone: tzinfo | None) -> str:
    """The answers to a message, drawn open: in Slack a click opens them."""
    if not message.replies:
        return ""
    count = len(message.replies)
    shown = "".join(
        render_message(replace(reply, broadcast=False, number=0), channel=channel, zone=zone)
        for reply in message.replies
    )
    words = "1 reply" if count == 1 else f"{count} replies"
    return f'<details class="thread" open><summary>{words}</summary>{shown}</details>'


def day(moment: datetime) -> str:
    """A day as Slack's divider writes it: Friday, July 31st."""
    return f"{moment:%A}, {moment:%B} {ordinal(moment.day)}"


def _days(messages: list[Message], channel: Channel, zone: tzinfo | None) -> str:
    parts: list[str] = []
    previous = ""
    for message in (message for message in messages if message.in_channel):
        at = message.received_at.astimezone(zone) if zone else message.received_at
        current = message.heading or day(at)
        if current != previous:
            parts.append(f'<div class="day"><span>{escape(current)}</span></div>')
        parts.append(render_message(message, channel=channel, zone=zone))
        previous = current
    return "".join(parts)


def _asset(name: str) -> str:
    return files("alarmctl.slack").joinpath(name).read_text("utf-8")


def _policy(script: str) -> str:
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    scripts = f"'sha256-{digest}'" if script else "'none'"
    return (
        f"default-src 'none'; style-src 'unsafe-inline'; img-src http: https: data:; script-src {scripts}; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'"
    )


def _data_uri(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _group(group: Group) -> str:
    pieces = "".join(_PIECES[piece.kind](piece) for piece in group.pieces)
    if group.colour is None:
        return f'<div class="blocks">{pieces}</div>'
    colour = group.colour if _COLOUR.fullmatch(group.colour) else "#dddddd"
    bar = f'<i class="bar" style="background:{colour}"></i>'
    return f'<div class="attachment">{bar}<div class="blocks">{pieces}</div></div>'


def _html(nodes: Nodes) -> str:
    return "".join(_NODES[node.kind](node) for node in nodes)


def _characters(text: str) -> str:
    """Escaped text in which the emoji that carry meaning are drawn by the style sheet."""
    parts: list[str] = []
    position = 0
    for match in _DRAWN_TEXT.finditer(text):
        parts += [escape(text[position : match.start()]), _drawn(match[0])]
        position = match.end()
    return "".join([*parts, escape(text[position:])])


def _drawn(character: str, name: str = "") -> str:
    title = f' title=":{escape(name)}:"' if name else ""
    classes = f"emoji {DRAWN[character]}" if character in DRAWN else "emoji"
    return f'<span class="{classes}"{title}><span>{escape(character)}</span></span>'


def _linked(url: str, inner: str, classes: str = "") -> str:
    if not _SAFE_LINK.match(url):
        return f"<span{classes}>{inner}</span>"
    return f'<a{classes} href="{escape(url)}" target="_blank" rel="noopener noreferrer">{inner}</a>'


def _wrapped(tag: str) -> Callable[[Node], str]:
    return lambda node: f"<{tag}>{_html(node.children)}</{tag}>"


def _list(node: Node) -> str:
    level = min(int(node.target or 0), 8)
    if node.text:
        return f'<ol class="level{level}" start="{int(node.text)}">{_html(node.children)}</ol>'
    return f'<ul class="level{level}">{_html(node.children)}</ul>'


_NODES: dict[str, Callable[[Node], str]] = {
    "text": lambda node: _characters(node.text),
    "bold": _wrapped("b"),
    "italic": _wrapped("i"),
    "strike": _wrapped("s"),
    "item": _wrapped("li"),
    "quote": _wrapped("blockquote"),
    "code": lambda node: f"<code>{escape(node.text)}</code>",
    "pre": lambda node: f"<pre>{escape(node.text)}</pre>",
    "break": lambda _node: "<br>",
    "emoji": lambda node: _drawn(node.text, node.target),
    "mention": lambda node: f'<span class="mention {escape(node.target)}">{escape(node.text)}</span>',
    "link": lambda node: _linked(node.target, _html(node.children)),
    "list": _list,
}


def _picture(picture: Picture, classes: str) -> str:
    if not _SAFE_IMAGE.match(picture.url):
        return f'<span class="{classes} missing">{escape(picture.alt)}</span>'
    return (
        f'<img class="{classes}" src="{escape(picture.url)}" alt="{escape(picture.alt)}" '
        'loading="lazy" referrerpolicy="no-referrer">'
    )


def _button(button: Button) -> str:
    return _linked(button.url, _html(button.label), f' class="button {escape(button.style)}"')


def _part(part: Nodes | Picture | Button, picture_class: str) -> str:
    match part:
        case Button():
            return _button(part)
        case Picture():
            return _picture(part, picture_class)
        case _:
            return f"<span>{_html(part)}</span>"


def _parts(classes: str, picture_class: str = "icon") -> Callable[[Piece], str]:
    return lambda piece: (
        f'<div class="{classes}">{"".join(_part(part, picture_class) for part in piece.parts)}</div>'
    )


def _image(piece: Piece) -> str:
    pictures = [part for part in piece.parts if isinstance(part, Picture)]
    return "".join(
        f"<figure><figcaption>{escape(picture.title)}</figcaption>{_picture(picture, 'picture')}</figure>"
        for picture in pictures
    )


def _accessory(piece: Piece) -> str:
    beside = "".join(_part(part, "thumbnail") for part in piece.parts)
    return f'<div class="section beside"><div>{_html(piece.nodes)}</div>{beside}</div>'


def _table(piece: Piece) -> str:
    rows = "".join(f"<tr>{''.join(f'<td>{_html(cell)}</td>' for cell in row)}</tr>" for row in piece.rows)
    return f'<div class="table"><table>{rows}</table></div>'


_PIECES: dict[str, Callable[[Piece], str]] = {
    "text": lambda piece: f'<div class="section">{_html(piece.nodes)}</div>',
    "header": lambda piece: f'<div class="header">{_html(piece.nodes)}</div>',
    "fields": _parts("fields"),
    "actions": _parts("actions"),
    "context": _parts("context"),
    "divider": lambda _piece: '<hr class="divider">',
    "image": _image,
    "accessory": _accessory,
    "table": _table,
}


def render_counts(
    counts: Mapping[str, int], refusals: Iterable[str] = (), *, tally: Mapping[str, int] | None = None
) -> str:
    """The strip below the channel's name: how many messages arrived, and what became of the others.

    `tally` comes first: counts by name of somebody who knows what was sent.
    """
    kinds = [(f"tally {name}", name, count) for name, count in (tally or {}).items()]
    kinds += [(name, name, count) for name, count in counts.items()]
    words = " ".join(
        f'<span class="count {escape(kind)}{" some" if count else ""}">'
        f"<b>{count}</b> {escape(name.replace('_', ' '))}</span>"
        for kind, name, count in kinds
    )
    reasons = "".join(f"<li>{escape(reason)}</li>" for reason in refusals)
    return words + (f"<details><summary>why</summary><ul>{reasons}</ul></details>" if reasons else "")
