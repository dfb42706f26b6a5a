"""Rules for JSON values, small enough that a table of them reads like Slack's own reference.

A rule takes a value and its path and yields one sentence for each thing that is wrong.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

Rule = Callable[[Any, str], Iterator[str]]


def string(low: int, high: int) -> Rule:
    """A string of `low` to `high` characters."""

    def rule(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield f"{path}: must be a string, not {_kind(value)}"
        elif len(value) < low:
            yield f"{path}: is {len(value)} characters; the minimum is {low}"
        elif len(value) > high:
            yield f"{path}: is {len(value)} characters; the limit is {high}"

    return rule


def matching(pattern: str, wanted: str) -> Rule:
    """A string that matches `pattern` whole; `wanted` says in words what that is."""
    compiled = re.compile(pattern)

    def rule(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            yield f"{path}: must be {wanted}, not {_shown(value)}"

    return rule


def url(high: int, schemes: tuple[str, ...]) -> Rule:
    """An absolute URL of one of `schemes`, at most `high` characters."""
    length = string(1, high)

    def rule(value: Any, path: str) -> Iterator[str]:
        wrong = list(length(value, path))
        yield from wrong
        if not wrong and not _is_url(value, schemes):
            yield f"{path}: must be a URL ({', '.join(schemes)}), not {_shown(value)}"

    return rule


def one_of(*choices: Any) -> Rule:
    """One of `choices`, of the same JSON type."""

    def rule(value: Any, path: str) -> Iterator[str]:
        if not any(type(value) is type(choice) and value == choice for choice in choices):
            yield f"{path}: must be one of {', '.join(map(str, choices))}, not {_shown(value)}"

    return rule


def boolean(value: Any, path: str) -> Iterator[str]:
    """True or false; Slack takes neither 1 nor "true" in a block."""
    if not isinstance(value, bool):
        yield f"{path}: must be true or false, not {_shown(value)}"


def integer(low: int, high: int) -> Rule:
    """A whole number from `low` to `high`."""

    def rule(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            yield f"{path}: must be a whole number from {low} to {high}, not {_shown(value)}"

    return rule


def number(low: float, high: float) -> Rule:
    """A number from `low` to `high`, whole or not."""

    def rule(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, int | float) or isinstance(value, bool) or not low <= value <= high:
            yield f"{path}: must be a number from {low} to {high}, not {_shown(value)}"

    return rule


def array(item: Rule, low: int, high: int) -> Rule:
    """A list of `low` to `high` items, each of which keeps `item`."""

    def rule(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield f"{path}: must be a list, not {_kind(value)}"
            return
        if len(value) < low:
            yield f"{path}: has {len(value)} items; the minimum is {low}"
        if len(value) > high:
            yield f"{path}: has {len(value)} items; the limit is {high}"
        for index, entry in enumerate(value[:high]):
            yield from item(entry, f"{path}[{index}]")

    return rule


def record(
    required: Mapping[str, Rule] | None = None,
    optional: Mapping[str, Rule] | None = None,
    any_of: tuple[str, ...] = (),
    *,
    only_one: bool = False,
) -> Rule:
    """An object with all `required` keys, one of `any_of` or more, and none but these and `optional`.

    `only_one`: exactly one of `any_of`.
    """
    needed = required or {}
    rules = {**needed, **(optional or {})}

    def rule(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: must be an object, not {_kind(value)}"
            return
        for key in needed:
            if key not in value:
                yield f"{path}.{key}: is missing"
        if any_of and not any(key in value for key in any_of):
            yield f"{path}: needs {' or '.join(any_of)}"
        if only_one and sum(key in value for key in any_of) > 1:
            yield f"{path}: takes only one of {' and '.join(any_of)}"
        for key, entry in value.items():
            if key in rules:
                yield from rules[key](entry, f"{path}.{key}")
            elif key != "type":
                yield f"{path}.{key}: is no property of this object; it takes {', '.join(sorted(rules))}"

    return rule


def tagged(rules: Mapping[str, Rule]) -> Rule:
    """An object whose `type` names the rule that it keeps."""

    def rule(value: Any, path: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield f"{path}: must be an object, not {_kind(value)}"
            return
        tag = value.get("type")
        if not isinstance(tag, str) or tag not in rules:
            yield f"{path}.type: must be one of {', '.join(sorted(rules))}, not {_shown(tag)}"
            return
        yield from rules[tag](value, path)

    return rule


def anything(_value: Any, _path: str) -> Iterator[str]:
    """No rule of its own."""
    yield from ()


def _is_url(value: str, schemes: tuple[str, ...]) -> bool:
    if re.search(r"[\s<>\x00-\x1f]", value):
        return False
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.netloc or (parts.scheme == "mailto" and parts.path))


def _kind(value: Any) -> str:
    kinds = {
        dict: "an object",
        list: "a list",
        str: "a string",
        bool: "a boolean",
        int: "a number",
        float: "a number",
    }
    return kinds.get(type(value), "null")


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return _kind(value)
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:59]}…"
