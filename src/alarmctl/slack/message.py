"""A message as the channel holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Message:
    """One accepted request body; `number` counts from 1 and `received_at` is timezone-aware.

    `heading` stands on the divider above it, in the place of the day. What a bot posted has a `ts`, Slack's
    name for it, by which it can be changed (`edited`) and answered (`replies`). An answer knows its `thread`,
    the number of the message above it; `broadcast` shows it in the channel, too.
    """

    number: int
    received_at: datetime
    body: Mapping[str, Any]
    raw: bytes = b""
    heading: str = ""
    ts: str = ""
    edited: bool = False
    thread: int = 0
    broadcast: bool = False
    replies: "tuple[Message, ...]" = ()

    @property
    def in_channel(self) -> bool:
        """Is it shown in the channel itself, and not only below another?"""
        return self.broadcast or not self.thread
