"""Links into the AWS console, in the partition that the region belongs to."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from notify_slack.facts import arn_part

if TYPE_CHECKING:
    from datetime import datetime

    from notify_slack.facts import AlarmFacts, Metric

METRICS_URL_CHARS = 2000  # a longer address is left out: Slack allows 3000, browsers and proxies less
BEFORE_AND_AFTER = timedelta(hours=1)  # enough to see what led to it, and what came of it

# https://docs.aws.amazon.com/general/latest/gr/ : region prefix -> console host
_HOSTS = {
    "cn-": "{region}.console.amazonaws.cn",
    "us-gov-": "{region}.console.amazonaws-us-gov.com",
    "": "{region}.console.aws.amazon.com",
}


def alarm(region: str, name: str) -> str:
    """The alarm's page, or nothing without a region."""
    return _cloudwatch(region, f"#alarmsV2:alarm/{quote(name, safe='')}") if region and name else ""


def alarms(region: str) -> str:
    """The list of alarms in ALARM, or nothing without a region."""
    return _cloudwatch(region, "#alarmsV2:?~(alarmStateFilter~'ALARM)") if region else ""


def metrics(facts: AlarmFacts) -> str:
    """A graph of what the alarm watches, around the event; nothing when too little is known."""
    shown = [row(metric) for metric in facts.metrics]
    if not (shown and facts.region and facts.at):
        return ""
    graph: dict[str, Any] = {
        "metrics": shown,
        "region": facts.region,
        "start": (facts.at - BEFORE_AND_AFTER).isoformat(timespec="seconds").replace("+00:00", ".000Z"),
        "end": (facts.at + BEFORE_AND_AFTER).isoformat(timespec="seconds").replace("+00:00", ".000Z"),
    }
    if facts.threshold is not None:
        graph["annotations"] = {"horizontal": [{"value": facts.threshold}]}
    url = _cloudwatch(facts.region, f"#metricsV2:graph={_encode(graph)}")
    return url if len(url) <= METRICS_URL_CHARS else ""


def logs(region: str, group: str, stream: str = "") -> str:
    """The page of the log group, or of one stream; their names are encoded twice, with $ for %."""
    if not (region and group):
        return ""
    path = f"{_twice(group)}/log-events/{_twice(stream)}" if stream else _twice(group)
    return _cloudwatch(region, f"#logsV2:log-groups/log-group/{path}")


def insights(region: str, group: str, filters: str, start: datetime, end: datetime) -> str:
    """Logs Insights with the newest lines of a group that match; nothing when the address grows too long."""
    if not (region and group):
        return ""
    query = {
        "end": _instant(end),
        "start": _instant(start),
        "timeType": "ABSOLUTE",
        "tz": "UTC",
        "editorString": "\n| ".join(
            ("fields @timestamp, @message", f"filter {filters}", "sort @timestamp desc", "limit 100")
        ),
        "source": [group],
    }
    url = _cloudwatch(region, f"#logsV2:logs-insights$3FqueryDetail$3D{_encode(query)}")
    return url if len(url) <= METRICS_URL_CHARS else ""


def athena(region: str) -> str:
    """Athena's query editor, where the saved queries are."""
    return page(region, "athena/home", fragment="#/query-editor")


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def health(event_arn: str) -> str:
    """The event in the Health Dashboard; only the commercial partition has one address for all."""
    if arn_part(event_arn, 1) != "aws":
        return ""
    return f"https://health.aws.amazon.com/health/home#/account/event-log?eventID={quote(event_arn, safe='')}"


def page(region: str, path: str, *, fragment: str = "", query: str = "") -> str:
    """Any page of the console, or nothing without a region; path, fragment and query are encoded already."""
    if not region:
        return ""
    place = quote(region, safe="")
    host = next(host for prefix, host in _HOSTS.items() if place.startswith(prefix))
    return f"https://{host.format(region=place)}/{path}?region={place}{query}{fragment}"


def _cloudwatch(region: str, fragment: str) -> str:
    return page(region, "cloudwatch/home", fragment=fragment)


def _twice(name: str) -> str:
    return quote(quote(name, safe=""), safe="").replace("%", "$")


def row(metric: Metric) -> list[Any]:
    """The metric as graphs of the console and of GetMetricWidgetImage take it."""
    options: dict[str, Any] = {"id": metric.id} if metric.id else {}
    if not metric.returned:
        options["visible"] = False
    if metric.label:
        options["label"] = metric.label
    if metric.expression:
        return [{"expression": metric.expression, **options}]
    if metric.stat:
        options["stat"] = metric.stat
    if metric.period_seconds:
        options["period"] = metric.period_seconds
    names = [part for pair in metric.dimensions for part in pair]
    return [metric.namespace, metric.name, *names, options]


def _encode(value: Any) -> str:
    """The console's notation: ~(key~'text~other~(~1~2)), with *hh for what is no letter or digit."""
    if isinstance(value, dict):
        return "~(" + "~".join(f"{key}{_encode(item)}" for key, item in value.items()) + ")"
    if isinstance(value, list):
        return "~(" + "".join(_encode(item) for item in value) + ")"
    if isinstance(value, bool):
        return f"~{str(value).lower()}"
    if isinstance(value, int | float):
        return f"~{value}"
    return "~'" + "".join(_character(character) for character in value)


def _character(character: str) -> str:
    if character.isascii() and (character.isalnum() or character in "_-."):
        return character
    code = ord(character)
    return f"*{code:02x}" if code < 256 else f"**{code:04x}" if code < 65536 else "_"
