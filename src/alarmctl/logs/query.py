"""Run a saved query of `access_logs` in Athena, for a span of time.

The queries are those that Terraform saved in the workgroup NAME-access-logs. Each holds a condition on the
time between two comments; for another span that condition is replaced, and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from alarms.mute_window import MuteError, moment, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from alarmctl.account import Account

SPAN = re.compile(r"/\*span\*/.*?/\*end\*/", re.DOTALL)
ENDED = ("SUCCEEDED", "FAILED", "CANCELLED")
LONGEST_SECONDS = 600.0  # Athena itself stops a query after 30 minutes; nobody waits that long at a prompt
PAUSE_SECONDS = 0.5
PAGE = 1000  # rows that Athena gives at once


class QueryError(Exception):
    """The query gave no rows; the text says why and what to do."""


class SpanError(QueryError):
    """What was asked for is no span of time."""


@dataclass(frozen=True)
class Saved:
    """One saved query of the workgroup."""

    name: str
    description: str
    database: str
    sql: str


@dataclass(frozen=True)
class Result:
    """The rows of a query as texts (None is NULL), and the bytes that it read."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    scanned_bytes: int


def when(last: str | None, start: str | None, end: str | None, now: datetime) -> tuple[datetime, datetime]:
    """From when until when, in UTC. Raises SpanError for what is no span of time."""
    try:
        until = moment(end) if end else now
        since = moment(start) if start else until - span(last or "1h")
    except MuteError as error:
        raise SpanError(str(error)) from None
    except OverflowError:
        raise SpanError(f"{last!r} is longer ago than there are dates. Give less, such as 24h.") from None
    if since >= until:
        raise SpanError(
            f"{since:%Y-%m-%dT%H:%M} is not before {until:%Y-%m-%dT%H:%M}, both in UTC. "
            "Mend --from or --until."
        )
    return since, until


def between(sql: str, since: datetime, until: datetime) -> str:
    """The query for this span. Raises QueryError where it has no place for one."""
    first, last = since.astimezone(UTC), until.astimezone(UTC)
    # A request is filed under the day of its file, up to five minutes and a request's length later.
    latest = last + timedelta(hours=2)
    condition = (
        f"day BETWEEN '{first:%Y/%m/%d}' AND '{latest:%Y/%m/%d}' "
        f"AND time >= '{_stamp(first)}' AND time < '{_stamp(last)}'"
    )
    changed, found = SPAN.subn(condition, sql)
    if not found:
        raise QueryError("The query has no /*span*/ … /*end*/ around its condition on the time. Add them.")
    return changed


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%S.%f}Z"


def workgroup(stack: Account) -> str:
    """Name of the workgroup that `access_logs` makes."""
    return f"{stack.name}-access-logs"


def saved(stack: Account) -> dict[str, Saved]:
    """The saved queries of the workgroup by name. Raises what boto3 raises."""
    client = stack.client("athena")
    ids = [
        one
        for page in stack.pages("athena", "list_named_queries", WorkGroup=workgroup(stack))
        for one in page.get("NamedQueryIds", ())
    ]
    found = {}
    for first in range(0, len(ids), 50):  # as many as BatchGetNamedQuery takes
        answer = client.batch_get_named_query(NamedQueryIds=ids[first : first + 50])
        for one in answer["NamedQueries"]:
            found[one["Name"]] = Saved(
                one["Name"], one.get("Description", ""), one["Database"], one["QueryString"]
            )
    return found


def run(
    stack: Account, query: Saved, sql: str, clock: Callable[[], float], sleep: Callable[[float], object]
) -> Result:
    """Run it and wait for its rows. Raises QueryError when Athena refuses it or takes too long."""
    client = stack.client("athena")
    started = client.start_query_execution(
        QueryString=sql,
        WorkGroup=workgroup(stack),
        QueryExecutionContext={"Database": query.database},
    )["QueryExecutionId"]
    give_up = clock() + LONGEST_SECONDS
    while True:
        execution = client.get_query_execution(QueryExecutionId=started)["QueryExecution"]
        state = execution["Status"]["State"]
        if state in ENDED:
            break
        if clock() >= give_up:
            client.stop_query_execution(QueryExecutionId=started)
            raise QueryError(
                f"{query.name} took longer than {LONGEST_SECONDS:.0f} s. Ask for a shorter span."
            )
        sleep(PAUSE_SECONDS)
    if state != "SUCCEEDED":
        why = execution["Status"].get("StateChangeReason", "no reason given")
        raise QueryError(f"Athena ended {query.name} as {state}: {why}")
    return _result(stack, started, execution)


def _result(stack: Account, execution_id: str, execution: dict[str, Any]) -> Result:
    columns: tuple[str, ...] = ()
    rows: list[tuple[str | None, ...]] = []
    for page in stack.pages("athena", "get_query_results", QueryExecutionId=execution_id, MaxResults=PAGE):
        found = page["ResultSet"]
        columns = tuple(column["Name"] for column in found["ResultSetMetadata"]["ColumnInfo"])
        rows += [tuple(cell.get("VarCharValue") for cell in row["Data"]) for row in found["Rows"]]
    if rows and rows[0] == columns:  # Athena's first row of a SELECT is its heading
        rows = rows[1:]
    return Result(columns, tuple(rows), int(execution.get("Statistics", {}).get("DataScannedInBytes", 0)))
