"""`alarmctl test`: what it prints, writes and answers."""

from __future__ import annotations

import json
from xml.etree import ElementTree as ET

import pytest

FILE = """\
alarms:
  inline:
    busy:
      severity: warning
      namespace: Shop
      metric_name: Load
      statistic: Average
      evaluation_periods: 2
      comparison: ">"
      threshold: 80
    share:
      severity: warning
      metric_query:
        failed: { metric: { namespace: Shop, metric_name: Failed, stat: Sum } }
        all: { metric: { namespace: Shop, metric_name: Requests, stat: Sum } }
        share: { expression: 100*failed/all, return_data: true }
      comparison: ">"
      threshold: 5
scenarios:
  - name: ordinary
    alarm: busy
    series: { Load: 50x5 }
    expect: [{ fires: 0 }]
  - name: late
    alarm: busy
    series: { Load: 50x5 90 _ 95x3 40x4 }
    expect:
      - transitions: [7m ALARM, 11m OK]
  - name: errors
    alarm: share
    series: { Failed: 0x3 20x2, Requests: 200x5 }
    expect: [{ at: 5m, state: OK }]
"""
LATE = """\
FAIL one.yaml:24: late
  line 28, transitions: expected 7m ALARM, 11m OK, got 8m ALARM, 11m OK
                0m        10m
  Load Average  ▂▂▂▂▂▂▇·███▁▁▁▁  40 … 95
  > 80                x·xxx
  state         ooooooooAAAoooo
  expected             A   o
                · missing   x breaching   o OK   A ALARM   ? INSUFFICIENT_DATA
  8m OK -> ALARM: Threshold Crossed: 2 datapoints [95.0 (02/03/26 10:07:00), 90.0 (02/03/26
    10:05:00)] were greater than the threshold (80.0).
"""
ERRORS = """\
FAIL one.yaml:29: errors
  line 32, state at 5m: expected OK, got ALARM
                     0m
  failed Failed Sum  ▁▁▁▁██  0 … 20
  all Requests Sum   ▅▅▅▅▅▅  200
  100*failed/all     ▁▁▁▁██  0 … 10
  > 5                    xx
  state              ooooAA
  expected                o
"""


@pytest.fixture
def folder(write, tmp_path, monkeypatch):
    """A folder with one file, and the current one."""
    write("one.yaml", FILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_failure_is_told_and_drawn(folder, alarmctl):
    code, printed = alarmctl("one.yaml")
    assert code == 1
    assert printed.splitlines()[-1] == "1 passed, 2 failed"
    assert LATE in printed
    assert ERRORS in printed
    assert "ordinary" not in printed


def test_what_passes_is_quiet_unless_asked(folder, alarmctl):
    assert alarmctl("one.yaml", "--filter", "ordinary") == (0, "1 passed, 0 failed\n")
    code, printed = alarmctl("one.yaml", "--filter", "ordinary", "--verbose")
    assert code == 0
    assert "ok one.yaml:20: ordinary" in printed
    assert "Load Average" in printed
    _, printed = alarmctl("one.yaml", "--filter", "late", "--verbose")
    assert "  message at 8m:\n    " in printed
    assert "ALARM: example-busy" in printed


@pytest.mark.parametrize(
    ("wanted", "summary"),
    [
        ("LATE", "0 passed, 1 failed"),
        ("l*e", "0 passed, 1 failed"),
        ("busy", "1 passed, 1 failed"),
        ("b*", "1 passed, 1 failed"),
    ],
)
def test_filter(folder, alarmctl, wanted, summary):
    assert alarmctl("one.yaml", "--filter", wanted)[1].splitlines()[-1] == summary


def test_a_filter_that_nothing_matches_does_not_pass(folder, alarmctl):
    assert alarmctl("one.yaml", "--filter", "nope") == (
        2,
        "alarmctl test: No scenario matches --filter nope.\n",
    )


def test_json(folder, alarmctl):
    code, printed = alarmctl("one.yaml", "--format", "json")
    report = json.loads(printed)
    assert code == 1
    assert (report["passed"], report["failed"], report["errors"]) == (1, 2, [])
    late = report["cases"][1]
    assert (late["file"], late["line"], late["scenario"], late["alarm"]) == ("one.yaml", 24, "late", "busy")
    assert late["failures"][0]["actual"] == "8m ALARM, 11m OK"
    assert [(move["at"], move["from"], move["to"]) for move in late["transitions"]] == [
        (480, "OK", "ALARM"),
        (660, "ALARM", "OK"),
    ]
    assert [message["at"] for message in late["messages"]] == [480, 660]


def test_junit(folder, alarmctl, write):
    write("two.yaml", "scenarios: 5\n")
    code, _ = alarmctl("one.yaml", "two.yaml", "--junit", "out.xml")
    assert code == 2
    root = ET.parse(folder / "out.xml").getroot()
    assert root.attrib == {"tests": "4", "failures": "2", "errors": "1"}
    assert {suite.get("name"): suite.get("tests") for suite in root} == {"one.yaml": "3", "two.yaml": "1"}
    cases = {case.get("name"): case for case in root.iter("testcase")}
    assert list(cases["ordinary"]) == []
    assert cases["late"].get("classname") == "one.busy"
    failure = cases["late"].find("failure")
    assert failure is not None
    assert failure.get("message") == "transitions: expected 7m ALARM, 11m OK"
    assert "8m OK -> ALARM" in (failure.text or "")
    error = cases["two.yaml"].find("error")
    assert error is not None
    assert "alarms" in (error.get("message") or "")


def test_junit_holds_what_xml_cannot(folder, alarmctl, write):
    write("one.yaml", FILE.replace("name: late", 'name: "la\\x07te <&>"'))
    alarmctl("one.yaml", "--junit", "out.xml")
    names = [case.get("name") for case in ET.parse(folder / "out.xml").getroot().iter("testcase")]
    assert names == ["ordinary", "la\N{REPLACEMENT CHARACTER}te <&>", "errors"]


def test_junit_that_cannot_be_written(folder, alarmctl):
    code, printed = alarmctl("one.yaml", "--junit", "none/out.xml")
    assert (code, printed) == (2, "alarmctl test: none/out.xml: No such file or directory.\n")


def test_a_folder_means_the_yaml_in_folders_called_scenarios(folder, alarmctl, write):
    write("deep/scenarios/a.yaml", FILE)
    write("deep/scenarios/more/b.yml", FILE)
    write("deep/alarms.yaml", "not: scenarios")
    write("deep/.terraform/scenarios/c.yaml", "not: scenarios")
    for path in ("deep", "deep/scenarios", "."):
        assert alarmctl(path)[1].splitlines()[-1] == "2 passed, 4 failed"
    both = alarmctl("deep", "deep/scenarios/a.yaml", "one.yaml")[1]
    assert both.splitlines()[-1] == "3 passed, 6 failed"


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ([], "Give a scenario file or a folder"),
        (["."], "no YAML in a folder called scenarios"),
        (["none.yaml"], "none.yaml: No such file or directory"),
        (["one.yaml", "--alarms", "none.json"], "none.json: No such file or directory"),
        (["one.yaml", "--alarms", "one.yaml"], "one.yaml:2: alarms.inline: unknown key"),
    ],
)
def test_wrong_usage(folder, alarmctl, words, says):
    code, printed = alarmctl(*words)
    assert code == 2
    assert says in printed


def test_other_alarms_instead(folder, alarmctl, write):
    settings = {"severity": "info", "namespace": "Shop", "metric_name": "Load", "statistic": "Average"}
    loud = {**settings, "comparison": ">", "threshold": 10}
    write("loud.yaml", {"busy": loud})
    code, printed = alarmctl("one.yaml", "--alarms", "loud.yaml", "--filter", "busy")
    assert code == 2  # the alarm of the third scenario is not there
    assert "there is no alarm share. There are: busy." in printed
    assert "line 23, fires: expected 0, got 1" in printed


def test_an_alarm_that_cannot_be_evaluated_fails_with_its_reason(folder, alarmctl, write):
    plan = {
        "planned_values": {
            "root_module": {
                "resources": [
                    {
                        "address": "aws_cloudwatch_metric_alarm.band",
                        "mode": "managed",
                        "type": "aws_cloudwatch_metric_alarm",
                        "values": {
                            "alarm_name": "band",
                            "comparison_operator": "GreaterThanUpperThreshold",
                            "evaluation_periods": 1,
                            "threshold_metric_id": "e1",
                            "metric_query": [
                                {"id": "e1", "expression": "ANOMALY_DETECTION_BAND(m1)", "return_data": True},
                                {
                                    "id": "m1",
                                    "return_data": True,
                                    "metric": [
                                        {
                                            "metric_name": "Load",
                                            "namespace": "Shop",
                                            "period": 60,
                                            "stat": "Sum",
                                        }
                                    ],
                                },
                            ],
                        },
                    },
                    {
                        "address": "aws_cloudwatch_metric_alarm.promql",
                        "mode": "managed",
                        "type": "aws_cloudwatch_metric_alarm",
                        "values": {"alarm_name": "promql", "evaluation_criteria": [{"promql": "up"}]},
                    },
                ]
            }
        }
    }
    write("plan.json", plan)
    scenario = "scenarios: [{{ name: it, alarm: {}, series: {{ Load: 1x5 }}, expect: [{{ fires: 0 }}] }}]"
    write("one.yaml", "alarms: { plan: plan.json }\n" + scenario.format("band"))
    code, printed = alarmctl("one.yaml")
    assert code == 1
    assert "it cannot be evaluated here. band: only AWS can compute an anomaly-detection band" in printed
    write("one.yaml", "alarms: { plan: plan.json }\n" + scenario.format('"*promql"'))
    code, printed = alarmctl("one.yaml")
    assert code == 2
    assert "alarm aws_cloudwatch_metric_alarm.promql cannot be evaluated here." in printed


def test_alarms_that_rest_on_each_other_are_refused(folder, alarmctl, write):
    write(
        "one.yaml",
        """
    alarms:
      inline:
        a: { severity: info, rule: 'ALARM("{name}-b")' }
        b: { severity: info, rule: 'ALARM("{name}-a")' }
    scenarios: [{ name: it, alarm: a, series: { Load: 1x5 }, expect: [{ fires: 0 }] }]
    """,
    )
    code, printed = alarmctl("one.yaml")
    assert code == 2
    assert "no alarm of this scenario reads Load" in printed


def test_a_long_scenario_is_drawn_around_its_failure(folder, alarmctl, write):
    write(
        "one.yaml",
        FILE.replace("50x5 90 _ 95x3 40x4", "50x600 90x5 40x100").replace("[7m ALARM, 11m OK]", "1"),
    )
    _, printed = alarmctl("one.yaml", "--filter", "late")
    assert "transitions: expected 1, got 2" in printed
    write(
        "one.yaml",
        FILE.replace("50x5 90 _ 95x3 40x4", "50x600 90x5 40x100").replace("7m ALARM, 11m OK", "10h2m ALARM"),
    )
    _, printed = alarmctl("one.yaml", "--filter", "late")
    assert "9h18m" in printed
    assert "ooooAAAAoooo" in printed
    assert max(map(len, printed.splitlines())) <= 110


def test_the_schema_is_printed(alarmctl):
    code, printed = alarmctl("--schema")
    assert code == 0
    assert json.loads(printed)["title"] == "Scenarios for alarmctl test"


@pytest.mark.parametrize(
    ("reference", "severity"), [('aws_sns_topic.this["critical"]', "critical"), ("local.topic", "warning")]
)
def test_a_plan_whose_topics_have_no_arn_yet(folder, alarmctl, write, reference, severity):
    """The key of the topic tells the severity where the plan says which topic it is; else it is a warning."""
    values = {
        "alarm_name": "acme-busy",
        "namespace": "Shop",
        "metric_name": "Load",
        "statistic": "Average",
        "period": 60,
        "evaluation_periods": 2,
        "comparison_operator": "GreaterThanThreshold",
        "threshold": 80,
    }
    alarm = {
        "address": 'aws_cloudwatch_metric_alarm.this["busy"]',
        "mode": "managed",
        "type": "aws_cloudwatch_metric_alarm",
        "name": "this",
        "index": "busy",
    }
    topic = {
        "address": 'aws_sns_topic.this["critical"]',
        "mode": "managed",
        "type": "aws_sns_topic",
        "name": "this",
        "index": "critical",
    }
    unknown = {"alarm_actions": True, "ok_actions": True}
    expressions = {
        "alarm_actions": {
            "references": [reference, "aws_sns_topic.this"] if "sns" in reference else [reference]
        }
    }
    write(
        "plan.json",
        {
            "format_version": "1.2",
            "planned_values": {
                "root_module": {
                    "resources": [{**alarm, "values": values}, {**topic, "values": {"name": "acme-critical"}}]
                }
            },
            "resource_changes": [
                {**alarm, "change": {"actions": ["create"], "after": values, "after_unknown": unknown}},
                {**topic, "change": {"actions": ["create"], "after": {}, "after_unknown": {"arn": True}}},
            ],
            "configuration": {
                "root_module": {
                    "resources": [
                        {
                            "address": "aws_cloudwatch_metric_alarm.this",
                            "mode": "managed",
                            "type": "aws_cloudwatch_metric_alarm",
                            "name": "this",
                            "expressions": expressions,
                        },
                        {
                            "address": "aws_sns_topic.this",
                            "mode": "managed",
                            "type": "aws_sns_topic",
                            "name": "this",
                            "expressions": {},
                        },
                    ]
                }
            },
        },
    )
    write(
        "one.yaml",
        f"""
    alarms: {{ plan: plan.json }}
    scenarios:
      - name: it
        alarm: busy
        series: {{ Load: 50x5 90x3 }}
        expect: [{{ at: 7m, message: {{ contains: ["acme-busy", "{severity} ·"] }} }}, {{ messages: 1 }}]
    """,
    )
    code, printed = alarmctl("one.yaml")
    assert code == 0, printed
