"""Make text from outside safe for Slack: nothing in it can mention, link, format, or exceed a limit.

Rules: https://docs.slack.dev/messaging/formatting-message-text (only `&`, `<`, `>` are escaped).
"""

from __future__ import annotations

import re

ELLIPSIS = "…"

# Control characters, direction overrides, invisible joiners and halves of surrogate pairs.
_UNSAFE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)
_PARTIAL_ENTITY = re.compile(r"&[a-z]{0,3}$")


def clean(text: str) -> str:
    """Without the characters that hide, reorder or break; new lines and tabs stay."""
    return _UNSAFE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def escape(text: str) -> str:
    """Cleaned, with Slack's three entities."""
    return clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def clip(escaped: str, limit: int) -> str:
    """At most `limit` characters of escaped text, ending in … when cut, never inside an entity."""
    if len(escaped) <= limit:
        return escaped
    return _PARTIAL_ENTITY.sub("", escaped[: limit - 1]).rstrip() + ELLIPSIS


def safe(text: str, limit: int) -> str:
    """Escaped and clipped."""
    return clip(escape(text), limit)


def one_line(text: str) -> str:
    """White space of any kind becomes one space."""
    return " ".join(clean(text).split())


def code(text: str) -> str:
    """`text` as an inline code span, still unescaped; a backtick inside would end the span."""
    inner = _inside_code(text)
    return f"`{inner}`" if inner else ""


def code_span(text: str, limit: int) -> str:
    """The same, escaped and clipped, with its end still in place."""
    inner = safe(_inside_code(text), limit - 2)
    return f"`{inner}`" if inner else ""


def _inside_code(text: str) -> str:
    return one_line(text).replace("`", "'")


def plain(text: str) -> str:
    """Without the marks of code spans, for places that show no formatting."""
    return text.replace("`", "")
