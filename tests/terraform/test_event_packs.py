"""The packs of event_rules, against events of AWS's schema, by the matcher of the local AWS."""

import json
from pathlib import Path

import pytest
import yaml
from ministack.services import eventbridge

from notify_slack import config
from notify_slack.events import generic
from notify_slack.pipeline import explain

ROOT = Path(__file__).resolve().parents[2]
PACKS = sorted((ROOT / "terraform/modules/event_rules/packs").glob("*.yaml"))
RULES = {key: rule for path in PACKS for key, rule in yaml.safe_load(path.read_text()).items()}
SAMPLES = yaml.safe_load((Path(__file__).parent / "pack_events.yaml").read_text())
PATTERN_CHARACTERS = 2048  # EventBridge's quota "Event pattern size"


def event(sample):
    """The event that a sample describes: a file, and what is different."""
    base = json.loads((ROOT / f"tests/notify_slack/events/{sample['file']}.json").read_text())
    changes = {key: value for key, value in sample.items() if key not in {"file", "detail"}}
    detail = {**base["detail"], **sample.get("detail", {})}
    return {**base, **changes, "detail": {key: value for key, value in detail.items() if value is not None}}


def matches(pattern, sample):
    """What EventBridge's TestEventPattern answers."""
    status, _, body = eventbridge._test_event_pattern(
        {"EventPattern": json.dumps(pattern), "Event": json.dumps(event(sample))}
    )
    assert status == 200, body
    return json.loads(body)["Result"]


def told(which):
    return [
        pytest.param(key, sample, id=f"{key}-{number}")
        for key, samples in SAMPLES.items()
        for number, sample in enumerate(samples[which])
    ]


def test_keys_are_unique_over_the_packs():
    assert len(RULES) == sum(len(yaml.safe_load(path.read_text())) for path in PACKS)


def test_every_rule_has_events_to_tell_and_to_leave_out():
    assert set(SAMPLES) == set(RULES)
    assert [key for key, samples in SAMPLES.items() if not samples["told"] or not samples["silent"]] == []


@pytest.mark.parametrize(("key", "sample"), told("told"))
def test_tells(key, sample):
    assert matches(RULES[key]["pattern"], sample)


@pytest.mark.parametrize(("key", "sample"), told("silent"))
def test_leaves_out(key, sample):
    assert not matches(RULES[key]["pattern"], sample)


@pytest.mark.parametrize(("key", "sample"), told("told"))
def test_tells_each_event_by_one_rule_alone(key, sample):
    assert [other for other, rule in RULES.items() if matches(rule["pattern"], sample)] == [key]


@pytest.mark.parametrize(("key", "sample"), told("told"))
def test_what_it_tells_is_known_to_the_notifier(key, sample):
    (alert,) = explain(event(sample), config.from_json("")).alerts
    assert alert.kind not in {generic.NAME, generic.CUSTOM}


@pytest.mark.parametrize("key", RULES)
def test_is_a_rule_that_aws_takes(key):
    rule = RULES[key]
    assert set(rule) <= {"description", "severity", "scope", "pattern"}
    assert len(key) <= 32
    assert rule["severity"] in {"critical", "warning", "info"}
    assert rule.get("scope", "account") in {"account", "alarms", "cluster", "service"}
    assert 0 < len(rule["description"]) <= 512
    assert rule["description"].endswith(".")
    assert len(json.dumps(rule["pattern"])) < PATTERN_CHARACTERS / 2  # the rest is for the names of clusters


@pytest.mark.parametrize("cluster", ["acme", "other"])
def test_a_cluster_limits_what_is_told(cluster):
    """As packs.tf narrows the patterns; its own test holds it to these."""
    pattern = RULES["ecs-task-failed"]["pattern"]
    narrowed = pattern | {"detail": pattern["detail"] | {"clusterArn": [{"suffix": f":cluster/{cluster}"}]}}
    assert matches(narrowed, {"file": "ecs_task-stopped"}) == (cluster == "acme")
    narrowed = RULES["ecs-deployment-failed"]["pattern"] | {
        "resources": [{"wildcard": f"*:service/{cluster}/*"}]
    }
    assert matches(narrowed, {"file": "ecs-deployment"}) == (cluster == "acme")


def test_the_readme_lists_every_rule():
    """Its table follows from the packs."""
    rows = [
        f"| `{path.stem}` | `{key}` | {rule['severity']} | {rule['description']} |"
        for path in PACKS
        for key, rule in yaml.safe_load(path.read_text()).items()
    ]
    readme = (ROOT / "terraform/modules/event_rules/README.md").read_text()
    assert "\n".join(["| pack | rule | severity | tells |", "|---|---|---|---|", *rows]) in readme
