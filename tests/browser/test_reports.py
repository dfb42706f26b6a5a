"""The reports that are pages: all there, nothing fetched, no script, and no wider than a phone."""

import json
from array import array
from datetime import UTC, datetime, timedelta

import pytest
from tests.browser.chromium import DESKTOP, PHONE

from alarmctl.cli import main
from alarmctl.history import store
from alarmctl.history.model import History, Metric, Series

START = datetime(2026, 3, 2, tzinfo=UTC)
MINUTES = 3 * 24 * 60
TOPIC = "arn:aws:sns:eu-west-1:123456789012:acme-critical"
NAME = "acme-production-checkout-of-the-shop-with-a-very-long-name-cpu"
DIMENSIONS = (("ClusterName", "main"), ("ServiceName", "checkout-of-the-shop-with-a-very-long-name"))


def alarm(name, **changes):
    return {
        "AlarmName": name,
        "AlarmArn": f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}",
        "Namespace": "AWS/ECS",
        "MetricName": "CPUUtilization",
        "Dimensions": [{"Name": key, "Value": value} for key, value in DIMENSIONS],
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": 80,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmActions": [TOPIC],
    } | changes


@pytest.fixture
def backtest(tmp_path):
    """A page about three days, with an outage on each."""
    values = array("d", [40.0] * MINUTES)
    for day in range(3):
        values[day * 1440 + 600 : day * 1440 + 640] = array("d", [95.0] * 40)
    start = int(START.timestamp())
    series = {Metric("AWS/ECS", "CPUUtilization", DIMENSIONS, "Average"): Series(start, 60, values)}
    store.save(tmp_path / "history", History(series, start, start + MINUTES * 60))
    alarms = {"MetricAlarms": [alarm(NAME), alarm("acme-production-spiky", Threshold=39)]}
    (tmp_path / "alarms.json").write_text(json.dumps(alarms))
    page = tmp_path / "backtest.html"
    where = ["--history", str(tmp_path / "history"), "--format", "html", "--output", str(page)]
    assert main(["backtest", str(tmp_path / "alarms.json"), *where]) == 0
    return page, [NAME, "What 2 alarms would have done"]


@pytest.fixture
def noise(tmp_path):
    """A page about an alarm that flaps."""
    items = []
    for number in range(12):
        at = START + timedelta(minutes=10 * number)
        old, new = ("OK", "ALARM") if number % 2 == 0 else ("ALARM", "OK")
        data = {"version": "1.0", "oldState": {"stateValue": old}, "newState": {"stateValue": new}}
        items.append(
            {
                "AlarmName": NAME,
                "AlarmType": "MetricAlarm",
                "Timestamp": at.isoformat(),
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from {old} to {new}",
                "HistoryData": json.dumps(data),
            }
        )
    (tmp_path / "history.json").write_text(json.dumps({"AlarmHistoryItems": items}))
    page = tmp_path / "noise.html"
    until = ["--until", (START + timedelta(days=7)).isoformat(), "--days", "7"]
    given = ["--history", str(tmp_path / "history.json"), "--format", "html", "--output", str(page)]
    assert main(["report", "noise", *given, *until]) in {0, 1}
    return page, [NAME]


@pytest.fixture
def dashboard(tmp_path):
    """A drawn dashboard with a graph and the states of alarms."""
    metric = [
        "AWS/ECS",
        "CPUUtilization",
        *(word for pair in DIMENSIONS for word in pair),
        {"stat": "Average"},
    ]
    graph = {"title": NAME, "region": "eu-west-1", "view": "timeSeries", "metrics": [metric]}
    states = {"title": "Alarms", "alarms": [alarm(NAME)["AlarmArn"]]}
    widgets = [
        {"type": "metric", "x": 0, "y": 2, "width": 12, "height": 6, "properties": graph},
        {"type": "alarm", "x": 0, "y": 0, "width": 24, "height": 2, "properties": states},
    ]
    (tmp_path / "body.json").write_text(json.dumps({"widgets": widgets}))
    page = tmp_path / "dashboard.html"
    assert main(["dashboard", str(tmp_path / "body.json"), "--format", "html", "--output", str(page)]) == 0
    return page, [NAME, "Alarms"]


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("kind", ["backtest", "noise", "dashboard"])
def test_a_report_is_whole_and_fits(kind, size, request, open_page):
    path, words = request.getfixturevalue(kind)
    page = open_page(path, size)
    assert [word for word in words if word not in page.text] == []
    assert page.errors == []
    assert page.value("performance.getEntriesByType('resource').length") == 0
    assert page.too_wide == []


def test_a_backtests_chart_is_drawn(backtest, open_page):
    page = open_page(backtest[0])
    assert page.value("document.querySelectorAll('svg path, svg polyline, svg rect').length") > 3
