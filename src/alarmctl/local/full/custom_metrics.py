"""Active sessions of a real PostgreSQL, TCP connections of this machine: published, alarmed on, resolved."""

from __future__ import annotations

import contextlib
import socket
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl import cli
from alarmctl.local import postgres
from alarmctl.local.commands import drain, ending
from alarmctl.local.demo import messages_of
from alarmctl.local.full import Step
from alarmctl.local.progress import step

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from alarmctl.local.stack import Stack

INSTANCE = "i-0123456789abcdef0"
MACHINE = "demo-web-1"
SESSIONS, CONNECTIONS = 25, 12  # what opens; each alarm fires beyond ten
THRESHOLD = 10.0
MESSAGE_SECONDS = 60.0
HEAD = f"""\
[publisher]
namespace = "Demo/Publisher"
region = "us-east-1"
spool = ""

[dimensions]
InstanceId = "{INSTANCE}"
Machine = "{MACHINE}"
"""
TCP = """
[[source]]
preset = "web-connections"
ports = [{port}]
"""
SQL = """
[[source]]
preset = "active-sessions"
host = "127.0.0.1"
port = {port}
database = "postgres"
user = "postgres"
sslmode = "disable"
password = {{ file = "{password}" }}
"""
SCHEMA = """
CREATE TABLE sessions (id serial PRIMARY KEY, last_activity timestamptz NOT NULL DEFAULT now());
CREATE INDEX ON sessions (last_activity);
"""
# What is alarmed on: by the alarm's name, without the stack's.
METRICS: Mapping[str, Mapping[str, Any]] = {
    "connections": {
        "Namespace": "EC2:WEB-Services",
        "MetricName": "http-cons-established",
        "Dimensions": [{"Name": "InstanceId", "Value": INSTANCE}],
    },
    "sessions": {
        "Namespace": "PythonWebMetric",
        "MetricName": "ActiveSessions",
        "Dimensions": [{"Name": "Machine", "Value": MACHINE}],
    },
}


def play(stack: Stack) -> Sequence[str]:
    """Open sessions and connections, publish, see alarms fire; end them, publish, see alarms resolve."""
    with contextlib.ExitStack() as held, tempfile.TemporaryDirectory() as folder:
        connections = held.enter_context(contextlib.ExitStack())
        text = HEAD + TCP.format(port=connect(connections))
        names = ["connections"]
        database = held.enter_context(sessions(Path(folder)))
        if database is not None:
            text += database[0]
            names.append("sessions")
        config = Path(folder) / "publish.toml"
        config.write_text(text, encoding="utf-8")
        alarms = [f"demo-local-custom-{name}" for name in names]
        make(stack, dict(zip(alarms, names, strict=True)))
        try:
            problems = publish(stack, config, alarms, "ALARM")
            connections.close()
            if database is not None:
                database[1].execute("UPDATE sessions SET last_activity = now() - interval '31 minutes'")
            print("The sessions are idle and the connections closed.")
            return [*problems, *publish(stack, config, alarms, "OK")]
        finally:
            stack.client("cloudwatch").delete_alarms(AlarmNames=alarms)


def connect(held: contextlib.ExitStack) -> int:
    """Open real connections to a port of our own."""
    listener = held.enter_context(socket.create_server(("127.0.0.1", 0)))
    port = int(listener.getsockname()[1])
    for _ in range(CONNECTIONS):
        held.enter_context(socket.create_connection(("127.0.0.1", port)))
        held.enter_context(listener.accept()[0])
    print(f"{CONNECTIONS} connections to port {port} are open.")
    return port


@contextlib.contextmanager
def sessions(folder: Path) -> Iterator[tuple[str, Any] | None]:
    """A PostgreSQL with active sessions: its source in TOML, and a connection. None without a server."""
    with contextlib.ExitStack() as held:
        try:
            import psycopg  # noqa: PLC0415 -- an extra; without it the rest is still shown

            with step("starting PostgreSQL"):
                server = held.enter_context(postgres.server())
        except (ImportError, postgres.NoPostgresError) as error:
            print(f"Left out: active sessions. {error}")
            yield None
            return
        connection = held.enter_context(psycopg.connect(**server.connection(), autocommit=True))
        connection.execute(SCHEMA)
        connection.execute("INSERT INTO sessions SELECT generate_series(1, %s)", [SESSIONS])
        password = folder / "password"
        password.write_text(server.password)
        print(f"{SESSIONS} sessions are active in PostgreSQL ({server.binaries}).")
        yield SQL.format(port=server.port, password=password), connection


def make(stack: Stack, alarms: Mapping[str, str]) -> None:
    """The alarms, on the lowest value of a minute, so that the end shows in the minute of the beginning."""
    topic = ending(stack, "sns", "-warning")
    for alarm, name in alarms.items():
        stack.client("cloudwatch").put_metric_alarm(
            AlarmName=alarm,
            AlarmDescription=f"More than {THRESHOLD:.0f} {name} at once. Made and deleted by the demo.",
            **METRICS[name],
            Statistic="Minimum",
            Period=60,
            EvaluationPeriods=1,
            Threshold=THRESHOLD,
            ComparisonOperator="GreaterThanThreshold",
            TreatMissingData="ignore",
            AlarmActions=[topic],
            OKActions=[topic],
        )


def publish(stack: Stack, config: Path, alarms: Sequence[str], state: str) -> list[str]:
    """Publish once as cron would; what is wrong with the alarms' states and messages after it."""
    seen = len(stack.call("GET", "messages"))
    words = ["publish", "--once", "--config", str(config), "--endpoint-url", stack.aws_url]
    print(f"$ alarmctl {' '.join(words)}", flush=True)
    if code := cli.main(words):
        return [f"alarmctl publish ended with {code}."]
    sys.stderr.flush()
    with step("CloudWatch → SNS and EventBridge → SQS → Lambda → Slack"):
        give_up = time.monotonic() + MESSAGE_SECONDS
        while time.monotonic() < give_up and not all(messages_of(stack, one, seen) for one in alarms):
            time.sleep(0.1)
        drain(stack)
    described = stack.client("cloudwatch").describe_alarms(AlarmNames=list(alarms))["MetricAlarms"]
    for alarm in described:
        print(f"{alarm['AlarmName']} is in {alarm['StateValue']}: {alarm['StateReason']}")
    return [
        *(
            f"{one['AlarmName']} is in {one['StateValue']}."
            for one in described
            if one["StateValue"] != state
        ),
        *(f"No message about {one} arrived." for one in alarms if not messages_of(stack, one, seen)),
    ]


STEP = Step(40, "Active sessions of PostgreSQL and TCP connections of this machine", play)
