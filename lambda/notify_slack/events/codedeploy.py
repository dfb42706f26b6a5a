"""Deployments of AWS CodeDeploy, by EventBridge, by SNS trigger, and as a hook's Lambda function gets them.

Schemas, of https://docs.aws.amazon.com/codedeploy/latest/userguide/ : monitoring-cloudwatch-events.html,
monitoring-sns-event-notifications-json-format.html (SNS), reference-appspec-file-structure-hooks.html (hook)
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.envelope import loads
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

NAME = "codedeploy"
DEPLOYMENT = "aws.codedeploy/CodeDeploy Deployment State-change Notification"
INSTANCE = "aws.codedeploy/CodeDeploy Instance State-change Notification"
DEPLOYMENT_SNS = "CodeDeploy deployment (SNS)"
INSTANCE_SNS = "CodeDeploy instance (SNS)"
HOOK = "CodeDeploy hook (Lambda)"
KINDS = (DEPLOYMENT, INSTANCE, DEPLOYMENT_SNS, INSTANCE_SNS, HOOK)
SHAPES = {
    DEPLOYMENT_SNS: frozenset({"deploymentId", "deploymentGroupName", "eventTriggerName"}),
    INSTANCE_SNS: frozenset({"deploymentId", "instanceId", "instanceStatus"}),
    HOOK: frozenset({"DeploymentId", "LifecycleEventHookExecutionId"}),
}

# EventBridge says FAILURE where SNS says FAILED.
STATES = {
    "FAILURE": (Status.FIRING, Severity.WARNING, "failed"),
    "FAILED": (Status.FIRING, Severity.WARNING, "failed"),
    "ABORTED": (Status.FIRING, Severity.WARNING, "was stopped"),
    "STOP": (Status.FIRING, Severity.WARNING, "was stopped"),
    "STOPPED": (Status.FIRING, Severity.WARNING, "was stopped"),
    "START": (Status.NOTICE, Severity.INFO, "started"),
    "CREATED": (Status.NOTICE, Severity.INFO, "was created"),
    "READY": (Status.NOTICE, Severity.INFO, "is ready"),
    "SUCCESS": (Status.NOTICE, Severity.INFO, "succeeded"),
    "SUCCEEDED": (Status.NOTICE, Severity.INFO, "succeeded"),
}


def parse(received: Received, kind: str) -> Alert:
    """What became of which deployment, on which instance, with which error."""
    event = received.content
    if kind == HOOK:
        return _hook(event)
    body = peek.mapping(event, "detail") if kind in (DEPLOYMENT, INSTANCE) else event
    deployment, instance = peek.text(body, "deploymentId"), parts.name(peek.text(body, "instanceId"))
    names = (peek.text(body, "application"), peek.text(body, "deploymentGroup"))
    application = names[0] or peek.text(body, "applicationName")
    group = names[1] or peek.text(body, "deploymentGroupName")
    state = next(
        (text for name in ("state", "status", "instanceStatus") if (text := peek.text(body, name))), ""
    ).upper()
    status, severity, told = STATES.get(
        state, (Status.NOTICE, Severity.INFO, parts.words(state) or "changed")
    )
    error = _error(body)
    origin = parts.origin(event)
    region = peek.text(body, "region") or origin["region"]
    times = (_time(body, name) for name in ("completeTime", "lastUpdatedAt", "createTime"))
    subject = f"Deployment {deployment}" + (f" on {instance}" if instance else "")
    return Alert(
        kind=NAME,
        key=parts.key("codedeploy", deployment, instance or "-", told),
        title=parts.title(f"{subject} of {application}" if application else subject, status, told),
        status=status,
        state=state or "notice",
        summary=parts.joined(
            f"Deployment {code(deployment)}{_of(application, group)} {told}"
            + (f" on {code(instance)}" if instance else ""),
            error,
        ),
        brief=error or told,
        details=parts.lines(_life_cycle(body)),
        fields=parts.fields(
            Field("Application", application, code=True),
            Field("Deployment group", group, code=True),
            Field("Instance", instance, code=True),
            Field("Trigger", peek.text(body, "eventTriggerName")),
        ),
        links=parts.links(Link("Deployment", _page(region, deployment))),
        account=peek.text(body, "accountId") or origin["account"],
        region=region,
        at=origin["at"] or next((at for at in times if at), None),
        subject_key=parts.key("codedeploy", deployment, instance or "-"),
        suggested=severity,
    )


def _time(body: object, name: str) -> datetime | None:
    return peek.time(body, name) or parts.java_time(peek.text(body, name))


def _of(application: str, group: str) -> str:
    to = f" to {code(group)}" if group else ""
    return f" of {code(application)}{to}" if application else to


def _error(body: object) -> str:
    """SNS packs JSON into a text: {"ErrorCode": …, "ErrorMessage": …}."""
    packed = loads(peek.text(body, "errorInformation"))
    told = (peek.text(packed, "ErrorCode"), peek.text(packed, "ErrorMessage"))
    return ": ".join(text for text in told if text)


def _life_cycle(body: object) -> Iterator[tuple[str, str]]:
    """The events of one instance that did not go well; SNS packs JSON into a text here too."""
    events = loads(peek.text(body, "lifecycleEvents"))
    for event in events if isinstance(events, list) else ():
        state = peek.text(event, "LifecycleEventStatus")
        if state not in ("Succeeded", "Pending", ""):
            yield peek.text(event, "LifecycleEvent"), parts.words(state)


def _page(region: str, deployment: str) -> str:
    path = f"codesuite/codedeploy/deployments/{quote(deployment, safe='')}"
    return console.page(region, path) if deployment else ""


def _hook(body: object) -> Alert:
    deployment = peek.text(body, "DeploymentId")
    return Alert(
        kind=NAME,
        key=parts.key("codedeploy", deployment, peek.text(body, "LifecycleEventHookExecutionId")),
        title=f"Deployment {deployment} runs its hook",
        status=Status.NOTICE,
        state="notice",
        summary=f"CodeDeploy waits for the outcome of a hook of deployment {code(deployment)}.",
        fields=parts.fields(Field("Deployment", deployment, code=True)),
        suggested=Severity.INFO,
    )
