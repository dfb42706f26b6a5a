"""What Slack's incoming webhooks accept: every documented limit of a message, as one table.

Sources: docs.slack.dev/reference/block-kit (blocks, block elements, composition objects),
docs.slack.dev/legacy/legacy-messaging/legacy-secondary-message-attachments, and the validators of slack_sdk
3.47 (models/blocks, models/attachments). Where Slack documents nothing, the comment names what was observed.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

from alarmctl.slack.shapes import (
    Rule,
    anything,
    array,
    boolean,
    integer,
    matching,
    one_of,
    record,
    string,
    tagged,
    url,
)

BLOCKS = 50
ATTACHMENTS = 100
TEXT_CHARS = 40_000  # Slack cuts here and refuses nothing: api.slack.com/changelog/2018-04
SECTION_CHARS = 3_000
FIELDS = 10
FIELD_CHARS = 2_000
HEADER_CHARS = 150
CONTEXT_ELEMENTS = 10
ACTIONS_ELEMENTS = 25
BUTTON_CHARS = 75
VALUE_CHARS = 2_000
URL_CHARS = 3_000
ALT_CHARS = 2_000
ID_CHARS = 255
MARKDOWN_CHARS = 12_000  # over all markdown blocks of a message
TABLE_ROWS, TABLE_COLUMNS, TABLE_CHARS = 100, 20, 10_000
FOOTER_CHARS = 300
ATTACHMENT_ACTIONS = 5
# Undocumented: 9,597 characters were accepted and 11,341 refused (slackapi/bolt-js#2509, #2867). We refuse
# between the two, so that no message depends on where Slack's line really runs.
BLOCK_TEXT_CHARS = 10_000

_LINKS = ("https", "http", "mailto", "slack")
_IMAGES = ("https", "http")


def _text(kinds: tuple[str, ...], high: int) -> Rule:
    rules = {
        "plain_text": record({"text": string(1, high)}, {"emoji": boolean}),
        "mrkdwn": record({"text": string(1, high)}, {"verbatim": boolean}),
    }
    return tagged({kind: rules[kind] for kind in kinds})


_PLAIN = ("plain_text",)
_ANY_TEXT = ("plain_text", "mrkdwn")

_CONFIRM = record(
    {"title": _text(_PLAIN, 100), "text": _text(_ANY_TEXT, 300)},
    {"confirm": _text(_PLAIN, 30), "deny": _text(_PLAIN, 30), "style": one_of("primary", "danger")},
)
_BUTTON = record(
    {"text": _text(_PLAIN, BUTTON_CHARS)},
    {
        "action_id": string(1, ID_CHARS),
        "url": url(URL_CHARS, _LINKS),
        "value": string(1, VALUE_CHARS),
        "style": one_of("primary", "danger"),
        "confirm": _CONFIRM,
        "accessibility_label": string(1, BUTTON_CHARS),
    },
)
# Either id or url: docs.slack.dev/reference/block-kit/composition-objects/slack-file-object. The id's form is
# what Slack's own error asks for (slackapi/python-slack-sdk#1521).
_SLACK_FILE = record(
    {},
    {"id": matching(r"F[A-Z0-9]{8,}", "a file's id, such as F012AB3CDE"), "url": url(URL_CHARS, _IMAGES)},
    any_of=("id", "url"),
    only_one=True,
)
_IMAGE_SOURCE: dict[str, Rule] = {"image_url": url(URL_CHARS, _IMAGES), "slack_file": _SLACK_FILE}
_IMAGE_ELEMENT = record(
    {"alt_text": string(1, ALT_CHARS)}, _IMAGE_SOURCE, any_of=tuple(_IMAGE_SOURCE), only_one=True
)
_OPTION = record(
    {"text": _text(_ANY_TEXT, 75), "value": string(1, 150)},
    {"description": _text(_PLAIN, 75), "url": url(URL_CHARS, _LINKS)},
)
_OVERFLOW = record({"options": array(_OPTION, 1, 5)}, {"action_id": string(1, ID_CHARS), "confirm": _CONFIRM})

_MOMENT = integer(0, 32_503_680_000)  # Unix seconds up to the year 3000
_STYLE = record({}, dict.fromkeys(("bold", "italic", "strike", "code", "underline"), boolean))
_RICH_TEXT_INLINE = tagged(
    {
        "text": record({"text": string(1, SECTION_CHARS)}, {"style": _STYLE}),
        "link": record(
            {"url": url(URL_CHARS, _LINKS)},
            {"text": string(1, SECTION_CHARS), "unsafe": boolean, "style": _STYLE},
        ),
        "emoji": record(
            {"name": string(1, 100)},
            {"unicode": string(1, 100), "skin_tone": integer(1, 6), "style": _STYLE},
        ),
        "user": record({"user_id": string(1, ID_CHARS)}, {"style": _STYLE}),
        "usergroup": record({"usergroup_id": string(1, ID_CHARS)}, {"style": _STYLE}),
        "channel": record({"channel_id": string(1, ID_CHARS)}, {"style": _STYLE}),
        "broadcast": record({"range": one_of("here", "channel", "everyone")}, {"style": _STYLE}),
        "color": record({"value": matching(r"#[0-9A-Fa-f]{6}", "a colour like #D0021B")}, {"style": _STYLE}),
        "date": record(
            {"timestamp": _MOMENT, "format": string(1, 200)},
            {"url": url(URL_CHARS, _LINKS), "fallback": string(1, SECTION_CHARS), "style": _STYLE},
        ),
    }
)
_BORDER = one_of(0, 1)
_RICH_TEXT_SECTION = record({"elements": array(_RICH_TEXT_INLINE, 0, 1000)})
_RICH_TEXT = record(
    {
        "elements": array(
            tagged(
                {
                    "rich_text_section": _RICH_TEXT_SECTION,
                    "rich_text_list": record(
                        {
                            "style": one_of("bullet", "ordered"),
                            "elements": array(tagged({"rich_text_section": _RICH_TEXT_SECTION}), 1, 1000),
                        },
                        {"indent": integer(0, 8), "offset": integer(0, 100_000), "border": _BORDER},
                    ),
                    "rich_text_preformatted": record(
                        {"elements": array(_RICH_TEXT_INLINE, 1, 1000)},
                        {"border": _BORDER, "language": string(1, 100)},
                    ),
                    "rich_text_quote": record(
                        {"elements": array(_RICH_TEXT_INLINE, 1, 1000)}, {"border": _BORDER}
                    ),
                }
            ),
            1,
            1000,
        )
    },
    {"block_id": string(1, ID_CHARS)},
)
_CELL = tagged({"raw_text": record({"text": string(1, TABLE_CHARS)}), "rich_text": _RICH_TEXT})
_COLUMN = record({}, {"align": one_of("left", "center", "right"), "is_wrapped": boolean})

_BLOCK_ID: dict[str, Rule] = {"block_id": string(1, ID_CHARS)}
_ACCESSORY = tagged({"button": _BUTTON, "image": _IMAGE_ELEMENT, "overflow": _OVERFLOW})

# The blocks that an alert is made of. Slack has more (inputs, cards, carousels, video): they need an app that
# listens, and are refused here rather than waved through unchecked.
BLOCK_RULES: dict[str, Rule] = {
    "section": record(
        {},
        {
            "text": _text(_ANY_TEXT, SECTION_CHARS),
            "fields": array(_text(_ANY_TEXT, FIELD_CHARS), 1, FIELDS),
            "accessory": _ACCESSORY,
            "expand": boolean,
            **_BLOCK_ID,
        },
        any_of=("text", "fields"),
    ),
    "header": record({"text": _text(_PLAIN, HEADER_CHARS)}, _BLOCK_ID),
    "divider": record({}, _BLOCK_ID),
    "context": record(
        {
            "elements": array(
                tagged(
                    {
                        "plain_text": _text(_PLAIN, SECTION_CHARS),
                        "mrkdwn": _text(("mrkdwn",), SECTION_CHARS),
                        "image": _IMAGE_ELEMENT,
                    }
                ),
                1,
                CONTEXT_ELEMENTS,
            )
        },
        _BLOCK_ID,
    ),
    "actions": record(
        {"elements": array(tagged({"button": _BUTTON, "overflow": _OVERFLOW}), 1, ACTIONS_ELEMENTS)},
        _BLOCK_ID,
    ),
    "image": record(
        {"alt_text": string(1, ALT_CHARS)},
        {**_IMAGE_SOURCE, "title": _text(_PLAIN, ALT_CHARS), **_BLOCK_ID},
        any_of=tuple(_IMAGE_SOURCE),
        only_one=True,
    ),
    "rich_text": _RICH_TEXT,
    "markdown": record({"text": string(1, MARKDOWN_CHARS)}, _BLOCK_ID),
    "table": record(
        {"rows": array(array(_CELL, 1, TABLE_COLUMNS), 1, TABLE_ROWS)},
        {"column_settings": array(_COLUMN, 0, TABLE_COLUMNS), **_BLOCK_ID},
    ),
}
_BLOCK_LIST = array(tagged(BLOCK_RULES), 0, BLOCKS)

_LEGACY_TEXT = string(0, TEXT_CHARS)
_LINK = url(URL_CHARS, _LINKS)
_PICTURE = url(URL_CHARS, _IMAGES)
_COLOUR = matching(r"good|warning|danger|#[0-9A-Fa-f]{6}", "good, warning, danger or a colour like #D0021B")


def _stamp(value: Any, path: str) -> Iterator[str]:
    """Unix seconds, whole or not, as a number or in a string."""
    if not re.fullmatch(r"\d{1,10}(\.\d+)?", str(value)):
        yield f"{path}: must be Unix seconds, not {value!r:.60}"


_LEGACY_FIELD = record(
    {}, {"title": _LEGACY_TEXT, "value": string(0, FIELD_CHARS), "short": boolean}, any_of=("title", "value")
)
# Slack answers invalid_attachments to blocks beside legacy keys; colour and fallback are the exceptions
# (slack-go/slack#588, slackapi/node-slack-sdk#1112, slackapi/bolt-js#717, slackapi/python-slack-sdk#979).
_BLOCK_ATTACHMENT = record({"blocks": _BLOCK_LIST}, {"color": _COLOUR, "fallback": _LEGACY_TEXT})
_LEGACY_ATTACHMENT = record(
    {},
    {
        **dict.fromkeys(("fallback", "text", "pretext", "title", "author_name"), _LEGACY_TEXT),
        **dict.fromkeys(("title_link", "author_link"), _LINK),
        **dict.fromkeys(("author_icon", "image_url", "thumb_url", "footer_icon"), _PICTURE),
        "color": _COLOUR,
        "fields": array(_LEGACY_FIELD, 0, 100),
        "footer": string(0, FOOTER_CHARS),
        "ts": _stamp,
        "mrkdwn_in": array(one_of("text", "pretext", "fields"), 0, 3),
        "callback_id": string(0, ID_CHARS),
        "attachment_type": anything,
        "actions": array(anything, 0, ATTACHMENT_ACTIONS),
    },
)
_LEGACY_VISIBLE = (
    "fallback",
    "text",
    "pretext",
    "title",
    "author_name",
    "fields",
    "footer",
    "image_url",
    "thumb_url",
)


class PayloadError(ValueError):
    """The request body is no JSON that Slack reads; Slack answers `invalid_payload`."""


def parse(raw: bytes) -> Any:
    """The JSON value in a request body, read strictly.

    Raises PayloadError for what is no UTF-8, no JSON, NaN or Infinity, half a surrogate pair, or too deep.
    """
    try:
        value = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
        json.dumps(value, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError) as error:
        raise PayloadError(f"invalid_payload: $: is no JSON that Slack reads ({error})") from None
    return value


def check(body: object) -> list[str]:
    """What Slack would refuse in a webhook body, each as `<slack error>: <path>: what, and the limit`.

    An empty list means that Slack takes it. The first entry's error is the one that Slack answers.
    """
    if not isinstance(body, dict):
        return ["invalid_payload: $: must be a JSON object"]
    return [
        *_text_problems(body),
        *_block_problems(body),
        *_attachment_problems(body),
        *_message_problems(body),
    ]


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _text_problems(body: dict[str, Any]) -> Iterator[str]:
    text = body.get("text", "")
    if not isinstance(text, str):
        yield "invalid_payload: text: must be a string"
    elif not text.strip() and not body.get("blocks") and not body.get("attachments"):
        yield "no_text: text: is missing, and there are neither blocks nor attachments to show"


def _block_problems(body: dict[str, Any]) -> Iterator[str]:
    if "blocks" not in body:
        return
    if not isinstance(body["blocks"], list):
        yield "invalid_blocks_format: blocks: must be a list"
        return
    for problem in (*_BLOCK_LIST(body["blocks"], "blocks"), *_duplicates(body["blocks"], "blocks")):
        yield f"invalid_blocks: {problem}"


def _attachment_problems(body: dict[str, Any]) -> Iterator[str]:
    attachments = body.get("attachments", [])
    if not isinstance(attachments, list):
        yield "invalid_attachments: attachments: must be a list"
        return
    if len(attachments) > ATTACHMENTS:
        yield f"too_many_attachments: attachments: has {len(attachments)} items; the limit is {ATTACHMENTS}"
    for index, attachment in enumerate(attachments[:ATTACHMENTS]):
        yield from _one_attachment(attachment, f"attachments[{index}]", alone=not body.get("text"))


def _one_attachment(attachment: Any, path: str, *, alone: bool) -> Iterator[str]:
    if not isinstance(attachment, dict):
        yield f"invalid_attachments: {path}: must be an object"
        return
    if "blocks" in attachment:
        blocks = attachment["blocks"]
        for problem in (*_BLOCK_ATTACHMENT(attachment, path), *_duplicates(blocks, f"{path}.blocks")):
            yield f"invalid_attachments: {problem}"
        return
    for problem in _LEGACY_ATTACHMENT(attachment, path):
        yield f"invalid_attachments: {problem}"
    if alone and not any(attachment.get(key) for key in _LEGACY_VISIBLE):
        yield f"missing_text_or_fallback_or_attachments: {path}: has neither blocks, text nor fallback"


def _duplicates(blocks: Any, path: str) -> Iterator[str]:
    """A block_id twice in a message, or an action_id twice in a block."""
    entries = [
        (f"{path}[{index}]", block)
        for index, block in enumerate(blocks if isinstance(blocks, list) else [])
        if isinstance(block, dict)
    ]
    yield from _repeated("block_id", entries)
    for where, block in entries:
        elements = block.get("elements")
        if block.get("type") == "actions" and isinstance(elements, list):
            yield from _repeated(
                "action_id",
                [(f"{where}.elements[{n}]", e) for n, e in enumerate(elements) if isinstance(e, dict)],
            )


def _repeated(key: str, entries: list[tuple[str, dict[str, Any]]]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for path, entry in entries:
        value = entry.get(key)
        if isinstance(value, str) and seen.setdefault(value, path) != path:
            yield f"{path}.{key}: {value!r} is already used by {seen[value]}"


def _message_problems(body: dict[str, Any]) -> Iterator[str]:
    """The limits that hold over all blocks of a message, those in attachments included."""
    blocks = [block for block in all_blocks(body) if isinstance(block, dict)]
    kinds = [block.get("type") for block in blocks]
    if kinds.count("table") > 1:
        yield f"only_one_table_allowed: blocks: has {kinds.count('table')} tables; the limit is 1"
    table = sum(_chars(block) for block in blocks if block.get("type") == "table")
    if table > TABLE_CHARS:
        yield f"invalid_blocks: table: has {table} characters of text; the limit is {TABLE_CHARS}"
    markdown = sum(_chars(block) for block in blocks if block.get("type") == "markdown")
    if markdown > MARKDOWN_CHARS:
        yield (
            f"msg_blocks_too_long: blocks: the markdown blocks have {markdown} characters together; "
            f"the limit is {MARKDOWN_CHARS}"
        )
    others = sum(_chars(block) for block in blocks if block.get("type") not in ("markdown", "table"))
    if others > BLOCK_TEXT_CHARS:
        yield (
            f"msg_blocks_too_long: blocks: have {others} characters of text together; "
            f"the limit is {BLOCK_TEXT_CHARS}"
        )


def all_blocks(body: dict[str, Any]) -> Iterator[Any]:
    """Every block of a message in reading order: its own, then those of its attachments."""
    holders = [body, *(body["attachments"] if isinstance(body.get("attachments"), list) else [])]
    for holder in holders:
        if isinstance(holder, dict) and isinstance(holder.get("blocks"), list):
            yield from holder["blocks"]


def _chars(value: Any) -> int:
    """The characters of all `text` below a value."""
    total, waiting = 0, [value]
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, list):
            waiting.extend(entry)
        elif isinstance(entry, dict):
            text = entry.get("text")
            total += len(text) if isinstance(text, str) else 0
            waiting.extend(entry.values())
    return total
