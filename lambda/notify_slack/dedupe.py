"""Copies of one event are told once: within a batch by merging them, within a warm process by memory.

Workers share the ledger; this memory answers faster, and stands in while the ledger is down.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from notify_slack import facts
from notify_slack.events import alarm
from notify_slack.model import Alert, Path, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterable

Kept = TypeVar("Kept")

MEMORY_KEYS = 10_000  # about 2 MB; a storm of this size fits

_PATH_RANKS = {Path.ACTION: 0, Path.EVENT: 1, Path.OTHER: 2}


def merge(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """One alert per key, in order of first arrival, with everything that any copy knew."""
    merged: dict[object, Alert] = {}
    for place, alert in enumerate(alerts):
        key = alert.key or place
        merged[key] = _combine(merged[key], alert) if key in merged else alert
    return tuple(merged.values())


def _combine(one: Alert, other: Alert) -> Alert:
    rich, poor = sorted((one, other), key=lambda alert: (_PATH_RANKS[alert.path], -_known(alert)))
    if rich.facts and poor.facts:
        rich = alarm.describe(facts.merge(rich.facts, poor.facts), rich.path)
    return replace(
        rich,
        key=one.key,
        topics=one.topics | other.topics,
        records=one.records | other.records,
        marks=one.marks if one.marks == other.marks else (),  # what came by the usual way needs no mark
        reminder=one.reminder,
    )


def _known(alert: Alert) -> int:
    return len(alert.summary) + len(alert.fields) + len(alert.details)


class Memory:
    """What this process has posted, and which alarms it has announced as firing."""

    def __init__(self, limit: int = MEMORY_KEYS) -> None:
        self._limit = limit
        self._posted: OrderedDict[str, Severity] = OrderedDict()
        self._firing: OrderedDict[str, None] = OrderedDict()

    def has(self, alert: Alert, severity: Severity | None) -> bool:
        """Was it posted already, as urgently as now? Of unknown severity: was it posted at all?"""
        posted = self._posted.get(alert.key)
        return posted is not None and (severity is None or severity.rank >= posted.rank)

    def is_firing(self, alert: Alert) -> bool:
        """Was this alarm announced as firing, and not yet as resolved?"""
        return alert.subject_key in self._firing

    def remember(self, alert: Alert, severity: Severity) -> None:
        """Call it once the alert is in the channel."""
        if alert.key:
            _put(self._posted, alert.key, severity, self._limit)
        if alert.subject_key and alert.status is Status.FIRING:
            _put(self._firing, alert.subject_key, None, self._limit)
        elif alert.status is Status.RESOLVED:
            self._firing.pop(alert.subject_key, None)


def _put(store: OrderedDict[str, Kept], key: str, value: Kept, limit: int) -> None:
    store[key] = value
    store.move_to_end(key)
    while len(store) > limit:
        store.popitem(last=False)
