"""Typed access to the mapping of one alarm, and the keys such a mapping may have."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, TypeVar

from alarms.model import DefinitionError, UnsupportedAlarm, from_epoch

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

# Read from DescribeAlarms and of no consequence for what the alarm will do next.
DESCRIPTIVE = frozenset(
    {
        "StateValue",
        "StateReason",
        "StateReasonData",
        "StateUpdatedTimestamp",
        "StateTransitionedTimestamp",
        "EvaluationState",
        "ActionsSuppressedBy",
        "ActionsSuppressedReason",
        "ActionConfiguration",  # which tags go into the messages
        "Tags",
    }
)
SHARED = frozenset(
    {
        "AlarmName",
        "AlarmArn",
        "AlarmDescription",
        "AlarmConfigurationUpdatedTimestamp",
        "ActionsEnabled",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
    }
)
METRIC_KEYS = (
    SHARED
    | DESCRIPTIVE
    | {
        "MetricName",
        "Namespace",
        "Statistic",
        "ExtendedStatistic",
        "Dimensions",
        "Period",
        "Unit",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
        "EvaluateLowSampleCountPercentile",
        "Metrics",
        "ThresholdMetricId",
        "EvaluationWindow",
        "WarmUpConfiguration",
    }
)
COMPOSITE_KEYS = (
    SHARED
    | DESCRIPTIVE
    | {
        "AlarmRule",
        "ActionsSuppressor",
        "ActionsSuppressorWaitPeriod",
        "ActionsSuppressorExtensionPeriod",
    }
)
UNSUPPORTED = MappingProxyType(
    {
        "EvaluationCriteria": "PromQL alarms (EvaluationCriteria; promtool can test their queries)",
        "EvaluationInterval": "PromQL alarms (EvaluationInterval; promtool can test their queries)",
        "ScheduledQueryConfiguration": "log alarms (ScheduledQueryConfiguration)",
    }
)


_T = TypeVar("_T")


@contextmanager
def shaped_like(what: str, mapping: object) -> Iterator[None]:
    """Turns what a value of another type leads to (a text where a list belongs) into a DefinitionError."""
    try:
        yield
    except (AttributeError, KeyError, OverflowError, TypeError) as error:
        name = mapping.get("AlarmName") if isinstance(mapping, Mapping) else None
        told = f"{type(error).__name__}: {error}"
        raise DefinitionError(
            f"{name or 'an alarm'}: not shaped like {what} ({told}). Compare it with the API reference."
        ) from None


class Reader:
    """Typed access to one alarm's mapping; every complaint names the alarm and the key."""

    def __init__(self, mapping: Mapping[str, Any], known: Iterable[str]) -> None:
        self.mapping = mapping
        self.name = mapping.get("AlarmName")
        if not isinstance(self.name, str) or not 1 <= len(self.name) <= 255:
            raise DefinitionError(f"an alarm needs AlarmName, 1 to 255 characters; got {self.name!r}")
        for key, feature in UNSUPPORTED.items():
            if mapping.get(key) is not None:
                raise UnsupportedAlarm(f"{self.name}: {feature} are not evaluated here")
        unknown = sorted(key for key in mapping if key not in known and mapping[key] is not None)
        if unknown:
            raise UnsupportedAlarm(f"{self.name}: not understood: {', '.join(unknown)}")

    def error(self, complaint: str, choices: Iterable[str] = ()) -> DefinitionError:
        use = f". Use {', '.join(choices)}" if choices else ""
        return DefinitionError(f"{self.name}: {complaint}{use}.")

    def _typed(self, key: str, kind: type[_T] | tuple[type[_T], ...], what: str) -> _T | None:
        value = self.mapping.get(key)
        if value is None:
            return None
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise self.error(f"{key} must be {what}, not {value!r}")
        return value

    def text(self, key: str) -> str | None:
        return self._typed(key, str, "text") or None

    def flag(self, key: str, *, default: bool) -> bool:
        value = self._typed(key, bool, "true or false")
        return default if value is None else value

    def number(self, key: str) -> float | None:
        value = self._typed(key, (int, float), "a number")
        return None if value is None else float(value)

    def seconds(self, key: str) -> int | None:
        return self._typed(key, int, "a whole number of seconds")

    def instant(self, key: str) -> datetime | None:
        """A datetime, ISO 8601 text, or the epoch seconds of the raw JSON protocol."""
        value = self.mapping.get(key)
        try:
            if isinstance(value, str):
                return datetime.fromisoformat(value)
            if isinstance(value, int | float):
                return from_epoch(value)
        except (ValueError, OverflowError, OSError):
            raise self.error(f"{key} is no time: {value!r}") from None
        return self._typed(key, datetime, "a time")

    def count(self, key: str, *, required: bool = False) -> int:
        value = self._typed(key, int, "a whole number")
        if value is None and required:
            raise self.error(f"needs {key}")
        if value is not None and value < (1 if required else 0):
            raise self.error(f"{key} must be at least 1, not {value}")
        return value or 0

    def one_of(self, key: str, choices: tuple[str, ...]) -> str | None:
        value = self.text(key)
        if value is not None and value not in choices:
            raise self.error(f"{key} is {value!r}", choices)
        return value

    def texts(self, key: str) -> tuple[str, ...]:
        value: Any = self.mapping.get(key) or ()
        if isinstance(value, str) or not all(isinstance(item, str) for item in value):
            raise self.error(f"{key} must be a list of text, not {value!r}")
        return tuple(value)
