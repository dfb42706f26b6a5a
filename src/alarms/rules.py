"""The rule language of composite alarms: parse, list the children, evaluate.

Source: "Create a composite alarm" (AlarmRule); case matters, AND binds tighter than OR.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarms.model import AlarmError, State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

MAX_RULE_CHARS = 10_240
MAX_CHILDREN = 100
MAX_ELEMENTS = 500
# CloudWatch names no bound on nesting; this one keeps the parser far from Python's own.
MAX_DEPTH = 100

TOKEN = re.compile(r'"(?P<quoted>(?:\\.|[^"\\])*)"|(?P<symbol>[(),])|(?P<bare>[^\s(),"]+)', re.DOTALL)
STATES = tuple(State)


class RuleError(AlarmError):
    """An AlarmRule that CloudWatch would refuse; `position` counts characters from 0."""

    def __init__(self, complaint: str, position: int) -> None:
        self.position = position
        super().__init__(f"Error in AlarmRule [{complaint}]")


@dataclass(frozen=True, slots=True)
class Constant:
    value: bool


@dataclass(frozen=True, slots=True)
class Is:
    """True while the alarm (name or ARN) is in the state."""

    state: State
    alarm: str


@dataclass(frozen=True, slots=True)
class Not:
    operand: Rule


@dataclass(frozen=True, slots=True)
class All:
    operands: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Any:
    operands: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class AtLeast:
    """True while at least `threshold` alarms (or percent of them) are, or are not, in the state."""

    threshold: int
    percent: bool
    negated: bool
    state: State
    alarms: tuple[str, ...]

    @property
    def needed(self) -> int:
        return math.ceil(self.threshold * len(self.alarms) / 100) if self.percent else self.threshold


Rule = Constant | Is | Not | All | Any | AtLeast


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    position: int
    quoted: bool


def parse(rule: str) -> Rule:
    """The rule as a tree. Raises RuleError and nothing else."""
    if len(rule) > MAX_RULE_CHARS:
        raise RuleError(f"a rule takes at most {MAX_RULE_CHARS} characters, not {len(rule)}", MAX_RULE_CHARS)
    parser = _Parser(rule)
    parsed = parser.either()
    if parser.token.text or parser.token.quoted:
        raise parser.unsupported("<EOF>", "'AND'", "'OR'")
    if parser.elements > MAX_ELEMENTS:
        raise RuleError(f"a rule takes at most {MAX_ELEMENTS} elements, not {parser.elements}", 0)
    count = len(children(parsed))
    if count > MAX_CHILDREN:
        raise RuleError(f"a rule takes at most {MAX_CHILDREN} alarms, not {count}", 0)
    return parsed


def children(rule: Rule) -> tuple[str, ...]:
    """The alarms a rule mentions, in order, each once."""
    return tuple(dict.fromkeys(_mentions(rule)))


def _mentions(rule: Rule) -> Iterator[str]:
    match rule:
        case Is():
            yield rule.alarm
        case AtLeast():
            yield from rule.alarms
        case Not():
            yield from _mentions(rule.operand)
        case All() | Any():
            for operand in rule.operands:
                yield from _mentions(operand)


def evaluate(rule: Rule, states: Mapping[str, State]) -> bool:
    """Whether the rule holds, given the state of every child under the name or ARN the rule uses.

    Raises RuleError for a child without a state.
    """
    match rule:
        case Constant():
            return rule.value
        case Is():
            return _state(rule.alarm, states) is rule.state
        case Not():
            return not evaluate(rule.operand, states)
        case All():
            return all(evaluate(operand, states) for operand in rule.operands)
        case Any():
            return any(evaluate(operand, states) for operand in rule.operands)
        case AtLeast():
            hits = sum((_state(alarm, states) is rule.state) != rule.negated for alarm in rule.alarms)
            return hits >= rule.needed


def _state(alarm: str, states: Mapping[str, State]) -> State:
    if alarm not in states:
        raise RuleError(f"no alarm is named {alarm!r}", 0)
    return states[alarm]


class _Parser:
    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.tokens = list(self._tokens())
        self.index = 0
        self.elements = 0
        self.depth = 0

    def _tokens(self) -> Iterator[_Token]:
        at = 0
        while at < len(self.rule):
            if self.rule[at].isspace():
                at += 1
                continue
            match = TOKEN.match(self.rule, at)
            if not match:
                raise RuleError(f"Unsupported token {self.rule[at]!r} at char {at}", at)
            quoted = match["quoted"] is not None
            text = re.sub(r"\\(.)", r"\1", match["quoted"], flags=re.DOTALL) if quoted else match[0]
            yield _Token(text, at, quoted)
            at = match.end()
        yield _Token("", len(self.rule), quoted=False)

    @property
    def token(self) -> _Token:
        return self.tokens[self.index]

    def unsupported(self, *expected: str) -> RuleError:
        token = self.token
        found = f"'{token.text}'" if token.text or token.quoted else "<EOF>"
        return RuleError(
            f"Unsupported token {found} at char {token.position}, must be: {', '.join(expected)}",
            token.position,
        )

    def accept(self, *texts: str) -> str | None:
        token = self.token
        if token.quoted or not token.text or token.text not in texts:
            return None
        self.index += 1
        return token.text

    def expect(self, *texts: str) -> str:
        found = self.accept(*texts)
        if found is None:
            raise self.unsupported(*(f"'{text}'" for text in texts))
        return found

    def either(self) -> Rule:
        return self._chain("OR", self.both, Any)

    def both(self) -> Rule:
        return self._chain("AND", self.single, All)

    def _chain(self, word: str, part: Callable[[], Rule], join: Callable[[tuple[Rule, ...]], Rule]) -> Rule:
        operands = [part()]
        while self.accept(word):
            operands.append(part())
        return operands[0] if len(operands) == 1 else join(tuple(operands))

    def single(self) -> Rule:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise RuleError(f"more than {MAX_DEPTH} levels of nesting", self.token.position)
        word = self.expect("NOT", "(", "TRUE", "FALSE", "AT_LEAST", *STATES)
        rule = self._after(word)
        self.depth -= 1
        return rule

    def _after(self, word: str) -> Rule:
        if word == "NOT":
            return Not(self.single())
        self.elements += 1
        if word in {"TRUE", "FALSE"}:
            return Constant(word == "TRUE")
        if word == "(":
            rule = self.either()
            self.expect(")")
            self.elements += 1
            return rule
        if word == "AT_LEAST":
            return self._at_least()
        self.expect("(")
        alarm = self._alarm()
        self.expect(")")
        return Is(State(word), alarm)

    def _alarm(self) -> str:
        token = self.token
        if not token.text or (not token.quoted and token.text in {"(", ")", ","}):
            raise self.unsupported("an alarm's name or ARN")
        self.index += 1
        return token.text

    def _at_least(self) -> Rule:
        self.expect("(")
        token = self.token
        match = re.fullmatch(r"([0-9]{1,9})(%?)", token.text)
        if not match or token.quoted:
            raise self.unsupported("a number", "a percentage")
        self.index += 1
        self.expect(",")
        negated = self.accept("NOT") is not None
        state = State(self.expect(*STATES))
        self.expect(",")
        self.expect("(")
        alarms = [self._alarm()]
        while self.accept(","):
            alarms.append(self._alarm())
        self.expect(")")
        self.expect(")")
        self.elements += len(alarms)
        threshold, percent = int(match[1]), bool(match[2])
        highest = 100 if percent else len(alarms)
        if not 1 <= threshold <= highest:
            unit = "%" if percent else f" of {len(alarms)} alarms"
            raise RuleError(f"AT_LEAST takes 1 to {highest}{unit}, not {threshold}", token.position)
        return AtLeast(threshold, percent, negated, state, tuple(alarms))
