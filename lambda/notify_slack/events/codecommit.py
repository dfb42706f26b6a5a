"""Branches, pull requests and comments of AWS CodeCommit, by EventBridge and by a repository's trigger.

Schemas, of https://docs.aws.amazon.com/codecommit/latest/userguide/ : monitoring-events.html (events) and
how-to-notify-lambda.html (the records of a trigger)
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import code

NAME = "codecommit"
REPOSITORY = "aws.codecommit/CodeCommit Repository State Change"
PULL_REQUEST = "aws.codecommit/CodeCommit Pull Request State Change"
COMMIT_COMMENT = "aws.codecommit/CodeCommit Comment on Commit"
REQUEST_COMMENT = "aws.codecommit/CodeCommit Comment on Pull Request"
TEMPLATE = "aws.codecommit/CodeCommit Approval Rule Template Change"
TRIGGER = "CodeCommit trigger"
KINDS = (REPOSITORY, PULL_REQUEST, COMMIT_COMMENT, REQUEST_COMMENT, TEMPLATE, TRIGGER)
SHAPES = {TRIGGER: frozenset({"codecommit", "eventSourceARN"})}

# detail.event -> what happened
DONE = {
    "referenceCreated": "created",
    "referenceUpdated": "updated",
    "referenceDeleted": "deleted",
    "unreferencedMergeCommitCreated": "got a merge commit",
    "pullRequestCreated": "created",
    "pullRequestSourceBranchUpdated": "has new commits",
    "pullRequestStatusChanged": "changed its status",
    "pullRequestMergeStatusUpdated": "was merged",
    "pullRequestApprovalStateChanged": "changed its approval",
    "pullRequestApprovalRuleCreated": "got an approval rule",
    "pullRequestApprovalRuleUpdated": "changed an approval rule",
    "pullRequestApprovalRuleDeleted": "lost an approval rule",
    "pullRequestApprovalRuleOverridden": "had its approval rules overridden",
    "commentOnPullRequestCreated": "has a new comment",
    "commentOnPullRequestUpdated": "has a changed comment",
    "commentOnPullRequestDeleted": "lost a comment",
    "commentOnCommitCreated": "has a new comment",
    "commentOnCommitUpdated": "has a changed comment",
    "commentOnCommitDeleted": "lost a comment",
    "approvalRuleTemplateCreated": "created",
    "approvalRuleTemplateUpdated": "updated",
    "approvalRuleTemplateDeleted": "deleted",
}
RISKY = frozenset({"referenceDeleted", "pullRequestApprovalRuleOverridden"})
COMMIT_CHARS = 8


def parse(received: Received, kind: str) -> Alert:
    """Who changed what in which repository."""
    event = received.content
    if kind == TRIGGER:
        return _trigger(event)
    detail = peek.mapping(event, "detail")
    origin = parts.origin(event)
    name = peek.text(detail, "event")
    repositories = parts.strings(peek.items(detail, "repositoryNames")) or parts.strings(
        [peek.text(detail, "repositoryName") or peek.text(detail, "repositoryId")]
    )
    person = parts.name(peek.text(detail, "callerUserArn"))
    merged = peek.text(detail, "isMerged") == "True" and name == "pullRequestStatusChanged"
    done = "was merged" if merged else DONE.get(name, parts.words(name) or "changed")
    repository = parts.few(repositories)
    subject, page = _subject(detail, kind)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=f"{subject} in {repository} {done}" if repository else f"{subject} {done}",
        status=Status.NOTICE,
        state="notice",
        summary=parts.joined(
            f"{person or 'Somebody'}: {subject} {done}" + (f" in {code(repository)}" if repository else ""),
            peek.text(detail, "title"),
        ),
        brief=peek.text(detail, "title") or f"by {person}",
        description=peek.text(detail, "notificationBody") if not DONE.get(name) else "",
        fields=parts.fields(
            Field("Repository", repository, code=True),
            Field("From", _branch(peek.text(detail, "sourceReference")), code=True),
            Field("To", _branch(peek.text(detail, "destinationReference")), code=True),
            Field("By", person),
            Field("Status", peek.text(detail, "pullRequestStatus").lower()),
            Field("Commit", peek.text(detail, "commitId")[:COMMIT_CHARS], code=True),
        ),
        links=parts.links(
            Link("CodeCommit", _page(origin["region"], repositories[0], page) if repositories else "")
        ),
        subject_key="",
        suggested=Severity.WARNING if name in RISKY else Severity.INFO,
        **origin,
    )


def _subject(detail: object, kind: str) -> tuple[str, str]:
    """What it is about, and the page below the repository's that shows it."""
    request, commit = peek.text(detail, "pullRequestId"), peek.text(detail, "commitId")
    if request:
        return f"Pull request {request}", f"pull-requests/{quote(request, safe='')}"
    if kind == TEMPLATE:
        return f"Approval rule template {peek.text(detail, 'approvalRuleTemplateName')}".strip(), "browse"
    if kind == REPOSITORY:
        reference = peek.text(detail, "referenceName")
        what = peek.text(detail, "referenceType").capitalize() or "Reference"
        return f"{what} {reference}".strip(), f"commit/{quote(commit, safe='')}" if commit else "browse"
    commit = commit or peek.text(detail, "afterCommitId")
    return (
        f"Commit {commit[:COMMIT_CHARS]}".strip(),
        f"commit/{quote(commit, safe='')}" if commit else "browse",
    )


def _branch(reference: str) -> str:
    return reference.removeprefix("refs/heads/").removeprefix("refs/tags/")


def _page(region: str, repository: str, page: str) -> str:
    return console.page(region, f"codesuite/codecommit/repositories/{quote(repository, safe='')}/{page}")


def _trigger(record: object) -> Alert:
    arn = peek.text(record, "eventSourceARN")
    repository, person = parts.name(arn), parts.name(peek.text(record, "userIdentityARN"))
    references = peek.items(record, "codecommit", "references")
    changed = [
        (_branch(peek.text(one, "ref")), code(peek.text(one, "commit")[:COMMIT_CHARS])) for one in references
    ]
    region = peek.text(record, "awsRegion") or arn_part(arn, 3)
    return Alert(
        kind=NAME,
        key=peek.text(record, "eventId"),
        title=f"Repository {repository}: {parts.count(len(changed), 'reference')} changed",
        status=Status.NOTICE,
        state="notice",
        summary=parts.joined(
            f"{person or 'Somebody'} changed {parts.few(name for name, _ in changed) or 'it'}"
        ),
        brief=f"by {person}" if person else "",
        details=parts.lines(changed),
        fields=parts.fields(
            Field("Repository", repository, code=True),
            Field("Trigger", peek.text(record, "eventTriggerName")),
        ),
        links=parts.links(Link("CodeCommit", _page(region, repository, "browse") if repository else "")),
        account=arn_part(arn, 4),
        region=region,
        at=peek.time(record, "eventTime"),
        suggested=Severity.INFO,
    )
