"""Two backtests over one history, alarm by alarm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alarmctl.backtest.model import AlarmResult, Report


@dataclass(frozen=True)
class Change:
    """One alarm before and after; None where it is not there."""

    name: str
    before: AlarmResult | None
    after: AlarmResult | None

    @property
    def pages(self) -> int:
        """How many pages more (or, below 0, fewer)."""
        return (self.after.pages if self.after else 0) - (self.before.pages if self.before else 0)


def changes(before: Report, after: Report) -> list[Change]:
    """The alarms that would have behaved differently, or are only in one; the largest difference first."""
    was, now = before.by_name, after.by_name
    found = [Change(name, was.get(name), now.get(name)) for name in dict.fromkeys((*now, *was))]
    return sorted(
        (one for one in found if _behaviour(one.before) != _behaviour(one.after)),
        key=lambda one: (-abs(one.pages), one.name),
    )


def _behaviour(result: AlarmResult | None) -> object:
    if result is None:
        return None
    return result.severity, result.pages, result.error, [(one.start, one.end) for one in result.spans]
