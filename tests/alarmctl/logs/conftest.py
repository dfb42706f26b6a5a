"""The corpus of access logs in DuckDB, and an Athena on 127.0.0.1 that answers from it."""

import json
import re
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import duckdb
import pytest
from tests.alarmctl.logs.lines import LINES

MODULE = Path(__file__).resolve().parents[3] / "terraform/modules/access_logs"
TABLE = json.loads((MODULE / "table.json").read_text())
COLUMNS = TABLE["columns"]
PATTERN = re.compile("".join(TABLE["regex"]))
TYPES = {"string": "VARCHAR", "int": "INTEGER", "bigint": "BIGINT", "double": "DOUBLE"}
DATABASE = '"acme_logs"."alb_access_logs"'


def rows():
    """The corpus as Athena reads it: the groups of the expression, and the day of the folder."""
    for line in LINES:
        found = PATTERN.fullmatch(line.text)
        assert found, line.what
        yield (*found.groups(), line.day.replace("-", "/"))


def dialect(sql):
    """Athena's SQL as DuckDB takes it: its regexp_replace replaces all only when it is told to."""
    return re.sub(r"(regexp_replace\(.*?, '/:id')\)", r"\1, 'g')", sql)


@pytest.fixture(scope="session")
def database():
    """DuckDB with the corpus in the Glue table's columns and types."""
    connection = duckdb.connect(":memory:")
    # Athena's name for what DuckDB calls approx_quantile; this one is exact.
    connection.execute("CREATE MACRO approx_percentile(value, part) AS quantile_cont(value, part)")
    connection.execute("CREATE SCHEMA acme_logs")
    names = [f'"{column["name"]}" {TYPES[column["type"]]}' for column in COLUMNS]
    connection.execute(f"CREATE TABLE {DATABASE} ({', '.join(names)}, day VARCHAR)")
    # As Athena does, a text that is no number becomes NULL in a column of numbers.
    casts = [f"TRY_CAST(? AS {TYPES[column['type']]})" for column in COLUMNS]
    connection.executemany(f"INSERT INTO {DATABASE} VALUES ({', '.join(casts)}, ?)", list(rows()))
    yield connection
    connection.close()


def saved_queries():
    """The saved queries as Terraform renders them: name, description and text."""
    for path in sorted((MODULE / "queries").glob("*.sql")):
        text = path.read_text()
        yield (
            path.stem,
            text.splitlines()[0].removeprefix("--").strip(),
            text.replace("alb_access_logs", DATABASE),
        )


class Athena:
    """What the command asks of Athena, by operation. `refuse` ends queries as FAILED with that reason."""

    def __init__(self, database):
        self.database = database
        self.asked = []
        self.results = {}
        self.refuse = ""
        self.url = ""
        self.queries = {name: (about, text) for name, about, text in saved_queries()}

    def ListNamedQueries(self, body):  # noqa: N802 -- Athena's name
        assert body["WorkGroup"] == "acme-access-logs"
        return {"NamedQueryIds": [f"id-{name}" for name in self.queries]}

    def BatchGetNamedQuery(self, body):  # noqa: N802
        names = [one.removeprefix("id-") for one in body["NamedQueryIds"]]
        return {
            "NamedQueries": [
                {
                    "Name": name,
                    "Description": self.queries[name][0],
                    "Database": "acme_logs",
                    "QueryString": self.queries[name][1],
                }
                for name in names
            ]
        }

    def StartQueryExecution(self, body):  # noqa: N802
        self.asked.append(body)
        if not self.refuse:
            cursor = self.database.cursor().execute(dialect(body["QueryString"]))
            names = [column[0] for column in cursor.description]
            self.results["one"] = [tuple(names), *cursor.fetchall()]
        return {"QueryExecutionId": "one"}

    def GetQueryExecution(self, _body):  # noqa: N802
        status = (
            {"State": "FAILED", "StateChangeReason": self.refuse} if self.refuse else {"State": "SUCCEEDED"}
        )
        return {"QueryExecution": {"Status": status, "Statistics": {"DataScannedInBytes": 2_500_000}}}

    def GetQueryResults(self, body):  # noqa: N802
        """A few rows at a time, so that the second page is asked for."""
        found, start = self.results[body["QueryExecutionId"]], int(body.get("NextToken", 0))
        page = found[start : start + 3]
        more = {"NextToken": str(start + 3)} if found[start + 3 :] else {}
        return {
            "ResultSet": {
                "Rows": [
                    {"Data": [{} if cell is None else {"VarCharValue": str(cell)} for cell in row]}
                    for row in page
                ],
                "ResultSetMetadata": {"ColumnInfo": [{"Name": name, "Type": "varchar"} for name in found[0]]},
            },
            **more,
        }


@pytest.fixture
def athena(database):
    """The fake; its address is `athena.url`."""
    fake = Athena(database)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps(getattr(fake, self.headers["X-Amz-Target"].split(".")[1])(body)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()
