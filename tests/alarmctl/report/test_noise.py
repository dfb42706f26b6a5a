"""What the noise report finds in a history, and no more."""

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from alarmctl.cli import main
from alarmctl.report import history, noise, page, releases
from alarms.definitions import from_put_metric_alarm
from alarms.driver import replay
from alarms.model import Datapoint, State
from alarms.wire import history_item

# A Monday.
START = datetime(2026, 3, 2, tzinfo=UTC)
SPAN = noise.Span(START, START + timedelta(days=7), ZoneInfo("UTC"))


def hours(count):
    return START + timedelta(hours=count)


def minutes(count):
    return START + timedelta(minutes=count)


def change(alarm, at, old, new):
    return history.Transition(alarm, at, State(old), State(new))


def fires(alarm, begin, end):
    """ALARM at begin, OK at end."""
    return [change(alarm, begin, "OK", "ALARM"), change(alarm, end, "ALARM", "OK")]


def measured(changes, **settings):
    found = noise.measure(sorted(changes, key=lambda c: c.at), SPAN, {}, **settings)
    return {alarm.name: alarm for alarm in found.alarms}


def test_short_long_and_off_hours():
    found = measured(
        fires("short", hours(10), hours(10) + timedelta(seconds=119))
        + fires("two-minutes", hours(10), hours(10) + timedelta(minutes=2))
        + fires("long", hours(24), hours(72))
        + fires("night", hours(3), hours(4))
        + fires("saturday", hours(5 * 24 + 12), hours(5 * 24 + 13))
    )
    assert {name for name, a in found.items() if a.short} == {"short"}
    assert {name for name, a in found.items() if a.long} == {"long"}
    assert {name for name, a in found.items() if a.off_hours} == {"long", "night", "saturday"}
    assert {name for name, a in found.items() if a.noisy} == {"short", "long"}
    assert found["night"].recover == 3600


def test_three_times_again_within_15_minutes_is_flapping():
    flapping = [c for n in range(4) for c in fires("flaps", minutes(20 * n), minutes(20 * n + 5))]
    calm = [c for n in range(4) for c in fires("calm", minutes(30 * n), minutes(30 * n + 5))]
    found = measured(flapping + calm)
    assert (found["flaps"].flaps, found["flaps"].flapping) == (3, True)
    assert (found["calm"].flaps, found["calm"].noisy) == (0, False)


def test_what_began_before_and_what_goes_on():
    found = measured(
        [change("before", hours(2), "ALARM", "OK"), change("still", hours(5 * 24), "OK", "ALARM")]
    )
    assert (found["before"].fired, found["before"].seconds, found["before"].recover) == (0, 7200, None)
    assert (found["still"].fired, found["still"].seconds, found["still"].long) == (1, 2 * 86_400, 1)


def test_a_deleted_alarm_is_not_in_alarm_ever_since():
    # An instance that is gone took its alarms with it, one of them in ALARM.
    changes = [*fires("gone", hours(1), hours(2)), change("gone", hours(9), "OK", "ALARM")]
    assert measured(changes)["gone"].long == 1
    found = measured(changes, gone={"gone"})["gone"]
    assert (found.fired, found.long, found.seconds, found.longest) == (2, 0, 3600, 3600)


def test_insufficient_data_ends_an_alarm_too():
    found = measured(
        [change("a", hours(9), "OK", "ALARM"), change("a", hours(10), "ALARM", "INSUFFICIENT_DATA")]
    )
    assert found["a"].seconds == 3600


def test_who_took_it_up_is_counted_where_it_is_known():
    changes = fires("a", hours(9), hours(10)) + fires("a", hours(20), hours(21))
    assert measured(changes)["a"].unacknowledged is None
    assert measured(changes, acknowledged={"a": [hours(9.5)]})["a"].unacknowledged == 1
    assert measured(changes, acknowledged={})["a"].unacknowledged == 2
    # Never taken up is a finding of its own; once taken up is none.
    assert measured(changes, acknowledged={})["a"].noisy
    assert not measured(changes, acknowledged={"a": [hours(9.5)]})["a"].noisy


def test_the_time_zone_decides_what_is_night():
    span = noise.Span(START, START + timedelta(days=7), ZoneInfo("Asia/Tokyo"))
    assert span.off_hours(hours(12))  # 21:00 there
    assert not span.off_hours(hours(0))  # 09:00 there


def engine_history():
    """What the engine says of CPU at 90 % for ten minutes, as DescribeAlarmHistory has it."""
    alarm = from_put_metric_alarm(
        {
            "AlarmName": "acme-cpu",
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/EC2",
            "Statistic": "Average",
            "Period": 60,
            "EvaluationPeriods": 2,
            "Threshold": 80.0,
            "ComparisonOperator": "GreaterThanThreshold",
        }
    )
    values = [50.0] * 20 + [90.0] * 10 + [50.0] * 20
    points = [Datapoint(minutes(n), value) for n, value in enumerate(values)]
    changes = replay(alarm, points, start=minutes(5), end=minutes(50))
    return [history_item(alarm, c) for c in changes]


def test_the_time_to_detect_comes_from_the_values_that_decided():
    items = engine_history()
    (episode,) = history.episodes(history.transitions(items))
    assert episode.breached == minutes(20)
    assert minutes(22) <= episode.began <= minutes(24)


def test_the_command_reads_what_the_aws_cli_prints(tmp_path, capsys):
    path = tmp_path / "history.json"
    path.write_text(json.dumps({"AlarmHistoryItems": engine_history()}, default=str))
    command = ["report", "noise", "--history", str(path), "--until", "2026-03-02T02:00", "--days", "1"]
    assert main(command) == 0
    assert "fired once in 1 days" in capsys.readouterr().out
    assert main([*command, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [a["name"] for a in told["alarms"]] == ["acme-cpu"]
    assert main([*command, "--name", "other"]) == 0
    assert "fired 0 times" in capsys.readouterr().out


def test_a_malformed_history_is_refused_by_name(tmp_path, capsys):
    path = tmp_path / "history.json"
    item = {"AlarmName": "odd", "HistoryItemType": "StateUpdate", "Timestamp": "yesterday"}
    path.write_text(json.dumps({"AlarmHistoryItems": [item]}))
    assert main(["report", "noise", "--history", str(path)]) == 2
    assert "the history of odd" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("option", "value"),
    [("--days", "31"), ("--timezone", "Mars"), ("--office", "18-8"), ("--until", "soon")],
)
def test_wrong_options_are_refused(option, value):
    with pytest.raises(SystemExit) as error:
        main(["report", "noise", option, value])
    assert error.value.code == 2


EVENTS = [
    ("ECS Deployment State Change", {"eventName": "SERVICE_DEPLOYMENT_COMPLETED"}, "deployed"),
    (
        "ECS Deployment State Change",
        {"eventName": "SERVICE_DEPLOYMENT_FAILED", "reason": "circuit breaker: rolling back to ecs-svc/1"},
        "rolled back",
    ),
    ("ECS Deployment State Change", {"eventName": "SERVICE_DEPLOYMENT_IN_PROGRESS"}, None),
    (
        "CodeDeploy Deployment State-change Notification",
        {"state": "FAILURE", "deploymentGroup": "api"},
        "failed",
    ),
    (
        "CodePipeline Pipeline Execution State Change",
        {"state": "SUCCEEDED", "pipeline": "main"},
        "deployed",
    ),
    (
        "CloudFormation Stack Status Change",
        {
            "status-details": {"status": "UPDATE_ROLLBACK_COMPLETE"},
            "stack-id": "arn:aws:cloudformation:x:1:s",
        },
        "rolled back",
    ),
    ("EC2 Instance State-change Notification", {"state": "running"}, None),
]


def events():
    for number, (kind, detail, _) in enumerate(EVENTS):
        yield {
            "id": str(number),
            "detail-type": kind,
            "time": "2026-03-03T10:00:00Z",
            "resources": ["arn:aws:ecs:us-east-1:123456789012:service/main/api"],
            "detail": detail,
        }


def test_deployments_are_counted_once_by_how_they_ended():
    found = releases.collect([*events(), *events()], SPAN.since, SPAN.until)
    assert [r.outcome for r in found.found] == [outcome for _, _, outcome in EVENTS if outcome]
    assert found.headline() == "5.0 deployments a week, of them 1.0 failed, 2.0 rolled back"
    assert (found.data()["per_week"], found.data()["rolled_back_per_week"]) == (5, 2)


def test_the_command_reads_kept_events(tmp_path, capsys):
    path, kept = tmp_path / "history.json", tmp_path / "events.jsonl"
    path.write_text('{"AlarmHistoryItems": []}')
    kept.write_text("".join(json.dumps(event) + "\n" for event in events()))
    command = ["report", "noise", "--history", str(path), "--until", "2026-03-09", "--events", str(kept)]
    assert main(command) == 0
    # Thirty days are 4.3 weeks.
    assert "1.2 deployments a week, of them 0.2 failed, 0.5 rolled back" in capsys.readouterr().out
    kept.write_text("no json")
    assert main(command) == 2
    assert str(kept) in capsys.readouterr().err


@given(
    st.lists(
        st.tuples(st.sampled_from("ab"), st.integers(0, 10_000), st.sampled_from(list(State))), max_size=30
    )
)
def test_no_history_breaks_it_and_times_add_up(steps):
    states: dict[str, State] = {}
    changes = []
    for alarm, at, new in sorted(steps, key=lambda step: step[1]):
        old = states.get(alarm, State.OK)
        if new is not old:
            changes.append(history.Transition(alarm, minutes(at), old, new))
            states[alarm] = new
    found = noise.measure(changes, SPAN, {})
    for alarm in found.alarms:
        assert 0 <= alarm.longest <= alarm.seconds <= SPAN.weeks * 7 * 86_400
        assert max(alarm.short, alarm.off_hours, alarm.flaps) <= alarm.fired
    for show in page.FORMATS.values():
        assert show(noise.page(found))
