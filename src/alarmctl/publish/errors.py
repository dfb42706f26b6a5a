"""What `alarmctl publish` raises on purpose; each text names the culprit and what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alarmctl.publish.model import Reading


class ConfigError(Exception):
    """The configuration cannot be used."""


class SourceError(Exception):
    """A source did not answer. `readings` is what it measured before, often nothing."""

    def __init__(self, text: str, readings: tuple[Reading, ...] = ()) -> None:
        super().__init__(text)
        self.readings = readings


class LockedError(Exception):
    """Another publisher runs with the same spool."""
