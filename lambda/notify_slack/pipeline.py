"""The stages in their order. Everything from outside (time, AWS, Slack, memory) is an argument."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from notify_slack import mask, sweep
from notify_slack.dedupe import Memory, merge
from notify_slack.digest import cost
from notify_slack.dress import dress
from notify_slack.enrich import Descriptions, enrich, needs_description, topic_severity, withheld
from notify_slack.envelope import unwrap
from notify_slack.events import parse
from notify_slack.group import group
from notify_slack.known import NOTHING, Known
from notify_slack.model import Alert, Body, Drop, Dropped, Message, Route, Routed, Severity, Status
from notify_slack.render import render
from notify_slack.route import route

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from notify_slack.config import Config
    from notify_slack.known import Told
    from notify_slack.ledger import Ledger
    from notify_slack.post import Outcome

LATE_SECONDS = 900.0  # no path is this slow
LATE = "late"

_FIRST = datetime.min.replace(tzinfo=UTC)
_SWEPT = (Status.FIRING, Status.RESOLVED)  # what the sweeper would find again


@dataclass(frozen=True, slots=True)
class Plan:
    """What to post, in order, and what not to post, with the reason."""

    messages: tuple[Message, ...]
    dropped: tuple[Dropped, ...]
    known: Known = NOTHING


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


def plan(
    event: object,
    config: Config,
    memory: Memory,
    descriptions: Descriptions,
    now: float,
    ledger: Ledger | None = None,
    sent: Mapping[str, float] | None = None,
) -> Plan:
    """Everything short of posting: unwrap, parse, dedupe, enrich, mask, route, group, render. Total.

    `now` is monotonic; `sent` gives the epoch seconds at which a record came into the queue.
    """
    dropped: list[Dropped] = []
    arrived = [
        _late(alert, sent or {})
        for alert in merge(
            sweep.marked(received, parse(received)) for received in map(mask.received, unwrap(event))
        )
    ]
    known = ledger.read(arrived) if ledger else NOTHING
    alerts: list[Alert] = []
    for alert in arrived:
        severity = topic_severity(alert, config)
        if memory.has(alert, severity) or _is_told(known.told(alert), severity):
            dropped.append(Dropped(mask.alert(alert), Drop.DUPLICATE, severity or alert.suggested))
        else:
            alerts.append(alert)
    wanted = [alert.facts.arn for alert in alerts if alert.facts and needs_description(alert, config)]
    described = descriptions.get(wanted, now) if wanted else {}
    kept: list[Alert] = []
    for alert in alerts:
        full = mask.alert(enrich(alert, described.get(alert.facts.arn)) if alert.facts else alert)
        reason = withheld(full, config)
        if reason:
            dropped.append(Dropped(full, reason, topic_severity(full, config) or full.suggested))
        else:
            kept.append(full)
    routed, unrouted = _route(kept, config, _firing(memory, known, has_ledger=ledger is not None))
    dropped += unrouted
    if ledger:
        quiet = [one.alert for one in dropped if one.reason != Drop.DUPLICATE]
        ledger.keep_quiet(alert for alert in quiet if alert.facts and alert.status in _SWEPT)
    dressed = [dress(one, config) for one in routed]
    messages = tuple(render(entries, config) for entries in group(dressed, cost))
    return Plan(messages, tuple(dropped), known)


def _late(alert: Alert, sent: Mapping[str, float]) -> Alert:
    """Marked, if it came into the queue long after it happened: out of a dead-letter queue, most likely."""
    times = [sent[record] for record in alert.records if record in sent]
    if not (times and alert.facts and alert.at) or alert.marks:
        return alert
    late = min(times) - alert.at.timestamp() > LATE_SECONDS
    return replace(alert, marks=(LATE,)) if late else alert


def _is_told(told: Told, severity: Severity | None) -> bool:
    """As urgently as now? Of unknown severity: at all?"""
    return told.severity is not None and (severity is None or severity.rank >= told.severity.rank)


def _firing(memory: Memory, known: Known, *, has_ledger: bool) -> Callable[[Alert], bool]:
    """Does the channel show this alarm as firing? When the ledger cannot say, it may."""
    unknown = has_ledger and not known.complete
    return lambda alert: unknown or known.shown(alert).firing or memory.is_firing(alert)


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
    found = Counter(_word(outcome) for outcome in outcomes)
    return dict(sorted(found.items()))


def _word(outcome: Outcome) -> str:
    if outcome.held:
        return "held"
    if outcome.error:
        return "failed"
    return f"dropped: {outcome.drop}" if outcome.drop else "posted"


def _route(
    alerts: Sequence[Alert], config: Config, is_firing: Callable[[Alert], bool]
) -> tuple[list[Routed], list[Dropped]]:
    fired: dict[str, datetime] = {}  # when each alarm first fired in this batch
    for alert in alerts:
        if alert.status is Status.FIRING:
            at = alert.at or _FIRST
            fired[alert.subject_key] = min(at, fired.get(alert.subject_key, at))
    routed: list[Routed] = []
    dropped: list[Dropped] = []
    for alert in alerts:
        decided = route(alert, config, was_firing=is_firing(alert) or _is_after(alert, fired))
        if isinstance(decided, Dropped):
            dropped.append(decided)
        else:
            routed.append(decided)
    return routed, dropped


def _is_after(alert: Alert, fired: Mapping[str, datetime]) -> bool:
    """Did the alarm fire before this? What came without a time may have."""
    first = fired.get(alert.subject_key)
    return first is not None and (alert.at is None or first <= alert.at)
