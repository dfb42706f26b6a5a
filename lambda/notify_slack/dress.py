"""Add to an alert what the configuration says: account and environment, its own title, fields and links.

A template is text with placeholders: those of PLACEHOLDERS, and `{field.NAME}` for a field of the message.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from notify_slack import log_links, settings
from notify_slack.errors import ConfigError
from notify_slack.model import Field, Link, Routed, Severity, Status
from notify_slack.mrkdwn import clean, code, one_line, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notify_slack.config import Config

PLACEHOLDERS = (
    "account",
    "alarm_name",
    "alias",
    "environment",
    "kind",
    "region",
    "severity",
    "state",
    "title",
)
FIELD = "field."  # what begins a placeholder that names a field
KIND_KEYS = ("severity", "title", "fields", "links")
LINK_KEYS = ("label", "url")
RUNBOOK = "Runbook"

_WILD = re.compile(r"([*?[])")  # alarmctl mute takes patterns
_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_ADDRESS = re.compile(r"https?://[^\s/]")


@dataclass(frozen=True, slots=True)
class Template:
    """How the messages of one kind differ; empty leaves them as they are. `fields` come in this order."""

    severity: Severity | None = None
    title: str = ""
    fields: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()


def dress(one: Routed, config: Config) -> Routed:
    """The alert as it will be shown."""
    alert = one.alert
    common = (
        Field("Severity", one.severity),
        Field("Environment", config.environment),
        Field("Account", account(alert.account, config)),
        Field("Region", alert.region),
    )
    values = {
        "account": alert.account,
        "alarm_name": alert.facts.name if alert.facts else "",
        "alias": config.accounts.get(alert.account, alert.account),
        "environment": config.environment,
        "kind": alert.kind,
        "region": alert.region,
        "severity": str(one.severity),
        "state": alert.state,
        "title": alert.title,
    } | {f"{FIELD}{field.title}": plain(field.value) for field in (*common, *alert.fields)}
    template = config.kinds.get(alert.kind, Template())
    details = alert.details
    if config.mute_command and alert.facts and (one.severity, alert.status) == _MUTABLE:
        details = (*details, Field("Silence it", code(mute_command(alert.facts.name))))
    details = (*details, *log_links.details(alert, config.logs, config.name))
    return replace(
        one,
        alert=replace(
            alert,
            title=one_line(_fill(template.title, values, str)) or alert.title,
            details=details,
            fields=_chosen((*common, *alert.fields), template.fields) if template.fields else alert.fields,
            links=(
                *alert.links,
                *log_links.links(alert, config.logs),
                *_links(one, template, config, values),
            ),
        ),
    )


def account(number: str, config: Config) -> str:
    """An account as a person knows it: `acme (123456789012)`."""
    alias = config.accounts.get(number, "")
    return f"{alias} ({number})" if alias else number


_MUTABLE = (Severity.CRITICAL, Status.FIRING)


def mute_command(name: str) -> str:
    """What silences an alarm, to be copied into a shell."""
    pattern_of_one = _WILD.sub(r"[\1]", name)
    return f'alarmctl mute {shlex.quote(pattern_of_one)} --for 2h --why "…"'


def read(raw: Any, kinds: tuple[str, ...]) -> dict[str, Template]:
    """The templates by kind. `kinds` are those that exist. Raises ConfigError."""
    return {
        kind: _template(values, f"kinds.{kind}")
        for kind, values in settings.known(raw, kinds, "kinds").items()
    }


def pattern(text: str, where: str, names: tuple[str, ...] = PLACEHOLDERS) -> str:
    """The text, if its placeholders exist. Raises ConfigError."""
    for name in _PLACEHOLDER.findall(text):
        if name not in names and not (name.startswith(FIELD) and names is PLACEHOLDERS):
            known = ", ".join(f"{{{known}}}" for known in names)
            raise ConfigError(f"{where}: unknown placeholder {{{name}}}. Known: {known}.")
    return text


def address(text: str, where: str, names: tuple[str, ...] = PLACEHOLDERS) -> str:
    """The same for an address, which must be one of http or https."""
    if not _ADDRESS.match(text):
        raise ConfigError(f"{where}: {text!r} is no http(s) address.")
    return pattern(text, where, names)


def _template(raw: Any, where: str) -> Template:
    values = settings.known(raw, KIND_KEYS, where)
    links = settings.items(values.get("links"), f"{where}.links")
    return Template(
        severity=settings.severity(values["severity"], f"{where}.severity") if "severity" in values else None,
        title=pattern(settings.string(values.get("title"), f"{where}.title"), f"{where}.title"),
        fields=settings.strings(values.get("fields"), f"{where}.fields"),
        links=tuple(_link(link, f"{where}.links[{place}]") for place, link in enumerate(links)),
    )


def _link(raw: Any, where: str) -> Link:
    values = settings.known(raw, LINK_KEYS, where)
    label = settings.string(values.get("label"), f"{where}.label")
    if not label.strip():
        raise ConfigError(f"{where} has no label. Give it one: it stands on the button.")
    url = settings.string(values.get("url"), f"{where}.url")
    return Link(label, address(url, f"{where}.url"))


def _fill(text: str, values: Mapping[str, str], encode: Callable[[str], str]) -> str:
    return _PLACEHOLDER.sub(lambda found: encode(values.get(found[1], "")), text)


def _chosen(fields: tuple[Field, ...], titles: tuple[str, ...]) -> tuple[Field, ...]:
    return tuple(
        field for title in titles for field in fields if field.title == title and field.value.strip()
    )


def _links(one: Routed, template: Template, config: Config, values: Mapping[str, str]) -> list[Link]:
    """Those of which every placeholder is known; an address with a gap leads nowhere."""
    wanted = list(template.links)
    if config.runbook_url and one.alert.facts and all(link.label != RUNBOOK for link in one.alert.links):
        wanted.append(Link(RUNBOOK, config.runbook_url))
    return [
        Link(link.label, _fill(link.url, values, _encode))
        for link in wanted
        if all(values.get(name) for name in _PLACEHOLDER.findall(link.url))
    ]


def _encode(value: str) -> str:
    return quote(clean(value), safe="")
