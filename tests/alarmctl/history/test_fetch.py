"""GetMetricData is asked for what the alarms read, within its limits, and as cheaply as it goes."""

from __future__ import annotations

import json
import math
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from alarmctl import cli
from alarmctl.account import Account
from alarmctl.history import fetch, store
from alarms.definitions import from_put_metric_alarm
from alarms.model import epoch

NOW = datetime(2026, 9, 14, 12, 0, 30, tzinfo=UTC)
START, END, STEP = fetch.span(NOW, 1)


def alarm(name="any", metric="Load", stat="Average", period=60, **changes):
    key = "ExtendedStatistic" if stat.startswith("p") else "Statistic"
    put = {
        "AlarmName": name,
        "Namespace": "Acme",
        "MetricName": metric,
        key: stat,
        "Period": period,
        "EvaluationPeriods": 3,
        "Threshold": 80,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    return from_put_metric_alarm(put | changes)


class CloudWatch:
    """Answers with the seconds since the epoch as the value; a page holds `page` values of each query."""

    def __init__(self, page=100_000, errors=()):
        self.page, self.errors, self.requests = page, list(errors), []

    def get_metric_data(self, **request):
        self.requests.append(request)
        if self.errors:
            raise ClientError({"Error": {"Code": self.errors.pop(0)}}, "GetMetricData")
        first = int(request.get("NextToken", 0))
        results, more = [], False
        for query in request["MetricDataQueries"]:
            period = query["MetricStat"]["Period"]
            begin, end = (int(epoch(request[key])) for key in ("StartTime", "EndTime"))
            times = range(begin, end - period + 1, period)
            chosen = times[first : first + self.page]
            more = more or len(times) > first + self.page
            results.append(
                {
                    "Id": query["Id"],
                    "Timestamps": [datetime.fromtimestamp(at, UTC) for at in chosen],
                    "Values": [float(at) for at in chosen],
                    "StatusCode": "PartialData" if more else "Complete",
                }
            )
        answer = {"MetricDataResults": results}
        return answer | ({"NextToken": str(first + self.page)} if more else {})


def run(client, alarms, folder, **changes):
    slept: list[float] = []
    keywords: dict[str, Any] = {
        "datapoints_per_second": 1e9,
        "sleep": slept.append,
        "clock": lambda: 0.0,
    } | changes
    found = fetch.run(client, fetch.plan(alarms, START, END, STEP), folder, **keywords)
    return found, slept


def test_the_values_are_put_where_they_belong(tmp_path):
    client = CloudWatch(page=400)
    found, _ = run(client, [alarm()], tmp_path)
    (series,) = store.load(tmp_path).series.values()
    assert found == len(series.values) == 1440
    assert list(series.values) == [float(at) for at in range(START, END, 60)]
    assert len(client.requests) == 4  # pages of one call
    query = client.requests[0]["MetricDataQueries"][0]["MetricStat"]
    assert query == {
        "Metric": {"Namespace": "Acme", "MetricName": "Load", "Dimensions": []},
        "Period": 60,
        "Stat": "Average",
    }


def test_an_average_over_more_than_a_minute_needs_the_counts(tmp_path):
    client = CloudWatch()
    run(client, [alarm(), alarm(period=300)], tmp_path)
    stats = [query["MetricStat"]["Stat"] for query in client.requests[0]["MetricDataQueries"]]
    assert stats == ["Average", "SampleCount"]
    (series,) = store.load(tmp_path).series.values()
    assert series.counts is not None


def test_a_percentile_over_more_than_a_minute_is_fetched_for_every_minute_it_can_begin(tmp_path):
    client = CloudWatch()
    run(client, [alarm(stat="p99", period=300)], tmp_path)
    begins = [int(epoch(request["StartTime"])) - START for request in client.requests]
    assert begins == [0, 60, 120, 180, 240]
    (series,) = store.load(tmp_path).series.values()
    assert (series.step, series.rolled) == (60, 300)
    known = [value for value in series.values if not math.isnan(value)]
    assert known == [float(at) for at in range(START, END - 300 + 1, 60)]


def test_a_metric_of_several_alarms_is_fetched_once():
    planned = fetch.plan([alarm("a"), alarm("b"), alarm("c", "Other")], START, END, STEP)
    assert (len(planned.metrics), planned.calls, planned.queries) == (2, 1, 2)
    assert planned.usd == pytest.approx(2 * 0.01 / 1000)


def test_no_call_asks_for_more_than_the_limits():
    start, end, step = fetch.span(NOW, 14)
    planned = fetch.plan([alarm(metric=f"m{number}") for number in range(1000)], start, end, step)
    assert all(unit.queries <= 500 and unit.datapoints <= 100_800 for unit in planned.units)
    assert planned.calls == 200
    assert planned.usd == pytest.approx(0.01)
    day = fetch.plan(
        [alarm(metric=f"m{number}", period=3600, stat="p9") for number in range(9000)], START, END, STEP
    )
    assert all(unit.queries // 60 <= 500 for unit in day.units)


def test_metrics_below_a_minute_are_there_for_three_hours(tmp_path):
    run(CloudWatch(), [alarm(period=10)], tmp_path)
    (series,) = store.load(tmp_path).series.values()
    assert (series.step, len(series.values)) == (10, 3 * 360)


@pytest.mark.parametrize(("days", "step"), [(1, 60), (15, 60), (16, 300), (63, 300), (64, 3600), (455, 3600)])
def test_the_finest_grid_that_is_still_there(days, step):
    assert fetch.step_for(days) == step


def test_more_days_than_are_kept_are_refused():
    with pytest.raises(fetch.FetchError, match="455 days; 456 are too many"):
        fetch.step_for(456)


def test_throttling_is_waited_out(tmp_path):
    client = CloudWatch(errors=["Throttling", "ThrottlingException"])
    _, slept = run(client, [alarm()], tmp_path)
    assert slept == [1.0, 2.0]


def test_the_pace_is_kept(tmp_path):
    alarms = [alarm(metric=f"m{number}") for number in range(140)]  # two calls of 70
    now = [0.0]
    slept = []

    def sleep(seconds):
        slept.append(seconds)
        now[0] += seconds

    run(CloudWatch(), alarms, tmp_path, datapoints_per_second=1440, sleep=sleep, clock=lambda: now[0])
    assert slept == [pytest.approx(70)]


def test_what_was_fetched_stays_and_the_rest_comes_later(tmp_path):
    alarms = [alarm(metric=f"m{number:03}") for number in range(100)]
    with pytest.raises(ClientError):
        run(CloudWatch(errors=["AccessDenied"]), alarms, tmp_path)
    assert store.load(tmp_path).series == {}
    client = CloudWatch()

    def breaks(done, _):
        if done == 2:
            client.errors = ["AccessDenied"]

    big = [alarm(metric=f"m{number:03}") for number in range(200)]
    with pytest.raises(ClientError):
        run(client, big, tmp_path, progress=breaks)
    have = set(store.load(tmp_path).series)
    assert 0 < len(have) < 200
    rest = fetch.plan(big, START, END, STEP, have)
    assert len(rest.metrics) == 200 - len(have)


def test_a_refused_metric_is_named(tmp_path):
    class Forbids(CloudWatch):
        def get_metric_data(self, **request):
            answer = super().get_metric_data(**request)
            answer["MetricDataResults"][0]["StatusCode"] = "Forbidden"
            return answer

    with pytest.raises(fetch.FetchError, match="Acme/Load Average: CloudWatch answers Forbidden"):
        run(Forbids(), [alarm()], tmp_path)


@pytest.fixture
def plan_file(tmp_path):
    put = {
        "AlarmName": "load",
        "Namespace": "Acme",
        "MetricName": "Load",
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 80,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    path = tmp_path / "alarms.json"
    path.write_text(json.dumps({"MetricAlarms": [put], "CompositeAlarms": []}))
    return path


def test_the_command_tells_the_cost_fetches_and_goes_on(tmp_path, plan_file, monkeypatch, capsys):
    client = CloudWatch()
    monkeypatch.setattr(Account, "client", lambda *_: client)
    out = tmp_path / "history"
    command = ["history", "fetch", str(plan_file), "--days", "2", "--out", str(out)]
    assert cli.main([*command, "--dry-run"]) == 0
    assert not out.exists()
    assert "1 metrics, 2.0 days by 1 min: 1 calls, up to 2,880 datapoints" in capsys.readouterr().err
    assert cli.main([*command, "--max-cost", "0.000001"]) == 1
    assert "more than --max-cost" in capsys.readouterr().err
    assert cli.main(command) == 0
    assert "2,880 datapoints in" in capsys.readouterr().err
    assert cli.main(command) == 0
    assert "has all 1 metrics already" in capsys.readouterr().err
    assert cli.main([*command[:-3], "3", "--out", str(out)]) == 2
    assert "holds 2 days. Give --days 2" in capsys.readouterr().err
    assert len(client.requests) == 1


def test_aws_that_refuses_is_told_with_the_next_step(tmp_path, plan_file, monkeypatch, capsys):
    monkeypatch.setattr(Account, "client", lambda *_: CloudWatch(errors=["AccessDenied"]))
    assert cli.main(["history", "fetch", str(plan_file), "--out", str(tmp_path / "history")]) == 1
    assert "GetMetricData: AccessDenied. Check the credentials" in capsys.readouterr().err


@pytest.mark.parametrize("days", ["0", "x", "500", "-1", "nan"])
def test_days_that_make_no_sense_are_wrong_usage(days, plan_file, capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.main(["history", "fetch", str(plan_file), "--out", "x", "--days", days])
    assert "days" in capsys.readouterr().err
