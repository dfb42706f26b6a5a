"""Metrics in a function's log."""

import json

import pytest

from alarmctl.local import log_metrics
from notify_slack import heartbeat

BEAT = json.dumps(heartbeat.metric("Heartbeat", 1, "acme", 1_700_000_000.0))


def test_reads_what_the_notifier_writes():
    assert list(log_metrics.datapoints(BEAT)) == [
        ("NotifySlack", "Heartbeat", 1.0, "Count", {"Stack": "acme"})
    ]


@pytest.mark.parametrize(
    "line",
    [
        "START RequestId: 1",
        '{"event": "done"}',
        '{"_aws": 3}',
        '{"_aws": {"CloudWatchMetrics": [{}]}}',
        '{"_aws": {"CloudWatchMetrics": [{"Dimensions": [["a"]], "Metrics": []}]}}',
        '["_aws"]',
        '{"_aws"',
    ],
)
def test_leaves_every_other_line_alone(line):
    assert list(log_metrics.datapoints(line)) == []


def test_a_log_is_written_and_then_read():
    written, recorded = [], []
    emit = log_metrics.with_metrics(
        lambda *words, **named: written.append((words, named)), lambda *datapoint: recorded.append(datapoint)
    )
    emit({}, "id", f"START\n{BEAT}\nEND", False, 3, log_source="rie")
    emit({}, "id", "", False, 3)
    assert [words[2] for words, _ in written] == [f"START\n{BEAT}\nEND", ""]
    assert [datapoint[1] for datapoint in recorded] == ["Heartbeat"]
