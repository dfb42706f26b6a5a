"""Alarms as our YAML holds them: the map that the Terraform module metric_alarms takes, by key.

Defaults, names, topics and descriptions are made as that module makes them; a test compares the two.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any

from alarms.definitions import from_put_composite_alarm, from_put_metric_alarm
from alarms.model import AlarmError, DefinitionError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from alarms.definitions import CompositeDefinition, Definition

Settings = dict[str, Any]

SEVERITIES = ("critical", "warning", "info")
COMPARISONS = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
}
# What an alarm that existed before keeps, in place of what the module would give it.
KEPT_SETTINGS = ("alarm_name", "actions", "actions_enabled", "tags")
SHARED_SETTINGS = (
    *("severity", "description", "runbook", "notify_ok", "notify_insufficient_data"),
    *KEPT_SETTINGS,
)
ACTION_SETTINGS = {"alarm": "AlarmActions", "ok": "OKActions", "insufficient_data": "InsufficientDataActions"}
# Our settings of a metric alarm, and what PutMetricAlarm calls them.
PARAMETERS = {
    "metric_name": "MetricName",
    "namespace": "Namespace",
    "statistic": "Statistic",
    "extended_statistic": "ExtendedStatistic",
    "unit": "Unit",
    "period": "Period",
    "evaluation_periods": "EvaluationPeriods",
    "datapoints_to_alarm": "DatapointsToAlarm",
    "threshold": "Threshold",
    "treat_missing_data": "TreatMissingData",
    "evaluate_low_sample_count_percentiles": "EvaluateLowSampleCountPercentile",
}
METRIC_SETTINGS = (
    *SHARED_SETTINGS,
    *PARAMETERS,
    "notify_alarm",
    "dimensions",
    "metric_query",
    "comparison",
)
QUERY_SETTINGS = ("expression", "label", "return_data", "metric")
QUERY_METRIC_SETTINGS = ("metric_name", "namespace", "stat", "period", "unit", "dimensions")
COMPOSITE_SETTINGS = (*SHARED_SETTINGS, "rule", "actions_suppressor")
SUPPRESSOR_SETTINGS = ("alarm", "wait_period", "extension_period")
DEFAULTS: Settings = {"period": 60, "evaluation_periods": 1, "treat_missing_data": "missing"}
SUPPRESSOR_DEFAULTS: Settings = {"wait_period": 60, "extension_period": 120}


class WrittenError(DefinitionError):
    """A written alarm that cannot be read; `path` leads to the culprit: the alarm's key, then settings."""

    def __init__(self, path: Iterable[str], complaint: str) -> None:
        self.path = tuple(path)
        self.complaint = complaint
        super().__init__(f"{'.'.join(self.path)}: {complaint}")


def merged(catalogue: Mapping[str, Settings], changes: Mapping[str, Settings | None]) -> dict[str, Settings]:
    """The catalogue's alarms with what was written about them: null takes one out, a setting changes it."""
    kept = {key: dict(settings) for key, settings in catalogue.items() if changes.get(key, {}) is not None}
    for key, settings in changes.items():
        if settings is not None:
            kept[key] = kept.get(key, {}) | _mapping((key,), settings)
    return kept


def topic_arns(name: str, account: str = "000000000000", region: str = "us-east-1") -> dict[str, str]:
    """The topic of each severity, as the module alert_topics names them."""
    return {severity: f"arn:aws:sns:{region}:{account}:{name}-{severity}" for severity in SEVERITIES}


def definition(
    key: str,
    settings: Mapping[str, Any],
    *,
    name: str,
    topics: Mapping[str, str],
    account: str = "000000000000",
    region: str = "us-east-1",
) -> Definition | CompositeDefinition:
    """One alarm, composite if it has a `rule`, called NAME-KEY. `topics`: ARN by severity.

    Raises WrittenError for what the module or CloudWatch would refuse, and for kinds not evaluated here.
    """
    settings = _mapping((key,), settings)
    try:
        if "rule" in settings:
            return from_put_composite_alarm(
                put_composite_alarm(key, settings, name=name, topics=topics), account=account, region=region
            )
        return from_put_metric_alarm(
            put_metric_alarm(key, settings, name=name, topics=topics), account=account, region=region
        )
    except WrittenError:
        raise
    except AlarmError as error:
        raise WrittenError((key,), str(error).removeprefix(f"{name}-{key}: ")) from None


def put_metric_alarm(
    key: str, settings: Mapping[str, Any], *, name: str, topics: Mapping[str, str]
) -> dict[str, Any]:
    """The parameters of PutMetricAlarm. Raises WrittenError."""
    _known((key,), settings, METRIC_SETTINGS)
    given = {setting: value for setting, value in (DEFAULTS | dict(settings)).items() if value is not None}
    comparison = given.get("comparison")
    if not isinstance(comparison, str) or comparison not in COMPARISONS:
        raise WrittenError(
            (key, "comparison"), f"{comparison!r} is no comparison. Use {', '.join(COMPARISONS)}."
        )
    mapping = _shared(key, given, name, topics) | {
        parameter: given[setting] for setting, parameter in PARAMETERS.items() if setting in given
    }
    mapping["ComparisonOperator"] = COMPARISONS[comparison]
    queries = _mapping((key, "metric_query"), given.get("metric_query") or {})
    if queries:
        period = mapping.pop("Period")
        mapping["Metrics"] = [_query(key, query_id, query, period) for query_id, query in queries.items()]
    else:
        mapping["Dimensions"] = _dimensions((key, "dimensions"), given.get("dimensions"))
    return mapping


def put_composite_alarm(
    key: str, settings: Mapping[str, Any], *, name: str, topics: Mapping[str, str]
) -> dict[str, Any]:
    """The parameters of PutCompositeAlarm, with NAME in the place of {name}. Raises WrittenError."""
    _known((key,), settings, COMPOSITE_SETTINGS)
    mapping = _shared(key, settings, name, topics)
    mapping["AlarmRule"] = (_text((key, "rule"), settings["rule"]) or "").strip().replace("{name}", name)
    if settings.get("actions_suppressor"):
        path = (key, "actions_suppressor")
        written = _mapping(path, settings["actions_suppressor"])
        _known(path, written, SUPPRESSOR_SETTINGS)
        if not isinstance(written.get("alarm"), str):
            raise WrittenError(path, "needs alarm, the name of the alarm that suppresses.")
        suppressor = SUPPRESSOR_DEFAULTS | dict(written)
        mapping |= {
            "ActionsSuppressor": suppressor["alarm"].replace("{name}", name),
            "ActionsSuppressorWaitPeriod": suppressor["wait_period"],
            "ActionsSuppressorExtensionPeriod": suppressor["extension_period"],
        }
    return mapping


def _shared(key: str, settings: Mapping[str, Any], name: str, topics: Mapping[str, str]) -> dict[str, Any]:
    severity = settings.get("severity")
    if severity not in SEVERITIES:
        raise WrittenError((key, "severity"), f"{severity!r} is no severity. Use {', '.join(SEVERITIES)}.")
    kept = settings.get("actions")
    if kept is None and severity not in topics:
        raise WrittenError((key, "severity"), f"no topic for {severity}. Use {', '.join(topics)}.")
    description = _text((key, "description"), settings.get("description")) or ""
    runbook = _text((key, "runbook"), settings.get("runbook"))
    topic = [] if kept is not None else [topics[severity]]
    told = {
        setting: _flag((key, setting), settings.get(setting), default=default)
        for setting, default in (("notify_ok", True), ("notify_insufficient_data", False))
    }
    return {
        "AlarmName": _text((key, "alarm_name"), settings.get("alarm_name")) or f"{name}-{key}",
        "AlarmDescription": f"{description}{f' Runbook: {runbook}' if runbook else ''}".strip(),
        "ActionsEnabled": _flag((key, "actions_enabled"), settings.get("actions_enabled"), default=True),
        "AlarmActions": topic if settings.get("notify_alarm", True) else [],
        "OKActions": topic if told["notify_ok"] else [],
        "InsufficientDataActions": topic if told["notify_insufficient_data"] else [],
    } | ({} if kept is None else _actions(key, kept))


def _actions(key: str, kept: object) -> dict[str, list[str]]:
    """ARNs by state, in place of the severity's topic."""
    path = (key, "actions")
    written = _mapping(path, kept)
    _known(path, written, ACTION_SETTINGS)
    for state, arns in written.items():
        if not isinstance(arns, list) or not all(isinstance(arn, str) for arn in arns):
            raise WrittenError((*path, state), f"must be a list of ARNs, not {arns!r}.")
    return {parameter: written.get(state, []) for state, parameter in ACTION_SETTINGS.items()}


def _query(key: str, query_id: str, query: object, period: object) -> dict[str, Any]:
    path: tuple[str, ...] = (key, "metric_query", query_id)
    written = _mapping(path, query)
    _known(path, written, QUERY_SETTINGS)
    entry: dict[str, Any] = {
        "Id": query_id,
        "ReturnData": _flag((*path, "return_data"), written.get("return_data"), default=False),
        "Expression": _text((*path, "expression"), written.get("expression")),
        "Label": _text((*path, "label"), written.get("label")),
    }
    if written.get("metric") is not None:
        path = (*path, "metric")
        metric = _mapping(path, written["metric"])
        _known(path, metric, QUERY_METRIC_SETTINGS)
        entry["MetricStat"] = {
            "Metric": {
                "MetricName": metric.get("metric_name"),
                "Namespace": metric.get("namespace"),
                "Dimensions": _dimensions((*path, "dimensions"), metric.get("dimensions")),
            },
            "Period": metric.get("period") or period,
            "Stat": metric.get("stat"),
            "Unit": metric.get("unit"),
        }
    return entry


def _dimensions(path: tuple[str, ...], dimensions: object) -> list[dict[str, str]]:
    values = _mapping(path, dimensions or {})
    for name, value in values.items():
        if not isinstance(value, str | int | float):
            raise WrittenError((*path, name), f"must be text, not {value!r}.")
    return [{"Name": name, "Value": str(value)} for name, value in values.items()]


def _mapping(path: tuple[str, ...], value: object) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise WrittenError(path, f"must be a map of settings, not {value!r}.")
    return {str(key): item for key, item in value.items()}


def _text(path: tuple[str, ...], value: object) -> str | None:
    if value is not None and not isinstance(value, str):
        raise WrittenError(path, f"must be text, not {value!r}.")
    return value


def _flag(path: tuple[str, ...], value: object, *, default: bool) -> bool:
    if value is not None and not isinstance(value, bool):
        raise WrittenError(path, f"must be true or false, not {value!r}.")
    return default if value is None else value


def _known(path: tuple[str, ...], settings: Mapping[str, Any], known: Iterable[str]) -> None:
    for setting in settings:
        if setting not in known:
            raise WrittenError((*path, setting), unknown(setting, known))


def unknown(word: str, known: Iterable[str]) -> str:
    """The complaint about a key that is not known: the likeliest one that was meant, and all there are."""
    choices = list(known)
    close = difflib.get_close_matches(word, choices, 1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"unknown key.{meant} Use {', '.join(choices)}."
