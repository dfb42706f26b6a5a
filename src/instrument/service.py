"""Who speaks: a service's name, version and environment, which every log line, metric and event carries."""

from __future__ import annotations

import json
import os
import re
import socket
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

UNKNOWN = "unknown"
METADATA = "ECS_CONTAINER_METADATA_URI_V4"
METADATA_SECONDS = 1.0  # it answers on the host itself; an application must not wait for it
_IMAGE = re.compile(r"(?:^|/)[^/@]+?(?::(?P<tag>[\w][\w.-]{0,127}))?(?:@sha256:(?P<digest>[0-9a-f]{64}))?$")


@dataclass(frozen=True)
class Service:
    """A deployed application. `version` is what was deployed: an image's tag, or a deployment's id."""

    name: str
    version: str = UNKNOWN
    environment: str = UNKNOWN
    hostname: str = UNKNOWN

    @classmethod
    def from_environment(
        cls,
        name: str,
        environ: Mapping[str, str] | None = None,
        *,
        folder: Path | None = None,
        fetch: Callable[[str], str] | None = None,
    ) -> Service:
        """The running service, at start. `version()` says where the version comes from.

        `SERVICE_NAME` wins over `name`; the environment is `ENVIRONMENT`. A container's host name is the
        container's: `HOSTNAME_OF_HOST` overrides it.
        """
        environ = os.environ if environ is None else environ
        return cls(
            name=environ.get("SERVICE_NAME") or name,
            version=version(environ, folder or Path.cwd(), fetch or _fetch),
            environment=environ.get("ENVIRONMENT") or UNKNOWN,
            hostname=environ.get("HOSTNAME_OF_HOST") or socket.gethostname(),
        )


def version(environ: Mapping[str, str], folder: Path, fetch: Callable[[str], str]) -> str:
    """The first of: `SERVICE_VERSION`; the tag of `IMAGE`; the tag of the ECS container's image;
    `DEPLOYMENT_ID` (CodeDeploy sets it for its hooks); the first line of the file REVISION in `folder`.
    """
    sources: tuple[Callable[[], str], ...] = (
        lambda: environ.get("SERVICE_VERSION", ""),
        lambda: image_version(environ.get("IMAGE", "")),
        lambda: _metadata_version(environ.get(METADATA, ""), fetch),
        lambda: environ.get("DEPLOYMENT_ID", ""),
        lambda: _revision(folder / "REVISION"),
    )
    return next((found for source in sources if (found := source().strip())), UNKNOWN)


def image_version(image: str) -> str:
    """The version in a container image's name: its tag, else twelve digits of its digest, else ""."""
    parts = _IMAGE.search(image)
    if not parts:
        return ""
    return parts["tag"] or (parts["digest"] or "")[:12]


def _metadata_version(uri: str, fetch: Callable[[str], str]) -> str:
    """From the task metadata endpoint, version 4. What does not answer is no reason not to start."""
    if not uri:
        return ""
    try:
        return image_version(str(json.loads(fetch(uri)).get("Image", "")))
    except (OSError, ValueError, AttributeError):
        return ""


def _fetch(uri: str) -> str:
    if not uri.startswith("http://"):
        raise ValueError(f"{METADATA} is {uri}, which is no http address. Leave it to ECS to set.")
    with urllib.request.urlopen(uri, timeout=METADATA_SECONDS) as answer:  # noqa: S310 - http only, see above
        return str(answer.read().decode())


def _revision(path: Path) -> str:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return ""
    return lines[0][:128] if lines else ""
