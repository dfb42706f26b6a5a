"""Every entry of the catalogue does on a breach, in health, in silence and in a blip what its page says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from alarmctl.scenarios import checks, reading
from alarmctl.scenarios.sources import Sources

ROOT = Path(__file__).resolve().parents[3]
FILES = sorted((ROOT / "terraform/modules/service_alarms/scenarios").glob("catalogue_*.yaml"))


@pytest.fixture(scope="module")
def cases():
    files = [reading.read(path, Sources()) for path in FILES]
    assert [error for file in files for error in file.errors] == []
    return [case for file in files for case in file.cases]


def test_all_pass(cases):
    assert len(cases) > 1000
    assert [case.title for case in cases if not checks.run(case).passed] == []


def test_every_entry_has_a_breach_a_healthy_hour_silence_and_a_blip(cases, kinds):
    told: dict[str, str] = {}
    for case in cases:
        id_ = case.scenario.partition(",")[0]
        told[id_] = told.get(id_, "") + case.scenario
    for kind in kinds:
        for id_ in kind.alarms:
            for what in ("breach", "healthy hour", "silence", "blip"):
                assert what in told[id_], f"{id_} has no scenario on {what}"


def test_no_blip_of_two_minutes_pages_but_where_the_catalogue_says_why(cases, kinds):
    allowed = {id_ for kind in kinds for id_, entry in kind.alarms.items() if entry.blip_fires}
    paging = {
        case.scenario.partition(",")[0]
        for case in cases
        if "a blip of two minutes fires" in case.scenario and case.key.endswith("-critical")
    }
    assert paging == allowed


def test_a_changed_alarm_fails_a_scenario(cases, kinds):
    """One in seven of the alarms, with each of its settings changed in turn. Silence has no value."""
    silent = tuple(
        f"-{entry.alarm}-{severity}"
        for kind in kinds
        for entry in kind.alarms.values()
        for severity in entry.severities
        if set(entry.breach.values()) == {None}
    )
    keys = {case.key for case in cases if hasattr(case.alarm, "threshold") and not case.key.endswith(silent)}
    survivors = []
    for key in sorted(keys)[::7]:
        mine = [case for case in cases if case.key == key]
        alarm = mine[0].alarm
        changes = {
            "threshold": {"threshold": alarm.threshold * 10 + 1e13},
            "missing": {
                "treat_missing_data": "breaching" if alarm.missing_data != "breaching" else "notBreaching"
            },
            "periods": {
                "evaluation_periods": alarm.evaluation_periods * 3,
                "datapoints_to_alarm": alarm.needed_to_alarm * 3,
            },
        }
        if "Less" in alarm.comparison_operator:
            changes["threshold"] = {"threshold": -1e13}
        for what, change in changes.items():
            if all(checks.run(replace(case, alarm=replace(alarm, **change))).passed for case in mine):
                survivors.append(f"{key}: {what}")
    assert survivors == []


def test_a_scenario_file_can_bring_resources_of_its_own(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "alarms:\n"
        f"  catalogue: {ROOT / 'terraform/modules/service_alarms/catalogue/messaging.yaml'}\n"
        "  resources: { queues: { mine: { queue_name: mine } } }\n"
        "scenarios:\n"
        "  - name: old messages\n"
        "    alarm: queue-mine-oldest-message-warning\n"
        "    series: { ApproximateAgeOfOldestMessage: 5x5 400x6 }\n"
        "    expect: [{ fires: 1 }]\n"
    )
    found = reading.read(path, Sources())
    assert found.errors == ()
    assert [checks.run(case).passed for case in found.cases] == [True]


def test_a_kind_that_is_not_in_the_catalogue_is_named(tmp_path):
    path = tmp_path / "mine.yaml"
    path.write_text(
        "alarms:\n"
        f"  catalogue: {ROOT / 'terraform/modules/service_alarms/catalogue/messaging.yaml'}\n"
        "  resources: { quues: {} }\n"
        "scenarios: [{ name: x, alarm: x, series: { A: 1 }, expect: [{ fires: 0 }] }]\n"
    )
    (error,) = reading.read(path, Sources()).errors
    assert "quues is not in this catalogue. Use queues, topics" in str(error)
