"""What alarms, custom metrics and dashboards cost a month. Prices: prices.toml, with date and Region."""

from __future__ import annotations

import functools
import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Any

from alarmctl.lint import describe, plan
from alarmctl.lint.values import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from alarmctl.lint.model import Alarm, Metric

MINUTE = 60
BAND_METRICS = 2  # what an anomaly band adds to the metrics it is about
AWS = "AWS/"  # metrics in these namespaces are free
_SELECT = re.compile(r"\s*SELECT\b", re.IGNORECASE)

MetricKey = tuple[str, str, frozenset[tuple[str, str | None]]]


@dataclass(frozen=True)
class Item:
    """One thing on the bill. `free_with` names the item whose free amount this one shares."""

    key: str
    title: str
    unit: str
    price: float
    free: float = 0
    free_with: str | None = None
    steps: tuple[tuple[float, float], ...] = ()

    def cost(self, amount: float) -> float:
        """Dollars a month for so many units."""
        borders = [0.0, *(border for border, _ in self.steps), float("inf")]
        rates = [self.price, *(price for _, price in self.steps)]
        return sum(
            max(0.0, min(amount, above) - below) * rate
            for below, above, rate in zip(borders, borders[1:], rates, strict=False)
        )


@dataclass(frozen=True)
class Prices:
    """The price list: `as_of` an ISO date."""

    as_of: str
    region: str
    source: str
    items: Mapping[str, Item]


@functools.cache
def prices() -> Prices:
    """The price list that comes with this package."""
    listed = tomllib.loads(resources.files("alarmctl.report").joinpath("prices.toml").read_text("utf-8"))
    items = {}
    for key, item in listed["items"].items():
        steps = tuple((float(border), float(price)) for border, price in item.pop("steps", ()))
        items[key] = Item(key, steps=steps, **item)
    return Prices(str(listed["as_of"]), listed["region"], listed["source"], items)


@dataclass(frozen=True)
class Inventory:
    """What there is to pay for: how many units of each item of the price list, by its key."""

    amounts: Mapping[str, int] = field(default_factory=dict)
    alarms: int = 0

    def cost(self, *, free: bool = False) -> float:
        """Dollars a month; with `free`, as if nothing else in the account used the free amounts up."""
        return sum(line.free_cost if free else line.cost for line in lines(self))


@dataclass(frozen=True)
class Line:
    """One line of the bill, dollars a month: at the list price, and with the free amount taken off."""

    item: Item
    amount: int
    cost: float
    free_cost: float


def lines(inventory: Inventory) -> tuple[Line, ...]:
    """The bill in the order of the price list, without what there is none of."""
    known = prices().items
    left = {key: item.free for key, item in known.items()}
    found = []
    for key, item in known.items():
        amount = inventory.amounts.get(key, 0)
        if not amount:
            continue
        pot = item.free_with or key
        taken = min(amount, left[pot])
        left[pot] -= taken
        found.append(Line(item, amount, item.cost(amount), item.cost(amount - taken)))
    return tuple(found)


def alarm_units(alarm: Alarm) -> tuple[str, int]:
    """The item of the price list that an alarm falls under, and how many units it is."""
    if alarm.is_composite:
        return "composite", 1
    fast = any(metric.period is not None and metric.period < MINUTE for metric in alarm.metrics)
    if any(query.expression and _SELECT.match(query.expression) for query in alarm.queries):
        return "insights", 1
    if alarm.threshold_metric_id:
        key = "anomaly_high_resolution" if fast else "anomaly"
        return key, max(1, len(alarm.metrics)) + BAND_METRICS
    return ("high_resolution" if fast else "standard"), max(1, len(alarm.metrics))


def alarm_cost(alarm: Alarm) -> float:
    """Dollars a month for one alarm at the list price."""
    key, units = alarm_units(alarm)
    return prices().items[key].cost(units)


def metric_key(metric: Metric) -> MetricKey | None:
    """What tells a metric that is paid for from others; None for one of AWS's own, which are free."""
    if not metric.namespace or not metric.name or metric.namespace.startswith(AWS):
        return None
    return metric.namespace, metric.name, frozenset((metric.dimensions or {}).items())


def of_document(document: Mapping[str, Any] | list[Mapping[str, Any]], source: str) -> Inventory:
    """What a plan, a state or a DescribeAlarms answer has. Its metrics are those that it names."""
    if isinstance(document, list) or not plan.is_plan(document):
        return _inventory(describe.read(document, source).alarms, {}, frozenset())
    found = list(_resources(document))
    return _inventory(
        plan.read(document, source).alarms,
        {"dashboards": sum(kind == "aws_cloudwatch_dashboard" for kind, _ in found)},
        frozenset(key for kind, values in found if kind == FILTER for key in _filtered(values)),
    )


FILTER = "aws_cloudwatch_log_metric_filter"


def _inventory(
    alarms: tuple[Alarm, ...], others: Mapping[str, int], metrics: frozenset[MetricKey]
) -> Inventory:
    amounts: Counter[str] = Counter(others)
    for alarm in alarms:
        key, units = alarm_units(alarm)
        amounts[key] += units
    named = {paid for alarm in alarms for metric in alarm.metrics if (paid := metric_key(metric))}
    bare = {one[:2] for one in named}
    # A filter's dimensions come from the log, so it is counted once, and not beside the alarm that reads it.
    amounts["custom_metrics"] += len(named) + sum(key[:2] not in bare for key in metrics)
    return Inventory({key: amount for key, amount in amounts.items() if amount}, len(alarms))


def _resources(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    values = document.get("planned_values") or document.get("values") or {}
    waiting = [values.get("root_module") or {}]
    while waiting:
        module = waiting.pop()
        for resource in module.get("resources") or ():
            if resource.get("mode", "managed") == "managed":
                yield resource["type"], resource.get("values") or {}
        waiting += module.get("child_modules") or ()


def _filtered(values: Mapping[str, Any]) -> Iterator[MetricKey]:
    for change in values.get("metric_transformation") or ():
        namespace, name = text(change.get("namespace")), text(change.get("name"))
        if namespace and name and not namespace.startswith(AWS):
            yield namespace, name, frozenset()


def live(account: Any, prefix: tuple[str, ...] = ("",)) -> Inventory:
    """What the account has: alarms and dashboards whose names begin with one of `prefix`, all custom metrics.

    `account` is an alarmctl.account.Account. Raises what boto3 raises.
    """
    pages = account.pages("cloudwatch", "describe_alarms", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
    alarms = tuple(
        alarm
        for page in pages
        for alarm in describe.read(page, "").alarms
        if (alarm.name or "").startswith(prefix)
    )
    dashboards = sum(
        f"{entry['DashboardName']}-".startswith(prefix)
        for page in account.pages("cloudwatch", "list_dashboards")
        for entry in page["DashboardEntries"]
    )
    metrics = sum(
        not metric["Namespace"].startswith(AWS)
        for page in account.pages("cloudwatch", "list_metrics")
        for metric in page["Metrics"]
    )
    counted = _inventory(alarms, {"dashboards": dashboards}, frozenset())
    return Inventory({**counted.amounts, "custom_metrics": metrics}, counted.alarms)


def before(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """What there was before a plan, as a state; None where the document is no plan."""
    if "planned_values" not in document:
        return None
    prior = document.get("prior_state") or {}
    return {
        "format_version": document.get("format_version", "1.0"),
        "values": prior.get("values") or {"root_module": {}},
        "configuration": document.get("configuration") or {},
    }
