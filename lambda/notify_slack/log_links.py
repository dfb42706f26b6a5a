"""Where the lines are that belong to an alarm: a button, and for access logs the command that asks them.

Which log belongs to what says the configuration (`logs`); nothing is guessed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

from notify_slack import console, settings
from notify_slack.errors import ConfigError
from notify_slack.model import Field, Link, Status
from notify_slack.mrkdwn import code

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notify_slack.facts import AlarmFacts
    from notify_slack.model import Alert

LOGS_KEYS = ("groups", "filter", "load_balancers")
FILTER = "@message like /(?i)(error|exception|fatal|critical)/"
BEFORE = timedelta(minutes=30)
AFTER = timedelta(minutes=15)
EVERY = "*"
QUERY = "errors-by-route"


@dataclass(frozen=True, slots=True)
class Logs:
    """`groups`: log groups of ECS services, by `cluster/service`; `filter`: what Logs Insights looks for.

    `load_balancers`: those, as `app/name/id`, whose access logs Athena can ask; `*` for all.
    """

    groups: Mapping[str, str] = field(default_factory=dict)
    filter: str = FILTER
    load_balancers: tuple[str, ...] = ()


def read(raw: Any) -> Logs:
    """The settings. Raises ConfigError."""
    values = settings.known(raw, LOGS_KEYS, "logs")
    groups = {
        service: settings.string(group, f"logs.groups.{service}")
        for service, group in settings.mapping(values.get("groups"), "logs.groups").items()
    }
    for service in groups:
        if service.count("/") != 1 or not all(service.split("/")):
            raise ConfigError(f"logs.groups: {service!r} is no ECS service. Write CLUSTER/SERVICE.")
    return Logs(
        groups,
        settings.string(values.get("filter"), "logs.filter") or FILTER,
        settings.strings(values.get("load_balancers"), "logs.load_balancers"),
    )


def links(alert: Alert, logs: Logs) -> tuple[Link, ...]:
    """The button of an alarm that fires on an ECS service or a load balancer; none of any other."""
    known = _firing(alert)
    if known is None or known.at is None:
        return ()
    found = (
        Link("Logs", console.insights(known.region, group, logs.filter, known.at - BEFORE, known.at + AFTER))
        if (group := _group(known, logs))
        else Link("Access logs", console.athena(known.region) if _load_balancer(known, logs) else "")
    )
    return (found,) if found.url else ()


def details(alert: Alert, logs: Logs, stack: str) -> tuple[Field, ...]:
    """The command that asks the access logs of that time; Athena's console takes no query by address."""
    known = _firing(alert)
    if known is None or known.at is None or not (stack and _load_balancer(known, logs)):
        return ()
    start, end = (f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}" for at in (known.at - BEFORE, known.at + AFTER))
    command = (
        f"alarmctl logs query {QUERY} --name {stack} --region {known.region} --from {start} --until {end}"
    )
    return (Field("Ask the access logs", code(command)),)


def _firing(alert: Alert) -> AlarmFacts | None:
    return alert.facts if alert.status is Status.FIRING else None


def _dimensions(known: AlarmFacts) -> dict[str, str]:
    return dict(pair for metric in known.metrics for pair in metric.dimensions) | dict(known.contributor)


def _group(known: AlarmFacts, logs: Logs) -> str:
    named = _dimensions(known)
    return logs.groups.get(f"{named.get('ClusterName', '')}/{named.get('ServiceName', '')}", "")


def _load_balancer(known: AlarmFacts, logs: Logs) -> str:
    """The Application Load Balancer of the alarm, if its logs are there."""
    name = _dimensions(known).get("LoadBalancer", "")
    ours = EVERY in logs.load_balancers or name in logs.load_balancers
    return name if ours and name.startswith("app/") else ""
