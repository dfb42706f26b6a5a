"""A message as the channel holds it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class Message:
    """One accepted request body; `number` counts from 1 and `received_at` is timezone-aware.

    `heading` stands on the divider above it, in the place of the day.
    """

    number: int
    received_at: datetime
    body: Mapping[str, Any]
    raw: bytes = b""
    heading: str = ""
