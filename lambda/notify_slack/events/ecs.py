"""ECS services, their deployments, and the instances that they run on.

Schemas: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events.html ,
ecs_service_deployment_events.html and ecs_container_instance_events.html beside it.
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code, one_line

NAME = "ecs"
ACTION = "aws.ecs/ECS Service Action"
DEPLOYMENT = "aws.ecs/ECS Deployment State Change"
INSTANCE = "aws.ecs/ECS Container Instance State Change"
KINDS = (ACTION, DEPLOYMENT, INSTANCE)
SHAPES: dict[str, frozenset[str]] = {}

# eventType -> status, and the severity if no topic says better
TYPES = {
    "ERROR": (Status.FIRING, Severity.CRITICAL),
    "WARN": (Status.FIRING, Severity.WARNING),
    "INFO": (Status.NOTICE, Severity.INFO),
}
NOT_URGENT = frozenset({"ECS_OPERATION_THROTTLED", "SERVICE_DISCOVERY_OPERATION_THROTTLED"})  # ECS retries

FAILURES = frozenset({"SERVICE_DEPLOYMENT_FAILED"})  # whatever type the event says

EVENTS = {
    "SERVICE_STEADY_STATE": "The service is healthy and runs the desired number of tasks",
    "TASKSET_STEADY_STATE": "The task set is healthy and runs the desired number of tasks",
    "CAPACITY_PROVIDER_STEADY_STATE": "The service's capacity provider has reached a steady state",
    "SERVICE_DESIRED_COUNT_UPDATED": "The scheduler changed the desired number of tasks",
    "TASKS_STOPPED": "The service stopped tasks",
    "SERVICE_DEPLOYMENT_IN_PROGRESS": "A deployment has started",
    "SERVICE_DEPLOYMENT_COMPLETED": "The deployment is complete and in steady state",
    "SERVICE_DEPLOYMENT_FAILED": "The deployment failed",
    "SERVICE_TASK_START_IMPAIRED": "The service cannot start tasks reliably",
    "SERVICE_DISCOVERY_INSTANCE_UNHEALTHY": "A task is unhealthy in service discovery",
    "SERVICE_DAEMON_PLACEMENT_CONSTRAINT_VIOLATED": "A daemon task no longer meets its placement constraints",
    "ECS_OPERATION_THROTTLED": "Calls to the ECS API are throttled",
    "SERVICE_DISCOVERY_OPERATION_THROTTLED": "Calls to service discovery are throttled",
    "SERVICE_TASK_PLACEMENT_FAILURE": "No instance can take another task of the service",
    "SERVICE_TASK_CONFIGURATION_FAILURE": "A task cannot be placed because of a configuration error",
}
# placement's `reason`
REASONS = {
    "RESOURCE:CPU": "not enough CPU",
    "RESOURCE:MEMORY": "not enough memory",
    "RESOURCE:PORTS": "the port is taken",
    "RESOURCE:GPU": "not enough GPUs",
    "RESOURCE:ENI": "no network interface left",
    "RESOURCE:FARGATE": "no Fargate capacity",
    "AGENT": "no connected agent",
    "ATTRIBUTE": "a required attribute is missing",
    "LOCATION": "not in the required location",
}
INSTANCE_STATES = {
    "ACTIVE": "The instance takes tasks",
    "DRAINING": "The instance is draining: its tasks move away",
    "REGISTERING": "The instance is registering",
    "REGISTRATION_FAILED": "The instance could not register",
    "DEREGISTERING": "The instance is leaving the cluster",
    "INACTIVE": "The instance has left the cluster",
}


def parse(received: Received, kind: str) -> Alert:
    """One action of a service, step of a deployment, or change of an instance."""
    return _instance(received.content) if kind == INSTANCE else _service(received.content)


def _service(event: object) -> Alert:
    detail = peek.mapping(event, "detail")
    name = peek.text(detail, "eventName") or "unknown event"
    said = "ERROR" if name in FAILURES else peek.text(detail, "eventType")
    status, severity = TYPES.get(said, (Status.NOTICE, Severity.WARNING))
    arn = peek.text(event, "resources", 0)
    service, cluster = _names(arn, peek.text(detail, "clusterArn"))
    told = parts.words(name.removeprefix("SERVICE_"))
    where = parts.origin(event)
    subject = f"ECS service {service}" + (f" in {cluster}" if cluster else "")
    reason = one_line(peek.text(detail, "reason"))
    page = f"ecs/v2/clusters/{quote(cluster, safe='')}/services/{quote(service, safe='')}"
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=f"{subject}: {told}" if status is Status.NOTICE else subject,
        status=status,
        state=told,
        summary=parts.joined(
            EVENTS.get(name, parts.words(name).capitalize()),
            parts.sentence(REASONS.get(reason, reason)),
            _desired(detail),
        ),
        brief=REASONS.get(reason, reason) or EVENTS.get(name, ""),
        details=parts.listed("Task", map(parts.name, parts.strings(peek.items(detail, "taskArns"))))
        + parts.listed("Instance", parts.strings(peek.items(detail, "ec2InstanceIds")))
        + parts.listed(
            "Container instance",
            map(parts.name, parts.strings(peek.items(detail, "containerInstanceArns"))),
        )
        + parts.listed("Target group", _target_groups(detail)),
        fields=parts.fields(
            Field("Deployment", peek.text(detail, "deploymentId"), code=True),
            Field("Capacity providers", ", ".join(_names_of(detail, "capacityProviderArns"))),
        ),
        links=parts.links(
            Link("Service", console.page(where["region"], f"{page}/health")),
            Link("Deployments", console.page(where["region"], f"{page}/deployments")),
        )
        if arn and cluster
        else (),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        subject_key="|".join(text for text in (arn, peek.text(detail, "deploymentId")) if text),
        suggested=Severity.WARNING if name in NOT_URGENT else severity,
    )


def _instance(event: object) -> Alert:
    detail = peek.mapping(event, "detail")
    arn = peek.text(detail, "containerInstanceArn") or peek.text(event, "resources", 0)
    state = peek.text(detail, "status") or "unknown state"
    cut_off = peek.flag(detail, "agentConnected") is False and state in ("ACTIVE", "DRAINING")
    status = Status.FIRING if cut_off or state == "REGISTRATION_FAILED" else Status.NOTICE
    where = parts.origin(event)
    host = peek.text(detail, "ec2InstanceId") or parts.name(arn) or "without a name"
    cluster = parts.name(peek.text(detail, "clusterArn"))
    version = peek.count(detail, "version")
    return Alert(
        kind=NAME,
        key=parts.key(arn, str(version)) if version is not None else peek.text(event, "id"),
        title=parts.title(
            f"ECS instance {host}" + (f" in {cluster}" if cluster else ""), status, f"is {state.lower()}"
        ),
        status=status,
        state="agent disconnected" if cut_off else state,
        summary=parts.joined(
            "The ECS agent is disconnected: no task can start or stop on the instance"
            if cut_off
            else INSTANCE_STATES.get(state, f"The instance is {state}"),
            peek.text(detail, "statusReason"),
        ),
        brief="agent disconnected" if cut_off else INSTANCE_STATES.get(state, state),
        fields=parts.fields(
            Field("Container instance", parts.name(arn), code=True),
            Field("Running tasks", _number(detail, "runningTasksCount")),
            Field("Pending tasks", _number(detail, "pendingTasksCount")),
            Field("Agent", peek.text(detail, "versionInfo", "agentVersion")),
            Field("Agent update", peek.text(detail, "agentUpdateStatus")),
        ),
        links=parts.links(
            Link(
                "Instance",
                console.page(
                    where["region"],
                    f"ecs/v2/clusters/{quote(cluster, safe='')}/infrastructure/container-instances/"
                    f"{quote(parts.name(arn), safe='')}",
                ),
            )
        )
        if cluster and arn
        else (),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        subject_key=arn,
        suggested=Severity.WARNING if status is Status.FIRING else Severity.INFO,
    )


def _names(service_arn: str, cluster_arn: str) -> tuple[str, str]:
    """`…:service/CLUSTER/SERVICE`; the old form has no cluster."""
    path = service_arn.rpartition(":")[2].split("/")
    cluster = parts.name(cluster_arn) or (path[1] if len(path) == 3 else "")
    return path[-1] or "without a name", cluster


def _desired(detail: object) -> str:
    desired = peek.count(detail, "desiredCount")
    return f"{parts.count(desired, 'task')} desired" if desired is not None else ""


def _target_groups(detail: object) -> list[str]:
    """`targetgroup/NAME/ID`: the name."""
    return [
        parts.name(arn.rpartition("/")[0]) for arn in parts.strings(peek.items(detail, "targetGroupArns"))
    ]


def _names_of(detail: object, key: str) -> list[str]:
    return [code(parts.name(arn)) for arn in parts.strings(peek.items(detail, key))]


def _number(detail: object, key: str) -> str:
    number = peek.count(detail, key)
    return "" if number is None else str(number)
