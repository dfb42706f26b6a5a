"""An account in moto, the function in it, and a count of what it asks for."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta

import boto3

from instance_alarms import config, handler

REGION = "us-east-1"
TOPICS = {
    severity: f"arn:aws:sns:{REGION}:123456789012:acme-{severity}"
    for severity in ("critical", "warning", "info")
}
BASE = {"name": "acme", "topics": TOPICS, "puts_per_second": 100, "watch": "all"}
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)


def settings(**changes):
    """A configuration, read as the function reads it."""
    return config.from_json(json.dumps(BASE | changes))


class World:
    """What the function sees: moto's AWS, a clock that sleeping moves, lines of a log."""

    def __init__(self, **changes):
        self.config = BASE | changes
        self.topic = ""
        self.seconds = 0.0
        self.slept = []
        self.lines = []
        self.calls: Counter[str] = Counter()
        self.now = datetime.now(UTC) + timedelta(hours=1)  # moto launches at its own clock: nothing is young
        self.faults = {}
        self.clients = {}

    def client(self, service):
        if service not in self.clients:
            made = boto3.client(service, region_name=REGION)
            made.meta.events.register("before-call", self._count)
            self.clients[service] = made
        return self.clients[service]

    def use(self, fake):
        """The function sees this instead of moto."""
        self.clients = dict.fromkeys(("ec2", "cloudwatch"), fake)

    def _count(self, model, **_):
        self.calls[model.name] += 1
        fault = self.faults.get(model.name)
        error = fault() if fault else None
        if error:
            raise error

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds

    def invoke(self, event, remaining=60.0):
        world = handler.World(
            environ={"INSTANCE_ALARMS_CONFIG": json.dumps(self.config), "NOTICE_TOPIC_ARN": self.topic},
            client=self.client,
            clock=lambda: self.seconds,
            now=lambda: self.now,
            sleep=self.sleep,
            chance=lambda: 0.5,
            write=self.lines.append,
        )
        return handler.Invocation(world, remaining).run(event)

    # --- what a person does, uncounted ---------------------------------------------------------------

    @property
    def ec2(self):
        return boto3.client("ec2", region_name=REGION)

    @property
    def cloudwatch(self):
        return boto3.client("cloudwatch", region_name=REGION)

    def launch(self, type_="m5.large", **tags):
        found = self.ec2.run_instances(
            ImageId="ami-12c6146b",
            MinCount=1,
            MaxCount=1,
            InstanceType=type_,
            TagSpecifications=[
                {"ResourceType": "instance", "Tags": [{"Key": k, "Value": v} for k, v in tags.items()]}
            ]
            if tags
            else [],
        )
        return found["Instances"][0]["InstanceId"]

    def tag(self, id_, **tags):
        self.ec2.create_tags(Resources=[id_], Tags=[{"Key": k, "Value": v} for k, v in tags.items()])

    def publish(self, metric, value=10.0, namespace="CWAgent", **dimensions):
        self.cloudwatch.put_metric_data(
            Namespace=namespace,
            MetricData=[
                {
                    "MetricName": metric,
                    "Value": value,
                    "Dimensions": [{"Name": k, "Value": v} for k, v in dimensions.items()],
                }
            ],
        )

    def agent(self, id_, *mounts, **more):
        """What our publisher sends for a host."""
        self.publish("mem_used_percent", InstanceId=id_, **more)
        for mount in mounts or ("/",):
            for metric in ("disk_used_percent", "disk_inodes_used", "disk_inodes_total"):
                self.publish(metric, InstanceId=id_, MountPath=mount, **more)

    def alarms(self):
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate()
        return {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}

    def of(self, id_):
        """What the alarms of an owner are called, without their common beginning."""
        start = f"acme-auto/{id_}/"
        return {name.removeprefix(start) for name in self.alarms() if name.startswith(start)}

    def log(self, event):
        return [line for line in map(json.loads, self.lines) if line["event"] == event]


def state_change(id_, state="running"):
    return {
        "version": "0",
        "id": "7bf73129-1428-4cd3-a780-95db273d1602",
        "detail-type": "EC2 Instance State-change Notification",
        "source": "aws.ec2",
        "account": "123456789012",
        "time": "2026-03-02T10:00:00Z",
        "region": REGION,
        "resources": [f"arn:aws:ec2:{REGION}:123456789012:instance/{id_}"],
        "detail": {"instance-id": id_, "state": state},
    }


def batch(*events, received=2):
    """A queue's batch; each record was received so many times, this one included."""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "eventSource": "aws:sqs",
                "attributes": {"ApproximateReceiveCount": str(received)},
                "body": event if isinstance(event, str) else json.dumps(event),
            }
            for number, event in enumerate(events)
        ]
    }


RECONCILE = {"instance_alarms": "reconcile"}
