"""What AWS publishes to CloudWatch: metrics, dimension sets, units, value domains, and what silence means.

The facts are data (`data/*.toml`), one file for each service, each with the page that it was read from. A
namespace without a file is unknown, and nothing is ever concluded about it.
"""

from __future__ import annotations

import functools
import math
import tomllib
from dataclasses import dataclass, field
from enum import StrEnum
from fnmatch import fnmatchcase
from importlib import resources
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["Dimension", "Gaps", "Knowledge", "MetricFacts", "NamespaceFacts", "Role", "load", "parse"]

INFINITY = math.inf


class Role(StrEnum):
    """What a metric says about the thing it measures."""

    PRESENCE = "presence"  # counts what must be there: its silence is the incident
    ERROR = "error"  # counts failures, of which some may be normal
    LOST = "lost"  # counts work that was lost for good: one is one too many
    OTHER = "other"


class Gaps(StrEnum):
    """When AWS sends no datapoint for a metric of something that exists."""

    NEVER = "never"  # or not known
    ZERO = "zero"  # sent only when the value is not zero
    IDLE = "idle"  # sent only while there is work
    GONE = "gone"  # stops when the resource is stopped or scaled to zero, on purpose or not


@dataclass(frozen=True)
class Dimension:
    """The form of a dimension's values, as a regular expression, and what to write when it does not match."""

    name: str
    pattern: str
    hint: str


@dataclass(frozen=True)
class MetricFacts:
    """What is known of one metric. A field that is None or empty means that nothing certain is known."""

    namespace: str
    name: str
    dimension_sets: tuple[frozenset[str], ...] = ()
    unit: str | None = None
    minimum: float = -INFINITY
    maximum: float = INFINITY
    positive: bool = False  # a datapoint, where there is one, is above zero
    resolution: int | None = None  # seconds between datapoints
    role: Role = Role.OTHER
    gaps: Gaps = Gaps.NEVER
    better: str | None = None  # "high" or "low"
    constant_one: bool = False  # every sample is 1: only Sum and SampleCount say anything
    only_statistics: tuple[str, ...] = ()
    meaningless_statistics: tuple[str, ...] = ()
    share_of: str | None = None  # the metric of which this one is a part
    outside_of: str | None = None  # the metric that looks like the whole and does not count this one
    implausible_above: float = INFINITY  # a threshold past it was meant in another unit
    implausible_below: float = -INFINITY
    implausible_why: str = ""
    region: str | None = None  # the only region that has it

    @property
    def is_flag(self) -> bool:
        """True for a 0/1 gauge."""
        return self.minimum == 0 and self.maximum == 1 and self.unit in {"Count", "None"}


@dataclass(frozen=True)
class NamespaceFacts:
    """The metrics of one namespace. `complete` says that a metric which is not listed does not exist."""

    name: str
    source: str
    complete: bool
    metrics: Mapping[str, MetricFacts]
    patterns: tuple[str, ...] = ()  # families of metrics that exist and of which no more is known
    dimensions: Mapping[str, Dimension] = field(default_factory=dict)

    def knows(self, metric_name: str) -> bool:
        """Whether the metric is listed or belongs to a listed family."""
        return metric_name in self.metrics or any(fnmatchcase(metric_name, p) for p in self.patterns)


@dataclass(frozen=True)
class Knowledge:
    """All namespaces."""

    namespaces: Mapping[str, NamespaceFacts]

    def namespace(self, name: str) -> NamespaceFacts | None:
        """The namespace's facts, or None when it is unknown."""
        return self.namespaces.get(name)

    def metric(self, namespace: str, name: str) -> MetricFacts | None:
        """The metric's facts, or None when it is unknown."""
        facts = self.namespaces.get(namespace)
        return facts.metrics.get(name) if facts else None

    def homes(self, metric_name: str) -> tuple[str, ...]:
        """The known namespaces that publish a metric of this name, sorted."""
        return tuple(sorted(ns.name for ns in self.namespaces.values() if metric_name in ns.metrics))


_METRIC_KEYS = frozenset(
    {
        "names",
        "dimensions",
        "unit",
        "domain",
        "positive",
        "resolution",
        "role",
        "gaps",
        "better",
        "constant_one",
        "only_statistics",
        "meaningless_statistics",
        "share_of",
        "outside_of",
        "implausible_above",
        "implausible_below",
        "implausible_why",
        "region",
    }
)
_NAMESPACE_KEYS = frozenset({"namespace", "source", "complete", "patterns", "defaults", "group", "dimension"})


def parse(text: str) -> NamespaceFacts:
    """One data file as facts.

    Raises ValueError for an unknown key or a metric listed twice, naming it.
    """
    document = tomllib.loads(text)
    name = document.get("namespace", "?")
    _refuse_unknown(document, _NAMESPACE_KEYS, f"{name}")
    defaults = document.get("defaults", {})
    metrics: dict[str, MetricFacts] = {}
    for group in document["group"]:
        _refuse_unknown(group, _METRIC_KEYS, f"{name}: {group.get('names')}")
        for metric in group["names"]:
            if metric in metrics:
                raise ValueError(f"{name}: {metric} is listed twice")
            metrics[metric] = _metric(name, metric, {**defaults, **group})
    return NamespaceFacts(
        name=name,
        source=document["source"],
        complete=document["complete"],
        metrics=metrics,
        patterns=tuple(document.get("patterns", ())),
        dimensions={
            dimension: Dimension(dimension, form["pattern"], form["hint"])
            for dimension, form in document.get("dimension", {}).items()
        },
    )


def _refuse_unknown(mapping: Mapping[str, Any], known: Iterable[str], where: str) -> None:
    unknown = sorted(set(mapping) - set(known))
    if unknown:
        raise ValueError(f"{where}: unknown key {unknown[0]}")


def _metric(namespace: str, name: str, facts: Mapping[str, Any]) -> MetricFacts:
    low, high = facts.get("domain", (-INFINITY, INFINITY))
    return MetricFacts(
        namespace=namespace,
        name=name,
        dimension_sets=tuple(frozenset(filter(None, s.split("+"))) for s in facts.get("dimensions", ())),
        unit=facts.get("unit"),
        minimum=float(low),
        maximum=float(high),
        positive=facts.get("positive", False),
        resolution=facts.get("resolution"),
        role=Role(facts.get("role", "other")),
        gaps=Gaps(facts.get("gaps", "never")),
        better=facts.get("better"),
        constant_one=facts.get("constant_one", False),
        only_statistics=tuple(facts.get("only_statistics", ())),
        meaningless_statistics=tuple(facts.get("meaningless_statistics", ())),
        share_of=facts.get("share_of"),
        outside_of=facts.get("outside_of"),
        implausible_above=float(facts.get("implausible_above", INFINITY)),
        implausible_below=float(facts.get("implausible_below", -INFINITY)),
        implausible_why=facts.get("implausible_why", ""),
        region=facts.get("region"),
    )


@functools.cache
def load() -> Knowledge:
    """Everything in `data/`, read once."""
    folder = resources.files(__name__) / "data"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    facts = (parse(f.read_text(encoding="utf-8")) for f in files)
    return Knowledge({namespace.name: namespace for namespace in facts})
