"""Findings of Amazon GuardDuty.

Schemas: https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings_eventbridge.html (event),
https://docs.aws.amazon.com/guardduty/latest/APIReference/API_Finding.html (its detail)
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code
from notify_slack.quantity import number

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "guardduty"
FINDING = "aws.guardduty/GuardDuty Finding"
KINDS = (FINDING,)
SHAPES: dict[str, frozenset[str]] = {}

# https://docs.aws.amazon.com/guardduty/latest/ug/guardduty_findings-severity.html : the lowest value of each
LEVELS = (
    (9.0, "critical", Severity.CRITICAL),
    (7.0, "high", Severity.CRITICAL),
    (4.0, "medium", Severity.WARNING),
    (0.0, "low", Severity.INFO),
)

# What the finding is about: where its name stands. An access key's id is a secret's half; its user is enough.
RESOURCES = (
    ("Instance", ("instanceDetails", "instanceId")),
    ("User", ("accessKeyDetails", "userName")),
    ("EKS cluster", ("eksClusterDetails", "name")),
    ("Workload", ("kubernetesDetails", "kubernetesWorkloadDetails", "name")),
    ("ECS cluster", ("ecsClusterDetails", "name")),
    ("Container", ("containerDetails", "name")),
    ("DB instance", ("rdsDbInstanceDetails", "dbInstanceIdentifier")),
    ("DB user", ("rdsDbUserDetails", "user")),
    ("Lambda function", ("lambdaDetails", "functionName")),
)

# actionType -> the key of its details; the keys that say what was done are in `_action`.
ACTIONS = {
    "AWS_API_CALL": "awsApiCallAction",
    "DNS_REQUEST": "dnsRequestAction",
    "KUBERNETES_API_CALL": "kubernetesApiCallAction",
    "NETWORK_CONNECTION": "networkConnectionAction",
    "PORT_PROBE": "portProbeAction",
    "RDS_LOGIN_ATTEMPT": "rdsLoginAttemptAction",
}


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """A finding: who did what, from where, to which resources."""
    event = received.content
    detail = peek.mapping(event, "detail")
    service = peek.mapping(detail, "service")
    finding_id, region = peek.text(detail, "id"), peek.text(detail, "region") or peek.text(event, "region")
    value = peek.number(detail, "severity")
    level, severity = _level(value)
    archived = peek.flag(service, "archived") is True
    shown_id = quote(finding_id, safe="")
    last = peek.time(service, "eventLastSeen")
    count = peek.count(service, "count")
    return Alert(
        kind=NAME,
        # The administrator account gets the same finding in an event of its own.
        key=parts.key(finding_id, peek.text(detail, "updatedAt") or peek.text(service, "eventLastSeen"))
        or peek.text(event, "id"),
        title=peek.text(detail, "title") or peek.text(detail, "type") or "GuardDuty finding",
        status=Status.NOTICE if archived else Status.FIRING,
        state="archived" if archived else f"GuardDuty finding ({level})" if level else "GuardDuty finding",
        summary=parts.joined(peek.text(detail, "description"), _action(service)),
        brief=peek.text(detail, "description"),
        details=parts.lines(
            (label, code(name)) for label, name in _resources(peek.mapping(detail, "resource")) if name
        ),
        fields=parts.fields(
            Field("Type", peek.text(detail, "type"), code=True),
            Field("GuardDuty severity", f"{number(value)} ({level})" if value is not None else ""),
            Field("Seen", "" if count is None else parts.count(count, "time")),
            Field("First seen", parts.clock(peek.time(service, "eventFirstSeen"))),
            Field("Last seen", parts.clock(last)),
            Field("From", _remote(service)),
            Field("Process", peek.text(service, "runtimeDetails", "process", "executablePath"), code=True),
        ),
        links=parts.links(
            Link(
                "Finding",
                console.page(region, "guardduty/home", fragment=f"#/findings?macros=current&fId={shown_id}"),
            )
        )
        if finding_id
        else (),
        account=peek.text(detail, "accountId") or peek.text(event, "account"),
        region=region,
        at=peek.time(event, "time") or last,
        subject_key=peek.text(detail, "arn") or finding_id,
        suggested=Severity.INFO if archived else severity,
    )


def _level(value: float | None) -> tuple[str, Severity]:
    found = ((name, severity) for lowest, name, severity in LEVELS if value is not None and value >= lowest)
    return next(found, ("", Severity.WARNING))


def _resources(resource: object) -> Iterator[tuple[str, str]]:
    for label, path in RESOURCES:
        yield label, peek.text(resource, *path)
    for bucket in peek.items(resource, "s3BucketDetails"):
        yield "Bucket", peek.text(bucket, "name")
    for volume in peek.items(resource, "ebsVolumeDetails", "scannedVolumeDetails"):
        yield "Volume", parts.name(peek.text(volume, "volumeArn"))


def _details(service: object) -> object:
    action_type = peek.text(service, "action", "actionType")
    return peek.mapping(service, "action", ACTIONS.get(action_type, ""))


def _action(service: object) -> str:
    """What was done, in words."""
    action = _details(service)
    api, domain = peek.text(action, "api"), peek.text(action, "domain")
    if api:
        called = f"{code(api)} of {peek.text(action, 'serviceName')} was called"
        error = peek.text(action, "errorCode")
        return f"{called}, and refused: {error}" if error else called
    if domain:
        return f"The name looked up was {code(domain)}"
    if peek.text(action, "requestUri"):
        verb = peek.text(action, "verb").upper()
        return f"The Kubernetes call was {code(verb + ' ' + peek.text(action, 'requestUri'))}"
    if peek.items(action, "loginAttributes"):
        return parts.few(_login(login) for login in peek.items(action, "loginAttributes"))
    ports = [_port(probe) for probe in peek.items(action, "portProbeDetails")] or [_port(action)]
    told = parts.few(ports)
    return f"Port {told}" if told else ""


def _login(login: object) -> str:
    user, failed = peek.text(login, "user"), peek.count(login, "failedLoginAttempts")
    succeeded = peek.count(login, "successfulLoginAttempts")
    counts = (
        f"{failed} failed" if failed is not None else "",
        f"{succeeded} successful" if succeeded is not None else "",
    )
    told = " and ".join(count for count in counts if count)
    return f"Logins of user {code(user)}: {told}" if user and told else ""


def _port(action: object) -> str:
    port = peek.count(action, "localPortDetails", "port")
    if port is None:
        return ""
    name = peek.text(action, "localPortDetails", "portName")
    direction = peek.text(action, "connectionDirection").lower()
    told = f"{port} ({name})" if name and name != "Unknown" else str(port)
    return f"{told}, {direction}" if direction else told


def _remote(service: object) -> str:
    """Addresses with what is known of them, at most three."""
    action = _details(service)
    probes = [peek.mapping(probe, "remoteIpDetails") for probe in peek.items(action, "portProbeDetails")]
    return parts.few(_address(remote) for remote in (probes or [peek.mapping(action, "remoteIpDetails")]))


def _address(remote: object) -> str:
    names = (
        peek.text(remote, "ipAddressV4") or peek.text(remote, "ipAddressV6"),
        peek.text(remote, "organization", "asnOrg"),
        peek.text(remote, "city", "cityName"),
        peek.text(remote, "country", "countryName"),
    )
    known = [name for name in names if name and name != "Unknown"]
    return f"{known[0]} ({', '.join(known[1:])})" if known[1:] else "".join(known)
