"""The parts that parsers make alerts from: fields, lists that are cut visibly, names out of ARNs, times."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypedDict

from notify_slack import peek
from notify_slack.model import Field, Link, Severity, Status
from notify_slack.mrkdwn import code, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable

_CAPITAL = re.compile(r"(?<=[a-z])(?=[A-Z])")

LISTED = 10  # more lines than this nobody reads in a channel


# The words of the services that report findings:
# https://docs.aws.amazon.com/securityhub/1.0/APIReference/API_Severity.html
FINDING_SEVERITIES = {
    "CRITICAL": Severity.CRITICAL,
    "HIGH": Severity.WARNING,
    "MEDIUM": Severity.WARNING,
    "LOW": Severity.INFO,
    "INFORMATIONAL": Severity.INFO,
}


class Origin(TypedDict):
    """Where and when an event happened."""

    account: str
    region: str
    at: datetime | None


def origin(event: object) -> Origin:
    """The fields of EventBridge's envelope that an alert takes over."""
    return Origin(
        account=peek.text(event, "account"), region=peek.text(event, "region"), at=peek.time(event, "time")
    )


def title(subject: str, status: Status, told: str) -> str:
    """A notice says what happened in its title; for the rest the state stands before the subject."""
    return f"{subject} {told}".strip() if status is Status.NOTICE else subject


def fields(*values: Field) -> tuple[Field, ...]:
    """Those that have a value."""
    return tuple(field for field in values if field.value.strip())


def links(*values: Link) -> tuple[Link, ...]:
    """Those that have an address."""
    return tuple(link for link in values if link.url)


def listed(label: str, values: Iterable[str]) -> tuple[Field, ...]:
    """One line per value, up to a limit; the rest is counted."""
    texts = [value for value in values if value]
    shown = tuple(Field(label, code(value)) for value in texts[:LISTED])
    return (*shown, Field(label, f"and {len(texts) - LISTED} more")) if len(texts) > LISTED else shown


def lines(values: Iterable[tuple[str, str]]) -> tuple[Field, ...]:
    """One line per label and sentence, up to a limit; the rest is counted."""
    shown = [Field(label, value) for label, value in values]
    rest = len(shown) - LISTED
    return (*shown[:LISTED], Field("", f"and {rest} more")) if rest > 0 else tuple(shown)


def joined(*sentences: str) -> str:
    """Sentences that are there, as one text: each ends in a full stop."""
    texts = [one_line(sentence).rstrip(".") for sentence in sentences]
    return " ".join(f"{text}." for text in texts if text)


def strings(values: Any) -> list[str]:
    """The non-empty strings of a list."""
    return [text for text in map(peek.text, values) if text]


def name(arn: str) -> str:
    """The last part of an ARN (`api:20` of a task definition), or the text itself when it is none."""
    resource = arn.split(":", 5)[-1] if arn.startswith("arn:") else ""
    return resource.rpartition("/" if "/" in resource else ":")[2] if resource else arn


def words(identifier: str) -> str:
    """`TASK_START_IMPAIRED`, `shutting-down` and `createVolume` in small letters with spaces."""
    return _CAPITAL.sub(" ", identifier).replace("_", " ").replace("-", " ").lower()


def sentence(text: str) -> str:
    """With a capital at its start; what follows stays as it is."""
    return text[:1].upper() + text[1:]


def count(number: int, noun: str) -> str:
    """`1 task`, `3 tasks`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def epoch(value: object, *path: str | int) -> datetime | None:
    """The instant at `path`, given in milliseconds since 1970, or None."""
    milliseconds = peek.number(value, *path)
    if milliseconds is None:
        return None
    try:
        return datetime.fromtimestamp(milliseconds / 1000, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def clock(at: datetime | None) -> str:
    """`2026-03-02 10:15 UTC`, or nothing."""
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def seconds_between(start: datetime | None, end: datetime | None) -> float | None:
    """None unless both are known and in order."""
    return (end - start).total_seconds() if start and end and end >= start else None


def stamp(at: datetime | None) -> str:
    """A time for a key: to the millisecond, so that copies in several formats agree."""
    return at.isoformat(timespec="milliseconds") if at else ""


def key(*values: str) -> str:
    """The parts of a key, or no key when one is unknown."""
    return "|".join(values) if all(values) else ""


def few(values: Iterable[str], limit: int = 3) -> str:
    """`a, b, c and 2 more`, for a place that holds one line."""
    texts = [value for value in values if value]
    rest = len(texts) - limit
    return ", ".join(texts[:limit]) + (f" and {rest} more" if rest > 0 else "")


def web(url: str) -> str:
    """The address that an event brings, if a browser can open it."""
    return url if url.startswith(("https://", "http://")) else ""


def java_time(written: str) -> datetime | None:
    """`Mon Mar 02 10:15:00 UTC 2026`, as Java writes a date, or None."""
    try:
        return datetime.strptime(written, "%a %b %d %H:%M:%S UTC %Y").replace(tzinfo=UTC)
    except ValueError:
        return None
