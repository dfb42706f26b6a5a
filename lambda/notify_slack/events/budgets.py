"""AWS Budgets: the text that it sends by SNS when a budget's threshold is passed.

Form: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-sns-policy.html and the alert's
fields in https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create.html
"""

from __future__ import annotations

import re

from notify_slack import parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status

NAME = "budgets"
TEXT = "AWS Budgets (text)"
KINDS = (TEXT,)
SHAPES: dict[str, frozenset[str]] = {}
TEXTS = {TEXT: re.compile(r"\A\s*AWS Budget Notification\b|^Budget Name: \S", re.MULTILINE)}

_ACCOUNT = re.compile(r"\bAWS Account (\d{12})\b")
_ADDRESS = re.compile(r"https://\S+")
LABEL_CHARS = 40  # a longer text before a colon is a sentence

# A forecast leaves time to act; the others are spent already.
SEVERITIES = {"FORECASTED": Severity.INFO}


def parse(received: Received, kind: str) -> Alert:  # noqa: ARG001  every parser has this signature
    """Which budget, what it allows, what is spent."""
    text = peek.text(received.content)
    values = _values(text)
    name, alert_type = values.get("Budget Name", ""), values.get("Alert Type", "")
    budget_type = values.get("Budget Type", "")
    amount = values.get(f"{alert_type} Amount", "")
    spent = f"{alert_type.capitalize()} {budget_type.lower() or 'amount'} is {amount}" if amount else ""
    budgeted, threshold = values.get("Budgeted Amount", ""), values.get("Alert Threshold", "")
    account = _ACCOUNT.search(text)
    first = text.strip().partition("\n")[0]  # it has the date
    return Alert(
        kind=NAME,
        key=parts.key("budgets", first, name, alert_type, threshold, amount),
        title=f"Budget {name}" if name else "AWS Budgets",
        status=Status.FIRING,
        state="Budget forecast exceeded" if alert_type == "FORECASTED" else "Budget threshold passed",
        summary=parts.joined(
            spent,
            f"The threshold is {threshold}" if threshold else "",
            f"The budget is {budgeted}" if budgeted else "",
        )
        or text.strip(),
        brief=spent,
        fields=parts.fields(
            Field("Budget", name),
            Field("Budgeted", budgeted),
            Field("Threshold", threshold),
            Field("Amount", amount),
            Field("Alert type", alert_type.lower()),
            Field("Budget type", budget_type),
        ),
        links=parts.links(Link("Budgets", _console(text))),
        account=account[1] if account else "",
        suggested=SEVERITIES.get(alert_type, Severity.WARNING),
    )


def _values(text: str) -> dict[str, str]:
    """The lines `Label: value`, each label's first."""
    values: dict[str, str] = {}
    for line in text.splitlines():
        label, _, value = line.partition(":")
        if value.strip() and len(label) <= LABEL_CHARS:
            values.setdefault(label.strip(), value.strip())
    return values


def _console(text: str) -> str:
    found = (url for url in _ADDRESS.findall(text) if "/budgets" in url)
    return next(found, "")
