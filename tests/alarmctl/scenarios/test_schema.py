"""The schema that editors use is the one that files are checked by, and speaks of alarms as we read them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from alarmctl.scenarios import commands, document, shape
from alarms import written
from alarms.model import State

ROOT = Path(__file__).resolve().parents[3]
MANUAL = (ROOT / "docs/scenarios.md").read_text()
EXAMPLES = re.findall(r"^```yaml\n(.*?)^```", MANUAL, re.MULTILINE | re.DOTALL)


def rules():
    """Every schema within the schema."""
    waiting = [shape.schema()]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += [
            *one.get("$defs", {}).values(),
            *one.get("properties", {}).values(),
            *one.get("anyOf", []),
        ]
        waiting += [one[key] for key in ("items", "additionalProperties") if isinstance(one.get(key), dict)]


def test_it_uses_only_what_is_understood():
    assert {keyword for one in rules() for keyword in one} <= shape.KEYWORDS.keys()


def test_every_reference_leads_somewhere():
    names = {one["$ref"] for one in rules() if "$ref" in one}
    assert names == {f"#/$defs/{name}" for name in shape.schema()["$defs"] if f"#/$defs/{name}" in names}
    assert {name.removeprefix("#/$defs/") for name in names} == set(shape.schema()["$defs"])


def test_alternatives_can_be_told_apart_by_type():
    for one in rules():
        choices = one.get("anyOf", [])
        if not all(set(choice) == {"required"} for choice in choices):
            types = [choice["type"] for choice in choices]
            assert len(set(types)) == len(types)


def test_it_knows_each_setting_of_an_alarm():
    alarm = shape.schema()["$defs"]["alarm"]["anyOf"][1]["properties"]
    query = alarm["metric_query"]["additionalProperties"]["properties"]
    assert set(alarm) == {*written.METRIC_SETTINGS, *written.COMPOSITE_SETTINGS}
    assert set(query) == set(written.QUERY_SETTINGS)
    assert set(query["metric"]["properties"]) == set(written.QUERY_METRIC_SETTINGS)
    assert set(alarm["actions_suppressor"]["properties"]) == set(written.SUPPRESSOR_SETTINGS)
    assert alarm["severity"]["enum"] == list(written.SEVERITIES)
    assert alarm["comparison"]["enum"] == list(written.COMPARISONS)
    assert shape.schema()["$defs"]["state"]["enum"] == [str(state) for state in State]


def test_the_settings_are_those_of_the_terraform_module():
    variables = (ROOT / "terraform/modules/metric_alarms/variables.tf").read_text()
    for name, settings in (
        ("alarms", written.METRIC_SETTINGS),
        ("composite_alarms", written.COMPOSITE_SETTINGS),
    ):
        block = variables[variables.index(f'variable "{name}"') :]
        block = block[: block.index("\n  }))\n")]
        assert set(re.findall(r"^    (\w+) +=", block, re.MULTILINE)) == set(settings)


@pytest.mark.parametrize("path", sorted(commands._below(ROOT / "terraform")), ids=lambda path: path.name)
def test_every_shipped_file_fits(path):
    shape.check(document.read(path).data)


@pytest.mark.parametrize("place", range(len(EXAMPLES)))
def test_every_example_of_the_manual_fits_and_passes(place, write, alarmctl):
    """An example without alarms is about the scenarios of the first one."""
    first = yaml.load(EXAMPLES[0], Loader=document.Loader)
    example = yaml.load(EXAMPLES[place], Loader=document.Loader)
    whole = {"alarms": first["alarms"], **example}
    shape.check(whole)
    path = write("one.yaml", whole)
    code, printed = alarmctl(path)
    assert code == 0, printed


def test_the_failure_in_the_manual_is_what_is_printed(write, alarmctl, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("shop.yaml", EXAMPLES[0].replace("8m ALARM", "7m ALARM"))
    (shown,) = re.findall(r"^```\n(FAIL .*?)^```", MANUAL, re.MULTILINE | re.DOTALL)
    code, printed = alarmctl("shop.yaml")
    assert code == 1
    assert shown in printed


def test_the_manual_names_every_key():
    keys = {key for one in rules() for key in one.get("properties", {})}
    mine = keys - {*written.METRIC_SETTINGS, *written.QUERY_SETTINGS, *written.QUERY_METRIC_SETTINGS}
    mine -= {*written.COMPOSITE_SETTINGS, *written.SUPPRESSOR_SETTINGS, *written.ACTION_SETTINGS}
    assert {key for key in mine if not re.search(rf"`[^`]*\b{key}\b[^`]*`", MANUAL)} == set()
