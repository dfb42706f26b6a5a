"""The door for other commands: alarms and a history in, a Report out."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from alarmctl.backtest import incidents as catching
from alarmctl.backtest import replaying, stats, suggest
from alarmctl.backtest.assumptions import assumptions
from alarmctl.backtest.model import AlarmResult, Incident, Report, Span, Timeline, Totals
from alarmctl.backtest.replaying import DEFAULTS, Settings
from alarmctl.history.model import History
from alarmctl.history.store import load
from alarms.definitions import Definition
from alarms.model import from_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from alarmctl.backtest.replaying import Alarm

__all__ = [
    "AlarmResult",
    "History",
    "Incident",
    "Report",
    "Settings",
    "Span",
    "Timeline",
    "Totals",
    "backtest",
    "load",
]


def backtest(
    definitions: Sequence[Alarm],
    history: History,
    *,
    incidents: Sequence[Incident] | None = None,
    settings: Settings = DEFAULTS,
    begin: datetime | None = None,
    end: datetime | None = None,
    zone: tzinfo = UTC,
) -> Report:
    """What the alarms would have done over the history, or over [begin, end) of it.

    Without `begin` each alarm starts where it first sees all the periods it looks at. `incidents` are looked
    for in the alarms' spans, and allow suggestions. `zone` says when it is night and weekend. An alarm that
    cannot be replayed has an `error` in its result; nothing is raised for it.
    """
    made = replaying.replay(definitions, history, settings, begin, end)
    results = tuple(stats.result(one, zone, settings.delay) for one in made)
    caught = catching.caught(incidents or (), results)
    suggested = tuple(suggest.suggestions(made, results, incidents or (), settings))
    metric_alarms = [alarm for alarm in definitions if isinstance(alarm, Definition)]
    return Report(
        start=begin or from_epoch(history.start),
        end=end or from_epoch(history.end),
        alarms=results,
        totals=stats.totals(results),
        incidents=caught,
        suggestions=suggested,
        assumptions=assumptions(metric_alarms, history, settings, suggested=bool(suggested)),
        fast=settings.fast,
    )
