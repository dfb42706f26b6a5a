"""What an instance's tags say about its alarms. A tag that cannot be read changes nothing but is told of."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instance_alarms.names import ROOT, label

if TYPE_CHECKING:
    from collections.abc import Mapping

    from instance_alarms.config import Config
    from instance_alarms.model import Instance, Template

ON = ("on", "true", "yes", "1")
OFF = ("off", "false", "no", "0")
LEFT_OUT = "-"


@dataclass(frozen=True, slots=True)
class Steering:
    """One instance's wishes. `thresholds` and `off` are keyed by (alarm, mount's label); "" is every mount.

    `asked`: alarms that a tag names without switching them off.
    """

    watched: bool
    asked: frozenset[str]
    off: frozenset[tuple[str, str]]
    thresholds: Mapping[tuple[str, str], Mapping[str, float | None]]
    problems: tuple[str, ...]

    def wants(self, alarm: str, mount: str) -> bool:
        """Whether the alarm is wanted there."""
        return not self.off & {(alarm, ""), (alarm, mount)}

    def limits(self, template: Template, mount: str) -> Mapping[str, float]:
        """The thresholds by severity: the template's, changed by the tags, the mount's own last."""
        merged: dict[str, float | None] = dict(template.thresholds)
        for key in ((template.alarm, ""), (template.alarm, mount)):
            merged |= self.thresholds.get(key, {})
        return {severity: value for severity, value in merged.items() if value is not None}


def read(instance: Instance, templates: tuple[Template, ...], config: Config) -> Steering:
    """The tags that begin with `config.tag_prefix`."""
    known = {template.alarm: template for template in templates}
    problems: list[str] = []
    off: set[tuple[str, str]] = set()
    asked: set[str] = set()
    thresholds: dict[tuple[str, str], Mapping[str, float | None]] = {}
    watched = config.watch == "all"
    for key, value in sorted(instance.tags.items()):
        where = f"{instance.id}: the tag {key}={value}"
        if key == config.tag_prefix:
            if value.lower() not in ON + OFF:
                problems.append(f"{where} is not understood. Use on or off.")
            else:
                watched = value.lower() in ON
        elif key.startswith(f"{config.tag_prefix}:"):
            alarm, _, path = key.removeprefix(f"{config.tag_prefix}:").partition(":")
            if alarm not in known:
                problems.append(f"{where} names no alarm. Use {', '.join(sorted(known))}.")
                continue
            mount = path if path in ("", ROOT) else label(path)
            if value.lower() in OFF:
                off.add((alarm, mount))
                continue
            asked.add(alarm)
            if value.lower() not in ON:
                limits, problem = _limits(value, known[alarm])
                thresholds[alarm, mount] = limits
                problems += [f"{where} {problem}"] if problem else []
    return Steering(watched, frozenset(asked), frozenset(off), thresholds, tuple(problems))


def _limits(text: str, template: Template) -> tuple[dict[str, float | None], str]:
    """The thresholds of "70/90" (warning, critical) or "85"; else nothing, and the reason."""
    severities = sorted(template.thresholds, reverse=True)  # warning before critical
    parts = [part.strip() for part in text.split("/")]
    form = "/".join(severities).upper()
    if len(parts) != len(severities):
        return {}, f"is not {form}, as in {_example(template, severities)}; it is left aside."
    found: dict[str, float | None] = {}
    for severity, part in zip(severities, parts, strict=True):
        value = None if part == LEFT_OUT else _number(part)
        if part != LEFT_OUT and value is None:
            return {}, f"has {part!r} where a number should be; it is left aside."
        if value is not None and template.unit == "%" and not 0 < value <= 100:
            return {}, f"has {part} %, which is not from 0 to 100; it is left aside."
        found[severity] = value
    return _ordered(found, template)


def _ordered(found: dict[str, float | None], template: Template) -> tuple[dict[str, float | None], str]:
    warning, critical = found.get("warning"), found.get("critical")
    if warning is not None and critical is not None:
        rising = template.comparison.startswith(">")
        if (critical < warning) if rising else (critical > warning):
            return {}, "has a critical threshold that comes before the warning; it is left aside."
    return found, ""


def _number(text: str) -> float | None:
    try:
        value = float(text.removesuffix("%"))
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _example(template: Template, severities: list[str]) -> str:
    return "/".join(f"{template.thresholds[severity]:g}" for severity in severities)
