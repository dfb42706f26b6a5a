"""What each change would have done over a stored history, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from alarmctl.backtest import api

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from alarmctl.backtest.api import AlarmResult, History, Report
    from alarms.definitions import CompositeDefinition, Definition

LEVELS = " ▁▂▃▄▅▆▇█"
SLOTS = 56  # characters of a timeline: of 14 days, each six hours


@dataclass(frozen=True)
class Outcome:
    """One alarm over the history, times in minutes of ALARM. `error`: why it was not replayed.

    `timeline`: one character for each part of the history, the higher, the longer in ALARM.
    """

    fired: int = 0
    pages: int = 0
    minutes: float = 0.0
    longest: float = 0.0
    flaps: int = 0
    has_data: bool = True
    timeline: str = ""
    error: str | None = None


@dataclass(frozen=True)
class Trial:
    """The outcomes by alarm name over so many days; pages are those of all alarms together."""

    days: float
    before: Mapping[str, Outcome]
    after: Mapping[str, Outcome]
    assumptions: tuple[str, ...] = ()
    pages_before: int = 0
    pages_after: int = 0

    def pair(self, before: str | None, after: str | None) -> tuple[Outcome | None, Outcome | None]:
        """An alarm's outcomes by its name before and after."""
        return (self.before.get(before) if before else None, self.after.get(after) if after else None)

    def told(self, before: str | None, after: str | None) -> str:
        """One line about an alarm; empty where the history says nothing."""
        pair = self.pair(before, after)
        known = [one for one in pair if one]
        if not known:
            return ""
        if error := next((one.error for one in known if one.error), None):
            return f"not replayed: {error}"
        if not any(one.has_data for one in known):
            return "no data in the history"
        parts = [
            f"fired {_moved(pair, 'fired')}",
            f"{_moved(pair, 'minutes')} min in ALARM",
        ]
        if any(one.flaps for one in known):
            parts.append(f"{_moved(pair, 'flaps')} flaps")
        return ", ".join(parts)


def _moved(pair: Sequence[Outcome | None], figure: str) -> str:
    values = [f"{getattr(one, figure):,.0f}" for one in pair if one]
    return " -> ".join(values if len(set(values)) > 1 else values[:1])


def run(
    before: Iterable[Definition | CompositeDefinition],
    after: Iterable[Definition | CompositeDefinition],
    history: History,
) -> Trial:
    """Both sets of alarms over the same history. Raises what `backtest` raises."""
    old, new = api.backtest(list(before), history), api.backtest(list(after), history)
    return Trial(
        days=(new.end - new.start) / timedelta(days=1),
        before=_outcomes(old),
        after=_outcomes(new),
        assumptions=new.assumptions,
        pages_before=old.totals.pages,
        pages_after=new.totals.pages,
    )


def _outcomes(report: Report) -> dict[str, Outcome]:
    return {
        result.name: Outcome(
            fired=result.fired,
            pages=result.pages,
            minutes=result.minutes_in_alarm,
            longest=result.longest_minutes,
            flaps=result.flaps,
            has_data=result.had_data,
            timeline=_timeline(result, report),
            error=result.error,
        )
        for result in report.alarms
    }


def _timeline(result: AlarmResult, report: Report) -> str:
    slot = (report.end - report.start) / SLOTS
    if not slot:
        return ""
    shares = [0.0] * SLOTS
    for span in result.spans:
        first = int((span.start - report.start) / slot)
        for place in range(max(0, first), SLOTS):
            begin = report.start + place * slot
            inside = min(span.end, begin + slot) - max(span.start, begin)
            if inside <= timedelta(0):
                break
            shares[place] += inside / slot
    # Anything in ALARM at all is seen.
    return "".join(LEVELS[min(8, max(share > 0, round(share * 8)))] for share in shares)
