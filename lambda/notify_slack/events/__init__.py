"""One file per event source. `PARSERS` is keyed by exact kind; what no parser claims is shown as it is.

To add a source: a module with NAME, KINDS, SHAPES and parse, its entry in MODULES, a fixture per kind.
A source that writes plain text, or names its event in a key, adds TEXTS or NAMED_BY. A notification of
AWS CodeStar holds the event of EventBridge, and calls its type `detailType`:
https://docs.aws.amazon.com/dtconsole/latest/userguide/concepts.html
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from notify_slack import peek
from notify_slack.events import (
    access_analyzer,
    acm,
    alarm,
    alarm_configuration,
    application_autoscaling,
    autoscaling,
    aws_config,
    backup,
    backup_text,
    batch,
    budgets,
    cloudformation,
    cloudtrail,
    codebuild,
    codecommit,
    codedeploy,
    codepipeline,
    cost_anomaly,
    devops_guru,
    dms,
    ebs,
    ec2,
    ecr,
    ecs,
    ecs_task,
    elasticache,
    elasticbeanstalk,
    generic,
    glue,
    guardduty,
    health,
    inspector,
    inspector_classic,
    lambda_destination,
    logs,
    macie,
    malware,
    rds,
    s3,
    schedule,
    secrets_manager,
    securityhub,
    ses,
    ses_account,
    signin,
    stepfunctions,
    text,
    trusted_advisor,
)
from notify_slack.model import Alert, Field, Received

if TYPE_CHECKING:
    from re import Pattern

Parser = Callable[[Received, str], Alert]

MODULES = (
    alarm,
    alarm_configuration,
    health,
    ecs,
    ecs_task,
    ec2,
    ebs,
    autoscaling,
    application_autoscaling,
    rds,
    dms,
    elasticache,
    elasticbeanstalk,
    cloudformation,
    batch,
    glue,
    stepfunctions,
    lambda_destination,
    s3,
    ses,
    ses_account,
    schedule,
    guardduty,
    malware,
    securityhub,
    inspector,
    inspector_classic,
    access_analyzer,
    macie,
    aws_config,
    signin,
    cloudtrail,
    secrets_manager,
    backup,
    backup_text,
    budgets,
    cost_anomaly,
    trusted_advisor,
    devops_guru,
    acm,
    codebuild,
    codepipeline,
    codedeploy,
    codecommit,
    ecr,
    logs,
)

PARSERS: Mapping[str, Parser] = {kind: module.parse for module in MODULES for kind in module.KINDS}

# The kinds that alerts can have.
NAMES = tuple(sorted({module.NAME for module in (*MODULES, generic, text)} | {generic.CUSTOM}))

# Bodies that carry no detail-type are told apart by the keys that only they have together.
# The first that fits counts, in the order of MODULES.
SHAPES: Mapping[str, frozenset[str]] = {
    kind: keys for module in MODULES for kind, keys in module.SHAPES.items()
}

# Plain texts are told apart by a pattern that only they match.
TEXTS: Mapping[str, Pattern[str]] = {
    kind: pattern for module in MODULES for kind, pattern in getattr(module, "TEXTS", {}).items()
}

# Bodies whose key is the event's name: one of their keys matches the whole pattern.
NAMED_BY: Mapping[str, Pattern[str]] = {
    kind: pattern for module in MODULES for kind, pattern in getattr(module, "NAMED_BY", {}).items()
}

# Some detail types come from every service (source `*`), and a rule's input transformer may drop the source.
DETAIL_TYPES: Mapping[str, str] = {
    kind.partition("/")[2]: kind
    for kind in sorted(PARSERS, key=lambda kind: kind.startswith("*/"))
    if kind.startswith(("aws.", "*/"))
}

TEXT, JSON = "text", "json"


def kind_of(content: object) -> str:
    """`source/detail-type` of an EventBridge event, a kind of the three tables, `text`, or `json`."""
    if isinstance(content, str):
        return next((kind for kind, pattern in TEXTS.items() if pattern.search(content)), TEXT)
    if not isinstance(content, Mapping):
        return JSON
    detail_type = peek.text(content, "detail-type") or (
        peek.text(content, "detailType") if "notificationRuleArn" in content else ""
    )
    if detail_type:
        return _event_kind(peek.text(content, "source"), detail_type)
    shaped = (kind for kind, keys in SHAPES.items() if keys <= content.keys())
    return next(shaped, None) or next((kind for kind in NAMED_BY if _is_named_by(kind, content)), JSON)


def _event_kind(source: str, detail_type: str) -> str:
    kind = f"{source}/{detail_type}"
    if kind in PARSERS or (source and not source.startswith("aws")):
        return kind
    return DETAIL_TYPES.get(detail_type, kind)


def parse(received: Received) -> Alert:
    """The alert in an event. Total: an event that its parser cannot read is shown as it is."""
    kind = kind_of(received.content)
    fallback = text.parse if isinstance(received.content, str) else generic.parse
    note: tuple[Field, ...] = ()
    try:
        alert = PARSERS.get(kind, fallback)(received, kind)
    except Exception as error:  # noqa: BLE001  an alert that we misread must still be told
        alert = fallback(received, kind)
        note = (Field("Not understood", f"{kind}: {type(error).__name__}"),)
    return replace(
        alert,
        key=alert.key or received.event_id,
        at=alert.at or received.sent_at,
        topics=frozenset({received.topic_arn} - {""}),
        records=frozenset({received.record_id} - {""}),
        fields=alert.fields + note,
    )


def _is_named_by(kind: str, content: Mapping[str, object]) -> bool:
    return any(NAMED_BY[kind].fullmatch(str(key)) for key in content)
