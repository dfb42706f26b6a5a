"""ALM016 to ALM019 and ALM021: names, descriptions, doubles and owners."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from alarmctl.lint.model import Alarm, Severity
from alarmctl.lint.rules.base import Found, Rule, View, for_each_alarm

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator

MIN_FAMILY = 5  # alarms that share a prefix before an outsider is worth a word
FAMILY_SHARE = 0.8
OWNER_TAG = re.compile(r"runbook|owner|team|contact|on-?call|squad|managed-?by", re.IGNORECASE)
LIFE_CYCLE_TAG = re.compile(r"managed-?by|life-?cycle|owner", re.IGNORECASE)
EC2_INSTANCE = re.compile(r"\bec2[-_ ]?(instances?|hosts?|servers?|machines?)\b", re.IGNORECASE)
ECS = frozenset({"AWS/ECS", "ECS/ContainerInsights"})
ECS_WORDS = re.compile(r"ecs|cluster|service|task|container", re.IGNORECASE)
SAID_PERCENTILE = re.compile(r"(?<![A-Za-z0-9])p(50|75|90|95|99|999|99\.9)(?![A-Za-z0-9.])", re.IGNORECASE)
URGENCY = re.compile(r"warn|crit|high|sev|urgent|page|low|medium|p[1-5]\b", re.IGNORECASE)


def collisions(view: View) -> Iterator[Found]:
    first: dict[tuple[str | None, ...], Alarm] = {}
    for alarm in view.stack.alarms:
        if alarm.name is None:
            continue
        key = (alarm.account, alarm.region, alarm.provider, alarm.name)
        if key in first:
            yield Found(
                alarm,
                f"{first[key].address} has the same name: whichever is applied last overwrites the other.",
                "Give each alarm a name of its own.",
                Severity.ERROR,
            )
        first.setdefault(key, alarm)
    yield from _outsiders(view)


def _outsiders(view: View) -> Iterator[Found]:
    """Alarms without the prefix that nearly all of the others have."""
    # Target tracking names the alarms of its policies itself.
    named = [(a, a.name) for a in view.stack.alarms if a.name and not a.alarm_actions.scaling]
    prefixes = Counter(name.partition("-")[0] for _, name in named if "-" in name)
    for prefix, count in prefixes.most_common(1):
        if count < MIN_FAMILY or count < FAMILY_SHARE * len(named):
            continue
        for alarm, name in named:
            if prefix.lower() not in name.lower():
                yield Found(alarm, f"{count} of {len(named)} alarms start with {prefix}-; {name} does not.")


def undescribed(view: View) -> Iterator[Found]:
    for alarm in view.stack.alarms:
        known = alarm.description or alarm.runbook or "alarm_description" in alarm.unknown
        if not known and not any(OWNER_TAG.search(tag) for tag in alarm.tags):
            yield Found(
                alarm, "No description, runbook or owner: who is woken by it does not know what to do."
            )


@for_each_alarm
def says_something_else(view: View, alarm: Alarm) -> Iterator[Found]:  # noqa: ARG001 -- every rule has the same form
    namespaces = {metric.namespace for metric in alarm.metrics}
    said = EC2_INSTANCE.search(alarm.text)
    if said and namespaces <= ECS and alarm.metrics and not ECS_WORDS.search(alarm.text):
        yield Found(
            alarm,
            f"It speaks of an {said[0]!r}, and measures {alarm.metrics[0]}: the tasks of a cluster or "
            "service.",
            "Name what is measured, or measure AWS/EC2.",
        )
    metric = alarm.metric
    said = SAID_PERCENTILE.search(alarm.text)
    if metric and said and metric.statistic in {"Average", "Sum", "Minimum", "Maximum"}:
        yield Found(
            alarm,
            f"It speaks of {said[0]}, and takes {metric.statistic} of {metric}.",
            f"Use extended_statistic {said[0].lower()}, or correct the text.",
        )


def doubles(view: View) -> Iterator[Found]:
    groups: dict[Hashable, list[Alarm]] = defaultdict(list)
    for alarm in view.metric_alarms:
        if (key := _measures(alarm)) is not None:
            groups[key].append(alarm)
    for alarms in groups.values():
        for index, alarm in enumerate(alarms):
            for earlier in alarms[:index]:
                if earlier.threshold == alarm.threshold:
                    yield Found(alarm, f"{earlier.label} is the same alarm.", "Remove one of them.")
                    break
            else:
                yield from _shadowed(alarm, alarms)


def _measures(alarm: Alarm) -> Hashable | None:
    """Everything that decides when it fires but the threshold; None when that is not all known."""
    metric = alarm.metric
    heard_by = (frozenset(alarm.alarm_actions.arns), alarm.routed_by_severity)
    if (
        metric is None
        or metric.dimensions is None
        or None in metric.dimensions.values()
        or alarm.threshold is None
    ):
        return None
    if alarm.alarm_actions.unknown or not any(heard_by) or alarm.alarm_actions.scaling:
        return None
    return (
        (
            metric.namespace,
            metric.name,
            frozenset(metric.dimensions.items()),
            metric.statistic,
            metric.period,
        ),
        (alarm.comparison, alarm.evaluation_periods, alarm.needed, alarm.treat_missing_data),
        (alarm.region, alarm.account, alarm.provider, alarm.actions_enabled),
        heard_by,
    )


def _shadowed(alarm: Alarm, others: list[Alarm]) -> Iterator[Found]:
    for other in others:
        if other is alarm or other.threshold is None or alarm.threshold is None:
            continue
        looser = other.threshold < alarm.threshold if alarm.upward else other.threshold > alarm.threshold
        if looser and not URGENCY.search(alarm.text) and not URGENCY.search(other.text):
            yield Found(
                alarm,
                f"{other.label} fires at {other.bound} and tells the same people, so that this one "
                f"({alarm.bound}) adds nothing.",
                "Remove one, or send the graver one to a topic of its own.",
                Severity.NOTE,
            )
            return


@for_each_alarm
def orphan_to_be(view: View, alarm: Alarm) -> Iterator[Found]:  # noqa: ARG001 -- every rule has the same form
    if not alarm.is_written or any(LIFE_CYCLE_TAG.search(tag) for tag in alarm.tags):
        return
    for metric in alarm.metrics:
        dimensions = metric.dimensions or {}
        if dimensions.get("InstanceId") and "AutoScalingGroupName" in dimensions:
            yield Found(
                alarm,
                f"{dimensions['InstanceId']} belongs to an Auto Scaling group, which will replace it; the "
                "alarm stays behind and the next instance has none.",
            )
            return


RULES = (
    Rule(
        "ALM016",
        Severity.NOTE,
        "Names that collide",
        "PutMetricAlarm overwrites an alarm of the same name without a word. A name without the stack's "
        "prefix will one day meet another.",
        "Start every alarm's name with the name of its stack.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
        collisions,
    ),
    Rule(
        "ALM017",
        Severity.NOTE,
        "No description, runbook or owner",
        "At 3 a.m. the description is all that there is.",
        "Say in the description what is wrong and what to do, or link a runbook.",
        "https://docs.aws.amazon.com/wellarchitected/latest/operational-excellence-pillar/ops_event_response_event_incident_problem_process.html",
        undescribed,
    ),
    Rule(
        "ALM018",
        Severity.WARNING,
        "The text contradicts the metric",
        "An alarm that names an EC2 instance and measures an ECS cluster, or a percentile and measures a "
        "mean, sends people to the wrong place.",
        "Say what is measured.",
        "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/available-metrics.html",
        says_something_else,
    ),
    Rule(
        "ALM019",
        Severity.WARNING,
        "The same alarm twice",
        "Two alarms with the same metric and the same listeners are two messages and one incident.",
        "Remove one of them.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
        doubles,
    ),
    Rule(
        "ALM021",
        Severity.WARNING,
        "An alarm on one instance of an Auto Scaling group",
        "The group replaces its instances. A fixed alarm is left behind without data, and the new instance "
        "is not watched.",
        "Create and delete it with the instance, and tag it with managed-by, or alarm on the group.",
        "https://docs.aws.amazon.com/autoscaling/ec2/userguide/ec2-auto-scaling-cloudwatch-monitoring.html",
        orphan_to_be,
    ),
)
