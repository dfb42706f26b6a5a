"""CloudWatch alarms of every type, in the three shapes that CloudWatch sends.

Schemas: see `facts`.
"""

from __future__ import annotations

import re
from datetime import UTC
from typing import TYPE_CHECKING

from notify_slack import console, facts, peek, sparkline, words
from notify_slack.model import Alert, Field, Link, Path, Received, Severity, Status
from notify_slack.mrkdwn import code

if TYPE_CHECKING:
    from datetime import datetime

    from notify_slack.facts import AlarmFacts

NAME = "alarm"

SNS = "CloudWatch alarm (SNS)"
LAMBDA = "CloudWatch alarm (Lambda action)"
STATE_CHANGE = "aws.cloudwatch/CloudWatch Alarm State Change"
CONTRIBUTOR = "aws.cloudwatch/CloudWatch Alarm Contributor State Change"

KINDS = (SNS, LAMBDA, STATE_CHANGE, CONTRIBUTOR)
SHAPES = {
    SNS: frozenset({"AlarmName", "NewStateValue"}),
    LAMBDA: frozenset({"alarmArn", "alarmData"}),
}

STATUSES = {"ALARM": Status.FIRING, "OK": Status.RESOLVED, "INSUFFICIENT_DATA": Status.NO_DATA}

DIMENSIONS_SHOWN = 4
CHILDREN_SHOWN = 10

# The modules write the runbook's address at the end of the description.
_RUNBOOK = re.compile(r"\s*\bRunbook:\s*(https?://\S+)\s*$")


def parse(received: Received, kind: str) -> Alert:
    """One alarm's state change; the key is the same whichever way it came."""
    content = received.content
    if kind == SNS:
        known, path = facts.from_action(content, received.topic_arn), Path.ACTION
    elif kind == LAMBDA:
        known = facts.from_state_change(
            peek.mapping(content, "alarmData"),
            peek.text(content, "alarmArn"),
            peek.text(content, "accountId"),
            peek.text(content, "region"),
        )
        path = Path.ACTION
    else:
        known = facts.from_state_change(
            peek.mapping(content, "detail"),
            peek.text(content, "resources", 0),
            peek.text(content, "account"),
            peek.text(content, "region"),
        )
        path = Path.EVENT
    return describe(known, path)


def describe(known: AlarmFacts, path: Path) -> Alert:
    """The alert that these facts make; called again when more facts have become known."""
    description, runbook = _split_runbook(known.description)
    links = (
        Link("Alarm", console.alarm(known.region, known.name)),
        Link("Metrics", console.metrics(known)),
        Link("Runbook", runbook),
    )
    return Alert(
        kind=NAME,
        key=_key(known),
        title=known.name or facts.alarm_name(known.arn) or "Alarm without a name",
        status=STATUSES.get(known.state, Status.NOTICE),
        state=known.state or "unknown state",
        summary=_resolved(known) + words.sentence(known),
        brief=words.brief(known),
        description=description,
        details=_details(known),
        fields=_fields(known),
        links=tuple(link for link in links if link.url),
        account=known.account,
        region=known.region,
        at=known.at,
        subject_key=known.arn or known.name,
        suggested=Severity.WARNING,
        path=path,
        facts=known,
    )


def _resolved(known: AlarmFacts) -> str:
    lasted = words.lasted(known)
    return (
        f"Resolved after {lasted}. "
        if lasted and (known.previous_state, known.state) == ("ALARM", "OK")
        else ""
    )


def _key(known: AlarmFacts) -> str:
    """Alarm, state, time to the millisecond in UTC, contributor, and whether a mute window's end re-fired it.

    Two copies of one state change agree on all five.
    """
    about = known.arn or known.name
    if not (about and known.state and known.at):
        return ""
    refired = "refired" if known.refired else ""
    return "|".join((about, known.state, _milliseconds(known.at), known.contributor_id, refired)).rstrip("|")


def _milliseconds(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _split_runbook(description: str) -> tuple[str, str]:
    found = _RUNBOOK.search(description)
    return (description[: found.start()], found[1]) if found else (description, "")


def _fields(known: AlarmFacts) -> tuple[Field, ...]:
    lasted = words.lasted(known)
    previous = (
        f"{known.previous_state} for {lasted}" if lasted and known.previous_state else known.previous_state
    )
    condition = "" if words.read(known.reason).values else words.condition(known)
    named = dict(pair for metric in known.metrics for pair in metric.dimensions) | dict(known.contributor)
    fields = (
        Field("Previously", previous),
        Field("Alarms when breaching in", condition),
        *(Field(name, value, code=True) for name, value in list(named.items())[:DIMENSIONS_SHOWN]),
    )
    return tuple(field for field in fields if field.value)


def _details(known: AlarmFacts) -> tuple[Field, ...]:
    """The recent datapoints as a picture; a composite alarm's children, if too many for the sentence."""
    reading = words.read(known.reason)
    drawn = sparkline.draw(known.recent or reading.values, words.limits(known, reading))
    picture = (Field("Recently", drawn),) if drawn else ()
    return picture + tuple(
        Field(child.state, code(facts.alarm_name(child.arn)))
        for child in known.children[:CHILDREN_SHOWN]
        if len(known.children) > words.SHOWN_VALUES and child.arn
    )
