"""The alarms of a file: a plan or state, a DescribeAlarms answer, or YAML by key."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from alarmctl.scenarios.document import ScenarioError
from alarmctl.scenarios.sources import Sources
from alarms.definitions import from_describe_alarms
from alarms.model import AlarmError

if TYPE_CHECKING:
    from pathlib import Path

    from alarmctl.backtest.replaying import Alarm

KINDS = "terraform show -json of a plan or state, the answer of describe-alarms, or YAML with alarms by key"


class ReadingError(ValueError):
    """A file without alarms that can be read; the text names it."""


def alarms(path: Path) -> tuple[list[Alarm], list[str]]:
    """The alarms, and a line for each one that cannot be evaluated here. Raises ReadingError."""
    try:
        document = json.loads(path.read_bytes()) if path.suffix == ".json" else None
    except OSError as error:
        raise ReadingError(f"{path}: {error.strerror or error}. Give {KINDS}.") from None
    except (ValueError, RecursionError):
        raise ReadingError(f"{path}: no JSON. Give {KINDS}.") from None
    refused: list[str] = []
    try:
        if isinstance(document, dict) and {"MetricAlarms", "CompositeAlarms"} & document.keys():
            return list(from_describe_alarms(document, lambda error: refused.append(str(error)))), refused
        found = Sources().from_file(path)
    except ScenarioError as error:
        raise ReadingError(f"{error} Give {KINDS}.") from None
    except AlarmError as error:
        raise ReadingError(f"{path}: {error}") from None
    return list(found.by_key.values()), list(found.refused.values())
