"""An alarm's condition and settings in words that a reviewer compares at a glance."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms import knowledge

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from alarmctl.lint.model import Actions, Alarm, Metric

NOT_KNOWN = "(known after apply)"
NOBODY = "nobody"
SIGNS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": "≥",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "≤",
    "LessThanLowerThreshold": "below the band",
    "GreaterThanUpperThreshold": "above the band",
    "LessThanLowerOrGreaterThanUpperThreshold": "outside of the band",
}
UNITS = {
    "Percent": " %", "Seconds": " s", "Milliseconds": " ms", "Microseconds": " µs", "Bytes": " B",
    "Kilobytes": " KB", "Megabytes": " MB", "Gigabytes": " GB", "Bytes/Second": " B/s",
    "Count/Second": "/s",
}  # fmt: skip
_TIMES_HUNDRED = re.compile(r"\b100\s*\*|\*\s*100\b")
_SPAN = ((86_400, "day"), (3600, "hour"), (60, "minute"), (1, "second"))


@functools.cache
def _known() -> knowledge.Knowledge:
    return knowledge.load()


def condition(alarm: Alarm) -> str:
    """When it fires: `≥ 80 % for 2 of 2 minutes`, or a composite alarm's rule."""
    if alarm.is_composite:
        return alarm.rule or NOT_KNOWN
    return f"{bound(alarm)} for {_of(alarm)} {_span(alarm)}"


def changed_condition(before: Alarm, after: Alarm) -> str:
    """`≥ 80 % for 2 of 2 minutes -> ≥ 85 % for 3 of 5`: the second time without what stayed the same."""
    if before.is_composite or after.is_composite or _span(before) != _span(after):
        return f"{condition(before)} -> {condition(after)}"
    return f"{condition(before)} -> {bound(after)} for {_of(after)}"


def bound(alarm: Alarm) -> str:
    """What a value is compared with: `≥ 80 %`."""
    sign = SIGNS.get(alarm.comparison or "", alarm.comparison or "?")
    if alarm.threshold_metric_id:
        return sign
    number = NOT_KNOWN if alarm.threshold is None else f"{alarm.threshold:,.10g}"
    return f"{sign} {number}{unit(alarm)}"


def unit(alarm: Alarm) -> str:
    """The unit of the values that are compared, with its space; empty where it is not known."""
    metric = alarm.measured
    if metric is None:
        return UNITS["Percent"] if _TIMES_HUNDRED.search(alarm.expression or "") else ""
    if metric.statistic == "SampleCount":
        return ""
    facts = _known().metric(metric.namespace or "", metric.name or "")
    return UNITS.get(metric.unit or (facts.unit if facts else None) or "", "")


def _of(alarm: Alarm) -> str:
    needed, periods = alarm.needed, alarm.evaluation_periods
    return f"{NOT_KNOWN if needed is None else needed} of {NOT_KNOWN if periods is None else periods}"


def _span(alarm: Alarm) -> str:
    seconds = alarm.period
    if seconds is None:
        return "values"
    for size, word in _SPAN:
        if seconds % size == 0:
            count = seconds // size
            return f"{word}s" if count == 1 else f"values of {count} {word}s"
    return "values"  # a period below a second does not exist


def looked_at(alarm: Alarm) -> str:
    """What is measured: `Average CPUUtilization (AWS/ECS), ClusterName main`, or the expression."""
    if alarm.is_composite:
        return "other alarms"
    if alarm.expression:
        parts = "; ".join(f"{key} = {_metric(metric)}" for key, metric in sorted(alarm.by_id.items()))
        return f"{alarm.expression}, where {parts}" if parts else alarm.expression
    return _metric(alarm.metrics[0]) if alarm.metrics else NOT_KNOWN


def _metric(metric: Metric) -> str:
    named = ", ".join(
        f"{name} {NOT_KNOWN if value is None else value}"
        for name, value in sorted((metric.dimensions or {}).items())
    )
    head = f"{metric.statistic or '?'} {metric.name or NOT_KNOWN} ({metric.namespace or NOT_KNOWN})"
    return f"{head}, {named}" if named else head


def told(actions: Actions, names: Mapping[str, str]) -> str:
    """Who is told: the topics' names, in order. `names`: those of resources that have no ARN yet."""
    found = {arn.rpartition(":")[2] for arn in actions.arns}
    found |= {names.get(address, address) for address in actions.topics}
    if not found:
        return NOT_KNOWN if actions.unknown else NOBODY
    return ", ".join(sorted(found))


@dataclass(frozen=True)
class Setting:
    """One thing that a reviewer wants to hear of: its name, and how it is told of an alarm."""

    name: str
    tell: Callable[[Alarm, Mapping[str, str]], str]


SETTINGS = (
    Setting("fires at", lambda alarm, _: condition(alarm)),
    Setting("looks at", lambda alarm, _: looked_at(alarm)),
    Setting("missing data", lambda alarm, _: alarm.treat_missing_data or ""),
    Setting("few samples", lambda alarm, _: alarm.low_samples or ""),
    Setting("ALARM tells", lambda alarm, names: told(alarm.alarm_actions, names)),
    Setting("OK tells", lambda alarm, names: told(alarm.ok_actions, names)),
    Setting("INSUFFICIENT_DATA tells", lambda alarm, names: told(alarm.insufficient_data_actions, names)),
    Setting("actions", lambda alarm, _: "enabled" if alarm.actions_enabled else "disabled"),
    Setting("suppressed by", lambda alarm, _: alarm.suppressor or ""),
    Setting("description", lambda alarm, _: alarm.description or ""),
    Setting("name", lambda alarm, _: alarm.label),
)


def settings(alarm: Alarm, names: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    """Every setting's name and words, in the order in which they matter."""
    for setting in SETTINGS:
        yield setting.name, setting.tell(alarm, names)
