"""The function's settings, read once from the JSON of INSTANCE_ALARMS_CONFIG and checked by name."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from instance_alarms.errors import ConfigError
from instance_alarms.model import SEVERITIES

if TYPE_CHECKING:
    from collections.abc import Mapping

KEYS = (
    *("name", "topics", "runbook_base_url", "namespaces", "watch", "tag_prefix", "environment_tag"),
    *("environments", "stopped", "paging", "share_percent", "alarms", "notify_ok", "actions_enabled"),
    *("notice", "puts_per_second", "tags"),
)
OVERRIDE_KEYS = ("enabled", "thresholds", "period", "evaluation_periods", "datapoints_to_alarm")
WATCH = ("all", "tagged")
STOPPED = ("delete", "mute")
PAGING = ("share", "host")
SILENT = "none"  # an environment's word for: no action at all
_STACK = re.compile(r"[a-z0-9][a-z0-9-]{1,30}")


@dataclass(frozen=True, slots=True)
class Override:
    """What an account changes of one template; None leaves it. A threshold of None takes a severity out."""

    enabled: bool = True
    thresholds: Mapping[str, float | None] = field(default_factory=dict)
    period: int | None = None
    evaluation_periods: int | None = None
    datapoints_to_alarm: int | None = None


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one stack. `topics`: ARN by severity; `environments`: severity by severity, by tag."""

    name: str
    topics: Mapping[str, str]
    runbook_base_url: str = "docs/runbooks"
    namespaces: tuple[str, ...] = ("CWAgent",)
    watch: str = "all"
    tag_prefix: str = "alarms"
    environment_tag: str = "Environment"
    environments: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    stopped: str = "delete"
    paging: str = "share"
    share_percent: float = 25.0
    alarms: Mapping[str, Override] = field(default_factory=dict)
    notify_ok: bool = True
    actions_enabled: bool = True
    notice: bool = False
    puts_per_second: float = 1.5
    tags: Mapping[str, str] = field(default_factory=dict)


def from_json(text: str) -> Config:
    """Read the JSON object. Raises ConfigError naming the key."""
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"INSTANCE_ALARMS_CONFIG is no JSON: {error}.") from None
    values = _object(raw, "INSTANCE_ALARMS_CONFIG", KEYS)
    for key in ("name", "topics"):
        if not values.get(key):
            raise ConfigError(f"{key} is missing. Give the stack's name, and its topics by severity.")
    if not _STACK.fullmatch(str(values["name"])):
        raise ConfigError(f"name is {values['name']!r}. Use 2 to 31 lower-case letters, digits, hyphens.")
    return Config(
        **{key: READERS.get(key, _text)(value, key) for key, value in values.items() if value is not None}
    )


def _object(value: Any, where: str, known: tuple[str, ...] | None = None) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigError(f"{where} is {value!r}. Give an object.")
    unknown = sorted(set(value) - set(known)) if known else []
    if unknown:
        raise ConfigError(f"{where}: unknown key {unknown[0]}. Use {', '.join(known or ())}.")
    return value


def _text(value: Any, where: str) -> str:
    if not isinstance(value, str) or not value:
        raise ConfigError(f"{where} is {value!r}. Give a text.")
    return value


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise ConfigError(f"{where} is {value!r}. Give a list of texts.")
    return tuple(_text(item, where) for item in value)


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{where} is {value!r}. Use true or false.")
    return value


def _choice(*choices: str) -> Any:
    def read(value: Any, where: str) -> str:
        if value not in choices:
            raise ConfigError(f"{where} is {value!r}. Use {', '.join(choices)}.")
        return str(value)

    return read


def _number(least: float, most: float) -> Any:
    def read(value: Any, where: str) -> float:
        usable = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
        if not usable or not least <= value <= most:
            raise ConfigError(f"{where} is {value!r}. Use a number from {least:g} to {most:g}.")
        return float(value)

    return read


def _strings(value: Any, where: str) -> Mapping[str, str]:
    return {key: _text(text, f"{where}.{key}") for key, text in _object(value, where).items()}


def _topics(value: Any, where: str) -> Mapping[str, str]:
    return _strings(_object(value, where, SEVERITIES), where)


def _environments(value: Any, where: str) -> Mapping[str, Mapping[str, str]]:
    severity = _choice(*SEVERITIES, SILENT)
    return {
        name: {
            key: severity(given, f"{where}.{name}.{key}")
            for key, given in _object(change, f"{where}.{name}", SEVERITIES).items()
        }
        for name, change in _object(value, where).items()
    }


def _overrides(value: Any, where: str) -> Mapping[str, Override]:
    return {alarm: _override(change, f"{where}.{alarm}") for alarm, change in _object(value, where).items()}


def _override(value: Any, where: str) -> Override:
    given = _object(value, where, OVERRIDE_KEYS)
    thresholds = _object(given.get("thresholds") or {}, f"{where}.thresholds", SEVERITIES)
    number = _number(-1e300, 1e300)
    whole = {
        key: int(_number(1, 86400)(given[key], f"{where}.{key}"))
        for key in OVERRIDE_KEYS[2:]
        if given.get(key) is not None
    }
    return Override(
        enabled=_flag(given["enabled"], f"{where}.enabled") if given.get("enabled") is not None else True,
        thresholds={
            severity: None if limit is None else number(limit, f"{where}.thresholds.{severity}")
            for severity, limit in thresholds.items()
        },
        **whole,
    )


READERS: Mapping[str, Any] = {
    "topics": _topics,
    "namespaces": _texts,
    "watch": _choice(*WATCH),
    "environments": _environments,
    "stopped": _choice(*STOPPED),
    "paging": _choice(*PAGING),
    "share_percent": _number(1, 100),
    "alarms": _overrides,
    "notify_ok": _flag,
    "actions_enabled": _flag,
    "notice": _flag,
    "puts_per_second": _number(0.1, 100),
    "tags": _strings,
}
