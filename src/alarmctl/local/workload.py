"""The service that the local environment watches: it runs well, and says so once a minute.

Without it the alarm on running tasks would fire at once, as silence is its reason to.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

NAMESPACE = "ECS/ContainerInsights"
DIMENSIONS = {"ClusterName": "demo", "ServiceName": "api"}
TASK_COUNTS = {"DesiredTaskCount": 2.0, "RunningTaskCount": 2.0}
BACKFILL_MINUTES = 5  # a service is older than its alarms

Store = Callable[[str, str, dict[str, str], datetime, float], Any]


def report(store: Store, now: datetime, minutes: int = 1) -> None:
    """Store the task counts of the last `minutes` minutes: namespace, metric, dimensions, time, value."""
    for back in range(minutes):
        for metric, count in TASK_COUNTS.items():
            store(NAMESPACE, metric, DIMENSIONS, now - timedelta(minutes=back), count)
