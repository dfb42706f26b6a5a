"""Find the alarms that fire and that nobody told, those whose end nobody told, and those to be told again.

CloudWatch tells a change once; when both ways of an alert lose it, only asking finds it. Every five minutes
all alarms of ours in ALARM, and those that are OK since less than a day, are held against the ledger; what it
does not know goes into the queue as one list, in EventBridge's shape with a word of ours:
{"notify_slack": "recovered" | "first" | "reminder"}.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from notify_slack import peek
from notify_slack.facts import arn_part
from notify_slack.heartbeat import OWN
from notify_slack.known import milliseconds
from notify_slack.model import Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from notify_slack.config import Config
    from notify_slack.known import Shown
    from notify_slack.model import Alert, Received

GRACE_SECONDS = 120  # a change this young is still on its way
ENDED_SECONDS = 86_400  # an end is looked for so long: 288 sweeps, and few alarms to compare
SAME_SECONDS = 2  # DescribeAlarms may round the time of a change that the events give in full
LISTED = 50  # alarms in one message; one list is one digest
NEVER = ("TargetTracking-", "operations-")  # scaling's own alarms, and those that watch this stack

NOTE = "sweep"  # the ledger's note of the last one

RECOVERED, FIRST, REMINDER = "recovered", "first", "reminder"
MARKS = {RECOVERED: "recovered by sweep", FIRST: "already so when watching began", REMINDER: "reminder"}


@dataclass(frozen=True, slots=True)
class Found:
    """An alarm that goes into the queue, and why."""

    arn: str
    why: str
    event: Mapping[str, Any]


def find(
    alarms: Iterable[object], shown: Mapping[str, Shown], config: Config, now: float, *, first: bool
) -> list[Found]:
    """Which of these alarms (as DescribeAlarms says, in ALARM or OK) to tell. `now` is epoch seconds.

    `first`: nothing was swept before, so what fires now was told by nobody because nobody watched. An end is
    told only of what the channel shows without one.
    """
    found = []
    for alarm in alarms:
        arn, at = peek.text(alarm, "AlarmArn"), _since(alarm)
        record = shown.get(arn)
        if not arn or at is None or not _speaks(alarm, config):
            continue
        if is_over(alarm) and not (record and record.unresolved):
            continue
        if not _is_known(alarm, record, milliseconds(at)):
            if now - at.timestamp() >= GRACE_SECONDS:
                why = FIRST if first and not is_over(alarm) else RECOVERED
                found.append(Found(arn, why, _event(alarm, at, {OWN: why})))
        elif record and not is_over(alarm) and _is_due(record, config, now):
            told_at = max(record.posted_at, record.reminded_at)
            found.append(Found(arn, REMINDER, _event(alarm, at, {OWN: REMINDER, "after": told_at})))
    return found


def is_over(alarm: object) -> bool:
    """Is it OK?"""
    return peek.text(alarm, "StateValue") == "OK"


def just_ended(alarm: object, now: float) -> bool:
    """Is it OK for less than a day, and long enough for the news to have come?"""
    at = peek.time(alarm, "StateTransitionedTimestamp")
    return is_over(alarm) and at is not None and GRACE_SECONDS <= now - at.timestamp() < ENDED_SECONDS


def prefixes(config: Config) -> tuple[str, ...]:
    """What the alarms' names begin with that the sweeper looks after; none without a name of our own."""
    return config.sweep.prefixes or ((f"{config.name}-",) if config.name else ())


def is_ours(name: str, config: Config) -> bool:
    """Is an alarm of this name one that the sweeper tells of?"""
    ours = name in config.sweep.names or name.startswith(prefixes(config))
    return ours and not name.startswith(NEVER)


def marked(received: Received, alert: Alert) -> Alert:
    """The alert with our own word about it, if it is one of those that the sweeper found."""
    why = peek.text(received.content, OWN)
    if alert.path is not Path.EVENT or why not in MARKS:
        return alert
    if why != REMINDER:
        return replace(alert, marks=(*alert.marks, MARKS[why]))
    after = peek.count(received.content, "after") or 0
    return replace(
        alert,
        key=alert.key and f"{alert.key}|{REMINDER} after {after}",
        marks=(*alert.marks, MARKS[why]),
        reminder=True,
    )


def lists(found: Sequence[Found]) -> list[list[Mapping[str, Any]]]:
    """The bodies of the messages for the queue."""
    events = [one.event for one in found]
    return [events[start : start + LISTED] for start in range(0, len(events), LISTED)]


def _since(alarm: object) -> datetime | None:
    """When it came into its state."""
    return peek.time(alarm, "StateTransitionedTimestamp") or peek.time(alarm, "StateUpdatedTimestamp")


def _speaks(alarm: object, config: Config) -> bool:
    """Would CloudWatch tell us of it? (Mute rules are not in this answer.)"""
    kind = "OKActions" if is_over(alarm) else "AlarmActions"
    actions = {arn for arn in peek.items(alarm, kind) if isinstance(arn, str)}
    return (
        is_ours(peek.text(alarm, "AlarmName"), config)
        and peek.flag(alarm, "ActionsEnabled") is not False
        and not peek.text(alarm, "ActionsSuppressedBy")
        and bool(not config.topics or config.topics.keys() & actions)
    )


def _is_known(alarm: object, record: Shown | None, at: int) -> bool:
    if record is None:
        return False
    if peek.at(alarm, "StateTransitionedTimestamp") is None:
        return record.firing or record.quiet_at > 0  # the time of the last evaluation tells nothing
    return max(record.newest_at, record.quiet_at) >= at - SAME_SECONDS * 1000


def _is_due(record: Shown, config: Config, now: float) -> bool:
    hours = config.policies[record.severity].repeat_hours if record.severity else 0
    if not hours or not record.firing:
        return False
    moment = datetime.fromtimestamp(now, tz=UTC)
    quiet = config.quiet_hours is not None and config.quiet_hours.contain(moment)
    return not quiet and now - max(record.posted_at, record.reminded_at) / 1000 >= hours * 3600


def _event(alarm: object, at: datetime, own: Mapping[str, Any]) -> dict[str, Any]:
    arn = peek.text(alarm, "AlarmArn")
    state = {
        "value": peek.text(alarm, "StateValue"),
        "reason": peek.text(alarm, "StateReason"),
        "reasonData": peek.text(alarm, "StateReasonData"),
        "timestamp": at.isoformat(timespec="milliseconds"),
    }
    return {
        **own,
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "account": arn_part(arn, 4),
        "region": arn_part(arn, 3),
        "time": at.isoformat(timespec="seconds"),
        "resources": [arn],
        "detail": {
            "alarmName": peek.text(alarm, "AlarmName"),
            "state": state,
            "configuration": {"description": peek.text(alarm, "AlarmDescription")},
        },
    }
