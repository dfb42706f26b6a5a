"""The catalogue's alarms for hosts; templates.json is written by `make catalogue`."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from instance_alarms.errors import ConfigError
from instance_alarms.model import Template

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from instance_alarms.config import Override

PATH = Path(__file__).with_name("templates.json")


def shipped() -> tuple[Template, ...]:
    """Every template, in the catalogue's order."""
    return tuple(
        Template(
            **{
                **entry,
                "needs": tuple(entry["needs"]),
                "metrics": {id_: (metric[0], metric[1]) for id_, metric in entry["metrics"].items()},
                "thresholds": {severity: float(value) for severity, value in entry["thresholds"].items()},
            }
        )
        for entry in json.loads(PATH.read_text(encoding="utf-8"))
    )


def changed(templates: Iterable[Template], overrides: Mapping[str, Override]) -> tuple[Template, ...]:
    """The templates with the account's changes; one that is switched off is left out.

    Raises ConfigError for an alarm that there is not.
    """
    templates = tuple(templates)
    known = sorted(template.alarm for template in templates)
    unknown = sorted(set(overrides) - set(known))
    if unknown:
        raise ConfigError(f"alarms.{unknown[0]} names no alarm. Use {', '.join(known)}.")
    found = []
    for template in templates:
        override = overrides.get(template.alarm)
        if override is None:
            found.append(template)
        elif override.enabled:
            thresholds = {**template.thresholds, **override.thresholds}
            found.append(
                replace(
                    template,
                    thresholds={
                        severity: value for severity, value in thresholds.items() if value is not None
                    },
                    period=override.period or template.period,
                    periods=override.evaluation_periods or template.periods,
                    datapoints=override.datapoints_to_alarm or template.datapoints,
                )
            )
    return tuple(found)
