"""From an account to changes: what to read for one instance, and for all of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from instance_alarms import names, plan
from instance_alarms.model import Changes, Phase

if TYPE_CHECKING:
    from instance_alarms.config import Config
    from instance_alarms.model import Instance, Series, Template
    from instance_alarms.read import Account


@dataclass
class Survey:
    """Plans for one account. What groups need is read once for a batch. Methods raise RetryableError."""

    account: Account
    templates: tuple[Template, ...]
    config: Config
    _groups: dict[tuple[str, str], plan.Group] = field(default_factory=dict)

    def of_instance(self, instance: Instance) -> Changes:
        """The changes for one instance and for the groups that it pages by."""
        prefix = f"{names.prefix(self.config.name)}{instance.id}/"
        existing = self.account.alarms(prefix)
        if instance.phase is not Phase.WATCHED:
            return plan.of_instance(instance, (), existing, self.templates, self.config)
        published = self.account.series("InstanceId", instance.id)
        groups = []
        for kind, name in plan.groups_of(instance, published, self.config):
            # Without metrics of a host there is nothing to share yet, and nothing to ask.
            has_metrics = any(series.namespace != "AWS/EC2" for series in published)
            groups.append(self._group(kind, name, instance) if has_metrics else plan.Group(kind, name))
        changes = plan.of_instance(instance, published, existing, self.templates, self.config, groups)
        for group in groups:
            if group.targets(self.templates, self.config):
                there = self.account.alarms(f"{names.prefix(self.config.name)}{group.owner}/")
                changes += plan.of_group(group, there, self.templates, self.config)
        return changes

    def of_account(self) -> Changes:
        """The changes for every instance, every group, and what is left of those that are gone."""
        # Before the instances: alarms that another worker makes meanwhile are never taken for left over.
        existing = self.account.alarms(names.prefix(self.config.name))
        instances = self.account.instances()
        everything = self.account.all_series(self.config.namespaces)
        published: dict[str, list[Series]] = {}
        for series in everything:
            published.setdefault(series.get("InstanceId") or "", []).append(series)
        groups: dict[str, list[plan.Group]] = {}
        known: dict[tuple[str, str], plan.Group] = {}
        for instance in sorted(instances.values(), key=lambda one: one.id):
            for kind, name in plan.groups_of(instance, published.get(instance.id, ()), self.config):
                if (kind, name) not in known:
                    by_group = tuple(one for one in everything if one.get(plan.DIMENSIONS[kind]) == name)
                    known[kind, name] = plan.Group(
                        kind, name, by_group, plan.severities(instance, self.config)
                    )
                groups.setdefault(instance.id, []).append(known[kind, name])
        return plan.of_account(
            [instances[id_] for id_ in sorted(instances)],
            published,
            groups,
            existing,
            self.templates,
            self.config,
        )

    def _group(self, kind: str, name: str, instance: Instance) -> plan.Group:
        if (kind, name) not in self._groups:
            series = self.account.series(plan.DIMENSIONS[kind], name)
            self._groups[kind, name] = plan.Group(
                kind, name, tuple(series), plan.severities(instance, self.config)
            )
        return self._groups[kind, name]
