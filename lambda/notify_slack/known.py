"""What a reading of the ledger says, and how its items are read: what is missing is unknown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from notify_slack import peek
from notify_slack.model import Severity, Status
from notify_slack.mrkdwn import clip, one_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from notify_slack.bot import Posted
    from notify_slack.model import Alert, Routed

    Item = Mapping[str, Any]

SAID_CHARS = 300  # of an alarm's sentence; a longer item costs more

_SEVERITIES = tuple(Severity)


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of one event. `doubts`: answers after which Slack may have shown it; `limits`: 429s."""

    severity: Severity | None = None  # as it was told; None: not yet
    held_by: str = ""
    held_until: int = 0
    doubts: int = 0
    limits: int = 0
    elsewhere: bool = False  # the fallback was told


@dataclass(frozen=True, slots=True)
class Shown:
    """What the channel shows of one alarm. Times are epoch milliseconds; 0 is never."""

    newest_at: int = 0
    status: str = ""
    severity: Severity | None = None
    held_by: str = ""
    held_until: int = 0
    posted_at: int = 0
    quiet_at: int = 0
    reminded_at: int = 0
    firing_since: int = 0
    ts: str = ""  # of the message that told of it; empty when nobody can change that
    channel: str = ""
    sent_to: str = ""
    thread_at: int = 0
    said: str = ""
    picture: str = ""

    @property
    def open(self) -> bool:
        """Is there a message of this alarm that still waits for its end?

        A version that knows no threads leaves an old message behind when the alarm fires anew.
        """
        return bool(self.ts and self.channel) and self.unresolved and self.thread_at >= self.firing_since

    @property
    def unresolved(self) -> bool:
        """Does the channel show it without an end?"""
        return self.status in (Status.FIRING, Status.NO_DATA)

    @property
    def firing(self) -> bool:
        """Does the channel show it as firing?"""
        return self.status == Status.FIRING


@dataclass(frozen=True, slots=True)
class Known:
    """A reading of the ledger. `complete` is False when it could not be read."""

    events: Mapping[str, Told]
    alarms: Mapping[str, Shown]
    complete: bool = True

    def told(self, alert: Alert) -> Told:
        """Of this event; empty when nothing is known."""
        return self.events.get(alert.key, Told())

    def shown(self, alert: Alert) -> Shown:
        """Of this event's alarm; empty when nothing is known."""
        return self.alarms.get(alert.subject_key, Shown())


NOTHING = Known({}, {}, complete=False)


def milliseconds(at: datetime) -> int:
    """An instant as the ledger writes it."""
    return round(at.timestamp() * 1000)


def state_at(alert: Alert) -> int:
    """The time of an alarm's state, or 0 for what has no states in an order."""
    if not alert.subject_key or alert.at is None or alert.status is Status.NOTICE:
        return 0
    return max(milliseconds(alert.at), 0)


def told_of(item: Item) -> Told:
    """An event's item."""
    return Told(
        severity=_severity(item) if "told_at" in item else None,
        held_by=peek.text(item, "held_by", "S"),
        held_until=peek.count(item, "held_until", "N") or 0,
        doubts=peek.count(item, "doubts", "N") or 0,
        limits=peek.count(item, "limits", "N") or 0,
        elsewhere="elsewhere_at" in item,
    )


def shown_of(item: Item) -> Shown:
    """An alarm's item."""
    return Shown(
        newest_at=peek.count(item, "newest_at", "N") or 0,
        status=peek.text(item, "shown", "S"),
        severity=_severity(item),
        held_by=peek.text(item, "held_by", "S"),
        held_until=peek.count(item, "held_until", "N") or 0,
        posted_at=peek.count(item, "posted_at", "N") or 0,
        quiet_at=peek.count(item, "quiet_at", "N") or 0,
        reminded_at=peek.count(item, "reminded_at", "N") or 0,
        firing_since=peek.count(item, "firing_since", "N") or 0,
        ts=peek.text(item, "ts", "S"),
        channel=peek.text(item, "channel", "S"),
        sent_to=peek.text(item, "sent_to", "S"),
        thread_at=peek.count(item, "thread_at", "N") or 0,
        said=peek.text(item, "said", "S"),
        picture=peek.text(item, "picture", "S"),
    )


def place_left(one: Routed, before: Shown, posted: Posted | None) -> dict[str, Any]:
    """What the message leaves behind, by which its alarm's end can change it."""
    if posted is None or (one.alert.facts and one.alert.facts.contributor_id):
        return {"ts": ""} if before.ts else {}
    if posted.ts == before.ts:
        return {}  # an answer in its thread
    return {
        "ts": posted.ts,
        "channel": posted.channel,
        "sent_to": one.route.place,
        "thread_at": state_at(one.alert),
        "said": clip(one_line(one.alert.brief), SAID_CHARS),
        "picture": "",
    }


def _severity(item: Item) -> Severity | None:
    rank = peek.count(item, "urgency", "N")
    return _SEVERITIES[rank] if rank is not None and 0 <= rank < len(_SEVERITIES) else None
