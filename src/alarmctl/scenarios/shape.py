"""Checks a scenario file against schema.json, the same that editors use, so that the two cannot disagree.

It knows the part of JSON Schema (2020-12) that the schema uses, and refuses a schema that uses more.
"""

from __future__ import annotations

import functools
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarms.written import unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alarmctl.scenarios.document import Where

Schema = dict[str, Any]
SCHEMA_FILE = Path(__file__).with_name("schema.json")
TYPES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "object": (lambda value: isinstance(value, dict), "a map"),
    "array": (lambda value: isinstance(value, list), "a list"),
    "string": (lambda value: isinstance(value, str), "text"),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "null": (lambda value: value is None, "null"),
    "integer": (lambda value: isinstance(value, int) and not isinstance(value, bool), "a whole number"),
    "number": (lambda value: isinstance(value, int | float) and not isinstance(value, bool), "a number"),
}


class ShapeError(ValueError):
    """A value that the schema does not allow; `where` leads to it."""

    def __init__(self, where: Where, complaint: str) -> None:
        self.where = where
        super().__init__(complaint)


@functools.cache
def schema() -> Schema:
    """The schema of scenario files."""
    loaded: Schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    return loaded


def check(value: Any, rules: Schema | None = None, where: Where = ()) -> None:
    """Raises ShapeError for the first thing in `value` that the schema does not allow."""
    rules = schema() if rules is None else rules
    for keyword in sorted(rules, key=ORDER.index):
        KEYWORDS[keyword](value, rules[keyword], rules, where)


def _named(where: Where) -> str:
    """The innermost name on the path, as a complaint begins."""
    names = [part for part in where if isinstance(part, str)]
    item = "an item of " if where and isinstance(where[-1], int) else ""
    return item + (names[-1] if names else "the file")


def _shown(value: Any) -> str:
    return {dict: "a map", list: "a list", type(None): "nothing"}.get(type(value)) or repr(value)


def _pass(_value: Any, _wanted: Any, _rules: Schema, _where: Where) -> None:
    """The keyword speaks to people, or stands where another one reads it."""


def _reference(value: Any, wanted: str, _rules: Schema, where: Where) -> None:
    check(value, schema()["$defs"][wanted.removeprefix("#/$defs/")], where)


def _type(value: Any, wanted: str, _rules: Schema, where: Where) -> None:
    fits, told = TYPES[wanted]
    if not fits(value):
        raise ShapeError(where, f"{_named(where)} must be {told}, not {_shown(value)}.")


def _any_of(value: Any, wanted: list[Schema], _rules: Schema, where: Where) -> None:
    """Alternatives differ in their types, or only in what they require."""
    if all(set(choice) == {"required"} for choice in wanted):
        keys = [choice["required"][0] for choice in wanted]
        if not set(keys) & set(value):
            raise ShapeError(where, f"{_named(where)} expects nothing. Give one of {', '.join(keys)}.")
        return
    for choice in wanted:
        if TYPES[choice["type"]][0](value):
            check(value, choice, where)
            return
    told = " or ".join(TYPES[choice["type"]][1] for choice in wanted)
    raise ShapeError(where, f"{_named(where)} must be {told}, not {_shown(value)}.")


def _enum(value: Any, wanted: list[str], _rules: Schema, where: Where) -> None:
    if value not in wanted:
        raise ShapeError(where, f"{_named(where)} is {_shown(value)}. Use {', '.join(wanted)}.")


def _pattern(value: Any, wanted: str, rules: Schema, where: Where) -> None:
    if not re.search(wanted, value):
        hint = rules.get("description") or PATTERN_HINTS.get(wanted, f"It must match {wanted}")
        raise ShapeError(where, f"{_named(where)} is {value!r}. {hint.removesuffix('.')}.")


def _required(value: Any, wanted: list[str], _rules: Schema, where: Where) -> None:
    missing = [key for key in wanted if key not in value]
    if missing:
        raise ShapeError(where, f"{_named(where)} needs {', '.join(missing)}.")


def _dependent(value: Any, wanted: Mapping[str, list[str]], _rules: Schema, where: Where) -> None:
    for key, needed in wanted.items():
        if key in value:
            _required(value, needed, {}, (*where, key))


def _properties(value: Any, wanted: Mapping[str, Schema], _rules: Schema, where: Where) -> None:
    for key, item in value.items():
        if key in wanted:
            check(item, wanted[key], (*where, str(key)))


def _additional(value: Any, wanted: Schema | bool, rules: Schema, where: Where) -> None:  # noqa: FBT001 -- JSON Schema's own
    known = rules.get("properties", {})
    for key, item in value.items():
        if key in known:
            continue
        if isinstance(wanted, dict):
            check(item, wanted, (*where, str(key)))
        elif not wanted:
            raise ShapeError((*where, str(key)), f"{key}: {unknown(str(key), known)}")


def _items(value: Any, wanted: Schema, _rules: Schema, where: Where) -> None:
    for place, item in enumerate(value):
        check(item, wanted, (*where, place))


def _at_least_one(value: Any, wanted: int, _rules: Schema, where: Where) -> None:
    if len(value) < wanted:
        raise ShapeError(where, f"{_named(where)} is empty.")


def _minimum(value: Any, wanted: int, _rules: Schema, where: Where) -> None:
    if value < wanted:
        raise ShapeError(where, f"{_named(where)} is {value}. Use {wanted} or more.")


KEYWORDS: dict[str, Callable[[Any, Any, Schema, Where], None]] = {
    "$schema": _pass,
    "$defs": _pass,
    "title": _pass,
    "description": _pass,
    "$ref": _reference,
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "additionalProperties": _additional,
    "required": _required,
    "dependentRequired": _dependent,
    "properties": _properties,
    "items": _items,
    "minItems": _at_least_one,
    "minProperties": _at_least_one,
    "minimum": _minimum,
    "anyOf": _any_of,
}
ORDER = tuple(KEYWORDS)  # a key that is misspelt is told before the one that is missing for it
PATTERN_HINTS = {
    "\\S": "Give it a name",
    "^([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)? +(OK|ALARM|INSUFFICIENT_DATA)$": (
        "Write when and to which state, such as: 5m ALARM"
    ),
}
