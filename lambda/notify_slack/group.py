"""Few alerts get a message each, many share digests: Slack shows one message per second."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notify_slack.model import Routed, Status

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

SINGLES = 3  # more alerts than this wait too long for a message each
DIGEST_ALERTS = 100
DIGEST_CHARS = 8_000  # Slack refuses messages of more than some 11,000 characters of text in blocks

Entry = tuple[Routed, ...]  # the state changes of one alarm, oldest first

_FIRST = datetime.min.replace(tzinfo=UTC)


def group(routed: Iterable[Routed], cost: Callable[[Entry, int], int]) -> list[tuple[Entry, ...]]:
    """Messages, the most urgent first: of one alert each, or digests that stay small.

    `cost` says how many characters an entry takes when so many alerts wait. Each webhook or channel has its
    own messages.
    """
    by_destination: dict[tuple[str, str], list[Routed]] = {}
    for one in routed:
        by_destination.setdefault(one.route.destination, []).append(one)
    groups = [_group(alerts, cost) for alerts in by_destination.values()]
    groups.sort(key=lambda messages: _urgency(messages[0][0]))
    return [message for messages in groups for message in messages]


def _group(routed: Sequence[Routed], cost: Callable[[Entry, int], int]) -> list[tuple[Entry, ...]]:
    found, waiting = entries(routed), len(routed)
    if waiting <= SINGLES:
        return [((one,),) for entry in found for one in entry]
    messages: list[list[Entry]] = []
    alerts = chars = 0
    for entry in found:
        for part in _parts(entry):
            taken = cost(part, waiting)
            if not messages or alerts + len(part) > DIGEST_ALERTS or chars + taken > DIGEST_CHARS:
                messages.append([])
                alerts = chars = 0
            messages[-1].append(part)
            alerts, chars = alerts + len(part), chars + taken
    return [tuple(message) for message in messages]


def entries(routed: Iterable[Routed]) -> list[Entry]:
    """One entry per alarm, the most urgent first: its state changes in their order, wherever they stood."""
    by_subject: dict[object, list[Routed]] = {}
    for place, one in enumerate(routed):
        by_subject.setdefault(one.alert.subject_key or place, []).append(one)
    found = [tuple(sorted(changes, key=_time)) for changes in by_subject.values()]
    return sorted(found, key=_urgency)


def _parts(entry: Entry) -> list[Entry]:
    return [entry[start : start + DIGEST_ALERTS] for start in range(0, len(entry), DIGEST_ALERTS)]


def _urgency(entry: Entry) -> tuple[int, bool, datetime]:
    return (
        min(one.severity.rank for one in entry),
        entry[-1].alert.status is Status.RESOLVED,
        _time(entry[0]),
    )


def _time(one: Routed) -> datetime:
    return one.alert.at or _FIRST
