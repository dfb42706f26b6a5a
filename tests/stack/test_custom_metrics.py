"""The example of custom metrics on a local AWS: its function asks a real database, its alarms look there."""

import json
import shutil
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from alarmctl import cli
from alarmctl.local import postgres
from alarmctl.local import stack as stacks
from alarmctl.publish import config
from alarmctl.terraform import Terraform

pytestmark = [pytest.mark.stack, pytest.mark.terraform]

ROOT = Path(__file__).resolve().parents[2]
SESSIONS = 17
IDLE = 4
PASSWORD = "/acme/metrics/db-password"


def free_port():
    with socket.socket() as probe:
        probe.bind((stacks.HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def database():
    """A PostgreSQL with active and idle sessions."""
    if postgres.find() is None:
        pytest.skip("no PostgreSQL server here, and its wheel is not made for this platform")
    with postgres.server() as server, psycopg.connect(**server.connection(), autocommit=True) as connection:
        connection.execute("CREATE TABLE sessions (id int, last_activity timestamptz NOT NULL)")
        connection.execute("INSERT INTO sessions SELECT n, now() FROM generate_series(1, %s) n", [SESSIONS])
        connection.execute(
            "INSERT INTO sessions SELECT n, now() - interval '31 minutes' FROM generate_series(1, %s) n",
            [IDLE],
        )
        yield server


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """A local AWS of its own, and nothing evaluated while the tests look on."""
    stack = stacks.start(
        tmp_path_factory.mktemp("home"), aws_port=free_port(), page_port=free_port(), evaluate_every=36000.0
    )
    yield stack
    stacks.stop(stack)


@pytest.fixture(scope="module")
def applied(aws, database, tmp_path_factory):
    """The example's outputs; its second plan is empty."""
    aws.client("ssm").put_parameter(Name=PASSWORD, Value=database.password, Type="SecureString")
    tree = tmp_path_factory.mktemp("tree") / "terraform"
    shutil.copytree(
        ROOT / "terraform", tree, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "tests")
    )
    example = tree / "examples/custom_metrics"
    shutil.copy(tree / "environments/local/.terraform.lock.hcl", example)
    terraform = Terraform(
        example,
        tree / "data",
        env={"AWS_PROFILE": "", "NO_PROXY": f"{stacks.HOST},localhost"},
        variables={
            "aws_endpoint": aws.aws_url,
            "package": str(ROOT / "dist/publish_sql.zip"),
            "database": json.dumps(
                {
                    "host": stacks.HOST,
                    "port": database.port,
                    "name": "postgres",
                    "user": "postgres",
                    "sslmode": "disable",
                }
            ),
        },
    )
    terraform.init()
    terraform.apply()
    assert terraform.plan() == ()
    return terraform.output()


def test_the_function_asks_the_database_and_publishes(aws, applied):
    answer = aws.client("lambda").invoke(
        FunctionName=applied["function_name"], Payload=json.dumps({"sources": ["sessions"]})
    )
    said = json.loads(answer["Payload"].read())
    assert (answer.get("FunctionError"), said) == (None, {"sent": 3, "failed": []})
    assert aws_values(aws, applied, "publisher-sql-sessions-ActiveSessions") == [SESSIONS]
    assert aws_values(aws, applied, "publisher-sql-sessions-up") == [1.0]


def aws_values(aws, applied, key):
    """What was published of the metric that an alarm looks at, in its last periods."""
    cloudwatch = aws.client("cloudwatch")
    [alarm] = cloudwatch.describe_alarms(AlarmNames=[applied["alarm_names"][key]])["MetricAlarms"]
    assert alarm["TreatMissingData"] == "breaching"
    metric = {name: alarm[name] for name in ("Namespace", "MetricName", "Dimensions")}
    query = {"Metric": metric, "Period": 60, "Stat": "Maximum"}
    now = datetime.now(UTC)
    found = cloudwatch.get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": query}],
        StartTime=now - timedelta(minutes=10),
        EndTime=now + timedelta(minutes=1),
    )
    return found["MetricDataResults"][0]["Values"]


def test_one_task_runs_on_each_container_instance(aws, applied):
    ecs = aws.client("ecs")
    [service] = ecs.describe_services(cluster="acme-main", services=[applied["ecs_service_name"]])["services"]
    assert service["schedulingStrategy"] == "DAEMON"
    task = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
    assert task["networkMode"] == "host"
    mounts = task["containerDefinitions"][0]["mountPoints"]
    assert {one["containerPath"] for one in mounts if one["readOnly"]} == {"/host", "/host/proc"}


def test_each_configuration_can_be_read_from_its_parameter(aws, applied):
    ssm = aws.client("ssm")
    for place, name in applied["parameter_names"].items():
        read = config.parse(ssm.get_parameter(Name=name)["Parameter"]["Value"])
        assert read.sources, place


def test_check_finds_that_the_alarms_look_at_what_is_published(aws, applied, capsys):
    words = ["publish", "check", "--config", f"ssm:{applied['parameter_names']['sql']}"]
    code = cli.main([*words, "--endpoint-url", aws.aws_url])
    said = capsys.readouterr().out
    assert code == 0, said
    assert "✓ source sessions: 1 values, 1 series" in said
    assert "✗" not in said
