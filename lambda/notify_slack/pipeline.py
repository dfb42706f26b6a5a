"""The stages in their order. Everything from outside (time, AWS, Slack, memory) is an argument."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notify_slack.dedupe import Memory, merge
from notify_slack.digest import cost
from notify_slack.enrich import Descriptions, enrich, needs_description, topic_severity, withheld
from notify_slack.envelope import unwrap
from notify_slack.errors import ConfigError, NotifyError, RetryableError
from notify_slack.events import parse
from notify_slack.group import group
from notify_slack.model import Alert, Body, Drop, Message, Routed, Severity, Status
from notify_slack.render import render
from notify_slack.route import route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from notify_slack.config import Config


@dataclass(frozen=True, slots=True)
class Plan:
    """What to post, in order, and what not to post, with the reason."""

    messages: tuple[Message, ...]
    dropped: tuple[tuple[Alert, Drop], ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one alert: posted, dropped for a reason, or failed by an error."""

    alert: Alert
    severity: Severity | None = None
    drop: Drop | None = None
    error: NotifyError | None = None
    rung: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one event would become. `route` is the drop's reason, or `post`."""

    kind: str
    severity: str
    dedupe_key: str
    route: str


@dataclass(frozen=True, slots=True)
class Preview:
    """What an invocation would do: its alerts, and the exact request bodies."""

    alerts: tuple[Explanation, ...]
    requests: tuple[Body, ...]


def plan(event: object, config: Config, memory: Memory, descriptions: Descriptions, now: float) -> Plan:
    """Everything short of posting: unwrap, parse, dedupe, enrich, route, group, render. Total."""
    dropped: list[tuple[Alert, Drop]] = []
    alerts: list[Alert] = []
    for alert in merge(parse(received) for received in unwrap(event)):
        if memory.has(alert, topic_severity(alert, config)):
            dropped.append((alert, Drop.DUPLICATE))
        else:
            alerts.append(alert)
    wanted = [alert.facts.arn for alert in alerts if alert.facts and needs_description(alert, config)]
    known = descriptions.get(wanted, now) if wanted else {}
    kept: list[Alert] = []
    for alert in alerts:
        full = enrich(alert, known.get(alert.facts.arn)) if alert.facts else alert
        reason = withheld(full, config)
        if reason:
            dropped.append((full, reason))
        else:
            kept.append(full)
    routed, unrouted = _route(kept, config, memory)
    messages = tuple(render(entries, config) for entries in group(routed, cost))
    return Plan(messages, (*dropped, *unrouted))


def deliver(planned: Plan, post: Callable[[Message], int], memory: Memory) -> tuple[Outcome, ...]:
    """Post each message with `post`, which raises NotifyError; one outcome per alert.

    A refused message does not stop the next; an unreachable Slack or a dead webhook does.
    """
    outcomes = [Outcome(alert, drop=reason) for alert, reason in planned.dropped]
    stopped: NotifyError | None = None
    for message in planned.messages:
        error, rung = stopped, 0
        if error is None:
            try:
                rung = post(message)
            except NotifyError as failure:
                error = failure
                stopped = failure if isinstance(failure, RetryableError | ConfigError) else None
        for one in message.routed:
            if error is None:
                memory.remember(one.alert, one.severity)
            outcomes.append(Outcome(one.alert, one.severity, error=error, rung=rung))
    return tuple(outcomes)


def explain(event: object, config: Config) -> Preview:
    """What would be posted for `event` by a fresh notifier without AWS: no network, no clock."""
    planned = plan(event, config, Memory(), Descriptions(lambda _: {}, lambda _: None), now=0.0)
    posted = (
        Explanation(one.alert.kind, one.severity, one.alert.key, "post")
        for message in planned.messages
        for one in message.routed
    )
    dropped = (
        Explanation(alert.kind, "", alert.key, f"dropped: {reason}") for alert, reason in planned.dropped
    )
    return Preview(
        alerts=(*posted, *dropped),
        requests=tuple(body for message in planned.messages for body in message.rungs[0]),
    )


def failed_records(outcomes: Iterable[Outcome]) -> list[str]:
    """The records to give back: every record of an alert that was not posted and not dropped on purpose."""
    return sorted({record for outcome in outcomes if outcome.error for record in outcome.alert.records})


def counts(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """How many alerts were posted, failed, and dropped for which reason."""
    found = Counter(
        "failed" if outcome.error else f"dropped: {outcome.drop}" if outcome.drop else "posted"
        for outcome in outcomes
    )
    return dict(sorted(found.items()))


def _route(
    alerts: Sequence[Alert], config: Config, memory: Memory
) -> tuple[list[Routed], list[tuple[Alert, Drop]]]:
    fired = {alert.subject_key for alert in alerts if alert.status is Status.FIRING}
    routed: list[Routed] = []
    dropped: list[tuple[Alert, Drop]] = []
    for alert in alerts:
        decided = route(alert, config, was_firing=memory.is_firing(alert) or alert.subject_key in fired)
        if isinstance(decided, Drop):
            dropped.append((alert, decided))
        else:
            routed.append(decided)
    return routed, dropped
