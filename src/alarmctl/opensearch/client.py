"""Signed JSON requests to one OpenSearch domain.

https://docs.aws.amazon.com/opensearch-service/latest/developerguide/request-signing.html
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import requests
    from botocore.credentials import Credentials

SERVICE = "es"
CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0  # a domain under load takes its time over a template
SHOWN_CHARS = 300


class DomainError(Exception):
    """The domain did not do what was asked; the text says what, and what to look at."""


@dataclass(frozen=True)
class Domain:
    """A domain by its address, and who asks it. `credentials` are frozen ones of botocore."""

    endpoint: str
    region: str
    credentials: Credentials
    session: requests.Session

    def call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> tuple[int, Any]:
        """Status and JSON of the answer. `path` begins with a slash. Raises DomainError without one."""
        data = b"" if body is None else json.dumps(body).encode()
        headers = {"osd-xsrf": "true"} if path.startswith("/_dashboards/") else {}
        if data:
            headers["content-type"] = "application/json"
        request = AWSRequest(method=method, url=f"{self.endpoint}{path}", data=data, headers=headers)
        SigV4Auth(self.credentials, SERVICE, self.region).add_auth(request)
        prepared = request.prepare()
        try:
            response = self.session.request(
                method,
                prepared.url,
                data=data,
                headers=dict(prepared.headers),
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,  # a signature holds for one address
            )
        except OSError as error:  # requests' own errors are of this kind
            raise DomainError(
                f"{self.endpoint} does not answer ({type(error).__name__}). A domain in a VPC is reached "
                "from inside of it alone."
            ) from None
        return response.status_code, _json(response)

    def must(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """The answer's JSON. Raises DomainError for anything but success."""
        status, answer = self.call(method, path, body)
        if status >= 300:
            raise refused(method, path, status, answer)
        return answer


def refused(method: str, path: str, status: int, answer: Any) -> DomainError:
    """What to say of an answer that is no success."""
    hint = {
        401: " Are these credentials of the domain's account?",
        403: " Use the role that is the domain's master user, and see that its access policy names it.",
    }.get(status, "")
    return DomainError(f"{method} {path}: HTTP {status}.{hint} {_short(answer)}".rstrip())


def address(text: str) -> str:
    """The domain's address without its last slash. Raises DomainError for another form."""
    parts = urlsplit(text)
    local = parts.hostname in ("127.0.0.1", "localhost")
    if parts.scheme != "https" and not (local and parts.scheme == "http"):
        raise DomainError(
            f"{text} is no https address. Give the domain's, as the output opensearch_endpoint."
        )
    if not parts.hostname or parts.path.strip("/") or parts.query:
        raise DomainError(f"{text} has more than a host. Leave out the path: https://HOST")
    return f"{parts.scheme}://{parts.netloc}"


def _json(response: requests.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        return response.text[:SHOWN_CHARS]


def _short(answer: Any) -> str:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return text if len(text) <= SHOWN_CHARS else text[: SHOWN_CHARS - 1] + "…"
