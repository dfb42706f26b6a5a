"""The example of logs applied to a local AWS: lines of the example application reach S3, one on each line."""

import gzip
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

from alarmctl.local import stack as stacks
from alarmctl.terraform import Terraform

pytestmark = [pytest.mark.stack, pytest.mark.terraform]

ROOT = Path(__file__).resolve().parents[2]
AGENT = 'curl "quoted" \\ Bücher'
# AWS's provider watches a new lifecycle for a minute; `terraform test` looks at what is in it.
WITHOUT_LIFECYCLE = 'resource "aws_s3_bucket_lifecycle_configuration" "logs" {\n  count = 0\n}\n'


def free_port():
    with socket.socket() as probe:
        probe.bind((stacks.HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture(scope="module")
def aws(tmp_path_factory):
    """A local AWS of its own."""
    home = tmp_path_factory.mktemp("logs")
    stack = stacks.start(
        home, aws_port=free_port(), page_port=free_port(), parent_pid=os.getpid(), evaluate_every=36000
    )
    yield stack
    stacks.stop(stack)


@pytest.fixture(scope="module")
def applied(aws, tmp_path_factory):
    """The example's outputs; its second plan is empty, and in the end all of it is destroyed."""
    tree = tmp_path_factory.mktemp("tree") / "terraform"
    shutil.copytree(
        ROOT / "terraform", tree, ignore=shutil.ignore_patterns(".terraform", "*.tfstate*", "tests")
    )
    for module in ("log_pipeline", "access_logs"):
        (tree / f"modules/{module}/lifecycle_override.tf").write_text(WITHOUT_LIFECYCLE)
    example = tree / "examples/logs"
    shutil.copy(ROOT / "terraform/environments/local/.terraform.lock.hcl", example)
    terraform = Terraform(
        example,
        tree / "data",
        env={"AWS_PROFILE": "", "NO_PROXY": f"{stacks.HOST},localhost"},
        variables={"aws_endpoint": aws.aws_url},
    )
    terraform.init()
    terraform.apply()
    yield terraform
    terraform.destroy()
    assert aws.client("firehose").list_delivery_streams()["DeliveryStreamNames"] == []
    assert aws.client("s3").list_buckets()["Buckets"] == []


def lines(aws, bucket, prefix):
    """Every line of every object below the prefix."""
    s3 = aws.client("s3")
    found = []
    for one in s3.list_objects_v2(Bucket=bucket, Prefix=prefix).get("Contents", ()):
        assert one["Key"].endswith(".gz")
        text = gzip.decompress(s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read()).decode()
        assert text.endswith("\n")
        found += text.splitlines()
    return found


def until(read, enough, seconds=30):
    give_up = time.monotonic() + seconds
    while not enough(found := read()) and time.monotonic() < give_up:
        time.sleep(0.2)
    return found


def test_a_second_plan_is_empty(applied):
    assert applied.plan() == ()


def test_lines_of_the_example_application_reach_s3(aws, applied):
    outputs = applied.output()
    environment = {
        **os.environ,
        "DELIVERY_STREAM": outputs["delivery_stream_names"]["lines"],
        "AWS_ENDPOINT_URL": aws.aws_url,
        "AWS_DEFAULT_REGION": stacks.REGION,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "NO_PROXY": stacks.HOST,
    }
    command = [sys.executable, str(ROOT / "examples/helloworld/app.py"), "--port", "0"]
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=environment, text=True
    ) as application:
        assert application.stderr
        try:
            url = json.loads(application.stderr.readline())["url"]
            for order in range(3):
                with urllib.request.urlopen(f"{url}order/{order}") as answer:
                    assert answer.status == 202
            found = until(
                lambda: lines(aws, outputs["bucket"], "lines/"),
                lambda those: sum("order placed" in one for one in those) == 3,
            )
        finally:
            application.terminate()
            application.stderr.read()
            application.wait(timeout=20)
    parsed = [json.loads(line) for line in found]
    placed = [one for one in parsed if one["message"] == "order placed"]
    assert sorted(one["order"] for one in placed) == ["0", "1", "2"]
    assert all({"application", "level", "time"} <= one.keys() for one in placed)
    kept = aws.client("s3").list_objects_v2(Bucket=outputs["bucket"], Prefix="lines/")["Contents"]
    assert all(re.fullmatch(r"lines/20\d\d/\d\d/\d\d/[^/]+", one["Key"]) for one in kept)


def test_lines_of_a_log_group_reach_s3_through_its_subscription(aws, applied):
    outputs = applied.output()
    logs = aws.client("logs")
    sent = [
        json.dumps({"level": level, "message": f"{level} of {group} by {AGENT}"}, ensure_ascii=False)
        for group in ("api", "worker")
        for level in ("INFO", "ERROR")
    ]
    for group, those in (("api", sent[:2]), ("worker", sent[2:])):
        name = outputs["log_group_names"][group]
        logs.create_log_stream(logGroupName=name, logStreamName="task/1")
        events = [{"timestamp": int(time.time() * 1000), "message": line} for line in those]
        logs.put_log_events(logGroupName=name, logStreamName="task/1", logEvents=events)
    found = until(lambda: lines(aws, outputs["bucket"], "cloudwatch/"), lambda those: len(those) == 3)
    # All of api, and of worker what its pattern takes.
    assert sorted(found) == sorted([sent[0], sent[1], sent[3]])
    assert all(json.loads(line)["message"].endswith(AGENT) for line in found)
