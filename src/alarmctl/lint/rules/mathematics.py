"""ALM013 and ALM022: metric math and Metrics Insights."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from alarmctl.lint import expressions
from alarmctl.lint.model import Alarm, Metric, Severity
from alarmctl.lint.rules.base import Found, Rule, View, for_each_alarm
from alarms.knowledge import Gaps, Role
from alarms.metric_math import WORDS, Call, Name, mentions, parse
from alarms.model import AlarmError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_METRICS = 10
INSIGHTS_RANGE_SECONDS = 10_800
GROUP_BY = re.compile(
    r"\bGROUP\s+BY\s+(?P<keys>.+?)(?=\bORDER\s+BY\b|\bLIMIT\b|$)", re.IGNORECASE | re.DOTALL
)
ORDER_BY = re.compile(r"\bORDER\s+BY\b", re.IGNORECASE)
# Their values come and go by the thousand; 500 series is all that an alarm looks at.
UNBOUNDED_KEYS = frozenset({"taskid", "containerid", "requestid", "podname", "fullpodname", "executionid"})


@for_each_alarm
def arithmetic(view: View, alarm: Alarm) -> Iterator[Found]:
    if not alarm.queries or "metric_query" in alarm.unknown:
        return
    broken = [*_shape(alarm), *_syntax(alarm)]
    yield from broken
    if broken or expressions.is_insights(alarm.expression):
        return
    for check in (_ratios, _guards, _filled, _rates):
        yield from check(view, alarm)


def _shape(alarm: Alarm) -> Iterator[Found]:
    periods = sorted({metric.period for metric in alarm.metrics if metric.period})
    if len(periods) > 1:
        yield Found(
            alarm,
            f"The metrics have periods of {' and '.join(map(str, periods))} s.",
            "Give all of them the same period.",
            Severity.ERROR,
        )
    if len(alarm.metrics) > MAX_METRICS:
        yield Found(
            alarm,
            f"{len(alarm.metrics)} metrics; an alarm takes {MAX_METRICS}.",
            "Split the alarm.",
            Severity.ERROR,
        )
    returned = [
        query.id for query in alarm.queries if query.returned and query.id != alarm.threshold_metric_id
    ]
    if len(returned) != 1:
        what = ", ".join(returned) or "none"
        yield Found(
            alarm,
            f"One query must return data; here: {what}.",
            "Set return_data on one query alone.",
            Severity.ERROR,
        )


def _syntax(alarm: Alarm) -> Iterator[Found]:
    ids = {query.id for query in alarm.queries}
    for query in alarm.queries:
        if not query.expression or expressions.is_insights(query.expression):
            continue
        try:
            tree = parse(query.expression)
        except AlarmError as error:
            yield Found(alarm, f"{query.id}: {error}.", "Correct the expression.", Severity.ERROR)
            continue
        if any(isinstance(n, Call) and n.function == "SEARCH" for n in expressions.nodes(tree)):
            yield Found(
                alarm, f"{query.id}: alarms take no SEARCH.", "Name the metrics one by one.", Severity.ERROR
            )
        unknown = sorted(name for name in mentions(tree) if name not in ids and name not in WORDS)
        if unknown:
            yield Found(
                alarm,
                f"{query.id}: no query has the id {unknown[0]}.",
                f"Known ids: {', '.join(sorted(ids))}.",
                Severity.ERROR,
            )


def _ratios(view: View, alarm: Alarm) -> Iterator[Found]:
    tree = expressions.parsed(alarm)
    guarded = tree is not None and any(
        isinstance(n, Call) and n.function == "IF" for n in expressions.nodes(tree)
    )
    for ratio in expressions.ratios(alarm):
        for part in ratio.numerator:
            facts = view.facts(part)
            for whole in ratio.denominator:
                if facts is None or facts.share_of != whole.name or part.namespace != whole.namespace:
                    continue
                if part.statistic != whole.statistic:
                    yield Found(
                        alarm,
                        f"{part.statistic} of {part.name} divided by {whole.statistic} of {whole.name} is "
                        "the share of nothing.",
                        "Use the same statistic on both sides.",
                    )
                elif facts.role is Role.ERROR and not guarded and alarm.needed == 1 and alarm.upward:
                    yield Found(
                        alarm,
                        "One failure of one request is 100 %, and one datapoint is enough: "
                        f"{alarm.expression}.",
                        f"Guard it, as IF({whole.name} >= 100, …, 0), or want several datapoints.",
                        Severity.NOTE,
                    )
        yield from _two_sources(view, alarm, ratio)


def _two_sources(view: View, alarm: Alarm, ratio: expressions.Ratio) -> Iterator[Found]:
    """Metric math reads a silent numerator as 0."""
    above, below = ({metric.namespace for metric in side} for side in (ratio.numerator, ratio.denominator))
    known = [view.facts(metric) for metric in (*ratio.numerator, *ratio.denominator)]
    if above.isdisjoint(below) and all(known) and alarm.upward:
        counts_errors = any(f and f.role in {Role.ERROR, Role.LOST} for f in known)
        if not counts_errors:
            yield Found(
                alarm,
                f"{_names(ratio.numerator)} and {_names(ratio.denominator)} come from different sources: "
                "when the first alone falls silent it counts as 0, and the alarm reads OK.",
                "Divide metrics of one source.",
                Severity.NOTE,
            )


def _names(metrics: tuple[Metric, ...]) -> str:
    return ", ".join(str(metric) for metric in metrics)


def _guards(view: View, alarm: Alarm) -> Iterator[Found]:
    tree = expressions.parsed(alarm)
    for condition, value in expressions.guards(tree) if tree else ():
        guarding = {metric.name for metric in expressions.metrics_in(condition, alarm)}
        for metric in expressions.metrics_in(value, alarm):
            facts = view.facts(metric)
            if facts and facts.outside_of and guarding == {facts.outside_of}:
                yield Found(
                    alarm,
                    f"{facts.outside_of} does not count what {metric.name} counts: in a total outage the "
                    "guard is false and the alarm silent.",
                    f"Guard on {facts.outside_of} + {metric.name}.",
                )


def _filled(view: View, alarm: Alarm) -> Iterator[Found]:  # noqa: ARG001 -- as the other checks
    tree = expressions.parsed(alarm)
    if tree is None or alarm.threshold is None or alarm.needed is None:
        return
    if not any(isinstance(n, Call) and n.function == "FILL" for n in expressions.nodes(tree)):
        return
    try:
        newest = expressions.value_in_silence(tree)
    except expressions.Undecided:
        return
    if newest is None:
        return
    breaching = {
        "GreaterThanThreshold": newest > alarm.threshold,
        "GreaterThanOrEqualToThreshold": newest >= alarm.threshold,
        "LessThanThreshold": newest < alarm.threshold,
        "LessThanOrEqualToThreshold": newest <= alarm.threshold,
    }.get(alarm.comparison or "")
    stuck = "in ALARM" if breaching and alarm.needed == 1 else "outside ALARM"
    if (breaching and alarm.needed == 1) or (breaching is False and alarm.needed == alarm.evaluation_periods):
        yield Found(
            alarm,
            f"Until the newest datapoint has come in, FILL makes it {newest:g}: with {alarm.needed} of "
            f"{alarm.evaluation_periods} that keeps the alarm {stuck}.",
            "Want M of N datapoints with M below N, or let treat_missing_data fill the gaps.",
        )


def _rates(view: View, alarm: Alarm) -> Iterator[Found]:
    tree = expressions.parsed(alarm)
    for node in expressions.nodes(tree) if tree else ():
        if not isinstance(node, Call) or node.function != "RATE":
            continue
        for argument in node.arguments:
            metric = alarm.by_id.get(argument.id) if isinstance(argument, Name) else None
            facts = view.facts(metric) if metric else None
            if facts and facts.gaps is Gaps.ZERO:
                yield Found(
                    alarm,
                    f"RATE of {metric}, which is sent only when it is not zero, is unpredictable.",
                    "Use Sum.",
                )


@for_each_alarm
def insights(view: View, alarm: Alarm) -> Iterator[Found]:  # noqa: ARG001 -- every rule has the same form
    query = next((q for q in alarm.queries if q.returned and expressions.is_insights(q.expression)), None)
    if query is None or query.expression is None:
        return
    grouped = GROUP_BY.search(query.expression)
    if grouped and not ORDER_BY.search(query.expression):
        yield Found(
            alarm,
            "GROUP BY without ORDER BY: which 500 series are looked at is left to chance.",
            "Add ORDER BY … DESC.",
        )
    if grouped and alarm.downward:
        yield Found(
            alarm,
            "A series that vanishes counts as OK in a grouped query, so that this is no heartbeat.",
            "Make one alarm for each resource, with treat_missing_data breaching.",
        )
    keys = {key.strip(' "').lower() for key in grouped["keys"].split(",")} if grouped else set()
    if unbounded := sorted(keys & UNBOUNDED_KEYS):
        yield Found(
            alarm,
            f"GROUP BY {unbounded[0]} passes 500 series, of which the alarm sees no more.",
            "Group by a steady key.",
        )
    if (
        query.period
        and alarm.evaluation_periods
        and query.period * alarm.evaluation_periods > INSIGHTS_RANGE_SECONDS
    ):
        yield Found(
            alarm,
            f"{alarm.evaluation_periods} periods of {query.period} s; a query looks back "
            f"{INSIGHTS_RANGE_SECONDS} s.",
            f"Use at most {INSIGHTS_RANGE_SECONDS // query.period} evaluation periods.",
            Severity.ERROR,
        )


RULES = (
    Rule(
        "ALM013",
        Severity.WARNING,
        "Metric math that does not say what it means",
        "Mixed statistics compare a mean with a peak; a missing side counts as 0; a guard on requests is "
        "false when no request gets through; FILL puts its constant where the newest datapoint has not "
        "arrived yet; a broken expression never has a value.",
        "Same statistic and period on both sides, a guard that counts the failures, M of N with FILL.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html",
        arithmetic,
    ),
    Rule(
        "ALM022",
        Severity.WARNING,
        "A Metrics Insights alarm that sees less than it seems to",
        "An alarm looks at 500 series, the first ones in ORDER BY, over three hours, and takes a series "
        "that vanished for well.",
        "GROUP BY a steady key, ORDER BY the worst first, and watch for absence elsewhere.",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-metrics-insights-alarms.html",
        insights,
    ),
)
