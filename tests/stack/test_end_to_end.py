"""The local environment, applied once for the session: from a sample or an event to the message in Slack."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

import pytest

from alarmctl import cli
from alarmctl.local import infrastructure
from alarmctl.local import stack as stacks
from alarmctl.local.full import instances, pull_request
from alarmctl.terraform import Terraform, project_root

pytestmark = [pytest.mark.stack, pytest.mark.terraform]

PREFIX = "demo-local-"
HEALTH = {
    "version": "0",
    "id": "0",
    "detail-type": "AWS Health Event",
    "source": "aws.health",
    "account": "111122223333",
    "time": "2026-03-02T10:00:00Z",
    "region": "eu-west-1",
    "resources": ["i-0123456789abcdef0"],
    "detail": {
        "eventArn": "arn:aws:health:eu-west-1::event/EC2/AWS_EC2_OPERATIONAL_ISSUE/1",
        "service": "EC2",
        "eventTypeCode": "AWS_EC2_OPERATIONAL_ISSUE",
        "eventTypeCategory": "issue",
        "startTime": "Mon, 2 Mar 2026 09:00:00 GMT",
        "eventDescription": [{"language": "en_US", "latestDescription": "One zone is impaired."}],
    },
}


# What turns a folder for AWS into one for the local AWS.
LOCAL_PROVIDER = """
provider "aws" {
  access_key                  = "test"
  secret_key                  = "test"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {
    cloudwatch = "URL"
    sts        = "URL"
  }
}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind((stacks.HOST, 0))
        return probe.getsockname()[1]


def alarmctl(*words, home):
    """`alarmctl local …` as a person runs it."""
    command = [sys.executable, "-m", "alarmctl", "local", *words, "--home", str(home)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture(scope="session")
def home(tmp_path_factory):
    """The home of a stack that is up; in the end it is destroyed, and nothing of it may be left."""
    home = tmp_path_factory.mktemp("stack")
    ports = ["--port", str(free_port()), "--page-port", str(free_port())]
    # Evaluated only when data comes: what a test fires must not be taken back while it looks on.
    up = alarmctl("up", *ports, "--evaluate-every", "36000", home=home)
    assert up.returncode == 0, up.stdout + up.stderr
    stack = stacks.running(home)
    yield home
    infrastructure.destroy(stack)
    left = {
        "alarms": stack.client("cloudwatch").describe_alarms()["MetricAlarms"],
        "topics": stack.client("sns").list_topics()["Topics"],
        "queues": stack.client("sqs").list_queues().get("QueueUrls", []),
        "functions": stack.client("lambda").list_functions()["Functions"],
        "rules": stack.client("events").list_rules()["Rules"],
        "parameters": stack.client("ssm").describe_parameters()["Parameters"],
        "state": json.loads((home / "terraform.tfstate").read_text())["resources"],
    }
    down = alarmctl("down", home=home)
    assert down.returncode == 0, down.stderr
    assert not any(left.values()), left
    assert not stacks.alive(stack.pid)


@pytest.fixture
def stack(home):
    return stacks.running(home)


@pytest.fixture
def posted(stack):
    """What reaches the fake Slack from now on, once there are `count` messages or the time is over.

    `about` is in each of them: an alarm of the test before may be told late.
    """
    seen = len(stack.call("GET", "messages"))

    def wait(count, about="", seconds=40.0):
        give_up = time.monotonic() + seconds
        while True:
            new = [
                json.dumps(one["body"], ensure_ascii=False) for one in stack.call("GET", "messages")[seen:]
            ]
            found = [body for body in new if about in body]
            if len(found) >= count or time.monotonic() > give_up:
                return found
            time.sleep(0.2)

    return wait


def test_the_demo_shows_an_alarm_and_its_recovery_once_each(home, posted):
    run = alarmctl("demo", "--no-wait", home=home)
    assert run.returncode == 0, run.stdout + run.stderr
    first, second = posted(2, f"{PREFIX}ecs-service-api-cpu-reserved")
    assert "93" in first
    assert "31" in second
    assert run.stdout.count("1 by SNS and 1 by EventBridge into the queue, 1 posted by the function") == 2


def test_an_instance_gets_its_alarms_pages_and_loses_them(stack):
    assert instances.STEP.play(stack) == []


def test_a_second_plan_is_empty_and_the_webhook_is_in_no_file(home, stack, tmp_path):
    terraform = infrastructure.terraform(stack)
    plan = tmp_path / "plan"
    assert terraform.plan(plan) == ()
    secret = stack.webhook_url.rsplit("/", 1)[-1]
    assert secret not in json.dumps(terraform.show())
    assert secret not in json.dumps(terraform.show(plan))
    assert secret.encode() not in plan.read_bytes()
    assert secret not in (home / "terraform.tfstate").read_text()
    assert secret not in json.dumps(terraform.output())


def test_the_webhook_is_in_no_log(home, stack, posted):
    alarmctl("fire", "ecs-cluster-memory", home=home)
    assert posted(1, f"{PREFIX}ecs-cluster-memory")
    logs = stack.client("logs")
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    assert f"/aws/lambda/{PREFIX}notify-slack" in groups
    lines = [line for group in groups for line in logs.filter_log_events(logGroupName=group)["events"]]
    secret = stack.webhook_url.rsplit("/", 1)[-1]
    assert any('"posted"' in line["message"] for line in lines)
    assert all(secret not in line["message"] for line in lines)
    assert secret not in (home / "server.log").read_text()
    alarmctl("fire", "ecs-cluster-memory", "--state", "OK", home=home)


@pytest.mark.parametrize("alarm", ["orders-failed", "ecs-cluster-cpu"])
def test_fire_reaches_slack_and_back(home, posted, alarm):
    for state in ("ALARM", "OK"):
        run = alarmctl("fire", alarm, "--state", state, "--reason", "a rehearsal", home=home)
        assert run.returncode == 0, run.stderr
        assert PREFIX + alarm in run.stdout
    first, second = posted(2, PREFIX + alarm)
    assert "ALARM" in first
    assert "Resolved" in second


def test_a_composite_alarm_follows_its_children(home, posted):
    children = ("ecs-service-api-cpu-reserved", "ecs-service-api-memory-reserved")
    for child in children:
        alarmctl("fire", child, home=home)
    assert posted(1, f"{PREFIX}api-saturated")
    for child in children:
        alarmctl("fire", child, "--state", "OK", home=home)
    for name in (*children, "api-saturated"):  # the composite's messages name its children, too
        assert len(posted(2, PREFIX + name)) >= 2


def test_an_event_of_aws_goes_through_the_real_rule(home, posted, tmp_path):
    (tmp_path / "health.json").write_text(json.dumps(HEALTH))
    run = alarmctl("send", str(tmp_path / "health.json"), home=home)
    assert run.returncode == 0, run.stderr
    assert f"matched by {PREFIX}health-issue" in run.stdout
    assert len(posted(1, "One zone is impaired.")) == 1


def test_text_goes_to_the_topic_of_its_severity(home, posted, tmp_path):
    (tmp_path / "note.txt").write_text("The coffee machine is empty.")
    run = alarmctl("send", str(tmp_path / "note.txt"), "--text", "--severity", "warning", home=home)
    assert run.returncode == 0, run.stderr
    assert f":{PREFIX}warning" in run.stdout
    assert len(posted(1, "The coffee machine is empty.")) == 1


def test_an_alert_outlives_a_slack_that_fails(home, stack, posted):
    fail = urllib.request.Request(
        f"{stack.page_url}_control/fail", data=json.dumps({"status": 500, "count": 2}).encode(), method="POST"
    )
    with urllib.request.urlopen(fail, timeout=5) as answer:
        assert answer.status == 200
    alarmctl("fire", "ecs-service-api-memory", home=home)
    assert len(posted(1, f"{PREFIX}ecs-service-api-memory")) == 1
    assert stack.call("GET", "status")["slack"]["failed"] >= 2
    alarmctl("fire", "ecs-service-api-memory", "--state", "OK", home=home)
    assert len(posted(2, f"{PREFIX}ecs-service-api-memory")) == 2


def test_the_page_shows_what_was_posted(home, stack, posted, tmp_path):
    (tmp_path / "note.txt").write_text("Seen on the page.")
    alarmctl("send", str(tmp_path / "note.txt"), "--text", home=home)
    assert posted(1, "Seen on the page.")
    with urllib.request.urlopen(stack.page_url, timeout=5) as page:
        assert "Seen on the page." in page.read().decode()


def test_up_again_uses_what_runs_and_status_knows_it(home, stack):
    run = alarmctl("status", "--format", "json", home=home)
    found = json.loads(run.stdout)
    assert found["pid"] == stack.pid
    assert f"{PREFIX}ecs-service-api-tasks-below-desired" in found["alarms"]
    assert found["pid"] != os.getpid()


def test_a_storm_while_slack_fails_loses_nothing(home):
    storm = ["--alarms", "12", "--over", "6s", "--outage", "4s", "--format", "json"]
    ran = alarmctl("chaos", *storm, home=home)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    found = json.loads(ran.stdout)
    assert found["in_the_channel"] == found["changes"] >= 12
    assert found["lost"] == 0
    assert found["slack"]["failed"] > 0


def test_what_import_writes_plans_to_no_change(stack, tmp_path):
    cloudwatch = stack.client("cloudwatch")
    topic = f"arn:aws:sns:{stacks.REGION}:{stacks.ACCOUNT}:ops-critical"
    shared = {"EvaluationPeriods": 2, "Threshold": 80.5, "ComparisonOperator": "GreaterThanThreshold"}
    names = ["By hand (web) 100%", "by-hand-rate", "By hand: both"]
    cloudwatch.put_metric_alarm(
        AlarmName=names[0],
        AlarmDescription='It is "hot"\nand old',
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "InstanceId", "Value": "i-1"}],
        ExtendedStatistic="p99",
        EvaluateLowSampleCountPercentile="ignore",
        Unit="Percent",
        Period=300,
        TreatMissingData="ignore",
        ActionsEnabled=False,
        AlarmActions=[topic],
        Tags=[{"Key": "team", "Value": "web"}],
        **shared,
    )
    counted = {
        id_: {"Metric": {"Namespace": "Shop", "MetricName": id_}, "Period": 120, "Stat": "Sum"}
        for id_ in ("e", "r")
    }
    cloudwatch.put_metric_alarm(
        AlarmName=names[1],
        Metrics=[
            *({"Id": id_, "MetricStat": stat, "ReturnData": False} for id_, stat in counted.items()),
            {"Id": "x", "Expression": "100*e/r", "Label": "Rate", "ReturnData": True},
        ],
        **shared,
    )
    cloudwatch.put_composite_alarm(
        AlarmName=names[2],
        AlarmRule='ALARM("by-hand-rate")',
        OKActions=[topic],
        ActionsSuppressor="by-hand-rate",
        ActionsSuppressorWaitPeriod=120,
        ActionsSuppressorExtensionPeriod=120,
    )
    out = tmp_path / "taken-over"
    try:
        options = ["--only", "[Bb]y?hand*", "--name", "acme", "--region", stacks.REGION, "--out", str(out)]
        command = ["import", "--live", "--endpoint-url", stack.aws_url, *options]
        ran = subprocess.run(
            [sys.executable, "-m", "alarmctl", *command], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stderr
        (out / "local_override.tf").write_text(LOCAL_PROVIDER.replace("URL", stack.aws_url))
        terraform = Terraform(out, tmp_path / "data")
        terraform.init()
        terraform.plan(out / "plan.bin")
        plan = terraform.show(out / "plan.bin")
    finally:
        cloudwatch.delete_alarms(AlarmNames=names[2:])  # alone and first: it depends on the others
        cloudwatch.delete_alarms(AlarmNames=names[:2])
    changes = [resource["change"] for resource in plan["resource_changes"]]
    assert [change["actions"] for change in changes] == [["no-op"]] * 3
    assert {change["importing"]["id"] for change in changes} == set(names)


def test_a_pull_request_s_comment_comes_from_the_stack_s_own_plan_and_metrics(stack, capsys):
    assert pull_request.play(stack) == []
    assert "of history: " in capsys.readouterr().out


def test_the_reports_read_the_running_stack(stack, capsys):
    for report in ("noise", "coverage", "cost"):
        assert cli.main(["report", report, "--endpoint-url", stack.aws_url, "--format", "json"]) in {0, 1}
        told = json.loads(capsys.readouterr().out)
        assert told["title"].lower().startswith(report)


CENTRAL = """
module "central" {
  source = "MODULES/central_events"

  name                  = "demo-local"
  topic_arns            = { for word in ["critical", "warning", "info"] : word => "${local.sns}-${word}" }
  dead_letter_queue_arn = local.dead
  sender_account_ids    = ["111122223333"]
}

module "forward" {
  source = "MODULES/forward_events"

  name                  = "payments"
  central_bus_arn       = module.central.bus_arn
  alarm_name_prefixes   = ["payments-"]
  dead_letter_queue_arn = local.dead
}

locals {
  sns  = "arn:aws:sns:us-east-1:000000000000:demo-local"
  dead = "arn:aws:sqs:us-east-1:000000000000:demo-local-undeliverable"
}
"""


def test_an_alarm_of_another_account_comes_by_the_central_bus(stack, posted, tmp_path):
    folder = tmp_path / "central"
    folder.mkdir()
    (folder / "main.tf").write_text(CENTRAL.replace("MODULES", str(project_root() / "terraform/modules")))
    provider = LOCAL_PROVIDER.replace('cloudwatch = "URL"', 'events = "URL"\n    iam = "URL"')
    provider = provider.replace("{", '{\n  region = "us-east-1"', 1)
    (folder / "provider.tf").write_text(provider.replace("URL", stack.aws_url))
    terraform = Terraform(folder, tmp_path / "data")
    terraform.init()
    terraform.apply()
    try:
        assert terraform.plan() == ()
        event = {
            "version": "0",
            "source": "aws.cloudwatch",
            "detail-type": "CloudWatch Alarm State Change",
            "account": "111122223333",
            "region": "eu-central-1",
            "time": "2026-03-02T10:00:00Z",
            "resources": ["arn:aws:cloudwatch:eu-central-1:111122223333:alarm:payments-queue-critical"],
            "detail": {
                "alarmName": "payments-queue-critical",
                "state": {
                    "value": "ALARM",
                    "timestamp": "2026-03-02T10:00:00.000+0000",
                    "reason": "Threshold Crossed: 1 datapoint [9.0] was greater than the threshold (5.0).",
                },
                "previousState": {"value": "OK", "timestamp": "2026-03-02T09:00:00.000+0000"},
                "configuration": {"metrics": []},
            },
        }
        assert stack.call("POST", "events", event)["rules"] == ["payments-forward-alarms"]
        (text,) = posted(1, "payments-queue-critical")
    finally:
        terraform.destroy()
    assert ":red_circle:" in text  # critical, by its name
    assert "payments-queue-critical" in text
    assert "111122223333" in text
    assert "region=eu-central-1" in text
