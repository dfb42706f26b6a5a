"""ElastiCache events: the name of the event is the key of the body, or the start of the text.

Schema: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/ElastiCacheSNS.html
"""

from __future__ import annotations

import re

from notify_slack import parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "elasticache"
SNS = "ElastiCache event (SNS)"
TEXT = "ElastiCache event (text)"
KINDS = (SNS, TEXT)
SHAPES: dict[str, frozenset[str]] = {}
NAMED_BY = {SNS: re.compile(r"ElastiCache:[\w :-]{1,200}")}
TEXTS = {TEXT: re.compile(r"\A\s{0,9}ElastiCache:\w{3,100} ?: ?\S")}

NEEDS_A_LOOK = ("Failover", "Replace", "Replacement", "Recovery", "Reboot", "SecurityGroup", "Deleted")


def parse(received: Received, kind: str) -> Alert:
    """One event. The body has neither time nor id: its copies are known by SNS's MessageId."""
    event, about, values = _text(received.content) if kind == TEXT else _body(received.content)
    told = parts.sentence(parts.words(event)) or "Unknown event"
    failed = "fail" in event.lower().replace("failover", "")
    region = arn_part(received.topic_arn, 3)
    return Alert(
        kind=NAME,
        key="",
        title=parts.title(
            f"ElastiCache {about or 'without a name'}",
            Status.FIRING if failed else Status.NOTICE,
            told.lower(),
        ),
        status=Status.FIRING if failed else Status.NOTICE,
        state=told,
        summary=parts.joined(told),
        brief=told,
        fields=parts.fields(*(Field(name, value) for name, value in values)),
        account=arn_part(received.topic_arn, 4),
        region=region,
        suggested=Severity.WARNING
        if failed or any(word in event for word in NEEDS_A_LOOK)
        else Severity.INFO,
    )


def _body(content: object) -> tuple[str, str, list[tuple[str, str]]]:
    body = peek.mapping(content)
    key = next((key for key in body if key.startswith("ElastiCache:")), "")
    others = [(name, one_line(peek.text(body, name))) for name in body if name != key]
    return key.removeprefix("ElastiCache:").strip(), one_line(peek.text(body, key)), others[: parts.LISTED]


def _text(content: object) -> tuple[str, str, list[tuple[str, str]]]:
    said = one_line(peek.text(content)).removeprefix("ElastiCache:")
    event, _, about = said.partition(":")
    return event.strip(), about.strip(), []
