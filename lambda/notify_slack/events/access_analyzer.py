"""Findings and access previews of IAM Access Analyzer.

Schema: https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-eventbridge.html
"""

from __future__ import annotations

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

NAME = "access_analyzer"
EXTERNAL = "aws.access-analyzer/Access Analyzer Finding"
INTERNAL = "aws.access-analyzer/Internal Access Finding"
UNUSED = "aws.access-analyzer/Unused Access Finding for IAM entities"
PREVIEW = "aws.access-analyzer/Access Preview State Change"
KINDS = (EXTERNAL, INTERNAL, UNUSED, PREVIEW)
SHAPES: dict[str, frozenset[str]] = {}

STATUSES = {"ACTIVE": Status.FIRING, "RESOLVED": Status.RESOLVED, "ARCHIVED": Status.NOTICE}
WORDS = {EXTERNAL: "External access", INTERNAL: "Internal access", UNUSED: "Unused access"}

# https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_FindingDetails.html
UNUSED_WORDS = {
    "UnusedIAMRole": "the role is not used",
    "UnusedIAMUserAccessKey": "an access key is not used",
    "UnusedIAMUserPassword": "the password is not used",
    "UnusedPermission": "a permission is not used",
}

ACTIONS_SHOWN = 5


def parse(received: Received, kind: str) -> Alert:
    """Who may do what to which resource, or what is granted and not used."""
    event = received.content
    return _preview(event) if kind == PREVIEW else _finding(event, kind)


def _finding(event: object, kind: str) -> Alert:
    detail = peek.mapping(event, "detail")
    origin = parts.origin(event)
    finding_id = peek.text(detail, "findingId") or peek.text(detail, "id")
    state, resource = peek.text(detail, "status").upper(), peek.text(detail, "resource")
    deleted, public = peek.flag(detail, "isDeleted") is True, peek.flag(detail, "isPublic") is True
    status = Status.NOTICE if deleted else STATUSES.get(state, Status.FIRING)
    told = "deleted" if deleted else parts.words(state)
    word = "Public access" if public else WORDS[kind]
    return Alert(
        kind=NAME,
        key=parts.key(finding_id, told, peek.text(detail, "updatedAt")) or peek.text(event, "id"),
        title=parts.title(f"{word}: {parts.name(resource) or 'a resource'}", status, f"finding {told}"),
        status=status,
        state="Access Analyzer finding",
        summary=_sentence(detail, kind, public=public),
        brief=peek.text(detail, "resourceType"),
        fields=parts.fields(
            Field("Resource", resource, code=True),
            Field("Resource type", peek.text(detail, "resourceType"), code=True),
            Field("Finding type", parts.words(peek.text(detail, "findingType")) if kind == INTERNAL else ""),
            Field("Resource's account", peek.text(detail, "resourceOwnerAccount")),
        ),
        links=parts.links(
            Link("Findings", console.page(origin["region"], "access-analyzer/home", fragment="#/findings"))
        ),
        account=peek.text(detail, "accountId") or origin["account"],
        region=peek.text(detail, "region") or origin["region"],
        at=origin["at"],
        subject_key=finding_id,
        suggested=Severity.CRITICAL if public else Severity.INFO if kind == UNUSED else Severity.WARNING,
    )


def _sentence(detail: object, kind: str, *, public: bool) -> str:
    resource = code(peek.text(detail, "resource"))
    error = peek.text(detail, "error")
    if error:
        return parts.joined(f"Access Analyzer cannot analyze {resource}: {error}")
    if kind == UNUSED:
        return parts.joined(f"{resource}: {_unused(detail)}")
    principals = [
        f"{'account' if value.isdecimal() else name} {code(value)}"
        for name, value in peek.mapping(detail, "principal").items()
        if isinstance(value, str)
    ]
    who = "Anyone" if public else parts.few(principals) or "Somebody"
    actions = parts.few(map(code, parts.strings(peek.items(detail, "action"))), ACTIONS_SHOWN)
    condition = parts.few(
        f"{name} is {code(value)}"
        for name, value in peek.mapping(detail, "condition").items()
        if isinstance(value, str)
    )
    return parts.joined(
        f"{who[:1].upper()}{who[1:]} may use {actions or 'it'} on {resource}",
        f"Only if {condition}" if condition else "",
    )


def _unused(detail: object) -> str:
    services, actions = (peek.count(detail, f"numberOfUnused{what}") for what in ("Services", "Actions"))
    counted = (
        parts.count(services, "service") if services else "",
        parts.count(actions, "action") if actions else "",
    )
    told = " and ".join(text for text in counted if text)
    return (
        f"{told} granted and not used"
        if told
        else UNUSED_WORDS.get(peek.text(detail, "findingType"), "access not used")
    )


def _preview(event: object) -> Alert:
    detail = peek.mapping(event, "detail")
    state, reason = peek.text(detail, "status"), peek.text(detail, "statusReason", "code")
    status = Status.FIRING if state == "FAILED" else Status.NOTICE
    preview = peek.text(detail, "accessPreviewId")
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title("Access preview", status, f"is {parts.words(state)}" if state else "changed"),
        status=status,
        state=state or "notice",
        summary=parts.joined(
            f"The preview failed: {parts.words(reason)}" if reason else f"It is {parts.words(state)}"
        ),
        details=parts.listed("Resource", parts.strings(peek.items(detail, "configuredResources"))),
        fields=parts.fields(Field("Preview", preview, code=True)),
        subject_key=preview,
        suggested=Severity.INFO,
        **parts.origin(event),
    )
