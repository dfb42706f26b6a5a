"""Where a publisher runs: the metadata service as AWS has it, and which sets a value is published under."""

import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.stub import Stubber
from tests.alarmctl.publish.test_sql import kept

from alarmctl.publish.context import Context
from alarmctl.publish.dimensions import RETRY_SECONDS, Dimensions, series_sets

INSTANCE = "i-0123456789abcdef0"
ERROR_PAGE = '<?xml version="1.0"?><html><title>401 - Unauthorized</title></html>'


class Metadata(BaseHTTPRequestHandler):
    """Version 2 alone: without the token of a PUT it answers 401 and a page, as instances do."""

    content: dict[str, str]
    asked: list[str]

    def do_PUT(self):
        wanted = self.headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        self.answer(200 if self.path == "/latest/api/token" and wanted else 400, "token")

    def do_GET(self):
        self.asked.append(self.path)
        if self.path.startswith("/latest/") and self.headers.get("X-aws-ec2-metadata-token") != "token":
            return self.answer(401, ERROR_PAGE)
        path = self.path.removeprefix("/latest/meta-data/")
        return self.answer(200, self.content[path]) if path in self.content else self.answer(404, ERROR_PAGE)

    def answer(self, status, text):
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_):
        pass


@contextmanager
def metadata(content):
    asked: list[str] = []
    handler = type("Bound", (Metadata,), {"content": content, "asked": asked})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def found(content, wanted, context=None, given=None):
    with metadata(content) as (url, _):
        return Dimensions(given or {}, wanted, context or Context(), metadata=url).values()


def test_the_instance_and_its_group_come_from_the_metadata_service():
    content = {"instance-id": INSTANCE, "tags/instance/aws:autoscaling:groupName": "web"}
    assert found(content, ["InstanceId", "AutoScalingGroupName"]) == {
        "InstanceId": INSTANCE,
        "AutoScalingGroupName": "web",
    }


def test_without_tags_the_group_comes_from_the_api():
    client = boto3.client("autoscaling", "eu-west-1", aws_access_key_id="test", aws_secret_access_key="test")
    instance = {
        "InstanceId": INSTANCE,
        "AutoScalingGroupName": "web",
        "AvailabilityZone": "eu-west-1a",
        "LifecycleState": "InService",
        "HealthStatus": "HEALTHY",
        "ProtectedFromScaleIn": False,
    }
    with Stubber(client) as stub:
        stub.add_response(
            "describe_auto_scaling_instances",
            {"AutoScalingInstances": [instance]},
            {"InstanceIds": [INSTANCE]},
        )
        values = found({"instance-id": INSTANCE}, ["InstanceId", "AutoScalingGroupName"], kept(client))
    assert values["AutoScalingGroupName"] == "web"


def test_a_page_is_no_instance_id():
    assert found({"instance-id": ERROR_PAGE}, ["InstanceId"]) == {}


def test_what_is_given_is_not_asked_for():
    assert found({}, ["InstanceId"], given={"InstanceId": "i-1"}) == {"InstanceId": "i-1"}


def test_what_no_set_names_is_not_asked_for():
    with metadata({"instance-id": INSTANCE}) as (url, asked):
        assert Dimensions({}, ["Machine"], Context(), metadata=url).values().keys() == {"Machine"}
    assert asked == []


def test_what_had_no_answer_is_asked_for_again_later_and_what_had_one_is_kept():
    now = [0.0]
    content: dict[str, str] = {}
    with metadata(content) as (url, asked):
        dimensions = Dimensions({}, ["InstanceId"], Context(), metadata=url, clock=lambda: now[0])
        assert dimensions.missing == ["InstanceId"]
        content["instance-id"] = INSTANCE
        assert dimensions.missing == ["InstanceId"]
        now[0] = RETRY_SECONDS
        assert dimensions.values() == {"InstanceId": INSTANCE}
        now[0] = 10 * RETRY_SECONDS
        dimensions.values()
    assert len(asked) == 2


def test_away_from_ec2_nothing_is_found_and_nothing_hangs():
    dimensions = Dimensions({}, ["InstanceId"], Context(), metadata="http://127.0.0.1:9")
    assert dimensions.missing == ["InstanceId"]


@pytest.mark.parametrize("cluster", ["web", "arn:aws:ecs:eu-west-1:123456789012:cluster/web"])
def test_a_task_knows_its_cluster(cluster, monkeypatch):
    with metadata({"/v4/abc/task": f'{{"Cluster": "{cluster}"}}'}) as (url, _):
        monkeypatch.setenv("ECS_CONTAINER_METADATA_URI_V4", f"{url}/v4/abc")
        dimensions = Dimensions({}, ["ClusterName"], Context(), metadata=url)
        assert dimensions.values() == {"ClusterName": "web"}


KNOWN = {"InstanceId": "i-1", "Environment": "prod"}


@pytest.mark.parametrize(
    ("sets", "own", "wanted"),
    [
        ([("InstanceId",), ("Environment",)], {}, [{"InstanceId": "i-1"}, {"Environment": "prod"}]),
        ([("InstanceId", "Missing")], {}, []),
        ([()], {}, [{}]),
        ([("InstanceId",)], {"MountPath": "/"}, [{"InstanceId": "i-1", "MountPath": "/"}]),
        (
            [("Environment",), ("Environment", "MountPath")],
            {"MountPath": "/"},
            [{"Environment": "prod"}, {"Environment": "prod", "MountPath": "/"}],
        ),
        ([("Environment", "InstanceId"), ("InstanceId", "Environment")], {}, [KNOWN]),
    ],
)
def test_a_value_is_published_once_for_each_set_that_has_all_values(sets, own, wanted):
    assert [dict(one) for one in series_sets(sets, own, KNOWN, ["MountPath"])] == wanted
