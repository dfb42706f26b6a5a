"""Say in one sentence what an alarm's state change means.

CloudWatch's reason is the only thing that every source carries alike, so the values come from there.
Its forms: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-actions.html and the
samples of cloudwatch-and-eventbridge.html. A reason in another form is shown as it is.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from dataclasses import dataclass

from notify_slack.facts import AlarmFacts, Metric, alarm_name
from notify_slack.mrkdwn import code, one_line
from notify_slack.quantity import beside, duration, periods, quantity, span, unit_of

SHOWN_VALUES = 3  # more values than this are told as a range

_NUMBER = r"-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?"
_VALUE = re.compile(rf"({_NUMBER}) \(\d\d/\d\d/\d\d \d\d:\d\d:\d\d\)")
_OLD_VALUE = re.compile(rf"datapoint \(({_NUMBER})\)")
_COUNT = re.compile(r"Crossed: (\d{1,6})(?: out of the last (\d{1,6}))? (?:datapoint|query result)")
_THRESHOLD = re.compile(
    rf"(greater than or equal to|greater than|less than or equal to|less than) the threshold \(({_NUMBER})\)"
)
_LOWER = re.compile(rf"lower thresholds \[({_NUMBER})")
_UPPER = re.compile(rf"upper thresholds \[({_NUMBER})")
_MISSING = re.compile(r"(\d{1,6}) missing datapoints? (?:was|were) treated as \[(Breaching|NonBreaching)\]")
_NOTHING = re.compile(r"no datapoints were received for (\d{1,6}) period")
_INSUFFICIENT = re.compile(r"^Insufficient Data: (\d{1,6}) datapoint")

_COMPARISONS = {
    "greater than or equal to": "≥",
    "greater than": ">",
    "less than or equal to": "≤",
    "less than": "<",
}
_MISSING_AS = {"Breaching": "breaching", "NonBreaching": "not breaching"}

_IDENTIFIER = re.compile(r"\b[a-z]\w*\b")
_DEFAULT_LABEL = re.compile(r"Expression\d+")  # what the console writes when nobody named it
_PERCENTAGE = re.compile(r"100\s*\*\s*\(?\s*\w+\s*/\s*\w+\s*\)?|\(?\s*\w+\s*/\s*\w+\s*\)?\s*\*\s*100")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reason says. `values` are in time order, oldest first."""

    values: tuple[float, ...] = ()
    count: int | None = None
    out_of: int | None = None
    comparison: str = ""
    threshold: float | None = None
    lower: float | None = None
    upper: float | None = None
    missing: int = 0
    missing_as: str = ""
    silent_periods: int | None = None


def read(reason: str) -> Reading:
    """What CloudWatch's reason says; an empty Reading when it is in no known form."""
    silent = _INSUFFICIENT.search(reason) or _NOTHING.search(reason)
    if not silent and not reason.startswith(("Threshold Crossed:", "Thresholds Crossed:")):
        return Reading()
    values = [float(value) for value in _VALUE.findall(reason) or _OLD_VALUE.findall(reason)]
    count, threshold, missing = _COUNT.search(reason), _THRESHOLD.search(reason), _MISSING.search(reason)
    found = Reading(
        values=tuple(reversed(values)),
        count=int(count[1]) if count else None,
        out_of=int(count[2]) if count and count[2] else None,
        comparison=_COMPARISONS[threshold[1]] if threshold else "",
        threshold=float(threshold[2]) if threshold else None,
        lower=_first(_LOWER, reason),
        upper=_first(_UPPER, reason),
        missing=int(missing[1]) if missing else 0,
        missing_as=_MISSING_AS[missing[2]] if missing else "",
        silent_periods=int(silent[1]) if silent else None,
    )
    limits = (limit for limit in (found.threshold, found.lower, found.upper) if limit is not None)
    # A number beyond what a float holds is none that CloudWatch writes.
    return found if all(map(math.isfinite, (*found.values, *limits))) else Reading()


def watched(facts: AlarmFacts) -> Metric | None:
    """The metric or expression that is compared with the threshold."""
    returned = [metric for metric in facts.metrics if metric.returned]
    plain = [metric for metric in returned if "ANOMALY_DETECTION_BAND" not in metric.expression]
    return next(iter(plain or returned), None)


def subject(facts: AlarmFacts) -> str:
    """What the alarm watches: label and formula with the metrics' names, or statistic and metric."""
    metric = watched(facts)
    if metric is None:
        return ""
    if not metric.expression:
        stat = f"{metric.stat} of " if metric.stat else ""
        return f"{stat}{code(metric.name)}" if metric.name else ""
    formula = _formula(metric.expression, facts.metrics)
    label = "" if _DEFAULT_LABEL.fullmatch(metric.label) else one_line(metric.label)
    return (
        f"{label}, {code(formula)}," if label and label not in (formula, metric.expression) else code(formula)
    )


def unit(facts: AlarmFacts) -> str:
    """The unit of what is watched; a share times 100 is a percentage."""
    metric = watched(facts)
    if metric is None:
        return ""
    if metric.expression:
        return "Percent" if _PERCENTAGE.fullmatch(metric.expression.strip()) else ""
    return unit_of(metric) or facts.unit


def threshold(facts: AlarmFacts, reading: Reading) -> str:
    """`threshold ≥ 80 %`, `expected 0.2 to 0.3`, or nothing when neither is known."""
    told = unit(facts)
    if reading.lower is not None and reading.upper is not None:
        return f"expected {span(reading.lower, reading.upper, told)}"
    if reading.upper is not None:
        return f"expected at most {quantity(reading.upper, told)}"
    if reading.lower is not None:
        return f"expected at least {quantity(reading.lower, told)}"
    limit = facts.threshold if facts.threshold is not None else reading.threshold
    comparison = facts.comparison or reading.comparison
    return f"threshold {comparison} {quantity(limit, told)}".replace("  ", " ") if limit is not None else ""


def limits(facts: AlarmFacts, reading: Reading) -> tuple[float, ...]:
    """What the values were compared with: a threshold, the ends of a band, or nothing that is known."""
    if facts.limits:
        return facts.limits
    threshold = facts.threshold if facts.threshold is not None else reading.threshold
    return tuple(limit for limit in (threshold, reading.lower, reading.upper) if limit is not None)


def sentence(facts: AlarmFacts) -> str:
    """What crossed what, with values and units; CloudWatch's own reason when it is in another form."""
    reading = read(facts.reason)
    limit = threshold(facts, reading)
    what = subject(facts) or code(facts.name) or "the metric"
    if facts.rule or facts.children:
        return _composite(facts)
    if reading.silent_periods is not None:
        return _silence(facts, reading, limit)
    if not reading.values:
        return one_line(facts.reason) + (
            f" ({what.rstrip(',')}, {limit})" if limit and subject(facts) else ""
        )
    said = (
        f"{what} was {_values(reading.values, unit(facts), limits(facts, reading))}{_window(facts, reading)}"
    )
    return "; ".join(part for part in (said, limit, _missing(reading)) if part)


def brief(facts: AlarmFacts) -> str:
    """A few words for a list or a lock screen: the newest value and the threshold."""
    reading = read(facts.reason)
    if facts.rule or facts.children:
        return _children(facts) or one_line(facts.reason)
    if reading.silent_periods is not None:
        return "no data"
    if not reading.values:
        return one_line(facts.reason)
    newest = beside(reading.values[-1], limits(facts, reading), unit(facts))
    return ", ".join(part for part in (newest, threshold(facts, reading)) if part)


def lasted(facts: AlarmFacts) -> str:
    """How long the previous state held, or nothing when a time is unknown."""
    if facts.at is None or facts.previous_at is None or facts.previous_at >= facts.at:
        return ""
    return duration((facts.at - facts.previous_at).total_seconds())


def condition(facts: AlarmFacts) -> str:
    """How many breaching datapoints it takes: `2 of 3 minutes`."""
    if facts.evaluation_periods is None:
        return ""
    needed = facts.datapoints_to_alarm or facts.evaluation_periods
    return f"{needed} of {periods(facts.evaluation_periods, _period(facts))}"


def _first(pattern: re.Pattern[str], text: str) -> float | None:
    found = pattern.search(text)
    return float(found[1]) if found else None


def _formula(expression: str, metrics: tuple[Metric, ...]) -> str:
    """The expression with each id replaced by its metric's name, where that name is not ambiguous."""
    shared = Counter(metric.name for metric in metrics)
    names = {metric.id: metric.name for metric in metrics if metric.name and shared[metric.name] == 1}
    return _IDENTIFIER.sub(lambda found: names.get(found[0], found[0]), expression)


def _values(values: tuple[float, ...], told: str, compared: tuple[float, ...]) -> str:
    if len(values) > SHOWN_VALUES:
        return span(min(values), max(values), told, compared)
    texts = [beside(value, compared, told) for value in values]
    if len(set(texts)) == 1:
        return texts[0]
    return f"{', '.join(texts[:-1])} and {texts[-1]}"


def _window(facts: AlarmFacts, reading: Reading) -> str:
    if reading.count is None:
        return ""
    total = max(reading.out_of or facts.evaluation_periods or 1, reading.count)
    if total == 1:
        return f" in the last {periods(1, _period(facts)).removeprefix('1 ')}"
    if facts.state == "OK":
        return f" in {reading.count} of the last {periods(total, _period(facts))}"
    return f" in the last {reading.count} of {periods(total, _period(facts))}"


def _period(facts: AlarmFacts) -> int | None:
    """Metrics of one alarm share their period; an expression need not name it."""
    return max((metric.period_seconds for metric in facts.metrics if metric.period_seconds), default=None)


def _missing(reading: Reading) -> str:
    if not reading.missing:
        return ""
    plural = "" if reading.missing == 1 else "s"
    return f"{reading.missing} missing datapoint{plural} counted as {reading.missing_as}"


def _silence(facts: AlarmFacts, reading: Reading, limit: str) -> str:
    metric = watched(facts)
    what = code(metric.name) if metric and metric.name else subject(facts).rstrip(",") or code(facts.name)
    silence = periods(reading.silent_periods or 1, _period(facts)).removeprefix("1 ")
    said = f"No data for {what} in the last {silence}"
    if reading.missing_as:
        return "; ".join(part for part in (f"{said}, counted as {reading.missing_as}", limit) if part)
    if facts.previous_state == "ALARM":
        said += ". It was in ALARM: this is not a recovery"
    return said


def _composite(facts: AlarmFacts) -> str:
    said = _children(facts) or one_line(facts.reason)
    return f"{said}; rule {code(facts.rule)}" if facts.rule else said


def _children(facts: AlarmFacts) -> str:
    changed = [
        f"{code(alarm_name(child.arn))} went to {child.state}" for child in facts.children if child.arn
    ]
    left = len(changed) - SHOWN_VALUES
    return ", ".join(changed[:SHOWN_VALUES]) + (f" and {left} more" if left > 0 else "")
