"""The notifier's settings, read once from environment variables and checked by name. See docs/routing.md."""

from __future__ import annotations

import base64
import binascii
import json
import re
import zlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from notify_slack import dress, events, log_links, rules, settings
from notify_slack.errors import ConfigError
from notify_slack.log_links import Logs
from notify_slack.model import Severity

if TYPE_CHECKING:
    from collections.abc import Mapping

    from notify_slack.rules import Hours, Rule

LOCAL = "local"
PACKED = "gzip:"  # begins a configuration that is gzipped and in base64, since Lambda takes 4 KB of variables
MAX_REPEAT_HOURS = 168  # a week; the ledger forgets after 15 days
MAX_BYTES = 1_000_000  # of an unpacked configuration; 4 KB cannot hold more that makes sense

_MENTION_WORDS = {"@here": "<!here>", "@channel": "<!channel>", "@everyone": "<!everyone>"}
_MENTION = re.compile(r"<!(?:here|channel|everyone)>|<@[UW][A-Z0-9]{2,20}>|<!subteam\^S[A-Z0-9]{2,20}>")
_ICON = re.compile(r":[\w+'-]{1,80}:")

CONFIG_KEYS = (
    "name",
    "topics",
    "severities",
    "accounts",
    "runbook_url",
    "mute_command",
    "mentions",
    "kinds",
    "rules",
    "bot",
    "quiet_hours",
    "sweep",
    "logs",
)
POLICY_KEYS = ("mention", "announce_ok", "announce_insufficient_data", "repeat_hours")
SWEEP_KEYS = ("prefixes", "names")
BOT_KEYS = ("channel", "username", "icon_emoji", "picture", "threads")


@dataclass(frozen=True, slots=True)
class Policy:
    """What one severity announces, whom it mentions when it fires, and when it is told again.

    `repeat_hours`: an alarm that still fires after so long is told again; 0 is never.
    """

    mention: str = ""
    announce_ok: bool = True
    announce_insufficient_data: bool = False
    repeat_hours: float = 0.0


@dataclass(frozen=True, slots=True)
class Bot:
    """How chat.postMessage shows us. Incoming webhooks ignore all of it.

    `picture`: an alarm that fires gets a graph of its metric. `threads`: its end changes its message and
    stands in its thread, as reminders do.
    """

    channel: str = ""
    username: str = ""
    icon_emoji: str = ""
    picture: bool = False
    threads: bool = True


@dataclass(frozen=True, slots=True)
class Sweep:
    """The alarms that the sweeper looks after: those of these names and prefixes. Empty: `NAME-`."""

    prefixes: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


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
    mute_command: bool = True
    kinds: Mapping[str, dress.Template] = field(default_factory=dict)
    rules: tuple[Rule, ...] = ()
    bot: Bot = Bot()
    quiet_hours: Hours | None = None  # without reminders
    sweep: Sweep = Sweep()
    logs: Logs = field(default_factory=Logs)


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
    """Read the JSON object of NOTIFIER_CONFIG, packed or not; empty text gives the defaults.

    Raises ConfigError.
    """
    try:
        raw = json.loads(_unpacked(text.strip()) or "{}")
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"NOTIFIER_CONFIG is no JSON: {type(error).__name__}.") from None
    values = settings.known(raw, CONFIG_KEYS, "NOTIFIER_CONFIG")
    policies = settings.known(values.get("severities"), tuple(Severity), "severities")
    mentions = _mentions(values.get("mentions"))
    # Only these two name kinds, and most configurations have neither: all sources need not be loaded for it.
    kinds = events.NAMES if values.get("kinds") or values.get("rules") else ()
    return Config(
        environment=environment,
        name=settings.string(values.get("name"), "name"),
        webhook_parameter=webhook_parameter,
        topics={
            arn: settings.severity(value, f"topics.{arn}")
            for arn, value in settings.mapping(values.get("topics"), "topics").items()
        },
        policies={severity: _policy(policies.get(severity), severity, mentions) for severity in Severity},
        accounts={
            account: settings.string(alias, f"accounts.{account}")
            for account, alias in settings.mapping(values.get("accounts"), "accounts").items()
        },
        runbook_url=_runbook_url(settings.string(values.get("runbook_url"), "runbook_url")),
        mute_command=settings.flag(values.get("mute_command"), "mute_command", default=True),
        kinds=dress.read(values.get("kinds"), kinds),
        rules=tuple(_mentioning(rule, mentions) for rule in rules.read(values.get("rules"), kinds)),
        bot=_bot(values.get("bot")),
        quiet_hours=rules.hours(values["quiet_hours"], "quiet_hours") if "quiet_hours" in values else None,
        sweep=_sweep(values.get("sweep")),
        logs=log_links.read(values.get("logs")),
    )


def _unpacked(text: str) -> str:
    if not text.startswith(PACKED):
        return text
    unpacker = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        data = base64.b64decode(text.removeprefix(PACKED), validate=True)
        unpacked = unpacker.decompress(data, MAX_BYTES).decode()
    except (binascii.Error, zlib.error, UnicodeDecodeError) as error:
        raise ConfigError(f"NOTIFIER_CONFIG cannot be unpacked: {type(error).__name__}.") from None
    if not unpacker.eof:
        raise ConfigError(
            "NOTIFIER_CONFIG is cut short, or too long to unpack. Apply again with fewer rules."
        )
    return unpacked


def _policy(raw: Any, severity: Severity, mentions: Mapping[str, str]) -> Policy:
    where = f"severities.{severity}"
    values = settings.known(raw, POLICY_KEYS, where)
    default = Policy()
    return Policy(
        mention=_mention(
            settings.string(values.get("mention"), f"{where}.mention"), f"{where}.mention", mentions
        ),
        announce_ok=settings.flag(
            values.get("announce_ok"), f"{where}.announce_ok", default=default.announce_ok
        ),
        announce_insufficient_data=settings.flag(
            values.get("announce_insufficient_data"),
            f"{where}.announce_insufficient_data",
            default=default.announce_insufficient_data,
        ),
        repeat_hours=_hours_between(
            values.get("repeat_hours", default.repeat_hours), f"{where}.repeat_hours"
        ),
    )


def _hours_between(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= MAX_REPEAT_HOURS:
        raise ConfigError(
            f"{where} must be a number of hours from 0 (never) to {MAX_REPEAT_HOURS}, not {value!r}."
        )
    return float(value)


def _sweep(raw: Any) -> Sweep:
    values = settings.known(raw, SWEEP_KEYS, "sweep")
    return Sweep(*(settings.strings(values.get(key), f"sweep.{key}") for key in SWEEP_KEYS))


def _mentions(raw: Any) -> dict[str, str]:
    """Names of one's own for people and groups."""
    return {
        name: _mention(settings.string(value, f"mentions.{name}"), f"mentions.{name}", {})
        for name, value in settings.mapping(raw, "mentions").items()
    }


def _mention(text: str, where: str, names: Mapping[str, str]) -> str:
    """Only what pings somebody on purpose: this text is the one that reaches Slack unescaped."""
    words = [names.get(word) or _MENTION_WORDS.get(word, word) for word in text.split()]
    for word in (word for words_of_one in words for word in words_of_one.split()):
        if not _MENTION.fullmatch(word):
            own = f", or a name of mentions ({', '.join(sorted(names))})" if names else ""
            raise ConfigError(
                f"{where}: {word!r} mentions nobody. Use @here, @channel, @everyone, "
                f"<@U…> for a person or <!subteam^S…> for a group{own}."
            )
    return " ".join(words)


def _mentioning(rule: Rule, names: Mapping[str, str]) -> Rule:
    if rule.mention is None:
        return rule
    return replace(rule, mention=_mention(rule.mention, f"rules.{rule.name}.mention", names))


def _runbook_url(text: str) -> str:
    return dress.address(text, "runbook_url", ("alarm_name",)) if text else ""


def _bot(raw: Any) -> Bot:
    values = settings.known(raw, BOT_KEYS, "bot")
    bot = Bot(
        channel=settings.string(values.get("channel"), "bot.channel"),
        username=settings.string(values.get("username"), "bot.username"),
        icon_emoji=settings.string(values.get("icon_emoji"), "bot.icon_emoji"),
        picture=settings.flag(values.get("picture"), "bot.picture", default=False),
        threads=settings.flag(values.get("threads"), "bot.threads", default=True),
    )
    if bot.icon_emoji and not _ICON.fullmatch(bot.icon_emoji):
        raise ConfigError(f"bot.icon_emoji: {bot.icon_emoji!r} is no emoji. Use its name, such as :bell:.")
    return bot
