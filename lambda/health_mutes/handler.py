"""A scheduled change of AWS Health in, a mute rule for the alarms of its resources out.

The rule is named after the event, so that an update of the event moves its window, and its end ends it. What
cannot be muted soundly (no end, too long, too many alarms) is left loud and written to the log.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarms import mute_window, scheduled_change
from alarms.mute import MAX_TARGETS
from alarms.mute_window import MuteError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from alarms.scheduled_change import Change

OWNER = "aws-health"


@dataclass(frozen=True)
class Settings:
    """Whose alarms are muted, by the beginning of their names, and for how long at most."""

    prefix: str
    longest: timedelta


def handler(event: Any, _context: object) -> dict[str, Any]:
    """What EventBridge calls. Only what another try may mend is raised."""
    import boto3  # noqa: PLC0415 -- a part of the runtime that tests need not load

    settings = Settings(
        os.environ["ALARM_NAME_PREFIX"], timedelta(hours=float(os.environ.get("MAX_HOURS", "24")))
    )
    outcome = mute(event, boto3.client("cloudwatch"), settings, datetime.now(UTC))
    print(json.dumps({"level": "INFO", **outcome}))
    return outcome


def mute(event: object, cloudwatch: Any, settings: Settings, now: datetime) -> dict[str, Any]:
    """Make, move or end the event's mute rule, and say what was done; `left` says why nothing was."""
    try:
        change = scheduled_change.read(event)
        name = rule_name(settings, change)
        if change.closed:
            return _ended(cloudwatch, name)
        rule = _rule(change, name, _watching(cloudwatch, settings, change), settings, now)
    except MuteError as error:
        return {"event": "left", "why": str(error)}
    cloudwatch.put_alarm_mute_rule(**rule)
    return {"event": "muted", "rule": name, "alarms": rule["MuteTargets"]["AlarmNames"], **_schedule(rule)}


def rule_name(settings: Settings, change: Change) -> str:
    """The same for every update of an event; each page of its entities has its own."""
    digest = hashlib.sha256(change.arn.encode()).hexdigest()[:12]
    return f"{settings.prefix}health-{digest}-{change.page}"


def _rule(change: Change, name: str, alarms: list[str], settings: Settings, now: datetime) -> dict[str, Any]:
    """Raises MuteError where it is better to stay loud."""
    if not alarms:
        raise MuteError(f"No alarm {settings.prefix}* watches {', '.join(change.entities)}: nothing to mute.")
    if len(alarms) > MAX_TARGETS:
        raise MuteError(f"{len(alarms)} alarms are more than a mute rule takes ({MAX_TARGETS}).")
    if change.length is None:
        raise MuteError(f"{change.arn} says no end. Mute by hand: alarmctl mute --event FILE --for 2h.")
    if change.length > settings.longest:
        raise MuteError(
            f"{mute_window.words(change.length)} is longer than {mute_window.words(settings.longest)}, "
            "the longest that is muted without asking."
        )
    when = mute_window.window(change.start, change.length, now)
    return mute_window.rule(name, alarms, when, mute_window.describe(f"{change.code} {change.arn}", OWNER))


def _watching(cloudwatch: Any, settings: Settings, change: Change) -> list[str]:
    pages = cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmTypes=["MetricAlarm"], AlarmNamePrefix=settings.prefix
    )
    return sorted(
        alarm["AlarmName"] for page in pages for alarm in page["MetricAlarms"] if change.concerns(alarm)
    )


def _ended(cloudwatch: Any, name: str) -> dict[str, Any]:
    """The change is over, or called off. Deleting a rule that is not there is fine."""
    try:
        cloudwatch.delete_alarm_mute_rule(AlarmMuteRuleName=name)
    except cloudwatch.exceptions.ClientError as error:
        if "NotFound" not in error.response["Error"]["Code"]:
            raise
        return {"event": "left", "why": f"{name} is not there; nothing to end."}
    return {"event": "ended", "rule": name}


def _schedule(rule: Mapping[str, Any]) -> dict[str, str]:
    schedule = rule["Rule"]["Schedule"]
    return {"from": schedule["Expression"], "for": schedule["Duration"]}
