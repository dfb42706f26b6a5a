"""The server as a process of its own: what it serves, and every way it ends."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alarmctl.local import server
from alarmctl.local import stack as stacks
from alarmctl.local.stack import StackError


def free_ports():
    with socket.socket() as one, socket.socket() as other:
        one.bind((stacks.HOST, 0))
        other.bind((stacks.HOST, 0))
        return {"aws_port": one.getsockname()[1], "page_port": other.getsockname()[1]}


def wait_until(true, seconds=20.0):
    give_up = time.monotonic() + seconds
    while time.monotonic() < give_up:
        if true():
            return True
        time.sleep(0.05)
    return False


@pytest.fixture
def home(tmp_path):
    """A home whose server, if it still runs, is stopped in the end."""
    yield tmp_path
    found, _ = stacks.find(tmp_path)
    if found:
        stacks.stop(found)


def test_its_environment_has_its_own_keys_and_none_of_the_users(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "company")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    monkeypatch.setenv("EDITOR", "ed")
    found = server.environment(tmp_path, 4567)
    assert found["AWS_SECRET_ACCESS_KEY"] == "test"
    assert not {"AWS_PROFILE", "HTTPS_PROXY"} & found.keys()
    assert found["BIND_HOST"] == "127.0.0.1"
    assert found["EDITOR"] == "ed"


def test_the_webhook_stays_the_same_and_private(tmp_path):
    assert server.webhook_token(tmp_path) == server.webhook_token(tmp_path)
    assert (tmp_path / "webhook-token").stat().st_mode & 0o077 == 0


def test_real_samples_reach_a_queue_by_sns_and_by_eventbridge_and_the_state_survives(home):
    ports = free_ports()
    stack = stacks.start(home, **ports, parent_pid=os.getpid())
    sns, sqs, events = (stack.client(name) for name in ("sns", "sqs", "events"))
    topic = sns.create_topic(Name="demo-warning")["TopicArn"]
    url = sqs.create_queue(QueueName="demo-alerts")["QueueUrl"]
    queue = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue)
    events.put_rule(Name="alarms", EventPattern=json.dumps({"source": ["aws.cloudwatch"]}))
    events.put_targets(Rule="alarms", Targets=[{"Id": "queue", "Arn": queue}])
    cloudwatch = stack.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="cpu",
        Namespace="Demo",
        MetricName="Cpu",
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=2,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    now = datetime.now(UTC)
    cloudwatch.put_metric_data(
        Namespace="Demo",
        MetricData=[
            {"MetricName": "Cpu", "Value": 90, "Timestamp": now - timedelta(minutes=back)} for back in (2, 1)
        ],
    )
    bodies = [
        json.loads(message["Body"])
        for _ in range(2)
        for message in sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
    ]
    by_sns = [json.loads(body["Message"]) for body in bodies if "Message" in body]
    by_eventbridge = [body["detail"] for body in bodies if "detail" in body]
    assert [one["NewStateValue"] for one in by_sns] == ["ALARM"]
    assert [one["state"]["value"] for one in by_eventbridge] == ["ALARM"]
    assert by_sns[0]["StateChangeTime"] == by_eventbridge[0]["state"]["timestamp"]

    stacks.stop(stack)
    assert stacks.find(home) == (None, None)
    again = stacks.start(home, **ports, parent_pid=os.getpid())
    (alarm,) = again.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert alarm["StateValue"] == "ALARM"
    assert again.webhook_url == stack.webhook_url


def test_an_unknown_control_request_names_what_there_is(home):
    stack = stacks.start(home, **free_ports(), parent_pid=os.getpid())
    with pytest.raises(StackError, match="GET /_local/status"):
        stack.call("GET", "nonsense")
    with pytest.raises(StackError, match="no-such-alarm"):
        stack.call("POST", "rewind", {"alarm": "no-such-alarm"})
    with pytest.raises(StackError, match="JSON object"):
        stack.call("POST", "events", [1])


def test_a_second_stack_on_the_same_port_is_refused_with_the_first_ones_home(home, tmp_path_factory):
    ports = free_ports()
    stacks.start(home, **ports, parent_pid=os.getpid())
    other = tmp_path_factory.mktemp("other")
    with pytest.raises(StackError, match=f"the local stack of {home}"):
        stacks.start(other, **ports)


def test_saved_state_of_another_port_is_not_used(home):
    stack = stacks.start(home, **free_ports(), parent_pid=os.getpid())
    stack.client("sns").create_topic(Name="kept")
    stacks.stop(stack)
    (home / "terraform.tfstate").write_text("{}")
    stack = stacks.start(home, **free_ports(), parent_pid=os.getpid())
    assert stack.client("sns").list_topics()["Topics"] == []
    assert not (home / "terraform.tfstate").exists()


@pytest.mark.parametrize(
    ("made_by", "kept"),
    [(None, True), ({"ministack": "0.1", "port": "4566"}, False), ("{", False)],
    ids=["none yet", "another version", "cut off"],
)
def test_saved_state_that_does_not_fit_is_forgotten(tmp_path, monkeypatch, made_by, kept):
    monkeypatch.setenv("GATEWAY_PORT", "4566")
    (tmp_path / "aws").mkdir()
    (tmp_path / "aws/sqs.json").write_text("{}")
    if made_by is not None:
        text = made_by if isinstance(made_by, str) else json.dumps(made_by)
        (tmp_path / "aws/made-by.json").write_text(text)
    for _ in range(2):
        server._discard_foreign_state(tmp_path)
        assert (tmp_path / "aws/sqs.json").exists() is kept


def test_it_ends_with_the_process_it_was_started_for(home):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as parent:
        stack = stacks.start(home, **free_ports(), parent_pid=parent.pid)
    assert wait_until(lambda: not Path(home / "stack.json").exists())
    assert stacks._children[stack.pid].wait(timeout=20) == 0
    assert "is gone" in (home / "server.log").read_text()


def test_it_ends_when_nobody_uses_it(home):
    stack = stacks.start(home, **free_ports(), idle_minutes=0.02)
    assert wait_until(lambda: not Path(home / "stack.json").exists())
    assert stacks._children[stack.pid].wait(timeout=20) == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_ends_cleanly_on_a_signal(home, number):
    stack = stacks.start(home, **free_ports(), parent_pid=os.getpid())
    os.kill(stack.pid, number)
    assert stacks._children[stack.pid].wait(timeout=20) == 0
    assert not (home / "stack.json").exists()
    assert (home / "aws" / "scheduler.json").exists()
