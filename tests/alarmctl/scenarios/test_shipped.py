"""The shipped scenarios pass, speak of every shipped alarm, and notice when an alarm is changed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from alarmctl.scenarios import checks, commands, reading
from alarmctl.scenarios.sources import Sources
from alarms.definitions import CompositeDefinition, Definition

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = ROOT / "terraform/modules/service_alarms/presets/ecs.yaml"
# The generated ones have tests of their own, in tests/alarmctl/catalogue.
FILES = sorted(p for p in commands._below(ROOT / "terraform") if not p.name.startswith("catalogue_"))
OPPOSITE = {
    "GreaterThanThreshold": "LessThanOrEqualToThreshold",
    "GreaterThanOrEqualToThreshold": "LessThanThreshold",
}


@pytest.fixture(scope="module")
def shipped():
    """All cases of all shipped files, each file read once."""
    files = [reading.read(path, Sources()) for path in FILES]
    assert [error for file in files for error in file.errors] == []
    return [case for file in files for case in file.cases]


def test_all_pass(shipped):
    assert len(shipped) > 40
    assert [case.title for case in shipped if not checks.run(case).passed] == []


def test_every_catalogue_alarm_and_every_demo_alarm_has_them(shipped):
    catalogue = yaml.safe_load(CATALOGUE.read_text())
    expected = {f"ecs-cluster-{key}" for key in catalogue["cluster"]}
    expected |= {f"ecs-service-api-{key}" for key in catalogue["service"]}
    for name in ("alarms", "composite_alarms"):
        expected |= set(yaml.safe_load((ROOT / f"terraform/environments/local/{name}.yaml").read_text()))
    assert {case.key for case in shipped} == expected


def kinds(case):
    """What a case shows of its alarm, told from what happens in it."""
    result = checks.run(case)
    assert result.track is not None
    states = [move.change.state.value.value for move in result.track.moves]
    if "ALARM" in states:
        yield "breach"
        if "OK" in states[states.index("ALARM") :]:
            yield "recovery"
    else:
        yield "quiet"
    if any(value is None for series in case.series for value in series.values):
        yield "silence"
    if "deployment" in case.scenario:
        yield "deployment"


def test_each_alarm_is_shown_quiet_breaching_recovering_silent_and_deployed(shipped):
    shown: dict[str, set[str]] = {}
    for case in shipped:
        shown.setdefault(case.key, set()).update(kinds(case))
    # A deployment replaces the tasks of the service; to the cluster's averages it is any other load.
    exempt = {"ecs-cluster-cpu": {"deployment"}, "ecs-cluster-memory": {"deployment"}}
    wanted = {"quiet", "breach", "recovery", "silence", "deployment"}
    assert {key: wanted - found - exempt.get(key, set()) for key, found in shown.items()} == {
        key: set() for key in shown
    }


def mutants(alarm):
    """Changes that somebody could make by mistake."""
    if isinstance(alarm, CompositeDefinition):
        yield "rule OR", replace(alarm, rule=alarm.rule.replace(" AND ", " OR "))
        return
    assert isinstance(alarm, Definition)
    assert alarm.threshold is not None
    yield "comparison", replace(alarm, comparison_operator=OPPOSITE[alarm.comparison_operator])
    yield "threshold x 10", replace(alarm, threshold=alarm.threshold * 10 + 1000)
    yield "threshold below all", replace(alarm, threshold=-1000.0)
    yield (
        "twice the periods",
        replace(
            alarm,
            evaluation_periods=alarm.evaluation_periods * 2,
            datapoints_to_alarm=alarm.needed_to_alarm * 2,
        ),
    )
    if alarm.evaluation_periods > 1:
        yield "one period", replace(alarm, evaluation_periods=1, datapoints_to_alarm=None)
        yield "one datapoint", replace(alarm, datapoints_to_alarm=1)
    yield "nobody told", replace(alarm, alarm_actions=())
    for treatment in {"missing", "breaching", "notBreaching"} - {alarm.missing_data}:
        yield treatment, replace(alarm, treat_missing_data=treatment)


def test_every_change_of_an_alarm_fails_a_scenario(shipped):
    survivors = []
    for key in dict.fromkeys(case.key for case in shipped):
        mine = [case for case in shipped if case.key == key]
        for what, mutant in mutants(mine[0].alarm):
            if all(checks.run(replace(case, alarm=mutant)).passed for case in mine):
                survivors.append(f"{key}: {what}")
    assert survivors == []


def test_a_catalogue_that_is_changed_fails(tmp_path, alarmctl):
    folder = tmp_path / "terraform/modules/service_alarms"
    shutil.copytree(CATALOGUE.parents[1], folder)
    assert alarmctl(tmp_path)[0] == 0
    catalogue = folder / "presets/ecs.yaml"
    text = catalogue.read_text()
    catalogue.write_text(text.replace("treat_missing_data: breaching", "treat_missing_data: notBreaching"))
    code, printed = alarmctl(tmp_path)
    assert code == 1
    assert "a service that stops reporting is critical" in printed


def test_every_environment_of_ours_can_be_tested_by_its_files():
    sources = Sources()
    for path in (ROOT / "terraform/environments").glob("*/alarms.yaml"):
        assert sources.from_file(path).refused == {}
