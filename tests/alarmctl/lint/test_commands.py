"""The command: inputs, formats, exit codes, suppressions, and the page made from the rules."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from alarmctl import cli
from alarmctl.lint import manual
from alarmctl.lint.rules import RULES

DOCS = Path(__file__).parents[3] / "docs" / "lint.md"
DEAD = {"alarm_name": "acme-dlq", "datapoints_to_alarm": 9}


@pytest.fixture
def plan_file(tmp_path, plan, metric_alarm):
    """A file with a plan of one alarm."""

    def write(**changes):
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(plan(metric_alarm(**changes))))
        return str(path)

    return write


@pytest.fixture
def run(capsys):
    """Exit code and output of the command."""

    def call(*arguments):
        code = cli.main(["lint", *arguments])
        captured = capsys.readouterr()
        return code, captured.out or captured.err

    return call


def test_a_sound_plan_exits_0(run, plan_file):
    code, out = run(plan_file())
    assert (code, out) == (0, "1 alarm: 0 errors, 0 warnings, 0 notes\n")


def test_findings_exit_1_and_say_what_to_do(run, plan_file):
    code, out = run(plan_file(**DEAD))
    assert code == 1
    assert "error ALM012 acme-dlq (aws_cloudwatch_metric_alarm.this)" in out
    assert "Fix: Set datapoints_to_alarm to 1 to 5." in out
    assert out.endswith("1 alarm: 1 error, 0 warnings, 0 notes\n")


@pytest.mark.parametrize(
    ("changes", "fail_on", "code"),
    [
        ({"alarm_description": ""}, "note", 1),
        ({"alarm_description": ""}, "warning", 0),
        ({"alarm_actions": []}, "warning", 1),
        ({"alarm_actions": []}, "error", 0),
        (DEAD, "error", 1),
    ],
)
def test_fail_on(run, plan_file, changes, fail_on, code):
    assert run(plan_file(**changes), "--fail-on", fail_on)[0] == code


def test_json(run, plan_file):
    code, out = run(plan_file(**DEAD), "--format", "json")
    (finding,) = json.loads(out)["findings"]
    assert code == 1
    assert finding["rule"] == "ALM012"
    assert finding["alarm"] == "acme-dlq"
    assert finding["documentation"].startswith("https://")


def test_sarif(run, plan_file):
    _, out = run(plan_file(**DEAD, tags={"alarmctl:ignore": "ALM012: on purpose"}), "--format", "sarif")
    document = json.loads(out)
    assert document["version"] == "2.1.0"
    (one,) = document["runs"]
    described = [rule["id"] for rule in one["tool"]["driver"]["rules"]]
    assert described == ["ALM000", *RULES]
    (result,) = one["results"]
    assert result["level"] == "error"
    assert result["suppressions"] == [{"kind": "inSource", "justification": "on purpose"}]
    assert result["locations"][0]["logicalLocations"][0]["fullyQualifiedName"].endswith(".this")


def test_markdown_keeps_one_row_a_finding(run, plan_file):
    _, out = run(plan_file(**DEAD | {"alarm_name": "a|b<c"}), "--format", "md")
    (row,) = [line for line in out.splitlines() if "ALM012" in line]
    assert "a\\|b&lt;c" in row


def test_values_known_only_after_apply_are_named(run, tmp_path, plan, metric_alarm):
    address = "aws_cloudwatch_metric_alarm.this"
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(metric_alarm(), unknown={address: {"threshold": True}})))
    code, out = run(str(path))
    assert code == 0
    assert f"{address}: threshold known only after apply" in out
    assert json.loads(run(str(path), "--format", "json")[1])["not_checked"]


def test_several_files_name_their_source(run, tmp_path, plan_file):
    other = tmp_path / "alarms.yaml"
    other.write_text(yaml.safe_dump({"api": {"metric_name": "X", "namespace": "AWS/ECS", "comparison": ">"}}))
    code, out = run(plan_file(**DEAD), str(other))
    assert code == 1
    assert f"{other}: error ALM001 api" in out


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("plan.json", "", "no alarms in it"),
        ("plan.json", "[]", "no alarms in it"),
        ("plan.json", '{"a": [', "neither JSON nor YAML"),
        (
            "plan.json",
            '{"format_version": "1.2", "planned_values": {"root_module": {"resources": [1]}}}',
            "of another form",
        ),
        ("alarms.yaml", "api:\n  metrik: x\n", "api: unknown key metrik"),
        ("alarms.yaml", "api: 5\n", "api: not a map of settings"),
        (
            "alarms.yaml",
            "api: { metric_name: X, period: soon }\n",
            "api: period is 'soon', which is no number",
        ),
        ("alarms.yaml", "a: b: c\n", "line 1: neither JSON nor YAML"),
    ],
)
def test_refuses_what_it_cannot_read(run, tmp_path, name, content, said):
    path = tmp_path / name
    path.write_text(content)
    code, out = run(str(path))
    assert code == 2
    assert str(path) in out
    assert said in out


def test_refuses_a_binary_plan_with_the_way_out(run, tmp_path):
    path = tmp_path / "plan.bin"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    code, out = run(str(path))
    assert (code, "terraform show -json" in out) == (2, True)


def test_refuses_a_file_that_is_not_there(run, tmp_path):
    code, out = run(str(tmp_path / "none.json"))
    assert (code, "none.json: No such file" in out) == (2, True)


def test_refuses_to_run_on_nothing(run):
    assert run()[0] == 2


def test_settings_that_change_the_catalogue_are_named_as_not_checked(run, tmp_path):
    path = tmp_path / "alarms.yaml"
    path.write_text("ecs-cluster-cpu: { threshold: 90 }\necs-cluster-disk: null\n")
    code, out = run(str(path))
    assert code == 0
    assert "ecs-cluster-cpu: changes an alarm that is not in this file" in out


@pytest.mark.parametrize(
    "changes",
    [
        {"tags": {"alarmctl:ignore": "ALM012: the window is being widened"}},
        {"tags": {"alarmctl:ignore": "ALM010 ALM012: the window is being widened"}},
        {"tags": {"alarmctl:ignore:2": "ALM012: the window is being widened"}},
        {"alarm_description": "Late. [ALM012 ignore: the window is being widened]"},
    ],
)
def test_a_suppression_with_a_reason(run, plan_file, changes):
    code, out = run(plan_file(**DEAD | changes))
    assert (code, out) == (0, "1 alarm: 0 errors, 0 warnings, 0 notes, 1 suppressed\n")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"tags": {"alarmctl:ignore": "ALM012"}}, "in the tag alarmctl:ignore: ALM012 has no reason"),
        ({"tags": {"alarmctl:ignore": "ALM012: "}}, "ALM012 has no reason"),
        ({"tags": {"alarmctl:ignore": "all of them"}}, "? has no reason"),
        ({"tags": {"alarmctl:ignore": "ALM999: why"}}, "unknown rule ALM999"),
        ({"alarm_description": "Late. [ALM012 ignore]"}, "in the description: ALM012 has no reason"),
    ],
)
def test_a_suppression_without_one_is_a_finding(run, plan_file, changes, said):
    code, out = run(plan_file(**DEAD | changes))
    assert code == 1
    assert "error ALM000 acme-dlq" in out
    assert said in out
    assert "error ALM012 acme-dlq" in out


@pytest.mark.parametrize(
    ("alarm", "suppressed"),
    [("acme-*", True), ("aws_cloudwatch_metric_alarm.this", True), ("other-*", False)],
)
def test_a_file_of_suppressions(run, plan_file, tmp_path, alarm, suppressed):
    path = tmp_path / "accepted.yaml"
    path.write_text(yaml.safe_dump([{"rule": "ALM012", "alarm": alarm, "reason": "being widened"}]))
    assert run(plan_file(**DEAD), "--suppressions", str(path))[0] == (0 if suppressed else 1)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ([{"rule": "ALM012", "alarm": "a"}], "entry 1: ALM012 for a has no reason"),
        ([{"rule": "ALM999", "alarm": "a", "reason": "b"}], "entry 1: unknown rule 'ALM999'"),
        ([{"rule": "ALM012", "reason": "b"}], "entry 1 needs rule, alarm and reason"),
        ({"rule": "ALM012"}, "not a list"),
    ],
)
def test_refuses_a_bad_file_of_suppressions(run, plan_file, tmp_path, entries, said):
    path = tmp_path / "accepted.yaml"
    path.write_text(yaml.safe_dump(entries))
    code, out = run(plan_file(), "--suppressions", str(path))
    assert (code, said in out) == (2, True)


def test_the_rules_are_those_of_the_manual():
    assert list(RULES) == [f"ALM{number:03}" for number in range(1, 26)]
    for rule in RULES.values():
        assert rule.source.startswith("https://docs.aws.amazon.com/"), rule.id
        assert rule.why.endswith("."), rule.id
        assert rule.fix.endswith("."), rule.id
        assert not rule.title.endswith("."), rule.id


def test_docs_lint_md_is_made_from_the_rules(run):
    assert run("--rules")[1] == manual.page()
    assert DOCS.read_text() == manual.page(), "write it anew: alarmctl lint --rules > docs/lint.md"


SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text(max_size=5))
JUNK = st.one_of(
    SCALARS, st.lists(SCALARS, max_size=2), st.dictionaries(st.text(max_size=5), SCALARS, max_size=2)
)


def replaced(document, path, junk):
    """The document with junk where the path, of indices into whatever is there, leads."""
    if not path or not isinstance(document, dict | list) or not document:
        return junk
    keys = list(document) if isinstance(document, dict) else range(len(document))
    key = keys[path[0] % len(keys)]
    inner = replaced(document[key], path[1:], junk)
    changed = dict(document) if isinstance(document, dict) else list(document)
    changed[key] = inner
    return changed


INPUTS = {
    "plan": {
        "format_version": "1.2",
        "planned_values": {
            "root_module": {
                "resources": [
                    {
                        "address": "aws_cloudwatch_metric_alarm.this",
                        "type": "aws_cloudwatch_metric_alarm",
                        "mode": "managed",
                        "values": {
                            "alarm_name": "a",
                            "namespace": "AWS/ECS",
                            "metric_name": "CPUUtilization",
                            "dimensions": {"ClusterName": "a"},
                            "statistic": "Average",
                            "period": 60,
                            "evaluation_periods": 1,
                            "threshold": 80,
                            "alarm_actions": ["arn:aws:sns:us-east-1:1:a"],
                            "metric_query": [{"id": "a", "metric": [{"stat": "Sum", "dimensions": {}}]}],
                        },
                    }
                ]
            }
        },
    },
    "described": {
        "MetricAlarms": [
            {
                "AlarmName": "a",
                "AlarmArn": "arn:aws:cloudwatch:us-east-1:1:alarm:a",
                "MetricName": "CPUUtilization",
                "Namespace": "AWS/ECS",
                "Dimensions": [{"Name": "ClusterName", "Value": "a"}],
                "Period": 60,
                "EvaluationPeriods": 1,
                "Threshold": 80.0,
                "Metrics": [{"Id": "a", "MetricStat": {"Metric": {"Namespace": "b"}, "Stat": "Sum"}}],
            }
        ]
    },
    "written": {
        "a": {
            "metric_name": "CPUUtilization",
            "namespace": "AWS/ECS",
            "dimensions": {"ClusterName": "a"},
            "metric_query": {"b": {"expression": "c", "metric": {"stat": "Sum", "dimensions": {}}}},
            "threshold": 80,
        }
    },
}


@pytest.mark.parametrize("kind", INPUTS)
@given(path=st.lists(st.integers(0, 9), min_size=1, max_size=9), junk=JUNK)
def test_junk_in_any_place_is_linted_or_refused(tmp_path_factory, kind, path, junk):
    file = tmp_path_factory.getbasetemp() / "junk.json"
    file.write_text(json.dumps(replaced(INPUTS[kind], path, junk)))
    code = cli.main(["lint", str(file)])
    assert code in {0, 1, 2}
