"""What a bot's message says beside its content: a token posts to any channel, under a name and an icon.

An incoming webhook has its own channel, name and icon, and Slack ignores others.
https://docs.slack.dev/reference/methods/chat.postMessage
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from notify_slack.errors import ConfigError

if TYPE_CHECKING:
    from notify_slack.config import Bot
    from notify_slack.model import Body, Route

POST_MESSAGE_URL = "https://slack.com/api/chat.postMessage"


_TOKEN = re.compile(r"xoxb-[0-9]{6,}-[A-Za-z0-9-]{10,}")


def is_token(credential: str) -> bool:
    """Is this a bot's token, and no webhook?"""
    return _TOKEN.fullmatch(credential) is not None


def addressed(body: Body, shown: Bot | None, route: Route) -> Body:
    """The body as chat.postMessage takes it. Raises ConfigError when no channel is configured.

    Nothing of an event gets here: channel, name and icon come from the configuration alone.
    """
    channel = route.channel or (shown.channel if shown else "")
    if not channel:
        raise ConfigError("A bot's token needs a channel: set bot.channel, or channel in the rule.")
    own = {"username": shown.username, "icon_emoji": shown.icon_emoji} if shown else {}
    return {**body, "channel": channel, **{key: value for key, value in own.items() if value}}
