"""The catalogue is read strictly, names are unique, and everything made from it is up to date."""

from __future__ import annotations

import copy
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from alarmctl.catalogue import expand, model, pages
from alarmctl.lint import commands, written
from alarms import knowledge

ROOT = Path(__file__).resolve().parents[3]
QUEUE: dict[str, Any] = {
    "queues": {
        "kind": "queue",
        "title": "SQS queue",
        "documentation": "https://docs.aws.amazon.com/sqs",
        "attributes": {"queue_name": {"type": "string", "about": "Its name."}},
        "namespace": "AWS/SQS",
        "dimensions": {"QueueName": "{queue_name}"},
        "look": ["aws sqs list-queues"],
        "examples": {"orders": {"queue_name": "orders"}},
        "alarms": {
            "sqs_age": {
                "alarm": "oldest-message",
                "title": "Messages wait",
                "says": "Messages wait in {queue_name} for more than {threshold} s.",
                "metric_name": "ApproximateAgeOfOldestMessage",
                "statistic": "Maximum",
                "evaluate": [5, 5],
                "thresholds": {"warning": 300},
                "missing": {"treat": "notBreaching", "because": "Idle."},
                "means": "Nobody reads.",
                "act": ["Look."],
                "why": "Slow.",
                "source": "AWS.",
                "healthy": 3,
                "breach": 900,
            }
        },
    }
}


def queue(**changes):
    """The catalogue above with settings of its alarm changed, or taken out by None."""
    written_ = copy.deepcopy(QUEUE)
    alarm = written_["queues"]["alarms"]["sqs_age"]
    alarm.update(changes)
    for key in [key for key, value in changes.items() if value is None]:
        del alarm[key]
    return written_


def test_nothing_made_from_it_is_out_of_date():
    tool = runpy.run_path(str(ROOT / "tools/catalogue.py"))
    assert tool["stale"](ROOT, tool["files"](ROOT)) == []


def test_a_page_whose_entry_is_gone_is_noticed(tmp_path):
    tool = runpy.run_path(str(ROOT / "tools/catalogue.py"))
    (tmp_path / "docs/runbooks").mkdir(parents=True)
    (tmp_path / "docs/runbooks/gone.md").write_text("<!-- Written from x by: make catalogue -->\n\n# Gone\n")
    (tmp_path / "docs/runbooks/ours.md").write_text("# Written by hand\n")
    assert tool["stale"](tmp_path, {}) == [Path("docs/runbooks/gone.md")]


def test_there_are_enough_alarms_and_each_has_an_example(kinds):
    ids = [id_ for kind in kinds for id_ in kind.alarms]
    assert len(ids) > 120
    for kind in kinds:
        resources = expand.examples(kind, presets=True)
        made = {
            **expand.alarms(kind, resources, opt_in=True),
            **expand.composites(kind, resources, opt_in=True),
        }
        for entry in kind.alarms.values():
            endings = tuple(f"-{entry.alarm}-{severity}" for severity in entry.severities)
            assert any(key.endswith(endings) for key in made), entry.id


def test_every_alarm_has_a_runbook_that_exists_and_says_something(kinds):
    for kind in kinds:
        for entry in kind.alarms.values():
            text = (ROOT / expand.RUNBOOKS / entry.runbook).read_text()
            for heading in (
                "What it means",
                "What to do",
                "First commands",
                "When it fires",
                "Why so",
                "Change it",
            ):
                assert f"## {heading}\n\n" in text, entry.id
            assert len(entry.means) > 25, entry.id
            assert len(entry.why) > 12, entry.id
            assert entry.composite or len(entry.missing_because) > 20, entry.id


def test_every_metric_and_its_dimensions_are_known_to_the_lint(kinds):
    known = knowledge.load()
    for kind in kinds:
        for alarm in expand.alarms(kind, expand.examples(kind), opt_in=True).values():
            queries = [
                query["metric"] for query in alarm.get("metric_query", {}).values() if "metric" in query
            ]
            for metric in queries or [alarm]:
                facts = known.metric(metric["namespace"], metric["metric_name"])
                named = f"{metric['namespace']} {metric['metric_name']}"
                assert facts, f"{named}: the lint does not know it; add it to src/alarms/knowledge/data."
                assert not facts.dimension_sets or frozenset(metric["dimensions"]) in facts.dimension_sets, (
                    alarm
                )


def test_the_lint_finds_nothing_but_in_the_book_preset(kinds):
    alarms = {
        key: alarm
        for kind in kinds
        for key, alarm in expand.alarms(kind, expand.examples(kind, presets=True), opt_in=True).items()
    }
    found = [(f.name, f.rule) for _, f in commands.lint([written.read(alarms, "catalogue")]).findings]
    assert found == [("classic-elb-book-book-5xx-warning", "ALM004")]


def test_descriptions_name_the_resource_and_fill_every_word(kinds):
    for kind in kinds:
        resources = expand.examples(kind, presets=True)
        for key, alarm in expand.alarms(kind, resources, opt_in=True).items():
            assert "{" not in alarm["description"], key
            assert alarm["description"].endswith("."), key
            assert len(f"{alarm['description']} Runbook: {alarm['runbook']}") < 1024


def test_the_book_preset_is_as_printed(kinds):
    kind = next(kind for kind in kinds if kind.variable == "classic_load_balancers")
    alarms = expand.alarms(kind, {"shop": kind.resource({"load_balancer_name": "shop", "book": True})})
    assert {
        (
            a["metric_name"],
            a["statistic"],
            a["comparison"],
            a["threshold"],
            a["evaluation_periods"],
            a["period"],
        )
        for a in alarms.values()
    } == {
        ("HTTPCode_Backend_5XX", "Average", ">=", 30, 3, 60),
        ("Latency", "Average", ">=", 0.5, 5, 60),
    }


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"treshold": 5}, "unknown key treshold"),
        ({"needs": ["fifo"]}, "no attribute is called fifo"),
        ({"statistic": None}, "give metric_name with statistic"),
        ({"metrics": {"m": "Errors Sum"}, "expression": "m"}, "give metric_name with statistic"),
        ({"metric_name": None, "metrics": {"m": "Errors"}}, "not a metric and a statistic"),
        ({"comparison": "=>"}, "=> or notBreaching is not understood"),
        ({"thresholds": {"page": 5}}, "thresholds need severities"),
        ({"thresholds": {"critical": 5}, "evaluate": [1, 1]}, "blip_fires says why"),
        ({"blip_fires": "Because."}, "blip_fires says why"),
        ({"means": None}, "KeyError 'means'"),
        ({"composite": {"all": ["sqs_age.warning"]}}, "unknown key"),
    ],
)
def test_what_an_entry_lacks_is_named(changes, complaint):
    with pytest.raises(model.CatalogueError, match=re.escape(complaint)) as raised:
        model.parse("messaging", queue(**changes))
    assert str(raised.value).startswith("messaging.yaml: ")


def test_an_entry_in_one_block_is_enough():
    (kind,) = model.parse("messaging", queue())
    alarms = expand.alarms(kind, expand.examples(kind))
    assert alarms == {
        "queue-orders-oldest-message-warning": {
            "severity": "warning",
            "description": "Messages wait in orders for more than 300 s.",
            "runbook": "docs/runbooks/sqs-age.md",
            "namespace": "AWS/SQS",
            "metric_name": "ApproximateAgeOfOldestMessage",
            "statistic": "Maximum",
            "dimensions": {"QueueName": "orders"},
            "period": 60,
            "evaluation_periods": 5,
            "datapoints_to_alarm": 5,
            "comparison": ">",
            "threshold": 300,
            "treat_missing_data": "notBreaching",
        }
    }
    assert "Messages wait in QUEUE_NAME for more than 300 s." in pages.runbooks([kind])["sqs-age.md"]


@pytest.mark.parametrize(
    ("files", "complaint"),
    [
        ({"a": QUEUE, "b": QUEUE}, "b.yaml: queues is also in a.yaml"),
        ({"a": QUEUE, "b": {"topics": QUEUE["queues"]}}, "kind queue is the beginning of another one"),
        (
            {"a": QUEUE, "b": {"topics": QUEUE["queues"] | {"kind": "topic"}}},
            "sqs_age is in the catalogue twice",
        ),
        (
            {
                "a": {
                    "queues": QUEUE["queues"]
                    | {
                        "alarms": {
                            "a": queue(alarm="age")["queues"]["alarms"]["sqs_age"],
                            "b": queue(alarm="message-age")["queues"]["alarms"]["sqs_age"],
                        }
                    }
                }
            },
            "the alarm age is the end of another one",
        ),
    ],
)
def test_names_are_unique_by_construction(tmp_path, files, complaint):
    for name, content in files.items():
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(model.CatalogueError, match=re.escape(complaint)):
        model.read(tmp_path)
