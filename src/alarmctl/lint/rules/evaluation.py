"""ALM009 to ALM012 and ALM020: do the windows and the missing-data policy serve the alarm's purpose?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from alarmctl.lint.model import Alarm, Metric, Severity
from alarmctl.lint.rules.base import Found, Rule, View, can_be_presence, for_each_alarm
from alarms.knowledge import Gaps, MetricFacts, Role

if TYPE_CHECKING:
    from collections.abc import Iterator

HOUR_SECONDS = 3600
DAY_SECONDS = 86_400
WEEK_SECONDS = 604_800
MINUTE_SECONDS = 60
HIGH_RESOLUTION_PERIODS = (10, 20, 30)
BASIC_MONITORING_SECONDS = 300


def one_breaches(alarm: Alarm) -> bool:
    """Whether a sum of 1 is past the threshold."""
    if alarm.threshold is None or not alarm.upward:
        return False
    return alarm.threshold < 1 or (
        alarm.threshold == 1 and alarm.comparison == "GreaterThanOrEqualToThreshold"
    )


def only_zero_breaches(alarm: Alarm) -> bool:
    """Whether, of whole numbers, 0 alone is past the threshold."""
    if alarm.threshold is None or not alarm.downward:
        return False
    return alarm.threshold < 1 or (alarm.threshold == 1 and alarm.comparison == "LessThanThreshold")


@for_each_alarm
def several_needed_of_a_rare_event(view: View, alarm: Alarm) -> Iterator[Found]:
    metric = alarm.measured
    facts = view.facts(metric) if metric else None
    if metric is None or facts is None or metric.statistic != "Sum":
        return
    rare = facts.role is Role.LOST and facts.gaps is Gaps.ZERO
    if rare and one_breaches(alarm) and alarm.needed is not None and alarm.needed > 1:
        yield Found(
            alarm,
            f"{metric} counts rare losses and sends nothing in between, and the alarm wants {alarm.needed} "
            "bad periods: a single loss never fires it.",
            "Set datapoints_to_alarm to 1.",
        )


@for_each_alarm
def silence(view: View, alarm: Alarm) -> Iterator[Found]:
    metric = alarm.measured
    facts = view.facts(metric) if metric else None
    if metric is None or facts is None or alarm.treat_missing_data is None or alarm.alarm_actions.scaling:
        return
    if _is_presence(alarm, metric, facts):
        yield from _silent_presence(alarm, metric)
    elif alarm.downward and _is_never_zero(alarm, metric, facts):
        yield from _waits_for_zero(alarm, metric)
    elif alarm.upward and metric.statistic != "SampleCount":
        yield from _silent_trouble(alarm, metric, facts)


def _is_presence(alarm: Alarm, metric: Metric, facts: MetricFacts) -> bool:
    by_form = metric.statistic == "SampleCount" and only_zero_breaches(alarm)
    return alarm.downward and (by_form or (can_be_presence(facts) and metric.statistic != "SampleCount"))


def _unheard(alarm: Alarm) -> bool:
    """Whether nobody is told of INSUFFICIENT_DATA."""
    return alarm.treat_missing_data == "missing" and alarm.insufficient_data_actions.is_empty


def _silent_presence(alarm: Alarm, metric: Metric) -> Iterator[Found]:
    if alarm.treat_missing_data in {"notBreaching", "ignore"}:
        state = "OK" if alarm.treat_missing_data == "notBreaching" else "as it was"
        yield Found(
            alarm,
            f"{metric} counts what must be there. When it falls silent, treat_missing_data "
            f"{alarm.treat_missing_data} keeps the alarm {state}.",
            "Set treat_missing_data to breaching.",
        )
    elif _unheard(alarm) and metric.statistic != "SampleCount":
        yield Found(
            alarm,
            f"{metric} counts what must be there. When it falls silent the alarm goes to "
            "INSUFFICIENT_DATA, and nobody is told.",
            "Set treat_missing_data to breaching, or give insufficient_data_actions.",
        )


def _is_never_zero(alarm: Alarm, metric: Metric, facts: MetricFacts) -> bool:
    """Whether the alarm waits for a 0 that is never sent."""
    sent_with_work_only = (
        facts.gaps in {Gaps.IDLE, Gaps.ZERO} and facts.role is Role.OTHER and facts.unit == "Count"
    )
    return sent_with_work_only and metric.statistic == "Sum" and only_zero_breaches(alarm)


def _waits_for_zero(alarm: Alarm, metric: Metric) -> Iterator[Found]:
    if alarm.treat_missing_data in {"notBreaching", "ignore"} or _unheard(alarm):
        yield Found(
            alarm,
            f"{metric} is not sent at all while there is nothing to count, so that {alarm.bound} is never "
            "met by a value.",
            "Set treat_missing_data to breaching.",
            Severity.ERROR,
        )


def _silent_trouble(alarm: Alarm, metric: Metric, facts: MetricFacts) -> Iterator[Found]:
    policy = alarm.treat_missing_data
    is_error = facts.role in {Role.ERROR, Role.LOST}
    if is_error and facts.gaps is Gaps.ZERO and policy in OF_SPARSE_ERRORS:
        consequence, severity = OF_SPARSE_ERRORS[policy]
        yield Found(
            alarm,
            f"{metric} is sent only when it is not zero: treat_missing_data {policy} {consequence}.",
            "Set treat_missing_data to notBreaching.",
            severity,
        )
    elif is_error and facts.gaps is Gaps.IDLE and policy == "breaching":
        yield Found(
            alarm,
            f"{metric} is sent only while there is work: with treat_missing_data breaching the alarm fires "
            "when there is none.",
            "Set treat_missing_data to notBreaching.",
        )
    elif facts.gaps is Gaps.GONE and policy == "breaching":
        yield Found(
            alarm,
            f"{metric} stops when its resource is stopped or scaled to zero: with treat_missing_data "
            f"breaching that reads as {alarm.bound}.",
            "Set treat_missing_data to missing or notBreaching, and watch for absence with an alarm of its "
            "own.",
        )


OF_SPARSE_ERRORS = {
    "breaching": ("makes the alarm fire whenever there is no error", Severity.ERROR),
    "missing": (
        "lets one bad datapoint before a silence decide alone, and ends in INSUFFICIENT_DATA instead of OK",
        Severity.WARNING,
    ),
    "ignore": ("leaves the alarm in ALARM after the last error", Severity.WARNING),
}


@for_each_alarm
def finer_than_published(view: View, alarm: Alarm) -> Iterator[Found]:
    for metric in alarm.metrics:
        facts = view.facts(metric)
        if metric.period is None or facts is None:
            continue
        resolution = facts.resolution or (MINUTE_SECONDS if facts.namespace.startswith("AWS/") else 0)
        if (metric.dimensions or {}).get(
            "InstanceId"
        ) in view.stack.basic_monitoring and not facts.resolution:
            resolution = BASIC_MONITORING_SECONDS
        if metric.period < resolution:
            high = metric.period < MINUTE_SECONDS
            cost = ", at three times the price" if high else ""
            yield Found(
                alarm,
                f"{metric} has a datapoint every {resolution} s, and the period is {metric.period} s: most "
                f"periods are empty{cost}.",
                f"Use a period of {resolution} or more.",
                Severity.ERROR if high else Severity.WARNING,
            )


@for_each_alarm
def window(view: View, alarm: Alarm) -> Iterator[Found]:  # noqa: ARG001 -- every rule has the same form
    n, m = alarm.evaluation_periods, alarm.datapoints_to_alarm
    if n is not None and n < 1:
        yield Found(alarm, f"evaluation_periods is {n}.", "Use 1 or more.")
    if n is not None and m is not None and not 1 <= m <= n:
        yield Found(
            alarm, f"{m} datapoints of {n} periods can never breach.", f"Set datapoints_to_alarm to 1 to {n}."
        )
    for period in sorted({metric.period for metric in alarm.metrics if metric.period is not None}):
        if period not in HIGH_RESOLUTION_PERIODS and (period < MINUTE_SECONDS or period % MINUTE_SECONDS):
            yield Found(
                alarm, f"A period of {period} s does not exist.", "Use 10, 20, 30 or a multiple of 60."
            )
            continue
        limit = WEEK_SECONDS if period >= HOUR_SECONDS else DAY_SECONDS
        if n is not None and n * period > limit:
            yield Found(
                alarm,
                f"{n} periods of {period} s are {n * period} s; CloudWatch looks back {limit} s at most.",
                f"Use at most {limit // period} evaluation periods.",
            )


@for_each_alarm
def percentile_of_few(view: View, alarm: Alarm) -> Iterator[Found]:  # noqa: ARG001 -- every rule has the same form
    metric = alarm.metric
    if metric is not None and metric.is_percentile and alarm.low_samples == "":
        yield Found(
            alarm,
            f"{metric.statistic} of a handful of samples is little more than the worst of them, and "
            "nothing is said about few samples.",
        )


RULES = (
    Rule(
        "ALM009",
        Severity.WARNING,
        "A rare event must happen several times",
        "A metric that is sent only when something was lost has hardly ever two datapoints in a row. An "
        "alarm that wants M of them misses the single loss that it was made for.",
        "Set datapoints_to_alarm to 1.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarm-evaluation",
        several_needed_of_a_rare_event,
    ),
    Rule(
        "ALM010",
        Severity.WARNING,
        "The missing-data policy works against the alarm",
        "Silence means different things: no error, no work, a stopped machine, or the outage itself. An "
        "alarm on presence must fire on silence, one on rare errors must not, one on a resource that may "
        "be stopped must not either.",
        "presence: breaching; rare errors: notBreaching; what may be stopped: missing or notBreaching.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data",
        silence,
    ),
    Rule(
        "ALM011",
        Severity.WARNING,
        "The period is finer than the metric",
        "With a period shorter than the metric's own interval most periods are empty, and the missing-data "
        "policy decides instead of the data. Periods under a minute also cost three times as much.",
        "Use a period no shorter than the metric's interval.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#evaluating-metric-data",
        finer_than_published,
    ),
    Rule(
        "ALM012",
        Severity.ERROR,
        "The window is impossible",
        "More breaching datapoints than periods can never come together, and CloudWatch looks back a day "
        "at most, or a week with periods of an hour and longer. It refuses such alarms when they are "
        "applied.",
        "Keep 1 <= datapoints_to_alarm <= evaluation_periods and the window within the limit.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html",
        window,
    ),
    Rule(
        "ALM020",
        Severity.NOTE,
        "A percentile without a word about few samples",
        "At night the p99 of five requests is the slowest of the five. CloudWatch evaluates that like any "
        "other value unless it is told to ignore it.",
        "Set evaluate_low_sample_count_percentiles: ignore to wait for enough samples, evaluate to say "
        "that few are enough.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#percentiles-with-low-samples",
        percentile_of_few,
    ),
)
