"""Executions, stages and actions of AWS CodePipeline, its approvals, and jobs for a Lambda function.

Schemas: https://docs.aws.amazon.com/codepipeline/latest/userguide/detect-state-changes-cloudwatch-events.html,
https://docs.aws.amazon.com/codepipeline/latest/userguide/approvals-json-format.html (approval, by SNS) and
https://docs.aws.amazon.com/codepipeline/latest/userguide/actions-invoke-lambda-function.html (job)
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

NAME = "codepipeline"
EXECUTION = "aws.codepipeline/CodePipeline Pipeline Execution State Change"
STAGE = "aws.codepipeline/CodePipeline Stage Execution State Change"
ACTION = "aws.codepipeline/CodePipeline Action Execution State Change"
APPROVAL = "CodePipeline approval (SNS)"
JOB = "CodePipeline job (Lambda)"
KINDS = (EXECUTION, STAGE, ACTION, APPROVAL, JOB)
SHAPES = {APPROVAL: frozenset({"approval", "consoleLink"}), JOB: frozenset({"CodePipeline.job"})}

# state -> what it means, and the words for it
STATES = {
    "FAILED": (Status.FIRING, Severity.WARNING, "failed"),
    "ABANDONED": (Status.FIRING, Severity.WARNING, "was abandoned"),
    "STOPPED": (Status.NOTICE, Severity.WARNING, "was stopped"),
    "CANCELED": (Status.NOTICE, Severity.INFO, "was cancelled"),
    "CANCELLED": (Status.NOTICE, Severity.INFO, "was cancelled"),
    "RESUMED": (Status.NOTICE, Severity.INFO, "was resumed"),
    "STARTED": (Status.NOTICE, Severity.INFO, "started"),
    "STOPPING": (Status.NOTICE, Severity.INFO, "is stopping"),
    "SUCCEEDED": (Status.NOTICE, Severity.INFO, "succeeded"),
    "SUPERSEDED": (Status.NOTICE, Severity.INFO, "was superseded by a newer execution"),
}


def parse(received: Received, kind: str) -> Alert:
    """Which pipeline, stage and action went to which state, and why it failed."""
    if kind == APPROVAL:
        return _approval(received.content)
    if kind == JOB:
        return _job(received.content)
    event = received.content
    detail = peek.mapping(event, "detail")
    origin = parts.origin(event)
    pipeline, execution = peek.text(detail, "pipeline"), peek.text(detail, "execution-id")
    stage, action = peek.text(detail, "stage"), peek.text(detail, "action")
    state = peek.text(detail, "state").upper()
    status, severity, told = STATES.get(
        state, (Status.NOTICE, Severity.INFO, f"is {parts.words(state)}" if state else "changed")
    )
    result = peek.mapping(detail, "execution-result")
    why = peek.text(result, "external-execution-summary") or _failed_actions(event)
    place = " / ".join(text for text in (pipeline, stage, action) if text)
    return Alert(
        kind=NAME,
        # A retried stage or action comes to the same state again: its time tells them apart.
        key=parts.key(
            "codepipeline", execution, stage or "-", action or "-", state, parts.stamp(origin["at"])
        ),
        title=parts.title(f"Pipeline {place}".strip(), status, told),
        status=status,
        state=state or "notice",
        summary=parts.joined(f"{_what(stage, action)} of pipeline {code(pipeline)} {told}", why),
        brief=why or told,
        fields=parts.fields(
            Field("Execution", execution, code=True),
            Field(
                "Action by",
                " ".join(peek.text(detail, "type", name) for name in ("provider", "category")).strip(),
            ),
            Field("Error", peek.text(result, "error-code"), code=True),
            Field("Started by", parts.words(peek.text(detail, "execution-trigger", "trigger-type"))),
            Field("Trigger", peek.text(detail, "execution-trigger", "trigger-detail"), code=True),
        ),
        links=parts.links(
            Link("Execution", _page(origin["region"], pipeline, execution)),
            Link("Details", parts.web(peek.text(result, "external-execution-url"))),
        ),
        subject_key=execution,
        suggested=severity,
        **origin,
    )


def _what(stage: str, action: str) -> str:
    if action:
        return f"Action {code(action)}" + (f" in stage {code(stage)}" if stage else "")
    return f"Stage {code(stage)}" if stage else "An execution"


def _failed_actions(event: object) -> str:
    """A notification rule adds the failed actions to a pipeline's event."""
    actions = peek.items(event, "additionalAttributes", "failedActions")
    return parts.few(
        f"{peek.text(one, 'action')}: {peek.text(one, 'additionalInformation')}".strip(": ")
        for one in actions
    )


def _page(region: str, pipeline: str, execution: str) -> str:
    if not pipeline:
        return ""
    path = f"codesuite/codepipeline/pipelines/{quote(pipeline, safe='')}"
    return console.page(
        region, f"{path}/executions/{quote(execution, safe='')}/timeline" if execution else f"{path}/view"
    )


def _approval(body: object) -> Alert:
    approval = peek.mapping(body, "approval")
    pipeline, stage, action = (
        peek.text(approval, name) for name in ("pipelineName", "stageName", "actionName")
    )
    expires = peek.time(approval, "expires")
    return Alert(
        kind=NAME,
        key=parts.key("codepipeline", pipeline, action, peek.text(approval, "expires")),
        title=f"Pipeline {' / '.join(text for text in (pipeline, stage, action) if text)}",
        status=Status.FIRING,
        state="Approval needed",
        summary=parts.joined(
            f"Action {code(action)} of pipeline {code(pipeline)} waits for an approval",
            f"It expires at {parts.clock(expires)}" if expires else "",
        ),
        brief=f"expires {parts.clock(expires)}" if expires else "",
        description=peek.text(approval, "customData"),
        fields=parts.fields(Field("Expires", parts.clock(expires))),
        links=parts.links(
            Link("Review", parts.web(peek.text(approval, "approvalReviewLink"))),
            Link("What to review", parts.web(peek.text(approval, "externalEntityLink"))),
            Link("Pipeline", parts.web(peek.text(body, "consoleLink"))),
        ),
        region=peek.text(body, "region"),
        suggested=Severity.INFO,
    )


def _job(body: object) -> Alert:
    """A job for a function; its artifacts' credentials stay out."""
    job = peek.mapping(body, "CodePipeline.job")
    function = peek.text(job, "data", "actionConfiguration", "configuration", "FunctionName")
    artifacts = (
        peek.text(one, "name")
        for side in ("inputArtifacts", "outputArtifacts")
        for one in peek.items(job, "data", side)
    )
    return Alert(
        kind=NAME,
        key=parts.key("codepipeline", peek.text(job, "id")),
        title=f"CodePipeline job for {function or 'a function'}",
        status=Status.NOTICE,
        state="notice",
        summary=parts.joined(
            f"CodePipeline calls function {code(function)}" if function else "CodePipeline calls a function"
        ),
        details=parts.listed("Artifact", artifacts),
        fields=parts.fields(Field("Job", peek.text(job, "id"), code=True)),
        account=peek.text(job, "accountId"),
        suggested=Severity.INFO,
    )
