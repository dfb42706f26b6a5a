"""Read settings out of JSON. Every fault is a ConfigError that names the place; null counts as left out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from notify_slack.errors import ConfigError
from notify_slack.model import Severity


def mapping(value: Any, where: str) -> Mapping[str, Any]:
    """An object, without the keys that are null."""
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} must be an object, not {type(value).__name__}.")
    return {key: item for key, item in value.items() if item is not None}


def known(value: Any, keys: Sequence[str], where: str) -> Mapping[str, Any]:
    """An object that has none but these keys."""
    values = mapping(value, where)
    unknown = sorted(set(values) - set(keys))
    if unknown:
        raise ConfigError(f"{where}: unknown key {', '.join(unknown)}. Known: {', '.join(sorted(keys))}.")
    return values


def string(value: Any, where: str) -> str:
    """A string."""
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(f"{where} must be a string, not {type(value).__name__}.")
    return value


def strings(value: Any, where: str) -> tuple[str, ...]:
    """A list of strings; one string counts as a list of one."""
    if isinstance(value, str):
        return (value,)
    return tuple(string(item, where) for item in items(value, where))


def items(value: Any, where: str) -> Sequence[Any]:
    """A list."""
    if value is None:
        return ()
    if not isinstance(value, list):
        raise ConfigError(f"{where} must be a list, not {type(value).__name__}.")
    return value


def flag(value: Any, where: str, *, default: bool) -> bool:
    """A boolean."""
    if value is None:
        return default
    if not isinstance(value, bool):
        raise ConfigError(f"{where} must be true or false, not {value!r}.")
    return value


def severity(value: Any, where: str) -> Severity:
    """A severity by its name."""
    return Severity(choice(value, tuple(Severity), where, "severity"))


def choice(value: Any, choices: Sequence[str], where: str, what: str) -> str:
    """One of the choices."""
    if value not in choices:
        raise ConfigError(f"{where}: unknown {what} {value!r}. Use {', '.join(choices)}.")
    return str(value)
