"""Insights of Amazon DevOps Guru, by SNS and by EventBridge.

Schemas: https://docs.aws.amazon.com/devops-guru/latest/userguide/working-with-eventbridge.html (events) and
https://docs.aws.amazon.com/devops-guru/latest/userguide/setting-up.html (SNS: the same, capitalised)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from notify_slack import parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

NAME = "devops_guru"
OPEN = "aws.devops-guru/DevOps Guru New Insight Open"
ANOMALY = "aws.devops-guru/DevOps Guru New Anomaly Association"
UPGRADED = "aws.devops-guru/DevOps Guru Insight Severity Upgraded"
RECOMMENDATION = "aws.devops-guru/DevOps Guru New Recommendation Created"
CLOSED = "aws.devops-guru/DevOps Guru Insight Closed"
SNS = "DevOps Guru (SNS)"
KINDS = (OPEN, ANOMALY, UPGRADED, RECOMMENDATION, CLOSED, SNS)
SHAPES = {SNS: frozenset({"MessageType", "InsightId"})}

MESSAGES = {
    "NEW_INSIGHT": (Status.FIRING, "DevOps Guru insight", "Something behaves unusually"),
    "NEW_ASSOCIATION": (Status.NOTICE, "new anomaly", "Another anomaly belongs to the insight"),
    "SEVERITY_UPGRADED": (Status.FIRING, "DevOps Guru: more severe", "The insight became more severe"),
    "NEW_RECOMMENDATION": (Status.NOTICE, "new recommendation", "DevOps Guru recommends something"),
    "CLOSED_INSIGHT": (Status.RESOLVED, "closed", "The insight is closed"),
}
KIND_MESSAGES = {
    OPEN: "NEW_INSIGHT",
    ANOMALY: "NEW_ASSOCIATION",
    UPGRADED: "SEVERITY_UPGRADED",
    RECOMMENDATION: "NEW_RECOMMENDATION",
    CLOSED: "CLOSED_INSIGHT",
}
SEVERITIES = {"HIGH": Severity.CRITICAL, "MEDIUM": Severity.WARNING, "LOW": Severity.INFO}


def parse(received: Received, kind: str) -> Alert:
    """What behaves unusually, which metrics show it, what is recommended."""
    event = received.content
    body = event if kind == SNS else peek.mapping(event, "detail")
    origin = parts.origin(event)
    message = KIND_MESSAGES.get(kind) or _text(body, "MessageType")
    status, state, told = MESSAGES.get(message, (Status.NOTICE, parts.words(message), "The insight changed"))
    insight, level = _text(body, "InsightId"), _text(body, "InsightSeverity").upper()
    title = _text(body, "InsightDescription") or _text(body, "InsightName") or "DevOps Guru insight"
    start = parts.epoch(body, _name(body, "StartTime"))
    end = parts.epoch(body, _name(body, "EndTime"))
    metrics, advice = list(_metrics(body)), list(_advice(body))
    return Alert(
        kind=NAME,
        # SNS and EventBridge tell the same; several anomalies or recommendations may come one by one.
        key=parts.key("devopsguru", insight, message, level or "-", _ids(body) or "-"),
        title=parts.title(title, status, f"({state})"),
        status=status,
        state=state,
        summary=parts.joined(told, f"{parts.count(len(metrics), 'metric')} changed" if metrics else ""),
        brief=parts.few((name for _, name in metrics), 2),
        details=(*parts.lines(metrics), *parts.lines(advice)),
        fields=parts.fields(
            Field("Insight severity", level.lower()),
            Field("Insight type", _text(body, "InsightType").lower()),
            Field("Started", parts.clock(start)),
            Field("Ended", parts.clock(end)),
        ),
        links=parts.links(Link("Insight", parts.web(_text(body, "InsightUrl")))),
        account=_text(body, "AccountId") or origin["account"],
        region=_text(body, "Region") or origin["region"],
        at=origin["at"] or end or start,
        subject_key=insight,
        suggested=Severity.INFO if status is Status.NOTICE else SEVERITIES.get(level, Severity.WARNING),
    )


def _name(body: object, name: str) -> str:
    """The key as this message spells it."""
    return name if name in peek.mapping(body) else name[:1].lower() + name[1:]


def _text(body: object, name: str) -> str:
    return peek.text(body, _name(body, name))


def _ids(body: object) -> str:
    anomalies = (_text(one, "Id") for one in peek.items(body, _name(body, "Anomalies")))
    advice = (_text(one, "Name") for one in peek.items(body, _name(body, "Recommendations")))
    return ",".join((*anomalies, *advice))


def _metrics(body: object) -> Iterator[tuple[str, str]]:
    for anomaly in peek.items(body, _name(body, "Anomalies")):
        for source in peek.items(anomaly, _name(anomaly, "SourceDetails")):
            known = peek.mapping(source, _name(source, "DataIdentifiers"))
            name, namespace = (peek.text(known, key) for key in ("name", "namespace"))
            if name:
                yield "Metric", f"{namespace} {name}".strip()


def _advice(body: object) -> Iterator[tuple[str, str]]:
    for one in peek.items(body, _name(body, "Recommendations")):
        told = _text(one, "Name") or _text(one, "Description")
        reason = _text(one, "Reason")
        if told:
            yield "Recommended", f"{told}: {reason}" if reason else told
