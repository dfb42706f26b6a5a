"""What sources and the publisher need of the outside: AWS clients, and a folder that outlives the process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from alarmctl.publish.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

COMPRESS_BYTES = 1024  # botocore's own gzip, from its default of 10 KB down to where it begins to pay
TIMEOUTS = {"connect_timeout": 3, "read_timeout": 5}
ATTEMPTS = 3


@dataclass(frozen=True)
class Context:
    """`region` may be empty; `state` is None where nothing may be written. Clients are made at first use."""

    region: str = ""
    endpoint_url: str | None = None
    state: Path | None = None

    @cached_property
    def session(self) -> Any:
        """The session. Credentials are boto3's: the role's. A local AWS never gets real ones."""
        import boto3  # noqa: PLC0415 -- slow to import, and neither --help nor --dry-run needs it

        if self.is_local:
            return boto3.Session("test", "test", region_name=self.region or "us-east-1")
        return boto3.Session(region_name=self.region or None)

    @property
    def is_local(self) -> bool:
        """Is this an AWS on this machine?"""
        return urlsplit(self.endpoint_url or "").hostname in ("127.0.0.1", "localhost")

    def client(self, service: str) -> Any:
        """A client that gives up soon and sends gzip. Raises ConfigError where no Region is named."""
        from botocore.config import Config  # noqa: PLC0415 -- as above

        if not self.session.region_name:
            raise ConfigError("No Region: write publisher.region, or set AWS_REGION.")
        settings = Config(
            **TIMEOUTS,
            retries={"total_max_attempts": ATTEMPTS, "mode": "standard"},
            request_min_compression_size_bytes=COMPRESS_BYTES,
            **({"proxies": {}} if self.is_local else {}),
        )
        return self.session.client(service, endpoint_url=self.endpoint_url, config=settings)
