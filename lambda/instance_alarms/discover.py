"""From the metrics that are published to what an alarm can look at. No device is named here, nor guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instance_alarms.model import Series

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from instance_alarms.model import Instance, Template

# What a mount is called: by our publisher, by the agent on Linux, by the agent on Windows.
MOUNT_DIMENSIONS: Mapping[str, tuple[str, ...]] = {"disk": ("MountPath", "path"), "windows": ("instance",)}
# File systems that live in memory or are images: full by nature, or not worth a page.
IGNORED_FILE_SYSTEMS = frozenset(
    {
        "tmpfs",
        "devtmpfs",
        "overlay",
        "overlayfs",
        "squashfs",
        "ramfs",
        "iso9660",
        "aufs",
        "nsfs",
        "proc",
        "sysfs",
    }
)
# Where they are mounted, for agents that were told to drop the dimension that says so.
IGNORED_MOUNTS = re.compile(
    r"/(?:proc|sys|dev|run|snap|var/lib/docker/overlay2)(?:/.*)?|_Total|HarddiskVolume\d+"
)
# CloudWatch takes ten metrics in one alarm.
MAX_SERIES = 10
# Before the Nitro system: no check of attached volumes.
XEN_FAMILIES = frozenset(
    {
        *("t1", "t2", "m1", "m2", "m3", "m4", "c1", "c3", "c4", "cc2", "cr1", "r3", "r4", "i2", "i3", "d2"),
        *("h1", "hs1", "g2", "g3", "g3s", "p2", "p3", "x1", "x1e", "f1"),
    }
)
# T families whose default is the standard mode, which slows down without credits. The others pay instead.
STANDARD_MODE_FAMILIES = frozenset({"t1", "t2"})


@dataclass(frozen=True, slots=True)
class Target:
    """What one alarm looks at: a template, a mount ("" where there is none), and the series by query id.

    Several series of one query are the same mount under several devices, as after a reboot: the worst counts.
    """

    template: Template
    mount: str
    series: Mapping[str, tuple[Series, ...]]


def of_instance(
    instance: Instance,
    published: Iterable[Series],
    templates: Sequence[Template],
    namespaces: Sequence[str],
    *,
    asked: frozenset[str] = frozenset(),
) -> list[Target]:
    """The targets of one instance, from the series with its id. `asked`: alarms that a tag names.

    An alarm on AWS/EC2 needs no series: its metrics come some minutes after the instance, always.
    """
    own = [series for series in published if series.get("InstanceId") == instance.id]
    found = []
    for template in templates:
        if template.scope == "ec2":
            if fits(instance, template) or template.alarm in asked:
                found.append(Target(template, "", _made_up(template, ("InstanceId", instance.id))))
        else:
            found += _targets(template, own, namespaces)
    return found


def of_group(
    dimension: str,
    value: str,
    published: Iterable[Series],
    templates: Sequence[Template],
    namespaces: Sequence[str],
) -> list[Target]:
    """The targets of an Auto Scaling group or a cluster: series by its dimension alone, but for a mount's."""
    own = [
        series
        for series in published
        if series.get(dimension) == value
        and not {"InstanceId", "ContainerInstanceId"} & dict(series.dimensions).keys()
    ]
    return [
        target
        for template in templates
        if template.scope != "ec2"
        for target in _targets(template, own, namespaces)
        if all(
            {name for name, _ in one.dimensions} <= {dimension, *MOUNT_DIMENSIONS.get(template.scope, ())}
            for series in target.series.values()
            for one in series
        )
    ]


def fits(instance: Instance, template: Template) -> bool:
    """Whether the type of the instance has what the template needs."""
    family = instance.type.partition(".")[0]
    has = {
        "nitro": instance.type.endswith(".metal") or (bool(family) and family not in XEN_FAMILIES),
        "burstable": family in STANDARD_MODE_FAMILIES,
    }
    return all(has[need] for need in template.needs)


def cluster_of(published: Iterable[Series]) -> str | None:
    """The ECS cluster that the instance's series by Container Insights name."""
    names = {series.get("ClusterName") for series in published if series.namespace == "ECS/ContainerInsights"}
    return next(iter(sorted(name for name in names if name)), None)


def _made_up(template: Template, dimension: tuple[str, str]) -> Mapping[str, tuple[Series, ...]]:
    return {
        id_: (Series(template.namespace, metric, (dimension,)),)
        for id_, (metric, _) in template.metrics.items()
    }


def _targets(template: Template, own: Sequence[Series], namespaces: Sequence[str]) -> list[Target]:
    wanted = (template.namespace,) if template.namespace else tuple(namespaces)
    by_query = {
        id_: _by_mount(template, [one for one in own if one.metric == metric and one.namespace in wanted])
        for id_, (metric, _) in template.metrics.items()
    }
    mounts = set.intersection(*(set(found) for found in by_query.values()))
    found = []
    for mount in sorted(mounts):
        series: Mapping[str, tuple[Series, ...]] = {
            id_: _simplest(listed[mount]) for id_, listed in by_query.items()
        }
        if len(series) > 1:
            series = _matching(series)
        if all(series.values()):
            found.append(Target(template, mount, series))
    return found


def _by_mount(template: Template, series: Sequence[Series]) -> dict[str, list[Series]]:
    names = MOUNT_DIMENSIONS.get(template.scope)
    found: dict[str, list[Series]] = {}
    for one in series:
        dimensions = dict(one.dimensions)
        mount = next((dimensions[name] for name in names if name in dimensions), None) if names else ""
        if mount is not None and not _ignored(mount, dimensions):
            found.setdefault(mount, []).append(one)
    return found


def _ignored(mount: str, dimensions: Mapping[str, str]) -> bool:
    kinds = {dimensions.get("fstype", ""), dimensions.get("device", "")}
    return bool(kinds & IGNORED_FILE_SYSTEMS or IGNORED_MOUNTS.fullmatch(mount))


def _simplest(series: Sequence[Series]) -> tuple[Series, ...]:
    """Of the same measurement under several sets of dimensions, the shortest set: it lives longest."""
    least = min(len(one.dimensions) for one in series)
    short = sorted((one for one in series if len(one.dimensions) == least), key=lambda one: one.dimensions)
    names = [name for name, _ in short[0].dimensions]
    return tuple(
        one
        for one in short
        if [name for name, _ in one.dimensions] == names and one.namespace == short[0].namespace
    )[:MAX_SERIES]


def _matching(series: Mapping[str, tuple[Series, ...]]) -> Mapping[str, tuple[Series, ...]]:
    """Of an expression's metrics, the first that all have the same dimensions and namespace."""
    common = set.intersection(
        *({(one.namespace, one.dimensions) for one in many} for many in series.values())
    )
    chosen = min(common, default=None)
    return {
        id_: tuple(one for one in many if (one.namespace, one.dimensions) == chosen)
        for id_, many in series.items()
    }
