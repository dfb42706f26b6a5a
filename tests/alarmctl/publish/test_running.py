"""`alarmctl publish` as people and systems run it: daemon, once, dry run, check, cost, Lambda."""

import configparser
import json
import os
import signal
import subprocess
import sys
import threading
import time
from types import SimpleNamespace

import pytest

from alarmctl import cli
from alarmctl.publish import check, handler
from alarmctl.publish.aggregate import aggregate
from alarmctl.publish.config import parse
from alarmctl.publish.cost import estimate
from alarmctl.publish.daemon import next_due, offset
from alarmctl.publish.emf import lines
from alarmctl.publish.errors import ConfigError
from alarmctl.publish.model import Point, Series
from alarmctl.publish.program import Program

FILE = """
[publisher]
namespace = "Acme/Publisher"
region = "eu-west-1"
spool = "{spool}"
flush_seconds = 1
interval_seconds = 2
jitter = false

[dimensions]
environment = "test"

[[source]]
type = "command"
name = "jobs"
command = ["sh", "-c", "echo Jobs 5 Count"]

[[source]]
type = "command"
name = "broken"
command = ["sh", "-c", "echo 0; exit 1"]
metric = "Broken"
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "publish.toml"
    path.write_text(FILE.format(spool=tmp_path / "spool"))
    return path


@pytest.fixture
def publish(file, cloudwatch):
    """Run the command line against the fake."""

    def run(*words):
        return cli.main(["publish", *words, "--config", str(file), "--endpoint-url", cloudwatch.url])

    return run


def health(cloudwatch, source):
    return {
        value
        for _, name, dimensions, _, value in cloudwatch.stored
        if name == "CollectorUp" and ("Source", source) in dimensions
    }


def test_once_sends_what_was_measured_and_nothing_for_what_failed(publish, cloudwatch, capsys):
    assert publish("--once") == 1
    assert "broken: command: sh: exit code 1." in capsys.readouterr().err
    assert [value for _, value in cloudwatch.values("Jobs")] == [5]
    assert cloudwatch.values("Broken") == []
    assert (health(cloudwatch, "jobs"), health(cloudwatch, "broken")) == ({1.0}, {0.0})
    assert {name for _, name, _, _, _ in cloudwatch.stored} == {"Jobs", "CollectorUp", "CollectorDurationMs"}
    assert len(cloudwatch.requests) == 1


def test_one_source_alone(publish, cloudwatch):
    assert publish("--once", "--source", "jobs") == 0
    assert health(cloudwatch, "broken") == set()
    assert publish("--once", "--source", "job") == 2


def test_a_dry_run_prints_the_requests_and_sends_nothing(publish, cloudwatch, capsys, tmp_path):
    assert publish("--dry-run", "--source", "jobs") == 0
    request = json.loads(capsys.readouterr().out)
    (jobs,) = [datum for datum in request["MetricData"] if datum["MetricName"] == "Jobs"]
    assert request["Namespace"] == "Acme/Publisher"
    assert jobs["Dimensions"] == [{"Name": "Environment", "Value": "test"}]
    assert (jobs["Value"], jobs["Unit"]) == (5, "Count")
    assert cloudwatch.requests == []
    assert not (tmp_path / "spool").exists()


def test_emf_writes_lines_and_sends_nothing(publish, cloudwatch, capsys):
    assert publish("--once", "--emf", "--source", "jobs") == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    (line,) = [one for one in found if "Jobs" in one]
    (directive,) = line["_aws"]["CloudWatchMetrics"]
    assert directive == {
        "Namespace": "Acme/Publisher",
        "Dimensions": [["Environment"]],
        "Metrics": [{"Name": "Jobs", "Unit": "Count"}],
    }
    assert (line["Environment"], line["Jobs"]) == ("test", 5)
    assert cloudwatch.requests == []


def test_emf_keeps_within_its_limits_and_loses_no_value(world_points):
    written = [json.loads(line) for line in lines(aggregate(world_points))]
    for line in written:
        (directive,) = line["_aws"]["CloudWatchMetrics"]
        assert len(directive["Metrics"]) <= 100
    values = [
        value
        for line in written
        for metric in line["_aws"]["CloudWatchMetrics"][0]["Metrics"]
        for value in (
            line[metric["Name"]] if isinstance(line[metric["Name"]], list) else [line[metric["Name"]]]
        )
    ]
    assert sorted(values) == sorted(point.value for point in world_points)


@pytest.fixture
def world_points():
    from datetime import UTC, datetime  # noqa: PLC0415

    now = datetime.now(UTC)
    metrics = [Point(Series("N", f"M{number}", (), "None"), float(number), now) for number in range(250)]
    return metrics + [
        Point(Series("N", "Many", (), "None"), float(number % 130), now) for number in range(390)
    ]


def daemon(file, cloudwatch, *words):
    return subprocess.Popen(
        [
            sys.executable,
            "-m",
            "alarmctl",
            "publish",
            "--config",
            str(file),
            "--endpoint-url",
            cloudwatch.url,
            *words,
        ],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )


def wait_for(what, seconds=30):
    give_up = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < give_up, "it takes too long"
        time.sleep(0.02)


def test_a_daemon_asks_sends_and_ends_when_it_is_told_to(file, cloudwatch):
    process = daemon(file, cloudwatch)
    try:
        wait_for(lambda: len(cloudwatch.values("Jobs")) >= 2)
        second = daemon(file, cloudwatch)
        assert "Another publisher uses" in second.communicate(timeout=15)[1]
        assert second.returncode == 1
        # What comes while CloudWatch is away is on disk before the daemon ends, and sent by the next one.
        cloudwatch.outage = "denied"
        wait_for(lambda: any(status == 403 for _, _, status in cloudwatch.requests))
        before = len(cloudwatch.values("Jobs"))
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=15)
    finally:
        process.kill()
    assert process.returncode == 0
    log = [json.loads(line) for line in errors.splitlines()]
    assert log[0]["kind"] == "start"
    assert log[0]["dimensions"] == {"Environment": "test"}
    assert log[-1]["kind"] == "end"
    assert "command: sh: exit code 1." in {entry.get("problem") for entry in log if entry["kind"] == "source"}
    waiting = len(list((file.parent / "spool").glob("*.json.gz")))
    assert waiting >= 1
    cloudwatch.outage = ""
    assert (
        cli.main(["publish", "--once", "--config", str(file), "--endpoint-url", cloudwatch.url]) == 1
    )  # of the broken source
    assert len(cloudwatch.values("Jobs")) > before + 1
    assert list((file.parent / "spool").glob("*.json.gz")) == []


def test_a_source_that_hangs_delays_no_other_and_is_not_asked_twice(file, cloudwatch):
    text = file.read_text().partition("[[source]]")[0] + '[[source]]\ntype = "command"\ncommand = ["true"]'
    program = Program(parse(text), print, endpoint_url=cloudwatch.url, writes=False)
    release = threading.Event()
    asked = []

    def hang():
        asked.append(1)
        release.wait(20)
        return []

    config = parse(
        text + '\nname = "hangs"\ndeadline_seconds = 0.2\n[[source]]\ntype = "command"\ncommand = ["true"]'
    )
    program.config = config
    program.measures = {"hangs": hang, "command": list}
    running = program.daemon(program.publisher(), lambda *_: None)
    thread = threading.Thread(target=running.run)
    thread.start()
    wait_for(lambda: len(health_values(cloudwatch, "hangs")) >= 2)
    running.stop()
    thread.join(10)
    release.set()
    assert set(health_values(cloudwatch, "hangs")) == {0.0}
    assert set(health_values(cloudwatch, "command")) == {1.0}
    assert len(asked) == 1


def health_values(cloudwatch, source):
    return [
        value
        for _, name, dimensions, _, value in list(cloudwatch.stored)
        if name == "CollectorUp" and ("Source", source) in dimensions
    ]


def test_the_offset_of_a_host_is_stable_and_a_fleet_is_spread():
    offsets = [offset(f"i-{number:017x}", 60) for number in range(600)]
    assert offsets == [offset(f"i-{number:017x}", 60) for number in range(600)]
    tenths = [sum(6 * part <= one < 6 * (part + 1) for one in offsets) for part in range(10)]
    assert min(tenths) > 30
    assert max(tenths) < 100


@pytest.mark.parametrize(("now", "wanted"), [(0, 7), (7, 67), (6.9, 7), (66.9, 67), (1000, 1027)])
def test_what_is_due_next_is_a_whole_number_of_intervals_away(now, wanted):
    assert next_due(now, 60, 7) == wanted


def test_check_finds_what_works_and_what_does_not(publish, cloudwatch, capsys):
    dimensions = [{"Name": "Environment", "Value": "test"}]
    metric = {"Namespace": "Acme/Publisher", "MetricName": "Jobs", "Dimensions": dimensions, "Period": 300}
    cloudwatch.alarms = [
        {"AlarmName": "fits", **metric},
        {"AlarmName": "dead", **metric, "Dimensions": [{"Name": "InstanceId", "Value": "i-1"}]},
        {"AlarmName": "someone-elses", **metric, "Namespace": "Other"},
    ]
    assert publish("check") == 1
    out = capsys.readouterr().out
    assert "✓ source jobs: 1 values, 1 series" in out
    assert "✗ source broken: 0 values, 0 series: command: sh: exit code 1." in out
    assert "✓ right to publish to Acme/Publisher" in out
    assert (
        "✗ alarm dead: Acme/Publisher Jobs is published with the dimensions {Environment}, "
        "but the alarm looks at {InstanceId}" in out
    )
    assert "fits" not in out
    assert "someone" not in out
    assert cloudwatch.stored == [], "a check publishes nothing"


def test_check_leaves_the_alarms_of_other_publishers_alone(publish, cloudwatch, capsys):
    def alarm(name, metric, **dimensions):
        written = [{"Name": key, "Value": value} for key, value in dimensions.items()]
        return {
            "AlarmName": name,
            "Namespace": "Acme/Publisher",
            "MetricName": metric,
            "Dimensions": written,
            "Period": 300,
        }

    cloudwatch.alarms = [
        alarm("tasks-up", "CollectorUp", ClusterName="main", Source="web"),
        alarm("tasks-jobs", "Jobs", ClusterName="main"),
        alarm("ours-dead", "CollectorUp", ClusterName="main", Source="jobs"),
    ]
    jobs = cloudwatch.alarms[1]
    cloudwatch.listed = [
        {key: jobs[key] for key in ("Namespace", "MetricName", "Dimensions")},
        {"MetricName": "CollectorUp", "Dimensions": [{"Name": "ClusterName", "Value": "main"}]},
    ]
    assert publish("check") == 1
    out = capsys.readouterr().out
    assert "tasks-" not in out
    assert "✗ alarm ours-dead: Acme/Publisher CollectorUp is published with the dimensions" in out
    cloudwatch.listed = []
    publish("check")
    assert "✗ alarm tasks-jobs" in capsys.readouterr().out, "nobody publishes it"


def test_check_says_which_right_is_missing(publish, cloudwatch, capsys):
    cloudwatch.closed = "Acme/Publisher"
    assert publish("check", "--format", "json") == 1
    found = {one["what"]: one["wrong"] for one in json.loads(capsys.readouterr().out)}
    assert found["right to publish to Acme/Publisher"].startswith("AccessDenied: the role needs")


def test_check_finds_a_period_shorter_than_the_interval():
    config = parse(FILE.format(spool="").replace("Jobs 5", "5").replace('name = "jobs"', 'metric = "Jobs"'))
    metric = {"Namespace": "Acme/Publisher", "MetricName": "Jobs"}
    assert check.too_short(metric, 60, config) == ""
    slow = parse(
        '[publisher]\nnamespace = "A"\n[[source]]\ntype = "command"\ncommand = ["x"]\nmetric = "Jobs"\n'
        "interval_seconds = 300"
    )
    metric["Namespace"] = "A"
    assert "its period of 60 s is shorter than the 300 s" in check.too_short(metric, 60, slow)
    assert check.too_short(metric, 300, slow) == ""


def test_cost_is_driven_by_series(publish, capsys):
    assert publish("cost", "--hosts", "20", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["series"] == {"jobs": 1, "broken": 1, "health of the sources": 4}
    config = parse('[[source]]\npreset = "host"\n[[source]]\npreset = "web-connections"')
    bill = estimate(config, 20, 10)
    # 6 metrics by host and by group, 4 states by host, 2 of health for 2 sources, once and by host
    assert bill.series == (6 * 20 + 6) + 4 * 20 + 2 * 2 * (1 + 20)
    assert bill.requests == 20 * 3 * 43_200
    assert bill.usd == pytest.approx((bill.series - 10) * 0.3 + (bill.requests - 1_000_000) / 100_000)


@pytest.mark.parametrize("kind", ["service", "timer"])
def test_the_systemd_units_can_be_read(kind, capsys):
    assert cli.main(["publish", "unit", kind]) == 0
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(capsys.readouterr().out)
    assert parser.has_section("Install")
    if kind == "service":
        service = parser["Service"]
        assert service["StateDirectory"] == "alarmctl-publish"
        assert (service["NoNewPrivileges"], service["ProtectSystem"]) == ("yes", "strict")
        assert "AF_NETLINK" in service["RestrictAddressFamilies"]


@pytest.mark.parametrize("words", [["--config", "/no/such.toml"], []])
def test_without_a_configuration_it_is_wrong_usage(words, capsys):
    assert cli.main(["publish", *words]) == 2
    assert capsys.readouterr().err.startswith("alarmctl publish: ")


def test_without_a_region_it_is_wrong_usage_and_nothing_is_asked(file, monkeypatch, capsys):
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file.parent / "none"))
    file.write_text(file.read_text().replace('region = "eu-west-1"', ""))
    assert cli.main(["publish", "--config", str(file)]) == 2
    assert "No Region: write publisher.region" in capsys.readouterr().err


SQL = """
[publisher]
region = "eu-west-1"
[[source]]
preset = "active-sessions"
host = "127.0.0.1"
port = {port}
database = "postgres"
user = "postgres"
sslmode = "disable"
password = {{ env = "DB_PASSWORD" }}
query = "SELECT 3 AS sessions"
"""


@pytest.fixture
def function(cloudwatch, monkeypatch, postgres):
    """Call the handler, with so many milliseconds left."""
    handler._program.cache_clear()
    monkeypatch.setenv("CONFIG", SQL.format(port=postgres.port))
    monkeypatch.setenv("DB_PASSWORD", postgres.password)
    monkeypatch.setenv("AWS_ENDPOINT_URL", cloudwatch.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    yield lambda event, left=30_000: handler.handler(
        event, SimpleNamespace(get_remaining_time_in_millis=lambda: left)
    )
    handler._program.cache_clear()


def test_the_lambda_function_asks_and_sends(function, cloudwatch):
    assert function({"sources": ["active-sessions"]}) == {"sent": 3, "failed": []}
    assert [value for _, value in cloudwatch.values("ActiveSessions")] == [3]


def test_the_lambda_function_fails_where_nothing_can_be_sent(function, cloudwatch, one_attempt):
    cloudwatch.outage = "denied"
    with pytest.raises(handler.NotSentError, match="AccessDenied"):
        function({})
    cloudwatch.outage = ""
    function({})
    assert len(cloudwatch.values("ActiveSessions")) == 2, "a warm function sends what waited"


@pytest.mark.parametrize(
    ("event", "left", "said"),
    [
        ({"sources": ["sessions"]}, 30_000, "No source sessions. Choose from active-sessions"),
        ({}, 9_000, "deadline_seconds is longer than the 4 s that the function has"),
    ],
)
def test_the_lambda_function_says_what_is_wrong(function, event, left, said):
    with pytest.raises(ConfigError) as error:
        function(event, left)
    assert said in str(error.value)


def test_a_lambda_function_sees_no_host(function, monkeypatch):
    monkeypatch.setenv("CONFIG", '[[source]]\npreset = "host"')
    with pytest.raises(ConfigError, match="sees no host"):
        function({})
