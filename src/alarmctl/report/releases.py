"""How often is released, how often does it fail or go back: from events that somebody keeps.

CloudWatch's history knows nothing of deployments. EventBridge tells of them, and a rule can keep what it
tells in a log group or a bucket. Read are those of ECS, CodeDeploy, CodePipeline and CloudFormation.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarmctl.report.page import Table
from alarms.model import as_utc

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

WEEK = timedelta(days=7)
# Where an event says how it went, and what of that is a success, a failure, a way back.
STATES: dict[str, tuple[str, Mapping[str, str]]] = {
    "ECS Deployment State Change": (
        "eventName",
        {"SERVICE_DEPLOYMENT_COMPLETED": "deployed", "SERVICE_DEPLOYMENT_FAILED": "failed"},
    ),
    "CodeDeploy Deployment State-change Notification": (
        "state",
        {"SUCCESS": "deployed", "FAILURE": "failed", "STOP": "failed"},
    ),
    "CodePipeline Pipeline Execution State Change": (
        "state",
        {"SUCCEEDED": "deployed", "FAILED": "failed", "STOPPED": "failed"},
    ),
    "CloudFormation Stack Status Change": (
        "status",
        {
            "CREATE_COMPLETE": "deployed",
            "UPDATE_COMPLETE": "deployed",
            "CREATE_FAILED": "failed",
            "ROLLBACK_COMPLETE": "rolled back",
            "UPDATE_ROLLBACK_COMPLETE": "rolled back",
        },
    ),
}
ECS_WAY_BACK = "rolling back"  # in the reason of a deployment that the circuit breaker stops


@dataclass(frozen=True)
class Release:
    """One deployment that ended: `what` names the service, group, pipeline or stack."""

    at: datetime
    what: str
    outcome: str


@dataclass(frozen=True)
class Releases:
    """The deployments of so many weeks."""

    weeks: float
    found: tuple[Release, ...]

    def headline(self) -> str:
        """One line."""
        counts = self.outcomes()
        return (
            f"{counts.total() / self.weeks:.1f} deployments a week, "
            f"of them {counts['failed'] / self.weeks:.1f} failed, "
            f"{counts['rolled back'] / self.weeks:.1f} rolled back"
        )

    def outcomes(self) -> Counter[str]:
        """How many ended how."""
        return Counter(release.outcome for release in self.found)

    def tables(self) -> tuple[Table, ...]:
        """By what was released."""
        by_what: dict[str, Counter[str]] = {}
        for release in self.found:
            by_what.setdefault(release.what, Counter())[release.outcome] += 1
        rows = tuple(
            (what, f"{sum(n.values()) / self.weeks:.1f}", str(n["failed"]), str(n["rolled back"]))
            for what, n in sorted(by_what.items(), key=lambda pair: (-sum(pair[1].values()), pair[0]))
        )
        return (Table("Deployments", ("of", "a week#", "failed#", "rolled back#"), rows),)

    def data(self) -> dict[str, Any]:
        """For programs."""
        return {
            "per_week": self.outcomes().total() / self.weeks,
            "rolled_back_per_week": self.outcomes()["rolled back"] / self.weeks,
            "outcomes": dict(self.outcomes()),
            "found": [{**vars(release), "at": release.at.isoformat()} for release in self.found],
        }


def collect(events: Iterable[Mapping[str, Any]], since: datetime, until: datetime) -> Releases:
    """The deployments that ended between the two, each event once."""
    found = {
        str(event.get("id") or index): release
        for index, event in enumerate(events)
        if (release := _release(event)) and since <= release.at <= until
    }
    ordered = sorted(found.values(), key=lambda release: release.at)
    return Releases(max((until - since) / WEEK, 1 / 7), tuple(ordered))


def _release(event: Mapping[str, Any]) -> Release | None:
    key, outcomes = STATES.get(str(event.get("detail-type")), ("", {}))
    detail = event.get("detail") or {}
    state = detail.get(key)
    if key == "status":  # CloudFormation nests it
        state = (detail.get("status-details") or {}).get("status")
    outcome = outcomes.get(str(state))
    if outcome is None:
        return None
    if outcome == "failed" and ECS_WAY_BACK in str(detail.get("reason", "")).lower():
        outcome = "rolled back"
    return Release(as_utc(datetime.fromisoformat(str(event["time"]))), _what(event, detail), outcome)


def _what(event: Mapping[str, Any], detail: Mapping[str, Any]) -> str:
    named = detail.get("deploymentGroup") or detail.get("pipeline") or detail.get("stack-id")
    resources = event.get("resources") or ("unknown",)
    text = str(named or resources[0])
    return text.rpartition(":")[2] if text.startswith("arn:") else text


def from_file(path: Path) -> Iterator[dict[str, Any]]:
    """Events in a file: one JSON object a line, a JSON list, or one object. Raises ValueError, OSError."""
    text = path.read_text(encoding="utf-8")
    try:
        document = json.loads(text)
    except ValueError:
        document = [json.loads(line) for line in text.splitlines() if line.strip()]
    for event in document if isinstance(document, list) else [document]:
        if isinstance(event, dict):
            yield event


def from_log_group(account: Any, group: str, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
    """Events that an EventBridge rule keeps in a log group. Raises what boto3 raises."""
    pages = account.pages(
        "logs",
        "filter_log_events",
        logGroupName=group,
        startTime=round(since.timestamp() * 1000),
        endTime=round(until.timestamp() * 1000),
    )
    for page in pages:
        for line in page["events"]:
            try:
                event = json.loads(line["message"])
            except ValueError:
                continue  # a line of somebody else's
            if isinstance(event, dict):
                yield event
