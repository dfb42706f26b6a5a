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

POST_MESSAGE_URL = "https://slack.com/api/chat.postMessage"


_TOKEN = re.compile(r"xoxb-[0-9]{6,}-[A-Za-z0-9-]{10,}")


@dataclass(frozen=True, slots=True)
class Posted:
    """A message that a bot posted, and by what it can be changed: channel and `ts` are Slack's own words."""

    token: str = field(repr=False)
    channel: str
    ts: str
    body: Body


def is_token(credential: str) -> bool:
    """Is this a bot's token, and no webhook?"""
    return _TOKEN.fullmatch(credential) is not None


def posted(token: str, body: Body, answer: object) -> Posted | None:
    """What Slack's parsed answer says of the message; None when it does not say where it is."""
    channel, ts = peek.text(answer, "channel"), peek.text(answer, "ts")
    return Posted(token, channel, ts, body) if channel and ts else None


def addressed(body: Body, shown: Bot | None, route: Route) -> Body:
    """The body as chat.postMessage takes it. Raises ConfigError when no channel is configured.

    Nothing of an event gets here: channel, name and icon come from the configuration alone.
    """
    channel = route.channel or (shown.channel if shown else "")
    if not channel:
        raise ConfigError("A bot's token needs a channel: set bot.channel, or channel in the rule.")
    own = {"username": shown.username, "icon_emoji": shown.icon_emoji} if shown else {}
    return {**body, "channel": channel, **{key: value for key, value in own.items() if value}}
