"""CloudWatch's words for a state: StateReason and StateReasonData.

AWS documents neither; both follow what real alarms said. docs/evaluation.md tells which forms were seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarms import javajson
from alarms.javajson import double, instant
from alarms.model import State, from_epoch

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from alarms.definitions import Definition

# From this many decisive datapoints on, only the newest are listed, in a sentence of their own.
LISTED_DATAPOINTS = 5

WORDS = {
    "GreaterThanThreshold": "greater than",
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
TREATED_AS = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
TRANSITIONS = {State.ALARM: "OK -> ALARM", State.OK: "ALARM -> OK"}


@dataclass(frozen=True, slots=True)
class Slot:
    """One period of the range: when it starts (epoch seconds), and what was found in it."""

    start: float
    value: float | None = None
    breaching: bool = False
    sample_count: float | None = None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """What an evaluation rests on: all slots oldest first; used and decisive ones newest first."""

    definition: Definition
    state: State
    slots: tuple[Slot, ...]
    used: tuple[Slot, ...]
    decisive: tuple[Slot, ...]

    @property
    def needed(self) -> int:
        """How many datapoints bring the state about: M for ALARM, N-M+1 for OK."""
        if self.state is State.OK:
            return self.definition.evaluation_periods - self.definition.needed_to_alarm + 1
        return self.definition.needed_to_alarm


def _plural(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _were(count: int) -> str:
    return "was" if count == 1 else "were"


def retained(account: Account) -> str:
    """Our words for an evaluation that left the state as it was; CloudWatch has none."""
    alarm = account.definition
    return (
        f"State retained: {len(account.used)} of {_plural(alarm.evaluation_periods, 'datapoint')} received, "
        "too few to decide."
    )


def reason(account: Account) -> str:
    """The StateReason."""
    periods = account.definition.evaluation_periods
    if account.state is State.INSUFFICIENT_DATA:
        return f"Insufficient Data: {_plural(periods, 'datapoint')} {_were(periods)} unknown."
    banded = account.definition.threshold is None and account.decisive
    crossed = "Thresholds Crossed" if banded else "Threshold Crossed"
    return f"{crossed}: {_crossing(account)}."


def _crossing(account: Account) -> str:
    alarm, count = account.definition, len(account.decisive)
    if not count:
        return _without_decisive(account)
    head = _plural(count, "datapoint")
    if alarm.datapoints_to_alarm:
        head = f"{count} out of the last {alarm.evaluation_periods} datapoints"
    tail = _missing(account) + _minimum(account)
    if alarm.threshold is None:
        return f"{head} {_listed(account.decisive)} {_were(count)} {_band(account)}{tail}"
    comparison = (
        f"{_not(account)}{WORDS[alarm.comparison_operator]} the threshold ({double(alarm.threshold)})"
    )
    if count < LISTED_DATAPOINTS:
        return f"{head} {_listed(account.decisive)} {_were(count)} {comparison}{tail}"
    newest = _listed(account.decisive[:LISTED_DATAPOINTS])
    return f"{head} were {comparison}. The most recent datapoints which crossed the threshold: {newest}{tail}"


def _without_decisive(account: Account) -> str:
    received, periods = len(account.used), account.definition.evaluation_periods
    count = _plural(received, "datapoint") if received else "no datapoints"
    return f"{count} {_were(received)} received for {_plural(periods, 'period')}{_missing(account)}"


def _missing(account: Account) -> str:
    alarm = account.definition
    absent = alarm.evaluation_periods - len(account.used)
    treated = TREATED_AS.get(alarm.missing_data)
    if not absent or not treated:
        return ""
    return f" and {_plural(absent, 'missing datapoint')} {_were(absent)} treated as [{treated}]"


def _minimum(account: Account) -> str:
    if not account.definition.datapoints_to_alarm:
        return ""
    return f" (minimum {_plural(account.needed, 'datapoint')} for {TRANSITIONS[account.state]} transition)"


def _not(account: Account) -> str:
    return "not " if account.state is State.OK else ""


def _listed(slots: Sequence[Slot]) -> str:
    shown = (f"{double(slot.value or 0.0)} ({from_epoch(slot.start):%d/%m/%y %H:%M:%S})" for slot in slots)
    return f"[{', '.join(shown)}]"


def _band(account: Account) -> str:
    operator, negation = account.definition.comparison_operator, _not(account)
    lower = ", ".join(double(slot.lower or 0.0) for slot in account.decisive)
    upper = ", ".join(double(slot.upper or 0.0) for slot in account.decisive)
    sides = {
        "LessThanLowerThreshold": [f"{negation}less than the lower thresholds [{lower}]"],
        "GreaterThanUpperThreshold": [f"{negation}greater than the upper thresholds [{upper}]"],
    }
    return " or ".join(
        sides.get(operator) or [*sides["LessThanLowerThreshold"], *sides["GreaterThanUpperThreshold"]]
    )


def reason_data(account: Account, at: datetime) -> str:
    """The StateReasonData of an evaluation at `at`: JSON text, keys in AWS's order."""
    alarm = account.definition
    spanned = _spanned(account)
    data: dict[str, Any] = {"version": "1.0", "queryDate": instant(at)}
    if spanned:
        data["startDate"] = instant(from_epoch(spanned[0].start))
    if alarm.metric_stat:
        data |= {"unit": alarm.metric_stat.unit} if alarm.metric_stat.unit else {}
        data["statistic"] = alarm.metric_stat.stat
    data["period"] = alarm.period
    data["recentDatapoints"] = [slot.value for slot in spanned]
    if alarm.threshold is None:
        # Only the bounds that the comparison looks at.
        if alarm.comparison_operator != "GreaterThanUpperThreshold":
            data["recentLowerThresholds"] = [slot.lower for slot in spanned]
        if alarm.comparison_operator != "LessThanLowerThreshold":
            data["recentUpperThresholds"] = [slot.upper for slot in spanned]
    else:
        data["threshold"] = alarm.threshold
    data["evaluatedDatapoints"] = [_evaluated(account, slot) for slot in _evaluated_slots(account)]
    return javajson.dumps(data)


def _spanned(account: Account) -> Sequence[Slot]:
    """The slots from the oldest to the newest used datapoint, gaps included."""
    if not account.used:
        return ()
    oldest, newest = account.used[-1].start, account.used[0].start
    return [slot for slot in account.slots if oldest <= slot.start <= newest]


def _evaluated_slots(account: Account) -> list[Slot]:
    """As many as the state needs: decisive ones, newest first, then the newest empty ones."""
    chosen = list(account.decisive[: account.needed])
    empty = [slot for slot in reversed(account.slots) if slot.value is None]
    return chosen + empty[: account.needed - len(chosen)]


def _evaluated(account: Account, slot: Slot) -> dict[str, Any]:
    shown: dict[str, Any] = {"timestamp": instant(from_epoch(slot.start))}
    if slot.value is None:
        return shown
    if account.definition.metric_stat and slot.sample_count is not None:
        shown["sampleCount"] = float(slot.sample_count)
    shown["value"] = float(slot.value)
    bounds = [bound for bound in (slot.lower, slot.upper) if bound is not None]
    # Real alarms add a "threshold" here; which bound it is was not seen, so the one that was crossed.
    if bounds:
        below = slot.lower is not None and slot.value < slot.lower
        shown["threshold"] = bounds[0] if below else bounds[-1]
    return shown
