"""What AWS says: instances, published metrics, alarms; parsed once. Methods raise RetryableError."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from instance_alarms.errors import RetryableError
from instance_alarms.model import PHASES, Existing, Instance, Series

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

# Older series belong to devices and hosts that are no more; an alarm outlives its metric's silence anyway.
RECENT = "PT3H"
CONTAINER_NAMESPACE = "ECS/ContainerInsights"


class Account:
    """One account and Region. `client` makes a boto3 client of a service, and may keep it."""

    def __init__(self, client: Callable[[str], Any]) -> None:
        self._client = client

    def instances(self, ids: Sequence[str] = ()) -> dict[str, Instance]:
        """By id: the instances with these ids, or all. One that AWS no longer knows is not in it."""
        # A filter, since a list of ids fails as a whole for one that is gone.
        query = {"Filters": [{"Name": "instance-id", "Values": list(ids)}]} if ids else {}
        found = {}
        for page in self._pages("ec2", "describe_instances", **query):
            for reservation in page.get("Reservations", ()):
                for raw in reservation.get("Instances", ()):
                    one = _instance(raw)
                    found[one.id] = one
        return found

    def series(self, dimension: str, value: str) -> list[Series]:
        """Every recently active series with that dimension, in any namespace."""
        pages = self._pages(
            "cloudwatch",
            "list_metrics",
            Dimensions=[{"Name": dimension, "Value": value}],
            RecentlyActive=RECENT,
        )
        return [_series(raw) for page in pages for raw in page.get("Metrics", ())]

    def all_series(self, namespaces: Sequence[str]) -> list[Series]:
        """Every recently active series of the namespaces and of Container Insights."""
        return [
            _series(raw)
            for namespace in dict.fromkeys((*namespaces, CONTAINER_NAMESPACE))
            for page in self._pages("cloudwatch", "list_metrics", Namespace=namespace, RecentlyActive=RECENT)
            for raw in page.get("Metrics", ())
        ]

    def alarms(self, prefix: str) -> list[Existing]:
        """Every metric alarm whose name begins so."""
        pages = self._pages(
            "cloudwatch",
            "describe_alarms",
            AlarmNamePrefix=prefix,
            AlarmTypes=["MetricAlarm"],
            PaginationConfig={"PageSize": 100},
        )
        return [Existing(raw["AlarmName"], raw) for page in pages for raw in page.get("MetricAlarms", ())]

    def _pages(self, service: str, operation: str, **query: Any) -> Iterator[Mapping[str, Any]]:
        try:
            yield from self._client(service).get_paginator(operation).paginate(**query)
        except ClientError as error:
            raise RetryableError(f"{operation}: AWS answered {error.response['Error']['Code']}.") from None
        except BotoCoreError as error:
            raise RetryableError(f"{operation}: AWS is not to be reached: {type(error).__name__}.") from None


def _instance(raw: Mapping[str, Any]) -> Instance:
    state = raw.get("State", {}).get("Name", "")
    return Instance(
        id=raw["InstanceId"],
        # A state that AWS may add one day: better looked at as running than stripped of its alarms.
        state=state if state in PHASES else "running",
        type=raw.get("InstanceType", ""),
        tags={tag["Key"]: tag.get("Value", "") for tag in raw.get("Tags", ())},
        launched_at=raw.get("LaunchTime"),
    )


def _series(raw: Mapping[str, Any]) -> Series:
    dimensions = tuple(sorted((one["Name"], one["Value"]) for one in raw.get("Dimensions", ())))
    return Series(raw["Namespace"], raw["MetricName"], dimensions)
