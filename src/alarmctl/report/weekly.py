"""The week in a few lines, for the info topic and so for Slack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from alarmctl.report.page import Page

SUBJECT = "Alarms of the week: {name}"
SUBJECT_CHARS = 100  # SNS refuses more
NAMED = 5  # rows of the table that matters most


def message(name: str, pages: Sequence[Page]) -> tuple[str, str]:
    """Subject and text. The notifier shows a text as it is, so it is written to be read."""
    parts = []
    for page in pages:
        lines = [page.title, *(f"• {line}" for line in page.headline)]
        wanting = next((table for table in page.tables if table.title in NAMING and table.rows), None)
        if wanting:
            lines += [f"    {row[0]}: {row[1]}" for row in wanting.rows[:NAMED]]
            if (more := len(wanting.rows) - NAMED) > 0:
                lines.append(f"    … and {more} more")
        parts.append("\n".join(lines))
    return SUBJECT.format(name=name)[:SUBJECT_CHARS], "\n\n".join(parts)


NAMING = frozenset({"Want a change", "Without an alarm"})


def send(account: Any, topic_arn: str, name: str, pages: Sequence[Page]) -> str:
    """Publish it; returns the message's id. Raises what boto3 raises."""
    subject, text = message(name, pages)
    sent = account.client("sns").publish(TopicArn=topic_arn, Subject=subject, Message=text)
    return str(sent["MessageId"])
