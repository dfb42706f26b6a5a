"""AWS Cost Anomaly Detection, by SNS and by EventBridge.

Schemas: https://docs.aws.amazon.com/cost-management/latest/userguide/ad-SNS.html (SNS body) and
https://docs.aws.amazon.com/cost-management/latest/userguide/cad-eventbridge.html (event)
"""

from __future__ import annotations

from notify_slack import parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status

NAME = "cost_anomaly"
EVENT = "aws.ce/Anomaly Detected"
SNS = "Cost Anomaly Detection (SNS)"
KINDS = (EVENT, SNS)
SHAPES = {SNS: frozenset({"anomalyId", "impact"})}


def parse(received: Received, kind: str) -> Alert:
    """How much more than expected is spent, on what, since when."""
    event = received.content
    body = peek.mapping(event, "detail") if kind == EVENT else event
    origin = parts.origin(event)
    impact = peek.mapping(body, "impact")
    anomaly = peek.text(body, "anomalyId")
    what = (
        peek.text(body, "dimensionalValue")
        or peek.text(body, "dimensionValue")
        or peek.text(body, "rootCauses", 0, "service")
    )
    extra, spent, expected = (
        _dollars(impact, name) for name in ("totalImpact", "totalActualSpend", "totalExpectedSpend")
    )
    percent = peek.number(impact, "totalImpactPercentage")
    start, end = peek.time(body, "anomalyStartDate"), peek.time(body, "anomalyEndDate")
    account = peek.text(body, "accountId") or origin["account"]
    return Alert(
        kind=NAME,
        # A growing anomaly is told again, with its new impact; SNS and EventBridge tell the same.
        key=parts.key("cost", anomaly, peek.text(body, "anomalyEndDate"), extra),
        title=what or "AWS spending",
        status=Status.FIRING,
        state="Cost anomaly",
        summary=parts.joined(
            f"Spending is {extra} above what was expected" if extra else "Spending is unusual",
            f"{spent} instead of {expected}" if spent and expected else "",
        ),
        brief=f"{extra} above what was expected" if extra else "",
        details=parts.lines(
            ("Cause", cause) for one in peek.items(body, "rootCauses") if (cause := _cause(one))
        ),
        fields=parts.fields(
            Field(
                "Above expected", f"{extra} ({percent:,.0f} %)" if extra and percent is not None else extra
            ),
            Field("Spent", spent),
            Field("Expected", expected),
            Field("From", f"{start:%Y-%m-%d}" if start else ""),
            Field("To", f"{end:%Y-%m-%d}" if end else ""),
            Field("Monitor", peek.text(body, "monitorName") or parts.name(peek.text(body, "monitorArn"))),
        ),
        links=parts.links(Link("Anomaly", parts.web(peek.text(body, "anomalyDetailsLink")))),
        account=account,
        region=origin["region"],
        at=origin["at"],
        suggested=Severity.WARNING,
    )


def _dollars(impact: object, name: str) -> str:
    """Cost Explorer counts in US dollars."""
    amount = peek.number(impact, name)
    return "" if amount is None else f"${amount:,.2f}"


def _cause(cause: object) -> str:
    account = peek.text(cause, "linkedAccountName") or peek.text(cause, "linkedAccount")
    known = (
        peek.text(cause, "service"),
        peek.text(cause, "usageType"),
        peek.text(cause, "region"),
        f"account {account}" if account else "",
    )
    impact = _dollars(peek.mapping(cause, "impact"), "contribution")
    told = ", ".join(text for text in known if text)
    return f"{told}: {impact}" if told and impact else told
