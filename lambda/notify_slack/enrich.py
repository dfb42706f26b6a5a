"""Fill what EventBridge leaves out, and withhold what CloudWatch itself would have kept silent.

EventBridge tells every state change: also of alarms that are muted, suppressed, switched off, or that
were never meant to tell us. One DescribeAlarms per batch decides; if it cannot be had, the alert is
posted: a needless message is better than a lost one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from notify_slack import facts
from notify_slack.events import alarm
from notify_slack.model import Alert, Drop, Path, Severity, most_urgent

if TYPE_CHECKING:
    from notify_slack.config import Config
    from notify_slack.facts import AlarmFacts

# Alarm ARNs -> what DescribeAlarms says of them, by ARN. It may raise anything.
Describe = Callable[[Sequence[str]], Mapping[str, object]]

CACHE_SECONDS = 60  # an alarm that is switched off stays audible on the second path for at most this long


class Descriptions:
    """A cache before DescribeAlarms. Alarms that it does not know, or a call that fails, are not kept."""

    def __init__(self, describe: Describe, failed: Callable[[Exception], None]) -> None:
        self._describe = describe
        self._failed = failed
        self._kept: dict[str, tuple[float, AlarmFacts]] = {}

    def get(self, arns: Iterable[str], now: float) -> Mapping[str, AlarmFacts]:
        """What is known of these alarms at `now` (seconds of a monotonic clock). Never raises."""
        self._kept = {arn: kept for arn, kept in self._kept.items() if now - kept[0] < CACHE_SECONDS}
        wanted = set(arns)
        known = {arn: self._kept[arn][1] for arn in wanted & self._kept.keys()}
        missing = sorted(wanted - known.keys())
        fetched = self._fetch(missing) if missing else {}
        self._kept |= {arn: (now, description) for arn, description in fetched.items()}
        return known | fetched

    def _fetch(self, arns: Sequence[str]) -> dict[str, AlarmFacts]:
        try:
            found = self._describe(arns)
        except Exception as error:  # noqa: BLE001  whatever AWS or botocore says, the alert goes out without it
            self._failed(error)
            return {}
        return {arn: facts.from_describe_alarms(found[arn]) for arn in arns if arn in found}


def needs_description(alert: Alert, config: Config) -> bool:
    """An alarm that came without the proof that it may speak, or without its severity."""
    if alert.facts is None or not alert.facts.arn:
        return False
    return alert.path is Path.EVENT or (topic_severity(alert, config) is None and not alert.facts.actions)


def enrich(alert: Alert, description: AlarmFacts | None) -> Alert:
    """The alert with the gaps of its facts filled."""
    if alert.facts is None or description is None:
        return alert
    full = alarm.describe(facts.merge(alert.facts, description), alert.path)
    return replace(
        full,
        key=alert.key,
        topics=alert.topics,
        records=alert.records,
        marks=alert.marks,
        reminder=alert.reminder,
    )


def withheld(alert: Alert, config: Config) -> Drop | None:
    """Why CloudWatch would have kept this state change from us, or None when it would not."""
    known = alert.facts
    if alert.path is not Path.EVENT or known is None:
        return None
    if known.suppressed_by:
        return Drop.SUPPRESSED
    if known.muted_by:
        return Drop.MUTED
    if known.actions_enabled is False:
        return Drop.ACTIONS_DISABLED
    # A topic of ours on its way is a rule that somebody wrote to hear of it.
    told = {*(known.actions_for(known.state) or ()), *alert.topics}
    unknown = known.actions_for(known.state) is None or not config.topics
    return None if unknown or config.topics.keys() & told else Drop.NOT_OURS


def topic_severity(alert: Alert, config: Config) -> Severity | None:
    """The severity of the topic it came by, or of the alarm's own actions; None when neither is ours."""
    known = alert.facts
    actions = (known.actions_for(known.state) if known else None) or ()
    for topics in (alert.topics, actions):
        found = most_urgent(frozenset(config.topics[topic] for topic in topics if topic in config.topics))
        if found is not None:
            return found
    return None
