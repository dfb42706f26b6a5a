"""Show that the way to Slack is open: a message every five minutes through the same queue and Lambda.

A schedule puts `{"notify_slack": "heartbeat"}` into the queue; each that arrives is a datapoint of the metric
`Heartbeat`: 1 when the ledger and the webhook's parameter could be read, 0 when one could not. No datapoint:
nothing comes through. Metrics are written to the log in the embedded metric format, which costs no call:
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from notify_slack import peek
from notify_slack.envelope import loads

if TYPE_CHECKING:
    from collections.abc import Mapping

OWN = "notify_slack"  # the key of our own messages, which no AWS event has
HEARTBEAT = "heartbeat"
SWEEP = "sweep"

NAMESPACE = "NotifySlack"
DIMENSION = "Stack"
METRIC_HEARTBEAT = "Heartbeat"
METRIC_REFUSED = "Refused"  # alerts that Slack refuses for good: a person must act

_LONGEST = 200  # characters of our own schedule's message


def order(content: object) -> str:
    """What our own schedule asks for: `sweep`, `heartbeat`, or nothing."""
    found = peek.text(content, OWN)
    return found if found in (HEARTBEAT, SWEEP) and len(peek.mapping(content)) == 1 else ""


def is_beat(record: object) -> bool:
    """Is this SQS record a heartbeat, or a sweep that failed and came back out of the dead-letter queue?"""
    body = peek.text(record, "body")
    return len(body) <= _LONGEST and OWN in body and bool(order(loads(body)))


def metric(name: str, value: int, stack: str, now: float) -> Mapping[str, Any]:
    """One datapoint in the embedded metric format. `now` is epoch seconds."""
    return {
        "_aws": {
            "Timestamp": int(now * 1000),
            "CloudWatchMetrics": [
                {
                    "Namespace": NAMESPACE,
                    "Dimensions": [[DIMENSION]],
                    "Metrics": [{"Name": name, "Unit": "Count"}],
                }
            ],
        },
        DIMENSION: stack,
        name: value,
    }
