"""Give messages back to the queue, each with its own wait, and put new ones in.

https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ChangeMessageVisibilityBatch.html
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Call = Callable[[str, str, Mapping[str, Any]], Mapping[str, Any]]

BATCH = 10  # messages of one request


def give_back(call: Call, queue_url: str, waits: Mapping[str, int], more: Callable[[], bool]) -> None:
    """Show each message (by receipt handle) again after its seconds, as long as there is `more` time.

    A message that is not reached keeps the queue's own visibility timeout. Raises what `call` raises.
    """
    handles = list(waits)
    for start in range(0, len(handles), BATCH):
        if not more():
            return
        entries = [
            {"Id": str(place), "ReceiptHandle": handle, "VisibilityTimeout": waits[handle]}
            for place, handle in enumerate(handles[start : start + BATCH])
        ]
        call("sqs", "ChangeMessageVisibilityBatch", {"QueueUrl": queue_url, "Entries": entries})


def put(call: Call, queue_url: str, bodies: Iterable[object]) -> None:
    """One message per body. Raises what `call` raises."""
    for body in bodies:
        call("sqs", "SendMessage", {"QueueUrl": queue_url, "MessageBody": json.dumps(body)})
