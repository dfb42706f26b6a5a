"""`alarmctl publish check`: does everything work that a daemon would need, and do the alarms look at it?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from alarmctl.publish import collect
from alarmctl.publish.errors import ConfigError, SourceError
from alarmctl.publish.send import LATER_CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from alarmctl.publish.config import Config
    from alarmctl.publish.context import Context
    from alarmctl.publish.dimensions import Dimensions
    from alarmctl.publish.model import Reading, Series

# CloudWatch checks rights before it looks at the data: what it refuses for its age shows the right, and is
# stored nowhere.
PROBE_AGE = timedelta(days=30)
OURS = ("CollectorUp", "CollectorDurationMs", "CollectorDropped")


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at; `wrong` is empty where it is fine."""

    what: str
    wrong: str = ""
    hint: bool = False  # worth knowing, no failure


def findings(
    config: Config,
    measures: Mapping[str, Callable[[], list[Reading]]],
    dimensions: Dimensions,
    context: Context,
) -> Iterator[Finding]:
    """What a look at everything shows, in the order in which it is to be mended."""
    known = dimensions.values()
    if missing := dimensions.missing:
        yield Finding("dimensions", f"no value for {', '.join(missing)} here: sets that name it are left out")
    else:
        yield Finding(f"dimensions: {', '.join(f'{name}={known[name]}' for name in sorted(known)) or 'none'}")
    series: set[Series] = set()
    silent: set[str] = set()  # namespaces of which not everything is known
    for outcome in collect.once(config, measures):
        source = outcome.source
        published = {point.series for point in collect.points(outcome, config, known)}
        series |= published
        own = {one for one in published if one.metric not in OURS}
        told = f"source {source.name}: {len(outcome.readings)} values, {len(own)} series"
        if outcome.problem:
            silent.add(source.namespace)
        if outcome.problem or (outcome.readings and not own):
            yield Finding(told, outcome.problem or "none of its dimension_sets has a value for each name")
        else:
            yield Finding(f"{told}, {outcome.seconds * 1000:.0f} ms")
            if not outcome.readings:
                silent.add(source.namespace)
            yield from _plan(source.name, measures[source.name])
    yield from _permissions({config.namespace, *(source.namespace for source in config.sources)}, context)
    yield from _alarms(config, series, silent, context)


def _plan(name: str, measure: Any) -> Iterator[Finding]:
    explain = getattr(measure, "explain", None)
    if explain is None:
        return
    try:
        advice = explain()
    except SourceError as error:
        advice = [f"EXPLAIN: {error}"]
    for text in advice:
        yield Finding(f"source {name}: query", text, hint=True)


def _permissions(namespaces: Iterable[str], context: Context) -> Iterator[Finding]:
    for namespace in sorted(namespaces):
        what = f"right to publish to {namespace}"
        try:
            _probe(namespace, context)
        except ConfigError as error:
            yield Finding(what, str(error))
        except ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "")).rpartition("#")[2]
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
            fine = status == 400 and code not in LATER_CODES
            yield Finding(
                what, "" if fine else f"{code}: the role needs cloudwatch:PutMetricData for this namespace"
            )
        except BotoCoreError as error:
            yield Finding(what, f"{error}")
        else:
            yield Finding(what)


def _probe(namespace: str, context: Context) -> None:
    datum = {"MetricName": "CollectorUp", "Value": 1.0, "Timestamp": datetime.now(UTC) - PROBE_AGE}
    context.client("cloudwatch").put_metric_data(Namespace=namespace, MetricData=[datum])


def _alarms(config: Config, series: set[Series], silent: set[str], context: Context) -> Iterator[Finding]:
    namespaces = {config.namespace, *(source.namespace for source in config.sources)}
    try:
        client = context.client("cloudwatch")
        pages = client.get_paginator("describe_alarms").paginate()
        alarms = [alarm for page in pages for alarm in page.get("MetricAlarms", ())]
    except (BotoCoreError, ClientError, ConfigError) as error:
        yield Finding("alarms", f"they cannot be compared (cloudwatch:DescribeAlarms): {error}", hint=True)
        return
    looked = 0
    for alarm in alarms:
        for metric, period in _metrics(alarm):
            if metric["Namespace"] in namespaces:
                looked += 1
                wrong = mismatch(metric, series, silent)
                if wrong and _is_anothers(metric, config, client):
                    continue
                if wrong := wrong or too_short(metric, period, config):
                    yield Finding(f"alarm {alarm['AlarmName']}", wrong)
    yield Finding(f"alarms: {looked} metrics of alarms look at these namespaces")


def _metrics(alarm: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], int]]:
    """The metrics that an alarm looks at, with their periods."""
    if "MetricName" in alarm:
        yield alarm, int(alarm.get("Period", 0))
    for query in alarm.get("Metrics", ()):
        if "MetricStat" in query:
            yield query["MetricStat"]["Metric"], int(query["MetricStat"].get("Period", 0))


def _is_anothers(metric: Mapping[str, Any], config: Config, client: Any) -> bool:
    """Does another publisher, of hosts, functions or tasks, send exactly what the alarm looks at?"""
    wanted = {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}
    ours = {source.name for source in config.sources} | {collect.PUBLISHER}
    if metric["MetricName"] in OURS and wanted.get("Source", collect.PUBLISHER) not in ours:
        return True
    asked = {key: metric[key] for key in ("Namespace", "MetricName")}
    try:
        pages = client.get_paginator("list_metrics").paginate(
            **asked, Dimensions=metric.get("Dimensions", []), RecentlyActive="PT3H"
        )
        return any(len(one.get("Dimensions", ())) == len(wanted) for page in pages for one in page["Metrics"])
    except (BotoCoreError, ClientError):  # without cloudwatch:ListMetrics the finding stands
        return False


def mismatch(metric: Mapping[str, Any], series: Iterable[Series], silent: set[str]) -> str:
    """Why no published series is what the alarm looks at, or an empty text.

    A value of a dimension may be another host's; its name must be one that is published.
    """
    wanted = {one["Name"]: one["Value"] for one in metric.get("Dimensions", ())}
    same = [
        dict(one.dimensions)
        for one in series
        if (one.namespace, one.metric) == (metric["Namespace"], metric["MetricName"])
    ]
    if any(found.keys() == wanted.keys() for found in same):
        return ""
    name = f"{metric['Namespace']} {metric['MetricName']}"
    if same:
        sets = sorted({", ".join(sorted(found)) or "none" for found in same})
        return (
            f"{name} is published with the dimensions {{{'} and {'.join(sets)}}}, "
            f"but the alarm looks at {{{', '.join(sorted(wanted)) or 'none'}}}"
        )
    if metric["Namespace"] in silent or metric["MetricName"] == "CollectorDropped":
        return ""
    return f"{name} is not published by this configuration"


def too_short(metric: Mapping[str, Any], period: int, config: Config) -> str:
    """Is the alarm's period shorter than the interval of what it looks at?"""
    for source in config.sources:
        of_source = source.namespace == metric["Namespace"] and metric["MetricName"] in source.options.metrics
        if of_source and 0 < period < source.interval_seconds:
            return (
                f"its period of {period} s is shorter than the {source.interval_seconds:g} s between two "
                f"values of {metric['MetricName']} (source {source.name}): periods without a value come up"
            )
    return ""
