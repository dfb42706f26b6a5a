"""What a backtest takes for granted, in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarmctl.backtest.replaying import NO_NUMPY

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alarmctl.backtest.replaying import Settings
    from alarmctl.history.model import History
    from alarms.definitions import Definition

MINUTE = 60


def assumptions(
    alarms: Sequence[Definition], history: History, settings: Settings, *, suggested: bool = False
) -> tuple[str, ...]:
    """Of this backtest; those that touch no alarm of it are left out."""
    told = [_resolution(history), _phase(settings), _delay(settings)]
    told.append(
        "CloudWatch saw each value as it was then; here it is the final one, late corrections included."
    )
    if any(alarm.period < MINUTE for alarm in alarms):
        told.append(
            "Alarms below a minute: CloudWatch keeps their data for 3 hours, older periods are empty."
        )
    if any(series.rolled for series in history.series.values()):
        told.append(
            "Percentiles over more than a minute were fetched once for each minute that a period can begin; "
            "that GetMetricData counts its periods from StartTime is assumed."
        )
    told.append("Alarms start in the state of their first full window; that state is no page.")
    if suggested:
        told.append(
            "Suggestions were found in, and are judged by, the same history: what comes next will be worse. "
            "Replay them over other weeks before you take them."
        )
    if not settings.fast:
        told.append(NO_NUMPY)
    return tuple(told)


def _resolution(history: History) -> str:
    if history.step <= MINUTE:
        return "Resolution: 1 minute, as CloudWatch keeps it for 15 days."
    return (
        f"Coarse: values of {history.step // MINUTE} minutes each, as CloudWatch keeps them after 15 days (5 "
        "minutes) and 63 days (1 hour). Windows then do not slide by the minute, and shorter alarms see gaps."
    )


def _phase(settings: Settings) -> str:
    if settings.phase is None:
        return "Phase: evaluated at the full minute. AWS gives each alarm its own second."
    return f"Phase: evaluated {settings.phase.total_seconds():g} s after the full minute."


def _delay(settings: Settings) -> str:
    seconds = settings.delay.total_seconds()
    if not seconds:
        return (
            "Ingestion delay: none. Many AWS metrics come one to three minutes late; alarms then fire later."
        )
    return f"Ingestion delay: a minute's value is seen {seconds:g} s after that minute began."
