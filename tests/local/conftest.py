"""The local AWS's own modules without its server, and a driver whose publications are kept in lists."""

import os
from datetime import UTC, datetime, timedelta

import pytest

from alarmctl.local.driver import Driver

ACCOUNT = "000000000000"
REGION = "us-east-1"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT}:demo-warning"
MINUTE = timedelta(minutes=1)
NOW = datetime(2026, 3, 2, 10, 0, 30, tzinfo=UTC)


@pytest.fixture
def cloudwatch():
    """ministack's CloudWatch, empty, with whatever a test replaces put back."""
    os.environ.setdefault("MINISTACK_REGION", REGION)
    from ministack.services import cloudwatch  # noqa: PLC0415 - it reads its settings when imported

    before = dict(vars(cloudwatch))
    cloudwatch.reset()
    yield cloudwatch
    cloudwatch.reset()
    vars(cloudwatch).update(before)


class Topics:
    """Keeps what is published; `missing` topics refuse it."""

    def __init__(self):
        self.published = []
        self.missing = set()

    def publish(self, topic_arn, subject, message):
        if topic_arn in self.missing:
            return False
        self.published.append((topic_arn, subject, message))
        return True


class Bus:
    """Keeps what is emitted and claims that one rule matched."""

    def __init__(self):
        self.events = []

    def put(self, event):
        self.events.append(event)
        return ["a-rule"]


class World:
    """A driver with everything around it; `now` can be moved."""

    def __init__(self, cloudwatch):
        self.cloudwatch = cloudwatch
        self.topics = Topics()
        self.bus = Bus()
        self.now = NOW
        self.driver = Driver(
            cloudwatch=cloudwatch,
            topics=self.topics,
            bus=self.bus,
            now=lambda: self.now,
            account=ACCOUNT,
            region=REGION,
        )
        cloudwatch._evaluate_alarm = lambda _alarm: None
        cloudwatch._evaluate_all_alarms = self.driver.evaluate_new_data
        cloudwatch._dispatch_alarm_actions = self.driver.announce

    def put_alarm(self, name="cpu", **members):
        """Store a metric alarm as PutMetricAlarm would: CPU >= 80 in 2 of 2 minutes."""
        alarm = {
            "AlarmName": name,
            "AlarmArn": f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:{name}",
            "Namespace": "Demo",
            "MetricName": "Cpu",
            "Statistic": "Average",
            "Dimensions": [{"Name": "Service", "Value": "api"}],
            "Period": 60,
            "EvaluationPeriods": 2,
            "Threshold": 80.0,
            "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            "TreatMissingData": "missing",
            "ActionsEnabled": True,
            "AlarmActions": [TOPIC],
            "OKActions": [TOPIC],
            "InsufficientDataActions": [],
            "StateValue": "INSUFFICIENT_DATA",
            "StateReason": "Unchecked: Initial alarm creation",
            "StateUpdatedTimestamp": (NOW - 10 * MINUTE).timestamp(),
            "AlarmConfigurationUpdatedTimestamp": (NOW - 10 * MINUTE).timestamp(),
        }
        alarm |= members
        self.cloudwatch._alarms[name] = {key: value for key, value in alarm.items() if value is not None}
        return self.cloudwatch._alarms[name]

    def put_data(self, values, *, metric="Cpu", dimensions=None, unit="Percent"):
        """PutMetricData of one value a minute, the last one a minute ago."""
        data = [
            {
                "MetricName": metric,
                "Dimensions": [
                    {"Name": key, "Value": value} for key, value in (dimensions or {"Service": "api"}).items()
                ],
                "Timestamp": (self.now - back * MINUTE).timestamp(),
                "Value": value,
                "Unit": unit,
            }
            for back, value in zip(range(len(values), 0, -1), values, strict=True)
        ]
        self.cloudwatch._put_metric_data({}, {"Namespace": "Demo", "MetricData": data}, False, True)

    def state(self, name="cpu"):
        found = self.cloudwatch._alarms.get(name) or self.cloudwatch._composite_alarms.get(name)
        return found["StateValue"]


@pytest.fixture
def world(cloudwatch):
    return World(cloudwatch)
