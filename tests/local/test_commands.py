import argparse
import json
from pathlib import Path

import pytest

from alarmctl.local import commands, demo, infrastructure
from alarmctl.local import stack as stacks
from alarmctl.local.stack import StackError

CPU = "demo-local-ecs-service-api-cpu"
QUEUE = "http://127.0.0.1:4566/000000000000/demo-local-alerts"
TOPIC = "arn:aws:sns:us-east-1:000000000000:demo-local-{}"
POSTED = {"number": 1, "received_at": "2026-03-02T10:00:00+00:00", "body": {"text": f"{CPU} is high"}}


class Client:
    """The few answers of AWS that the commands read; it keeps what it was told."""

    def __init__(self, stack):
        self.stack = stack

    def get_paginator(self, _operation):
        return self

    def paginate(self, **_query):
        return [{"MetricAlarms": self.stack.alarms, "CompositeAlarms": []}]

    def describe_alarms(self, **_query):
        return {"MetricAlarms": self.stack.alarms}

    def list_topics(self):
        return {"Topics": [{"TopicArn": TOPIC.format(one)} for one in self.stack.topics]}

    def list_queues(self):
        return {"QueueUrls": self.stack.queues} if self.stack.queues else {}

    def get_queue_attributes(self, **_query):
        return {"Attributes": {"ApproximateNumberOfMessages": str(self.stack.waiting)}}

    def set_alarm_state(self, **request):
        self.stack.tell("SetAlarmState", request)

    def publish(self, **request):
        self.stack.tell("Publish", request)

    def send_message(self, **request):
        self.stack.tell("SendMessage", request)

    def put_metric_data(self, **request):
        self.stack.tell("PutMetricData", request)


class FakeStack:
    """A stack that posts `replies`, one list for each thing it is told."""

    pid, started, home = 4711, "2026-03-02T10:00:00+00:00", "/home/of/stack"
    aws_url, page_url = "http://127.0.0.1:4566", "http://127.0.0.1:4580/"

    def __init__(self):
        self.alarms: list[dict[str, object]] = [{"AlarmName": CPU, "StateValue": "OK"}]
        self.topics = list(commands.SEVERITIES)
        self.queues = [QUEUE]
        self.waiting = 0
        self.rules = ["health"]
        self.told = []
        self.posted = []
        self.replies = [[POSTED]]
        self.published = 0

    def tell(self, action, request):
        self.told.append((action, request))
        self.posted += self.replies.pop(0) if self.replies else []
        self.published += 1

    def client(self, _service):
        return Client(self)

    def call(self, method, name, body=None):
        if (method, name) == ("POST", "events"):
            self.tell("PutEvents", body)
            return {"rules": self.rules}
        if name == "messages":
            return list(self.posted)
        return {"alarms": {CPU: {"published": self.published, "rules_matched": self.published}}}


@pytest.fixture
def stack(monkeypatch):
    found = FakeStack()
    monkeypatch.setattr(stacks, "find", lambda _home: (found, None))
    monkeypatch.setattr(commands, "MESSAGE_SECONDS", 0.2)
    return found


def run(*words):
    parser = argparse.ArgumentParser()
    commands.register(parser.add_subparsers())
    options = parser.parse_args(["local", *words])
    return options.run(options)


@pytest.mark.parametrize("name", [CPU, "ecs-service-api-cpu"])
def test_an_alarm_is_found_with_and_without_the_prefix(name):
    assert commands.find_alarm(name, [CPU, "other"]) == CPU


def test_an_unknown_alarm_brings_close_names():
    with pytest.raises(StackError, match=f"Did you mean {CPU}"):
        commands.find_alarm("ecs-service-api-cpi", [CPU, "demo-local-orders-failed"])
    with pytest.raises(StackError, match="There are demo-local-a, demo-local-b"):
        commands.find_alarm("xyzzy", ["demo-local-a", "demo-local-b"])
    with pytest.raises(StackError, match="the stack has none"):
        commands.find_alarm("cpu", [])


def test_fire_sets_the_state_and_shows_what_arrived(stack, capsys):
    assert run("fire", "ecs-service-api-cpu", "--reason", "rehearsal") == 0
    assert stack.told == [
        ("SetAlarmState", {"AlarmName": CPU, "StateValue": "ALARM", "StateReason": "rehearsal"})
    ]
    assert f"{CPU} is high" in capsys.readouterr().out


def test_fire_says_when_there_is_nothing_to_change(stack, capsys):
    assert run("fire", CPU, "--state", "OK") == 0
    assert stack.told == []
    assert "is in OK already" in capsys.readouterr().out


def test_silence_is_explained_and_a_stuck_queue_is_a_failure(stack, capsys):
    stack.replies = []
    assert run("fire", CPU) == 0
    assert "posted nothing" in capsys.readouterr().out
    stack.waiting = 1
    assert run("fire", CPU) == 1
    assert "queue is not empty" in capsys.readouterr().err


EVENT = {"source": "aws.health", "detail-type": "AWS Health Event", "detail": {}}
SQS = {"Records": [{"eventSource": "aws:sqs", "body": "{}"}]}
SNS = {"Records": [{"EventSource": "aws:sns", "Sns": {"Message": "m", "Subject": "s"}}]}


@pytest.mark.parametrize(
    ("content", "told", "says"),
    [
        (json.dumps(EVENT), ("PutEvents", EVENT), "matched by health"),
        (json.dumps(SQS), ("SendMessage", {"QueueUrl": QUEUE, "MessageBody": "{}"}), "demo-local-alerts"),
        (
            json.dumps(SNS),
            ("Publish", {"TopicArn": TOPIC.format("critical"), "Message": "m", "Subject": "s"}),
            "critical",
        ),
    ],
    ids=["EventBridge", "SQS", "SNS"],
)
def test_send_takes_the_door_of_the_file(stack, capsys, tmp_path, content, told, says):
    (tmp_path / "event").write_text(content)
    assert run("send", str(tmp_path / "event"), "--severity", "critical") == 0
    assert stack.told == [told]
    assert says in capsys.readouterr().out


def test_a_text_is_published_when_it_is_called_one(stack, capsys, tmp_path):
    (tmp_path / "event").write_text("disk full")
    assert run("send", str(tmp_path / "event"), "--text") == 0
    assert stack.told == [("Publish", {"TopicArn": TOPIC.format("info"), "Message": "disk full"})]
    assert "as a text" in capsys.readouterr().out


def test_an_event_that_no_rule_matches_goes_into_the_queue_and_is_said_so(stack, capsys, tmp_path):
    stack.rules = []
    (tmp_path / "event").write_text(json.dumps(EVENT))
    assert run("send", str(tmp_path / "event")) == 0
    assert [action for action, _ in stack.told] == ["PutEvents", "SendMessage"]
    assert "No rule of EventBridge matches it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (None, "No such file"),
        (b"", "is empty"),
        (b"\xff\xfe", "not UTF-8"),
        (b'{"source":', "is not JSON (line 1, column 11: Expecting value)"),
    ],
    ids=["missing", "empty", "binary", "cut off"],
)
def test_a_file_that_cannot_be_sent_is_named(stack, capsys, tmp_path, content, says):
    path = tmp_path / "event"
    if content is not None:
        path.write_bytes(content)
    assert run("send", str(path)) == 1
    error = capsys.readouterr().err
    assert str(path) in error
    assert says in error


def test_a_stack_without_its_topic_says_what_to_run(stack, capsys, tmp_path):
    stack.topics = []
    (tmp_path / "event").write_text("{}")
    assert run("send", str(tmp_path / "event")) == 1
    assert "alarmctl local up" in capsys.readouterr().err


def test_status_as_text_and_json(stack, capsys):
    assert run("status") == 0
    assert f"OK                 {CPU}" in capsys.readouterr().out
    assert run("status", "--format", "json") == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["running"], found["alarms"]) == (True, {CPU: "OK"})


@pytest.mark.parametrize(
    ("words", "code"),
    [(["status"], 1), (["status", "--format", "json"], 1), (["fire", "x"], 1), (["down"], 0)],
)
def test_without_a_stack_each_command_says_so(tmp_path, capsys, words, code):
    assert run(*words, "--home", str(tmp_path)) == code
    output = capsys.readouterr()
    assert "No local stack is running" in output.out + output.err or '"running": false' in output.out


def test_a_stack_that_is_gone_can_still_be_forgotten(tmp_path, capsys):
    (tmp_path / "aws").mkdir()
    (tmp_path / "terraform.tfstate").write_text("{}")
    assert run("down", "--destroy", "--home", str(tmp_path)) == 0
    assert "was removed" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []
    assert run("down", "--destroy", "--home", str(tmp_path)) == 0
    assert "removed" not in capsys.readouterr().out


def test_up_needs_the_zip(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(infrastructure, "ZIP", tmp_path / "missing.zip")
    assert run("up", "--home", str(tmp_path)) == 1
    assert "make package" in capsys.readouterr().err


def test_a_checkout_is_needed(monkeypatch, tmp_path):
    monkeypatch.setattr(infrastructure, "project_root", lambda: tmp_path)
    with pytest.raises(StackError, match="checkout"):
        infrastructure.checkout()


def test_up_says_how_to_stop_this_stack(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(commands, "bring_up", lambda *_arguments, **_options: FakeStack())
    elsewhere = tmp_path / "my stack"
    assert run("up", "--home", str(elsewhere)) == 0
    assert f"`alarmctl local down --home '{elsewhere}'`" in capsys.readouterr().out
    assert run("up") == 0
    assert "`alarmctl local down`" in capsys.readouterr().out


def test_a_stack_whose_apply_fails_is_stopped(monkeypatch, tmp_path, capsys):
    stopped: list[FakeStack] = []
    started = FakeStack()
    monkeypatch.setattr(infrastructure, "notifier_zip", lambda: tmp_path)
    monkeypatch.setattr(stacks, "start", lambda *_arguments, **_options: started)
    monkeypatch.setattr(stacks, "stop", stopped.append)

    def refuse(_stack, **_options):
        raise StackError("terraform apply failed: no")

    monkeypatch.setattr(infrastructure, "apply", refuse)
    assert run("up", "--home", str(tmp_path)) == 1
    assert stopped == [started]
    assert "terraform apply failed" in capsys.readouterr().err


def test_destroy_installs_what_the_checkout_has_got_since_the_apply(monkeypatch, stack):
    ran = []

    class Runner:
        def init(self, backend, **_options):
            ran.append(("init", backend))

        def destroy(self, **_options):
            ran.append(("destroy", None))

    monkeypatch.setattr(infrastructure, "terraform", lambda _stack, **_: Runner())
    infrastructure.destroy(stack)
    assert ran == [("init", {"path": str(Path(stack.home) / "terraform.tfstate")}), ("destroy", None)]


class Parameters:
    """An SSM with one parameter."""

    def __init__(self, value):
        self.value = value
        self.writes = 0

    def get_parameter(self, **_request):
        return {"Parameter": {"Value": self.value}}

    def put_parameter(self, *, Value, **_request):  # noqa: N803 - boto3's name
        self.value = Value
        self.writes += 1


@pytest.mark.parametrize(("stored", "writes"), [("http://127.0.0.1:4580/s", 0), ("http://127.0.0.1:9/s", 1)])
def test_a_webhook_that_moved_is_stored_again(monkeypatch, stored, writes):
    parameters = Parameters(stored)
    stack = stacks.Stack(1, "", "", 4566, 4580, "http://127.0.0.1:4580/s", "")
    monkeypatch.setattr(stacks.Stack, "client", lambda *_arguments: parameters)
    infrastructure.renew_webhook(stack, "/demo/webhook", stack.webhook_url)
    assert (parameters.value, parameters.writes) == (stack.webhook_url, writes)
    infrastructure.renew_webhook(stack, None, stack.webhook_url)


def metric(key, name):
    return {"Id": key, "MetricStat": {"Metric": {"Namespace": "Demo", "MetricName": name, "Dimensions": []}}}


METRICS = [
    {"Id": "e1", "Expression": "100*m1/m2"},
    metric("m1", "CpuUtilized"),
    metric("m2", "CpuReserved"),
]


def cpu_stack(state="ALARM"):
    stack = FakeStack()
    described = {"AlarmName": CPU, "StateValue": state, "StateReason": "because", "Metrics": METRICS}
    stack.alarms = [described]
    return stack


def test_the_demo_publishes_both_sides_of_the_ratio_in_one_request(capsys):
    stack = cpu_stack()
    assert demo.play(stack, demo.cpu_alarm(stack.alarms), demo.SCENES[0], 0.0)
    ((action, request),) = stack.told
    assert action == "PutMetricData"
    values = {(datum["MetricName"], round(datum["Value"])) for datum in request["MetricData"]}
    assert values == {("CpuUtilized", 476), ("CpuReserved", 512)}
    assert f"{CPU} is high" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("state", "replies", "waiting", "says"),
    [
        ("OK", [[POSTED]], 0, "The state is OK"),
        ("ALARM", [[POSTED, POSTED]], 0, "2 messages arrived instead of one"),
        ("ALARM", [[]], 0, "0 messages arrived"),
        ("ALARM", [[POSTED]], 2, "queue is not empty"),
    ],
    ids=["wrong state", "a double", "nothing", "stuck"],
)
def test_the_demo_fails_when_the_story_is_not_true(monkeypatch, capsys, state, replies, waiting, says):
    monkeypatch.setattr(demo, "MESSAGE_SECONDS", 0.1)
    monkeypatch.setattr(demo, "drain", lambda stack: stack.waiting == 0)
    stack = cpu_stack(state)
    stack.replies, stack.waiting = replies, waiting
    assert not demo.play(stack, demo.cpu_alarm(stack.alarms), demo.SCENES[0], 0.0)
    assert says in capsys.readouterr().out


def test_the_demo_needs_its_alarm():
    with pytest.raises(StackError, match="CpuReserved"):
        demo.cpu_alarm([{"AlarmName": "other"}])
