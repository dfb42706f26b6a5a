"""A month of an application, with incidents, flaps and silent metrics planted in it."""

from __future__ import annotations

import json
import random
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from alarmctl.history import store
from alarmctl.history.model import NAN, History, Metric, Series

DAYS = 30
START = datetime(2026, 9, 1, tzinfo=UTC)
MINUTES = DAYS * 24 * 60
TOPIC = "arn:aws:sns:us-east-1:123456789012:acme-{}"


def at(day, hour, minute=0):
    """Minutes from the start of the month; days count from 1."""
    return ((day - 1) * 24 + hour) * 60 + minute


def parameters(name, metric, severity="critical", **changes):
    put = {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:us-east-1:123456789012:alarm:{name}",
        "Namespace": "Acme",
        "MetricName": metric,
        "Dimensions": [{"Name": "Service", "Value": "checkout"}],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 80,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": "notBreaching",
        "AlarmActions": [TOPIC.format(severity)],
    }
    return {key: value for key, value in (put | changes).items() if value is not None}


def rate(name):
    stats = [
        {
            "Id": query_id,
            "MetricStat": {
                "Metric": {
                    "Namespace": "Acme",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "Service", "Value": "checkout"}],
                },
                "Period": 300,
                "Stat": "Sum",
            },
            "ReturnData": False,
        }
        for query_id, metric in (("errors", "Errors"), ("all", "Requests"))
    ]
    expression = {"Id": "rate", "Expression": "100 * errors / all", "ReturnData": True}
    single = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
    changes = {
        "Metrics": [expression, *stats],
        "Threshold": 5,
        "EvaluationPeriods": 1,
        "DatapointsToAlarm": 1,
    }
    return parameters(name, None, **single, **changes)


ALARMS = {
    "MetricAlarms": [
        parameters("checkout-cpu", "CPU"),
        parameters("checkout-flapping", "Load", "warning", EvaluationPeriods=1, DatapointsToAlarm=1),
        rate("checkout-error-rate"),
        parameters("checkout-silent", "Nobody", "warning"),
        parameters("checkout-heartbeat", "Beat", "warning", Statistic="SampleCount", Threshold=1,
                   ComparisonOperator="LessThanThreshold", TreatMissingData="breaching"),
        parameters("checkout-always", "Disk", "info", Threshold=50),
        parameters("checkout-quiet", "CPU", "info", Threshold=99.5),
    ],
    "CompositeAlarms": [
        {
            "AlarmName": "checkout-down",
            "AlarmArn": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:checkout-down",
            "AlarmRule": "ALARM(checkout-cpu) AND ALARM(checkout-error-rate)",
            "AlarmActions": [TOPIC.format("critical")],
        }
    ],
}  # fmt: skip

# day, hour, minute, minutes that it lasts
INCIDENTS = [(4, 14, 10, 30), (12, 3, 5, 45), (20, 10, 0, 20)]
BURSTS = [(day, 9, 30) for day in (2, 8, 15, 23, 29)]  # four spikes of a minute, four minutes apart
SPIKES = 4
SILENCE = (17, 1, 0, 40)


@dataclass(frozen=True)
class Month:
    """The folder of a month: alarms, history, incidents."""

    alarms: object
    history: object
    incidents: object
    start: datetime = START


def metric(name, stat="Average"):
    return Metric("Acme", name, (("Service", "checkout"),), stat)


def noise(seed, low, high):
    chance = random.Random(seed)
    return array("d", [round(chance.uniform(low, high), 2) for _ in range(MINUTES)])


def planted():
    cpu, load, disk = noise(1, 20, 60), noise(2, 10, 70), noise(3, 60, 65)
    requests = array("d", [float(round(value)) for value in noise(4, 90, 110)])
    errors, beat = array("d", [0.0]) * MINUTES, array("d", [5.0]) * MINUTES
    for day, hour, minute, lasts in INCIDENTS:
        for place in range(at(day, hour, minute), at(day, hour, minute) + lasts):
            cpu[place], errors[place] = 96.0, 20.0
    for burst in BURSTS:
        for spike in range(SPIKES):
            load[at(*burst) + 4 * spike] = 90.0
    first = at(*SILENCE[:3])
    beat[first : first + SILENCE[3]] = array("d", [NAN]) * SILENCE[3]
    found = {
        metric("CPU"): cpu,
        metric("Load"): load,
        metric("Disk"): disk,
        metric("Requests", "Sum"): requests,
        metric("Errors", "Sum"): errors,
        metric("Beat", "SampleCount"): beat,
        metric("Nobody"): array("d", [NAN]) * MINUTES,
    }
    start = int(START.timestamp())
    series = {one: Series(start, 60, values) for one, values in found.items()}
    return History(series, start, start + MINUTES * 60)


@pytest.fixture(scope="session")
def month(tmp_path_factory):
    folder = tmp_path_factory.mktemp("month")
    (folder / "alarms.json").write_text(json.dumps(ALARMS))
    store.save(folder / "history", planted())
    incidents = [
        {
            "name": f"outage {number}",
            "start": (START + timedelta(minutes=at(day, hour, minute))).isoformat(),
            "end": (START + timedelta(minutes=at(day, hour, minute) + lasts)).isoformat(),
            "alarms": ["checkout-cpu", "checkout-error-rate", "checkout-down"],
        }
        for number, (day, hour, minute, lasts) in enumerate(INCIDENTS, 1)
    ]
    # One that no metric shows, and the first spike of a burst, which the flapping alarm should have told.
    incidents.append({"name": "unseen", "start": "2026-09-25T12:00:00Z", "end": "2026-09-25T12:30:00Z"})
    (folder / "incidents.json").write_text(json.dumps(incidents))
    return Month(folder / "alarms.json", folder / "history", folder / "incidents.json")
