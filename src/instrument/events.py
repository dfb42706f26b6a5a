"""Events of the application to EventBridge, where rules turn them into alerts or work."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from instrument.logs import current_request_id
from instrument.sender import PerProcess, Sender

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from instrument.service import Service

# https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
BATCH_RECORDS = 10
BATCH_BYTES = 256 * 1024


class EventError(ValueError):
    """EventBridge would refuse this event; the text says why."""


def entry(
    service: Service, bus: str, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()
) -> dict[str, Any]:
    """One entry of PutEvents. Raises EventError for what EventBridge would refuse.

    The source is the service's name. Service, version, environment and the request's id stand in the detail.
    """
    if service.name.startswith("aws."):
        raise EventError(f"service is {service.name}: sources that begin with aws. are Amazon's.")
    if not 1 <= len(detail_type) <= 128:
        raise EventError(f"detail_type {detail_type[:40]!r} must have 1 to 128 characters.")
    about = {"service": service.name, "version": service.version, "environment": service.environment}
    if request_id := current_request_id():
        about["request_id"] = request_id
    made = {
        "Source": service.name,
        "DetailType": detail_type,
        "Detail": json.dumps({**about, **detail}, default=str),
        "EventBusName": bus,
        "Resources": list(resources),
    }
    if size(made) > BATCH_BYTES:
        raise EventError(
            f"the event {detail_type!r} has {size(made)} bytes; EventBridge takes {BATCH_BYTES}."
        )
    return made


def size(made: Mapping[str, Any]) -> int:
    """Bytes of an entry, as EventBridge counts them."""
    texts = [made["Source"], made["DetailType"], made["Detail"], *made["Resources"]]
    return sum(len(text.encode()) for text in texts)


class Events:
    """Sends a service's events; the application never waits. `client`: gives a boto3 events client."""

    def __init__(
        self,
        service: Service,
        client: Callable[[], Any],
        *,
        bus: str = "default",
        capacity: int = 1_000,
        **options: Any,
    ) -> None:
        self._service = service
        self._bus = bus
        self._client = PerProcess(client)
        self.sender: Sender[dict[str, Any]] = Sender(
            self._send,
            size=size,
            batch_records=BATCH_RECORDS,
            batch_bytes=BATCH_BYTES,
            capacity=capacity,
            linger_seconds=options.pop("linger_seconds", 0.05),
            **options,
        )

    def put(self, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str] = ()) -> bool:
        """Take an event, at once; False when it was dropped, and counted. Raises EventError."""
        return self.sender.put(entry(self._service, self._bus, detail_type, detail, resources))

    def _send(self, batch: Sequence[dict[str, Any]]) -> Sequence[dict[str, Any]]:
        answer = self._client.get().put_events(Entries=list(batch))
        return [
            made for made, result in zip(batch, answer["Entries"], strict=True) if result.get("ErrorCode")
        ]
