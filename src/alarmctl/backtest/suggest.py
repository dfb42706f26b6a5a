"""Other thresholds and M of N that would have paged at most half as often for the same incidents."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from alarmctl.backtest import replaying, stats
from alarmctl.backtest.incidents import catching, concerns, delay
from alarmctl.backtest.model import Suggestion
from alarms.definitions import DAY_SECONDS, WEEK_SECONDS, Definition
from alarms.model import from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from alarmctl.backtest.model import AlarmResult, Incident, Span
    from alarmctl.backtest.replaying import Replayed, Settings

SYMBOLS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
}
FEWEST_PAGES = 4  # of an alarm; below that there is nothing worth halving
WINDOWS = ((1, 1), (2, 2), (2, 3), (3, 3), (3, 5), (4, 5), (5, 5), (8, 10), (10, 10), (10, 15), (15, 15))
FACTORS = (1.0, 1.05, 1.1, 1.15, 1.2, 1.3, 1.5)
ALARMS = 50  # the noisiest; more would be a long wait for a page that nobody reads


def suggestions(
    made: Sequence[Replayed],
    results: Sequence[AlarmResult],
    incidents: Sequence[Incident],
    settings: Settings,
) -> Iterator[Suggestion]:
    """The best for each alarm that has one, the noisiest alarm first; none without incidents."""
    if not incidents:
        return
    noisy = sorted(zip(made, results, strict=True), key=lambda pair: -pair[1].pages)
    for one, result in noisy[:ALARMS]:
        if isinstance(one.alarm, Definition) and result.pages >= FEWEST_PAGES and not one.exact:
            best = _best(one, one.alarm, result, incidents, settings)
            if best:
                yield best


def settings_in_words(alarm: Definition) -> str:
    """`> 80 for 2 of 3 periods of 1 min`."""
    minutes = f"{alarm.period // 60} min" if alarm.period % 60 == 0 else f"{alarm.period} s"
    symbol = SYMBOLS.get(alarm.comparison_operator, alarm.comparison_operator)
    shown = f"{alarm.threshold:g}" if alarm.threshold is not None else "band"
    return f"{symbol} {shown} for {alarm.needed_to_alarm} of {alarm.evaluation_periods} periods of {minutes}"


def _best(
    one: Replayed,
    alarm: Definition,
    result: AlarmResult,
    incidents: Sequence[Incident],
    settings: Settings,
) -> Suggestion | None:
    own = [incident for incident in incidents if concerns(incident, alarm.name)]
    kept = [(incident, span) for incident in own if (span := catching(incident, result.spans)) is not None]
    if not kept or one.timeline is None:
        return None
    begin, end = from_epoch(one.timeline.begin), from_epoch(one.timeline.end)
    found: list[tuple[tuple[int, float, float], Suggestion]] = []
    candidates = list(_candidates(alarm))
    for candidate, change in candidates:
        timeline, _ = replaying.metric_alarm(candidate, one.feeds, begin, end, settings)
        spans = stats.stays(timeline)
        pages = sum(span.fired for span in spans)
        later = _later(kept, spans)
        if later is None or pages * 2 > result.pages:
            continue
        suggestion = Suggestion(
            alarm=alarm.name,
            threshold=candidate.threshold or 0.0,
            datapoints_to_alarm=candidate.needed_to_alarm,
            evaluation_periods=candidate.evaluation_periods,
            before=settings_in_words(alarm),
            after=settings_in_words(candidate),
            pages_before=result.pages,
            pages_after=pages,
            incidents=len(kept),
            later_minutes=later,
            tried=len(candidates),
        )
        found.append(((pages, max(0.0, later), change), suggestion))
    return min(found, key=lambda pair: pair[0])[1] if found else None


def _later(kept: Sequence[tuple[Incident, Span]], spans: Sequence[Span]) -> float | None:
    """By how many minutes the slowest incident is seen later than before; None where one is missed."""
    worst = 0.0
    for incident, before in kept:
        span = catching(incident, spans)
        if span is None:
            return None
        worst = max(worst, delay(incident, span) - delay(incident, before))
    return worst


def _candidates(alarm: Definition) -> Iterator[tuple[Definition, float]]:
    """Settings that are no easier to reach than the alarm's own, and how far they are from them."""
    if alarm.threshold is None:
        return
    stricter = 1 if alarm.comparison_operator.startswith("Greater") else -1
    limit = DAY_SECONDS if alarm.period < 3600 else WEEK_SECONDS
    own = (alarm.needed_to_alarm, alarm.evaluation_periods)
    for factor in FACTORS:
        threshold = alarm.threshold + stricter * abs(alarm.threshold) * (factor - 1)
        for needed, of in dict.fromkeys((own, *WINDOWS)):
            if needed < own[0] or of * alarm.period > limit or (factor == 1 and (needed, of) == own):
                continue
            changed = replace(
                alarm,
                threshold=float(f"{threshold:.4g}") if factor > 1 else alarm.threshold,
                datapoints_to_alarm=needed,
                evaluation_periods=of,
            )
            yield changed, (factor - 1) * 10 + (needed - own[0]) / 10
