"""The values of the dimensions that sources ask for: given, or found out where the publisher runs."""

from __future__ import annotations

import json
import os
import re
import socket
import threading
import time
import urllib.request
from contextlib import suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from alarmctl.publish.context import Context

METADATA = "http://169.254.169.254"
METADATA_SECONDS = 1.0  # it answers within milliseconds, or this is no instance
TOKEN_SECONDS = 300
RETRY_SECONDS = 300.0  # between questions that had no answer
INSTANCE_ID = re.compile(r"m?i-[0-9a-f]+")
GROUP_TAG = "aws:autoscaling:groupName"


class Dimensions:
    """Values by name. What was found stays; what was not is asked for again after a while.

    `metadata` is the address of the instance metadata service; `clock` counts seconds.
    """

    def __init__(
        self,
        given: Mapping[str, str],
        wanted: Iterable[str],
        context: Context,
        *,
        metadata: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._known = dict(given)
        self._wanted = frozenset(wanted)
        self._context = context
        self._metadata = metadata or os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT") or METADATA
        self._clock = clock
        self._asked = -RETRY_SECONDS
        self._lock = threading.Lock()

    def values(self) -> Mapping[str, str]:
        """What is known by now."""
        with self._lock:
            missing = [name for name in FINDERS if name in self._wanted and name not in self._known]
            if missing and self._clock() - self._asked >= RETRY_SECONDS:
                self._asked = self._clock()
                for name in missing:
                    if value := FINDERS[name](self):
                        self._known[name] = value
            return dict(self._known)

    @property
    def missing(self) -> list[str]:
        """Names that sets ask for and that have no value here."""
        return sorted(self._wanted - self.values().keys())

    def _metadata_text(self, path: str) -> str:
        """IMDSv2 (a token first); an empty text where there is no answer."""
        token = _fetch(
            f"{self._metadata}/latest/api/token",
            {"X-aws-ec2-metadata-token-ttl-seconds": str(TOKEN_SECONDS)},
            "PUT",
        )
        if not token:
            return ""
        return _fetch(f"{self._metadata}/latest/meta-data/{path}", {"X-aws-ec2-metadata-token": token})

    def _instance_id(self) -> str:
        found = self._metadata_text("instance-id").strip()
        return found if INSTANCE_ID.fullmatch(found) else ""  # a proxy's error page is no id

    def _auto_scaling_group(self) -> str:
        if found := self._metadata_text(f"tags/instance/{GROUP_TAG}").strip():
            return found
        instance = self._known.get("InstanceId") or self._instance_id()
        if not instance:
            return ""
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415 -- slow, rarely needed

        with suppress(BotoCoreError, ClientError):
            answer = self._context.client("autoscaling").describe_auto_scaling_instances(
                InstanceIds=[instance]
            )
            for one in answer["AutoScalingInstances"]:
                return str(one["AutoScalingGroupName"])
        return ""

    def _cluster(self) -> str:
        address = os.environ.get("ECS_CONTAINER_METADATA_URI_V4", "")
        if not address:
            return ""
        with suppress(ValueError):
            cluster: Any = json.loads(_fetch(f"{address}/task", {}) or "{}").get("Cluster", "")
            return str(cluster).rpartition("/")[2]  # the endpoint gives a name or an ARN
        return ""

    def _machine(self) -> str:
        return socket.gethostname()


# In this order: the group is asked for by the instance's id.
FINDERS: Mapping[str, Callable[[Dimensions], str]] = {
    "InstanceId": Dimensions._instance_id,
    "AutoScalingGroupName": Dimensions._auto_scaling_group,
    "ClusterName": Dimensions._cluster,
    "Machine": Dimensions._machine,
}
# Never through a proxy: these addresses are of this machine.
_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def _fetch(url: str, headers: Mapping[str, str], method: str = "GET") -> str:
    request = urllib.request.Request(url, headers=dict(headers), method=method)  # noqa: S310 -- http by design
    try:
        with _OPENER.open(request, timeout=METADATA_SECONDS) as answer:
            return str(answer.read(10_000).decode())
    except (OSError, ValueError):  # urllib's errors are OSErrors
        return ""


def series_sets(
    sets: Iterable[tuple[str, ...]],
    own: Mapping[str, str],
    known: Mapping[str, str],
    own_names: Iterable[str],
) -> list[tuple[tuple[str, str], ...]]:
    """The dimensions under which a value is published, once for each set whose names all have a value.

    A value's own dimensions join each set, unless some set names one of `own_names`.
    """
    as_written = any(name in names for names in sets for name in own_names)
    values = {**known, **own}
    found: dict[tuple[tuple[str, str], ...], None] = {}
    for names in sets:
        full = names if as_written else (*names, *own)
        if all(name in values for name in full):
            found[tuple(sorted((name, values[name]) for name in full))] = None
    return list(found)
