"""What the reports ask an account: alarms with their states and severities, and which metrics have data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarmctl.lint import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alarmctl.lint.model import Alarm
    from alarmctl.report.coverage import Published

_TOPIC = re.compile(r":sns:.*[-_](critical|warning|info)$")


@dataclass(frozen=True)
class Alarms:
    """The alarms of an account and Region; states and severities by name."""

    alarms: tuple[Alarm, ...]
    states: Mapping[str, str]
    severities: Mapping[str, str]


def alarms(account: Any, prefix: tuple[str, ...] = ("",)) -> Alarms:
    """Those whose names begin with one of `prefix`. Raises what boto3 raises."""
    found: list[Alarm] = []
    states = {}
    for page in account.pages("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"]):
        for kind in ("MetricAlarms", "CompositeAlarms"):
            for mapping in page.get(kind) or ():
                states[mapping["AlarmName"]] = mapping.get("StateValue", "")
        found += [alarm for alarm in describe.read(page, "").alarms if alarm.label.startswith(prefix)]
    return Alarms(tuple(found), states, {alarm.label: severity(alarm) for alarm in found})


def severity(alarm: Alarm) -> str:
    """The severity that an alarm's topic stands for, by the topic's name; `unknown` where it says none."""
    for arn in alarm.alarm_actions.arns:
        if told := _TOPIC.search(arn):
            return told[1]
    return "unknown"


def published(account: Any, found: Iterable[Alarm]) -> Published:
    """Which dimensions the alarms' metrics have had data for in the last two weeks (ListMetrics)."""
    wanted = {(m.namespace, m.name) for alarm in found for m in alarm.metrics if m.namespace and m.name}
    return {
        (namespace, name): frozenset(
            frozenset((dimension["Name"], dimension["Value"]) for dimension in metric["Dimensions"])
            for page in account.pages("cloudwatch", "list_metrics", Namespace=namespace, MetricName=name)
            for metric in page["Metrics"]
        )
        for namespace, name in sorted(wanted)
    }
