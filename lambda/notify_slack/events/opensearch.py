"""Domains of Amazon OpenSearch Service: health, software updates, Auto-Tune, errors.

Schema: https://docs.aws.amazon.com/opensearch-service/latest/developerguide/monitoring-events.html
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "opensearch"
KINDS = tuple(
    f"aws.es/{detail_type}"
    for detail_type in (
        "Amazon OpenSearch Service Cluster Status Notification",
        "Amazon OpenSearch Service Notification",
        "Amazon OpenSearch Service Software Update Notification",
        "Amazon OpenSearch Service Auto-Tune Notification",
        "Amazon OpenSearch Service Domain Update Notification",
        "Amazon OpenSearch Service VPC Endpoint Notification",
        "Domain Error Notification",
    )
)
SHAPES: dict[str, frozenset[str]] = {}

# The words of the service. What is only information fires nothing, whatever its status says.
SEVERITIES = {"high": Severity.CRITICAL, "medium": Severity.WARNING, "low": Severity.INFO}
FAILURES = frozenset({"warning", "error", "failed", "partially completed"})


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """What happens to a domain, in the words that the service gives."""
    event = received.content
    detail = peek.mapping(event, "detail")
    arn = peek.text(event, "resources", 0)
    domain = parts.name(arn)
    state = one_line(peek.text(detail, "status"))
    # The service's examples write this key with a small letter and with a capital one.
    written = one_line(peek.text(detail, "severity") or peek.text(detail, "Severity"))
    urgency = SEVERITIES.get(written.lower())
    failed = state.lower() in FAILURES and urgency is not None
    status = Status.FIRING if failed or urgency is Severity.CRITICAL else Status.NOTICE
    told = one_line(peek.text(detail, "event")) or "event"
    subject = f"OpenSearch domain {domain or 'without a name'}"
    where = parts.origin(event)
    page = console.page(where["region"], "aos/home", fragment=f"#opensearch/domains/{quote(domain, safe='')}")
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=f"{subject}: {told}" + (f" {state.lower()}" if state and status is Status.NOTICE else ""),
        status=status,
        state=state or told,
        summary=peek.text(detail, "description").strip() or f"{told}.",
        brief=one_line(peek.text(detail, "description")),
        fields=parts.fields(
            Field("Status", state),
            Field("Severity of the event", written if urgency else ""),
        ),
        links=parts.links(Link("Domain", page if domain else "")),
        subject_key=arn,
        suggested=urgency or Severity.INFO,
        **where,
    )
