"""What rules need to know of metric-math expressions."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from alarms.metric_math import Array, Binary, Call, Name, Negate, Node, Number, mentions, parse
from alarms.model import AlarmError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alarmctl.lint.model import Alarm, Metric

INSIGHTS = re.compile(r"\s*SELECT\b", re.IGNORECASE)
MAX_NESTING = 10  # expressions that use expressions; an alarm has at most ten metrics to build them on


@dataclass(frozen=True)
class Ratio:
    """A division in an alarm's result, by the metrics on both sides."""

    numerator: tuple[Metric, ...]
    denominator: tuple[Metric, ...]
    is_scaled: bool  # multiplied by a number somewhere


def is_insights(expression: str | None) -> bool:
    """Whether the expression is a Metrics Insights query rather than metric math."""
    return bool(expression and INSIGHTS.match(expression))


def parsed(alarm: Alarm) -> Node | None:
    """The alarm's result as one tree, its expressions put into each other; None if unreadable."""
    if not alarm.expression or is_insights(alarm.expression):
        return None
    texts = {query.id: query.expression for query in alarm.queries if query.expression}
    try:
        return _inlined(parse(alarm.expression), texts, MAX_NESTING)
    except (AlarmError, RecursionError):
        return None


def _inlined(node: Node, texts: dict[str, str], depth: int) -> Node:
    if depth == 0:
        raise RecursionError
    match node:
        case Name(id=name) if name in texts:
            return _inlined(parse(texts[name]), texts, depth - 1)
        case Negate():
            return replace(node, operand=_inlined(node.operand, texts, depth))
        case Binary():
            return replace(
                node, left=_inlined(node.left, texts, depth), right=_inlined(node.right, texts, depth)
            )
        case Call():
            return replace(node, arguments=tuple(_inlined(part, texts, depth) for part in node.arguments))
        case Array():
            return replace(node, items=tuple(_inlined(part, texts, depth) for part in node.items))
        case _:
            return node


def nodes(node: Node) -> Iterator[Node]:
    """The node and everything below it."""
    yield node
    match node:
        case Negate():
            yield from nodes(node.operand)
        case Binary():
            yield from nodes(node.left)
            yield from nodes(node.right)
        case Call(arguments=parts) | Array(items=parts):
            for part in parts:
                yield from nodes(part)
        case _:
            return


def metrics_in(node: Node, alarm: Alarm) -> tuple[Metric, ...]:
    """The metrics that the node mentions."""
    by_id = alarm.by_id
    return tuple(by_id[name] for name in sorted(mentions(node)) if name in by_id)


def ratios(alarm: Alarm) -> list[Ratio]:
    """The divisions of a metric by a metric, conditions of IF left aside."""
    tree = parsed(alarm)
    if tree is None:
        return []
    values = list(nodes(_without_conditions(tree)))
    scaled = any(
        isinstance(n, Binary)
        and n.operator in "*/"
        and any(isinstance(side, Number) for side in (n.left, n.right))
        for n in values
    )
    found = [
        Ratio(metrics_in(n.left, alarm), metrics_in(n.right, alarm), scaled)
        for n in values
        if isinstance(n, Binary) and n.operator == "/"
    ]
    return [ratio for ratio in found if ratio.numerator and ratio.denominator]


def _without_conditions(node: Node) -> Node:
    match node:
        case Call(function="IF", arguments=parts):
            return Array(tuple(_without_conditions(part) for part in parts[1:]))
        case Call():
            return replace(node, arguments=tuple(map(_without_conditions, node.arguments)))
        case Binary():
            return replace(node, left=_without_conditions(node.left), right=_without_conditions(node.right))
        case Negate():
            return replace(node, operand=_without_conditions(node.operand))
        case Array():
            return replace(node, items=tuple(map(_without_conditions, node.items)))
        case _:
            return node


def guards(node: Node) -> Iterator[tuple[Node, Node]]:
    """(condition, guarded value) of every IF."""
    for part in nodes(node):
        if isinstance(part, Call) and part.function == "IF" and len(part.arguments) >= 2:
            yield part.arguments[0], part.arguments[1]


class Undecided(Exception):  # noqa: N818 -- an answer, not a fault
    """The value in silence hangs on something that is not modelled."""


def value_in_silence(tree: Node) -> float | None:
    """The newest value of the result while no metric has sent its newest datapoint; None when there is none.

    Raises Undecided. Source: "Using metric math", missing values and FILL.
    """
    is_series, value = _silent(tree)
    return value if is_series else None


def _silent(node: Node) -> tuple[bool, float | None]:
    """(is a series, value): a scalar always has a value."""
    match node:
        case Number():
            return False, node.value
        case Name():
            return True, None
        case Negate():
            is_series, value = _silent(node.operand)
            return is_series, None if value is None else -value
        case Call(function="FILL", arguments=(inner, Number() as filler)):
            _, value = _silent(inner)
            return True, filler.value if value is None else value
        case Binary():
            return _combined(node.operator, _silent(node.left), _silent(node.right))
        case _:
            raise Undecided


def _combined(
    operator: str, left: tuple[bool, float | None], right: tuple[bool, float | None]
) -> tuple[bool, float | None]:
    (left_series, a), (right_series, b) = left, right
    is_series = left_series or right_series
    if a is None and b is None:
        return is_series, None
    if a is None or b is None:
        if not (left_series and right_series):
            return is_series, None  # a number beside a series without a point
        a, b = a or 0.0, b or 0.0  # the missing side of two series counts as 0
    if operator == "/":
        return is_series, a / b if b else None
    arithmetic = {"+": a + b, "-": a - b, "*": a * b}
    if operator not in arithmetic:
        raise Undecided
    return is_series, arithmetic[operator]
