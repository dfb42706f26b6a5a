"""Alarms as the environments write them in YAML: a map of keys, in the shape of the metric_alarms module."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from alarmctl.lint.model import OPERATORS, Actions, Alarm, Metric, Query, Stack

if TYPE_CHECKING:
    from collections.abc import Mapping

SETTINGS = frozenset(
    {
        "actions_suppressor",
        "comparison",
        "datapoints_to_alarm",
        "description",
        "dimensions",
        "evaluate_low_sample_count_percentiles",
        "evaluation_periods",
        "extended_statistic",
        "metric_name",
        "metric_query",
        "namespace",
        "notify_insufficient_data",
        "notify_ok",
        "period",
        "rule",
        "runbook",
        "severity",
        "statistic",
        "threshold",
        "treat_missing_data",
        "unit",
    }
)
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
        "name": key,
        "description": entry.get("description"),
        "runbook": entry.get("runbook"),
        "routed_by_severity": str(entry.get("severity", "")),
        "alarm_actions": TOLD,
        "ok_actions": TOLD if entry.get("notify_ok", True) else Actions(),
        "insufficient_data_actions": TOLD if entry.get("notify_insufficient_data", False) else Actions(),
    }
    if "rule" in entry:
        return Alarm(**shared, rule=str(entry["rule"]).strip())
    comparison = entry.get("comparison")
    period = entry.get("period", DEFAULT_PERIOD_SECONDS)
    return Alarm(
        **shared,
        metric=_metric(entry, period, entry.get("extended_statistic") or entry.get("statistic"))
        if "metric_name" in entry
        else None,
        queries=tuple(_query(id_, query, period) for id_, query in (entry.get("metric_query") or {}).items()),
        comparison=OPERATORS.get(str(comparison), comparison),
        threshold=_number(entry.get("threshold")),
        evaluation_periods=entry.get("evaluation_periods", 1),
        datapoints_to_alarm=entry.get("datapoints_to_alarm"),
        treat_missing_data=entry.get("treat_missing_data", "missing"),
        low_samples=entry.get("evaluate_low_sample_count_percentiles") or "",
    )


def _metric(entry: Mapping[str, Any], period: int, statistic: str | None) -> Metric:
    return Metric(
        namespace=entry.get("namespace"),
        name=entry.get("metric_name"),
        dimensions={
            str(k): None if v is None else str(v) for k, v in (entry.get("dimensions") or {}).items()
        },
        statistic=statistic,
        period=entry.get("period", period),
        unit=entry.get("unit"),
    )


def _query(id_: str, query: Mapping[str, Any], period: int) -> Query:
    metric = query.get("metric")
    return Query(
        id=str(id_),
        expression=query.get("expression"),
        returned=query.get("return_data", False) is True,
        metric=_metric(metric, period, metric.get("stat")) if metric else None,
        period=period,
    )


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None
