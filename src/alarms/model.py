"""What every part of the alarm engine speaks of: states, datapoints, state changes, errors."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum


class State(StrEnum):
    """An alarm's state, spelt as CloudWatch spells it."""

    OK = "OK"
    ALARM = "ALARM"
    INSUFFICIENT_DATA = "INSUFFICIENT_DATA"


class AlarmError(ValueError):
    """Anything this package refuses; the text names the culprit and what to do."""


class DefinitionError(AlarmError):
    """An alarm definition that CloudWatch would refuse, too."""


class UnsupportedAlarm(AlarmError):  # noqa: N818 -- it names a kind of alarm, not a fault in it
    """A sound alarm of a kind that is not evaluated here; the text names the feature."""


@dataclass(frozen=True, slots=True)
class Datapoint:
    """One value of a metric's statistic; `timestamp` is the start of what it covers (naive means UTC).

    `sample_count` is how many samples the value was made of, where that is known. A value that is None or no
    number counts as missing.
    """

    timestamp: datetime
    value: float
    sample_count: float | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """An anomaly-detection band as CloudWatch computed it; nothing here can compute one."""

    lower: tuple[Datapoint, ...]
    upper: tuple[Datapoint, ...]


@dataclass(frozen=True, slots=True)
class StateDetail:
    """A state and how it came about; the fields of EventBridge's `detail.state`.

    `reason_data` is JSON text, as in StateReasonData of DescribeAlarms.
    """

    value: State
    reason: str
    timestamp: datetime
    reason_data: str | None = None
    evaluation_state: str | None = None
    actions_suppressed_by: str | None = None
    actions_suppressed_reason: str | None = None


@dataclass(frozen=True, slots=True)
class TriggeringAlarm:
    """A child whose state moved a composite alarm."""

    arn: str
    state: State
    timestamp: datetime


@dataclass(frozen=True, slots=True)
class MuteDetail:
    """The mute window that held the actions of a change back."""

    muted_by_arn: str
    window_start: datetime
    window_end: datetime


@dataclass(frozen=True, slots=True)
class StateChange:
    """An alarm's move from one state to another, before any envelope is put around it."""

    alarm_name: str
    state: StateDetail
    previous: StateDetail
    triggering: tuple[TriggeringAlarm, ...] = ()
    after_mute_window: bool = False
    mute: MuteDetail | None = None


def initial_state(at: datetime) -> StateDetail:
    """The state of a metric alarm just made. Source: DescribeAlarms of a new alarm."""
    return StateDetail(State.INSUFFICIENT_DATA, "Unchecked: Initial alarm creation", at)


def as_utc(timestamp: datetime) -> datetime:
    """The same instant in UTC; a naive timestamp is taken as UTC already."""
    if timestamp.tzinfo is None:
        return timestamp.replace(tzinfo=UTC)
    return timestamp.astimezone(UTC)


def epoch(timestamp: datetime) -> float:
    """Seconds since 1970 UTC."""
    return as_utc(timestamp).timestamp()


def from_epoch(seconds: float) -> datetime:
    """The UTC instant `seconds` after 1970."""
    return datetime.fromtimestamp(seconds, UTC)
