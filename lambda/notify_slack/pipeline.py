"""The stages in their order. Everything from outside (time, AWS, Slack, memory) is an argument."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from notify_slack import mask
from notify_slack.dedupe import Memory, merge
from notify_slack.digest import cost
from notify_slack.dress import dress
from notify_slack.enrich import Descriptions, enrich, needs_description, topic_severity, withheld
from notify_slack.envelope import unwrap
from notify_slack.errors import ConfigError, NotifyError, RetryableError
from notify_slack.events import parse
from notify_slack.group import group
from notify_slack.model import Alert, Body, Drop, Dropped, Message, Route, Routed, Severity, Status
from notify_slack.render import render
from notify_slack.route import route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from notify_slack.config import Config


@dataclass(frozen=True, slots=True)
class Plan:
    """What to post, in order, and what not to post, with the reason."""

    messages: tuple[Message, ...]
    dropped: tuple[Dropped, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one alert: posted, dropped for a reason, or failed by an error."""

    alert: Alert
    severity: Severity | None = None
    drop: str | None = None
    error: NotifyError | None = None
    rung: int = 0


@dataclass(frozen=True, slots=True)
class Explanation:
    """What one event would become. `drop` is why it would not be posted, else None.

    Events that share a digest have the same `message`, its place among those posted, and the same `requests`.
    """

    title: str
    kind: str
    severity: str
    dedupe_key: str
    route: Route
    drop: str | None
    mention: str = ""
    message: int | None = None
    requests: tuple[Body, ...] = ()


@dataclass(frozen=True, slots=True)
class Preview:
    """What an invocation would do: its alerts, and the exact request bodies."""

    alerts: tuple[Explanation, ...]
    requests: tuple[Body, ...]


def plan(event: object, config: Config, memory: Memory, descriptions: Descriptions, now: float) -> Plan:
    """Everything short of posting: unwrap, parse, dedupe, enrich, mask, route, group, render. Total."""
    dropped: list[Dropped] = []
    alerts: list[Alert] = []
    for alert in merge(parse(received) for received in unwrap(event)):
        if memory.has(alert, topic_severity(alert, config)):
            dropped.append(Dropped(mask.alert(alert), Drop.DUPLICATE))
        else:
            alerts.append(alert)
    wanted = [alert.facts.arn for alert in alerts if alert.facts and needs_description(alert, config)]
    known = descriptions.get(wanted, now) if wanted else {}
    kept: list[Alert] = []
    for alert in alerts:
        full = mask.alert(enrich(alert, known.get(alert.facts.arn)) if alert.facts else alert)
        reason = withheld(full, config)
        if reason:
            dropped.append(Dropped(full, reason))
        else:
            kept.append(full)
    routed, unrouted = _route(kept, config, memory)
    dressed = [dress(one, config) for one in routed]
    messages = tuple(render(entries, config) for entries in group(dressed, cost))
    return Plan(messages, (*dropped, *unrouted))


def deliver(planned: Plan, post: Callable[[Message], int], memory: Memory) -> tuple[Outcome, ...]:
    """Post each message with `post`, which raises NotifyError; one outcome per alert.

    A refused message does not stop the next; an unreachable Slack or a dead webhook does.
    """
    outcomes = [Outcome(one.alert, one.severity, drop=one.reason) for one in planned.dropped]
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
                memory.remember(one.alert, one.arrived)
            outcomes.append(Outcome(one.alert, one.severity, error=error, rung=rung))
    return tuple(outcomes)


def explain(event: object, config: Config) -> Preview:
    """What would be posted for `event` by a fresh notifier without AWS: no network, no clock."""
    planned = plan(event, config, Memory(), Descriptions(lambda _: {}, lambda _: None), now=0.0)
    posted = (
        Explanation(
            title=one.alert.title,
            kind=one.alert.kind,
            severity=one.severity,
            dedupe_key=one.alert.key,
            route=one.route,
            drop=None,
            mention=one.mention,
            message=place,
            requests=message.rungs[0],
        )
        for place, message in enumerate(planned.messages, 1)
        for one in message.routed
    )
    dropped = (
        Explanation(
            title=one.alert.title,
            kind=one.alert.kind,
            severity=one.severity or "",
            dedupe_key=one.alert.key,
            route=one.route or Route(rule="", why="no rule was asked"),
            drop=one.reason,
        )
        for one in planned.dropped
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


def _route(alerts: Sequence[Alert], config: Config, memory: Memory) -> tuple[list[Routed], list[Dropped]]:
    fired = {alert.subject_key for alert in alerts if alert.status is Status.FIRING}
    routed: list[Routed] = []
    dropped: list[Dropped] = []
    for alert in alerts:
        decided = route(alert, config, was_firing=memory.is_firing(alert) or alert.subject_key in fired)
        if isinstance(decided, Dropped):
            dropped.append(decided)
        else:
            routed.append(decided)
    return routed, dropped
