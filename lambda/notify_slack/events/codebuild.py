"""Builds of AWS CodeBuild.

Schema: https://docs.aws.amazon.com/codebuild/latest/userguide/sample-build-notifications.html
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code
from notify_slack.quantity import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "codebuild"
STATE = "aws.codebuild/CodeBuild Build State Change"
PHASE = "aws.codebuild/CodeBuild Build Phase Change"
KINDS = (STATE, PHASE)
SHAPES: dict[str, frozenset[str]] = {}

# https://docs.aws.amazon.com/codebuild/latest/APIReference/API_Build.html
WORDS = {
    "CLIENT_ERROR": "failed: client error",
    "FAILED": "failed",
    "FAULT": "failed: fault of CodeBuild",
    "IN_PROGRESS": "is in progress",
    "STOPPED": "was stopped",
    "SUCCEEDED": "succeeded",
    "TIMED_OUT": "timed out",
}
FAILED = frozenset({"FAILED", "FAULT", "TIMED_OUT", "CLIENT_ERROR"})


def parse(received: Received, kind: str) -> Alert:
    """What became of a build or of one phase, which phase failed and with which message."""
    event = received.content
    detail = peek.mapping(event, "detail")
    more = peek.mapping(detail, "additional-information")
    origin = parts.origin(event)
    project, build = peek.text(detail, "project-name"), peek.text(detail, "build-id")
    phase = peek.text(detail, "completed-phase") if kind == PHASE else ""
    state = peek.text(detail, "completed-phase-status" if kind == PHASE else "build-status").upper()
    failed = state in FAILED
    status = Status.FIRING if failed else Status.NOTICE
    number = peek.count(more, "build-number")
    build_name = f"Build {project}" + (f" #{number}" if number is not None else "")
    context = _context(detail, more)
    told = WORDS.get(state) or parts.words(state) or "changed"
    return Alert(
        kind=NAME,
        key=parts.key("codebuild", build, phase or "build", state) or peek.text(event, "id"),
        title=parts.title(build_name, status, f"{phase} {told}".strip()),
        status=status,
        state=f"{phase} {state}".strip() or "notice",
        summary=parts.joined(
            f"{f'Phase {phase}' if phase else 'The build'} of {code(project)} {told}", context
        ),
        brief=context or told,
        details=parts.lines(_failed_phases(more)),
        fields=parts.fields(
            Field("Source", peek.text(more, "source", "location"), code=True),
            Field("Version", peek.text(more, "source-version"), code=True),
            Field("Started by", peek.text(more, "initiator")),
            Field("Lasted", _lasted(detail, more)),
        ),
        links=parts.links(
            Link("Build", _page(origin, project, build)),
            Link("Logs", parts.web(peek.text(more, "logs", "deep-link"))),
        ),
        subject_key=build,
        suggested=Severity.WARNING if failed else Severity.INFO,
        **origin,
    )


def _context(detail: object, more: object) -> str:
    """Why: the message of the phase, else that of the first failed one. `[: ]` is CodeBuild's empty one."""
    own = peek.text(detail, "completed-phase-context") or peek.text(detail, "current-phase-context")
    phases = (text for _, text in _failed_phases(more))
    return next((text for text in (_message(own), *phases) if text), "")


def _message(text: str) -> str:
    return text.strip("[]: ")


def _failed_phases(more: object) -> Iterator[tuple[str, str]]:
    for phase in peek.items(more, "phases"):
        if peek.text(phase, "phase-status") in FAILED:
            messages = (_message(text) for text in parts.strings(peek.items(phase, "phase-context")))
            yield peek.text(phase, "phase-type"), parts.few(messages) or peek.text(phase, "phase-status")


def _lasted(detail: object, more: object) -> str:
    own = peek.number(detail, "completed-phase-duration-seconds")
    phases = [peek.number(phase, "duration-in-seconds") for phase in peek.items(more, "phases")]
    seconds = own if own is not None else sum(value for value in phases if value is not None)
    return duration(seconds) if seconds else ""


def _page(origin: parts.Origin, project: str, build: str) -> str:
    if not (origin["account"] and project and build):
        return ""
    place = f"{origin['account']}/projects/{quote(project, safe='')}"
    build_id = quote(build.rpartition("build/")[2], safe="")
    return console.page(origin["region"], f"codesuite/codebuild/{place}/build/{build_id}/")
