"""Incidents: read from a file, and found (or not) in what the alarms did."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any

import yaml

from alarmctl.backtest.model import Caught, Incident
from alarms.model import as_utc

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from alarmctl.backtest.model import AlarmResult, Span

# An alarm may need its whole window; an incident that was over when it fired was still caught by it.
GRACE = timedelta(minutes=5)
FORM = "a list of {name, start, end, alarms: [patterns], optional}"


class IncidentError(ValueError):
    """A file of incidents that cannot be read; the text names the culprit."""


def from_file(path: Path) -> tuple[Incident, ...]:
    """Read YAML or JSON. Raises IncidentError."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise IncidentError(f"{path}: {error.strerror or error}. Give {FORM}.") from None
    except (UnicodeDecodeError, yaml.YAMLError, RecursionError):
        raise IncidentError(f"{path}: neither YAML nor JSON. Give {FORM}.") from None
    if not isinstance(document, list):
        raise IncidentError(f"{path}: no list. Give {FORM}.")
    return tuple(_incident(f"{path}: incident {place}", entry) for place, entry in enumerate(document, 1))


def _incident(where: str, entry: Any) -> Incident:
    if not isinstance(entry, Mapping) or not {"start", "end"} <= entry.keys():
        raise IncidentError(f"{where}: needs start and end. Give {FORM}.")
    unknown = sorted(map(str, entry.keys() - {"name", "start", "end", "alarms"}))
    if unknown:
        raise IncidentError(f"{where}: not understood: {', '.join(unknown)}. Give {FORM}.")
    start, end = (_instant(where, key, entry[key]) for key in ("start", "end"))
    if end <= start:
        raise IncidentError(f"{where}: its end is not after its start. Mend one of them.")
    patterns = entry.get("alarms", ["*"])
    patterns = [patterns] if isinstance(patterns, str) else patterns
    if not isinstance(patterns, list) or not patterns or not all(isinstance(one, str) for one in patterns):
        raise IncidentError(f"{where}: alarms must be a list of names; * stands for any characters.")
    return Incident(str(entry.get("name") or f"{start:%Y-%m-%d %H:%M}"), start, end, tuple(patterns))


def _instant(where: str, key: str, value: Any) -> datetime:
    try:
        return as_utc(value if isinstance(value, datetime) else datetime.fromisoformat(value))
    except (TypeError, ValueError, OverflowError):
        raise IncidentError(f"{where}: {key} is no time: {value!r}. Write 2026-01-05T10:15:00Z.") from None


def concerns(incident: Incident, name: str) -> bool:
    """Should the alarm of that name have told of it?"""
    return any(fnmatchcase(name, pattern) for pattern in incident.alarms)


def catching(incident: Incident, spans: Sequence[Span]) -> Span | None:
    """The first stay in ALARM that overlaps the incident, or began shortly after it."""
    return next(
        (span for span in spans if span.start <= incident.end + GRACE and span.end > incident.start), None
    )


def delay(incident: Incident, span: Span) -> float:
    """Minutes from the incident's start to the alarm; 0 where that was in ALARM already."""
    return max(0.0, (span.start - incident.start).total_seconds() / 60)


def caught(incidents: Sequence[Incident], results: Sequence[AlarmResult]) -> tuple[Caught, ...]:
    """Each incident with the alarms that told of it, the fastest first. An alarm that is always on tells of
    nothing.
    """
    found = []
    for incident in incidents:
        by = sorted(
            (delay(incident, span), one.name)
            for one in results
            if not one.always_on
            and concerns(incident, one.name)
            and (span := catching(incident, one.spans)) is not None
        )
        found.append(Caught(incident, tuple(name for _, name in by), by[0][0] if by else None))
    return tuple(found)
