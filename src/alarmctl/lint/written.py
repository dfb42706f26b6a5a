"""Alarms as the environments write them in YAML: a map of keys, in the shape of the metric_alarms module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alarmctl.lint.model import OPERATORS, Actions, Alarm, Metric, Query, Stack
from alarmctl.lint.values import number, text, texts, whole
from alarms.written import ACTION_SETTINGS, COMPOSITE_SETTINGS, METRIC_SETTINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = frozenset((*METRIC_SETTINGS, *COMPOSITE_SETTINGS))
MARKS = frozenset({"metric_name", "metric_query", "rule"})
DEFAULT_PERIOD_SECONDS = 60
TOLD = Actions(unknown=True)  # the severity picks the topic


def read(document: Mapping[str, Any], source: str) -> Stack:
    """The alarms of a YAML file, by key, also below `alarms` and `composite_alarms`.

    Raises ValueError naming the key that is no alarm.
    """
    entries: dict[str, Any] = {}
    if set(document) <= {"alarms", "composite_alarms"}:
        for part in document.values():
            entries.update(part or {})
    else:
        entries.update(document)
    whole = {str(key): entry for key, entry in entries.items() if _is_whole(str(key), entry)}
    return Stack(
        source=source,
        alarms=tuple(_alarm(key, entry) for key, entry in whole.items()),
        unread=tuple(
            f"{key}: changes an alarm that is not in this file; lint the plan to see both"
            for key, entry in entries.items()
            if entry is not None and str(key) not in whole
        ),
    )


def _is_whole(key: str, entry: object) -> bool:
    """False for an entry that takes an alarm of the catalogue out (null), or changes some of its settings."""
    if entry is None:
        return False
    if not isinstance(entry, dict) or not entry.keys() <= SETTINGS:
        unknown = sorted(map(str, entry.keys() - SETTINGS)) if isinstance(entry, dict) else []
        what = f"unknown key {unknown[0]}" if unknown else "not a map of settings"
        raise ValueError(f"{key}: {what}")
    return bool(MARKS & entry.keys())


def _alarm(key: str, entry: Mapping[str, Any]) -> Alarm:
    shared: dict[str, Any] = {
        "address": key,
        "name": text(entry.get("alarm_name")) or key,
        "description": text(entry.get("description")),
        "runbook": text(entry.get("runbook")),
        "routed_by_severity": str(entry.get("severity", "")),
        "actions_enabled": entry.get("actions_enabled") is not False,
        **_actions(entry),
    }
    if "rule" in entry:
        return Alarm(**shared, rule=str(entry["rule"]).strip())
    for setting in ("threshold", "period", "evaluation_periods", "datapoints_to_alarm"):
        read = number if setting == "threshold" else whole
        if entry.get(setting) is not None and read(entry[setting]) is None:
            raise ValueError(f"{key}: {setting} is {entry[setting]!r}, which is no number")
    comparison = str(entry.get("comparison"))
    period = whole(entry.get("period", DEFAULT_PERIOD_SECONDS))
    statistic = text(entry.get("extended_statistic")) or text(entry.get("statistic"))
    queries = entry.get("metric_query") or {}
    return Alarm(
        **shared,
        metric=_metric(entry, period, statistic) if "metric_name" in entry else None,
        queries=tuple(_query(str(id_), query, period) for id_, query in queries.items()),
        comparison=OPERATORS.get(comparison, comparison),
        threshold=number(entry.get("threshold")),
        evaluation_periods=whole(entry.get("evaluation_periods", 1)),
        datapoints_to_alarm=whole(entry.get("datapoints_to_alarm")),
        treat_missing_data=text(entry.get("treat_missing_data")) or "missing",
        low_samples=text(entry.get("evaluate_low_sample_count_percentiles")) or "",
    )


def _actions(entry: Mapping[str, Any]) -> dict[str, Actions]:
    """By state; the ARNs are known only where they are written out."""
    kept = entry.get("actions")
    if isinstance(kept, dict):
        return {f"{state}_actions": Actions(arns=texts(kept.get(state))) for state in ACTION_SETTINGS}
    return {
        "alarm_actions": TOLD,
        "ok_actions": TOLD if entry.get("notify_ok", True) else Actions(),
        "insufficient_data_actions": TOLD if entry.get("notify_insufficient_data", False) else Actions(),
    }


def _metric(entry: Mapping[str, Any], period: int | None, statistic: str | None) -> Metric:
    dimensions = entry.get("dimensions") or {}
    return Metric(
        namespace=text(entry.get("namespace")),
        name=text(entry.get("metric_name")),
        dimensions={str(name): None if value is None else str(value) for name, value in dimensions.items()},
        statistic=statistic,
        period=whole(entry.get("period", period)),
        unit=text(entry.get("unit")),
    )


def _query(id_: str, query: Mapping[str, Any], period: int | None) -> Query:
    metric = query.get("metric")
    return Query(
        id=id_,
        expression=text(query.get("expression")),
        returned=query.get("return_data", False) is True,
        metric=_metric(metric, period, text(metric.get("stat"))) if metric else None,
        period=period,
    )
