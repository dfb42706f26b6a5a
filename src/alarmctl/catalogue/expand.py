"""Resources times catalogue, as terraform/modules/service_alarms does it; a test compares them on a plan."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from alarmctl.catalogue.model import Entry, Kind

RUNBOOKS = "docs/runbooks"
Settings = dict[str, Any]


def examples(kind: Kind, *, presets: bool = False) -> dict[str, Settings]:
    """The kind's example resources, with those that show a preset if asked for."""
    written = {**kind.examples, **(kind.preset_examples if presets else {})}
    return {name: kind.resource(resource) for name, resource in written.items()}


def key(kind: Kind, name: str, entry: Entry, severity: str) -> str:
    """The alarm's key: KIND-RESOURCE-ALARM-SEVERITY."""
    return f"{kind.kind}-{name}-{entry.alarm}-{severity}"


def alarms(
    kind: Kind, resources: Mapping[str, Mapping[str, Any]], *, opt_in: bool = False, runbooks: str = RUNBOOKS
) -> dict[str, Settings]:
    """Metric alarms by key, in the shape of metric_alarms. `opt_in` takes the entries in that are off."""
    return {
        key(kind, name, entry, severity): _metric_alarm(entry, resource, name, severity, runbooks)
        for name, resource, entry in _wanted(kind, resources, opt_in=opt_in)
        if not entry.composite
        for severity in entry.severities
    }


def composites(
    kind: Kind, resources: Mapping[str, Mapping[str, Any]], *, opt_in: bool = False, runbooks: str = RUNBOOKS
) -> dict[str, Settings]:
    """Composite alarms by key, in the shape of metric_alarms."""
    there = set(alarms(kind, resources, opt_in=opt_in))
    found: dict[str, Settings] = {}
    for name, resource, entry in _wanted(kind, resources, opt_in=opt_in):
        if not entry.composite:
            continue
        across = entry.composite.across
        group = resource[across] if across else name
        members = [n for n, r in resources.items() if not across or r[across] == group] if across else [name]
        rule = _rule(kind, entry, members, there)
        if rule is None:
            continue
        settings: Settings = {
            "severity": entry.severity,
            "description": _filled(entry.says, resource, name),
            "runbook": f"{runbooks}/{entry.runbook}",
            "rule": rule,
        }
        if entry.composite.suppressor:
            settings["actions_suppressor"] = {
                "alarm": "{name}-" + _child(kind, name, entry.composite.suppressor),
                "wait_period": entry.composite.wait_seconds,
                "extension_period": entry.composite.extension_seconds,
            }
        found[key(kind, group, entry, entry.severity)] = settings
    return found


def _wanted(
    kind: Kind, resources: Mapping[str, Mapping[str, Any]], *, opt_in: bool
) -> Iterator[tuple[str, Mapping[str, Any], Entry]]:
    for name, resource in resources.items():
        for entry in kind.alarms.values():
            asked = all(_is_on(resource[need]) for need in entry.needs)
            excluded = any(_is_on(resource[attribute]) for attribute in entry.unless)
            if asked and not excluded and (opt_in or not entry.opt_in):
                yield name, resource, entry


def _is_on(value: Any) -> bool:
    return value is not None and value is not False


def _child(kind: Kind, name: str, reference: str) -> str:
    id_, _, severity = reference.partition(".")
    return key(kind, name, kind.alarms[id_], severity)


def _rule(kind: Kind, entry: Entry, members: list[str], there: set[str]) -> str | None:
    """None where a child that it cannot do without is not there."""
    if entry.composite is None:
        return None
    every = [_child(kind, name, reference) for name in members for reference in entry.composite.all]
    some = [_child(kind, name, reference) for name in members for reference in entry.composite.any]
    some = [child for child in some if child in there]
    if not set(every) <= there or (entry.composite.any and not some):
        return None
    parts = [f"({' OR '.join(map(_alarm, some))})"] if some else []
    return " AND ".join([*parts, *map(_alarm, every)])


def _alarm(child: str) -> str:
    return f'ALARM("{{name}}-{child}")'


def _metric_alarm(
    entry: Entry, resource: Mapping[str, Any], name: str, severity: str, runbooks: str
) -> Settings:
    threshold = entry.thresholds[severity]
    loud = not (severity in entry.quiet and _is_on(resource[entry.quiet[severity]]))
    settings: Settings = {
        "severity": severity,
        "description": _filled(entry.says, resource, name, threshold),
        "runbook": f"{runbooks}/{entry.runbook}",
        "period": entry.period,
        "evaluation_periods": entry.evaluation_periods,
        "datapoints_to_alarm": entry.datapoints_to_alarm,
        "comparison": entry.comparison,
        "threshold": threshold,
        "treat_missing_data": entry.missing,
    }
    if not loud:
        settings |= {"notify_alarm": False, "notify_ok": False}
    namespace = _filled(entry.namespace, resource, name)
    dimensions = _dimensions(entry.dimensions, resource, name)
    if not entry.metrics:
        settings |= {"namespace": namespace, "metric_name": entry.metric_name, "dimensions": dimensions}
        if entry.statistic:
            return settings | {"statistic": entry.statistic}
        return settings | {
            "extended_statistic": entry.extended_statistic,
            "evaluate_low_sample_count_percentiles": "ignore",
        }
    queries: Settings = {
        id_: {
            "metric": {
                "namespace": namespace,
                "metric_name": query.metric_name,
                "stat": query.stat,
                "dimensions": dict(sorted({**dimensions, **query.dimensions}.items())),
            }
        }
        for id_, query in entry.metrics.items()
    }
    queries["result"] = {
        "expression": _filled(entry.expression or "", resource, name),
        "label": entry.label,
        "return_data": True,
    }
    return settings | {"metric_query": queries}


def _dimensions(written: Mapping[str, str], resource: Mapping[str, Any], name: str) -> dict[str, str]:
    """A dimension whose attribute was not given is left out."""
    given = {d: value for d, value in written.items() if resource.get(value.strip("{}"), value) is not None}
    return {dimension: _filled(value, resource, name) for dimension, value in sorted(given.items())}


def _filled(text: str, resource: Mapping[str, Any], name: str, threshold: float | None = None) -> str:
    values = {**resource, "name": name, "threshold": threshold}
    return re.sub(r"\{([a-z0-9_]+)\}", lambda match: _told(values[match[1]]), text)


def _told(value: Any) -> str:
    return f"{value:.15g}" if isinstance(value, float) else str(value)
