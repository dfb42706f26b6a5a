"""Fire the canary, and see in the notifier's log when Slack had it."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alarmctl.account import Account
    from alarmctl.doctor.model import Findings

POLL_SECONDS = 1.0
SETTLE_SECONDS = 10.0  # for the copy that came by the other path
REASON = "alarmctl doctor tries the way to Slack. Nothing is wrong."


@dataclass(frozen=True)
class Flight:
    """What the log says of one canary, and when the alarm changed (epoch milliseconds)."""

    fired_at: int
    lines: tuple[dict[str, Any], ...]

    @property
    def posted(self) -> list[dict[str, Any]]:
        """The lines that say it is in Slack."""
        return [line for line in self.lines if line.get("event") == "posted"]


def log_lines(account: Account, since: int, pattern: str) -> Iterator[dict[str, Any]]:
    """The notifier's JSON lines since then (epoch milliseconds), each with its time as `at`."""
    token: dict[str, str] = {}
    client = account.client("logs")
    while True:
        answer = client.filter_log_events(
            logGroupName=account.log_group, startTime=since, filterPattern=pattern, **token
        )
        for event in answer["events"]:
            try:
                line = json.loads(event["message"])
            except ValueError:
                continue
            if isinstance(line, dict):
                yield {**line, "at": event["timestamp"]}
        if "nextToken" not in answer or {"nextToken": answer["nextToken"]} == token:
            return
        token = {"nextToken": answer["nextToken"]}


def exists(account: Account) -> bool:
    """Is there a canary?"""
    return bool(account.client("cloudwatch").describe_alarms(AlarmNames=[account.canary])["MetricAlarms"])


def fly(
    account: Account,
    seconds: float,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], Any] = time.sleep,
) -> Flight:
    """Set the canary to ALARM, wait for it in the log, and set it back to OK. Raises what boto3 raises."""
    cloudwatch = account.client("cloudwatch")
    cloudwatch.set_alarm_state(AlarmName=account.canary, StateValue="ALARM", StateReason=REASON)
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[account.canary])["MetricAlarms"]
    changed: datetime = alarm["StateUpdatedTimestamp"]
    fired_at = int(changed.astimezone(UTC).timestamp() * 1000)
    end = clock() + seconds
    lines: tuple[dict[str, Any], ...] = ()
    settled: float | None = None
    while clock() < end and (settled is None or clock() < settled):
        lines = tuple(
            line
            for line in log_lines(account, fired_at - 1000, f'"{account.canary}"')
            if line.get("title") == account.canary and line.get("state") == "ALARM"
        )
        if settled is None and any(line.get("event") == "posted" for line in lines):
            settled = clock() + SETTLE_SECONDS
        sleep(POLL_SECONDS)
    cloudwatch.set_alarm_state(AlarmName=account.canary, StateValue="OK", StateReason=REASON)
    return Flight(fired_at, lines)


def report(account: Account, flight: Flight, seconds: float, findings: Findings) -> None:
    """What a flight shows."""
    if flight.posted:
        took = (flight.posted[0]["at"] - flight.fired_at) / 1000
        findings.passes(f"from SetAlarmState to Slack in {max(took, 0):.1f} s")
        findings.requires(
            len(flight.posted) == 1,
            "posted once, though two paths brought it",
            f"posted {len(flight.posted)} times",
            "Is the ledger reachable? See docs/runbooks/ledger.md.",
        )
        return
    drops = [line.get("reason") for line in flight.lines if line.get("event") == "dropped"]
    errors = [line.get("error") for line in flight.lines if line.get("event") == "not posted"]
    if errors:
        findings.fails(f"not posted: {errors[-1]}", "See docs/troubleshooting.md.")
    elif drops:
        findings.fails(f"the notifier dropped it: {drops[-1]}", "Does a rule of notifier_config drop it?")
    else:
        findings.fails(
            f"the notifier heard nothing of it in {seconds:g} s",
            f"Did it leave CloudWatch? aws cloudwatch describe-alarm-history --alarm-name {account.canary}",
        )
