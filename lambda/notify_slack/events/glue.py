"""AWS Glue: jobs, crawlers, the data catalogue and data quality.

Schema: https://docs.aws.amazon.com/glue/latest/dg/automating-awsglue-with-cloudwatch-events.html ;
data quality: data-quality-alerts.html beside it.
"""

from __future__ import annotations

import re
from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "glue"
JOB = "aws.glue/Glue Job State Change"
RUN = "aws.glue/Glue Job Run Status"
CRAWLER = "aws.glue/Glue Crawler State Change"
DATABASE = "aws.glue/Glue Data Catalog Database State Change"
TABLE = "aws.glue/Glue Data Catalog Table State Change"
QUALITY = "aws.glue-dataquality/Data Quality Evaluation Results Available"
KINDS = (JOB, RUN, CRAWLER, DATABASE, TABLE, QUALITY)
SHAPES: dict[str, frozenset[str]] = {}

STATES = {
    "FAILED": "failed",
    "ERROR": "failed",
    "TIMEOUT": "ran out of time",
    "SUCCEEDED": "succeeded",
    "PASSED": "passed",
    "STARTED": "started",
    "STOPPED": "was stopped",
}
FAILED = frozenset({"FAILED", "TIMEOUT", "ERROR"})
SEVERITIES = {"ERROR": Severity.WARNING, "WARN": Severity.WARNING}
_RUN_NAMES = re.compile(r"^JobName:\S{1,300} and JobRunId:\S{1,300} ")  # they are in fields of their own
_CRAWLED = (
    ("tablesCreated", "table created"),
    ("tablesUpdated", "table updated"),
    ("tablesDeleted", "table deleted"),
    ("partitionsCreated", "partition created"),
    ("partitionsUpdated", "partition updated"),
    ("partitionsDeleted", "partition deleted"),
)


def parse(received: Received, kind: str) -> Alert:
    """One change of state."""
    event = received.content
    detail = peek.mapping(event, "detail")
    subject = _subject(detail, kind)
    state = peek.text(detail, "state") or peek.text(detail, "typeOfChange") or "unknown state"
    slow = kind == RUN  # sent only for a run that takes longer than its notification threshold
    status = Status.FIRING if state.upper() in FAILED or slow else Status.NOTICE
    where = parts.origin(event)
    message = _RUN_NAMES.sub("", one_line(peek.text(detail, "errorMessage") or peek.text(detail, "message")))
    score = peek.number(detail, "score")
    told = "runs longer than its notification threshold" if slow else _told(state, kind)
    return Alert(
        kind=NAME,
        key=peek.text(event, "id"),
        title=parts.title(subject, status, told),
        status=status,
        state="delayed" if slow else state,
        summary=parts.joined(f"{subject} {told}", parts.sentence(message)),
        brief=message or told,
        details=parts.listed("Changed", _changed(detail)),
        fields=parts.fields(
            Field("Run", peek.text(detail, "jobRunId"), code=True),
            Field("Database", peek.text(detail, "databaseName"), code=True),
            Field("Crawled", _crawled(detail)),
            Field("Score", f"{100 * score:.4g} %" if score is not None and score <= 1 else ""),
            Field("Rules failed", _number(detail, "numRulesFailed")),
            Field("Notify after", _number(detail, "notificationCondition", "NotifyDelayAfter", unit=" min")),
        ),
        links=_links(where["region"], detail),
        account=where["account"],
        region=where["region"],
        at=where["at"],
        subject_key=peek.text(detail, "jobRunId"),
        suggested=Severity.WARNING
        if status is Status.FIRING
        else SEVERITIES.get(peek.text(detail, "severity"), Severity.INFO),
    )


def _subject(detail: object, kind: str) -> str:
    if kind == CRAWLER:
        return f"Glue crawler {peek.text(detail, 'crawlerName') or 'without a name'}"
    if kind == DATABASE:
        return f"Glue database {peek.text(detail, 'databaseName') or 'without a name'}"
    if kind == TABLE:
        return f"Glue table {peek.text(detail, 'tableName') or 'without a name'}"
    if kind == QUALITY:
        context = peek.mapping(detail, "context")
        about = peek.text(context, "tableName") or peek.text(context, "jobName")
        rules = ", ".join(parts.strings(peek.items(detail, "rulesetNames")))
        return f"Glue data quality of {about or rules or 'a table'}"
    return f"Glue job {peek.text(detail, 'jobName') or 'without a name'}"


def _told(state: str, kind: str) -> str:
    if kind in (DATABASE, TABLE):
        return f"changed: {parts.words(state)}"
    return STATES.get(state.upper(), f"is {state}")


def _changed(detail: object) -> list[str]:
    changed = peek.items(detail, "changedTables") or peek.items(detail, "changedPartitions")
    return [", ".join(parts.strings(one)) if isinstance(one, list) else peek.text(one) for one in changed]


def _crawled(detail: object) -> str:
    found = ((peek.count(detail, key), told) for key, told in _CRAWLED)
    return ", ".join(
        f"{number} {told}" if number == 1 else f"{number} {told.replace(' ', 's ', 1)}"
        for number, told in found
        if number
    )


def _number(detail: object, *path: str, unit: str = "") -> str:
    number = peek.number(detail, *path)
    return "" if number is None else f"{number:g}{unit}"


def _links(region: str, detail: object) -> tuple[Link, ...]:
    job, run = peek.text(detail, "jobName"), peek.text(detail, "jobRunId")
    crawler = quote(peek.text(detail, "crawlerName"), safe="")
    page = f"#/job/{quote(job, safe='')}/run/{quote(run, safe='')}"
    return parts.links(
        Link("Run", console.page(region, "gluestudio/home", fragment=page) if job and run else ""),
        Link(
            "Crawler",
            console.page(region, "glue/home", fragment=f"#/v2/data-catalog/crawlers/view/{crawler}")
            if crawler
            else "",
        ),
    )
