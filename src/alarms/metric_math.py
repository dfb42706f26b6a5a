"""CloudWatch metric math: parse, write back, check kinds, evaluate.

Source: "Using metric math with CloudWatch metrics". AWS publishes no operator precedence; this one is
OR, AND, comparison, + -, * /, unary minus, ^ from loosest to tightest, ^ to the right.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from alarms.math_functions import ALLOWED_WORDS, FUNCTIONS, OPERATORS, Context, Kind, Value, Word, kind_of
from alarms.model import AlarmError, UnsupportedAlarm

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_EXPRESSION_CHARS = 2048
# CloudWatch's own bound is not published; this one keeps every recursion here far from Python's.
MAX_DEPTH = 100

# Functions whose values AWS alone knows. They are taken as given series, keyed by the call's text.
EXTERNAL = {
    "SERVICE_QUOTA": Kind.SERIES,
    "INSIGHT_RULE_METRIC": Kind.SERIES,
    "LAMBDA": Kind.SERIES,
    "DB_PERF_INSIGHTS": Kind.SERIES,
    "ANOMALY_DETECTION_BAND": Kind.ARRAY,
}
WORDS = frozenset(word for places in ALLOWED_WORDS.values() for words in places.values() for word in words)
TOKEN = re.compile(
    r"""\s*(?:
    (?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)
  | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
  | (?P<string>"[^"]*"|'[^']*')
  | (?P<symbol>&&|\|\||==|!=|<=|>=|[-+*/^<>()\[\],])
)""",
    re.VERBOSE,
)
SYNONYMS = {"&&": "AND", "||": "OR"}
# operator -> (left, right) binding power; a higher one binds tighter
BINDING = {
    "OR": (1, 2),
    "AND": (3, 4),
    **dict.fromkeys(("==", "!=", "<=", ">=", "<", ">"), (5, 6)),
    **dict.fromkeys(("+", "-"), (7, 8)),
    **dict.fromkeys(("*", "/"), (9, 10)),
    "^": (14, 13),
}
UNARY_MINUS = 11
ATOM = 20


class MetricMathError(AlarmError):
    """An expression that CloudWatch would refuse; shows the text and points at the character."""

    def __init__(self, complaint: str, expression: str, position: int) -> None:
        self.complaint = complaint
        self.expression = expression
        self.position = position
        super().__init__(complaint)

    def __str__(self) -> str:
        return f"{self.complaint}, at character {self.position + 1} of {self.expression!r}"


@dataclass(frozen=True, slots=True)
class Number:
    value: float
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Text:
    value: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A query id, or a word such as REPEAT or DESC."""

    id: str
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Negate:
    operand: Node
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Binary:
    operator: str
    left: Node
    right: Node
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Call:
    function: str
    arguments: tuple[Node, ...]
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Array:
    items: tuple[Node, ...]
    position: int = field(default=0, compare=False)


Node = Number | Text | Name | Negate | Binary | Call | Array


def parse(expression: str) -> Node:
    """The expression as a tree. Raises MetricMathError and nothing else."""
    return _parse(expression)


@lru_cache(maxsize=4096)
def _parse(expression: str) -> Node:
    if len(expression) > MAX_EXPRESSION_CHARS:
        raise MetricMathError(
            f"an expression takes at most {MAX_EXPRESSION_CHARS} characters", expression, MAX_EXPRESSION_CHARS
        )
    return _Parser(expression).whole()


def unparse(node: Node) -> str:
    """The expression's text with the fewest parentheses; parses back to the same tree."""
    return _unparse(node)[0]


def _unparse(node: Node) -> tuple[str, int]:  # noqa: PLR0911 -- one return a kind of node
    """The text, and how tightly its outermost operator binds."""
    match node:
        case Number():
            value = node.value
            return (str(int(value)) if value.is_integer() and value < 1e15 else repr(value)), ATOM
        case Text():
            quote = "'" if '"' in node.value else '"'
            return f"{quote}{node.value}{quote}", ATOM
        case Name():
            return node.id, ATOM
        case Negate():
            return f"-{_wrapped(node.operand, UNARY_MINUS)}", UNARY_MINUS
        case Call():
            return f"{node.function}({', '.join(map(unparse, node.arguments))})", ATOM
        case Array():
            return f"[{', '.join(map(unparse, node.items))}]", ATOM
        case Binary():
            left, right = BINDING[node.operator]
            text = f"{_wrapped(node.left, left)} {node.operator} {_wrapped(node.right, right)}"
            return text, min(left, right)


def _wrapped(node: Node, binding: int) -> str:
    text, own = _unparse(node)
    return text if own >= binding else f"({text})"


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int

    @property
    def shown(self) -> str:
        return "the end" if self.kind == "end" else repr(self.text)


class _Parser:
    """A Pratt parser over the tokens of one expression."""

    def __init__(self, expression: str) -> None:
        self.expression = expression
        self.tokens = list(self._tokens())
        self.index = 0
        self.depth = 0

    def _tokens(self) -> Iterable[_Token]:
        at, end = 0, len(self.expression.rstrip())
        while at < end:
            match = TOKEN.match(self.expression, at)
            if not match or not match.lastgroup:
                start = at + len(self.expression[at:]) - len(self.expression[at:].lstrip())
                raise MetricMathError(f"unexpected {self.expression[start]!r}", self.expression, start)
            text = match[match.lastgroup]
            yield _Token(match.lastgroup, SYNONYMS.get(text, text), match.start(match.lastgroup))
            at = match.end()
        yield _Token("end", "", end)

    def error(self, complaint: str, token: _Token) -> MetricMathError:
        return MetricMathError(complaint, self.expression, token.position)

    @property
    def token(self) -> _Token:
        return self.tokens[self.index]

    def advance(self) -> _Token:
        token = self.token
        self.index += token.kind != "end"
        return token

    def accept(self, text: str) -> bool:
        found = self.token.kind == "symbol" and self.token.text == text
        self.index += found
        return found

    def expect(self, text: str) -> None:
        if not self.accept(text):
            raise self.error(f"expected {text!r}, found {self.token.shown}", self.token)

    def whole(self) -> Node:
        node = self.expression_from(0)
        if self.token.kind != "end":
            raise self.error(f"unexpected {self.token.text!r}", self.token)
        return node

    def expression_from(self, binding: int) -> Node:
        start, entered = self.token, self.depth
        self._deeper(start)
        node = self.operand()
        while self.token.text in BINDING and self.token.kind in {"symbol", "name"}:
            left, right = BINDING[self.token.text]
            if left < binding:
                break
            operator = self.advance()
            # The tree leans left here: each further operator is one level more for whoever walks it.
            self._deeper(operator)
            node = Binary(operator.text, node, self.expression_from(right), operator.position)
        self.depth = entered
        return node

    def _deeper(self, token: _Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise self.error(f"more than {MAX_DEPTH} levels of nesting", token)

    def operand(self) -> Node:  # noqa: PLR0911 -- one return a kind of token
        token = self.advance()
        if token.kind == "number":
            value = float(token.text)
            if value == float("inf"):
                raise self.error(f"number {token.text} is too large", token)
            return Number(value, token.position)
        if token.kind == "string":
            return Text(token.text[1:-1], token.position)
        if token.kind == "name" and token.text not in BINDING:
            if self.accept("("):
                return Call(token.text, self.items_until(")"), token.position)
            return Name(token.text, token.position)
        if token.kind == "symbol" and token.text == "-":
            return Negate(self.expression_from(UNARY_MINUS), token.position)
        if token.kind == "symbol" and token.text == "(":
            node = self.expression_from(0)
            self.expect(")")
            return node
        if token.kind == "symbol" and token.text == "[":
            return Array(self.items_until("]"), token.position)
        raise self.error(f"expected a value, found {token.shown}", token)

    def items_until(self, closing: str) -> tuple[Node, ...]:
        if self.accept(closing):
            return ()
        items = [self.expression_from(0)]
        while self.accept(","):
            items.append(self.expression_from(0))
        self.expect(closing)
        return tuple(items)


def mentions(node: Node) -> set[str]:
    """The names an expression uses: query ids and bare words."""
    match node:
        case Name():
            return {node.id}
        case Negate():
            return mentions(node.operand)
        case Binary():
            return mentions(node.left) | mentions(node.right)
        case Call(arguments=parts) | Array(items=parts):
            return set().union(*map(mentions, parts))
        case _:
            return set()


def external_calls(node: Node) -> set[str]:
    """The texts of the calls whose values AWS alone knows, but for bands: SERVICE_QUOTA(usage)."""
    match node:
        case Call(function=function) if EXTERNAL.get(function) is Kind.SERIES:
            return {unparse(node)}
        case Negate():
            return external_calls(node.operand)
        case Binary():
            return external_calls(node.left) | external_calls(node.right)
        case Call(arguments=parts) | Array(items=parts):
            return set().union(*map(external_calls, parts))
        case _:
            return set()


def in_order(expressions: Mapping[str, Node]) -> tuple[str, ...]:
    """The expressions' ids, each after those it uses. Raises MetricMathError for a circle."""
    waiting = {query_id: mentions(node) & expressions.keys() for query_id, node in expressions.items()}
    ordered: list[str] = []
    while waiting:
        ready = [query_id for query_id, uses in waiting.items() if uses.isdisjoint(waiting)]
        if not ready:
            circle = ", ".join(waiting)
            text = unparse(expressions[next(iter(waiting))])
            raise MetricMathError(f"expressions refer to each other in a circle ({circle})", text, 0)
        ordered += ready
        for query_id in ready:
            del waiting[query_id]
    return tuple(ordered)


def check(texts: Mapping[str, str], metrics: Sequence[str], returned: str | None) -> None:
    """Refuse what cannot be evaluated: unknown ids and functions, wrong kinds, circles, a scalar result.

    `texts` has the expressions by query id, `metrics` the ids of the metrics. Raises MetricMathError and
    UnsupportedAlarm.
    """
    expressions = {query_id: parse(text) for query_id, text in texts.items()}
    kinds = _Kinds(metrics, expressions)
    for query_id in in_order(expressions):
        text = texts[query_id]
        kinds.known[query_id] = kinds.of(expressions[query_id], text)
        if query_id == returned and kinds.known[query_id] not in {Kind.SERIES, Kind.ARRAY}:
            kind = kinds.known[query_id].value
            raise MetricMathError(f"the result must be a time series (TS), not {kind}", text, 0)


class _Kinds:
    """The kind of every node, by the same table of functions that evaluates them."""

    def __init__(self, metrics: Sequence[str], expressions: Iterable[str]) -> None:
        self.metrics = frozenset(metrics)
        self.ids = self.metrics | frozenset(expressions)
        self.known = dict.fromkeys(metrics, Kind.SERIES)

    def of(self, node: Node, text: str) -> Kind:  # noqa: PLR0911 -- one return a kind of node
        match node:
            case Number():
                return Kind.SCALAR
            case Text():
                return Kind.TEXT
            case Name():
                return self._of_name(node, text)
            case Negate():
                return self._applied("-", (Kind.SCALAR, self.of(node.operand, text)), node, text)
            case Binary():
                operands = (self.of(node.left, text), self.of(node.right, text))
                return self._applied(node.operator, operands, node, text)
            case Array():
                return self._of_array(node, text)
            case Call():
                return self._of_call(node, text)

    def _of_name(self, node: Name, text: str) -> Kind:
        if node.id in self.known:
            return self.known[node.id]
        if node.id in WORDS:
            return Kind.WORD
        known = ", ".join(sorted(self.ids - {""})) or "none"
        raise MetricMathError(f"no metric query has the id {node.id!r} (known: {known})", text, node.position)

    def _of_array(self, node: Array, text: str) -> Kind:
        kinds = {self.of(item, text) for item in node.items}
        if kinds == {Kind.TEXT}:
            return Kind.TEXTS
        if kinds <= {Kind.SERIES, Kind.ARRAY} and kinds:
            return Kind.ARRAY
        raise MetricMathError("an array holds time series, at least one", text, node.position)

    def _of_call(self, node: Call, text: str) -> Kind:
        if node.function == "SEARCH":
            raise UnsupportedAlarm("SEARCH is not supported on metric alarms; name the metrics one by one")
        kinds = tuple(self.of(argument, text) for argument in node.arguments)
        if node.function in EXTERNAL:
            return EXTERNAL[node.function]
        if node.function not in FUNCTIONS:
            raise MetricMathError(f"Function '{node.function}' not found", text, node.position)
        if node.function == "PERIOD" and kinds == (Kind.SERIES,):
            argument = node.arguments[0]
            if not isinstance(argument, Name) or argument.id not in self.metrics:
                raise MetricMathError("PERIOD takes a metric, not an expression", text, node.position)
        kind = self._applied(node.function, kinds, node, text)
        for index, words in ALLOWED_WORDS.get(node.function, {}).items():
            argument = node.arguments[index]
            if kinds[index] is Kind.WORD and isinstance(argument, Name) and argument.id not in words:
                raise MetricMathError(f"use {' or '.join(words)}, not {argument.id}", text, argument.position)
        return kind

    def _applied(self, name: str, kinds: tuple[Kind, ...], node: Node, text: str) -> Kind:
        table = OPERATORS if name in OPERATORS else FUNCTIONS
        overload = table[name].get(kinds)
        if overload is None:
            given = ", ".join(kind.value for kind in kinds) or "nothing"
            accepted = " | ".join(
                ", ".join(kind.value for kind in option) or "nothing" for option in table[name]
            )
            raise MetricMathError(f"{name} does not take ({given}); it takes {accepted}", text, node.position)
        return overload.result


def evaluate(
    query_id: str, expressions: Mapping[str, Node], given: Mapping[str, Value], context: Context
) -> Value:
    """The value of query `query_id`, one of the expressions that `check` has passed.

    `given` has the metrics by id and, by id or by the call's text, what only AWS can compute (EXTERNAL).
    Raises UnsupportedAlarm where such a value is not given.
    """
    known = dict(given)
    for name in in_order(expressions):
        if name not in known:
            known[name] = _value(expressions[name], known, context)
    return known[query_id]


def _value(node: Node, known: Mapping[str, Value], context: Context) -> Value:  # noqa: PLR0911 -- one return a kind of node
    match node:
        case Number() | Text():
            return node.value
        case Name():
            return known[node.id] if node.id in known else Word(node.id)
        case Negate():
            return _applied("-", (0.0, _value(node.operand, known, context)), context)
        case Binary():
            pair = (_value(node.left, known, context), _value(node.right, known, context))
            return _applied(node.operator, pair, context)
        case Array():
            items: list[Value] = []
            for item in node.items:
                value = _value(item, known, context)
                items.extend(value) if isinstance(value, list) else items.append(value)
            return items
        case Call(function=function) if function in EXTERNAL:
            text = unparse(node)
            if text not in known:
                raise UnsupportedAlarm(f"{text} can only come from AWS; give its values under {text!r}")
            return known[text]
        case Call():
            arguments = tuple(_value(argument, known, context) for argument in node.arguments)
            return _applied(node.function, arguments, context)


def _applied(name: str, arguments: tuple[Value, ...], context: Context) -> Value:
    table = OPERATORS if name in OPERATORS else FUNCTIONS
    overload = table[name][tuple(map(kind_of, arguments))]
    return cast("Value", overload.apply(context, *arguments))
