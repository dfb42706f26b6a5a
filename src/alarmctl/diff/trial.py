"""What each change would have done over a stored history, before and after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Outcome:
    """One alarm over the history, times in minutes of ALARM. `error`: why it was not replayed."""

    fired: int = 0
    minutes: float = 0.0
    longest: float = 0.0
    flaps: int = 0
    has_data: bool = True
    timeline: str = ""
    error: str | None = None


@dataclass(frozen=True)
class Trial:
    """The outcomes by alarm name. `days` is how long the history is; `assumptions` one sentence each."""

    days: float
    before: Mapping[str, Outcome]
    after: Mapping[str, Outcome]
    assumptions: tuple[str, ...] = ()
    pages_before: float | None = None
    pages_after: float | None = None

    def told(self, before: str | None, after: str | None) -> str:
        """One line about an alarm by its name before and after; empty where the history says nothing."""
        old = self.before.get(before) if before else None
        new = self.after.get(after) if after else None
        known = [one for one in (old, new) if one]
        if not known:
            return ""
        if error := next((one.error for one in known if one.error), None):
            return f"not replayed: {error}"
        if not any(one.has_data for one in known):
            return "no data in the history"
        pairs = [
            f"fired {_moved(*(None if one is None else one.fired for one in (old, new)))}",
            f"{_moved(*(None if one is None else one.minutes for one in (old, new)))} min in ALARM",
        ]
        if any(one.flaps for one in known):
            pairs.append(f"{_moved(*(None if one is None else one.flaps for one in (old, new)))} flaps")
        return ", ".join(pairs)


def _moved(before: float | None, after: float | None) -> str:
    values = [f"{value:,.0f}" for value in (before, after) if value is not None]
    return " -> ".join(values if len(set(values)) > 1 else values[:1])
