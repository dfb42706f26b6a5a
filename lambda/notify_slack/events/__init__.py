"""What kind of event it is, and the alert in it. What no parser claims is shown as it is.

Alarms are known here, so that a cold start for one loads no other source; the rest are in `registry`, where a
new source is entered. A notification of AWS CodeStar holds the event of EventBridge, and calls its type
`detailType`: https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from notify_slack import peek
from notify_slack.events import alarm
from notify_slack.model import Alert, Field, Received

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

    Parser = Callable[[Received, str], Alert]

ALARMS: Mapping[str, Parser] = dict.fromkeys(alarm.KINDS, alarm.parse)
DETAILED = frozenset({"detail-type", "detailType"})  # keys of an event that names its own type

TEXT, JSON = "text", "json"


def kind_of(content: object) -> str:
    """`source/detail-type` of an EventBridge event, a kind of the registry's tables, `text`, or `json`."""
    if _is_alarm(content):
        return alarm.SNS
    if isinstance(content, str):
        return next((kind for kind, pattern in _sources().TEXTS.items() if pattern.search(content)), TEXT)
    if not isinstance(content, Mapping):
        return JSON
    detail_type = peek.text(content, "detail-type") or (
        peek.text(content, "detailType") if "notificationRuleArn" in content else ""
    )
    if detail_type:
        return _event_kind(peek.text(content, "source"), detail_type)
    shaped = (kind for kind, keys in _sources().SHAPES.items() if keys <= content.keys())
    named = (kind for kind in _sources().NAMED_BY if _is_named_by(kind, content))
    return next(shaped, None) or next(named, JSON)


def _event_kind(source: str, detail_type: str) -> str:
    kind = f"{source}/{detail_type}"
    if kind in ALARMS or kind in _sources().PARSERS or (source and not source.startswith("aws")):
        return kind
    known: str = _sources().DETAIL_TYPES.get(detail_type, kind)
    return known


def parse(received: Received) -> Alert:
    """The alert in an event. Total: an event that its parser cannot read is shown as it is."""
    kind = kind_of(received.content)
    note: tuple[Field, ...] = ()
    try:
        found = (ALARMS.get(kind) or _sources().PARSERS.get(kind) or _fallback(received))(received, kind)
    except Exception as error:  # noqa: BLE001  an alert that we misread must still be told
        found = _fallback(received)(received, kind)
        note = (Field("Not understood", f"{kind}: {type(error).__name__}"),)
    return replace(
        found,
        key=found.key or received.event_id,
        at=found.at or received.sent_at,
        topics=frozenset({received.topic_arn} - {""}),
        records=frozenset({received.record_id} - {""}),
        fields=found.fields + note,
    )


def __getattr__(name: str) -> Any:
    """The registry's tables, as if they were here."""
    if name.isupper():
        return getattr(_sources(), name)
    raise AttributeError(name)


def _sources() -> ModuleType:
    """All sources, loaded when the first event comes that is no alarm."""
    from notify_slack.events import registry as found  # noqa: PLC0415  a cold start mostly brings an alarm

    return found


def _is_alarm(content: object) -> bool:
    if not isinstance(content, Mapping):
        return False
    return content.keys() >= alarm.SHAPES[alarm.SNS] and not DETAILED & content.keys()


def _fallback(received: Received) -> Parser:
    found = _sources()
    parser: Parser = (found.text if isinstance(received.content, str) else found.generic).parse
    return parser


def _is_named_by(kind: str, content: Mapping[str, object]) -> bool:
    return any(_sources().NAMED_BY[kind].fullmatch(str(key)) for key in content)
