"""What the module custom_metrics writes is what the publisher reads; its alarms look at what that publishes.

`terraform test` holds the module to the files of tests/golden; here the publisher's own reader reads them.
"""

import json
import re
from pathlib import Path

import pytest

from alarmctl.publish import config
from alarmctl.publish.presets import PRESETS

MODULE = Path(__file__).resolve().parents[2] / "terraform/modules/custom_metrics"
GOLDEN = MODULE / "tests/golden"
PLACES = ("hosts", "sql", "ecs")
FOUND_OUT = {"InstanceId", "AutoScalingGroupName", "ClusterName"}


@pytest.fixture(scope="module")
def source():
    return "".join(path.read_text() for path in sorted(MODULE.glob("*.tf")))


@pytest.fixture(scope="module")
def configs():
    return {place: config.parse((GOLDEN / f"{place}.toml").read_text()) for place in PLACES}


@pytest.fixture(scope="module")
def alarms():
    return json.loads((GOLDEN / "alarms.json").read_text())


def published(one):
    """(namespace, metric, names of dimensions, source of a CollectorUp) -> interval, of a configuration."""
    series = {
        (one.namespace, "CollectorUp", frozenset(names), source.name): source.interval_seconds
        for source in one.sources
        for names in one.health_dimension_sets
    }
    for source in one.sources:
        for names in source.dimension_sets:
            for metric in source.options.metrics:
                own = source.options.own if source.type != "host" or metric.startswith("disk_") else ()
                series[(source.namespace, metric, frozenset({*names, *own}), None)] = source.interval_seconds
    return series


def looked_at(alarm):
    """(namespace, metric, dimensions, period) of each metric that an alarm looks at."""
    if alarm.get("metric_name"):
        yield alarm["namespace"], alarm["metric_name"], alarm["dimensions"], alarm["period"]
    for query in alarm.get("metric_query", {}).values():
        if metric := query.get("metric"):
            yield metric["namespace"], metric["metric_name"], metric["dimensions"], alarm["period"]


def test_the_publisher_reads_every_configuration(configs):
    assert {place: sorted(one.name for one in config.sources) for place, config in configs.items()} == {
        "hosts": ["host", "mail", "web"],
        "sql": ["orders", "sessions"],
        "ecs": ["host", "web"],
    }
    assert configs["ecs"].sources[0].options.root == "/host"
    orders, sessions = configs["sql"].sources
    assert orders.options.query.endswith(r"""~ '\d+<3' GROUP BY state""")
    assert orders.options.values == (("age", "OldestOrder", "Seconds"), ("orders", "Orders", "None"))
    assert (sessions.interval_seconds, sessions.options.password.name) == (300, "/acme/metrics/db-password")
    assert configs["sql"].spool == ""


def test_every_alarm_looks_at_what_is_published_and_not_more_often(configs, alarms):
    series = {key: seconds for one in configs.values() for key, seconds in published(one).items()}
    metrics = [(key, *one) for key, alarm in alarms.items() for one in looked_at(alarm)]
    assert len(metrics) > len(alarms)
    for key, namespace, metric, dimensions, period in metrics:
        wanted = (namespace, metric, frozenset(dimensions), dimensions.get("Source"))
        assert wanted in series, key
        assert period >= series[wanted] * (2 if key.startswith("publisher-") else 1), key


def test_the_values_of_alarms_are_those_of_the_configuration(configs, alarms):
    given = {name: value for one in configs.values() for name, value in one.dimensions.items()}
    checked = set()
    for key, alarm in alarms.items():
        for name, value in (alarm.get("dimensions") or {}).items():
            if name in given:
                assert value == given[name], key
                checked.add(name)
    assert checked == {"Environment", "Machine"}


def test_the_module_knows_the_publishers_presets(source):
    block = source.partition("  presets = {\n")[2].partition("\n  }")[0]
    known = {
        name: dict(re.findall(r"(\w+) = (\[\[.*?\]\]|\"[^\"]*\"|\w+)", body))
        for name, body in re.findall(r"^    ([\w-]+)\s+= \{ (.+) \}$", block, re.MULTILINE)
    }
    assert known.keys() == PRESETS.keys()
    for name, preset in PRESETS.items():
        expected = {
            key: preset.get(key) for key in ("type", "namespace", "interval_seconds", "dimension_sets")
        }
        if preset["type"] == "host":
            expected["namespace"] = "CWAgent"
        assert {key: json.loads(text) for key, text in known[name].items()} == expected, name


def test_the_module_knows_the_publishers_keys(source):
    """Each key that the module lets through is one that the reader asks for, and the other way about."""
    block = source.partition("  keys_of_type = {\n")[2].partition("\n  }")[0]
    known = {
        name: set(re.findall(r'"(\w+)"', keys)) for name, keys in re.findall(r"(\w+)\s+= \[(.+)\]", block)
    }
    assert known.keys() == config.READERS.keys()
    for kind, reader in config.READERS.items():
        table = Recorder()
        reader(table)  # type: ignore[arg-type]
        assert known[kind] == table.asked, kind


class Recorder:
    """Stands for a table of the configuration, and remembers the keys that the reader asked for."""

    def __init__(self):
        self.asked = set()
        self.where = "test"

    def _note(self, key, answer):
        self.asked.add(key)
        return answer

    def text(self, key, default="SELECT 1", *_, **__):
        return self._note(key, "SELECT 1" if key == "query" else default)

    def whole(self, key, *_, **__):
        return self._note(key, 1)

    number = whole

    def flag(self, key, *_, **__):
        return self._note(key, True)

    def mapping(self, key, *_, **__):
        return self._note(key, {})

    def __getattr__(self, name):
        return lambda key, *_, **__: self._note(key, ("/",))


def test_every_runbook_is_there(alarms):
    pages = {alarm["runbook"] for alarm in alarms.values()}
    assert "docs/runbooks/publisher.md" in pages
    assert all((MODULE.parents[2] / page).is_file() for page in pages)
