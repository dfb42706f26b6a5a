"""A stack of ours in an account and Region, by its name: what its parts are called, and clients for them."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import boto3

SEVERITIES = ("critical", "warning", "info")
ALIAS = "live"

# What AWS's clients raise; `word` makes one word of it.
AWS_ERRORS = (BotoCoreError, ClientError)
_MISSING = re.compile(r"NotFound|NonExistent|NoSuch|NotExist")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,30}")


class AccountError(Exception):
    """The account cannot be asked; the text names the culprit and the next step."""


def word(error: Exception) -> str:
    """AWS's word for an error, such as AccessDenied, or the error's type."""
    code = getattr(error, "response", {}).get("Error", {}).get("Code")
    return str(code or type(error).__name__)


def is_missing(error: Exception) -> bool:
    """Does AWS say that there is no such thing?"""
    return bool(_MISSING.search(word(error)))


def name(text: str) -> str:
    """A stack's name, checked as Terraform does."""
    if not _NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no stack's name. Give `name` as the environment has it, such as acme-production."
        )
    return text


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Which stack is meant."""
    parser.add_argument(
        "--name", type=name, required=True, help="the stack's name, such as acme-production or demo-local"
    )
    parser.add_argument("--region", help="its Region; by default that of the environment or profile")
    parser.add_argument(
        "--endpoint-url", metavar="URL", help="of a local AWS, as `alarmctl local status` shows it"
    )


@dataclass(frozen=True)
class Account:
    """One stack. `session` and clients are made at first use. Methods raise what boto3 raises."""

    name: str
    region: str | None = None
    endpoint_url: str | None = None

    @cached_property
    def is_local(self) -> bool:
        """Is this an AWS on this machine?"""
        return urlsplit(self.endpoint_url or "").hostname in ("127.0.0.1", "localhost")

    @cached_property
    def session(self) -> boto3.Session:
        """The session; a local AWS never gets real credentials."""
        import boto3  # noqa: PLC0415 -- takes a while, and --help does not need it

        if self.is_local:
            return boto3.Session("test", "test", region_name=self.region or "us-east-1")
        return boto3.Session(region_name=self.region)

    def client(self, service: str) -> Any:
        """A client. Raises AccountError where no Region is named."""
        if not self.session.region_name:
            raise AccountError("No Region: give --region, or set AWS_REGION.")
        settings = Config(
            connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 3, "mode": "standard"}
        )
        if self.is_local:
            settings = settings.merge(Config(proxies={}))
        return self.session.client(service, endpoint_url=self.endpoint_url, config=settings)

    def pages(self, service: str, operation: str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """Every page of an operation's answer."""
        yield from self.client(service).get_paginator(operation).paginate(**parameters)

    @cached_property
    def identity(self) -> tuple[str, str]:
        """Partition and account id. Raises AccountError where AWS does not know us."""
        try:
            arn = str(self.client("sts").get_caller_identity()["Arn"])
        except AWS_ERRORS as error:
            raise AccountError(
                f"AWS does not take these credentials ({word(error)}). Check AWS_PROFILE, or sign in again."
            ) from None
        return arn.split(":")[1], arn.split(":")[4]

    def topic_arn(self, topic: str) -> str:
        """ARN of the topic of a severity, or of `operations`."""
        partition, account = self.identity
        return f"arn:{partition}:sns:{self.session.region_name}:{account}:{self.name}-{topic}"

    def queue_arn(self, queue: str) -> str:
        """ARN of a queue by the end of its name: alerts, alerts-dead, undeliverable."""
        partition, account = self.identity
        return f"arn:{partition}:sqs:{self.session.region_name}:{account}:{self.name}-{queue}"

    def queue_url(self, queue: str) -> str:
        """URL of that queue."""
        return str(self.client("sqs").get_queue_url(QueueName=f"{self.name}-{queue}")["QueueUrl"])

    @property
    def function(self) -> str:
        """Name of the notifier's function."""
        return f"{self.name}-notify-slack"

    @property
    def log_group(self) -> str:
        """Name of its log group."""
        return f"/aws/lambda/{self.function}"

    @property
    def canary(self) -> str:
        """Name of the alarm that only the doctor fires."""
        return f"{self.name}-canary"


def from_options(options: argparse.Namespace) -> Account:
    """The stack that the options of `add_arguments` name."""
    return Account(options.name, options.region, options.endpoint_url)
