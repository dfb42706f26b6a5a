"""What became of an asynchronous Lambda invocation, or of a batch that a stream gave up on.

Schemas: https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html and
kinesis-on-failure-destination.html beside it.
"""

from __future__ import annotations

from urllib.parse import quote

from notify_slack import console, parts, peek
from notify_slack.facts import arn_part
from notify_slack.model import Alert, Field, Link, Received, Severity, Status
from notify_slack.mrkdwn import one_line

NAME = "lambda_destination"
RESULT = "Lambda destination"
STREAM = "Lambda destination (stream)"
TABLE = "Lambda destination (table)"
SUCCESS = "lambda/Lambda Function Invocation Result - Success"
FAILURE = "lambda/Lambda Function Invocation Result - Failure"
KINDS = (RESULT, STREAM, TABLE, SUCCESS, FAILURE)
SHAPES = {
    STREAM: frozenset({"requestContext", "responseContext", "KinesisBatchInfo"}),
    TABLE: frozenset({"requestContext", "responseContext", "DDBStreamBatchInfo"}),
    RESULT: frozenset({"requestContext", "requestPayload", "timestamp"}),
}
_BATCHES = {STREAM: "KinesisBatchInfo", TABLE: "DDBStreamBatchInfo"}

CONDITIONS = {
    "Success": "The invocation succeeded",
    "RetriesExhausted": "The invocation failed, retries too: the event is lost unless someone acts",
    "EventAgeExceeded": "The event waited longer than its maximum age and was given up",
    "RetryAttemptsExhausted": "The batch failed, retries too: its records were skipped",
    "RecordAgeExceeded": "The records became older than their maximum age and were skipped",
    "MaximumRecordAgeExceeded": "The records became older than their maximum age and were skipped",
    "ZeroRetries": "The invocation failed and is not retried: the event is lost unless someone acts",
}


def parse(received: Received, kind: str) -> Alert:
    """One invocation. Request and response may be secret; of them only the error is told."""
    content = received.content
    body = peek.mapping(content, "detail") if kind in (SUCCESS, FAILURE) else content
    context = peek.mapping(body, "requestContext")
    arn = peek.text(context, "functionArn")
    function = arn_part(arn, 6)  # …:function:NAME, perhaps with a version after it
    condition = peek.text(context, "condition")
    failed = condition != "Success" and kind != SUCCESS
    error = _error(body)
    region = arn_part(arn, 3)
    said = CONDITIONS.get(condition, f"The invocation ended: {condition or 'unknown condition'}")
    tries = peek.count(context, "approximateInvokeCount")
    batch = peek.mapping(body, _BATCHES.get(kind, ""))
    records = peek.count(batch, "batchSize")
    page = f"#/functions/{quote(function, safe='')}?tab=monitoring"
    return Alert(
        kind=NAME,
        key=peek.text(context, "requestId") or peek.text(content, "id"),
        title=parts.title(
            f"Lambda function {function or 'without a name'}",
            Status.FIRING if failed else Status.NOTICE,
            "succeeded",
        ),
        status=Status.FIRING if failed else Status.NOTICE,
        state=condition or "unknown condition",
        summary=parts.joined(said, error),
        brief=error or said,
        fields=parts.fields(
            Field("Error", peek.text(body, "responseContext", "functionError")),
            Field("Tries", str(tries) if tries else ""),
            Field("Records", str(records) if records else ""),
            Field("Source", _source(peek.text(batch, "streamArn")), code=True),
            Field("Shard", peek.text(batch, "shardId"), code=True),
            Field("Request", peek.text(context, "requestId"), code=True),
        ),
        links=parts.links(
            Link("Function", console.page(region, "lambda/home", fragment=page) if function else ""),
        ),
        account=peek.text(content, "account") or arn_part(arn, 4),
        region=region,
        at=peek.time(body, "timestamp") or peek.time(content, "time"),
        suggested=Severity.WARNING if failed else Severity.INFO,
    )


def _source(stream_arn: str) -> str:
    """`stream/NAME`, `table/NAME/stream/TIME`: the name."""
    path = stream_arn.split("/")
    return path[1] if path[1:] else stream_arn


def _error(body: object) -> str:
    payload = peek.mapping(body, "responsePayload")
    kind, message = peek.text(payload, "errorType"), peek.text(payload, "errorMessage")
    return one_line(": ".join(text for text in (kind, message) if text))
