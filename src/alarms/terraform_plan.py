"""Alarm definitions out of `terraform show -json`: any plan, any state, whatever modules made it.

Source: "JSON Output Format" of Terraform; the provider's aws_cloudwatch_metric_alarm and
aws_cloudwatch_composite_alarm.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarms.definitions import (
    CompositeDefinition,
    Definition,
    from_put_composite_alarm,
    from_put_metric_alarm,
)
from alarms.model import AlarmError, DefinitionError
from alarms.reader import shaped_like

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

UNKNOWN_TEXT = "(known after apply)"
SHARED = {
    "alarm_name": "AlarmName",
    "alarm_description": "AlarmDescription",
    "actions_enabled": "ActionsEnabled",
    "ok_actions": "OKActions",
    "alarm_actions": "AlarmActions",
    "insufficient_data_actions": "InsufficientDataActions",
    "arn": "AlarmArn",
}
METRIC = SHARED | {
    "metric_name": "MetricName",
    "namespace": "Namespace",
    "statistic": "Statistic",
    "extended_statistic": "ExtendedStatistic",
    "period": "Period",
    "unit": "Unit",
    "evaluation_periods": "EvaluationPeriods",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "threshold": "Threshold",
    "threshold_metric_id": "ThresholdMetricId",
    "comparison_operator": "ComparisonOperator",
    "treat_missing_data": "TreatMissingData",
    "evaluate_low_sample_count_percentiles": "EvaluateLowSampleCountPercentile",
}
COMPOSITE = SHARED | {"alarm_rule": "AlarmRule"}
# Handled on their own, or of no consequence for the alarm's behaviour.
METRIC_BLOCKS = {"dimensions", "metric_query", "evaluation_window", "warm_up_configuration"}
COMPOSITE_BLOCKS = {"actions_suppressor"}
BOOKKEEPING = {"id", "tags", "tags_all", "region", "timeouts"}
# Unknown of every new alarm because the provider computes them; that says nothing about this one.
ALWAYS_UNKNOWN = {"arn", "evaluate_low_sample_count_percentiles", *BOOKKEEPING}
LISTS = ("ok_actions", "alarm_actions", "insufficient_data_actions")
# The provider writes these where nothing was set.
EMPTY: tuple[Any, ...] = ("", None, [], {})


@dataclass(frozen=True, slots=True)
class Planned:
    """One alarm of a plan or state: its address, and the definition or why there is none.

    `unknown` names the attributes that only the apply will settle.
    """

    address: str
    definition: Definition | CompositeDefinition | None
    unknown: tuple[str, ...] = ()
    error: AlarmError | None = None


def from_terraform(
    document: Mapping[str, Any], *, account: str = "000000000000", region: str = "us-east-1"
) -> list[Planned]:
    """Every metric and composite alarm that will exist after the plan, or exists in the state.

    `account` and `region` make the ARNs of alarms that have none yet. A text, action or dimension known only
    after apply reads `(known after apply)`; an alarm that cannot be read has its `error` instead. Raises
    DefinitionError if the document is neither plan nor state.
    """
    with shaped_like("the output of terraform show -json", document):
        return _from_terraform(document, account, region)


def _from_terraform(document: Mapping[str, Any], account: str, region: str) -> list[Planned]:
    values = document.get("planned_values") or document.get("values")
    if not isinstance(values, dict):
        raise DefinitionError(
            "neither planned_values nor values found. Give the output of: terraform show -json PLANFILE"
        )
    unknown = {
        change["address"]: change["change"].get("after_unknown") or {}
        for change in document.get("resource_changes") or ()
    }
    return [
        _planned(resource, unknown.get(resource["address"], {}), {"account": account, "region": region})
        for resource in _resources(values.get("root_module") or {})
        if resource.get("mode", "managed") == "managed" and resource.get("type") in MAPPINGS
    ]


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    waiting = [module]
    while waiting:
        current = waiting.pop(0)
        yield from current.get("resources") or ()
        waiting = [*(current.get("child_modules") or ()), *waiting]


def _planned(
    resource: Mapping[str, Any], after_unknown: Mapping[str, Any], place: Mapping[str, str]
) -> Planned:
    unknown = {key: value for key, value in after_unknown.items() if key not in ALWAYS_UNKNOWN}
    names = tuple(sorted(_unknown_paths(unknown)))
    values = resource.get("values") or {}
    mapping = MAPPINGS[resource["type"]](_filled(values, unknown))
    if values.get("region"):  # from provider 6 on, resources carry theirs
        place = {**place, "region": values["region"]}
    try:
        return Planned(resource["address"], READERS[resource["type"]](mapping, **place), names)
    except AlarmError as error:
        if not names:
            return Planned(resource["address"], None, names, error)
        told = DefinitionError(f"{error} Known only after apply: {', '.join(names)}.")
        return Planned(resource["address"], None, names, told)


def _filled(values: Mapping[str, Any], unknown: Mapping[str, Any]) -> dict[str, Any]:
    """The values, with a word in place of texts, action lists and dimensions that are not known yet."""
    filled = dict(values)
    for key in ("alarm_name", "alarm_description"):
        filled |= {key: UNKNOWN_TEXT} if unknown.get(key) is True else {}
    for key in LISTS:
        known = [UNKNOWN_TEXT if action is None else action for action in filled.get(key) or ()]
        filled[key] = [UNKNOWN_TEXT] if unknown.get(key) is True else known
    if unknown.get("dimensions") is True:
        filled["dimensions"] = {UNKNOWN_TEXT: UNKNOWN_TEXT}
    queries = unknown.get("metric_query")
    if isinstance(queries, list):
        pairs = zip(filled.get("metric_query") or (), queries, strict=False)
        filled["metric_query"] = [_filled_query(query, gaps) for query, gaps in pairs]
    return filled


def _filled_query(query: Mapping[str, Any], unknown: Mapping[str, Any]) -> dict[str, Any]:
    metrics = zip(query.get("metric") or (), unknown.get("metric") or (), strict=False)
    filled = [
        {**metric, "dimensions": {UNKNOWN_TEXT: UNKNOWN_TEXT}} if gaps.get("dimensions") is True else metric
        for metric, gaps in metrics
    ]
    return {**query, "metric": filled}


def _unknown_paths(value: Any, path: str = "") -> Iterator[str]:
    if value is True:
        yield path
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _unknown_paths(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown_paths(item, f"{path}[{index}]")


def _mapping(values: Mapping[str, Any], names: Mapping[str, str], blocks: set[str]) -> dict[str, Any]:
    unread = sorted(
        key for key in values if values[key] not in EMPTY and key not in {*names, *blocks, *BOOKKEEPING}
    )
    mapping = {names[key]: value for key, value in values.items() if key in names and value not in EMPTY}
    # An unread attribute goes on under its own name, for the reader to refuse by that name.
    return mapping | {key: values[key] for key in unread}


def _metric_alarm(values: Mapping[str, Any]) -> dict[str, Any]:
    mapping = _mapping(values, METRIC, METRIC_BLOCKS)
    mapping["Dimensions"] = _dimensions(values.get("dimensions"))
    if values.get("threshold_metric_id"):
        # A state has threshold 0 beside it.
        mapping.pop("Threshold", None)
    if values.get("metric_query"):
        mapping["Metrics"] = [_query(query) for query in values["metric_query"]]
        # The provider gives period 0 and no dimensions beside metric_query.
        mapping = {key: value for key, value in mapping.items() if key not in {"Period", "Dimensions"}}
    for window in values.get("evaluation_window") or ():
        for clock in window.get("wall_clock_window") or ():
            mapping["EvaluationWindow"] = {"WallClockWindow": {"Timezone": (clock or {}).get("timezone")}}
    for warm_up in values.get("warm_up_configuration") or ():
        mapping["WarmUpConfiguration"] = {
            "WarmUpPeriodDurationInMinutes": warm_up.get("warm_up_period_duration_in_minutes"),
            "OnlyStartEvaluatingAfterWarmUpPeriodEnds": warm_up.get(
                "only_start_evaluating_after_warm_up_period_ends"
            ),
        }
    return mapping


def _dimensions(values: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    return [
        {"Name": name, "Value": UNKNOWN_TEXT if value is None else value}
        for name, value in (values or {}).items()
    ]


def _query(query: Mapping[str, Any]) -> dict[str, Any]:
    names = {
        "id": "Id",
        "expression": "Expression",
        "label": "Label",
        "period": "Period",
        "account_id": "AccountId",
    }
    entry = {names[key]: value for key, value in query.items() if key in names and value not in EMPTY}
    entry["ReturnData"] = bool(query.get("return_data"))
    for metric in query.get("metric") or ():
        entry["MetricStat"] = {
            "Metric": {
                "MetricName": metric.get("metric_name"),
                "Namespace": metric.get("namespace"),
                "Dimensions": _dimensions(metric.get("dimensions")),
            },
            "Period": metric.get("period"),
            "Stat": metric.get("stat"),
            "Unit": metric.get("unit") or None,
        }
    return entry


def _composite_alarm(values: Mapping[str, Any]) -> dict[str, Any]:
    mapping = _mapping(values, COMPOSITE, COMPOSITE_BLOCKS)
    for suppressor in values.get("actions_suppressor") or ():
        mapping |= {
            "ActionsSuppressor": suppressor.get("alarm"),
            "ActionsSuppressorWaitPeriod": suppressor.get("wait_period"),
            "ActionsSuppressorExtensionPeriod": suppressor.get("extension_period"),
        }
    return mapping


MAPPINGS: dict[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
    "aws_cloudwatch_metric_alarm": _metric_alarm,
    "aws_cloudwatch_composite_alarm": _composite_alarm,
}
READERS: dict[str, Callable[..., Definition | CompositeDefinition]] = {
    "aws_cloudwatch_metric_alarm": from_put_metric_alarm,
    "aws_cloudwatch_composite_alarm": from_put_composite_alarm,
}
