"""What a message of the queue asks for: one instance, or everything.

https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/monitoring-instance-state-changes.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from instance_alarms.errors import EventError
from instance_alarms.model import PHASES
from instance_alarms.names import INSTANCE

if TYPE_CHECKING:
    from collections.abc import Mapping

DETAIL_TYPE = "EC2 Instance State-change Notification"
RECONCILE = {"instance_alarms": "reconcile"}


@dataclass(frozen=True, slots=True)
class Order:
    """`instance_id` and the state that the event tells of; None for the whole account."""

    instance_id: str | None
    state: str = ""


def read(body: Any) -> Order:
    """The order of an event, or of its JSON. Raises EventError."""
    event = body
    if isinstance(body, str):
        try:
            event = json.loads(body)
        except ValueError:
            raise EventError("The message is no JSON. Send EventBridge's events only.") from None
    if event == RECONCILE:
        return Order(None)
    if not isinstance(event, dict) or event.get("detail-type") != DETAIL_TYPE:
        raise EventError(f"The event is no {DETAIL_TYPE} and no {json.dumps(RECONCILE)}.")
    return _of_event(event)


def _of_event(event: Mapping[str, Any]) -> Order:
    detail = event.get("detail")
    detail = detail if isinstance(detail, dict) else {}
    id_, state = detail.get("instance-id"), detail.get("state")
    if not isinstance(id_, str) or not INSTANCE.fullmatch(id_):
        raise EventError(f"detail.instance-id is {id_!r}, which is no id of an instance.")
    if not isinstance(state, str) or state not in PHASES:
        raise EventError(f"detail.state is {state!r}. Known are {', '.join(PHASES)}.")
    return Order(id_, state)
