"""The full demo's pull request, as far as it goes without a stack."""

from datetime import UTC, datetime, timedelta
from typing import Any

import yaml

from alarmctl.local.full import pull_request

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


class Stack:
    """Keeps what is published."""

    def __init__(self):
        self.data = []

    def client(self, _):
        return self

    def put_metric_data(self, Namespace, MetricData):  # noqa: N803 -- boto3's names
        assert Namespace == "Demo/Shop"
        assert len(MetricData) <= 1000
        self.data += MetricData


def test_three_hours_with_four_blips_and_an_outage_are_published_and_nothing_that_fires_now():
    stack: Any = Stack()
    pull_request.publish(stack, NOW)
    values = {one["Timestamp"]: one["Value"] for one in stack.data}
    assert max(values) <= NOW - timedelta(minutes=10)
    assert len([value for value in values.values() if 0 < value <= 5]) == 4
    assert len([value for value in values.values() if value > 5]) == 12


def test_what_a_comment_lacks_is_named():
    assert len(pull_request.problems("")) == 4
    for said, lacks in (("fired 5 -> 1, ", False), ("fired 5 -> 0, ", True), ("fired 5 -> 5, ", True)):
        assert any("less often" in problem for problem in pull_request.problems(said)) is lacks


def test_the_change_is_one_of_the_local_environment_s_own_alarms(request):
    path = request.config.rootpath / "terraform/environments/local/alarms.yaml"
    text = path.read_text()
    assert text.count(pull_request.BEFORE) == 1
    changed = yaml.safe_load(text.replace(pull_request.BEFORE, pull_request.AFTER))
    assert changed[pull_request.ALARM]["threshold"] == 5
    assert changed[pull_request.ALARM]["metric_name"] == pull_request.METRIC["MetricName"]
