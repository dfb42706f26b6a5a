"""What a scenario means: when values are seen, what came before, what is counted, what a person reads."""

import json

import pytest

from alarmctl.scenarios import checks, reading, report
from alarmctl.scenarios.sources import Sources
from alarmctl.slack.text import as_text
from alarms import wire
from notify_slack import pipeline

MATH = """\
alarms:
  inline:
    errors:
      severity: critical
      description: Errors.
      metric_query:
        failed: { metric: { namespace: Shop, metric_name: Failed, stat: Sum } }
        all: { metric: { namespace: Shop, metric_name: Requests, stat: Sum } }
        share: { expression: "EXPRESSION", return_data: true }
      comparison: ">="
      threshold: 5
      treat_missing_data: notBreaching
"""
MINUTE = """\
alarms:
  inline:
    busy:
      severity: info
      namespace: Shop
      metric_name: Load
      statistic: Average
      comparison: ">"
      threshold: 80
"""
DEPLOYING = """\
    cpu:
      severity: info
      namespace: Shop
      metric_name: Cpu
      statistic: Average
      comparison: ">"
      threshold: 80
    memory:
      severity: info
      namespace: Shop
      metric_name: Memory
      statistic: Average
      comparison: ">"
      threshold: 80
    deploying:
      severity: info
      namespace: Shop
      metric_name: Deploying
      statistic: Maximum
      comparison: ">"
      threshold: 0
"""
COMPOSITE = f"""\
alarms:
  inline:
{DEPLOYING}
    saturated:
      severity: critical
      rule: ALARM("{{name}}-cpu") AND ALARM("{{name}}-memory")
"""
SUPPRESSED = f"""\
alarms:
  inline:
{DEPLOYING}
    saturated:
      severity: critical
      rule: ALARM("{{name}}-cpu")
      actions_suppressor: {{ alarm: "{{name}}-deploying", wait_period: 60, extension_period: 120 }}
"""


def one(metric, values, rest=""):
    return f"alarm: busy\nseries: {{ {metric}: {values} }}\n{rest}"


def test_a_minute_is_evaluated_once_its_value_is_there(transitions):
    assert transitions(one("Load", "50x5 90x3 50x2")) == ["7m ALARM", "9m OK"]


@pytest.mark.parametrize(
    ("expression", "at"), [("100*failed/all", "6m"), ("IF(all > 0, 100 * failed / all, 0)", "6m")]
)
def test_an_expression_sees_the_same_minute_and_may_be_rewritten(transitions, expression, at):
    scenario = "alarm: errors\nseries: { Failed: 0x5 5x2 0x3, Requests: 100x10 }"
    assert transitions(scenario, MATH.replace("EXPRESSION", expression)) == [f"{at} ALARM", "8m OK"]


def test_values_finer_than_the_period_are_merged(transitions):
    assert transitions(one("Load", "50x10 90 70 90 72 90x4 50x6", "interval: 30s")) == ["8m ALARM", "10m OK"]


def test_values_coarser_than_the_period_leave_minutes_without_a_value(transitions):
    """Evaluated over N + 2 minutes, one value in five minutes is sometimes seen and sometimes not."""
    found = transitions(one("Load", "50 50", "interval: 5m"), MINUTE)
    assert found == ["1m OK", "4m INSUFFICIENT_DATA", "6m OK", "9m INSUFFICIENT_DATA"]


def test_high_resolution(transitions):
    alarms = """\
    alarms:
      inline:
        busy:
          severity: info
          namespace: Shop
          metric_name: Load
          statistic: Average
          period: 10
          evaluation_periods: 2
          comparison: ">"
          threshold: 80
    """
    assert transitions(one("Load", "50x6 90x3 50x3", "interval: 10s"), alarms) == ["80s ALARM", "100s OK"]


def test_an_hour_long_alarm_over_days(transitions):
    alarms = """\
    alarms:
      inline:
        busy:
          severity: info
          namespace: Shop
          metric_name: Load
          statistic: Sum
          period: 3600
          evaluation_periods: 48
          datapoints_to_alarm: 2
          comparison: ">"
          threshold: 80
    """
    assert transitions(one("Load", "50x6 90x2 50x4", "interval: 1h"), alarms) == ["480m ALARM"]


def test_what_came_before_is_the_first_value(check):
    _, report = check(one("Load", "90x5", "expect: [{ at: 0m, state: ALARM }, { transitions: 0 }]"))
    assert report["failed"] == 0


def test_an_alarm_that_its_history_puts_into_alarm_has_fired(check):
    _, report = check(one("Load", "90x5", "expect: [{ fires: 1, transitions: 0, messages: 0 }]"))
    assert report["cases"][0]["failures"] == []
    _, report = check(one("Load", "90x5", "starts: ALARM\nexpect: [{ fires: 0, transitions: 0 }]"))
    assert report["cases"][0]["failures"] == []


def test_a_new_alarm_has_no_history(transitions):
    assert transitions(one("Load", "90x5", "history: none")) == ["2m ALARM"]
    assert transitions(one("Load", "50x5", "history: none")) == ["1m OK"]


def test_a_scenario_can_start_in_a_state(transitions):
    assert transitions(one("Load", "50x5", "starts: ALARM")) == ["0m OK"]
    assert transitions(one("Load", "_x5", "starts: ALARM")) == ["0m INSUFFICIENT_DATA"]


@pytest.mark.parametrize(("delay", "at"), [("0s", "7m"), ("1m", "7m"), ("2m", "8m"), ("3m", "9m")])
def test_values_that_come_late_are_seen_late(transitions, delay, at):
    assert transitions(one("Load", "50x5 90x10", f"delay: {delay}"))[-1] == f"{at} ALARM"


def test_values_that_come_later_than_the_alarm_looks_back_are_never_seen(transitions):
    assert transitions(one("Load", "50x5 90x10", "delay: 5m")) == []


def test_settings_of_the_file_hold_unless_the_scenario_has_its_own(transitions):
    assert transitions(one("Load", "90x3"), history="none") == ["2m ALARM"]
    assert transitions(one("Load", "90x3", "history: steady"), history="none") == []


def test_a_series_can_be_told_by_namespace_dimensions_and_statistic(transitions):
    metric = "metric: Load, namespace: Shop, dimensions: { Service: api }, statistic: Average"
    entry = f"{{ {metric}, values: 50 90 90 }}"
    assert transitions(f"alarm: busy\nseries: [{entry}]") == ["3m ALARM"]


def test_percentiles_of_few_samples(transitions):
    alarms = """\
    alarms:
      inline:
        busy:
          severity: info
          namespace: Shop
          metric_name: Load
          extended_statistic: p90
          evaluate_low_sample_count_percentiles: ignore
          comparison: ">"
          threshold: 80
    """
    series = "alarm: busy\nseries: [{{ metric: Load, samples: {}, values: 50x3 90x3 }}]\nstarts: OK"
    assert transitions(series.format(99), alarms) == []
    assert transitions(series.format(100), alarms) == ["4m ALARM"]


@pytest.mark.parametrize("interval", ["1m", "30s", "2m"])
@pytest.mark.parametrize("values", ["1.7e308x6 -1.7e308x6", "1e-320x6 0x6", "_x12"])
def test_extreme_values_are_evaluated_and_drawn(write, interval, values):
    body = f"scenarios: [{{ name: it, alarm: busy, series: {{ Load: {values} }}, expect: [{{ fires: 9 }}] }}]"
    for statistic in ("Average", "Sum"):
        alarms = MINUTE.replace("Average", statistic)
        (case,) = reading.read(write("one.yaml", f"{alarms}interval: {interval}\n{body}"), Sources()).cases
        done = report.Report(((checks.run(case), 0.0),), ())
        assert "fires: expected 9" in report.text(done)


def test_a_composite_alarm_follows_its_children(check):
    scenario = """
    alarm: saturated
    series: { Cpu: 50x3 90x5 50x2, Memory: 50x5 90x5 }
    expect:
      - transitions: [6m ALARM, 9m OK]
      - at: 6m
        reason: { contains: "-memory transitioned to ALARM at Monday 02 March, 2026 10:06:00 UTC" }
        message: { contains: [critical, example-saturated] }
      - messages: 2
    """
    _, report = check(scenario, COMPOSITE)
    assert report["cases"][0]["failures"] == []
    _, fresh = check(
        "alarm: saturated\nhistory: none\nseries: { Cpu: 90x3, Memory: 90x3 }\nexpect: [{ fires: 1 }]",
        COMPOSITE,
    )
    assert [(move["at"], move["to"]) for move in fresh["cases"][0]["transitions"]] == [
        (0, "OK"),
        (60, "ALARM"),
    ]


@pytest.mark.parametrize(
    ("deploying", "messages"),
    [
        (
            "0x20",
            [(420, "ALARM"), (720, "Resolved")],
        ),  # not suppressed: told after the wait period of a minute
        ("0x5 1x8 0x7", [(960, "Resolved")]),  # it came and went; CloudWatch tells the last state at the end
        ("0x5 1x3 0x12", [(660, "ALARM"), (720, "Resolved")]),  # it outlives it by more than the extension
    ],
)
def test_a_suppressor_holds_messages_back_and_not_states(check, deploying, messages):
    scenario = f"""
    alarm: saturated
    series: {{ Cpu: 50x5 90x5 50x10, Deploying: {deploying} }}
    expect: [{{ transitions: [6m ALARM, 11m OK] }}]
    """
    _, report = check(scenario, SUPPRESSED)
    case = report["cases"][0]
    assert case["failures"] == []
    told = [(message["at"], message["text"]) for message in case["messages"]]
    assert [(at, word in text) for (at, text), (_, word) in zip(told, messages, strict=True)] == [
        (at, True) for at, _ in messages
    ]


def test_every_alarm_that_matches_is_a_case(check):
    code, report = check(
        "alarm: ['*cpu', example-mem*]\nseries: { Cpu: 50x2, Memory: 50x2 }\nexpect: [{ fires: 0 }]",
        COMPOSITE,
    )
    assert code == 0
    assert [case["alarm"] for case in report["cases"]] == ["cpu", "memory"]


# -- what is expected


MET = [
    "{ at: 6m, state: OK }",
    "{ at: 7m, state: ALARM }",
    "{ at: 9m, state: OK }",
    "{ at: 90s, state: OK }",
    "{ transitions: 2 }",
    "{ transitions: [7m ALARM, 9m OK] }",
    "{ transitions: [{ at: 7m, state: ALARM, reason: { contains: Threshold Crossed } }, 9m OK] }",
    "{ at: 8m, transitions: [7m ALARM] }",
    "{ fires: 1 }",
    "{ at: 6m, fires: 0, transitions: 0, messages: 0 }",
    "{ messages: 2 }",
    "{ at: 7m, reason: { contains: ['90.0', greater than the threshold (80.0)], lacks: missing } }",
    "{ at: 8m, message: { contains: [ALARM, example-busy, Busy., warning], lacks: Resolved } }",
    "{ at: 9m, message: { contains: 'Resolved: example-busy' } }",
]
UNMET = [
    ("{ at: 7m, state: OK }", "state at 7m", "OK", "ALARM"),
    ("{ transitions: 3 }", "transitions", "3", "2"),
    ("{ transitions: [] }", "transitions", "none", "7m ALARM, 9m OK"),
    ("{ transitions: [7m ALARM] }", "transitions", "7m ALARM", "7m ALARM, 9m OK"),
    ("{ transitions: [6m ALARM, 9m OK] }", "transitions", "6m ALARM, 9m OK", "7m ALARM, 9m OK"),
    (
        "{ transitions: [7m ALARM, 9m OK, 10m ALARM] }",
        "transitions",
        "7m ALARM, 9m OK, 10m ALARM",
        "7m ALARM, 9m OK",
    ),
    ("{ fires: 0 }", "fires", "0", "1"),
    ("{ at: 7m, fires: 0 }", "fires up to 7m", "0", "1"),
    ("{ messages: 1 }", "messages", "1", "2"),
    ("{ at: 7m, reason: Because }", "reason at 7m", "Because", "Threshold Crossed"),
    ("{ at: 7m, reason: { lacks: Crossed } }", "reason at 7m", "nothing with 'Crossed'", "Threshold Crossed"),
    ("{ at: 6m, message: { contains: ALARM } }", "message at 6m", "something with 'ALARM'", "there is none"),
    ("{ at: 6m, message: ALARM }", "message at 6m", "ALARM", "there is none"),
    (
        "{ at: 7m, message: { contains: [ALARM, Busy and more] } }",
        "message at 7m",
        "something with 'Busy and more'",
        "Busy.",
    ),
    (
        "{ transitions: [{ at: 7m, state: ALARM, reason: Never }, 9m OK] }",
        "reason at 7m",
        "Never",
        "Threshold Crossed",
    ),
]


def test_what_is_met(check):
    code, report = check(one("Load", "50x5 90x3 50x2", f"expect: [{', '.join(MET)}]"))
    assert report["cases"][0]["failures"] == []
    assert (code, report["passed"], report["failed"]) == (0, 1, 0)


@pytest.mark.parametrize(("expected", "what", "wanted", "actual"), UNMET)
def test_what_is_not_met(check, expected, what, wanted, actual):
    code, report = check(one("Load", "50x5 90x3 50x2", f"expect:\n  - {expected}"))
    assert (code, report["passed"], report["failed"]) == (1, 0, 1)
    (failure,) = report["cases"][0]["failures"]
    assert (failure["what"], failure["expected"]) == (what, wanted)
    assert actual in failure["actual"]
    assert failure["line"] > 14


def test_a_message_is_what_the_notifier_posts(write):
    """CloudWatch's message through SNS to the body of the first request, drawn as text."""
    scenario = "scenarios: [{ name: it, alarm: busy, series: { Load: 50x5 90x3 }, expect: [{ fires: 1 }] }]"
    (case,) = reading.read(write("one.yaml", MINUTE + scenario), Sources()).cases
    result = checks.run(case)
    assert result.track is not None
    change = result.track.moves[0].change
    notification = {
        "Type": "Notification",
        "TopicArn": case.alarm.alarm_actions[0],
        "Message": json.dumps(wire.sns_message(case.alarm, change)),
    }
    (body,) = pipeline.explain(
        {"Records": [{"EventSource": "aws:sns", "Sns": notification}]}, case.config
    ).requests
    assert [told.text for told in result.told] == [as_text(body, at=change.state.timestamp, width=10_000)]
    assert "ALARM: example-busy" in result.told[0].text


def test_the_notifier_can_be_configured(check):
    settings = {"severities": {"warning": {"mention": "@here", "announce_ok": False}}}
    _, report = check(
        one(
            "Load",
            "50x5 90x3 50x2",
            "expect: [{ messages: 1, transitions: 2 }, { at: 7m, message: { contains: here } }]",
        ),
        notifier=settings,
    )
    assert report["cases"][0]["failures"] == []


def test_an_alarm_that_tells_no_ok_posts_none(check):
    _, report = check(
        one("Load", "50x5 90x3 50x2", "expect: [{ transitions: 2, messages: 1 }]"),
        f"{MINUTE}      notify_ok: false\n",
    )
    assert report["cases"][0]["failures"] == []


QUOTA = """\
alarms:
  inline:
    vcpus:
      severity: warning
      description: Nearly used.
      metric_query:
        usage: { metric: { namespace: AWS/Usage, metric_name: ResourceCount, stat: Maximum } }
        share: { expression: "100*usage/SERVICE_QUOTA(usage)", return_data: true }
      comparison: ">"
      threshold: 80
"""


def test_what_aws_alone_computes_is_a_series_named_by_its_call(check):
    _, report = check(
        """
        alarm: vcpus
        series: { ResourceCount: 60x8, SERVICE_QUOTA(usage): 100x3 64x3 100x2 }
        expect: [{ transitions: [4m ALARM, 7m OK] }]
        """,
        QUOTA,
    )
    assert report["cases"][0]["failures"] == []


def test_a_quota_without_values_is_asked_for(write):
    scenario = (
        "scenarios: [{ name: it, alarm: vcpus, series: { ResourceCount: 60x8 }, expect: [{ fires: 0 }] }]"
    )
    (error,) = reading.read(write("one.yaml", QUOTA + scenario), Sources()).errors
    assert "no series for SERVICE_QUOTA(usage), which alarm vcpus reads" in str(error)
