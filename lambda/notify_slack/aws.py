"""Call AWS without loading boto3: it costs more of a cold start than all the rest together.

The services that each alert needs (SSM, DynamoDB, SQS) speak JSON over one signed POST. What is called rarely
(CloudWatch, SNS) goes through boto3, which is then loaded. The signature:
https://docs.aws.amazon.com/IAM/latest/UserGuide/create-signed-request.html
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from notify_slack import peek

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from notify_slack.web import Poster

CONNECT_SECONDS = 1.0
READ_SECONDS = 2.0
TRIES = 2
PAUSE_SECONDS = 0.1

# Service -> prefix of X-Amz-Target and version of the JSON protocol, from AWS's API models.
_PROTOCOLS = {
    "dynamodb": ("DynamoDB_20120810", "1.0"),
    "sqs": ("AmazonSQS", "1.0"),
    "ssm": ("AmazonSSM", "1.1"),
}
_SUFFIXES = {"cn": "amazonaws.com.cn"}  # by the first part of the region; all others share one
_PASSING = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException", "RequestThrottled"})


class AwsError(Exception):
    """AWS said no, or nothing. `code` is its word for it; `passing`: the same call may succeed soon."""

    def __init__(self, service: str, operation: str, code: str, *, passing: bool = False) -> None:
        super().__init__(f"{service} {operation}: {code}")
        self.code = code
        self.passing = passing


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request is signed with. `token` is empty for those of a user."""

    access_key: str
    secret_key: str
    token: str = ""


class Api:
    """Signed JSON calls. Session, environment, wall clock (epoch seconds) and sleep are arguments."""

    def __init__(
        self,
        session: Poster,
        environ: Mapping[str, str],
        now: Callable[[], float],
        sleep: Callable[[float], object],
    ) -> None:
        self._session = session
        self._environ = environ
        self._now = now
        self._sleep = sleep
        self._region = environ.get("AWS_REGION") or environ.get("AWS_DEFAULT_REGION") or "us-east-1"

    def call(self, service: str, operation: str, body: Mapping[str, Any]) -> Mapping[str, Any]:
        """The answer's JSON. Raises AwsError after two tries of what may pass, else at once."""
        payload = json.dumps(body).encode()
        for attempt in range(TRIES):
            try:
                return self._try(service, operation, payload)
            except AwsError as error:
                if not error.passing or attempt == TRIES - 1:
                    raise
            self._sleep(PAUSE_SECONDS)
        raise AssertionError("unreachable: the last try returns or raises")

    def _try(self, service: str, operation: str, payload: bytes) -> Mapping[str, Any]:
        try:
            response = self._session.post(
                self._endpoint(service),
                data=payload,
                headers=self._headers(service, operation, payload),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
            )
        except OSError as failure:  # requests' errors are of this kind, too
            cause = getattr(failure, "cause", "") or type(failure).__name__
            raise AwsError(service, operation, cause, passing=True) from None
        answer = _parsed(response.text)
        if response.status_code == 200:
            return peek.mapping(answer)
        code = peek.text(answer, "__type").rpartition("#")[2] or f"HTTP {response.status_code}"
        raise AwsError(service, operation, code, passing=response.status_code >= 500 or code in _PASSING)

    def _endpoint(self, service: str) -> str:
        own = self._environ.get(f"AWS_ENDPOINT_URL_{service.upper()}") or self._environ.get(
            "AWS_ENDPOINT_URL"
        )
        suffix = _SUFFIXES.get(self._region.partition("-")[0], "amazonaws.com")
        return f"{own.rstrip('/')}/" if own else f"https://{service}.{self._region}.{suffix}/"

    def _headers(self, service: str, operation: str, payload: bytes) -> dict[str, str]:
        prefix, version = _PROTOCOLS[service]
        headers = {
            "content-type": f"application/x-amz-json-{version}",
            "host": urlsplit(self._endpoint(service)).netloc,
            "x-amz-target": f"{prefix}.{operation}",
        }
        return sign(headers, payload, self._credentials(), self._region, service, self._now())

    def _credentials(self) -> Credentials:
        """Lambda gives them in the environment; wherever else this runs, botocore knows where to look."""
        if "AWS_ACCESS_KEY_ID" in self._environ and "AWS_SECRET_ACCESS_KEY" in self._environ:
            return Credentials(
                self._environ["AWS_ACCESS_KEY_ID"],
                self._environ["AWS_SECRET_ACCESS_KEY"],
                self._environ.get("AWS_SESSION_TOKEN", ""),
            )
        from botocore.session import get_session  # noqa: PLC0415  never in Lambda

        found = get_session().get_credentials()
        if found is None:
            raise AwsError("sts", "credentials", "NoCredentials")
        frozen = found.get_frozen_credentials()
        return Credentials(frozen.access_key, frozen.secret_key, frozen.token or "")


def sign(
    headers: Mapping[str, str],
    payload: bytes,
    credentials: Credentials,
    region: str,
    service: str,
    now: float,
) -> dict[str, str]:
    """The headers of a POST to `/`, signed (Signature Version 4) at `now`, in epoch seconds."""
    moment = f"{datetime.fromtimestamp(now, tz=UTC):%Y%m%dT%H%M%SZ}"
    signed = {**headers, "x-amz-date": moment}
    if credentials.token:
        signed["x-amz-security-token"] = credentials.token
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    canonical = f"POST\n/\n\n{lines}\n{names}\n{hashlib.sha256(payload).hexdigest()}"
    scope = f"{moment[:8]}/{region}/{service}/aws4_request"
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    key = f"AWS4{credentials.secret_key}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    signed["authorization"] = (
        f"AWS4-HMAC-SHA256 Credential={credentials.access_key}/{scope}, "
        f"SignedHeaders={names}, Signature={signature}"
    )
    return signed


def _parsed(text: str) -> object:
    try:
        return json.loads(text or "{}")
    except (ValueError, RecursionError):
        return {}
