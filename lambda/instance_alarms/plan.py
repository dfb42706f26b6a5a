"""(instance, tags, published metrics, templates, existing alarms) -> changes. It knows no clock and no AWS.

What the rules come to:

- A running instance has an alarm for each target and severity that its tags and the configuration want.
- Silence is not absence: an alarm stays while its instance runs, though its metric is no longer listed.
- A stopped instance has none, or silent ones; an instance that is gone has none.
- An alarm whose description does not say that we made it is never touched, whatever it is called.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from instance_alarms import discover, draw, names, tags
from instance_alarms.model import Changes, Phase

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from instance_alarms.config import Config
    from instance_alarms.discover import Target
    from instance_alarms.model import Alarm, Existing, Instance, Series, Template

DIMENSIONS: Mapping[str, str] = {"asg": "AutoScalingGroupName", "ecs": "ClusterName"}
FLEET = "share"


@dataclass(frozen=True, slots=True)
class Group:
    """An Auto Scaling group (kind asg) or an ECS cluster (kind ecs), with the series by its dimension.

    `severities`: who hears of what there, by its members' environment.
    """

    kind: str
    name: str
    series: tuple[Series, ...] = ()
    severities: Mapping[str, str] = field(default_factory=dict)

    @property
    def owner(self) -> str:
        """What its alarms' names have in the place of an instance's id."""
        return names.group_owner(self.kind, self.name)

    def targets(self, templates: Sequence[Template], config: Config) -> list[Target]:
        """What an alarm on the share of its hosts can look at: one metric, a percentage, bad when high."""
        found = discover.of_group(DIMENSIONS[self.kind], self.name, self.series, templates, config.namespaces)
        return [target for target in found if _can_share(target)]


def groups_of(instance: Instance, published: Sequence[Series], config: Config) -> list[tuple[str, str]]:
    """Kind and name of each group that the instance pages by; none where every host pages by itself."""
    if config.paging != FLEET:
        return []
    cluster = discover.cluster_of(published)
    return [*([("asg", instance.group)] if instance.group else []), *([("ecs", cluster)] if cluster else [])]


def of_instance(
    instance: Instance,
    published: Sequence[Series],
    existing: Iterable[Existing],
    templates: tuple[Template, ...],
    config: Config,
    groups: Sequence[Group] = (),
) -> Changes:
    """What to change about one instance. `existing`: alarms of its id; others among them are left alone."""
    phase = instance.phase
    own, foreign = _sorted_out(existing, instance.id, config)
    if phase is Phase.COMING:
        return Changes()
    if phase is Phase.GONE:
        return Changes(deletes=tuple(sorted(own)))
    steering = tags.read(instance, templates, config)
    if phase is Phase.STOPPED or not steering.watched:
        return _stopped(own, mute=steering.watched and config.stopped == "mute", problems=steering.problems)
    wanted, targets = _wanted(instance, published, templates, config, groups, steering)
    changes = _difference(wanted, own, foreign, config)
    deletes = tuple(
        sorted(
            name
            for name in own
            if name not in wanted and not _stays(name, targets, templates, steering, config)
        )
    )
    return changes + Changes(deletes=deletes, problems=steering.problems)


def of_group(
    group: Group, existing: Iterable[Existing], templates: Sequence[Template], config: Config
) -> Changes:
    """What to put for one group. Its alarms go when its last host has gone, which the whole account tells."""
    own, foreign = _sorted_out(existing, group.owner, config)
    subject = f"{'Auto Scaling group' if group.kind == 'asg' else 'ECS cluster'} {group.name}"
    wanted = {}
    for target in group.targets(templates, config):
        threshold = target.template.thresholds["critical"]
        name = _name(config, group.owner, target, "critical")
        wanted[name] = draw.share_alarm(
            name,
            target,
            threshold,
            config,
            subject=subject,
            topic=group.severities.get("critical", "critical"),
        )
    return _difference(wanted, own, foreign, config)


def of_account(
    instances: Iterable[Instance],
    published: Mapping[str, Sequence[Series]],
    groups: Mapping[str, Sequence[Group]],
    existing: Iterable[Existing],
    templates: tuple[Template, ...],
    config: Config,
) -> Changes:
    """Everything at once. `published` by instance id; `groups` by the id of their members.

    Alarms whose instance or group is not there any more go.
    """
    by_owner: dict[str, list[Existing]] = {}
    for alarm in existing:
        parsed = names.parse(config.name, alarm.name)
        if parsed:
            by_owner.setdefault(parsed.owner, []).append(alarm)
    changes = Changes()
    all_groups: dict[str, Group] = {}
    for instance in instances:
        mine = groups.get(instance.id, ())
        if instance.phase in (Phase.WATCHED, Phase.COMING):
            all_groups |= {group.owner: group for group in mine}
        changes += of_instance(
            instance, published.get(instance.id, ()), by_owner.pop(instance.id, ()), templates, config, mine
        )
    for owner, group in sorted(all_groups.items()):
        changes += of_group(group, by_owner.pop(owner, ()), templates, config)
    orphans = [name for owner, left in by_owner.items() for name in _sorted_out(left, owner, config)[0]]
    return changes + Changes(deletes=tuple(sorted(orphans)))


def severities(instance: Instance, config: Config) -> Mapping[str, str]:
    """Who hears of each severity, by the instance's environment."""
    return config.environments.get(instance.tags.get(config.environment_tag, ""), {})


def _wanted(
    instance: Instance,
    published: Sequence[Series],
    templates: tuple[Template, ...],
    config: Config,
    groups: Sequence[Group],
    steering: tags.Steering,
) -> tuple[dict[str, Alarm], list[Target]]:
    targets = discover.of_instance(instance, published, templates, config.namespaces, asked=steering.asked)
    shared = {
        (target.template.alarm, target.mount)
        for group in groups
        for target in group.targets(templates, config)
    }
    heard = severities(instance, config)
    replaced = any(group.kind == "asg" for group in groups)
    subject = draw.subject_of(instance)
    wanted = {}
    for target in targets:
        label = names.label(target.mount) if target.mount else ""
        if not steering.wants(target.template.alarm, label):
            continue
        for severity, threshold in steering.limits(target.template, label).items():
            # What the group pages for is a warning of one host; a group replaces a host that fails checks.
            by_group = (target.template.alarm, target.mount) in shared or (
                replaced and target.template.scope == "ec2"
            )
            level = "warning" if severity == "critical" and by_group else severity
            name = _name(config, instance.id, target, severity)
            wanted[name] = draw.alarm(
                name, target, threshold, config, subject=subject, topic=heard.get(level, level)
            )
    return wanted, targets


def _stays(
    name: str,
    targets: Sequence[Target],
    templates: Sequence[Template],
    steering: tags.Steering,
    config: Config,
) -> bool:
    """Whether an alarm that is not wanted stays: only for its metric's silence, not for anybody's will."""
    parsed = names.parse(config.name, name)
    template = next((one for one in templates if parsed and one.alarm == parsed.alarm), None)
    if parsed is None or template is None or not steering.wants(parsed.alarm, parsed.mount):
        return False
    if parsed.severity not in steering.limits(template, parsed.mount) or template.scope == "ec2":
        return False
    listed = {(one.template.alarm, names.label(one.mount) if one.mount else "") for one in targets}
    return (parsed.alarm, parsed.mount) not in listed


def _stopped(own: Mapping[str, Existing], *, mute: bool, problems: tuple[str, ...]) -> Changes:
    if not mute:
        return Changes(deletes=tuple(sorted(own)), problems=problems)
    loud = [name for name, alarm in own.items() if alarm.settings.get("ActionsEnabled", True)]
    return Changes(silent=tuple(sorted(loud)), problems=problems)


def _sorted_out(
    existing: Iterable[Existing], owner: str, config: Config
) -> tuple[dict[str, Existing], frozenset[str]]:
    """Our alarms of this owner by name, and the names of those that only look like ours."""
    own, foreign = {}, set()
    for alarm in existing:
        parsed = names.parse(config.name, alarm.name)
        if parsed and parsed.owner == owner and names.marker(config.name) in alarm.description:
            own[alarm.name] = alarm
        else:
            foreign.add(alarm.name)
    return own, frozenset(foreign)


def _difference(
    wanted: Mapping[str, Alarm], own: Mapping[str, Existing], foreign: frozenset[str], config: Config
) -> Changes:
    puts, loud = [], []
    for name, alarm in sorted(wanted.items()):
        if name in foreign:
            continue
        there = own.get(name)
        if there is None or not _same(alarm.settings, there.settings):
            puts.append(alarm)
        elif bool(there.settings.get("ActionsEnabled", True)) != config.actions_enabled:
            loud.append(name)
    return Changes(
        puts=tuple(puts),
        creates=frozenset(alarm.name for alarm in puts if alarm.name not in own),
        loud=tuple(loud) if config.actions_enabled else (),
        silent=() if config.actions_enabled else tuple(loud),
        problems=tuple(
            f"{name} is there and was not made by us: it is left alone. Rename or remove it."
            for name in sorted(foreign & wanted.keys())
        ),
    )


def _same(wanted: Mapping[str, Any], there: Mapping[str, Any]) -> bool:
    """Whether the alarm says what it should, ActionsEnabled aside, which has calls of its own."""
    keys = set(wanted) - {"ActionsEnabled"}
    return all(_normal(wanted[key]) == _normal(there.get(key)) for key in keys)


def _normal(value: Any) -> Any:
    """Lists in an order of their own, since CloudWatch keeps none; nothing and an empty list are one."""
    if isinstance(value, dict):
        return tuple(sorted((key, _normal(item)) for key, item in value.items() if item not in (None, [])))
    if isinstance(value, list | tuple):
        return tuple(sorted((_normal(item) for item in value), key=repr))
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else value or ()


def _can_share(target: Target) -> bool:
    template = target.template
    return (
        template.expression is None
        and template.unit == "%"
        and template.comparison == ">"
        and "critical" in template.thresholds
        and all(len(many) == 1 for many in target.series.values())
    )


def _name(config: Config, owner: str, target: Target, severity: str) -> str:
    label = names.label(target.mount) if target.mount else ""
    return names.compose(config.name, names.Name(owner, target.template.alarm, label, severity))
