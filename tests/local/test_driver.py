import json
from datetime import timedelta

import pytest

from alarms.model import AlarmError

DIVISION = [
    {"Id": "e1", "Expression": "100*m1/m2", "Label": "CPU (%)", "ReturnData": True},
    *(
        {
            "Id": query,
            "MetricStat": {
                "Metric": {
                    "Namespace": "Demo",
                    "MetricName": metric,
                    "Dimensions": [{"Name": "Service", "Value": "api"}],
                },
                "Period": 60,
                "Stat": "Average",
            },
            "ReturnData": False,
        }
        for query, metric in (("m1", "Used"), ("m2", "Reserved"))
    ),
]
MATH = {"Metrics": DIVISION, "MetricName": None, "Namespace": None, "Statistic": None, "Period": None}


def test_two_breaching_minutes_alarm_and_one_good_minute_recovers(world):
    world.put_alarm()
    world.put_data([90])
    assert world.state() == "INSUFFICIENT_DATA"  # one of two, as CloudWatch sees it
    world.put_data([91])
    world.now += timedelta(minutes=1)
    world.put_data([92])
    assert world.state() == "ALARM"
    world.now += timedelta(minutes=1)
    world.put_data([20])
    assert world.state() == "OK"


def test_metric_math_is_evaluated(world):
    world.put_alarm(**MATH, Dimensions=None)
    world.put_data([512, 512], metric="Reserved")
    world.put_data([480, 490], metric="Used")
    assert world.state() == "ALARM"
    assert "[95.703125" in world.cloudwatch._alarms["cpu"]["StateReason"]


def test_both_copies_carry_the_same_change(world):
    world.put_alarm()
    world.put_data([95, 96])
    ((topic, subject, text),) = world.topics.published
    (event,) = world.bus.events
    message = json.loads(text)
    assert topic.endswith(":demo-warning")
    assert subject == 'ALARM: "cpu" in US East (N. Virginia)'
    assert (message["OldStateValue"], message["NewStateValue"]) == ("INSUFFICIENT_DATA", "ALARM")
    assert (
        message["StateChangeTime"] == event["detail"]["state"]["timestamp"] == "2026-03-02T10:00:30.000+0000"
    )
    assert message["AlarmArn"] == event["resources"][0]
    assert event["detail"]["previousState"]["reason"] == "Unchecked: Initial alarm creation"
    assert event["detail-type"] == "CloudWatch Alarm State Change"


@pytest.mark.parametrize(
    ("members", "published"),
    [({}, 1), ({"ActionsEnabled": False}, 0), ({"AlarmActions": []}, 0)],
    ids=["enabled", "disabled", "no action"],
)
def test_eventbridge_hears_of_every_change_and_sns_of_enabled_actions(world, members, published):
    world.put_alarm(**members)
    world.put_data([95, 96])
    assert len(world.topics.published) == published
    assert len(world.bus.events) == 1


def test_a_deleted_topic_loses_the_action_but_not_the_event(world, caplog):
    alarm = world.put_alarm()
    world.topics.missing = set(alarm["AlarmActions"])
    world.put_data([95, 96])
    assert world.state() == "ALARM"
    assert len(world.bus.events) == 1
    assert "there is no topic" in caplog.text
    assert world.driver.counts() == {"cpu": {"changes": 1, "rules_matched": 1}}


def test_dimensions_and_unit_choose_the_metric(world):
    world.put_alarm(Unit="Percent")
    world.put_data([95, 96], dimensions={"Service": "other"})
    world.put_data([95, 96], unit="Count")
    assert world.state() == "INSUFFICIENT_DATA"
    world.put_data([95, 96])
    assert world.state() == "ALARM"


def test_data_of_another_metric_does_not_reopen_what_is_over(world):
    world.put_alarm()
    world.put_data([95, 96])
    world.now += timedelta(minutes=30)
    world.driver.tick()
    assert world.state() == "INSUFFICIENT_DATA"
    world.put_data([1, 1], metric="Memory")
    assert world.state() == "INSUFFICIENT_DATA"


@pytest.mark.parametrize(
    ("treatment", "state"),
    [
        ("breaching", "ALARM"),
        ("notBreaching", "OK"),
        ("ignore", "INSUFFICIENT_DATA"),
        ("missing", "INSUFFICIENT_DATA"),
    ],
)
def test_a_tick_shows_missing_data(world, treatment, state):
    world.put_alarm(TreatMissingData=treatment)
    world.driver.tick()
    assert world.state() == state


def test_a_tick_does_not_undo_what_newer_data_decided(world):
    world.put_alarm()
    world.put_data([95, 96])
    world.cloudwatch._put_metric_data(
        {},
        {
            "Namespace": "Demo",
            "MetricData": [
                {
                    "MetricName": "Cpu",
                    "Dimensions": [{"Name": "Service", "Value": "api"}],
                    "Timestamp": world.now.timestamp(),  # in a minute that is not over
                    "Value": 10,
                    "Unit": "Percent",
                }
            ],
        },
        False,
        True,
    )
    assert world.state() == "OK"
    world.driver.tick()
    assert world.state() == "OK"


def test_set_state_is_announced_once_and_the_next_evaluation_takes_it_back(world):
    world.put_alarm()
    world.put_data([10, 10])
    world.driver.set_state("cpu", "ALARM", "by hand")
    world.driver.set_state("cpu", "ALARM", "by hand")
    assert [json.loads(text)["NewStateValue"] for _, _, text in world.topics.published] == ["OK", "ALARM"]
    assert world.bus.events[-1]["detail"]["previousState"]["value"] == "OK"
    world.now += timedelta(minutes=1)
    world.driver.tick()
    assert world.state() == "OK"


def test_history_is_recorded(world):
    world.put_alarm()
    world.put_data([95, 96])
    (entry,) = world.cloudwatch._history_entries()
    assert entry["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    assert json.loads(entry["HistoryData"])["newState"]["stateReasonData"]["threshold"] == 80.0


def put_composite(world, **members):
    request = {
        "AlarmName": "both",
        "AlarmRule": 'ALARM("cpu")',
        "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:page"],
    }
    status, _, body = world.cloudwatch._put_composite_alarm({}, request, False, True)
    assert status == 200, body
    world.cloudwatch._composite_alarms["both"] |= members


def test_a_composite_parent_follows_and_names_its_child(world):
    alarm = world.put_alarm()
    put_composite(world)
    world.put_data([95, 96])
    assert world.state("both") == "ALARM"
    message = json.loads(world.topics.published[-1][2])
    assert message["AlarmRule"] == 'ALARM("cpu")'
    assert [child["Arn"] for child in message["TriggeringChildren"]] == [alarm["AlarmArn"]]
    assert world.bus.events[-1]["detail"]["previousState"]["value"] == "OK"


def suppressed(world, *, suppressor="OK"):
    """A composite over `cpu`, suppressed by `maintenance`: it waits 60 s, and 120 s after maintenance."""
    world.put_alarm(AlarmActions=[], OKActions=[])
    world.put_alarm("maintenance", StateValue=suppressor, MetricName="Other", AlarmActions=[], OKActions=[])
    put_composite(
        world,
        OKActions=["arn:aws:sns:us-east-1:000000000000:page"],
        ActionsSuppressor="maintenance",
        ActionsSuppressorWaitPeriod=60,
        ActionsSuppressorExtensionPeriod=120,
    )


def pages(world):
    """The states that were published, oldest first."""
    return [json.loads(text)["NewStateValue"] for _, _, text in world.topics.published]


def later(world, seconds):
    world.now += timedelta(seconds=seconds)
    world.driver.run_due()
    return pages(world)


def held_by(world):
    """What holds the composite's actions, as the newest event about it and DescribeAlarms say."""
    told = [event for event in world.bus.events if event["detail"]["alarmName"] == "both"]
    described = world.cloudwatch._composite_alarms["both"].get("ActionsSuppressedBy")
    return told[-1]["detail"]["state"].get("actionsSuppressedBy"), described


def test_a_composite_with_a_suppressor_waits_for_it_before_its_actions_run(world):
    suppressed(world)
    world.put_data([95, 96])
    assert world.state("both") == "ALARM"
    assert held_by(world) == ("WaitPeriod", "WaitPeriod")
    assert later(world, 59) == []
    assert later(world, 1) == ["ALARM"]
    assert later(world, 600) == ["ALARM"]
    assert held_by(world)[1] is None


def test_a_suppressor_in_alarm_holds_the_actions_until_its_extension_is_over(world):
    suppressed(world, suppressor="ALARM")
    world.put_data([95, 96])
    assert held_by(world) == ("Alarm", "Alarm")
    assert later(world, 3600) == []
    world.driver.set_state("maintenance", "OK", "done")
    assert held_by(world)[1] == "ExtensionPeriod"
    assert later(world, 119) == []
    assert later(world, 1) == ["ALARM"]


def test_a_suppressor_that_comes_within_the_wait_holds_the_actions(world):
    suppressed(world)
    world.put_data([95, 96])
    assert later(world, 30) == []
    world.driver.set_state("maintenance", "ALARM", "begins")
    assert later(world, 3600) == []


def test_what_recovered_while_it_was_held_never_pages(world):
    suppressed(world, suppressor="ALARM")
    world.put_data([95, 96])
    world.now += timedelta(minutes=1)
    world.driver.set_state("cpu", "OK", "over")
    assert world.state("both") == "OK"
    world.driver.set_state("maintenance", "OK", "done")
    assert later(world, 120) == ["OK"]


def test_an_alarm_of_an_unsupported_kind_is_named_once_and_left_alone(world, caplog):
    world.put_alarm(ExtendedStatistic="tm99", Statistic=None)
    world.put_data([95, 96])
    world.put_data([95, 96])
    assert world.state() == "INSUFFICIENT_DATA"
    assert caplog.text.count("cpu is not evaluated") == 1


def test_rewind_forgets_samples_and_state_without_a_word(world):
    world.put_alarm()
    world.put_data([95, 96])
    said = len(world.topics.published)
    assert world.driver.rewind("cpu")
    assert world.state() == "INSUFFICIENT_DATA"
    world.put_data([10])  # an average with what was there would still breach
    assert world.state() == "OK"
    assert len(world.topics.published) == said + 1
    assert not world.driver.rewind("no-such-alarm")


def test_statistic_sets_and_repeated_values_count(world):
    world.put_alarm(Statistic="Sum", Threshold=10.0, EvaluationPeriods=1)
    at = (world.now - timedelta(minutes=1)).timestamp()
    common = {"MetricName": "Cpu", "Dimensions": [{"Name": "Service", "Value": "api"}], "Timestamp": at}
    sets = {"StatisticValues": {"SampleCount": 2, "Sum": 4, "Minimum": 1, "Maximum": 3}}
    repeated = {"Values": [2.0], "Counts": [3.0]}
    world.cloudwatch._put_metric_data(
        {}, {"Namespace": "Demo", "MetricData": [common | sets, common | repeated]}, False, True
    )
    assert world.state() == "ALARM"
    assert "[10.0 " in world.cloudwatch._alarms["cpu"]["StateReason"]


@pytest.mark.parametrize(
    ("event", "missing"),
    [
        ({"detail-type": "x", "detail": {}}, "source"),
        ({"source": "aws.health", "detail": {}}, "detail-type"),
        ({"source": "aws.health", "detail-type": "x", "detail": "text"}, "detail"),
        ({"source": "aws.health", "detail-type": "x", "detail": {}, "time": "noon"}, "time is 'noon'"),
    ],
)
def test_an_event_with_a_field_missing_or_malformed_is_refused_by_name(world, event, missing):
    with pytest.raises(AlarmError, match=missing):
        world.driver.emit(event)
    assert world.bus.events == []
