"""Any other JSON: a title from what is there and the first values as a list, never a wall of JSON.

EventBridge's envelope: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-events-structure.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import islice
from operator import itemgetter

from notify_slack import mask, peek
from notify_slack.model import Alert, Field, Received, Severity, Status
from notify_slack.mrkdwn import clip, code, one_line

NAME = "generic"  # an AWS event that no parser claims
CUSTOM = "custom"  # JSON of somebody's own

VALUES_SHOWN = 15
VALUE_CHARS = 200
VALUES_READ = 500  # of a larger event nobody would read more
MAX_DEPTH = 4

_TITLES = (
    "title",
    "Title",
    "subject",
    "Subject",
    "summary",
    "eventName",
    "event",
    "name",
    "Name",
    "message",
    "Message",
    "Event Message",
    "text",
    "alertname",
    "AlarmName",
    "errorMessage",
    "error",
    "reason",
    "description",
)
_STATES = ("status", "state", "Status", "State")
_ENDINGS = ("status", "state")
# The last word of a state or of a type that is surely worth more than a line in a channel, whoever sent it.
_FAILURE = re.compile(r"(?i)(?:\b|_)(?:failed|failure|error|timed?[_ ]?out)$")
# Keys that AWS services use in the bodies they send themselves.
_AWS_KEYS = frozenset(
    {
        "AWSAccountId",
        "awsRegion",
        "eventSource",
        "EventSource",
        "accountId",
        "AccountId",
        "account-id",
        "Event Source",
    }
)


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """A readable message of whatever the event holds."""
    event = received.content
    detail_type = peek.text(event, "detail-type")
    body = peek.at(event, "detail") if detail_type else event
    titled_by, title = _title(received, detail_type)
    values = [(name, value) for name, value in _flatten(body) if name != titled_by]
    left = len(values) - VALUES_SHOWN
    shown = tuple(Field(name, code(value)) for name, value in values[:VALUES_SHOWN])
    resource = peek.text(event, "resources", 0)
    return Alert(
        kind=NAME if _from_aws(event) else CUSTOM,
        key=peek.text(event, "id") if detail_type else "",
        title=title,
        status=Status.NOTICE,
        state="notice",
        summary="" if values else "The event is empty.",
        brief=one_line(", ".join(f"{name} {value}" for name, value in values[:2])),
        details=(*shown, Field("", f"and {left} more values")) if left > 0 else shown,
        fields=tuple(
            field
            for field in (
                Field("Source", peek.text(event, "source"), code=True),
                Field("Resource", resource, code=True),
            )
            if field.value and detail_type
        ),
        account=peek.text(event, "account") if detail_type else "",
        region=peek.text(event, "region") if detail_type else "",
        at=peek.time(event, "time") if detail_type else None,
        subject_key=resource,
        suggested=Severity.WARNING
        if any(map(_FAILURE.search, (_state(body), detail_type)))
        else Severity.INFO,
    )


def _from_aws(event: object) -> bool:
    if not isinstance(event, Mapping):
        return False
    return peek.text(event, "source").startswith("aws.") or bool(_AWS_KEYS & event.keys())


def _title(received: Received, detail_type: str) -> tuple[str, str]:
    """The key whose value became the title, if it was one, and the title."""
    if detail_type:
        state = _state(peek.at(received.content, "detail"))
        return "", one_line(f"{detail_type}: {state}" if state else detail_type)
    key, title = next(_titles(received.content), ("", "Message without a title"))
    subject = one_line(received.subject)
    return ("", subject) if subject else (key, title)


def _state(body: object) -> str:
    """Of the keys that are called a state or a status, else of those that end in one."""
    ending = (
        key for key in peek.mapping(body) if key.lower().endswith(_ENDINGS) and "prev" not in key.lower()
    )
    return next(
        (text for text in (one_line(peek.text(body, key)) for key in (*_STATES, *ending)) if text), ""
    )


def _titles(event: object) -> Iterator[tuple[str, str]]:
    """What may be a title, by its name: of the event itself, else of the objects in it."""
    inside = ((f"{name}.", item) for name, item in peek.mapping(event).items() if isinstance(item, Mapping))
    for prefix, body in (("", event), *inside):
        texts = ((key, one_line(peek.text(body, key))) for key in _TITLES)
        yield from ((f"{prefix}{key}", text) for key, text in texts if text)


def _flatten(value: object) -> list[tuple[str, str]]:
    """Dotted names and short values, the shallow before the deep; what lies too deep is only counted."""
    found = list(islice(_walk(value, "", 0), VALUES_READ))
    return [(name, mask.labelled(name, text)) for _, name, text in sorted(found, key=itemgetter(0))]


def _walk(value: object, name: str, depth: int) -> Iterator[tuple[int, str, str]]:
    if value in (None, "", [], {}):
        return
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        texts = (_scalar(item) for item in value[:VALUES_SHOWN])
        yield depth, name or "values", clip(", ".join(texts), VALUE_CHARS)
    elif isinstance(value, Mapping | list) and depth >= MAX_DEPTH:
        yield depth, name, f"({len(value)} more)"
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _walk(item, f"{name}.{key}" if name else key, depth + 1)
    elif isinstance(value, list):
        for place, item in enumerate(value, 1):
            yield from _walk(item, f"{name} {place}".strip(), depth + 1)
    else:
        yield depth, name or "value", _scalar(value)


def _scalar(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return clip(value if isinstance(value, str) else _number(value), VALUE_CHARS)


def _number(value: object) -> str:
    try:
        return str(value)
    except ValueError:  # Python refuses to print integers of thousands of digits
        return "a very long number"
