"""The rows of the fault matrix that rest on Terraform; the others are in tests/torture."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from alarms.definitions import from_put_metric_alarm
from alarms.driver import replay
from alarms.model import Datapoint, State

ROOT = Path(__file__).resolve().parents[2]
START = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
BEAT = timedelta(minutes=5)


@pytest.fixture(scope="module")
def kill():
    """Make every mutant of these invariants, and see how many are killed."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(ROOT)
        from tools import mutants  # noqa: PLC0415 - it is found only now

        def run(*invariants):
            chosen = [mutant for mutant in mutants.read() if (mutant.module, mutant.invariant) in invariants]
            assert {(mutant.module, mutant.invariant) for mutant in chosen} == set(invariants)
            return mutants.run(chosen, ROOT / "terraform/modules")

        yield run


@pytest.mark.terraform
def test_row_22_a_key_that_eats_alarms_does_not_pass(kill):
    assert kill(("alert_topics", "customer-key"), ("alert_topics", "key-lets-events")) == 0


@pytest.mark.terraform
def test_row_24_a_dead_letter_queue_behind_a_key_does_not_pass(kill):
    assert kill(("alert_topics", "undeliverable-kept")) == 0


@pytest.fixture(scope="module")
def heartbeat_alarm():
    """The alarm as the module writes it."""
    text = (ROOT / "terraform/modules/operations_alarms/main.tf").read_text()
    block = re.search(r"^    heartbeat = \{\n(.+?)^    \}", text, re.MULTILINE | re.DOTALL)
    assert block
    written = dict(re.findall(r"^      (\w+) +=\s+\"?([\w.]+)\"?", block[1], re.MULTILINE))
    return from_put_metric_alarm(
        {
            "AlarmName": "operations-acme-heartbeat",
            "Namespace": "NotifySlack",
            "MetricName": written["metric_name"],
            "Statistic": written["statistic"],
            "Period": int(written["period"]),
            "EvaluationPeriods": int(written["of"]),
            "Threshold": float(written["threshold"]),
            "ComparisonOperator": written["comparison"],
            "TreatMissingData": written["missing"],
        }
    )


@pytest.mark.parametrize("second", [0, 20, 59])
@pytest.mark.parametrize("phase", [0, 15, 45])
@pytest.mark.parametrize("late", [0, 60])
def test_row_30_silence_is_told_within_eleven_minutes(heartbeat_alarm, second, phase, late):
    """Beats arrive every five minutes, every other one late, and then no more."""
    beats = [START + number * BEAT + timedelta(seconds=second + late * (number % 2)) for number in range(13)]
    points = [Datapoint(beat.replace(second=0), 1) for beat in beats]
    changes = list(
        replay(
            heartbeat_alarm,
            points,
            START + 2 * BEAT,
            START + timedelta(hours=2),
            phase=timedelta(seconds=phase),
            ingestion_delay=timedelta(seconds=30),
        )
    )
    assert [change.state.value for change in changes] == [State.OK, State.ALARM]
    silent = changes[1].state.timestamp - beats[-1]
    assert BEAT < silent <= timedelta(minutes=11)
