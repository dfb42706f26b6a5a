"""What travels through the pipeline. Everything is frozen; nothing here knows AWS's JSON or Slack's."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from notify_slack.facts import AlarmFacts

Body = dict[str, Any]  # the JSON of one request to Slack


class Severity(StrEnum):
    """How soon a person must act. Declared most urgent first."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 is the most urgent."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}


def most_urgent(severities: frozenset[Severity]) -> Severity | None:
    """The most urgent of them; None of none."""
    return min(severities, key=lambda severity: severity.rank, default=None)


class Status(StrEnum):
    """What a reader needs to know at a glance."""

    FIRING = "firing"
    RESOLVED = "resolved"
    NO_DATA = "no_data"
    NOTICE = "notice"


class Path(StrEnum):
    """The way an event came, which decides what its arrival proves."""

    ACTION = "action"  # an alarm action: CloudWatch itself decided to tell us
    EVENT = "event"  # EventBridge: it tells every state change, muted or not
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Received:
    """One event taken out of its envelopes. `content` is parsed JSON, or text that is no JSON."""

    content: object
    record_id: str = ""  # SQS messageId: the name under which the outcome is reported
    event_id: str = ""  # SNS MessageId, else SQS messageId; empty when nobody gave one
    topic_arn: str = ""
    subject: str = ""
    sent_at: datetime | None = None  # when SNS, else SQS, took it


@dataclass(frozen=True, slots=True)
class Field:
    """A short labelled value. `code` shows it in a fixed-width face."""

    title: str
    value: str
    code: bool = False


@dataclass(frozen=True, slots=True)
class Link:
    """A button."""

    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Alert:
    """One thing to tell. All texts are still raw: render escapes and clips them.

    `key` is equal for two copies of the same event, and empty when that cannot be known.
    `suggested` is the parser's own severity, used when no topic says better.
    """

    kind: str
    key: str
    title: str
    status: Status
    state: str
    summary: str = ""
    brief: str = ""
    description: str = ""
    details: tuple[Field, ...] = ()
    fields: tuple[Field, ...] = ()
    links: tuple[Link, ...] = ()
    account: str = ""
    region: str = ""
    at: datetime | None = None
    subject_key: str = ""  # what the alert is about, so that its states stay in order
    suggested: Severity | None = None
    topics: frozenset[str] = frozenset()
    records: frozenset[str] = frozenset()
    path: Path = Path.OTHER
    facts: AlarmFacts | None = None
    marks: tuple[str, ...] = ()  # what a reader must know of how it came: `late, superseded`
    reminder: bool = False


class Drop(StrEnum):
    """Why an alert is not posted. Each is counted."""

    DUPLICATE = "duplicate"
    SUPPRESSED = "actions suppressed"
    MUTED = "muted"
    ACTIONS_DISABLED = "actions disabled"
    NOT_OURS = "no action of ours"
    OK_OFF = "OK is not announced"
    NO_DATA_OFF = "INSUFFICIENT_DATA is not announced"
    FIRST_DATA = "first data, nothing was announced"
    OVER = "no longer in this state"
    ELSEWHERE = "told by the fallback, since Slack may have shown it already"


@dataclass(frozen=True, slots=True)
class Route:
    """The rule that took an alert, why, and where it goes. Empty: the notifier's own webhook or channel."""

    rule: str = "default"
    why: str = ""
    webhook_parameter: str = ""
    channel: str = ""

    @property
    def destination(self) -> tuple[str, str]:
        """Alerts of one destination can share a message."""
        return self.webhook_parameter, self.channel

    @property
    def place(self) -> str:
        """The destination as one word, for the ledger."""
        return " ".join(self.destination).strip() or "default"


@dataclass(frozen=True, slots=True)
class Routed:
    """An alert that will be posted. `arrived` is its severity before rules changed it."""

    alert: Alert
    severity: Severity
    mention: str = ""
    route: Route = Route()
    arrived: Severity = Severity.WARNING


@dataclass(frozen=True, slots=True)
class Dropped:
    """An alert that will not be posted, and the reason: a Drop, or the words of a rule."""

    alert: Alert
    reason: str
    severity: Severity | None = None
    route: Route | None = None


@dataclass(frozen=True, slots=True)
class Thread:
    """The message in a channel that another one goes on with; `channel` and `ts` are Slack's words for it.

    `update` is what that message shows from now on (empty: it stays as it is), `reply` what stands below it.
    """

    channel: str
    ts: str
    update: Body
    reply: Body


@dataclass(frozen=True, slots=True)
class Message:
    """One Slack message for some alerts of one destination.

    `rungs` are its forms, richest first, each of one or more bodies. With a `thread` they are what is posted
    when that cannot be had.
    """

    routed: tuple[Routed, ...]
    rungs: tuple[tuple[Body, ...], ...]
    thread: Thread | None = None

    @property
    def route(self) -> Route:
        """Where the message goes."""
        return self.routed[0].route if self.routed else Route()
