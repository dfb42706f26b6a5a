"""Every mistake in a scenario file gets one sentence with file, line, scenario and culprit."""

from __future__ import annotations

import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alarmctl.scenarios import checks, document, reading, report, sources
from alarmctl.scenarios.sources import Sources

FILE = """\
alarms:
  inline:
    busy:
      severity: warning
      namespace: Shop
      metric_name: Load
      dimensions: { Service: api }
      statistic: Average
      comparison: ">"
      threshold: 80
name: acme
scenarios:
  - name: ordinary
    alarm: busy
    series:
      Load: 50x5
    expect:
      - { fires: 0 }
      - { at: 5m, state: OK }
"""
# What is changed in FILE, and what the complaint says; the line is where the change was made.
MISTAKES = [
    ("50x5", "50x5 6O", 16, "scenario 'ordinary': Load: '6O', item 2 of the values"),
    ("50x5", "[50]", 16, "scenario 'ordinary': Load must be text or a number, not a list"),
    ("50x5", "1e999", 16, "Load: 'Infinity', item 1 of the values"),
    (
        "Load: 50x5",
        "Laod: 50x5",
        15,
        "no series for Shop Load (Service=api) Average, which alarm busy reads. Give one",
    ),
    (
        "      Load: 50x5",
        "      Load: 50x5\n      Cpu: 1x5",
        17,
        "no alarm of this scenario reads Cpu. It reads: Shop Load",
    ),
    ("      Load: 50x5", "      Load: 50x5\n      Cpu: 1x4", 17, "Cpu lasts 4m, Load 5m. Write _ for values"),
    (
        "      Load: 50x5",
        "      - { metric: Load, dimensions: { Service: web }, values: 50x5 }",
        15,
        "Load (Service=web) (line 16) is another metric",
    ),
    (
        "      Load: 50x5",
        "      - { metric: Load, values: 50x5 }\n      - { metric: Load, namespace: Shop, values: 50x5 }",
        15,
        "Load (line 16) and Shop Load (line 17) both give Shop Load",
    ),
    (
        "      Load: 50x5",
        "      - { metric: Load, values: 50x5, interval: 0m }",
        16,
        "interval is 0m: use 1s to 31d",
    ),
    (
        "      Load: 50x5",
        "      - { metric: Load, values: 50x5, sampels: 3 }",
        16,
        "sampels: unknown key. Did you mean samples?",
    ),
    ("alarm: busy", "alarm: bussy", 14, "there is no alarm bussy. There are: busy."),
    ("alarm: busy", "alarm: [busy, '*x']", 14, "there is no alarm *x"),
    ("at: 5m", "at: 6m", 19, "6m is after the end of the series, 5m"),
    ("at: 5m", "at: 5", 19, "at must be text, not 5"),
    ("at: 5m", "at: 5 minutes", 19, "at is '5 minutes'. A span of time: 90s, 5m"),
    ("state: OK", "state: OKAY", 19, "state is 'OKAY'. Use OK, ALARM, INSUFFICIENT_DATA."),
    ("state: OK", "stat: OK", 19, "stat: unknown key. Did you mean state?"),
    ("at: 5m, state: OK", "at: 5m", 19, "expects nothing. Give one of state, reason, message"),
    ("at: 5m, state: OK", "state: OK", 19, "state needs at"),
    ("fires: 0", "fires: none", 18, "fires must be a whole number, not 'none'"),
    ("fires: 0", "fires: -1", 18, "fires is -1. Use 0 or more."),
    ("fires: 0", "transitions: [ALARM]", 18, "is 'ALARM'. Write when and to which state, such as: 5m ALARM"),
    ("fires: 0", "transitions: [5m ALARM, 4m OK]", 18, "in the order of their times"),
    ("fires: 0", "transitions: [9m ALARM]", 18, "9m is after the end"),
    (
        "    expect:\n      - { fires: 0 }\n      - { at: 5m, state: OK }\n",
        "    expect: []\n",
        17,
        "expect is empty",
    ),
    ("    expect:\n      - { fires: 0 }\n      - { at: 5m, state: OK }\n", "", 13, "needs expect"),
    ("name: ordinary", "name: 5", 13, "name must be text, not 5"),
    ("name: acme", "name: Acme Shop", 11, "name is 'Acme Shop'"),
    ("name: acme", "start: 2026-02-30", 11, "start is 2026-02-30: no such time"),
    (
        "name: acme",
        "start: 2026-03-02T10:00:30Z",
        11,
        "start is '2026-03-02T10:00:30Z'. When the scenario begins, on a full minute",
    ),
    ("name: acme", "start: 1970-01-01", 11, "use a year from 1980 to 2099"),
    ("name: acme", "interval: 0s", 11, "interval is 0s: use 1s to 31d"),
    ("name: acme", "interval: 30d", 15, "it lasts 150d. At most 31d"),
    ("name: acme", "delay: 2d", 11, "delay is 2d: at most 1d"),
    ("name: acme", "history: some", 11, "history is 'some'. Use steady, none."),
    (
        "name: acme",
        "notifier: { severities: { urgent: {} } }",
        11,
        "notifier: severities: unknown key urgent",
    ),
    ("name: acme", "name: acme\nname: shop", 12, "name stands there twice; first in line 11"),
    ("threshold: 80", "treshold: 80", 10, "treshold: unknown key. Did you mean threshold?"),
    ("threshold: 80", "threshold: high", 10, "threshold must be a number, not 'high'"),
    ("threshold: 80", "period: 60", 3, "busy: GreaterThanThreshold needs Threshold"),
    (
        'comparison: ">"',
        "treat_missing_data: missing",
        3,
        "busy.comparison: None is no comparison. Use >, >=, <, <=",
    ),
    ("severity: warning", "severity: urgent", 4, "severity is 'urgent'. Use critical, warning, info."),
    ("severity: warning", "description: Busy.", 3, "busy.severity: None is no severity"),
    ("  inline:", "  inlien:", 2, "inlien: unknown key. Did you mean inline?"),
    ("  inline:", "  catalogue: rds\n  inline:", 2, "no catalogue rds"),
    ("  inline:", "  plan: plan.json\n  inline:", 3, "inline beside plan"),
    ("  inline:", "  file: none.yaml\n  inline:", None, "none.yaml: No such file"),
    ("scenarios:", "scenario:", 12, "scenario: unknown key. Did you mean scenarios?"),
    ("threshold: 80", "threshold: {", 12, "no YAML"),
]


@pytest.fixture
def complaints(write):
    def complaints(text):
        path = write("one.yaml", text)
        return [(error.line, str(error)) for error in reading.read(path, Sources()).errors]

    return complaints


def test_the_file_without_mistakes(complaints):
    assert complaints(FILE) == []


@pytest.mark.parametrize(("right", "wrong", "line", "says"), MISTAKES)
def test_a_mistake(complaints, right, wrong, line, says):
    assert right in FILE
    ((where, complaint),) = complaints(FILE.replace(right, wrong, 1))
    assert says in complaint
    assert where == line
    assert "one.yaml" in complaint or "none.yaml" in complaint


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "the file must be a map, not nothing"),
        ("- 1", "the file must be a map, not a list"),
        ("alarms: {}\nscenarios: []", "alarms is empty"),
        ("alarms: { cluster: x }\nscenarios: [{}]", "an item of scenarios needs name, alarm, series, expect"),
        ("a: &a [*a]", "unknown key"),
        ("? [1]\n: 2", "no YAML"),
    ],
)
def test_no_scenarios_at_all(complaints, text, says):
    ((_, complaint),) = complaints(text)
    assert says in complaint


def test_several_scenarios_complain_each_and_the_others_run(complaints, write):
    body = (
        FILE
        + FILE[FILE.index("  - name") :]
        + FILE[FILE.index("  - name") :].replace("ordinary", "bad", 1).replace("50x5", "x")
    )
    found = reading.read(write("one.yaml", body), Sources())
    assert [case.scenario for case in found.cases] == ["ordinary"]
    assert [(error.scenario, error.line) for error in found.errors] == [("ordinary", 20), ("bad", 30)]
    assert "another one of that name in line 13" in str(found.errors[0])


def test_a_percentile_is_not_made_from_percentiles(complaints):
    text = FILE.replace("statistic: Average", "extended_statistic: p99").replace(
        "name: acme", "interval: 30s"
    )
    ((line, complaint),) = complaints(text.replace("at: 5m", "at: 2m"))
    assert "p99 over 60 s cannot be made from values every 30s. Give it interval: 60s or more" in complaint
    assert line == 16


def test_an_alarm_file_is_complained_about_in_its_own_lines(write):
    write("alarms.yaml", "# ours\nbusy:\n  severity: warning\n  treshold: 3\n")
    path = write("one.yaml", FILE.replace("  inline:", "  file: alarms.yaml\n  inline:"))
    (error,) = reading.read(path, Sources()).errors
    assert "alarms.yaml:4: busy.treshold: unknown key. Did you mean threshold?" in str(error)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[1]", "must be a map of settings"),
        ("{ severity: [warning], comparison: '>' }", "is no severity"),
        ("{ severity: warning, comparison: [1] }", "is no comparison"),
        ("{ notify_ok: maybe, MATH: {} }", "busy.notify_ok: must be true or false"),
        ("{ MATH: [m] }", "must be a map of settings"),
        ("{ MATH: { m: { expression: 5 } } }", "busy.metric_query.m.expression: must be text, not 5"),
        (
            "{ MATH: { m: { metrics: {} } } }",
            "busy.metric_query.m.metrics: unknown key. Did you mean metric?",
        ),
        ("{ MATH: { m: { metric: { dimension: {} } } } }", "Did you mean dimensions?"),
        ("{ MATH: { m: { expression: '1 +', return_data: true } } }", "busy: all metrics of an alarm need"),
        ("{ COMPOSITE: 'ALARM(' }", "Error in AlarmRule"),
        ("{ COMPOSITE: [x] }", "busy.rule: must be text"),
        ("{ COMPOSITE: 'TRUE', actions_suppressor: { wait: 3 } }", "actions_suppressor.wait: unknown key"),
        ("{ COMPOSITE: 'TRUE', actions_suppressor: { wait_period: 3 } }", "needs alarm"),
        (
            "{ COMPOSITE: 'TRUE', actions_suppressor: { alarm: x, wait_period: soon } }",
            "must be a whole number of seconds",
        ),
        (
            "{ MATH: {}, metric_name: M, namespace: N, dimensions: { A: [b] } }",
            "busy.dimensions.A: must be text",
        ),
    ],
)
def test_alarms_that_the_module_would_refuse(write, text, says):
    text = text.replace("MATH", "severity: info, comparison: '>', threshold: 1, metric_query")
    text = text.replace("COMPOSITE", "severity: info, rule")
    with pytest.raises(document.ScenarioError, match=re.escape(says)):
        Sources().from_file(write("alarms.yaml", f"busy: {text}"))


def test_null_takes_an_alarm_out_and_a_setting_changes_one(write):
    catalogue = sources.CATALOGUES[0].format("ecs")
    entry = "{ namespace: N, metric_name: M, statistic: Sum, description: '{cluster} {service}' }"
    defaults = "{ severity: info, comparison: '>', threshold: 1 }"
    groups = f"cluster: {{ cpu: {entry} }}\nservice: {{ cpu: {entry}, disk: {entry} }}"
    write(catalogue, f"defaults: {defaults}\n{groups}")
    write("changes.yaml", "ecs-cluster-cpu:\necs-service-web-cpu: { threshold: 7 }")
    path = write(
        "one.yaml",
        """
    alarms: { catalogue: ecs, cluster: shop, services: [api, web], file: changes.yaml }
    scenarios: []
    """,
    )
    found = Sources().read(document.read(path)).by_key
    assert list(found) == [
        "ecs-service-api-cpu",
        "ecs-service-api-disk",
        "ecs-service-web-cpu",
        "ecs-service-web-disk",
    ]
    assert [getattr(alarm, "threshold", None) for alarm in found.values()] == [1, 1, 7, 1]
    assert [alarm.description for alarm in found.values()] == ["shop api", "shop api", "shop web", "shop web"]


def test_only_plain_decimal_numbers_are_numbers():
    """YAML 1.1 would read 0x10 as 16 and 1:30 as 90: here the first is ten zeros."""
    text = "[0x10, 1:30, 010, 1_000, 2026-03-02, 5, -2, 1.5, .5, 1e3]"
    assert yaml.load(text, Loader=document.Loader) == [
        *("0x10", "1:30", "010", "1_000", "2026-03-02"),
        *(5, -2, 1.5, 0.5, 1000.0),
    ]


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 9),
    st.floats(),
    st.sampled_from(
        ["busy", "5m", "OK", "1x5", "_", "", "x", "Load", "*", "2026-03-02", "5m ALARM", "{name}-busy"]
    ),
)
KEYS = st.sampled_from(
    [
        *("alarms", "scenarios", "name", "alarm", "series", "expect", "at", "state", "fires", "transitions"),
        *(
            "messages",
            "reason",
            "message",
            "inline",
            "busy",
            "metric",
            "values",
            "interval",
            "start",
            "delay",
        ),
        *("history", "starts", "samples", "Load", "contains", "notifier"),
    ]
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_nothing_raises(write, data):
    """Any part of a good file in the place of which anything stands is run or complained about."""
    root = yaml.load(FILE, Loader=document.Loader)
    places = list(_places(root))
    container, key = data.draw(st.sampled_from(places))
    container[key] = data.draw(VALUES)
    found = reading.read(write("one.yaml", yaml.safe_dump(root)), Sources())
    assert found.cases or found.errors
    results = tuple((checks.run(case), 0.0) for case in found.cases)
    whole = report.Report(results, found.errors)
    assert report.text(whole, verbose=True).endswith(whole.summary)
    assert report.junit(whole)


def _places(value):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        yield value, key
        yield from _places(item)
