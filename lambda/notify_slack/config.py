"""The notifier's settings, read once from environment variables and checked by name."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from notify_slack.errors import ConfigError
from notify_slack.model import Severity

LOCAL = "local"

_MENTION_WORDS = {"@here": "<!here>", "@channel": "<!channel>", "@everyone": "<!everyone>"}
_MENTION = re.compile(r"<!(?:here|channel|everyone)>|<@[UW][A-Z0-9]{2,20}>|<!subteam\^S[A-Z0-9]{2,20}>")
_RUNBOOK_PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_CONFIG_KEYS = frozenset({"name", "topics", "severities", "accounts", "runbook_url"})
_POLICY_KEYS = frozenset({"mention", "announce_ok", "announce_insufficient_data"})


@dataclass(frozen=True, slots=True)
class Policy:
    """What one severity announces, and whom it mentions when it fires."""

    mention: str = ""
    announce_ok: bool = True
    announce_insufficient_data: bool = False


@dataclass(frozen=True, slots=True)
class Config:
    """Settings of one notifier. `topics` maps the ARNs of our topics to their severity."""

    environment: str = ""
    name: str = ""
    webhook_parameter: str = ""
    topics: Mapping[str, Severity] = field(default_factory=dict)
    policies: Mapping[Severity, Policy] = field(default_factory=lambda: {s: Policy() for s in Severity})
    accounts: Mapping[str, str] = field(default_factory=dict)
    runbook_url: str = ""


def from_environment(environ: Mapping[str, str]) -> Config:
    """Read ENVIRONMENT, WEBHOOK_PARAMETER and NOTIFIER_CONFIG; ConfigError names what is wrong in them."""
    parameter = environ.get("WEBHOOK_PARAMETER", "").strip()
    if not parameter:
        raise ConfigError(
            "WEBHOOK_PARAMETER is empty: set it to the name of the SSM parameter with the webhook."
        )
    return from_json(
        environ.get("NOTIFIER_CONFIG", ""),
        environment=environ.get("ENVIRONMENT", "").strip(),
        webhook_parameter=parameter,
    )


def from_json(text: str, *, environment: str = "", webhook_parameter: str = "") -> Config:
    """Read the JSON object of NOTIFIER_CONFIG; empty text gives the defaults. Raises ConfigError."""
    try:
        raw = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"NOTIFIER_CONFIG is no JSON: {type(error).__name__}.") from None
    values = _mapping(raw, "NOTIFIER_CONFIG")
    _refuse_unknown(values, _CONFIG_KEYS, "NOTIFIER_CONFIG")
    policies = _mapping(values.get("severities") or {}, "severities")
    _refuse_unknown(policies, frozenset(Severity), "severities")
    return Config(
        environment=environment,
        name=_string(values.get("name"), "name"),
        webhook_parameter=webhook_parameter,
        topics={
            arn: _severity(value, f"topics.{arn}")
            for arn, value in _mapping(values.get("topics") or {}, "topics").items()
        },
        policies={severity: _policy(policies.get(severity), severity) for severity in Severity},
        accounts={
            account: _string(alias, f"accounts.{account}")
            for account, alias in _mapping(values.get("accounts") or {}, "accounts").items()
        },
        runbook_url=_runbook_url(_string(values.get("runbook_url"), "runbook_url")),
    )


def _policy(raw: Any, severity: Severity) -> Policy:
    where = f"severities.{severity}"
    values = _mapping(raw or {}, where)
    _refuse_unknown(values, _POLICY_KEYS, where)
    default = Policy()
    return Policy(
        mention=_mention(_string(values.get("mention"), f"{where}.mention"), where),
        announce_ok=_flag(values.get("announce_ok", default.announce_ok), f"{where}.announce_ok"),
        announce_insufficient_data=_flag(
            values.get("announce_insufficient_data", default.announce_insufficient_data),
            f"{where}.announce_insufficient_data",
        ),
    )


def _mention(text: str, where: str) -> str:
    """Only what pings somebody on purpose: this text is the one that reaches Slack unescaped."""
    words = [_MENTION_WORDS.get(word, word) for word in text.split()]
    for word in words:
        if not _MENTION.fullmatch(word):
            raise ConfigError(
                f"{where}.mention: {word!r} mentions nobody. "
                "Use @here, @channel, @everyone, <@U…> for a person or <!subteam^S…> for a group."
            )
    return " ".join(words)


def _runbook_url(pattern: str) -> str:
    if not pattern:
        return ""
    unknown = sorted(set(_RUNBOOK_PLACEHOLDER.findall(pattern)) - {"alarm_name"})
    if unknown or not re.match(r"https?://[^\s/]", pattern):
        raise ConfigError(
            f"runbook_url: {pattern!r} is no http(s) address whose only placeholder is {{alarm_name}}."
        )
    return pattern


def _severity(value: Any, where: str) -> Severity:
    try:
        return Severity(value)
    except ValueError:
        raise ConfigError(f"{where}: unknown severity {value!r}. Use {', '.join(Severity)}.") from None


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where} must be an object, not {type(value).__name__}.")
    return value


def _string(value: Any, where: str) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise ConfigError(f"{where} must be a string, not {type(value).__name__}.")
    return value


def _flag(value: Any, where: str) -> bool:
    if not isinstance(value, bool):
        raise ConfigError(f"{where} must be true or false, not {value!r}.")
    return value


def _refuse_unknown(values: Mapping[str, Any], known: frozenset[str], where: str) -> None:
    unknown = sorted(set(values) - known)
    if unknown:
        raise ConfigError(f"{where}: unknown key {', '.join(unknown)}. Known: {', '.join(sorted(known))}.")
