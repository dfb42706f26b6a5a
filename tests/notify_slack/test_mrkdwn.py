import pytest

from notify_slack import mrkdwn


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("a & b <c>", "a &amp; b &lt;c&gt;"),
        ("<!channel>", "&lt;!channel&gt;"),
        ("&amp;", "&amp;amp;"),
        ("a\x00b\x1bc\u202ed\u2066e\u200bf\ufeff\ud800g", "abcdefg"),
        ("line\r\nline\rline\tend", "line\nline\nline\tend"),
        ("Größe 漢字 🙂", "Größe 漢字 🙂"),
    ],
)
def test_escape(text, escaped):
    assert mrkdwn.escape(text) == escaped


@pytest.mark.parametrize(
    ("text", "limit", "clipped"),
    [
        ("abc", 3, "abc"),
        ("abcd", 3, "ab…"),
        ("ab&amp;cd", 6, "ab…"),
        ("ab&amp;cd", 8, "ab&amp;…"),
        ("a b c", 3, "a…"),
    ],
)
def test_clip_never_cuts_an_entity(text, limit, clipped):
    assert mrkdwn.clip(text, limit) == clipped


def test_nothing_breaks_out_of_a_code_span():
    assert mrkdwn.code("a`b\nc") == "`a'b c`"
    assert mrkdwn.code(" \n") == ""
    assert mrkdwn.code_span("x" * 50 + "&", 12) == "`" + "x" * 9 + "…`"
