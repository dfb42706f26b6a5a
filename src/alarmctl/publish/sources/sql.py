"""A query's result: value columns to metrics, key columns to dimensions. PostgreSQL, by psycopg 3."""

from __future__ import annotations

import math
from contextlib import contextmanager
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from alarmctl.publish import secrets
from alarmctl.publish.config import Sql
from alarmctl.publish.errors import SourceError
from alarmctl.publish.model import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from alarmctl.publish.config import Source
    from alarmctl.publish.context import Context

APPLICATION = "alarmctl-publish"
CONNECT_SECONDS = 5
NO_KEY = "none"  # the dimension's value where a key column is NULL or empty; CloudWatch takes no empty one
SCAN_COST = 1000.0  # of the planner: some ten thousand rows; a scan of fewer is no harm


def make(source: Source, context: Context) -> Callable[[], list[Reading]]:
    """The query's values."""
    assert isinstance(source.options, Sql)  # noqa: S101 -- parse() made them so
    return Database(source.options, context, source.deadline_seconds)


class Database:
    """One query. Each call connects anew, so that neither a restart nor a failover of the server matters."""

    def __init__(self, options: Sql, context: Context, deadline_seconds: float) -> None:
        self._options = options
        self._context = context
        self._deadline_seconds = deadline_seconds
        self._password: str | None = None

    def __call__(self) -> list[Reading]:
        """Ask once. Raises SourceError."""
        with self._cursor() as cursor:
            # Wrapped, it can be nothing but one query, and never brings more rows than are wanted.
            cursor.execute(
                f"SELECT * FROM (\n{self._options.query}\n) AS result LIMIT {self._options.max_rows + 1}"  # noqa: S608
            )
            rows = cursor.fetchall()
        if len(rows) > self._options.max_rows:
            raise SourceError(
                f"query: more than {self._options.max_rows} rows (max_rows). Each is a series that costs."
            )
        return [reading for row in rows for reading in self._readings(row)]

    def _readings(self, row: Mapping[str, Any]) -> Iterator[Reading]:
        own = tuple((dimension, key(self._column(row, column))) for column, dimension in self._options.keys)
        for column, metric, unit in self._options.values:
            value = self._column(row, column)
            if value is not None:
                yield Reading(metric, number(column, value), unit, own)

    @staticmethod
    def _column(row: Mapping[str, Any], column: str) -> Any:
        if column not in row:
            raise SourceError(f"query: it brings no column {column!r}, only {', '.join(row)}.")
        return row[column]

    @contextmanager
    def _cursor(self) -> Iterator[Any]:
        try:
            import psycopg  # noqa: PLC0415 -- slow to import, and only SQL needs it
            from psycopg.rows import dict_row  # noqa: PLC0415 -- as above
        except ImportError:
            raise SourceError("PostgreSQL needs psycopg: pip install 'alarmctl[publish]'.") from None
        try:
            with (
                psycopg.connect(**self._connection(), autocommit=True, row_factory=dict_row) as connection,
                connection.cursor() as cursor,
            ):
                yield cursor
        except psycopg.Error as error:
            if connection_refused(error):
                self._password = None  # it may have been changed; read it again next time
            first = (str(error).strip() or type(error).__name__).splitlines()[0]
            raise SourceError(f"{self._options.host}:{self._options.port}: {first}") from None

    def _connection(self) -> dict[str, Any]:
        options = self._options
        if self._password is None or (options.password and options.password.store == "iam"):
            self._password = secrets.read(options, self._context)  # tokens of IAM live for 15 minutes
        milliseconds = int(self._deadline_seconds * 1000)
        wanted = {
            "host": options.host,
            "port": options.port,
            "dbname": options.database,
            "user": options.user,
            "password": self._password,
            "sslmode": options.sslmode,
            "sslrootcert": options.sslrootcert or None,
            "connect_timeout": max(2, min(CONNECT_SECONDS, math.floor(self._deadline_seconds))),
            "application_name": APPLICATION,
            # A server that fell silent is given up; without, the thread would wait for ever.
            "tcp_user_timeout": milliseconds,
            "keepalives_idle": 5,
            "keepalives_interval": 2,
            "keepalives_count": 3,
            "options": f"-c statement_timeout={milliseconds} -c default_transaction_read_only=on",
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def explain(self) -> list[str]:
        """Findings on the query's plan: large tables that it reads from end to end."""
        with self._cursor() as cursor:
            cursor.execute(f"EXPLAIN (FORMAT JSON)\n{self._options.query}")
            (plan,) = cursor.fetchone().values()
        return [
            f"it reads all of {node['Relation Name']} (about {node['Plan Rows']:.0f} rows pass "
            f"{node.get('Filter', 'no filter')}). Make an index on the columns of the filter, such as: "
            f"CREATE INDEX CONCURRENTLY ON {node['Relation Name']} (…)"
            for node in nodes(plan[0]["Plan"])
            if node["Node Type"] == "Seq Scan" and node["Total Cost"] > SCAN_COST
        ]


def nodes(plan: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """A plan's nodes."""
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def connection_refused(error: Exception) -> bool:
    """Could the server not be reached, or did it refuse the password? Such errors bear no SQL state."""
    return (getattr(error, "sqlstate", None) or "28")[:2] == "28"


def key(value: Any) -> str:
    """A key column's value as a dimension's."""
    return (str(value).strip() if value is not None else "") or NO_KEY


def number(column: str, value: Any) -> float:
    """A column's value as a number; intervals in seconds."""
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, int | float | Decimal):
        return float(value)
    raise SourceError(f"query: column {column} holds {type(value).__name__}, not a number. Cast it.")
