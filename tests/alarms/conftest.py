"""Alarms to test with, and series written as people write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from alarms.definitions import from_put_metric_alarm
from alarms.model import Datapoint

AT = datetime(2026, 9, 14, 12, 0, 30, tzinfo=UTC)
NEWEST_END = datetime(2026, 9, 14, 12, 0, tzinfo=UTC)


@pytest.fixture
def at():
    """An instant at which the newest full minute ends at 12:00."""
    return AT


@pytest.fixture
def put():
    """PutMetricAlarm parameters of a plain alarm (> 50, average, three of three minutes), and changes."""

    def make(**changes):
        parameters = {
            "AlarmName": "cpu",
            "Namespace": "AWS/ECS",
            "MetricName": "CPUUtilization",
            "Dimensions": [{"Name": "ClusterName", "Value": "demo"}],
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 3,
            "Threshold": 50,
            "ComparisonOperator": "GreaterThanThreshold",
        }
        return {key: value for key, value in (parameters | changes).items() if value is not None}

    return make


@pytest.fixture
def alarm(put):
    return lambda **changes: from_put_metric_alarm(put(**changes))


@pytest.fixture
def put_math(put):
    """PutMetricAlarm parameters of a metric-math alarm over the metrics that are named."""

    def make(expression, *metrics, period=60, stat="Sum", **changes):
        queries = [{"Id": "result", "Expression": expression, "ReturnData": True}]
        for name in metrics:
            metric = {"Namespace": "App", "MetricName": name}
            queries.append(
                {
                    "Id": name,
                    "MetricStat": {"Metric": metric, "Period": period, "Stat": stat},
                    "ReturnData": False,
                }
            )
        single = dict.fromkeys(("Namespace", "MetricName", "Dimensions", "Statistic", "Period"))
        return put(**single, Metrics=queries, **changes)

    return make


@pytest.fixture
def math_alarm(put_math):
    return lambda *arguments, **changes: from_put_metric_alarm(put_math(*arguments, **changes))


@pytest.fixture
def series():
    """`series("0 - 90")`: one datapoint a period, the newest last and ending with the range; - is none."""

    def make(text, period=60, end=NEWEST_END):
        values = text.split()
        start = end - timedelta(seconds=period * len(values))
        return [
            Datapoint(start + timedelta(seconds=period * index), float(value))
            for index, value in enumerate(values)
            if value != "-"
        ]

    return make
