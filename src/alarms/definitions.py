"""Alarm definitions, read from PutMetricAlarm and DescribeAlarms mappings.

Whatever the mapping says is either understood, refused as CloudWatch refuses it (DefinitionError), or
named as unsupported (UnsupportedAlarm). Nothing is passed over in silence.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarms import metric_math, rules
from alarms.model import DefinitionError, UnsupportedAlarm
from alarms.reader import COMPOSITE_KEYS, METRIC_KEYS, Reader, shaped_like
from alarms.timezones import zone

if TYPE_CHECKING:
    from datetime import datetime

STATISTICS = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
STATIC_OPERATORS = (
    "GreaterThanThreshold",
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
BAND_OPERATORS = (
    "LessThanLowerOrGreaterThanUpperThreshold",
    "LessThanLowerThreshold",
    "GreaterThanUpperThreshold",
)
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
LOW_SAMPLE = ("evaluate", "ignore")
WALL_CLOCK_PERIODS = (60, 300, 3600, 86_400, 604_800)
HIGH_RESOLUTION_PERIODS = (10, 20, 30)
DAY_SECONDS = 86_400
WEEK_SECONDS = 604_800
MAX_METRICS = 10

QUERY_ID = re.compile(r"[a-z][a-zA-Z0-9_]*\Z")
EXTENDED_STATISTIC = re.compile(
    r"(?:(?:p|tm|tc|ts|wm)\d{1,3}(?:\.\d+)?|IQM|(?:PR|TC|TM|TS|WM)\([^()]*:[^()]*\))\Z", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class MetricStat:
    """A metric, the statistic taken of it, and the period in seconds it is taken over."""

    namespace: str
    metric_name: str
    dimensions: tuple[tuple[str, str], ...]
    period: int
    stat: str
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class MetricQuery:
    """One entry of an alarm's Metrics: a metric or an expression."""

    id: str
    metric_stat: MetricStat | None
    expression: str | None
    label: str | None
    return_data: bool
    period: int | None = None
    account_id: str | None = None


@dataclass(frozen=True, slots=True)
class WarmUp:
    """How long a new alarm holds still, and whether enough data ends that early."""

    minutes: int
    only_start_after: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """What metric and composite alarms have in common."""

    name: str
    arn: str
    description: str | None = None
    updated: datetime | None = None
    actions_enabled: bool = True
    ok_actions: tuple[str, ...] = ()
    alarm_actions: tuple[str, ...] = ()
    insufficient_data_actions: tuple[str, ...] = ()

    @property
    def account(self) -> str:
        return self.arn.split(":")[4]

    @property
    def region(self) -> str:
        return self.arn.split(":")[3]


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition(Alarm):
    """A metric alarm. `metric_stat` is set for a single metric, `queries` for metric math; never both.

    `datapoints_to_alarm` None is not N: the reason text tells them apart. `treat_missing_data` None is
    not "missing": DynamoDB metrics then default to "ignore".
    """

    metric_stat: MetricStat | None
    queries: tuple[MetricQuery, ...]
    period: int
    evaluation_periods: int
    datapoints_to_alarm: int | None
    comparison_operator: str
    threshold: float | None
    threshold_metric_id: str | None = None
    treat_missing_data: str | None = None
    evaluate_low_sample_count_percentile: str | None = None
    wall_clock: str | None = None
    warm_up: WarmUp | None = None

    @property
    def needed_to_alarm(self) -> int:
        """M: how many datapoints must breach."""
        return self.datapoints_to_alarm or self.evaluation_periods

    @property
    def metric_stats(self) -> Mapping[str, MetricStat]:
        """The metrics by query id; a single-metric alarm's own has the id ""."""
        if self.metric_stat:
            return {"": self.metric_stat}
        return {query.id: query.metric_stat for query in self.queries if query.metric_stat}

    @property
    def returned(self) -> MetricQuery | None:
        """The query that is compared with the threshold; None for a single-metric alarm."""
        candidates = (query for query in self.queries if query.return_data)
        return next((query for query in candidates if query.id != self.threshold_metric_id), None)

    @property
    def missing_data(self) -> str:
        """The treatment in force. Source: "Configuring how CloudWatch alarms treat missing data"."""
        if self.treat_missing_data:
            return self.treat_missing_data
        namespaces = {stat.namespace for stat in self.metric_stats.values()}
        return "ignore" if namespaces == {"AWS/DynamoDB"} else "missing"

    @property
    def expressions(self) -> Mapping[str, metric_math.Node]:
        """The parsed expressions by query id."""
        return {query.id: metric_math.parse(query.expression) for query in self.queries if query.expression}

    @property
    def external_calls(self) -> tuple[str, ...]:
        """The calls in them whose values have to be given under the call's text, as SERVICE_QUOTA(usage)."""
        return tuple(sorted(set().union(*map(metric_math.external_calls, self.expressions.values()))))


@dataclass(frozen=True, slots=True, kw_only=True)
class CompositeDefinition(Alarm):
    """A composite alarm; periods in seconds."""

    rule: str
    actions_suppressor: str | None = None
    suppressor_wait_period: int | None = None
    suppressor_extension_period: int | None = None

    @property
    def children(self) -> tuple[str, ...]:
        """The alarm names or ARNs that the rule mentions, in order, each once."""
        return rules.children(rules.parse(self.rule))


def from_put_metric_alarm(
    mapping: Mapping[str, Any], *, account: str = "000000000000", region: str = "us-east-1"
) -> Definition:
    """Read the parameters of PutMetricAlarm (or one of DescribeAlarms' MetricAlarms).

    `account` and `region` make the ARN where the mapping has none. Raises DefinitionError,
    UnsupportedAlarm. Source: API reference, PutMetricAlarm.
    """
    with shaped_like("the parameters of PutMetricAlarm", mapping):
        return _metric_alarm(Reader(mapping, METRIC_KEYS), account, region)


def _metric_alarm(read: Reader, account: str, region: str) -> Definition:
    metric_stat, queries = _metrics(read)
    operator = read.one_of("ComparisonOperator", STATIC_OPERATORS + BAND_OPERATORS)
    if operator is None:
        raise read.error("needs ComparisonOperator", STATIC_OPERATORS)
    definition = Definition(
        **_shared(read, account, region),
        metric_stat=metric_stat,
        queries=queries,
        period=_period(read, metric_stat, queries),
        evaluation_periods=read.count("EvaluationPeriods", required=True),
        datapoints_to_alarm=read.count("DatapointsToAlarm") or None,
        comparison_operator=operator,
        threshold=read.number("Threshold"),
        threshold_metric_id=read.text("ThresholdMetricId"),
        treat_missing_data=read.one_of("TreatMissingData", TREATMENTS),
        evaluate_low_sample_count_percentile=read.one_of("EvaluateLowSampleCountPercentile", LOW_SAMPLE),
        wall_clock=_wall_clock(read),
        warm_up=_warm_up(read),
    )
    _check_limits(read, definition)
    _check_threshold(read, definition)
    _check_expressions(read, definition)
    return definition


def from_put_composite_alarm(
    mapping: Mapping[str, Any], *, account: str = "000000000000", region: str = "us-east-1"
) -> CompositeDefinition:
    """Read the parameters of PutCompositeAlarm (or one of DescribeAlarms' CompositeAlarms).

    Raises DefinitionError, UnsupportedAlarm. Source: API reference, PutCompositeAlarm.
    """
    with shaped_like("the parameters of PutCompositeAlarm", mapping):
        return _composite_alarm(Reader(mapping, COMPOSITE_KEYS), account, region)


def _composite_alarm(read: Reader, account: str, region: str) -> CompositeDefinition:
    rule = read.text("AlarmRule")
    if rule is None:
        raise read.error("needs AlarmRule", ('ALARM("name")',))
    rules.parse(rule)
    definition = CompositeDefinition(
        **_shared(read, account, region),
        rule=rule,
        actions_suppressor=read.text("ActionsSuppressor"),
        suppressor_wait_period=read.seconds("ActionsSuppressorWaitPeriod"),
        suppressor_extension_period=read.seconds("ActionsSuppressorExtensionPeriod"),
    )
    periods = (definition.suppressor_wait_period, definition.suppressor_extension_period)
    if definition.actions_suppressor and None in periods:
        raise read.error("has ActionsSuppressor; give ActionsSuppressorWaitPeriod and -ExtensionPeriod too")
    return definition


Unsupported = Callable[[UnsupportedAlarm], object]


def from_describe_alarms(
    mapping: Mapping[str, Any], on_unsupported: Unsupported | None = None
) -> list[Definition | CompositeDefinition]:
    """Read a DescribeAlarms answer, metric alarms first.

    An alarm of an unsupported kind raises UnsupportedAlarm, or goes to `on_unsupported` and is left out.
    """
    read: list[Definition | CompositeDefinition] = []
    readers: dict[str, Callable[[Mapping[str, Any]], Definition | CompositeDefinition]] = {
        "MetricAlarms": from_put_metric_alarm,
        "CompositeAlarms": from_put_composite_alarm,
        "LogAlarms": _refuse_log_alarm,
    }
    for key, reader in readers.items():
        for alarm in mapping.get(key) or ():
            try:
                read.append(reader(alarm))
            except UnsupportedAlarm as error:
                if on_unsupported is None:
                    raise
                on_unsupported(error)
    return read


def _refuse_log_alarm(mapping: Mapping[str, Any]) -> Definition:
    raise UnsupportedAlarm(f"{mapping.get('AlarmName', 'an alarm')}: log alarms are not evaluated here")


def _shared(read: Reader, account: str, region: str) -> dict[str, Any]:
    arn = read.text("AlarmArn") or f"arn:aws:cloudwatch:{region}:{account}:alarm:{read.name}"
    if len(arn.split(":")) < 7:
        raise read.error(f"AlarmArn is {arn!r}", ("arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME",))
    return {
        "name": read.name,
        "arn": arn,
        "description": read.text("AlarmDescription"),
        "updated": read.instant("AlarmConfigurationUpdatedTimestamp"),
        "actions_enabled": read.flag("ActionsEnabled", default=True),
        "ok_actions": read.texts("OKActions"),
        "alarm_actions": read.texts("AlarmActions"),
        "insufficient_data_actions": read.texts("InsufficientDataActions"),
    }


def _metrics(read: Reader) -> tuple[MetricStat | None, tuple[MetricQuery, ...]]:
    single, several = read.text("MetricName"), read.mapping.get("Metrics")
    if bool(single) == bool(several):
        raise read.error("needs either MetricName or Metrics, not " + ("both" if single else "neither"))
    if several:
        return None, tuple(_query(read, entry) for entry in several)
    statistic, extended = read.one_of("Statistic", STATISTICS), read.text("ExtendedStatistic")
    if bool(statistic) == bool(extended):
        raise read.error("needs either Statistic or ExtendedStatistic")
    return _metric_stat(read, read.mapping, statistic or extended, read.mapping), ()


def _metric_stat(
    read: Reader, metric: Mapping[str, Any], stat: object, rest: Mapping[str, Any]
) -> MetricStat:
    if not isinstance(stat, str) or not (stat in STATISTICS or EXTENDED_STATISTIC.match(stat)):
        raise read.error(f"statistic is {stat!r}", (*STATISTICS, "p99", "tm95", "IQM"))
    period = rest.get("Period")
    if not isinstance(period, int) or isinstance(period, bool) or not _valid_period(period):
        raise read.error(f"Period is {period!r} seconds", ("10", "20", "30", "a multiple of 60"))
    name, namespace = metric.get("MetricName"), metric.get("Namespace")
    if not isinstance(name, str) or not isinstance(namespace, str):
        raise read.error("a metric needs MetricName and Namespace")
    dimensions = tuple((str(item["Name"]), str(item["Value"])) for item in metric.get("Dimensions") or ())
    return MetricStat(namespace, name, dimensions, period, stat, rest.get("Unit") or None)


def _valid_period(seconds: int) -> bool:
    return seconds in HIGH_RESOLUTION_PERIODS or (seconds > 0 and seconds % 60 == 0)


def _query(read: Reader, entry: Mapping[str, Any]) -> MetricQuery:
    known = {"Id", "MetricStat", "Expression", "Label", "ReturnData", "Period", "AccountId"}
    unknown = sorted(key for key in entry if key not in known and entry[key] is not None)
    if unknown:
        raise UnsupportedAlarm(f"{read.name}: not understood in Metrics: {', '.join(unknown)}")
    query_id, expression, stat = entry.get("Id"), entry.get("Expression") or None, entry.get("MetricStat")
    if not isinstance(query_id, str) or not QUERY_ID.match(query_id):
        raise read.error(
            f"metric query id {query_id!r} must start with a lower-case letter, then letters, digits and _"
        )
    if bool(expression) == bool(stat):
        raise read.error(f"metric query {query_id} needs either MetricStat or Expression")
    if expression and re.match(r"\s*SELECT\b", expression, re.IGNORECASE):
        raise UnsupportedAlarm(f"{read.name}: Metrics Insights queries (SELECT) are not evaluated here")
    metric_stat = _metric_stat(read, stat.get("Metric") or {}, stat.get("Stat"), stat) if stat else None
    returned = entry.get("ReturnData")
    return MetricQuery(
        query_id,
        metric_stat,
        expression,
        entry.get("Label"),
        True if returned is None else bool(returned),
        entry.get("Period") or None,
        entry.get("AccountId") or None,
    )


def _period(read: Reader, single: MetricStat | None, queries: tuple[MetricQuery, ...]) -> int:
    if single:
        return single.period
    periods = {query.metric_stat.period for query in queries if query.metric_stat}
    periods = periods or {query.period for query in queries if query.period}
    if len(periods) != 1:
        found = ", ".join(map(str, sorted(periods))) or "none"
        raise read.error(f"all metrics of an alarm need one and the same Period; found {found}")
    return periods.pop()


def _wall_clock(read: Reader) -> str | None:
    window = read.mapping.get("EvaluationWindow") or {}
    if "WallClockWindow" not in window:
        return None
    name = (window["WallClockWindow"] or {}).get("Timezone") or "UTC"
    zone(name)
    return str(name)


def _warm_up(read: Reader) -> WarmUp | None:
    configured = read.mapping.get("WarmUpConfiguration")
    if not configured:
        return None
    minutes = configured.get("WarmUpPeriodDurationInMinutes")
    if not isinstance(minutes, int) or not 1 <= minutes <= 2880:
        raise read.error(f"WarmUpPeriodDurationInMinutes must be 1 to 2880, not {minutes!r}")
    return WarmUp(minutes, bool(configured.get("OnlyStartEvaluatingAfterWarmUpPeriodEnds")))


def _check_limits(read: Reader, alarm: Definition) -> None:
    if alarm.needed_to_alarm > alarm.evaluation_periods:
        raise read.error(
            f"DatapointsToAlarm {alarm.datapoints_to_alarm} exceeds EvaluationPeriods "
            f"{alarm.evaluation_periods}"
        )
    limit = DAY_SECONDS if alarm.period < 3600 else WEEK_SECONDS
    if alarm.period * alarm.evaluation_periods > limit:
        raise read.error(f"Period times EvaluationPeriods must not exceed {limit} seconds")
    if alarm.wall_clock and alarm.period not in WALL_CLOCK_PERIODS:
        raise read.error("a WallClockWindow needs Period", map(str, WALL_CLOCK_PERIODS))
    if len(alarm.metric_stats) > MAX_METRICS:
        raise read.error(f"an alarm takes at most {MAX_METRICS} metrics")
    ids = [query.id for query in alarm.queries]
    if len(set(ids)) != len(ids):
        raise read.error("metric query ids must be unique")


def _check_threshold(read: Reader, alarm: Definition) -> None:
    banded = alarm.comparison_operator in BAND_OPERATORS
    if banded != bool(alarm.threshold_metric_id):
        raise read.error(
            f"{alarm.comparison_operator} " + ("needs" if banded else "takes no") + " ThresholdMetricId"
        )
    if banded == (alarm.threshold is not None):
        raise read.error(f"{alarm.comparison_operator} " + ("takes no" if banded else "needs") + " Threshold")
    if banded and alarm.threshold_metric_id not in {query.id for query in alarm.queries}:
        raise read.error(f"ThresholdMetricId {alarm.threshold_metric_id} names no entry of Metrics")
    returned = [q.id for q in alarm.queries if q.return_data and q.id != alarm.threshold_metric_id]
    if alarm.queries and len(returned) != 1:
        raise read.error(
            f"exactly one metric query must have ReturnData true; found {', '.join(returned) or 'none'}"
        )


def _check_expressions(read: Reader, alarm: Definition) -> None:
    try:
        returned = alarm.returned.id if alarm.returned else None
        texts = {query.id: query.expression for query in alarm.queries if query.expression}
        metric_math.check(texts, tuple(alarm.metric_stats), returned)
    except metric_math.MetricMathError as error:
        raise DefinitionError(f"{read.name}: {error}") from None
    except UnsupportedAlarm as error:
        raise UnsupportedAlarm(f"{read.name}: {error}") from None
