"""AWS X-Ray insights: more faults than usual, from their first sign to their end.

Schema: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-insights.html and the event's
own model in EventBridge's registry (aws.xray@AWSXRayInsightUpdate).
"""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote

from notify_slack import change, console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "xray"
KINDS = ("aws.xray/AWS X-Ray Insight Update",)
SHAPES: dict[str, frozenset[str]] = {}

CLOSED = "CLOSED"


def parse(received: Received, _kind: str) -> Alert:
    """What an insight says now."""
    event = received.content
    detail = peek.mapping(event, "detail")
    state = one_line(peek.text(detail, "State"))
    group, insight = one_line(peek.text(detail, "GroupName")), peek.text(detail, "InsightId")
    subject = f"X-Ray insight of group {group or 'without a name'}"
    told = change.Change(
        subject,
        "ended" if state == CLOSED else "says that more requests fail than usual",
        state,
        failed=state != CLOSED,
        why=peek.text(detail, "Summary"),
        fields=(
            Field("Root cause", _service(peek.mapping(detail, "RootCauseServiceId")), code=True),
            Field("Requests that fail", _impact(detail, "RootCauseServiceRequestImpactStatistics")),
            Field("Of clients", _impact(detail, "ClientRequestImpactStatistics")),
            Field("Kinds", ", ".join(parts.strings(peek.items(detail, "Categories")))),
        ),
        links=(
            Link(
                "Insight",
                console.page(
                    peek.text(event, "region"), "xray/home", fragment=f"#/insights/{quote(insight, safe='')}"
                )
                if insight
                else "",
            ),
        ),
        subject_key=insight,
    ).alert(NAME, event)
    if state != CLOSED:
        return told
    return replace(told, title=subject, status=Status.RESOLVED, suggested=Severity.WARNING)


def _service(service: object) -> str:
    name, kind = one_line(peek.text(service, "Name")), one_line(peek.text(service, "Type"))
    return f"{name} ({kind})" if name and kind else name


def _impact(detail: object, key: str) -> str:
    faults, total = peek.count(detail, key, "FaultCount"), peek.count(detail, key, "TotalCount")
    return f"{faults} of {total}" if faults is not None and total else ""
