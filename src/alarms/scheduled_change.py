"""A change that AWS has scheduled for our resources, as an AWS Health event tells it.

Source: AWS Health user guide, "AWS Health event schema".
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from alarms.mute_window import MuteError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

CATEGORY = "scheduledChange"


@dataclass(frozen=True)
class Change:
    """What AWS will change: the entities' names as dimensions give them, and from when until when."""

    code: str
    arn: str
    entities: tuple[str, ...]
    start: datetime
    end: datetime | None
    closed: bool = False
    page: int = 1

    @property
    def length(self) -> timedelta | None:
        """How long it takes, where AWS says so."""
        return self.end - self.start if self.end else None

    def concerns(self, alarm: Mapping[str, Any]) -> bool:
        """Whether an alarm, as DescribeAlarms gives it, has one of the entities among its dimensions."""
        return not set(self.entities).isdisjoint(_dimension_values(alarm))


def _dimension_values(alarm: Mapping[str, Any]) -> Iterator[str]:
    sources = [alarm] + [query.get("MetricStat", {}).get("Metric", {}) for query in alarm.get("Metrics", ())]
    yield from (dimension["Value"] for source in sources for dimension in source.get("Dimensions", ()))


def read(event: object) -> Change:
    """The scheduled change in an EventBridge event of aws.health; an ARN stands for its last part too.

    Raises MuteError where it is another event.
    """
    detail = event.get("detail") if isinstance(event, dict) else None
    if not isinstance(detail, dict) or not isinstance(event, dict) or event.get("source") != "aws.health":
        raise MuteError("This is no event of AWS Health. Give it as EventBridge sends it.")
    if detail.get("eventTypeCategory") != CATEGORY:
        raise MuteError(
            f"This AWS Health event is no {CATEGORY} but {detail.get('eventTypeCategory')!r}; "
            "only a scheduled change says beforehand when it will be."
        )
    values = [str(entity.get("entityValue", "")) for entity in detail.get("affectedEntities") or ()]
    entities = {name for value in values for name in (value, value.rpartition("/")[2].rpartition(":")[2])}
    if not entities - {""}:
        raise MuteError("This AWS Health event names no affected entity. Mute the alarms by name.")
    start = _time(detail, "startTime")
    if start is None:
        raise MuteError("This AWS Health event has no startTime. Mute the alarms by name.")
    end = _time(detail, "endTime")
    return Change(
        str(detail.get("eventTypeCode", "")),
        str(detail.get("eventArn", "")),
        tuple(sorted(entities - {""})),
        start,
        end if end and end > start else None,
        closed=detail.get("statusCode") == "closed",
        page=int(detail.get("page") or 1),
    )


def _time(detail: Mapping[str, Any], key: str) -> datetime | None:
    """Such as `Mon, 16 Mar 2026 09:00:00 GMT`."""
    text = detail.get(key)
    if not text:
        return None
    try:
        return parsedate_to_datetime(str(text)).astimezone(UTC)
    except ValueError:
        raise MuteError(f"{key} of this AWS Health event is no date: {text!r}.") from None
