"""One alarm as PutMetricAlarm takes it, from a template, what it looks at and who hears of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from instance_alarms.config import SILENT
from instance_alarms.model import COMPARISONS, Alarm
from instance_alarms.names import marker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from instance_alarms.config import Config
    from instance_alarms.discover import Target
    from instance_alarms.model import Instance, Series

DESCRIPTION_CHARS = 1024  # CloudWatch's limit
NAME_CHARS = 80
# Of the same mount under several devices the worst counts: the largest value, or the smallest.
WORST: Mapping[str, str] = {">": "MAX", ">=": "MAX", "<": "MIN", "<=": "MIN"}
RESULT = "result"


def alarm(
    name: str, target: Target, threshold: float, config: Config, *, subject: str, topic: str | None
) -> Alarm:
    """An alarm on the target's own values. `topic`: the severity whose topic hears of it; None is nobody."""
    template = target.template
    settings = _common(target, config, topic) | {
        "AlarmDescription": describe(target, config, subject, threshold),
        "Threshold": threshold,
        "ComparisonOperator": COMPARISONS[template.comparison],
        "TreatMissingData": template.missing,
    }
    return Alarm(name, {"AlarmName": name, **settings, **_metric(target)})


def share_alarm(
    name: str, target: Target, threshold: float, config: Config, *, subject: str, topic: str | None
) -> Alarm:
    """An alarm on the share of a group's values that are above `threshold`: each host sends equally many.

    PR(80:100) is the percentage of a period's values above 80 and up to 100.
    Source: CloudWatch statistics definitions, percentile rank.
    """
    (query,) = target.series
    (one,) = target.series[query]
    says = (
        f"At least {config.share_percent:g} % of the hosts of {subject} are above {threshold:g} %: "
        f"{target.template.alarm}{f' of {target.mount}' if target.mount else ''}."
    )
    settings = _common(target, config, topic) | {
        "AlarmDescription": _ended(says, target, config),
        "Threshold": config.share_percent,
        "ComparisonOperator": COMPARISONS[">="],
        "TreatMissingData": target.template.missing,
        "Namespace": one.namespace,
        "MetricName": one.metric,
        "Dimensions": dimensions(one),
        "ExtendedStatistic": f"PR({threshold:g}:100)",
    }
    return Alarm(name, {"AlarmName": name, **settings})


def subject_of(instance: Instance) -> str:
    """The instance as a person knows it: its name, its id, its group."""
    name = _plain(instance.tags.get("Name", ""))
    group = f", group {_plain(instance.group)}" if instance.group else ""
    return f"{name} ({instance.id}{group})" if name else f"{instance.id}{f' ({group[2:]})' if group else ''}"


def describe(target: Target, config: Config, subject: str, threshold: float) -> str:
    """The catalogue's sentence with the host and the mount in it, who made it, and the runbook."""
    mount = target.mount
    words = {
        "name": f"{mount} of {subject}" if mount and "{drive}" not in target.template.says else subject,
        "threshold": f"{threshold:g}",
        "drive": mount,
        "cluster": next(
            (one.get("ClusterName") or "?" for many in target.series.values() for one in many), "?"
        ),
    }
    says = re.sub(r"\{([a-z_]+)\}", lambda match: words.get(match[1], match[0]), target.template.says)
    if subject not in says:
        says = f"{says} It is {subject}."
    return _ended(says, target, config)


def dimensions(series: Series) -> list[dict[str, str]]:
    """The dimensions as CloudWatch's API writes them."""
    return [{"Name": name, "Value": value} for name, value in series.dimensions]


def _ended(says: str, target: Target, config: Config) -> str:
    ending = f" {marker(config.name)} Runbook: {config.runbook_base_url}/{target.template.runbook}"
    room = DESCRIPTION_CHARS - len(ending)
    return (says if len(says) <= room else f"{says[: room - 1]}…") + ending


def _plain(text: str) -> str:
    """A tag's text without control characters, cut to a length that leaves room for the rest."""
    clean = "".join(char if char.isprintable() else " " for char in text).strip()
    return clean if len(clean) <= NAME_CHARS else f"{clean[: NAME_CHARS - 1]}…"


def _common(target: Target, config: Config, topic: str | None) -> dict[str, Any]:
    heard = [config.topics[topic]] if topic and topic != SILENT and topic in config.topics else []
    return {
        "ActionsEnabled": config.actions_enabled,
        "AlarmActions": heard,
        "OKActions": heard if config.notify_ok else [],
        "InsufficientDataActions": [],
        "EvaluationPeriods": target.template.periods,
        "DatapointsToAlarm": target.template.datapoints,
        **({} if _needs_math(target) else {"Period": target.template.period}),
    }


def _needs_math(target: Target) -> bool:
    return target.template.expression is not None or any(len(many) > 1 for many in target.series.values())


def _metric(target: Target) -> dict[str, Any]:
    template = target.template
    if not _needs_math(target):
        ((id_, (one,)),) = target.series.items()
        return {
            "Namespace": one.namespace,
            "MetricName": one.metric,
            "Dimensions": dimensions(one),
            "Statistic": template.metrics[id_][1],
        }
    queries: list[dict[str, Any]] = []
    for id_, many in target.series.items():
        for number, one in enumerate(many):
            stat = {
                "Metric": {
                    "Namespace": one.namespace,
                    "MetricName": one.metric,
                    "Dimensions": dimensions(one),
                },
                "Period": template.period,
                "Stat": template.metrics[id_][1],
            }
            queries.append(
                {"Id": id_ if len(many) == 1 else f"{id_}{number}", "MetricStat": stat, "ReturnData": False}
            )
    expression = template.expression
    if expression is None:
        expression = f"{WORST[template.comparison]}([{', '.join(query['Id'] for query in queries)}])"
    result = {
        "Id": RESULT,
        "Expression": expression,
        "Label": template.label or template.alarm,
        "ReturnData": True,
    }
    return {"Metrics": [*queries, result]}
