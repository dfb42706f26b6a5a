"""ECS tasks: started, unhealthy, stopped and why.

Schema: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
Stop codes: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_Task.html
"""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote

from notify_slack import console, exits, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code, one_line
from notify_slack.quantity import duration

NAME = "ecs_task"
KINDS = ("aws.ecs/ECS Task State Change",)
SHAPES: dict[str, frozenset[str]] = {}


class Stop(NamedTuple):
    """What a stop code means. `planned`: somebody asked for it, whatever the exit code."""

    words: str
    planned: bool = False


STOPS = {
    "EssentialContainerExited": Stop("An essential container exited"),
    "TaskFailedToStart": Stop("The task failed to start"),
    "UserInitiated": Stop("A user stopped it", planned=True),
    "ServiceSchedulerInitiated": Stop("The service stopped it", planned=True),
    "SpotInterruption": Stop("The Spot capacity was taken back"),
    "TerminationNotice": Stop("The capacity it ran on is being taken away"),
}
UNHEALTHY = ("health check", "unhealthy")  # in the reason of a stop that nobody planned


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """One task. ECS sends events more than once; copies share the task's `version`."""
    event = received.content
    detail = peek.mapping(event, "detail")
    arn = peek.text(detail, "taskArn") or peek.text(event, "resources", 0)
    state = peek.text(detail, "lastStatus") or "unknown state"
    health, reason = peek.text(detail, "healthStatus"), one_line(peek.text(detail, "stoppedReason"))
    status = _status(detail, state, health, reason)
    where = parts.origin(event)
    subject = f"ECS task of {_owner(detail)}"
    version = peek.count(detail, "version")
    containers = _containers(detail, state)
    return Alert(
        kind=NAME,
        key=parts.key(arn, str(version)) if version is not None else peek.text(event, "id"),
        title=parts.title(subject, status, _told(detail, state)),
        status=status,
        state="UNHEALTHY" if status is Status.FIRING and state != "STOPPED" else state,
        summary=_summary(detail, state, containers, reason),
        brief=_worst(containers, state)[1] or reason,
        details=parts.lines(containers if containers[1:] or not _worst(containers, state)[1] else ()),
        fields=_fields(detail, arn),
        links=_links(where["region"], detail, arn),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        subject_key=arn,
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
    )


def _status(detail: object, state: str, health: str, reason: str) -> Status:
    if state != "STOPPED":
        stopping = peek.text(detail, "desiredStatus") == "STOPPED"
        return Status.FIRING if health == "UNHEALTHY" and not stopping else Status.NOTICE
    stop = STOPS.get(peek.text(detail, "stopCode"))
    ended = _exit_codes(detail)
    if any(word in reason.lower() for word in UNHEALTHY) or _out_of_memory(detail):
        return Status.FIRING
    if stop and stop.planned:
        return Status.FIRING if ended - exits.ASKED_TO_STOP else Status.NOTICE
    if peek.text(detail, "stopCode") == "EssentialContainerExited" and ended == {0} and not _service(detail):
        return Status.NOTICE  # a task that was run once has done its work
    return Status.FIRING if stop or ended - {0} else Status.NOTICE


def _summary(detail: object, state: str, containers: list[tuple[str, str]], reason: str) -> str:
    name, ended = _worst(containers, state)
    if state != "STOPPED":
        wanted = peek.text(detail, "desiredStatus")
        going = f", going to {wanted}" if wanted and wanted != state else ""
        unhealthy = "Its health check fails" if peek.text(detail, "healthStatus") == "UNHEALTHY" else ""
        return parts.joined(f"The task is {state}{going}", unhealthy, reason)
    stop = STOPS.get(peek.text(detail, "stopCode"))
    lasted = parts.seconds_between(
        peek.time(detail, "startedAt"),
        peek.time(detail, "executionStoppedAt") or peek.time(detail, "stoppedAt"),
    )
    why = stop.words if stop else "The task stopped"
    ran = f" after {duration(lasted)}" if lasted is not None else ""
    # What stands in the container's line, or in the stop code, need not be said twice.
    said = "" if reason in ended or reason.lower().startswith("essential container") else reason
    return parts.joined(f"{why}{ran}" + (f": {name}, {ended}" if ended else ""), said)


def _worst(containers: list[tuple[str, str]], state: str) -> tuple[str, str]:
    """The first container that did not end well, and how it ended."""
    ended_badly = (one for one in containers if exits.GOOD not in one[1])
    return next(ended_badly, ("", "")) if state == "STOPPED" else ("", "")


def _containers(detail: object, state: str) -> list[tuple[str, str]]:
    stopped = state == "STOPPED"
    found = [
        (code(peek.text(container, "name")) or "container", _container(container, detail))
        for container in peek.items(detail, "containers")
    ]
    # Those that ended well come last: sidecars stop only because another container did.
    return sorted((one for one in found if one[1] or not stopped), key=lambda one: exits.GOOD in one[1])


def _container(container: object, detail: object) -> str:
    exit_code = peek.count(container, "exitCode")
    reason = one_line(peek.text(container, "reason"))
    if exit_code is None:
        health = peek.text(container, "healthStatus")
        health = health if health not in ("", "UNKNOWN") else ""
        return reason or ", ".join(part for part in (peek.text(container, "lastStatus"), health) if part)
    stop = STOPS.get(peek.text(detail, "stopCode"))
    return exits.sentence(exit_code, reason, planned=bool(stop and stop.planned))


def _exit_codes(detail: object) -> set[int]:
    found = (peek.count(container, "exitCode") for container in peek.items(detail, "containers"))
    return {exit_code for exit_code in found if exit_code is not None}


def _out_of_memory(detail: object) -> bool:
    reasons = (peek.text(container, "reason") for container in peek.items(detail, "containers"))
    return any(exits.is_out_of_memory(reason) for reason in reasons)


def _service(detail: object) -> str:
    group = peek.text(detail, "group")
    return group.removeprefix("service:") if group.startswith("service:") else ""


def _owner(detail: object) -> str:
    cluster = parts.name(peek.text(detail, "clusterArn"))
    owner = _service(detail) or parts.name(peek.text(detail, "taskDefinitionArn")) or "unknown service"
    return f"{owner} in {cluster}" if cluster else owner


def _told(detail: object, state: str) -> str:
    finished = state == "STOPPED" and not _service(detail) and _exit_codes(detail) == {0}
    return "finished" if finished else f"is {state.lower()}"


def _fields(detail: object, arn: str) -> tuple[Field, ...]:
    started_by = peek.text(detail, "startedBy")
    deployment = started_by if started_by.startswith("ecs-svc/") else ""
    host = parts.name(peek.text(detail, "containerInstanceArn")) or peek.text(detail, "launchType")
    zone = peek.text(detail, "availabilityZone")
    return parts.fields(
        Field("Task definition", parts.name(peek.text(detail, "taskDefinitionArn")), code=True),
        Field("Task", parts.name(arn), code=True),
        Field("Deployment" if deployment else "Started by", deployment or started_by, code=True),
        Field("Host", f"{host} in {zone}" if host and zone else host),
        Field("Stop code", peek.text(detail, "stopCode"), code=True),
    )


def _links(region: str, detail: object, arn: str) -> tuple[Link, ...]:
    """The task's page has its logs; which log group they are in, the event does not say."""
    cluster, task = (quote(parts.name(text), safe="") for text in (peek.text(detail, "clusterArn"), arn))
    if not (cluster and task):
        return ()
    page = f"ecs/v2/clusters/{cluster}/tasks/{task}"
    service = quote(_service(detail), safe="")
    return parts.links(
        Link("Task", console.page(region, f"{page}/configuration")),
        Link("Logs", console.page(region, f"{page}/logs")),
        Link("Service", console.page(region, f"ecs/v2/clusters/{cluster}/services/{service}/health"))
        if service
        else Link("", ""),
    )
