"""AWS Batch: jobs, and queues blocked by a job.

Schemas: https://docs.aws.amazon.com/batch/latest/userguide/batch_job_events.html and
batch-job-queue-blocked-events.html beside it; log group: using_awslogs.html.
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, exits, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line
from notify_slack.quantity import duration

NAME = "batch"
JOB = "aws.batch/Batch Job State Change"
BLOCKED = "aws.batch/Batch Job Queue Blocked"
KINDS = (JOB, BLOCKED)
SHAPES: dict[str, frozenset[str]] = {}

STATES = {
    "SUBMITTED": "The job was submitted",
    "PENDING": "The job waits for other jobs",
    "RUNNABLE": "The job waits for free compute resources",
    "STARTING": "The job is starting",
    "RUNNING": "The job is running",
    "SUCCEEDED": "The job succeeded",
    "FAILED": "The job failed",
}
DEFAULT_LOG_GROUP = "/aws/batch/job"


def parse(received: Received, kind: str) -> Alert:
    """One state of a job. Batch sends events more than once; copies share job, state and time."""
    event = received.content
    detail = peek.mapping(event, "detail")
    arn = peek.text(detail, "jobArn") or peek.text(event, "resources", 0)
    job = peek.text(detail, "jobName") or parts.name(arn) or "without a name"
    queue = parts.name(peek.text(detail, "jobQueue"))
    state = peek.text(detail, "status") or "unknown state"
    blocked = kind == BLOCKED
    status = Status.FIRING if blocked or state == "FAILED" else Status.NOTICE
    where = parts.origin(event)
    reason = one_line(peek.text(detail, "statusReason"))
    ended = _ended(detail)
    said = (
        f"The queue {queue} is blocked by this job" if blocked else STATES.get(state, f"The job is {state}")
    )
    subject = f"Batch queue {queue}" if blocked else f"Batch job {job}"
    return Alert(
        kind=NAME,
        key=parts.key(arn, f"{kind}|{state}", parts.stamp(where["at"])) or peek.text(event, "id"),
        title=parts.title(subject, status, said.removeprefix("The job ")),
        status=status,
        state="blocked" if blocked else state,
        summary=parts.joined(said + _lasted(detail), reason, parts.sentence(ended)),
        brief=ended or reason or said,
        fields=parts.fields(
            Field("Job", job if blocked else parts.name(arn), code=True),
            Field("Queue", queue, code=True),
            Field("Definition", parts.name(peek.text(detail, "jobDefinition")), code=True),
            Field("Attempts", _attempts(detail)),
        ),
        links=_links(where["region"], detail, parts.name(arn)),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        subject_key=arn,
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
    )


def _lasted(detail: object) -> str:
    lasted = parts.seconds_between(parts.epoch(detail, "startedAt"), parts.epoch(detail, "stoppedAt"))
    return f" after {duration(lasted)}" if lasted is not None else ""


def _ended(detail: object) -> str:
    """How the container ended: of the job, else of its last attempt."""
    last = peek.at(detail, "attempts", -1)
    container = peek.at(detail, "container")
    container = container if peek.count(container, "exitCode") is not None else peek.at(last, "container")
    exit_code, reason = peek.count(container, "exitCode"), one_line(peek.text(container, "reason"))
    return reason if exit_code is None else exits.sentence(exit_code, reason)


def _attempts(detail: object) -> str:
    made, allowed = len(peek.items(detail, "attempts")), peek.count(detail, "retryStrategy", "attempts")
    return f"{made} of {allowed}" if made and allowed else ""


def _links(region: str, detail: object, job_id: str) -> tuple[Link, ...]:
    stream = peek.text(detail, "container", "logStreamName")
    return parts.links(
        Link(
            "Job",
            console.page(region, "batch/home", fragment=f"#jobs/detail/{quote(job_id, safe='')}")
            if job_id
            else "",
        ),
        Link("Logs", console.logs(region, _log_group(detail), stream) if stream else ""),
    )


def _log_group(detail: object) -> str:
    """The group that the job names; Batch's own if it names none; nothing if the logs go elsewhere."""
    logs = peek.mapping(detail, "container", "logConfiguration")
    if not logs:
        return DEFAULT_LOG_GROUP
    group = peek.text(logs, "options", "awslogs-group") or DEFAULT_LOG_GROUP
    return group if peek.text(logs, "logDriver") == "awslogs" else ""
