"""What the page and the terminal make of a message."""

import re
from datetime import UTC, datetime, timedelta, timezone
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmctl.slack import layout as layout_module
from alarmctl.slack import mrkdwn, page
from alarmctl.slack import text as text_module
from alarmctl.slack.emoji import DRAWN, UNICODE
from alarmctl.slack.limits import BLOCK_RULES, check
from alarmctl.slack.message import Message
from alarmctl.slack.page import Channel, day, render_counts, render_message, render_page
from alarmctl.slack.text import as_text

AT = datetime(2026, 7, 31, 14, 5, tzinfo=UTC)


class Html(HTMLParser):
    """The tags, attributes and text of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.links = [], "", []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.links += [value for name, value in attrs if name in ("href", "src")]
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data):
        self.text += data


def message(body, at=AT, number=1):
    assert check(body) == []
    return Message(number, at, body)


def drawn(text):
    """The HTML of a mrkdwn text, without the message around it."""
    html = render_message(message({"text": text}))
    return html.partition('<div class="section">')[2].removesuffix("</div></div></div></article>")


def section(text):
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def test_each_table_covers_its_kinds():
    assert set(layout_module.DRAWERS) == set(BLOCK_RULES)
    assert set(page._PIECES) == set(text_module._PIECES) == set(layout_module.KINDS)
    assert set(page._NODES) == set(text_module._NODES) == set(mrkdwn.KINDS)


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("*bold* text", "<b>bold</b> text"),
        ("_italic_ ~gone~", "<i>italic</i> <s>gone</s>"),
        ("*_both_*", "<b><i>both</i></b>"),
        ("instance_filesystem_utilization", "instance_filesystem_utilization"),
        ("2*3*4 and * this *", "2*3*4 and * this *"),
        ("`100*m1/m2` *x*", "<code>100*m1/m2</code> <b>x</b>"),
        ("*`a*b` c*", "<b><code>a*b</code> c</b>"),
        ("a &lt;b&gt; &amp;amp; c", "a &lt;b&gt; &amp;amp; c"),
        ("```a\n*b*```", "<pre>a\n*b*</pre>"),
        ("&gt; one\n> *two*\nthree", "<blockquote>one<br><b>two</b></blockquote>three"),
        ("one\ntwo", "one<br>two"),
        (":no_such_emoji: 12:30:45", ":no_such_emoji: 12:30:45"),
        (":rocket:", '<span class="emoji" title=":rocket:"><span>🚀</span></span>'),
        (":red_circle:", '<span class="emoji disc red" title=":red_circle:"><span>🔴</span></span>'),
        ("🔴", '<span class="emoji disc red"><span>🔴</span></span>'),
        (
            "<!here> <!channel>",
            '<span class="mention broadcast">@here</span> <span class="mention broadcast">@channel</span>',
        ),
        ("<!subteam^S1|@oncall>", '<span class="mention broadcast">@oncall</span>'),
        ("<@U12> <#C1|ops>", '<span class="mention name">@U12</span> <span class="mention name">#ops</span>'),
        ("<!date^1785506400^{date_short} {time}|x>", "Jul 31, 2026 14:00"),
        ("<!date^1785506400^{date_pretty} {ago}|x>", "today 5 minutes ago"),
        ("<!date^soon^{time}|fallback>", "fallback"),
    ],
)
def test_mrkdwn_as_html(text, html):
    assert drawn(text) == html


@pytest.mark.parametrize(
    ("text", "target", "label"),
    [
        ("<https://example.com/?a=1&amp;b=2|the alarm>", "https://example.com/?a=1&b=2", "the alarm"),
        ("<https://example.com>", "https://example.com", "https://example.com"),
        ("see https://example.com/a.", "https://example.com/a", "see https://example.com/a."),
        ("<mailto:a@example.com>", "mailto:a@example.com", "a@example.com"),
    ],
)
def test_links(text, target, label):
    parsed = Html(drawn(text))
    assert (parsed.links, parsed.text) == ([target], label)


@pytest.mark.parametrize("target", ["javascript:alert(1)", "data:text/html,x", " javascript:alert(1)", "//x"])
def test_a_link_of_another_scheme_is_only_text(target):
    parsed = Html(drawn(f"<{target}|click>"))
    assert (parsed.links, parsed.text) == ([], "click")


EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(1)>\"'&"


def test_no_text_becomes_html():
    text = {"type": "plain_text", "text": EVIL}
    cell = {"type": "raw_text", "text": EVIL}
    body = {
        "text": EVIL,
        "blocks": [
            {"type": "header", "text": text},
            {
                "type": "section",
                "text": text,
                "fields": [text],
                "accessory": {"type": "button", "text": {**text, "text": EVIL[:70]}},
            },
            section(EVIL.replace("<", "&lt;").replace(">", "&gt;")),
            {"type": "context", "elements": [text]},
            {
                "type": "image",
                "image_url": "https://example.com/%22onerror=",
                "alt_text": EVIL,
                "title": text,
            },
            {
                "type": "rich_text",
                "elements": [{"type": "rich_text_preformatted", "elements": [cell | {"type": "text"}]}],
            },
            {"type": "markdown", "text": EVIL},
            {"type": "table", "rows": [[cell]]},
        ],
        "attachments": [{"fallback": EVIL, "title": EVIL, "text": EVIL, "footer": EVIL, "author_name": EVIL}],
    }
    parsed = Html(render_page([message(body)], channel=Channel(EVIL, EVIL, EVIL)))
    assert "script" not in parsed.tags
    assert {link.split(":")[0] for link in parsed.links} <= {"https", "data"}
    assert parsed.text.count("alert(1)") >= 12


@given(st.text(alphabet=st.sampled_from("<>|*_~`&;:!@#^\n \"'/()[]-ahtps.gt"), min_size=1, max_size=120))
def test_any_text_is_drawn_and_leaves_no_tag_behind(text):
    if not text.strip():
        return
    body = {
        "text": text,
        "blocks": [section(text), {"type": "markdown", "text": text}],
        "attachments": [{"text": text, "title": "x", "color": "good"}],
    }
    parsed = Html(render_message(message(body)))
    assert set(parsed.tags) <= {
        *(
            "article",
            "div",
            "b",
            "i",
            "s",
            "span",
            "time",
            "br",
            "a",
            "code",
            "pre",
            "blockquote",
            "ul",
            "ol",
            "li",
        ),
        *("svg", "rect", "path"),
    }
    assert as_text(body) is not None


def test_a_colour_is_a_colour():
    group = layout_module.Group("red;background:url(//x)", (layout_module.Piece("divider"),))
    assert "background:#dddddd" in page._group(group)


def test_the_text_is_not_shown_beside_blocks():
    html = render_message(message({"text": "on the lock screen", "blocks": [section("in the channel")]}))
    assert "in the channel" in html
    assert "on the lock screen" not in html


def test_the_text_is_shown_above_attachments():
    text = as_text({"text": "above", "attachments": [{"blocks": [section("below")]}]})
    assert text == "above\n│ below"


def test_text_over_40000_characters_is_cut():
    assert len(as_text({"text": "x" * 50_000}, width=60_000)) == 40_000


def test_days_divide_the_messages():
    messages = [message({"text": str(n)}, AT + timedelta(hours=6 * n), n + 1) for n in range(4)]
    html = render_page(messages)
    assert re.findall(r'class="day"><span>([^<]+)', html) == ["Friday, July 31st", "Saturday, August 1st"]
    east = render_page(messages, zone=timezone(timedelta(hours=10)))
    assert re.findall(r'class="day"><span>([^<]+)', east) == ["Saturday, August 1st"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (11, "11th"), (12, "12th"), (22, "22nd"), (30, "30th")],
)
def test_ordinals(number, shown):
    assert day(datetime(2026, 7, number, tzinfo=UTC)).endswith(f" {shown}")


def test_a_static_page_has_no_script_and_loads_nothing():
    html = render_page([message({"text": "x"})])
    parsed = Html(html)
    assert "script" not in parsed.tags
    assert "script-src 'none'" in html
    assert all(link.startswith("data:") for link in parsed.links)
    assert not re.search(r"url\((?!&quot;data:|\"data:)", html)


def test_an_empty_channel_says_what_will_happen():
    assert 'class="static is-empty"' in render_page([])
    assert "Nothing has arrived yet" in render_page([])


def test_the_counts_are_escaped():
    html = render_counts({"arrived": 2, "refused": 1}, ["12:00:00 <b>"])
    assert "<b>2</b> arrived" in html
    assert "<li>12:00:00 &lt;b&gt;</li>" in html


def test_emoji_that_carry_meaning_are_drawn_by_the_style_sheet():
    style = page._asset("page.css")
    for classes in DRAWN.values():
        for name in classes.split():
            assert f".{name}" in style
    assert all(name and character and character.isascii() is False for name, character in UNICODE.items())


ALARM = {
    "text": "ALARM: api-cpu",
    "attachments": [
        {
            "color": "#D0021B",
            "blocks": [
                {"type": "header", "text": {"type": "plain_text", "text": ":red_circle: ALARM: api-cpu"}},
                section(
                    "`100*m1/m2` was *93.1 %*; threshold ≥ 80 %. "
                    "See <https://example.com/r|the runbook> &amp; act."
                ),
                {
                    "type": "section",
                    "fields": [
                        {"type": "mrkdwn", "text": "*Severity*\ncritical"},
                        {"type": "mrkdwn", "text": "*Region*\nus-east-1"},
                    ],
                },
                {"type": "divider"},
                section("> quoted\n```\na\nb\n```"),
                {
                    "type": "actions",
                    "elements": [
                        {
                            "type": "button",
                            "text": {"type": "plain_text", "text": "Alarm"},
                            "url": "https://example.com/a",
                        }
                    ],
                },
                {
                    "type": "context",
                    "elements": [{"type": "mrkdwn", "text": "12:00 UTC"}, {"type": "mrkdwn", "text": "SNS"}],
                },
            ],
        }
    ],
}


def test_a_message_in_a_terminal():
    assert check(ALARM) == []
    assert as_text(ALARM, width=60).split("\n") == [
        "ALARM: api-cpu",
        "│ 🔴 ALARM: api-cpu",
        "│ `100*m1/m2` was 93.1 %; threshold ≥ 80 %. See the runbook",
        "│ (https://example.com/r) & act.",
        "│ Severity  critical",
        "│ Region    us-east-1",
        "│ ────────────────────────────────────────",
        "│ > quoted",
        "│     a",
        "│     b",
        "│ [Alarm] https://example.com/a",
        "│ 12:00 UTC  SNS",
    ]


def test_the_other_blocks_in_a_terminal():
    item = {"type": "rich_text_section", "elements": [{"type": "text", "text": "item"}]}
    body = {
        "blocks": [
            {
                "type": "rich_text",
                "elements": [
                    {
                        "type": "rich_text_section",
                        "elements": [
                            {"type": "text", "text": "see ", "style": {"bold": True}},
                            {"type": "link", "url": "https://example.com", "text": "this"},
                            {"type": "emoji", "name": "tada"},
                            {"type": "broadcast", "range": "here"},
                            {"type": "user", "user_id": "U1"},
                            {"type": "color", "value": "#ffffff"},
                            {"type": "date", "timestamp": 1785506400, "format": " {time}"},
                        ],
                    },
                    {"type": "rich_text_list", "style": "ordered", "offset": 1, "elements": [item, item]},
                    {"type": "rich_text_list", "style": "bullet", "indent": 1, "elements": [item]},
                    {"type": "rich_text_quote", "elements": item["elements"]},
                ],
            },
            {
                "type": "markdown",
                "text": "# Title\n**bold** and [a link](https://example.com)\n- one\n1. two\n```\ncode\n```",
            },
            {
                "type": "table",
                "rows": [[{"type": "raw_text", "text": "a"}, {"type": "raw_text", "text": "bb"}]] * 2,
            },
            {"type": "image", "image_url": "https://example.com/g.png", "alt_text": "graph"},
            {
                **section("beside"),
                "accessory": {"type": "image", "image_url": "https://example.com/i.png", "alt_text": "i"},
            },
        ],
    }
    assert check(body) == []
    assert as_text(body).split("\n") == [
        "see this (https://example.com)🎉@here@U1#ffffff 14:00",
        "2. item",
        "3. item",
        "  • item",
        "> item",
        "Title",
        "bold and a link (https://example.com)",
        "• one",
        "1. two",
        "    code",
        "a  bb",
        "a  bb",
        "[image: graph] https://example.com/g.png",
        "beside",
        "[image: i] https://example.com/i.png",
    ]
    parsed = Html(render_message(message(body)))
    assert {"ol", "ul", "li", "blockquote", "pre", "table", "img"} <= set(parsed.tags)


def test_a_legacy_attachment():
    body = {
        "attachments": [
            {
                "color": "warning",
                "pretext": "before",
                "author_name": "CloudWatch",
                "title": "api-cpu",
                "title_link": "https://example.com",
                "text": "*high*",
                "fields": [{"title": "Region", "value": "us-east-1", "short": True}],
                "footer": "from SNS",
                "ts": 1785506400,
            }
        ]
    }
    assert as_text(body).split("\n") == [
        "before",
        "│ CloudWatch",
        "│ api-cpu (https://example.com)",
        "│ high",
        "│ Region  us-east-1",
        "│ from SNS | Jul 31, 2026 14:00",
    ]
    assert "background:#daa038" in render_message(message(body))


def test_a_long_address_is_cut_to_its_host_in_text_and_whole_on_the_page():
    long = "https://console.example.com/cloudwatch#" + "x" * 600
    short = "https://console.example.com/cloudwatch#x"
    body = {"text": f"see <{long}|the graph> or <{short}|the alarm>"}
    assert as_text(body, width=500) == (
        f"see the graph (https://console.example.com/…) or the alarm ({short})"
    )
    assert long in render_message(message(body))
