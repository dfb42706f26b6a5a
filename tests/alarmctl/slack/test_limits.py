"""Each limit just inside and just outside, and the same verdict from slack_sdk where it has one."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.attachments import Attachment, BlockAttachment
from slack_sdk.models.basic_objects import JsonObject
from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ContextBlock,
    HeaderBlock,
    ImageBlock,
    MarkdownBlock,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)

from alarmctl.slack.limits import BLOCK_RULES, PayloadError, check, parse


def mrkdwn(size):
    return {"type": "mrkdwn", "text": "x" * size}


def plain(size):
    return {"type": "plain_text", "text": "x" * size}


def button(**members):
    return {"type": "button", "text": plain(4), **members}


def actions(*elements):
    return {"type": "actions", "elements": list(elements)}


def image(**members):
    return {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "a", **members}


def slack_file(**members):
    return {"type": "image", "slack_file": members, "alt_text": "a"}


def rich(*elements):
    return {"type": "rich_text", "elements": list(elements)}


def line(**span):
    return rich({"type": "rich_text_section", "elements": [span]})


def url(size):
    return "https://example.com/".ljust(size, "x")


def table(rows, columns, text="x"):
    return {"type": "table", "rows": [[{"type": "raw_text", "text": text}] * columns] * rows}


DIVIDER = {"type": "divider"}

# name: (a block that Slack takes, one that it refuses, the path that the refusal names)
BLOCK_CASES: dict[str, tuple[Any, Any, str]] = {
    "section text": (
        {"type": "section", "text": mrkdwn(3000)},
        {"type": "section", "text": mrkdwn(3001)},
        "blocks[0].text.text",
    ),
    "empty text": (
        {"type": "section", "text": mrkdwn(1)},
        {"type": "section", "text": mrkdwn(0)},
        "blocks[0].text.text",
    ),
    "neither text nor fields": (
        {"type": "section", "fields": [mrkdwn(1)]},
        {"type": "section"},
        "blocks[0]",
    ),
    "fields": (
        {"type": "section", "fields": [mrkdwn(5)] * 10},
        {"type": "section", "fields": [mrkdwn(5)] * 11},
        "blocks[0].fields",
    ),
    "no fields": (
        {"type": "section", "fields": [mrkdwn(5)]},
        {"type": "section", "fields": []},
        "blocks[0].fields",
    ),
    "field text": (
        {"type": "section", "fields": [mrkdwn(2000)]},
        {"type": "section", "fields": [mrkdwn(2001)]},
        "blocks[0].fields[0].text",
    ),
    "header": (
        {"type": "header", "text": plain(150)},
        {"type": "header", "text": plain(151)},
        "blocks[0].text.text",
    ),
    "header of mrkdwn": (
        {"type": "header", "text": plain(1)},
        {"type": "header", "text": mrkdwn(1)},
        "blocks[0].text.type",
    ),
    "header as a string": (
        {"type": "header", "text": plain(1)},
        {"type": "header", "text": "title"},
        "blocks[0].text",
    ),
    "context": (
        {"type": "context", "elements": [mrkdwn(5)] * 10},
        {"type": "context", "elements": [mrkdwn(5)] * 11},
        "blocks[0].elements",
    ),
    "context button": (
        {"type": "context", "elements": [image()]},
        {"type": "context", "elements": [button()]},
        "blocks[0].elements[0].type",
    ),
    "actions": (actions(*[button()] * 25), actions(*[button()] * 26), "blocks[0].elements"),
    "no actions": (actions(button()), actions(), "blocks[0].elements"),
    "button text": (
        actions(button(text=plain(75))),
        actions(button(text=plain(76))),
        "blocks[0].elements[0].text.text",
    ),
    "button text kind": (
        actions(button()),
        actions(button(text=mrkdwn(4))),
        "blocks[0].elements[0].text.type",
    ),
    "button url": (
        actions(button(url=url(3000))),
        actions(button(url=url(3001))),
        "blocks[0].elements[0].url",
    ),
    "button bad url": (
        actions(button(url="https://a.example/b")),
        actions(button(url="a.example/b")),
        "blocks[0].elements[0].url",
    ),
    "button script url": (
        actions(button(url="mailto:a@example.com")),
        actions(button(url="javascript:alert(1)")),
        "blocks[0].elements[0].url",
    ),
    "button url with a space": (
        actions(button(url="https://a.example/b%20c")),
        actions(button(url="https://a.example/b c")),
        "blocks[0].elements[0].url",
    ),
    "button value": (
        actions(button(value="x" * 2000)),
        actions(button(value="x" * 2001)),
        "blocks[0].elements[0].value",
    ),
    "button style": (
        actions(button(style="danger")),
        actions(button(style="green")),
        "blocks[0].elements[0].style",
    ),
    "action_id": (
        actions(button(action_id="x" * 255)),
        actions(button(action_id="x" * 256)),
        "blocks[0].elements[0].action_id",
    ),
    "same action_id": (
        actions(button(action_id="a"), button(action_id="b")),
        actions(button(action_id="a"), button(action_id="a")),
        "blocks[0].elements[1].action_id",
    ),
    "image url": (image(image_url=url(3000)), image(image_url=url(3001)), "blocks[0].image_url"),
    "image alt": (image(alt_text="x" * 2000), image(alt_text="x" * 2001), "blocks[0].alt_text"),
    "image title": (image(title=plain(2000)), image(title=plain(2001)), "blocks[0].title.text"),
    "image without alt": (image(), {"type": "image", "image_url": url(30)}, "blocks[0].alt_text"),
    "slack file": (slack_file(id="F012AB3CDE"), slack_file(id="https://x"), "blocks[0].slack_file.id"),
    "slack file by address": (
        slack_file(url=url(3000)),
        slack_file(url=url(3001)),
        "blocks[0].slack_file.url",
    ),
    "slack file twice": (
        slack_file(id="F012AB3CDE"),
        slack_file(id="F012AB3CDE", url=url(30)),
        "blocks[0].slack_file",
    ),
    "image from two sources": (image(), image(slack_file={"id": "F012AB3CDE"}), "blocks[0]"),
    "image without source": (image(), {"type": "image", "alt_text": "a"}, "blocks[0]"),
    "block_id": (
        {**DIVIDER, "block_id": "x" * 255},
        {**DIVIDER, "block_id": "x" * 256},
        "blocks[0].block_id",
    ),
    "unknown property": (DIVIDER, {**DIVIDER, "text": "no"}, "blocks[0].text"),
    "unknown type": (DIVIDER, {"type": "line"}, "blocks[0].type"),
    "no type": (DIVIDER, {}, "blocks[0].type"),
    "no object": (DIVIDER, "divider", "blocks[0]"),
    "type is a list": (DIVIDER, {"type": ["divider"]}, "blocks[0].type"),
    "emoji flag": (
        {"type": "header", "text": {**plain(1), "emoji": True}},
        {"type": "header", "text": {**plain(1), "emoji": "yes"}},
        "blocks[0].text.emoji",
    ),
    "emoji flag of mrkdwn": (
        {"type": "section", "text": {**mrkdwn(1), "verbatim": True}},
        {"type": "section", "text": {**mrkdwn(1), "emoji": True}},
        "blocks[0].text.emoji",
    ),
    "accessory": (
        {"type": "section", "text": mrkdwn(1), "accessory": button()},
        {"type": "section", "text": mrkdwn(1), "accessory": DIVIDER},
        "blocks[0].accessory.type",
    ),
    "rich text": (
        line(type="text", text="a"),
        line(type="text", text=""),
        "blocks[0].elements[0].elements[0].text",
    ),
    "rich text style": (
        line(type="text", text="a", style={"bold": True}),
        line(type="text", text="a", style={"loud": True}),
        "blocks[0].elements[0].elements[0].style.loud",
    ),
    "rich text link": (
        line(type="link", url="https://example.com"),
        line(type="link", url="example"),
        "blocks[0].elements[0].elements[0].url",
    ),
    "rich text list style": (
        rich(
            {
                "type": "rich_text_list",
                "style": "bullet",
                "elements": [{"type": "rich_text_section", "elements": []}],
            }
        ),
        rich(
            {
                "type": "rich_text_list",
                "style": "dash",
                "elements": [{"type": "rich_text_section", "elements": []}],
            }
        ),
        "blocks[0].elements[0].style",
    ),
    "markdown": (
        {"type": "markdown", "text": "x" * 12_000},
        {"type": "markdown", "text": "x" * 12_001},
        "blocks[0].text",
    ),
    "table rows": (table(100, 1), table(101, 1), "blocks[0].rows"),
    "table columns": (table(1, 20), table(1, 21), "blocks[0].rows[0]"),
}


@pytest.mark.parametrize(("inside", "outside", "path"), BLOCK_CASES.values(), ids=BLOCK_CASES)
def test_block_limits(inside, outside, path):
    assert check({"blocks": [inside]}) == []
    problems = check({"text": "x", "blocks": [outside]})
    assert any(problem.startswith(f"invalid_blocks: {path}: ") for problem in problems), problems


def test_every_block_type_is_tried():
    assert {inside["type"] for inside, _, _ in BLOCK_CASES.values()} == set(BLOCK_RULES)


@pytest.mark.parametrize(("inside", "outside", "path"), BLOCK_CASES.values(), ids=BLOCK_CASES)
def test_a_breach_in_an_attachment_loses_the_whole_message(inside, outside, path):
    assert check({"attachments": [{"color": "#D0021B", "blocks": [inside]}]}) == []
    problems = check({"text": "x", "attachments": [{"blocks": [outside]}]})
    assert any(problem.startswith(f"invalid_attachments: attachments[0].{path}: ") for problem in problems), (
        problems
    )


MESSAGE_CASES: dict[str, tuple[Any, Any, str]] = {
    "no text": ({"text": "x"}, {}, "no_text: text"),
    "blank text": ({"text": "x"}, {"text": " \n"}, "no_text: text"),
    "nothing to show": (
        {"text": "x", "blocks": [], "attachments": []},
        {"blocks": [], "attachments": []},
        "no_text: text",
    ),
    "text of another type": ({"text": "1"}, {"text": 1}, "invalid_payload: text"),
    "no object": ({"text": "x"}, [], "invalid_payload: $"),
    "a string": ({"text": "x"}, "x", "invalid_payload: $"),
    "blocks": ({"blocks": [DIVIDER] * 50}, {"blocks": [DIVIDER] * 51}, "invalid_blocks: blocks"),
    "blocks as an object": (
        {"blocks": [DIVIDER]},
        {"text": "x", "blocks": DIVIDER},
        "invalid_blocks_format: blocks",
    ),
    "same block_id": (
        {"blocks": [{**DIVIDER, "block_id": "a"}, {**DIVIDER, "block_id": "b"}]},
        {"blocks": [{**DIVIDER, "block_id": "a"}, {**DIVIDER, "block_id": "a"}]},
        "invalid_blocks: blocks[1].block_id",
    ),
    "text of all blocks": (
        {"blocks": [{"type": "section", "text": mrkdwn(2500)}] * 4},
        {
            "blocks": [{"type": "section", "text": mrkdwn(2500)}] * 3
            + [{"type": "section", "text": mrkdwn(2501)}]
        },
        "msg_blocks_too_long: blocks",
    ),
    "text of the blocks of attachments": (
        {"attachments": [{"blocks": [{"type": "section", "text": mrkdwn(2500)}] * 2}] * 2},
        {"attachments": [{"blocks": [{"type": "section", "text": mrkdwn(2600)}] * 2}] * 2},
        "msg_blocks_too_long: blocks",
    ),
    "text of all markdown blocks": (
        {"blocks": [{"type": "markdown", "text": "x" * 6000}] * 2},
        {"blocks": [{"type": "markdown", "text": "x" * 6001}] * 2},
        "msg_blocks_too_long: blocks",
    ),
    "tables": ({"blocks": [table(1, 1)]}, {"blocks": [table(1, 1)] * 2}, "only_one_table_allowed: blocks"),
    "text of a table": (
        {"blocks": [table(10, 10, "x" * 100)]},
        {"blocks": [table(10, 10, "x" * 101)]},
        "invalid_blocks: table",
    ),
    "attachments": (
        {"attachments": [{"text": "x"}] * 100},
        {"attachments": [{"text": "x"}] * 101},
        "too_many_attachments: attachments",
    ),
    "attachments as an object": (
        {"attachments": [{"text": "x"}]},
        {"text": "x", "attachments": {"text": "x"}},
        "invalid_attachments: attachments",
    ),
    "attachment as a string": (
        {"attachments": [{"text": "x"}]},
        {"attachments": ["x"]},
        "invalid_attachments: attachments[0]",
    ),
    "attachment with nothing to show": (
        {"attachments": [{"color": "good", "fallback": "x"}]},
        {"attachments": [{"color": "good"}]},
        "missing_text_or_fallback_or_attachments: attachments[0]",
    ),
    "colour": (
        {"attachments": [{"text": "x", "color": "#D0021B"}]},
        {"attachments": [{"text": "x", "color": "red"}]},
        "invalid_attachments: attachments[0].color",
    ),
    "blocks beside legacy keys": (
        {"attachments": [{"blocks": [DIVIDER], "fallback": "x", "color": "good"}]},
        {"attachments": [{"blocks": [DIVIDER], "footer": "x"}]},
        "invalid_attachments: attachments[0].footer",
    ),
    "blocks of an attachment": (
        {"attachments": [{"blocks": [DIVIDER] * 50}]},
        {"attachments": [{"blocks": [DIVIDER] * 51}]},
        "invalid_attachments: attachments[0].blocks",
    ),
    "same block_id in an attachment": (
        {"attachments": [{"blocks": [{**DIVIDER, "block_id": "a"}]}] * 2},
        {"attachments": [{"blocks": [{**DIVIDER, "block_id": "a"}] * 2}]},
        "invalid_attachments: attachments[0].blocks[1].block_id",
    ),
    "footer": (
        {"attachments": [{"text": "x", "footer": "x" * 300}]},
        {"attachments": [{"text": "x", "footer": "x" * 301}]},
        "invalid_attachments: attachments[0].footer",
    ),
    "legacy field": (
        {"attachments": [{"fields": [{"title": "a", "value": "x" * 2000, "short": True}]}]},
        {"attachments": [{"fields": [{"title": "a", "value": "x" * 2001}]}]},
        "invalid_attachments: attachments[0].fields[0].value",
    ),
    "legacy actions": (
        {"attachments": [{"text": "x", "actions": [{}] * 5}]},
        {"attachments": [{"text": "x", "actions": [{}] * 6}]},
        "invalid_attachments: attachments[0].actions",
    ),
    "ts": (
        {"attachments": [{"text": "x", "ts": "1785499200.5"}]},
        {"attachments": [{"text": "x", "ts": "yesterday"}]},
        "invalid_attachments: attachments[0].ts",
    ),
}


@pytest.mark.parametrize(("inside", "outside", "problem"), MESSAGE_CASES.values(), ids=MESSAGE_CASES)
def test_message_limits(inside, outside, problem):
    assert check(inside) == []
    assert check(outside)[0].startswith(f"{problem}: ")


def test_a_problem_names_the_size_and_the_limit():
    body = {"blocks": [{"type": "header", "text": plain(151)}]}
    assert check(body) == ["invalid_blocks: blocks[0].text.text: is 151 characters; the limit is 150"]


def test_long_text_is_cut_by_slack_and_not_refused():
    assert check({"text": "x" * 100_000}) == []


# What slack_sdk checks as well must come out alike: (limit, a block of that size)
SDK_CASES: dict[str, tuple[int, Any]] = {
    "section text": (3000, lambda size: SectionBlock(text=MarkdownTextObject(text="x" * size))),
    "section fields": (10, lambda size: SectionBlock(fields=[MarkdownTextObject(text="x")] * size)),
    "header": (150, lambda size: HeaderBlock(text=PlainTextObject(text="x" * size))),
    "context": (10, lambda size: ContextBlock(elements=[MarkdownTextObject(text="x")] * size)),
    "actions": (
        25,
        lambda size: ActionsBlock(elements=[ButtonElement(text="x", action_id=f"a{n}") for n in range(size)]),
    ),
    "button text": (75, lambda size: ActionsBlock(elements=[ButtonElement(text="x" * size, action_id="a")])),
    "button value": (
        2000,
        lambda size: ActionsBlock(elements=[ButtonElement(text="x", action_id="a", value="x" * size)]),
    ),
    "button url": (
        3000,
        lambda size: ActionsBlock(elements=[ButtonElement(text="x", action_id="a", url=url(size))]),
    ),
    "image url": (3000, lambda size: ImageBlock(image_url=url(size), alt_text="x")),
    "image alt": (2000, lambda size: ImageBlock(image_url=url(30), alt_text="x" * size)),
    "markdown": (12_000, lambda size: MarkdownBlock(text="x" * size)),
    "block_id": (255, lambda size: HeaderBlock(text="x", block_id="x" * size)),
}


@pytest.mark.parametrize(("limit", "make"), SDK_CASES.values(), ids=SDK_CASES)
def test_slack_sdk_draws_the_line_at_the_same_place(limit, make, monkeypatch):
    block: Block = make(limit)
    assert check({"blocks": [block.to_dict()]}) == []
    over = make(limit + 1)
    with pytest.raises(SlackObjectFormationError):
        over.to_dict()
    monkeypatch.setattr(JsonObject, "validate_json", lambda _self: None)
    assert check({"text": "x", "blocks": [over.to_dict()]})


def sdk_refuses(attachment):
    try:
        attachment.validate_json()
    except SlackObjectFormationError:
        return True
    return False


@pytest.mark.parametrize(
    "colour", ["good", "warning", "danger", "#d0021b", "#D0021B", "red", "#fff", "d0021b", ""]
)
def test_slack_sdk_agrees_on_colours(colour):
    refused = sdk_refuses(BlockAttachment(blocks=[HeaderBlock(text="x")], color=colour))
    ours = check({"attachments": [{"blocks": [{"type": "header", "text": plain(1)}], "color": colour}]})
    assert bool(ours) is refused


@pytest.mark.parametrize("size", [300, 301])
def test_slack_sdk_agrees_on_footers(size):
    refused = sdk_refuses(Attachment(text="x", footer="x" * size))
    ours = check({"attachments": [{"text": "x", "footer": "x" * size}]})
    assert bool(ours) is refused


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"payload={}",
        b'{"text": NaN}',
        b'{"text": Infinity}',
        b'{"text": "\xff"}',
        b'{"text": "\\ud800"}',
        b"[" * 100_000,
        b'{"text": 1' + b"0" * 5000 + b"}",
        b"{'text': 'x'}",
    ],
)
def test_what_is_no_strict_json_is_an_invalid_payload(raw):
    with pytest.raises(PayloadError, match=r"^invalid_payload: \$: "):
        parse(raw)


def test_json_is_read_as_it_is():
    assert parse('{"text": "ä \\ud83d\\ude00"}'.encode()) == {"text": "ä 😀"}


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["type", "text", "blocks", "elements", "x"]), inner)
    ),
    max_leaves=20,
)


@given(JSON)
def test_no_value_makes_it_raise(value):
    for body in (
        value,
        {"text": value, "blocks": value, "attachments": value},
        {"blocks": [value, {"type": "section", "text": value, "fields": value}]},
        {"attachments": [value, {"blocks": [value], "color": value}, {"fields": [value], "ts": value}]},
    ):
        assert all(": " in problem for problem in check(body))
