"""Images of Amazon ECR: scans, pushes and deletions, replication and pull-through cache.

Schema: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.events.inspector import counts
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "ecr"
SCAN = "aws.ecr/ECR Image Scan"
IMAGE = "aws.ecr/ECR Image Action"
PULL_THROUGH = "aws.ecr/ECR Pull Through Cache Action"
REPLICATION = "aws.ecr/ECR Replication Action"
SCAN_CHANGE = "aws.ecr/ECR Scan Resource Change"
KINDS = (SCAN, IMAGE, PULL_THROUGH, REPLICATION, SCAN_CHANGE)
SHAPES: dict[str, frozenset[str]] = {}

# What was done, and that it failed, in words; a kind of event stands for the action that it does not name.
DONE = {
    "PUSH": ("pushed", "push failed"),
    "DELETE": ("deleted", "deletion failed"),
    "REPLICATE": ("replicated", "replication failed"),
    "SCAN_FREQUENCY_CHANGE": ("changed its scan frequency", "scan settings failed"),
    PULL_THROUGH: ("cached from upstream", "pull-through cache failed"),
}


def parse(received: Received, kind: str) -> Alert:
    """What a scan found, or what was done to which image and whether it worked."""
    event = received.content
    return _scan(event) if kind == SCAN else _action(event, kind)


def _scan(event: object) -> Alert:
    detail = peek.mapping(event, "detail")
    origin = parts.origin(event)
    found = peek.mapping(detail, "finding-severity-counts")
    state, told = peek.text(detail, "scan-status").upper(), counts(found)
    complete = state == "COMPLETE"
    bad = bool(peek.count(found, "CRITICAL") or peek.count(found, "HIGH"))
    status = Status.FIRING if bad or not complete else Status.NOTICE
    result = f"found {told or 'nothing'}" if complete else f"is {parts.words(state) or 'unknown'}"
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(f"Scan of image {_image(detail)}", status, result),
        status=status,
        state="Vulnerabilities found" if complete else f"Scan {parts.words(state)}",
        summary=f"The scan of {code(_image(detail))} {result}.",
        brief=told or result,
        fields=_fields(detail),
        links=_links(origin, detail),
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
        **origin,
    )


def _action(event: object, kind: str) -> Alert:
    detail = peek.mapping(event, "detail")
    origin = parts.origin(event)
    action = peek.text(detail, "action-type")
    result = peek.text(detail, "result") or peek.text(detail, "sync-status")
    failed = result.upper() in ("FAILURE", "FAILED")
    reason = ": ".join(
        text for name in ("failure-code", "failure-reason") if (text := peek.text(detail, name))
    )
    status = Status.FIRING if failed else Status.NOTICE
    done, not_done = DONE.get(
        action or kind, (parts.words(action) or "changed", f"{parts.words(action)} failed")
    )
    told = not_done if failed else done
    image = _image(detail)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(f"Image {image}" if image else "ECR registry", status, told),
        status=status,
        state=told[:1].upper() + told[1:],
        summary=parts.joined(f"{code(image) or 'The registry'}: {told}", reason),
        brief=reason or told,
        details=parts.lines(_repositories(detail)),
        fields=_fields(detail),
        links=_links(origin, detail),
        suggested=Severity.WARNING if failed else Severity.INFO,
        **origin,
    )


def _repositories(detail: object) -> Iterator[tuple[str, str]]:
    """How often each repository was and is scanned."""
    for one in peek.items(detail, "repositories"):
        name = peek.text(one, "repository-name") or parts.name(peek.text(one, "repository-arn"))
        before, now = (
            parts.words(peek.text(one, key)) for key in ("previous-scan-frequency", "scan-frequency")
        )
        yield name, f"{before} → {now}" if before else now


def _image(detail: object) -> str:
    """`repository:tag`."""
    tags = parts.strings(peek.items(detail, "image-tags")) or parts.strings([peek.text(detail, "image-tag")])
    repository = peek.text(detail, "repository-name")
    return f"{repository}:{tags[0]}" if repository and tags else repository


def _fields(detail: object) -> tuple[Field, ...]:
    return parts.fields(
        Field("Digest", peek.text(detail, "image-digest"), code=True),
        Field("Tags", parts.few(parts.strings(peek.items(detail, "image-tags"))), code=True),
        Field("From", peek.text(detail, "upstream-registry-url") or _account(detail, "source"), code=True),
    )


def _account(detail: object, side: str) -> str:
    account, region = (peek.text(detail, f"{side}-{name}") for name in ("account", "region"))
    return " ".join(text for text in (account, region) if text)


def _links(origin: parts.Origin, detail: object) -> tuple[Link, ...]:
    repository = peek.text(detail, "repository-name")
    if not (repository and origin["account"]):
        return ()
    path = f"ecr/repositories/private/{origin['account']}/{quote(repository)}"
    return parts.links(Link("Repository", console.page(origin["region"], path)))
