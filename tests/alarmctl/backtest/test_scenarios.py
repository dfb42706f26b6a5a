"""The backtest of a scenario is the scenario test: the same engine, the same changes at the same times."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alarmctl.backtest import exact, replaying
from alarmctl.history.model import series
from alarmctl.scenarios import reading, simulation
from alarmctl.scenarios.sources import Sources
from alarms.definitions import Definition
from alarms.windows import lag

SCENARIO = """
alarms:
  inline:
    any:
      namespace: App
      metric_name: Load
      description: Any.
      statistic: {statistic}
      period: {period}
      evaluation_periods: {wanted}
      datapoints_to_alarm: {needed}
      threshold: 50
      comparison: ">"
      severity: warning
      treat_missing_data: {missing}
scenarios:
  - name: any
    alarm: any
    series: {{Load: "{values}"}}
    history: {history}
    expect:
      - {{fires: 0}}
"""
values = st.lists(
    st.sampled_from(["_", "10", "50", "51", "90", "90x3", "10x4", "_x5"]), min_size=3, max_size=20
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("scenarios")


@settings(deadline=None, max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    values,
    st.sampled_from(["Average", "Sum", "Maximum"]),
    st.sampled_from([60, 120, 300]),
    st.integers(1, 4).flatmap(lambda wanted: st.tuples(st.just(wanted), st.integers(1, wanted))),
    st.sampled_from(["missing", "ignore", "breaching", "notBreaching"]),
    st.sampled_from(["steady", "none"]),
)
def test_the_backtest_of_a_scenario_is_the_scenario_test(
    folder, values, statistic, period, counts, missing, history
):
    same_changes(folder, values, statistic, period, counts, missing, history)


def same_changes(folder, values, statistic, period, counts, missing, history):
    """Run both, compare, and return the changes."""
    path = folder / "scenario.yaml"
    path.write_text(
        SCENARIO.format(
            values=" ".join(values), statistic=statistic, period=period, wanted=counts[0], needed=counts[1],
            missing=missing, history=history,
        )
    )  # fmt: skip
    read = reading.read(path, Sources(), None)
    assert read.errors == ()
    (case,) = read.cases
    assert isinstance(case.alarm, Definition)
    track = simulation.run(case)
    expected = [
        (round((case.start + move.at + lag(case.alarm)).timestamp(), 6), move.change.state.value)
        for move in track.moves
    ]
    start = int(case.start.timestamp())
    first = start - exact.lookback(case.alarm) - 3600
    until = start + int(case.lasts.total_seconds())
    feeds = {key: series(points, 60, first, until) for key, points in track.data.items()}
    for fast in (True, False):
        timeline, _ = replaying.metric_alarm(
            case.alarm,
            feeds,
            case.start,
            case.start + case.lasts + timedelta(seconds=1),
            replaying.Settings(fast=fast),
            previous=None if case.steady else track.initial.value,
        )
        assert timeline.initial is track.initial.value
        assert list(timeline.changes) == expected
    return timeline.changes


def test_a_load_that_comes_and_goes_is_two_changes(folder):
    changes = same_changes(folder, ["10x5", "90x5", "10x9"], "Average", 60, (3, 2), "missing", "steady")
    assert [state.value for _, state in changes] == ["ALARM", "OK"]
