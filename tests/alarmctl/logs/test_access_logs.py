"""The Glue table's expression on the corpus, and the saved queries, as the command sends them, on DuckDB."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.alarmctl.logs import conftest
from tests.alarmctl.logs.lines import API, LINES, NEW

from alarmctl.cli import main
from alarmctl.logs import query, table

NAMES = [column["name"] for column in conftest.COLUMNS]
STACK = ("--name", "acme", "--region", "eu-west-1")
SPAN = ("--from", "2026-03-02T10:00", "--until", "2026-03-02T11:00")


def read(line):
    found = conftest.PATTERN.fullmatch(line.text)
    assert found
    return dict(zip(NAMES, found.groups(), strict=True))


class TestExpression:
    def test_has_a_group_for_each_column(self):
        assert conftest.PATTERN.groups == len(NAMES) == len(set(NAMES))

    def test_uses_only_what_java_and_python_read_alike(self):
        assert not re.search(r"\(\?(?!:|<=)|[*+?]\+|\\[a-zA-Z0-9]", conftest.PATTERN.pattern)

    def test_repeats_no_group_without_end(self):
        # Java goes one deeper for each turn of a group: 8 kB of escapes would overflow its stack.
        assert not re.search(r"\)[*+]|\)\{\d*,\}", conftest.PATTERN.pattern)

    @pytest.mark.parametrize(("escape", "most"), [(r"\x22", 2_000), (r"\"", 50), (r"\\", 4_000)])
    def test_reads_a_user_agent_of_escapes(self, escape, most):
        assert read(replace(LINES[5], agent=escape * most))["user_agent"] == escape * most

    @pytest.mark.parametrize("line", LINES, ids=lambda line: line.what)
    def test_reads_every_line(self, line):
        fields = read(line)
        assert {name: fields[name] for name in line.expected} == line.expected
        assert fields["type"] == line.kind
        assert fields["elb_status_code"] == line.status.split()[0]
        assert fields["user_agent"] == line.agent
        assert fields["matched_rule_priority"] == line.rule
        assert fields["actions_executed"] == line.actions
        assert (fields["conn_trace_id"] is not None) == (line.age == NEW)

    def test_refuses_what_is_no_access_log(self):
        for text in ("", "https", "a line of something else", LINES[0].text[:-60], "x " + LINES[0].text):
            assert conftest.PATTERN.fullmatch(text) is None, text

    def test_does_not_try_for_ever_on_a_line_that_does_not_match(self):
        for escape in (r"\x22 ", r"\" "):  # as long as a user agent may be, and each a place to go back to
            agent = escape * 2_000
            broken = replace(LINES[5], agent=agent, request=agent, tls=("", "")).text
            assert conftest.PATTERN.fullmatch(broken) is None

    def test_the_corpus_has_every_kind_of_line(self):
        assert len({line.what for line in LINES}) == len(LINES) >= 40
        assert {line.kind for line in LINES} == {"http", "https", "h2", "grpcs", "ws", "wss"}
        assert {line.age for line in LINES} == {"until 2019", "until May 2024", NEW}


SINCE, UNTIL = datetime(2026, 3, 2, 10, tzinfo=UTC), datetime(2026, 3, 2, 11, tzinfo=UTC)


def answer(database, name, since=SINCE, until=UNTIL):
    """The rows of a saved query as dictionaries."""
    text = {one: sql for one, _, sql in conftest.saved_queries()}[name]
    cursor = database.cursor().execute(conftest.dialect(query.between(text, since, until)))
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


class TestSavedQueries:
    def test_are_these(self):
        assert [name for name, _, _ in conftest.saved_queries()] == [
            *("bytes-by-target", "errors-by-route", "slowest-routes", "tls-versions", "top-clients")
        ]

    @pytest.mark.parametrize(("about", "sql"), [saved[1:] for saved in conftest.saved_queries()])
    def test_say_what_they_are_for_and_when(self, about, sql):
        assert about.endswith(".")
        assert len(query.SPAN.findall(sql)) == 1
        assert "day >=" in query.SPAN.findall(sql)[0]  # otherwise all days would be read

    def test_top_clients(self, database):
        first, *rest = answer(database, "top-clients")
        inside = [line for line in LINES if line.day == "2026-03-02"]
        of_first = [line for line in inside if line.client.startswith("198.51.100.7:")]
        assert first["client_ip"] == "198.51.100.7"
        assert first["requests"] == len(of_first)
        assert first["errors_5xx"] == sum(line.status.startswith("5") for line in of_first)
        assert first["sent_bytes"] == sum(int(line.sizes.split()[1]) for line in of_first)
        probing = {one["client_ip"]: one for one in rest}["192.0.2.66"]
        assert (probing["requests"], probing["errors_4xx"], probing["errors_5xx"]) == (2, 2, 0)

    def test_errors_by_route(self, database):
        rows = answer(database, "errors-by-route")
        by = {(one["verb"], one["route"], one["status"], one["made_by"]): one for one in rows}
        assert by["GET", "/orders/:id", 500, "target"]["requests"] == 1
        assert by["GET", "/orders/:id", 503, "target"]["requests"] == 1
        assert by["GET", "/v1/stock/:id", 500, "target"]["requests"] == 1
        assert by["GET", "/orders", 503, "load balancer"]["requests"] == 1
        assert by["POST", "/invoice", 502, "load balancer"]["requests"] == 2
        assert by["POST", "/invoice", 502, "load balancer"]["a_reason"] == "LambdaUnhandled"
        assert by["GET", "/report", 504, "load balancer"]["first_seen"] == "2026-03-02T10:00:31.186641Z"
        assert sum(one["requests"] for one in rows) == sum(
            line.status.startswith("5") for line in LINES if line.day == "2026-03-02"
        )
        assert rows == sorted(rows, key=lambda one: -one["requests"])

    def test_slowest_routes(self, database):
        first, second, *rest = answer(database, "slowest-routes")
        assert (first["verb"], first["route"], first["requests"]) == ("GET", "/report", 2)
        assert (first["p50_seconds"], first["longest_seconds"]) == (5.0, 5.5)
        assert (second["verb"], second["route"], second["p50_seconds"]) == ("POST", "/invoice", 0.813)
        assert {"verb": "PUT", "route": "/orders/:id", "requests": 1} in [
            {key: one[key] for key in ("verb", "route", "requests")} for one in rest
        ]

    def test_bytes_by_target(self, database):
        rows = {(one["target_group"], one["target"]): one for one in answer(database, "bytes-by-target")}
        assert rows[API, "10.0.1.21"] == {
            "target_group": API,
            "target": "10.0.1.21",
            "requests": 1,
            "received_bytes": 900,
            "sent_bytes": 700_000,
            "errors_5xx": 0,
        }
        assert rows[API.replace("/api/73e2d6bc24d8a067", "/invoice/73e2d6bc24d8a070"), "-"]["requests"] == 3
        assert next(iter(rows)) == (API, "10.0.1.20")  # the WebSocket's 882 kB

    def test_tls_versions(self, database):
        rows = answer(database, "tls-versions")
        assert rows[0]["protocol"] == "TLSv1.3"
        old = next(one for one in rows if one["protocol"] == "TLSv1")
        assert (old["requests"], old["clients"], old["a_user_agent"]) == (1, 1, "Java/1.7.0_80")
        assert "-" not in {one["protocol"] for one in rows}

    def test_only_the_span_is_read(self, database):
        assert answer(database, "top-clients", SINCE - timedelta(days=9), SINCE - timedelta(days=8)) == []
        assert (
            sum(
                one["requests"]
                for one in answer(database, "top-clients", SINCE, SINCE + timedelta(seconds=6))
            )
            == 5
        )
        older = answer(
            database, "tls-versions", datetime(2019, 4, 1, tzinfo=UTC), datetime(2019, 4, 2, tzinfo=UTC)
        )
        assert [one["protocol"] for one in older] == ["TLSv1"]


class TestCommand:
    def test_prints_a_table(self, athena, capsys):
        code = main(["logs", "query", "tls-versions", *STACK, *SPAN, "--endpoint-url", athena.url])
        told = capsys.readouterr()
        assert (code, told.err) == (0, "")
        heading, rule, first, *_ = told.out.splitlines()
        assert heading.split() == ["protocol", "cipher", "requests", "clients", "a_user_agent"]
        assert set(rule) == {"-", " "}
        assert first.startswith("TLSv1.3 ")
        assert told.out.splitlines()[
            -1
        ] == "4 rows, 2026-03-02 10:00 to 2026-03-02 11:00 UTC, 2.5 MB read".replace(
            "4 rows", f"{len(told.out.splitlines()) - 4} rows"
        )
        asked = athena.asked[0]
        assert (asked["WorkGroup"], asked["QueryExecutionContext"]["Database"]) == (
            "acme-access-logs",
            "acme_logs",
        )
        assert "day BETWEEN '2026/03/02' AND '2026/03/02'" in asked["QueryString"]

    def test_prints_json(self, athena, capsys):
        words = [
            "logs",
            "query",
            "top-clients",
            *STACK,
            *SPAN,
            "--endpoint-url",
            athena.url,
            "--format",
            "json",
        ]
        assert main(words) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["scanned_bytes"] == 2_500_000
        assert len(found["rows"]) > 3  # more than one page
        assert found["rows"][0]["client_ip"] == "198.51.100.7"

    def test_lists_the_queries(self, athena, capsys):
        assert main(["logs", "list", *STACK, "--endpoint-url", athena.url]) == 0
        told = capsys.readouterr().out
        assert told.count("\n") == 5
        assert "tls-versions  TLS versions and ciphers" in told

    def test_no_rows_are_no_success(self, athena, capsys):
        assert (
            main(["logs", "query", "top-clients", *STACK, "--last", "30m", "--endpoint-url", athena.url]) == 1
        )
        assert "\n0 rows, " in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (["top-clients", "--last", "soon"], "'soon' is no time span"),
            (["top-clients", "--from", "noon"], "'noon' is no time"),
            (["top-clients", "--from", "2026-03-02T12:00", "--until", "2026-03-02T11:00"], "is not before"),
            (["top-clients", "--last", "1h", "--from", "2026-03-02T12:00"], "not both"),
        ],
    )
    def test_refuses_what_is_no_time(self, words, told, capsys):
        assert main(["logs", "query", *words, *STACK, "--endpoint-url", "http://127.0.0.1:9"]) == 2
        assert told in capsys.readouterr().err

    def test_an_unknown_query_names_those_there_are(self, athena, capsys):
        assert main(["logs", "query", "top-client", *STACK, "--endpoint-url", athena.url]) == 1
        assert "No saved query 'top-client'" in (told := capsys.readouterr().err)
        assert "top-clients" in told

    def test_athena_says_why_it_failed(self, athena, capsys):
        athena.refuse = "Bytes scanned limit was exceeded"
        assert main(["logs", "query", "top-clients", *STACK, "--endpoint-url", athena.url]) == 1
        assert "FAILED: Bytes scanned limit was exceeded" in capsys.readouterr().err

    def test_a_query_of_ones_own_needs_a_place_for_the_span(self, athena, capsys):
        athena.queries["mine"] = ("", "SELECT 1")
        assert main(["logs", "query", "mine", *STACK, "--endpoint-url", athena.url]) == 1
        assert "/*span*/" in capsys.readouterr().err
        assert athena.asked == []


def test_a_table_shows_nothing_that_a_terminal_obeys():
    shown = table.text(query.Result(("a", "b"), (("x\x1b[2J\ny" + "z" * 90, None),), 0))
    assert "\x1b" not in shown
    assert shown.count("\n") == 2
    assert "…" in shown


def test_a_query_that_takes_too_long_is_stopped():
    class Client:
        stopped = False

        def start_query_execution(self, **_):
            return {"QueryExecutionId": "one"}

        def get_query_execution(self, **_):
            return {"QueryExecution": {"Status": {"State": "RUNNING"}}}

        def stop_query_execution(self, **_):
            self.stopped = True

    class Stack:
        name = "acme"
        athena = Client()

        def client(self, _):
            return self.athena

    now = [0.0]
    with pytest.raises(query.QueryError, match="longer than 600 s"):
        query.run(
            Stack(),  # type: ignore[arg-type]
            query.Saved("slow", "", "acme_logs", ""),
            "",
            lambda: now[0],
            lambda seconds: now.__setitem__(0, now[0] + seconds),
        )
    assert Stack.athena.stopped
