"""SQL sources against a real PostgreSQL that these tests start."""

import dataclasses
import threading
import time
from types import SimpleNamespace

import boto3
import psycopg
import pytest
from botocore.stub import Stubber

from alarmctl.local import postgres as servers
from alarmctl.publish import collect, secrets
from alarmctl.publish.config import Password, Sql, parse
from alarmctl.publish.context import Context
from alarmctl.publish.errors import SourceError
from alarmctl.publish.sources import make
from alarmctl.publish.sources.sql import Database

SCHEMA = """
DROP TABLE IF EXISTS sessions;
CREATE TABLE sessions (id serial, tenant text, last_activity timestamptz NOT NULL);
INSERT INTO sessions (tenant, last_activity)
  SELECT 'acme', now() - interval '1 minute' FROM generate_series(1, 7)
  UNION ALL SELECT 'globex', now() - interval '29 minutes' FROM generate_series(1, 3)
  UNION ALL SELECT NULL, now() - interval '31 minutes' FROM generate_series(1, 5);
"""


@pytest.fixture
def database(postgres):
    with psycopg.connect(**postgres.connection(), autocommit=True) as connection:
        connection.execute(SCHEMA)
        yield connection


@pytest.fixture
def source(postgres, monkeypatch):
    """Make the preset's source, with what a test writes beside it."""
    monkeypatch.setenv("DB_PASSWORD", postgres.password)

    def made(**written):
        keys = {
            "preset": '"active-sessions"',
            "host": '"127.0.0.1"',
            "port": postgres.port,
            "database": '"postgres"',
            "user": '"postgres"',
            "sslmode": '"disable"',
            "password": '{ env = "DB_PASSWORD" }',
            "deadline_seconds": 2,
            **written,
        }
        (found,) = parse(
            "\n".join(["[[source]]", *(f"{key} = {value}" for key, value in keys.items())])
        ).sources
        return found

    return made


def ask(source, context=None):
    return make(source, context or Context())()


def values(readings):
    return {(one.metric, *dict(one.own).values()): one.value for one in readings}


def test_the_preset_counts_the_active_sessions(database, source):
    (reading,) = ask(source())
    assert (reading.metric, reading.value, reading.unit, reading.own) == ("ActiveSessions", 10, "Count", ())


def test_key_columns_become_dimensions(database, source):
    readings = ask(
        source(
            query='"SELECT tenant, count(*) n, max(now() - last_activity) idle FROM sessions GROUP BY 1;"',
            values='{ n = "Sessions", idle = { metric = "Idle", unit = "Seconds" } }',
            keys='{ tenant = "Tenant" }',
        )
    )
    found = values(readings)
    assert {key: value for key, value in found.items() if key[0] == "Sessions"} == {
        ("Sessions", "acme"): 7,
        ("Sessions", "globex"): 3,
        ("Sessions", "none"): 5,
    }
    assert found["Idle", "acme"] == pytest.approx(60, abs=30)


@pytest.mark.parametrize("query", ["SELECT NULL::int AS sessions", "SELECT 1 AS sessions WHERE false"])
def test_null_and_no_rows_publish_nothing_and_are_no_failure(database, source, query):
    assert ask(source(query=f'"{query}"')) == []


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("SELECT 1 AS other", "it brings no column 'sessions', only other"),
        ("SELECT 'x' AS sessions", "column sessions holds str, not a number"),
        ("SELECT generate_series(1, 101) AS sessions", "more than 100 rows (max_rows)"),
        ("SELECT 1/0 AS sessions", "division by zero"),
        ("SELECT * FROM nowhere", 'relation "nowhere" does not exist'),
        ("SELECT 1 AS sessions; DROP TABLE sessions", "syntax error"),
        ("WITH gone AS (DELETE FROM sessions RETURNING 1) SELECT 1 AS sessions", "WITH clause containing"),
        ("SELECT nextval('sessions_id_seq') AS sessions", "read-only transaction"),
    ],
)
def test_a_query_that_cannot_be_used_says_why_and_changes_nothing(database, source, query, said):
    with pytest.raises(SourceError, match=r"127.0.0.1|query") as error:
        ask(source(query=f'"{query}"'))
    assert said in str(error.value)
    assert database.execute("SELECT count(*) FROM sessions").fetchone() == (15,)


def test_a_locked_table_is_given_up_at_the_deadline(postgres, database, source):
    with psycopg.connect(**postgres.connection()) as other:
        other.execute("LOCK TABLE sessions IN ACCESS EXCLUSIVE MODE")
        began = time.monotonic()
        with pytest.raises(SourceError, match="statement timeout"):
            ask(source(deadline_seconds=1))
        assert time.monotonic() - began < 3


def test_a_slow_query_is_up_0_and_publishes_no_value(database, source):
    slow = source(query='"SELECT 1 AS sessions FROM pg_sleep(5)"', deadline_seconds="0.5")
    config = dataclasses.replace(
        parse("[[source]]\npreset = 'host'\n[publisher]\nnamespace = 'P'"), sources=(slow,)
    )
    (outcome,) = collect.once(config, {slow.name: make(slow, Context())})
    points = collect.points(outcome, config, {"Machine": "web-1", "InstanceId": "i-1"})
    assert outcome.problem
    assert {point.series.metric for point in points} == {"CollectorUp", "CollectorDurationMs"}
    assert {point.value for point in points if point.series.metric == "CollectorUp"} == {0.0}


def test_a_wrong_password_says_so_and_is_read_again_next_time(postgres, database, source, monkeypatch):
    measure = make(source(), Context())
    monkeypatch.setenv("DB_PASSWORD", "not it")
    with pytest.raises(SourceError, match="password authentication failed") as error:
        measure()
    assert "not it" not in str(error.value)
    monkeypatch.setenv("DB_PASSWORD", postgres.password)
    assert measure()[0].value == 10


def test_a_server_that_is_down_and_comes_back(source, monkeypatch):
    with servers.server() as own:
        monkeypatch.setenv("DB_PASSWORD", own.password)
        measure = make(source(query='"SELECT 4 AS sessions"', port=own.port), Context())
        assert measure()[0].value == 4
        own.stop()
        with pytest.raises(SourceError, match="refused"):
            measure()
        own.start()
        assert measure()[0].value == 4


def test_a_server_that_accepts_and_says_nothing_is_given_up(silent_port, source):
    began = time.monotonic()
    with pytest.raises(SourceError, match="timeout expired"):
        ask(source(port=silent_port, deadline_seconds=2))
    assert time.monotonic() - began < 4


@pytest.fixture
def silent_port():
    import socket  # noqa: PLC0415

    with socket.create_server(("127.0.0.1", 0)) as listener:
        kept = []
        threading.Thread(target=lambda: kept.append(listener.accept()), daemon=True).start()
        yield listener.getsockname()[1]
        for connection, _ in kept:
            connection.close()


def test_explain_asks_for_an_index_and_is_content_with_one(database, source):
    database.execute(
        "INSERT INTO sessions (last_activity) SELECT now() - n * interval '1 minute' FROM"
        " generate_series(1, 100000) n"
    )
    database.execute("ANALYZE sessions")
    measure = Database(changed(source()), Context(), 5)
    (advice,) = measure.explain()
    assert "it reads all of sessions" in advice
    assert "CREATE INDEX CONCURRENTLY ON sessions" in advice
    database.execute("CREATE INDEX ON sessions (last_activity)")
    database.execute("ANALYZE sessions")
    assert measure.explain() == []


STORED = [
    (Password("ssm", "/acme/db"), "ssm", "get_parameter", {"Parameter": {"Value": "one"}}, "one"),
    (Password("secret", "acme/db"), "secretsmanager", "get_secret_value", {"SecretString": "two"}, "two"),
    (
        Password("secret", "acme/db", "password"),
        *("secretsmanager", "get_secret_value", {"SecretString": '{"password": "three"}'}, "three"),
    ),
]


@pytest.mark.parametrize(("password", "service", "operation", "answer", "wanted"), STORED)
def test_the_password_comes_from_where_it_is_kept(password, service, operation, answer, wanted, source):
    client = boto3.client(service, "eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
    options = changed(source(), password=password)
    with Stubber(client) as stub:
        stub.add_response(operation, answer)
        stub.add_client_error(operation, "AccessDeniedException")
        assert secrets.read(options, kept(client)) == wanted
        with pytest.raises(SourceError, match=f"password.{password.store} .*: AccessDeniedException"):
            secrets.read(options, kept(client))


def test_iam_gives_a_token_for_this_server_and_user(source):
    client = boto3.client("rds", "eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
    options = changed(source(), host="db.acme.internal", password=Password("iam"))
    token = secrets.read(options, kept(client))
    assert str(token).startswith(f"db.acme.internal:{options.port}/?Action=connect&DBUser=postgres")


def test_a_password_file_loses_its_last_newline_alone(tmp_path, source):
    kept = tmp_path / "password"
    kept.write_text(" four \n")
    options = changed(source(), password=Password("file", str(kept)))
    assert secrets.read(options, Context()) == " four "
    kept.unlink()
    with pytest.raises(SourceError, match="cannot be read"):
        secrets.read(options, Context())


def changed(source, **written):
    """The source's options, with what is written."""
    assert isinstance(source.options, Sql)
    return dataclasses.replace(source.options, **written)


def kept(client):
    """A context with this client alone."""
    context = Context()
    context.__dict__["session"] = SimpleNamespace(region_name="eu-west-1", client=lambda *_, **__: client)
    return context
