"""Routing rules: what they match on, and what they do. The first one that matches takes an alert.

All conditions of a rule must hold; of the patterns in one condition, one must. A pattern is a shell pattern
(`*`, `?`, `[…]`) and tells capital letters from small ones. What an alert does not say matches nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

from notify_slack import settings
from notify_slack.errors import ConfigError
from notify_slack.model import Alert, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Mapping
    from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DEFAULT = "default"  # the rule after all others, which matches everything and changes nothing

Values = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """A time of day on some days of the week. Past midnight it belongs to the day on which it began."""

    zone: ZoneInfo
    days: Values
    start: time
    end: time

    def contain(self, at: datetime) -> bool:
        """Is `at` within them? Equal ends are a whole day."""
        local = at.astimezone(self.zone)
        now, day = local.time(), local.date()
        if self.start < self.end:
            inside = self.start <= now < self.end
        else:
            inside = now >= self.start or now < self.end
            day -= timedelta(days=now < self.start)
        return inside and DAYS[day.weekday()] in self.days

    def clock(self, at: datetime) -> str:
        """`at` as these hours see it: `Mon 03:12 Europe/Berlin`."""
        return f"{at.astimezone(self.zone):%a %H:%M} {self.zone.key}"


@dataclass(frozen=True, slots=True)
class Rule:
    """Conditions, and what to do with an alert that fulfils them; empty leaves it as it is.

    `mention` replaces the severity's; None keeps that. `drop` is the reason why the alert is not posted.
    """

    name: str
    patterns: Mapping[str, Values] = field(default_factory=dict)
    tags: Mapping[str, Values] = field(default_factory=dict)
    hours: Hours | None = None
    severity: Severity | None = None
    webhook_parameter: str = ""
    channel: str = ""
    mention: str | None = None
    drop: str = ""


# What patterns are held against.
CONDITIONS: Mapping[str, str] = {
    "severity": "critical, warning or info, as the topic, the kind's settings or the parser say",
    "kind": "what the event is, such as alarm or health",
    "status": "firing, resolved, no_data or notice",
    "alarm_name": "the alarm's name",
    "account": "the account's id or its alias",
    "region": "the region",
    "namespace": "the namespaces of the alarm's metrics",
}
RULE_KEYS = ("name", "when", "severity", "webhook_parameter", "channel", "mention", "drop")
WHEN_KEYS = (*CONDITIONS, "tags", "hours")
HOURS_KEYS = ("zone", "days", "from", "to")


def match(rule: Rule, alert: Alert, severity: Severity, alias: str) -> str | None:
    """Why the rule takes the alert, in words; None when it does not."""
    values = _values(alert, severity, alias)
    tags = alert.facts.tags if alert.facts else ()
    held = [(name, values[name], patterns) for name, patterns in rule.patterns.items()]
    held += [
        (f"tag {key}", tuple(value for name, value in tags if name == key), patterns)
        for key, patterns in rule.tags.items()
    ]
    why = []
    for name, found, patterns in held:
        hit = next(
            ((value, pattern) for value in found for pattern in patterns if fnmatchcase(value, pattern)), None
        )
        if hit is None:
            return None
        value, pattern = hit
        why.append(f"{name} is {value}" + (f" ({pattern})" if pattern != value else ""))
    if rule.hours:
        if alert.at is None or not rule.hours.contain(alert.at):
            return None
        why.append(f"it is {rule.hours.clock(alert.at)}")
    return ", ".join(why) or "it matches everything"


def _values(alert: Alert, severity: Severity, alias: str) -> dict[str, Values]:
    facts = alert.facts
    return {
        "severity": (severity,),
        "kind": (alert.kind,),
        "status": (alert.status,),
        "alarm_name": (facts.name,) if facts else (),
        "account": tuple(value for value in (alert.account, alias) if value),
        "region": (alert.region,),
        "namespace": tuple(metric.namespace for metric in facts.metrics) if facts else (),
    }


def read(raw: Any, kinds: tuple[str, ...]) -> tuple[Rule, ...]:
    """The rules in their order. `kinds` are those that exist. Raises ConfigError."""
    rules = tuple(
        _rule(item, f"rules[{place}]", kinds) for place, item in enumerate(settings.items(raw, "rules"))
    )
    names = [rule.name for rule in rules]
    twice = sorted({name for name in names if names.count(name) > 1 or name == DEFAULT})
    if twice:
        raise ConfigError(f"rules: the name {', '.join(twice)} is taken. Give every rule a name of its own.")
    return rules


def _rule(raw: Any, where: str, kinds: tuple[str, ...]) -> Rule:
    values = settings.known(raw, RULE_KEYS, where)
    name = settings.string(values.get("name"), f"{where}.name")
    if not name.strip():
        raise ConfigError(f"{where} has no name. Give it one: messages, logs and the preview call it so.")
    where = f"rules.{name}"
    when = settings.known(values.get("when"), WHEN_KEYS, f"{where}.when")
    rule = Rule(
        name=name,
        patterns={key: _patterns(when[key], f"{where}.when.{key}") for key in CONDITIONS if key in when},
        tags={
            key: _patterns(value, f"{where}.when.tags.{key}")
            for key, value in settings.mapping(when.get("tags"), f"{where}.when.tags").items()
        },
        hours=hours(when["hours"], f"{where}.when.hours") if "hours" in when else None,
        severity=settings.severity(values["severity"], f"{where}.severity") if "severity" in values else None,
        webhook_parameter=settings.string(values.get("webhook_parameter"), f"{where}.webhook_parameter"),
        channel=settings.string(values.get("channel"), f"{where}.channel"),
        mention=settings.string(values["mention"], f"{where}.mention") if "mention" in values else None,
        drop=settings.string(values.get("drop"), f"{where}.drop"),
    )
    for key, choices in (("severity", tuple(Severity)), ("status", tuple(Status)), ("kind", kinds)):
        for pattern in rule.patterns.get(key, ()):
            if not any(fnmatchcase(choice, pattern) for choice in choices):
                settings.choice(pattern, choices, f"{where}.when.{key}", key)
    if "drop" in values and not rule.drop.strip():
        raise ConfigError(f"{where}.drop is empty. Say why, as the log counts it, or leave it out to post.")
    actions = (rule.severity, rule.webhook_parameter, rule.channel, rule.mention)
    if rule.drop and any(action is not None and action != "" for action in actions):
        raise ConfigError(f"{where} drops what it takes: leave out drop, or everything else but when.")
    return rule


def _patterns(raw: Any, where: str) -> Values:
    found = settings.strings(raw, where)
    if not found:
        raise ConfigError(f"{where} is empty and would match nothing. Leave it out to match everything.")
    return found


def hours(raw: Any, where: str) -> Hours:
    """A time of day on some days of the week. Raises ConfigError."""
    values = settings.known(raw, HOURS_KEYS, where)
    days = settings.strings(values.get("days"), f"{where}.days") or DAYS
    for day in days:
        settings.choice(day, DAYS, f"{where}.days", "day")
    return Hours(
        _zone(settings.string(values.get("zone"), f"{where}.zone") or "UTC", f"{where}.zone"),
        days,
        _time(settings.string(values.get("from"), f"{where}.from"), f"{where}.from"),
        _time(settings.string(values.get("to"), f"{where}.to"), f"{where}.to"),
    )


def _zone(name: str, where: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  most configurations name no hours; a cold start is short

    try:
        return ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not there, a folder, or no relative path
        raise ConfigError(
            f"{where}: there is no time zone {name!r}. Use a name such as Europe/Berlin or UTC."
        ) from None


def _time(text: str, where: str) -> time:
    try:
        return datetime.strptime(text or "00:00", "%H:%M").time()  # noqa: DTZ007  a time of day has no zone yet
    except ValueError:
        raise ConfigError(
            f"{where}: {text!r} is no time of day. Use hours and minutes, such as 08:30."
        ) from None
