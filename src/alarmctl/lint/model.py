"""What the rules look at: alarms and the way to a person, as read from any source.

Reading is tolerant on purpose: an alarm that CloudWatch would refuse is still an alarm to report on. A value
that is known only after apply is None here and named in `unknown`; no rule concludes anything from it.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

UPWARD = frozenset({"GreaterThanThreshold", "GreaterThanOrEqualToThreshold"})
DOWNWARD = frozenset({"LessThanThreshold", "LessThanOrEqualToThreshold"})
SYMBOLS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
OPERATORS = {symbol: name for name, symbol in SYMBOLS.items()}

_PERCENTILE = re.compile(r"p\d{1,3}(\.\d+)?", re.IGNORECASE)


class Severity(StrEnum):
    """error: the alarm is dead, always on, or unheard. warning: it misleads. note: it could be better."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True)
class Metric:
    """One metric as an alarm reads it. A dimension whose value is None has a value that is not known yet."""

    namespace: str | None
    name: str | None
    dimensions: Mapping[str, str | None] | None
    statistic: str | None
    period: int | None
    unit: str | None = None

    @property
    def is_percentile(self) -> bool:
        return bool(self.statistic and _PERCENTILE.fullmatch(self.statistic))

    def __str__(self) -> str:
        return f"{self.namespace} {self.name}"


@dataclass(frozen=True)
class Query:
    """One entry of a metric-math alarm."""

    id: str
    expression: str | None
    returned: bool
    metric: Metric | None
    period: int | None = None


@dataclass(frozen=True)
class Actions:
    """The targets of one state. `topics` are the addresses that an unknown value can come from."""

    arns: tuple[str, ...] = ()
    unknown: bool = False
    topics: frozenset[str] = frozenset()
    scaling: bool = (
        False  # a scaling policy is among them, so that the alarm may be meant for a machine alone
    )

    @property
    def is_empty(self) -> bool:
        return not self.arns and not self.unknown


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """A metric alarm, or a composite alarm (then `rule` is set)."""

    address: str
    name: str | None
    description: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    metric: Metric | None = None
    queries: tuple[Query, ...] = ()
    comparison: str | None = None
    threshold: float | None = None
    threshold_metric_id: str | None = None
    evaluation_periods: int | None = None
    datapoints_to_alarm: int | None = None
    treat_missing_data: str | None = "missing"
    low_samples: str | None = None
    actions_enabled: bool = True
    alarm_actions: Actions = Actions()
    ok_actions: Actions = Actions()
    insufficient_data_actions: Actions = Actions()
    routed_by_severity: str | None = None  # the topic is chosen elsewhere, from this
    runbook: str | None = None
    is_written: bool = True  # in code, so that somebody has to change it when the resource goes
    rule: str | None = None
    suppressor: str | None = None
    region: str | None = None
    account: str | None = None
    provider: str | None = None
    unknown: frozenset[str] = frozenset()
    references: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return self.name or self.address

    @property
    def is_composite(self) -> bool:
        return self.rule is not None or "alarm_rule" in self.unknown

    @functools.cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """Every metric that the alarm reads."""
        if self.metric:
            return (self.metric,)
        return tuple(query.metric for query in self.queries if query.metric)

    @functools.cached_property
    def measured(self) -> Metric | None:
        """The metric whose own values meet the threshold; None for an expression or an anomaly band."""
        if self.threshold_metric_id:
            return None
        if self.metric:
            return self.metric
        returned = [query for query in self.queries if query.returned]
        return returned[0].metric if len(returned) == 1 else None

    @property
    def expression(self) -> str | None:
        """The expression that meets the threshold."""
        returned = [
            query for query in self.queries if query.returned and query.id != self.threshold_metric_id
        ]
        return returned[0].expression if len(returned) == 1 else None

    @property
    def by_id(self) -> dict[str, Metric]:
        return {query.id: query.metric for query in self.queries if query.metric}

    @property
    def period(self) -> int | None:
        """Seconds; None when unknown or when the metrics disagree."""
        periods = {metric.period for metric in self.metrics}
        return periods.pop() if len(periods) == 1 else None

    @property
    def needed(self) -> int | None:
        """M: how many datapoints must breach."""
        if "datapoints_to_alarm" in self.unknown:
            return None
        return self.datapoints_to_alarm or self.evaluation_periods

    @property
    def upward(self) -> bool:
        return self.comparison in UPWARD

    @property
    def downward(self) -> bool:
        return self.comparison in DOWNWARD

    @property
    def bound(self) -> str:
        """As a person writes it: `> 80`."""
        number = "?" if self.threshold is None else f"{self.threshold:g}"
        return f"{SYMBOLS.get(self.comparison or '', self.comparison or '?')} {number}"

    @property
    def text(self) -> str:
        """Name and description, for rules that compare what is said with what is measured."""
        return f"{self.name or ''} {self.description or ''}"


@dataclass(frozen=True)
class Statement:
    """One statement of a resource policy, reduced to what delivery depends on."""

    allow: bool
    services: frozenset[str]
    others: bool  # names principals other than services
    anybody: bool  # names everybody
    actions: tuple[str, ...]
    condition_keys: frozenset[str]


@dataclass(frozen=True)
class Policy:
    """A resource policy. `statements` is None when it is known only after apply."""

    statements: tuple[Statement, ...] | None
    is_default: bool = False


@dataclass(frozen=True)
class Topic:
    """An SNS topic. `policy` None: nothing is known of it."""

    address: str
    arn: str | None
    name: str | None
    key: str | None  # the key id, ARN or alias as written; None when not encrypted or not known
    key_policy: Policy | None
    policy: Policy | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Subscription:
    """Where a topic's messages go. `topic` and `endpoint` are addresses or ARNs."""

    address: str
    topics: frozenset[str]
    endpoints: frozenset[str]
    protocol: str | None
    pending: bool = False


@dataclass(frozen=True)
class EventTarget:
    """An EventBridge rule's target."""

    address: str
    targets: frozenset[str]
    role_arn: str | None


@dataclass(frozen=True)
class MuteRule:
    """An alarm mute rule. `duration` as written, ISO 8601."""

    address: str
    name: str | None
    alarm_names: tuple[str, ...]
    duration: str | None
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Stack:
    """Everything that one input tells."""

    source: str
    alarms: tuple[Alarm, ...] = ()
    topics: tuple[Topic, ...] = ()
    subscriptions: tuple[Subscription, ...] = ()
    event_targets: tuple[EventTarget, ...] = ()
    mute_rules: tuple[MuteRule, ...] = ()
    queue_consumers: Mapping[str, frozenset[str]] = field(default_factory=dict)  # queue -> functions
    dead_letter_queues: Mapping[str, frozenset[str]] = field(
        default_factory=dict
    )  # queue -> its dead-letter queues
    names: Mapping[str, str] = field(
        default_factory=dict
    )  # address or ARN -> name, of topics, queues, functions
    state_changes_routed: bool = False  # an EventBridge rule hears alarm state changes, whatever the actions
    basic_monitoring: frozenset[str] = frozenset()  # ids of EC2 instances known to send every 300 s
    ephemeral_gib: tuple[float, ...] = ()  # what task definitions ask for
    ephemeral_unknown: bool = False
    capacity_targets: tuple[float, ...] = ()  # target_capacity of capacity providers
    published: Mapping[tuple[str, str], frozenset[frozenset[str]]] = field(
        default_factory=dict
    )  # as ListMetrics says
    complete: bool = False  # every alarm of the account and Region is here
    unread: tuple[str, ...] = ()  # what could not be read, one sentence each


@dataclass(frozen=True)
class Finding:
    """Something wrong with an alarm, a topic or a mute rule, and what to do about it."""

    rule: str
    severity: Severity
    address: str
    name: str
    message: str
    fix: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
