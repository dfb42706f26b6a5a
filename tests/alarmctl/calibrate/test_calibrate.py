"""The figure that calibrate prints is right: a record that the engine itself made, and one that was bent."""

from __future__ import annotations

import json
import random
from array import array
from datetime import UTC, datetime, timedelta

import pytest

from alarmctl import cli
from alarmctl.account import Account
from alarmctl.calibrate import accuracy, recorded
from alarmctl.history import store
from alarmctl.history.model import History, Series, metric_of
from alarms.definitions import from_put_metric_alarm
from alarms.driver import replay
from alarms.model import State
from alarms.wire import history_item

START = datetime(2026, 9, 14, tzinfo=UTC)
MINUTES = 600
CREATED = START + timedelta(minutes=15)
PHASE, DELAY = timedelta(seconds=32), timedelta(minutes=3)


def put(name, **changes):
    return {
        "AlarmName": name,
        "Namespace": "Acme",
        "MetricName": name,
        "Statistic": "Average",
        "Period": 60,
        "EvaluationPeriods": 2,
        "Threshold": 80,
        "ComparisonOperator": "GreaterThanThreshold",
        "AlarmConfigurationUpdatedTimestamp": CREATED.isoformat(),
        **changes,
    }


@pytest.fixture(scope="module")
def account(tmp_path_factory):
    """Files of two alarms: one that is evaluated late and sees late, one that never fires."""
    folder = tmp_path_factory.mktemp("account")
    chance = random.Random(5)
    values = [95.0 if (place // 25) % 2 and chance.random() < 0.9 else 20.0 for place in range(MINUTES)]
    parameters = [put("late"), put("quiet")]
    series, items = {}, []
    for one, found in zip(parameters, (values, [20.0] * MINUTES), strict=True):
        alarm = from_put_metric_alarm(one)
        stat = alarm.metric_stat
        assert stat is not None
        kept = Series(int(START.timestamp()), 60, array("d", found))
        series[metric_of(stat)] = kept
        changes = replay(
            alarm,
            list(kept.datapoints()),
            CREATED,
            START + timedelta(minutes=MINUTES),
            phase=PHASE,
            ingestion_delay=DELAY,
        )
        items += [history_item(alarm, change) for change in changes]
    store.save(folder / "history", History(series, kept.start, kept.end))
    (folder / "alarms.json").write_text(json.dumps({"MetricAlarms": parameters, "CompositeAlarms": []}))
    (folder / "record.json").write_text(json.dumps({"AlarmHistoryItems": items}, default=str))
    return folder


def calibrate(account, capsys, *, record="record.json", form="json"):
    command = ["calibrate", str(account / "alarms.json"), "--history", str(account / "history")]
    code = cli.main([*command, "--record", str(account / record), "--format", form])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def test_a_record_of_the_engine_is_predicted_exactly_with_its_phase_and_delay(account, capsys):
    code, out, _ = calibrate(account, capsys)
    told = json.loads(out)
    late = told["alarms"][0]
    assert code == 0
    assert late["recorded"] > 10
    assert (late["exact"], late["missed"], late["extra"]) == (late["recorded"], 0, 0)
    assert (late["phase"], late["delay"]) == (32.0, 180.0)
    assert (told["alarms"][1]["recorded"], told["alarms"][1]["exact"]) == (1, 1)  # of a new alarm to OK
    assert late["held_out"] == late["recorded"]
    assert 10 < late["alarming"] == late["alarming_exact"]
    assert (told["alarms"][1]["alarming"], told["alarming"]) == (0, late["alarming"])


def test_what_happened_otherwise_lowers_the_figure(account, capsys):
    items = json.loads((account / "record.json").read_text())["AlarmHistoryItems"]
    half = len(items) // 2

    def later(item):
        data = json.loads(item["HistoryData"])
        reason = data["newState"]["stateReasonData"]
        moved = datetime.fromisoformat(reason["queryDate"]) + timedelta(minutes=2)
        reason["queryDate"] = moved.isoformat()
        return item | {"HistoryData": json.dumps(data)}

    by_hand = items[half] | {"HistoryData": json.dumps({"oldState": {"stateValue": "OK"}, "newState": {}})}
    bent = [*items[:half], later(items[half]), *items[half + 3 :], by_hand]
    (account / "bent.json").write_text(json.dumps({"AlarmHistoryItems": bent}))
    _, out, _ = calibrate(account, capsys, record="bent.json")
    told = json.loads(out)
    assert told["by_hand"] == 1
    assert (told["recorded"], told["exact"], told["near"]) == (len(items) - 2, len(items) - 3, 1)
    assert (told["missed"], told["extra"]) == (0, 2)
    _, out, _ = calibrate(account, capsys, record="bent.json", form="text")
    assert out.startswith(f"{len(items) - 3} of {len(items) - 2} changes of state (")
    assert "1 changes that no evaluation made" in out


def test_a_delay_that_changes_halfway_is_told_by_the_halves():
    """Each half is predicted by a delay of its own, so neither predicts the other."""
    changes = [
        recorded.Transition(600.0 * n, *((State.ALARM, State.OK) if n % 2 else (State.OK, State.ALARM)))
        for n in range(1, 9)
    ]

    def late(seconds):
        return [(one.at + seconds, one.state) for one in changes]

    # Right early and late by two minutes after; the other way round; never right.
    predicted = {
        0.0: [*late(0)[:4], *late(120)[4:]],
        60.0: [*late(120)[:4], *late(0)[4:]],
        120.0: late(240),
    }
    assert accuracy._best("", changes, predicted, 60).exact == 4
    assert accuracy._held_out(changes, predicted, 60) == 0
    steady = {0.0: late(120), 60.0: late(0)}
    assert accuracy._held_out(changes, steady, 60) == 8


def test_a_single_change_counts_without_a_delay():
    change = [recorded.Transition(600.0, State.ALARM, State.OK)]
    assert accuracy._held_out(change, {0.0: [(660.0, State.ALARM)], 60.0: [(600.0, State.ALARM)]}, 60) == 0
    assert accuracy._held_out(change, {0.0: [(600.0, State.ALARM)]}, 60) == 1


def test_nothing_recorded_is_no_accuracy(account, capsys):
    (account / "empty.json").write_text('{"AlarmHistoryItems": []}')
    code, out, _ = calibrate(account, capsys, record="empty.json", form="text")
    assert (code, "nothing to compare with" in out) == (1, True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("[]", "no alarm history"),
        ('{"AlarmHistoryItems": [{}]}', "an item of the alarm history is of another form"),
        ('{"AlarmHistoryItems": [3]}', "an item of the alarm history is of another form"),
    ],
)
def test_another_form_is_refused(account, capsys, content, said):
    (account / "wrong.json").write_text(content)
    code, _, told = calibrate(account, capsys, record="wrong.json")
    assert (code, said in told) == (2, True)


def test_changes_before_the_last_change_of_settings_do_not_count(account, capsys):
    alarms = json.loads((account / "alarms.json").read_text())
    for one in alarms["MetricAlarms"]:
        one["AlarmConfigurationUpdatedTimestamp"] = (START + timedelta(hours=9, minutes=30)).isoformat()
    (account / "new.json").write_text(json.dumps(alarms))
    command = ["calibrate", str(account / "new.json"), "--history", str(account / "history")]
    cli.main([*command, "--record", str(account / "record.json"), "--format", "json"])
    told = json.loads(capsys.readouterr().out)
    assert 0 < told["recorded"] < 10
    assert told["exact"] == told["recorded"]


def test_without_files_the_account_is_asked(account, capsys, monkeypatch):
    answers = {
        "describe_alarms": json.loads((account / "alarms.json").read_text()),
        "describe_alarm_history": json.loads((account / "record.json").read_text()),
    }
    monkeypatch.setattr(Account, "pages", lambda _, __, operation, **___: [answers[operation]])
    assert cli.main(["calibrate", "--history", str(account / "history")]) == 0
    assert "(100%) were predicted at the very evaluation" in capsys.readouterr().out


def test_an_item_without_an_evaluation_was_set_by_hand():
    item = {
        "AlarmName": "a",
        "HistoryItemType": "StateUpdate",
        "HistoryData": json.dumps({"oldState": {"stateValue": "OK"}, "newState": {"stateValue": "ALARM"}}),
    }
    assert recorded.read([item, {"HistoryItemType": "Action"}]) == recorded.Recorded({}, 1)


def test_beginnings_and_composites_were_not_set_by_hand():
    data = {
        "oldState": {"stateValue": "INSUFFICIENT_DATA"},
        "newState": {
            "stateValue": "INSUFFICIENT_DATA",
            "stateReason": "Unchecked: Initial alarm creation",
        },
    }
    made = {"AlarmName": "a", "HistoryItemType": "StateUpdate", "HistoryData": json.dumps(data)}
    follows = {
        **made,
        "AlarmType": "CompositeAlarm",
        "HistoryData": json.dumps({"oldState": {"stateValue": "OK"}, "newState": {"stateValue": "ALARM"}}),
    }
    assert recorded.read([made, follows]) == recorded.Recorded({}, 0)
