"""What a catalogue file says, read once into frozen dataclasses."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from alarms.model import AlarmError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

SEVERITIES = ("critical", "warning", "info")
COMPARISONS = (">", ">=", "<", "<=")
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
TYPES = ("string", "number", "bool")
KIND_KEYS = {
    *("kind", "title", "documentation", "attributes", "one_of", "namespace", "dimensions", "look"),
    *("examples", "preset_examples", "alarms"),
}
ATTRIBUTE_KEYS = {"type", "pattern", "about", "optional", "default"}
SHARED_KEYS = {
    "alarm",
    "title",
    "says",
    "needs",
    "unless",
    "opt_in",
    "means",
    "act",
    "why",
    "source",
    "unverified",
}
METRIC_KEYS = SHARED_KEYS | {
    *("quiet", "namespace", "dimensions", "metric_name", "statistic", "extended_statistic", "metrics"),
    *("expression", "label", "period", "evaluate", "comparison", "thresholds", "unit", "missing"),
    *("blip_fires", "healthy", "breach", "outage"),
}
COMPOSITE_KEYS = SHARED_KEYS | {"composite", "severity"}
COMPOSITE_RULE_KEYS = {"any", "all", "across", "suppressor", "wait_seconds", "extension_seconds"}
BLIP_SECONDS = 120
LONG_PERIOD_SECONDS = 300
# How pages and files are ordered; other files follow by name.
FIRST = (
    "ecs_service",
    "ecs_cluster",
    "ec2",
    "host",
    "load_balancer",
    "classic_load_balancer",
    "lambda",
    "messaging",
)
# What AWS alone computes, in an expression; its values are given under the call's text.
EXTERNAL_CALL = re.compile(r"\bSERVICE_QUOTA\(\w+\)")
Values = dict[str, float | None]


class CatalogueError(AlarmError):
    """A catalogue that cannot be used; the text names file, entry and culprit."""


@dataclass(frozen=True)
class Attribute:
    """What a resource may say of itself. Without `optional` and a default it must be said."""

    name: str
    type: str
    about: str
    pattern: str | None
    optional: bool
    default: Any

    @property
    def required(self) -> bool:
        return not self.optional and self.default is None


@dataclass(frozen=True)
class Query:
    """One metric of an expression. `dimensions` come on top of the entry's."""

    metric_name: str
    stat: str
    dimensions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Composite:
    """ALARM of all of `all` and, if there are any, of one of `any`; children are written ID.SEVERITY."""

    any: tuple[str, ...]
    all: tuple[str, ...]
    across: str | None
    suppressor: str | None
    wait_seconds: int
    extension_seconds: int


@dataclass(frozen=True)
class Entry:
    """One alarm of the catalogue; `composite` or what a metric alarm needs."""

    id: str
    alarm: str
    title: str
    says: str
    means: str
    act: tuple[str, ...]
    why: str
    source: str
    needs: tuple[str, ...]
    unless: tuple[str, ...]
    opt_in: bool
    unverified: str | None
    severity: str
    composite: Composite | None
    quiet: Mapping[str, str]
    namespace: str
    dimensions: Mapping[str, str]
    metric_name: str | None
    statistic: str | None
    extended_statistic: str | None
    metrics: Mapping[str, Query]
    expression: str | None
    label: str | None
    period: int
    datapoints_to_alarm: int
    evaluation_periods: int
    comparison: str
    thresholds: Mapping[str, float]
    unit: str
    missing: str
    missing_because: str
    blip_fires: str | None
    healthy: Values
    breach: Values
    outage: Values | None

    @property
    def runbook(self) -> str:
        """Name of its page below docs/runbooks."""
        return f"{self.id.replace('_', '-')}.md"

    @property
    def external_calls(self) -> tuple[str, ...]:
        """The calls in its expression whose values only AWS knows, such as SERVICE_QUOTA(usage)."""
        return tuple(sorted(set(EXTERNAL_CALL.findall(self.expression or ""))))

    @property
    def blip(self) -> int:
        """How many values a blip of two minutes touches: two at least, where it may lie across a border."""
        return 1 if self.period > LONG_PERIOD_SECONDS else max(2, BLIP_SECONDS // self.period)

    @property
    def fires_on_a_blip(self) -> bool:
        """Whether two minutes are enough. Of silence they are not: older values are still in sight."""
        silent = all(value is None for value in self.breach.values())
        return not silent and self.datapoints_to_alarm <= self.blip

    @property
    def severities(self) -> tuple[str, ...]:
        """Its severities, the gravest first."""
        return (self.severity,) if self.composite else tuple(s for s in SEVERITIES if s in self.thresholds)


@dataclass(frozen=True)
class Kind:
    """A kind of resource: the Terraform variable that lists them, and their alarms by id."""

    file: str
    variable: str
    kind: str
    title: str
    documentation: str
    attributes: Mapping[str, Attribute]
    one_of: tuple[str, ...]
    look: tuple[str, ...]
    examples: Mapping[str, Mapping[str, Any]]
    preset_examples: Mapping[str, Mapping[str, Any]]
    alarms: Mapping[str, Entry]

    def resource(self, written: Mapping[str, Any]) -> dict[str, Any]:
        """The resource with every attribute, defaults filled in."""
        defaults = {
            name: (False if a.type == "bool" and a.default is None else a.default)
            for name, a in self.attributes.items()
        }
        return defaults | dict(written)


def read(folder: Path) -> tuple[Kind, ...]:
    """Every kind in the folder's YAML files. Raises CatalogueError."""
    kinds: dict[str, Kind] = {}
    for path in sorted(folder.glob("*.yaml"), key=_order):
        for kind in parse(path.stem, yaml.safe_load(path.read_text(encoding="utf-8"))):
            if kind.variable in kinds:
                raise CatalogueError(
                    f"{path.name}: {kind.variable} is also in {kinds[kind.variable].file}.yaml."
                )
            kinds[kind.variable] = kind
    _refuse_ambiguous(kinds.values())
    return tuple(kinds.values())


def _order(path: Path) -> tuple[int, str]:
    return (FIRST.index(path.stem) if path.stem in FIRST else len(FIRST), path.stem)


def parse(file: str, written: Any) -> tuple[Kind, ...]:
    """The kinds of one file's content. Raises CatalogueError."""
    try:
        return tuple(_kind(file, variable, kind) for variable, kind in written.items())
    except (AttributeError, KeyError, TypeError) as error:
        raise CatalogueError(f"{file}.yaml: not a catalogue: {type(error).__name__} {error}.") from None


def _kind(file: str, variable: str, written: Mapping[str, Any]) -> Kind:
    where = f"{file}.yaml: {variable}"
    _known(where, written, KIND_KEYS)
    attributes = {name: _attribute(f"{where}.{name}", name, a) for name, a in written["attributes"].items()}
    return Kind(
        file=file,
        variable=variable,
        kind=written["kind"],
        title=written["title"],
        documentation=written["documentation"],
        attributes=attributes,
        one_of=tuple(written.get("one_of", ())),
        look=tuple(written["look"]),
        examples=written["examples"],
        preset_examples=written.get("preset_examples", {}),
        alarms={
            id_: _entry(f"{where}.{id_}", id_, e, written, attributes) for id_, e in written["alarms"].items()
        },
    )


def _attribute(where: str, name: str, written: Mapping[str, Any]) -> Attribute:
    _known(where, written, ATTRIBUTE_KEYS)
    if written["type"] not in TYPES:
        raise CatalogueError(f"{where}: type is {written['type']}. Use {', '.join(TYPES)}.")
    default = written.get("default", False if written["type"] == "bool" else None)
    return Attribute(
        name,
        written["type"],
        written["about"],
        written.get("pattern"),
        written.get("optional", False),
        default,
    )


def _entry(
    where: str,
    id_: str,
    written: Mapping[str, Any],
    kind: Mapping[str, Any],
    attributes: Mapping[str, Attribute],
) -> Entry:
    composite = _composite(where, written["composite"]) if "composite" in written else None
    _known(where, written, COMPOSITE_KEYS if composite else METRIC_KEYS)
    for name in (*written.get("needs", ()), *written.get("unless", ()), *written.get("quiet", {}).values()):
        if name not in attributes:
            raise CatalogueError(
                f"{where}: no attribute is called {name}. There are {', '.join(attributes)}."
            )
    metrics = {id_: _query(f"{where}.{id_}", query) for id_, query in written.get("metrics", {}).items()}
    datapoints, periods = written.get("evaluate", (1, 1))
    missing = written.get("missing", {"treat": "missing", "because": ""})
    entry = Entry(
        id=id_,
        alarm=written["alarm"],
        title=written["title"],
        says=written["says"],
        means=written["means"],
        act=tuple(written["act"]),
        why=written["why"],
        source=written["source"],
        needs=tuple(written.get("needs", ())),
        unless=tuple(written.get("unless", ())),
        opt_in=written.get("opt_in", False),
        unverified=written.get("unverified"),
        severity=written.get("severity", ""),
        composite=composite,
        quiet=written.get("quiet", {}),
        namespace=written.get("namespace", kind["namespace"]),
        dimensions=written.get("dimensions", kind["dimensions"]),
        metric_name=written.get("metric_name"),
        statistic=written.get("statistic"),
        extended_statistic=written.get("extended_statistic"),
        metrics=metrics,
        expression=written.get("expression"),
        label=written.get("label"),
        period=written.get("period", 60),
        datapoints_to_alarm=datapoints,
        evaluation_periods=periods,
        comparison=written.get("comparison", ">"),
        thresholds=written.get("thresholds", {}),
        unit=written.get("unit", ""),
        missing=missing["treat"],
        missing_because=missing["because"],
        blip_fires=written.get("blip_fires"),
        healthy=_values(written.get("healthy"), metrics),
        breach=_values(written.get("breach"), metrics),
        outage=_values(written["outage"], metrics) if "outage" in written else None,
    )
    _check(where, entry)
    return entry


def _composite(where: str, written: Mapping[str, Any]) -> Composite:
    _known(f"{where}.composite", written, COMPOSITE_RULE_KEYS)
    return Composite(
        tuple(written.get("any", ())),
        tuple(written.get("all", ())),
        written.get("across"),
        written.get("suppressor"),
        written.get("wait_seconds", 60),
        written.get("extension_seconds", 120),
    )


def _query(where: str, written: str | Mapping[str, Any]) -> Query:
    if isinstance(written, str):
        written = {"metric": written}
    _known(where, written, {"metric", "dimensions"})
    name, _, stat = written["metric"].rpartition(" ")
    if not name:
        raise CatalogueError(
            f"{where}: {written['metric']!r} is not a metric and a statistic, as in: Errors Sum."
        )
    return Query(name, stat, written.get("dimensions", {}))


def _values(written: Any, metrics: Mapping[str, Query]) -> Values:
    """By query id; by "" for a single metric. None is silence."""
    return dict(written) if metrics and isinstance(written, dict) else {"": written}


def _check(where: str, entry: Entry) -> None:
    if entry.composite:
        if entry.severity not in SEVERITIES:
            raise CatalogueError(f"{where}: severity is {entry.severity!r}. Use {', '.join(SEVERITIES)}.")
        return
    forms = [entry.statistic, entry.extended_statistic, entry.expression]
    if sum(form is not None for form in forms) != 1 or bool(entry.metrics) == bool(entry.metric_name):
        raise CatalogueError(
            f"{where}: give metric_name with statistic or extended_statistic, or metrics with an expression."
        )
    if entry.comparison not in COMPARISONS or entry.missing not in TREATMENTS:
        raise CatalogueError(f"{where}: {entry.comparison} or {entry.missing} is not understood.")
    if not entry.thresholds or set(entry.thresholds) - set(SEVERITIES):
        raise CatalogueError(f"{where}: thresholds need severities of {', '.join(SEVERITIES)}.")
    if ("critical" in entry.thresholds and entry.fires_on_a_blip) != (entry.blip_fires is not None):
        raise CatalogueError(
            f"{where}: blip_fires says why two minutes may page. Give it where they do, and only there."
        )
    for values in (entry.healthy, entry.breach, entry.outage or entry.breach):
        read = (*entry.metrics, *entry.external_calls)
        if entry.metrics and set(values) != set(read):
            raise CatalogueError(f"{where}: healthy, breach and outage need every metric: {', '.join(read)}.")


def _known(where: str, written: Mapping[str, Any], known: Iterable[str]) -> None:
    unknown = sorted(set(written) - set(known))
    if unknown:
        raise CatalogueError(f"{where}: unknown key {unknown[0]}. Use {', '.join(sorted(known))}.")


def _refuse_ambiguous(kinds: Iterable[Kind]) -> None:
    """A name is KIND-RESOURCE-ALARM-SEVERITY. It is unique if no kind begins as another
    one, and no alarm ends as one.
    """
    kinds = list(kinds)
    names = [kind.kind for kind in kinds]
    ids = [id_ for kind in kinds for id_ in kind.alarms]
    for name in names:
        if names.count(name) > 1 or any(other.startswith(f"{name}-") for other in names):
            raise CatalogueError(f"The kind {name} is the beginning of another one.")
    for id_ in ids:
        if ids.count(id_) > 1:
            raise CatalogueError(f"{id_} is in the catalogue twice.")
    for kind in kinds:
        slugs = [entry.alarm for entry in kind.alarms.values()]
        for slug in slugs:
            if slugs.count(slug) > 1 or any(other.endswith(f"-{slug}") for other in slugs):
                raise CatalogueError(f"{kind.variable}: the alarm {slug} is the end of another one.")
