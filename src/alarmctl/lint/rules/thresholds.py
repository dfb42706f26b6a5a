"""ALM005 to ALM008: can the threshold be met, and does meeting it mean trouble?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alarmctl.lint import expressions
from alarmctl.lint.model import Alarm, Metric, Severity
from alarmctl.lint.rules.base import Found, Rule, View, for_each_alarm, samples_as_values
from alarms.knowledge import INFINITY, MetricFacts, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

UNITS = frozenset(
    [
        "Seconds",
        "Microseconds",
        "Milliseconds",
        "Bytes",
        "Kilobytes",
        "Megabytes",
        "Gigabytes",
        "Terabytes",
        "Bits",
        "Kilobits",
        "Megabits",
        "Gigabits",
        "Terabits",
        "Percent",
        "Count",
        "Bytes/Second",
        "Kilobytes/Second",
        "Megabytes/Second",
        "Gigabytes/Second",
        "Terabytes/Second",
        "Bits/Second",
        "Kilobits/Second",
        "Megabits/Second",
        "Gigabits/Second",
        "Terabits/Second",
        "Count/Second",
        "None",
    ]
)
DEAD_LETTER_QUEUE = re.compile(
    r"(^|[-_.])(dlq|dlqs|dead|deadletter|dead[-_]?letters?)([-_.]|$)", re.IGNORECASE
)
RESERVATION = ("AWS/ECS/ManagedScaling", "CapacityProviderReservation")
FULL = 100  # percent


@for_each_alarm
def direction(view: View, alarm: Alarm) -> Iterator[Found]:
    metric = alarm.measured
    facts = view.facts(metric) if metric else None
    if metric is None or facts is None or not view.is_for_people(alarm) or metric.statistic == "SampleCount":
        return
    if facts.better == "high" and alarm.upward and not _is_capacity_alarm(alarm, facts):
        yield Found(
            alarm, f"{metric} is good when it is high, and the alarm fires {alarm.bound}.", "Use < or <=."
        )
    bad_when_high = facts.better == "low" or facts.role in {Role.ERROR, Role.LOST}
    if bad_when_high and alarm.downward:
        yield Found(
            alarm, f"{metric} is good when it is low, and the alarm fires {alarm.bound}.", "Use > or >=."
        )


def _is_capacity_alarm(alarm: Alarm, facts: MetricFacts) -> bool:
    """More healthy hosts than some number may be unwanted; more than none cannot."""
    return facts.role is Role.PRESENCE and (alarm.threshold is None or alarm.threshold > 1)


@for_each_alarm
def unit_and_domain(view: View, alarm: Alarm) -> Iterator[Found]:
    for metric in alarm.metrics:
        yield from _unit(view, alarm, metric)
    if alarm.measured and (facts := view.facts(alarm.measured)):
        yield from _domain(view, alarm, alarm.measured, facts)
    yield from _fraction(view, alarm)


def _unit(view: View, alarm: Alarm, metric: Metric) -> Iterator[Found]:
    facts = view.facts(metric)
    if metric.unit is None:
        return
    if metric.unit not in UNITS:
        yield Found(
            alarm, f"{metric.unit!r} is no CloudWatch unit.", "Leave unit out, or use one such as Percent."
        )
    elif facts and facts.unit and metric.unit != facts.unit:
        yield Found(
            alarm,
            f"{metric} is published in {facts.unit}; with unit {metric.unit} the alarm never gets data.",
            "Leave unit out.",
        )


def _outcome(alarm: Alarm, low: float, high: float) -> str:
    """What the comparison gives for every value from low to high: never, always, or depends."""
    bound = alarm.threshold or 0.0
    never = {
        "GreaterThanThreshold": high <= bound,
        "GreaterThanOrEqualToThreshold": high < bound,
        "LessThanThreshold": low >= bound,
        "LessThanOrEqualToThreshold": low > bound,
    }
    always = {
        "GreaterThanThreshold": low > bound,
        "GreaterThanOrEqualToThreshold": low >= bound,
        "LessThanThreshold": high < bound,
        "LessThanOrEqualToThreshold": high <= bound,
    }
    if never.get(alarm.comparison or "", False):
        return "never"
    return "always" if always.get(alarm.comparison or "", False) else "depends"


def _domain(view: View, alarm: Alarm, metric: Metric, facts: MetricFacts) -> Iterator[Found]:
    if alarm.threshold is None or not samples_as_values(metric):
        return
    bounded = facts.minimum > -INFINITY and facts.maximum < INFINITY
    outcome = _outcome(alarm, facts.minimum, facts.maximum) if bounded else "depends"
    outside = not facts.minimum <= alarm.threshold <= facts.maximum
    if (
        bounded
        and (outside or outcome == "never")
        and outcome != "depends"
        and not _fires_on_silence(alarm, outcome)
    ):
        yield Found(
            alarm,
            f"{metric} lies between {facts.minimum:g} and {facts.maximum:g}, so that {alarm.bound} is "
            f"{outcome} true." + (f" Note: {facts.implausible_why}." if facts.implausible_why else ""),
            "Set a threshold inside these bounds.",
        )
    elif _implausible(view, alarm, facts):
        yield Found(
            alarm,
            f"{metric} {alarm.bound} was meant in another unit: {facts.implausible_why}.",
            "Give the threshold in the metric's own unit.",
            Severity.WARNING,
        )
    elif _said_in_percent(alarm, facts):
        yield Found(
            alarm,
            f"The text says {alarm.threshold:g} %, and {metric} is not in percent "
            f"({'CPU units' if facts.unit == 'None' else facts.unit}).",
            "Divide it by what is reserved or allocated, times 100.",
            Severity.WARNING,
        )
    elif facts.unit == "Percent" and alarm.upward and 0.5 <= alarm.threshold < 1:  # half to all of one
        yield Found(
            alarm,
            f"{metric} is in percent: {alarm.bound} is less than one percent.",
            f"Write {alarm.threshold * 100:g}.",
            Severity.WARNING,
        )


def _said_in_percent(alarm: Alarm, facts: MetricFacts) -> bool:
    """Whether the text gives the very threshold in percent, of a metric that is in bytes or CPU units."""
    absolute = facts.unit in {"Bytes", "Megabytes", "Gigabytes"} or (
        facts.unit == "None" and facts.share_of is not None
    )
    said = re.search(
        rf"(?<![\d.]){re.escape(f'{alarm.threshold:g}')}\s?(%|percent)", alarm.text, re.IGNORECASE
    )
    return absolute and said is not None


def _fires_on_silence(alarm: Alarm, outcome: str) -> bool:
    """An alarm that no value meets may still be meant to fire when values stop."""
    return outcome == "never" and alarm.treat_missing_data == "breaching"


def _implausible(view: View, alarm: Alarm, facts: MetricFacts) -> bool:
    bound = alarm.threshold
    if bound is None or not facts.implausible_why:
        return False
    if facts.name == "EphemeralStorageUtilized":
        said = re.search(r"\bGi?B\b|gigabyte", alarm.text, re.IGNORECASE)
        roomy = view.stack.ephemeral_unknown or any(size > bound for size in view.stack.ephemeral_gib)
        if said or roomy:
            return False
    return bound > facts.implausible_above or 0 < bound < facts.implausible_below


def _fraction(view: View, alarm: Alarm) -> Iterator[Found]:
    """A share of one held against a percentage."""
    if alarm.threshold is None or alarm.threshold <= 1 or not alarm.upward:
        return
    for ratio in expressions.ratios(alarm):
        shares = [view.facts(metric) for metric in ratio.numerator]
        whole = {metric.name for metric in ratio.denominator}
        if (
            not ratio.is_scaled
            and shares
            and len(whole) == 1
            and all(f and f.share_of in whole for f in shares)
        ):
            yield Found(
                alarm,
                f"{alarm.expression} is a share of one, and {alarm.bound} asks for "
                f"{alarm.threshold * 100:g} %.",
                "Multiply the expression by 100, or divide the threshold by 100.",
            )
            return


@for_each_alarm
def always_or_never(view: View, alarm: Alarm) -> Iterator[Found]:
    metric = alarm.measured
    facts = view.facts(metric) if metric else None
    if metric is None or facts is None or alarm.threshold is None or not view.is_for_people(alarm):
        return
    if samples_as_values(metric):
        low, high = facts.minimum, facts.maximum
    elif metric.statistic == "Sum" and facts.minimum >= 0:
        low, high = 0.0, INFINITY
    else:
        return
    bounded = samples_as_values(metric) and low > -INFINITY and high < INFINITY
    outcome = _outcome(alarm, low, high)
    if outcome == "depends" and facts.positive and low == 0 and alarm.upward and alarm.threshold == 0:
        outcome = "always"
    if outcome == "always" and (not bounded or low <= alarm.threshold <= high):
        yield Found(
            alarm,
            f"{metric} {alarm.bound} is true of every datapoint{_in_unit(facts)}.",
            "Raise the threshold.",
        )
    elif outcome == "never" and not bounded and not _fires_on_silence(alarm, outcome):
        yield Found(alarm, f"{metric} {alarm.bound} is true of no datapoint{_in_unit(facts)}.")
    elif _reservation_at_target(view, alarm, metric):
        yield Found(
            alarm,
            f"Managed scaling holds {metric} at its target of 100 %, so that {alarm.bound} is true at rest.",
            "Use > 100: tasks then wait for instances.",
            Severity.WARNING,
        )


def _in_unit(facts: MetricFacts) -> str:
    return f" (the unit is {facts.unit})" if facts.unit in {"Milliseconds", "Seconds", "Bytes"} else ""


def _reservation_at_target(view: View, alarm: Alarm, metric: Metric) -> bool:
    at_full = alarm.comparison == "GreaterThanOrEqualToThreshold" and alarm.threshold == FULL
    known_lower = bool(view.stack.capacity_targets) and FULL not in view.stack.capacity_targets
    return (metric.namespace, metric.name) == RESERVATION and at_full and not known_lower


@for_each_alarm
def off_by_one(view: View, alarm: Alarm) -> Iterator[Found]:
    metric = alarm.measured
    facts = view.facts(metric) if metric else None
    if (
        metric is None
        or facts is None
        or alarm.threshold is None
        or metric.statistic not in {"Sum", "Maximum"}
    ):
        return
    one_matters = facts.role is Role.LOST or _is_dead_letter_depth(metric)
    if one_matters and alarm.comparison == "GreaterThanThreshold" and 1 <= alarm.threshold < 2:
        yield Found(alarm, f"{metric} {alarm.bound} stays silent about a single one.", "Use > 0.")


def _is_dead_letter_depth(metric: Metric) -> bool:
    queue = (metric.dimensions or {}).get("QueueName") or ""
    return metric.name == "ApproximateNumberOfMessagesVisible" and bool(DEAD_LETTER_QUEUE.search(queue))


RULES = (
    Rule(
        "ALM005",
        Severity.WARNING,
        "The comparison points the wrong way",
        "The alarm fires while all is well and is silent in trouble: a success rate that is too high, an "
        "error count that is too low.",
        "Turn the comparison round.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Best_Practice_Recommended_Alarms_AWS_Services.html",
        direction,
    ),
    Rule(
        "ALM006",
        Severity.ERROR,
        "Unit or threshold do not fit the metric",
        "Fraction for percent, gigabytes for percent, milliseconds for seconds: the threshold lies where "
        "the metric never goes. An alarm with a unit other than the published one gets no data at all.",
        "Give the threshold in the metric's own unit, and leave `unit` out.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
        unit_and_domain,
    ),
    Rule(
        "ALM007",
        Severity.ERROR,
        "The threshold is always met, or never",
        "A bound at the very end of what a metric can be is true of every datapoint, or of none.",
        "Choose a threshold between what is normal and what is not.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html",
        always_or_never,
    ),
    Rule(
        "ALM008",
        Severity.WARNING,
        "Off by one: a single loss goes unheard",
        "Some counts are of things lost for good, such as a notification that was not delivered. `> 1` "
        "misses the first.",
        "Use > 0.",
        "https://docs.aws.amazon.com/sns/latest/dg/sns-monitoring-using-cloudwatch.html",
        off_by_one,
    ),
)
