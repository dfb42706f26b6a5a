"""Metric math of which each period's value rests on that period alone: it needs no window to be computed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarms import metric_math
from alarms.math_functions import Context, Series
from alarms.metric_math import Array, Binary, Call, Name, Negate, Number, Text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from alarms.definitions import Definition
    from alarms.metric_math import Node

# Of one series these work datapoint by datapoint; of an array of series they do, too.
EACH = frozenset({"ABS", "CEIL", "FLOOR", "LOG", "LOG10", "IF", "FILL"})
# Of an array they combine its series period by period; of one series they would take the whole range.
ACROSS = frozenset({"SUM", "AVG", "MIN", "MAX", "STDDEV", "DATAPOINT_COUNT"})


def fits(alarm: Definition) -> bool:
    """Whether the alarm's expression is such a one."""
    returned = alarm.returned
    if returned is None or alarm.threshold_metric_id is not None:
        return False
    return returned.metric_stat is not None or all(map(_is_each, alarm.expressions.values()))


def values(
    alarm: Definition, given: Mapping[str, Sequence[float | None]], starts: Sequence[float]
) -> Series | None:
    """The expression's value for every start; None where it is no single series."""
    returned = alarm.returned
    if returned is None:
        return None
    metrics = {key: tuple(series) for key, series in given.items()}
    if returned.metric_stat is not None:
        return metrics[returned.id]
    context = Context(starts, alarm.period, metrics)
    found = metric_math.evaluate(returned.id, alarm.expressions, metrics, context)
    if isinstance(found, list) and len(found) == 1:
        found = found[0]
    return found if isinstance(found, tuple) else None


def _is_each(node: Node) -> bool:
    match node:
        case Number() | Text() | Name():
            return True
        case Negate():
            return _is_each(node.operand)
        case Binary():
            return _is_each(node.left) and _is_each(node.right)
        case Array(items=parts):
            return all(map(_is_each, parts))
        case Call(function=function, arguments=parts):
            known = function in EACH or (function in ACROSS and isinstance(parts[0], Array))
            repeats = any(isinstance(part, Name) and part.id in ("REPEAT", "LINEAR") for part in parts)
            return known and not repeats and all(map(_is_each, parts))
