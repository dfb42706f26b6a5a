"""ALM001 to ALM004: does the alarm look at a metric that exists, the way that it is published?"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from alarmctl.lint.model import Alarm, Metric, Severity
from alarmctl.lint.rules.base import VALUE_STATISTICS, Found, Rule, View, for_each_alarm

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alarms.knowledge import MetricFacts, NamespaceFacts

# Provider versions since 5.0 give a DB instance's resource id here, which no metric carries.
WRONG_REFERENCES = {"aws_db_instance.id": ("AWS/RDS", "aws_db_instance's identifier")}


@for_each_alarm
def metric_exists(view: View, alarm: Alarm) -> Iterator[Found]:
    for metric in alarm.metrics:
        if (
            metric.namespace is None
            or metric.name is None
            or (metric.namespace, metric.name) in view.stack.published
        ):
            continue
        namespace = view.knowledge.namespace(metric.namespace)
        if namespace is None:
            yield from _misspelt_namespace(view, alarm, metric.namespace)
        elif not namespace.knows(metric.name):
            yield from _absent(view, alarm, namespace, metric.name)
        elif (facts := view.facts(metric)) and facts.region and alarm.region and alarm.region != facts.region:
            yield Found(
                alarm,
                f"{metric} is published in {facts.region} only; the alarm is in {alarm.region}.",
                f"Create the alarm in {facts.region}.",
            )


def _misspelt_namespace(view: View, alarm: Alarm, name: str) -> Iterator[Found]:
    if not name.lower().startswith("aws/"):
        return  # anybody may publish to a namespace of their own
    for known in view.knowledge.namespaces:
        if known != name and known.lower() == name.lower():
            yield Found(
                alarm, f"No namespace is called {name}: upper and lower case count.", f"Write {known}."
            )


def _absent(view: View, alarm: Alarm, namespace: NamespaceFacts, name: str) -> Iterator[Found]:
    variants = [known for known in namespace.metrics if known.lower() == name.lower()]
    if not namespace.complete and not variants:
        return
    homes = view.knowledge.homes(name)
    close = variants or difflib.get_close_matches(name, namespace.metrics, n=1, cutoff=0.8)
    hints = [f"{home} has one of that name" for home in homes] or [f"did you mean {other}" for other in close]
    fix = f"Use a metric that {namespace.name} publishes" + (f" ({' and '.join(hints)})." if hints else ".")
    yield Found(alarm, f"{namespace.name} publishes no metric {name}, so the alarm never gets data.", fix)


@for_each_alarm
def dimensions_published(view: View, alarm: Alarm) -> Iterator[Found]:
    for metric in alarm.metrics:
        if metric.dimensions is None or metric.namespace is None or metric.name is None:
            continue
        written = frozenset(metric.dimensions)
        published = view.stack.published.get((metric.namespace, metric.name))
        facts = view.facts(metric)
        if published is not None:
            if written not in published and not (facts and written in facts.dimension_sets):
                yield Found(
                    alarm, f"ListMetrics shows {metric} with {_sets(published)}, not with {_set(written)}."
                )
        elif facts and facts.dimension_sets and written not in facts.dimension_sets:
            yield Found(
                alarm,
                f"{metric} is never published with {_set(written)}, so the alarm never gets data.",
                f"Use exactly one of these sets: {_sets(facts.dimension_sets)}.",
            )


def _set(dimensions: frozenset[str]) -> str:
    return f"[{', '.join(sorted(dimensions))}]" if dimensions else "no dimensions"


def _sets(sets: tuple[frozenset[str], ...] | frozenset[frozenset[str]]) -> str:
    return ", ".join(sorted(map(_set, sets)))


@for_each_alarm
def dimension_values(view: View, alarm: Alarm) -> Iterator[Found]:
    for metric in alarm.metrics:
        namespace = view.knowledge.namespace(metric.namespace or "")
        if namespace is None:
            continue
        for name, value in (metric.dimensions or {}).items():
            form = namespace.dimensions.get(name)
            if form and value is not None and not re.search(form.pattern, value):
                yield Found(alarm, f"{metric} never has the {name} {value!r}.", f"{name} takes {form.hint}.")
    namespaces = {metric.namespace for metric in alarm.metrics}
    for mention in alarm.references.get("dimensions", ()):
        namespace_name, instead = WRONG_REFERENCES.get(mention, ("", ""))
        if namespace_name in namespaces:
            yield Found(
                alarm,
                f"The dimensions take {mention}, which is a resource id that no {namespace_name} metric "
                "carries.",
                f"Use {instead}.",
            )


@for_each_alarm
def statistic_means_something(view: View, alarm: Alarm) -> Iterator[Found]:
    for metric in alarm.metrics:
        if facts := view.facts(metric):
            for check in (_only, _constant_one, _summed_gauge, _mean_of_flag, _counted_tasks):
                yield from check(alarm, metric, facts)


def _only(alarm: Alarm, metric: Metric, facts: MetricFacts) -> Iterator[Found]:
    if facts.only_statistics and metric.statistic and metric.statistic not in facts.only_statistics:
        allowed = ", ".join(facts.only_statistics)
        yield Found(alarm, f"{metric.statistic} of {metric} is not valid.", f"Use {allowed}.")


def _constant_one(alarm: Alarm, metric: Metric, facts: MetricFacts) -> Iterator[Found]:
    if not facts.constant_one or metric.statistic not in VALUE_STATISTICS:
        return
    message = f"{metric.statistic} of {metric} is 1 whenever there is a sample"
    if alarm.measured is not metric:
        yield Found(alarm, f"{message}, whatever their number.", "Use Sum.", Severity.WARNING)
    elif alarm.threshold is not None and alarm.upward and not _breaches(1, alarm):
        yield Found(alarm, f"{message}, so that it is never {alarm.bound}.", "Use Sum.")


def _breaches(value: float, alarm: Alarm) -> bool:
    if alarm.threshold is None:
        return False
    return {
        "GreaterThanThreshold": value > alarm.threshold,
        "GreaterThanOrEqualToThreshold": value >= alarm.threshold,
        "LessThanThreshold": value < alarm.threshold,
        "LessThanOrEqualToThreshold": value <= alarm.threshold,
    }.get(alarm.comparison or "", False)


def _summed_gauge(alarm: Alarm, metric: Metric, facts: MetricFacts) -> Iterator[Found]:
    if metric.statistic not in facts.meaningless_statistics or alarm.measured is not metric:
        return
    asks_for_any = (
        alarm.upward and alarm.threshold is not None and alarm.threshold <= 1 and facts.unit == "Count"
    )
    if not asks_for_any:
        yield Found(
            alarm,
            f"{metric.statistic} of {metric} adds up samples of one and the same level: it grows with the "
            "number of samples.",
            "Use Average, Minimum or Maximum.",
        )


def _mean_of_flag(alarm: Alarm, metric: Metric, facts: MetricFacts) -> Iterator[Found]:
    if alarm.measured is not metric or not facts.is_flag or metric.statistic != "Average" or not alarm.upward:
        return
    samples = (metric.period or 0) / (facts.resolution or 60)
    if samples > 1 and not _breaches(1 / samples, alarm):
        yield Found(
            alarm,
            f"{metric} is 0 or 1. One failed sample of {samples:g} averages {1 / samples:g}, which is not "
            f"{alarm.bound}.",
            "Use Maximum.",
            Severity.WARNING,
        )


def _counted_tasks(alarm: Alarm, metric: Metric, facts: MetricFacts) -> Iterator[Found]:
    counts = metric.namespace == "AWS/ECS" and facts.unit == "Percent" and metric.statistic == "SampleCount"
    if counts and metric.period not in {60, None} and (alarm.threshold or 0) > 1:
        yield Found(
            alarm,
            f"SampleCount of {metric} is the number of running tasks with a period of 60 s only, not "
            f"{metric.period} s.",
            "Use a period of 60.",
            Severity.WARNING,
        )


RULES = (
    Rule(
        "ALM001",
        Severity.ERROR,
        "The metric does not exist in the namespace",
        "An alarm on a metric that nobody publishes stays in INSUFFICIENT_DATA, or is decided by its "
        "missing-data policy alone: it never fires, or always does.",
        "Take the metric from the namespace that publishes it.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/aws-services-cloudwatch-metrics.html",
        metric_exists,
    ),
    Rule(
        "ALM002",
        Severity.ERROR,
        "The metric is never published with these dimensions",
        "CloudWatch treats every set of dimensions as a metric of its own and adds nothing up. One "
        "dimension too many or too few is another metric, without data.",
        "Write exactly the set of dimensions that the service publishes.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_concepts.html#Dimension",
        dimensions_published,
    ),
    Rule(
        "ALM003",
        Severity.ERROR,
        "A dimension's value has the wrong form",
        "Most dimensions take a name, an id, or the end of an ARN. An ARN, a URL or another resource's id "
        "matches no metric.",
        "Write the value in the form that the service publishes.",
        "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html",
        dimension_values,
    ),
    Rule(
        "ALM004",
        Severity.ERROR,
        "The statistic says nothing about the metric",
        "The sum of a level depends on how often it was sampled; the mean of a 0/1 gauge hides a failed "
        "minute; of some load-balancer counts every statistic but Sum is always 1.",
        "Use a statistic that AWS calls useful for the metric.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Statistics-definitions.html",
        statistic_means_something,
    ),
)
