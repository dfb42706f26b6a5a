"""DescribeAlarms' mappings as the settings of the Terraform module metric_alarms.

What the module cannot say is not written: the alarm stays as it is, with the reason. So a plan of what was
written changes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarms.written import COMPARISONS, DEFAULTS, PARAMETERS, SUPPRESSOR_DEFAULTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Settings = dict[str, Any]

COMPARISON_OF = {operator: comparison for comparison, operator in COMPARISONS.items()}
# A topic's name says how urgent its alarms are; the first word that is in it counts.
SEVERITY_OF = {
    "critical": ("critical", "crit", "page", "pager", "p1", "sev1", "urgent", "high", "oncall"),
    "info": ("info", "low", "p4", "p5", "notice", "debug"),
    "warning": ("warn", "warning", "p2", "p3", "medium"),
}
OTHERWISE = "warning"
KEY = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*\Z")
KEY_CHARACTERS = 120
DESCRIPTION_CHARACTERS = 1024
ACTIONS = {"AlarmActions": "alarm", "OKActions": "ok", "InsufficientDataActions": "insufficient_data"}
# Whose alarms these are, by how their names begin. Their owners put them back, or take them away.
OWNED = {
    "TargetTracking-": "Application Auto Scaling made it and looks after it",
    "awseb-": "Elastic Beanstalk made it and looks after it",
}
STACK_TAG = "aws:cloudformation:stack-name"
QUERY_MEMBERS = {"Id", "MetricStat", "Expression", "Label", "ReturnData"}
# What metric_alarms does not set, and what an alarm that has it is called here.
BEYOND = {
    "ThresholdMetricId": "it compares with an anomaly-detection band",
    "EvaluationCriteria": "it is a PromQL or a log alarm",
    "EvaluationWindow": "it aligns its periods to the clock",
    "WarmUpConfiguration": "it has a warm-up",
}


@dataclass(frozen=True)
class Written:
    """One alarm as settings; `name` is what CloudWatch calls it, and the id that Terraform imports."""

    key: str
    name: str
    settings: Settings

    @property
    def is_composite(self) -> bool:
        """Whether it belongs into composite_alarms."""
        return "rule" in self.settings


@dataclass(frozen=True)
class Left:
    """An alarm that stays as it is, and why."""

    name: str
    reason: str


def write(
    alarms: Iterable[Mapping[str, Any]], name: str, tags: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[list[Written], list[Left]]:
    """What can be written of the alarms for a module called `name`, and what is left.

    `tags` by the alarm's name; None where nobody could be asked.
    """
    written: list[Written] = []
    left: list[Left] = []
    keys: Counter[str] = Counter()
    for alarm in sorted(alarms, key=lambda one: str(one["AlarmName"])):
        alarm_name = str(alarm["AlarmName"])
        own_tags = None if tags is None else dict(tags.get(alarm_name, {}))
        reason = _why_not(alarm, own_tags or {})
        if reason:
            left.append(Left(alarm_name, reason))
            continue
        key = _key(alarm_name, name, keys)
        settings = _composite(alarm) if "AlarmRule" in alarm else _metric(alarm)
        written.append(Written(key, alarm_name, settings | _kept(alarm, key, name, own_tags)))
    return written, left


def _why_not(alarm: Mapping[str, Any], tags: Mapping[str, str]) -> str | None:
    name, description = str(alarm["AlarmName"]), str(alarm.get("AlarmDescription") or "")
    for beginning, reason in OWNED.items():
        if name.startswith(beginning):
            return reason
    if STACK_TAG in tags:
        return f"the CloudFormation stack {tags[STACK_TAG]} made it; take it out there first"
    if any(tag.startswith("aws:") for tag in tags):
        return "it has tags of AWS's own, so a service looks after it"
    if description != description.strip():
        return "its description begins or ends with a space, which the module takes off"
    if "AlarmRule" in alarm:
        text = f"{alarm['AlarmRule']} {alarm.get('ActionsSuppressor') or ''}"
        return "its rule says {name}, which the module replaces" if "{name}" in text else None
    return _why_no_metric(alarm)


def _why_no_metric(alarm: Mapping[str, Any]) -> str | None:
    for member, reason in BEYOND.items():
        if alarm.get(member):
            return reason
    if alarm.get("ComparisonOperator") not in COMPARISON_OF:
        return "it compares with an anomaly-detection band"
    for query in alarm.get("Metrics") or ():
        beyond = sorted(key for key in query.keys() - QUERY_MEMBERS if query[key] is not None)
        if beyond:
            what = {"AccountId": "a metric of another account", "Period": "a Metrics Insights query"}
            return f"it watches {what.get(beyond[0], beyond[0])}"
    if (
        len({query["MetricStat"]["Period"] for query in alarm.get("Metrics") or () if "MetricStat" in query})
        > 1
    ):
        return "its metrics have different periods"
    return None


def _key(alarm_name: str, name: str, taken: Counter[str]) -> str:
    """NAME-KEY gives KEY; any other name becomes one, with a number where it is taken."""
    bare = alarm_name.removeprefix(f"{name}-")
    key = bare if KEY.match(bare) else re.sub(r"[^0-9A-Za-z_.]+", "-", alarm_name).strip("-._").lower()
    key = key[:KEY_CHARACTERS] or "alarm"
    taken[key] += 1
    return key if taken[key] == 1 else _key(f"{key}-{taken[key]}", name, taken)


def _kept(alarm: Mapping[str, Any], key: str, name: str, tags: Mapping[str, str] | None) -> Settings:
    """What the module would give otherwise: name, actions, tags, whether actions are on."""
    actions = {ours: list(alarm.get(theirs) or ()) for theirs, ours in ACTIONS.items()}
    alarm_name = str(alarm["AlarmName"])
    return {
        **({} if alarm_name == f"{name}-{key}" else {"alarm_name": alarm_name}),
        **({} if alarm.get("ActionsEnabled", True) else {"actions_enabled": False}),
        "actions": {state: arns for state, arns in actions.items() if arns},
        **({} if tags is None else {"tags": dict(tags)}),
    }


def _shared(alarm: Mapping[str, Any]) -> Settings:
    description = str(alarm.get("AlarmDescription") or "")
    return {"severity": severity(alarm), **({"description": description} if description else {})}


def severity(alarm: Mapping[str, Any]) -> str:
    """How urgent the names of the alarm's topics say it is; warning where they say nothing."""
    topics = [str(arn).rpartition(":")[2].lower() for arn in alarm.get("AlarmActions") or ()]
    words = {word for topic in topics for word in re.split(r"[^a-z0-9]+", topic)}
    return next((found for found, signs in SEVERITY_OF.items() if words & set(signs)), OTHERWISE)


def _composite(alarm: Mapping[str, Any]) -> Settings:
    settings = _shared(alarm) | {"rule": str(alarm["AlarmRule"]).strip()}
    if alarm.get("ActionsSuppressor"):
        given = {
            "wait_period": alarm.get("ActionsSuppressorWaitPeriod"),
            "extension_period": alarm.get("ActionsSuppressorExtensionPeriod"),
        }
        settings["actions_suppressor"] = {
            "alarm": alarm["ActionsSuppressor"],
            **{key: value for key, value in given.items() if value != SUPPRESSOR_DEFAULTS[key]},
        }
    return settings


def _metric(alarm: Mapping[str, Any]) -> Settings:
    given = {ours: alarm.get(theirs) for ours, theirs in PARAMETERS.items()}
    settings = _shared(alarm) | {"comparison": COMPARISON_OF[alarm["ComparisonOperator"]]}
    if alarm.get("Metrics"):
        periods = [query["MetricStat"]["Period"] for query in alarm["Metrics"] if "MetricStat" in query]
        given["period"] = periods[0] if periods else None
        settings["metric_query"] = {str(query["Id"]): _query(query) for query in alarm["Metrics"]}
    elif alarm.get("Dimensions"):
        settings["dimensions"] = _dimensions(alarm["Dimensions"])
    return settings | {
        key: _plain(value) for key, value in given.items() if value is not None and value != DEFAULTS.get(key)
    }


def _query(query: Mapping[str, Any]) -> Settings:
    settings: Settings = {}
    stat = query.get("MetricStat")
    if stat:
        metric = stat["Metric"]
        settings["metric"] = {
            "namespace": metric["Namespace"],
            "metric_name": metric["MetricName"],
            **({"dimensions": _dimensions(metric["Dimensions"])} if metric.get("Dimensions") else {}),
            "stat": stat["Stat"],
            **({"unit": stat["Unit"]} if stat.get("Unit") else {}),
        }
    else:
        settings["expression"] = query["Expression"]
    if query.get("Label"):
        settings["label"] = query["Label"]
    return settings | ({"return_data": True} if query.get("ReturnData", True) else {})


def _dimensions(dimensions: Iterable[Mapping[str, str]]) -> dict[str, str]:
    return {dimension["Name"]: dimension["Value"] for dimension in dimensions}


def _plain(value: Any) -> Any:
    """80 rather than 80.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value
