"""The webhook: read at first use, kept while it works, read again when Slack no longer knows it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from notify_slack import bot
from notify_slack.config import LOCAL
from notify_slack.errors import ConfigError, NotifyError

if TYPE_CHECKING:
    from collections.abc import Callable

SLACK_HOSTS = frozenset({"hooks.slack.com", "hooks.slack-gov.com"})
LOCAL_HOST = "127.0.0.1"

REFRESH_SECONDS = 300  # a rotated webhook is picked up within this time, even while the old one works

_PATH = re.compile(r"/services/[A-Za-z0-9/_-]+")


class Webhook:
    """Owns the URL. `read` fetches the parameter; `failed` hears of each read that went wrong."""

    def __init__(
        self, read: Callable[[], str], parameter: str, environment: str, failed: Callable[[Exception], None]
    ) -> None:
        self._read = read
        self._parameter = parameter
        self._environment = environment
        self._failed = failed
        self._url = ""
        self._read_at = 0.0

    @property
    def parameter(self) -> str:
        """The name of the SSM parameter, for messages to people."""
        return self._parameter

    def url(self, now: float, *, refresh: bool = False) -> str:
        """The checked URL. Raises ConfigError or RetryableError only while there is no last good value."""
        if self._url and not refresh and now - self._read_at < REFRESH_SECONDS:
            return self._url
        try:
            self._url = checked(self._read(), self._parameter, self._environment)
        except NotifyError as error:
            if not self._url:
                raise
            self._failed(error)
        self._read_at = now
        return self._url


def checked(url: str, parameter: str, environment: str) -> str:
    """The URL, if it is a webhook that we may post to. Raises ConfigError, which never quotes the value."""
    value = url.strip()
    opened = bot.access(value)
    if opened and opened.api == bot.API:
        return value
    where = f"SSM parameter {parameter}"
    try:
        parts = urlsplit(value)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise ConfigError(f"{where} holds no URL. Write the Slack webhook into it.") from None
    if environment == LOCAL and host == LOCAL_HOST and parts.scheme == "http" and "@" not in parts.netloc:
        return value
    if parts.scheme != "https" or host not in SLACK_HOSTS or port not in (None, 443) or "@" in parts.netloc:
        raise ConfigError(
            f"{where} holds no Slack webhook: it must begin with "
            f"{' or '.join(f'https://{name}/services/' for name in sorted(SLACK_HOSTS))}."
        )
    if not _PATH.fullmatch(parts.path) or parts.query or parts.fragment:
        raise ConfigError(
            f"{where} holds no incoming webhook: its path must be /services/… "
            "(workflow and trigger addresses take another kind of message)."
        )
    return value
