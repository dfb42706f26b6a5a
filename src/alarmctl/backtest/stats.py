"""A timeline in numbers."""

from __future__ import annotations

import itertools
import statistics
from dataclasses import replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from alarmctl.backtest.exact import seen
from alarmctl.backtest.model import AlarmResult, Span, Timeline, Totals
from alarms.definitions import CompositeDefinition, Definition
from alarms.model import State, from_epoch
from alarms.windows import cadence
from alarms.written import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime, tzinfo

    from alarmctl.backtest.replaying import Alarm, Replayed

FLAP_MINUTES = 10
NIGHT_FROM, NIGHT_TO = 22, 7  # hours of the clock
ALWAYS_ON = 0.99  # the share of the time in ALARM from which an alarm says nothing
EXPLAINED = 200  # spans of an alarm whose data is looked at for the times to detect and to resolve
NOISIEST = 10
WEEK_MINUTES = 7 * 24 * 60
UNSORTED = "other"  # pages through a topic that names no severity


def severity(alarm: Alarm) -> str | None:
    """The severity that the alarm's topics are named after; None without an action."""
    for arn in alarm.alarm_actions:
        for name in SEVERITIES:
            if arn.endswith(f"-{name}"):
                return name
    return UNSORTED if alarm.alarm_actions else None


def result(made: Replayed, zone: tzinfo = UTC, delay: timedelta = timedelta()) -> AlarmResult:
    """The numbers of one alarm; hours and weekdays are those of `zone`."""
    alarm = made.alarm
    empty = AlarmResult(
        alarm.name,
        severity(alarm),
        composite=isinstance(alarm, CompositeDefinition),
        exact=made.exact,
        error=made.error,
    )
    if made.timeline is None:
        return replace(empty, had_data=False)
    pages = bool(alarm.alarm_actions) and alarm.actions_enabled
    spans = tuple(replace(span, paged=pages and span.fired) for span in stays(made.timeline))
    if isinstance(alarm, Definition):
        spans = (*(_timed(made, alarm, span, delay) for span in spans[:EXPLAINED]), *spans[EXPLAINED:])
    minutes = (made.timeline.end - made.timeline.begin) / 60
    alarmed = sum(span.minutes for span in spans)
    fired = [span for span in spans if span.fired]
    return replace(
        empty,
        fired=len(fired),
        pages=len(fired) if pages else 0,
        minutes_in_alarm=alarmed,
        minutes=minutes,
        flaps=flaps(spans),
        longest_minutes=max((span.minutes for span in spans), default=0.0),
        to_detect=_median(span.detect for span in spans),
        to_resolve=_median(span.resolve for span in spans),
        at_night=_share(fired, zone, _is_night),
        at_weekend=_share(fired, zone, _is_weekend),
        off_hours=_share(fired, zone, lambda at: _is_night(at) or _is_weekend(at)),
        had_data=empty.composite or any(series.has_data for series in made.feeds.values()),
        always_on=minutes > 0 and alarmed >= ALWAYS_ON * minutes,
        spans=spans,
        timeline=made.timeline,
        note=_note(made),
    )


def stays(timeline: Timeline) -> list[Span]:
    """The stays in ALARM, oldest first."""
    found: list[Span] = []
    since = timeline.begin if timeline.initial is State.ALARM else None
    fired = False
    for at, state in timeline.changes:
        if state is State.ALARM:
            since, fired = at, True
        elif since is not None:
            found.append(Span(from_epoch(since), from_epoch(at), fired=fired))
            since = None
    if since is not None:
        found.append(Span(from_epoch(since), from_epoch(timeline.end), fired=fired, resolved=False))
    return found


def flaps(spans: Sequence[Span]) -> int:
    """How many stays began shortly after the one before had ended."""
    close = timedelta(minutes=FLAP_MINUTES)
    return sum(after.start - before.end <= close for before, after in itertools.pairwise(spans))


def totals(results: Sequence[AlarmResult]) -> Totals:
    """The sums, and the alarms that stand out."""
    ran = [one for one in results if one.error is None]
    weeks = max((one.minutes for one in ran), default=0.0) / WEEK_MINUTES
    per_week = {
        name: sum(one.pages for one in ran if one.severity == name) / weeks if weeks else 0.0
        for name in (*SEVERITIES, UNSORTED)
        if any(one.severity == name for one in ran)
    }
    noisy = sorted((one for one in ran if one.fired), key=lambda one: (-one.fired, -one.flaps, one.name))
    return Totals(
        alarms=len(results),
        replayed=len(ran),
        fired=sum(one.fired for one in ran),
        pages=sum(one.pages for one in ran),
        flaps=sum(one.flaps for one in ran),
        minutes_in_alarm=sum(one.minutes_in_alarm for one in ran),
        weeks=weeks,
        pages_per_week=per_week,
        noisiest=tuple(one.name for one in noisy[:NOISIEST]),
        never_had_data=tuple(one.name for one in ran if not one.had_data),
        never_fired=tuple(one.name for one in ran if not one.spans and one.had_data),
        always_on=tuple(one.name for one in ran if one.always_on),
        not_replayed=tuple(one.name for one in results if one.error is not None),
    )


def _timed(made: Replayed, alarm: Definition, span: Span, delay: timedelta) -> Span:
    detect = resolve = None
    if span.fired:
        breaching = [
            slot.start for slot in seen(alarm, made.feeds, span.start.timestamp(), delay) if slot.breaching
        ]
        detect = (span.start.timestamp() - breaching[0]) / 60 if breaching else None
    if span.resolved:
        before = span.end.timestamp() - cadence(alarm).total_seconds()
        breaching = [slot.start for slot in seen(alarm, made.feeds, before, delay) if slot.breaching]
        resolve = (span.end.timestamp() - breaching[-1] - alarm.period) / 60 if breaching else None
    return replace(span, detect=detect, resolve=resolve)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None


def _is_night(at: datetime) -> bool:
    return at.hour >= NIGHT_FROM or at.hour < NIGHT_TO


def _is_weekend(at: datetime) -> bool:
    return at.weekday() >= 5


def _share(spans: Sequence[Span], zone: tzinfo, chosen: object) -> float | None:
    if not spans or not callable(chosen):
        return None
    return sum(bool(chosen(span.start.astimezone(zone))) for span in spans) / len(spans)


def _note(made: Replayed) -> str | None:
    if isinstance(made.alarm, CompositeDefinition) and made.alarm.actions_suppressor:
        return f"its suppressor {made.alarm.actions_suppressor} is not replayed: pages are an upper bound"
    return None
