"""What a bot's message says beside its content: a token posts to any channel, under a name and an icon.

An incoming webhook has its own channel, name and icon, and Slack ignores others.
https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from notify_slack import peek
from notify_slack.errors import ConfigError

if TYPE_CHECKING:
    from notify_slack.config import Bot
    from notify_slack.model import Body, Route

API = "https://slack.com/api/"
POST_MESSAGE, UPDATE = "chat.postMessage", "chat.update"

# A token; with the address of its API before it that of the fake Slack's bot, only in the environment local.
_CREDENTIAL = re.compile(
    r"(?:(?P<api>http://127\.0\.0\.1:[0-9]{1,5}/api/)#)?(?P<token>xoxb-[0-9]{6,}-[A-Za-z0-9-]{10,})"
)


@dataclass(frozen=True, slots=True)
class Access:
    """The API that a bot's token opens. `api` ends in a slash."""

    token: str = field(repr=False)
    api: str = API

    def call(self, method: str) -> tuple[str, dict[str, str]]:
        """The address of a method, and the headers that open it."""
        return f"{self.api}{method}", {"Authorization": f"Bearer {self.token}"}


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that a bot posted, and by what it can be changed: channel and `ts` are Slack's own words."""

    access: Access
    channel: str
    ts: str
    body: Body


def access(credential: str) -> Access | None:
    """What a bot's token opens; None for a webhook."""
    found = _CREDENTIAL.fullmatch(credential)
    return Access(found["token"], found["api"] or API) if found else None


def posted(opened: Access, body: Body, answer: object) -> Posted | None:
    """What Slack's parsed answer says of the message; None when it does not say where it is."""
    channel, ts = peek.text(answer, "channel"), peek.text(answer, "ts")
    return Posted(opened, channel, ts, body) if channel and ts else None


def addressed(body: Body, shown: Bot | None, route: Route) -> Body:
    """The body as chat.postMessage takes it. Raises ConfigError when no channel is configured.

    Nothing of an event gets here: name and icon come from the configuration alone, and so does the channel,
    unless the body answers a message and has its.
    """
    channel = body.get("channel") or route.channel or (shown.channel if shown else "")
    if not channel:
        raise ConfigError("A bot's token needs a channel: set bot.channel, or channel in the rule.")
    own = {"username": shown.username, "icon_emoji": shown.icon_emoji} if shown else {}
    return {**body, "channel": channel, **{key: value for key, value in own.items() if value}}
