"""What a plan does to the alarms, and the comment about it."""

import json
import re
from array import array
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alarmctl.cli import main
from alarmctl.diff import changes, comment, words
from alarmctl.diff.comment import COMMENT_CHARS, Review
from alarmctl.diff.review import review
from alarmctl.diff.trial import Outcome, Trial
from alarmctl.history import store
from alarmctl.history.model import History, Series
from alarmctl.history.model import Metric as Metric_
from alarmctl.lint.model import Actions, Alarm, Finding, Metric, Query, Severity


def one(**settings):
    metric = settings.pop(
        "metric", Metric("AWS/ECS", "CPUUtilization", {"ClusterName": "main"}, "Average", 60)
    )
    defaults = {
        "address": "a",
        "name": "acme-cpu",
        "metric": metric,
        "comparison": "GreaterThanOrEqualToThreshold",
        "threshold": 80.0,
        "evaluation_periods": 2,
        "datapoints_to_alarm": 2,
    }
    return Alarm(**defaults | settings)


def test_a_changed_threshold_reads_as_a_person_would_say_it():
    before = one()
    after = one(threshold=85.0, evaluation_periods=5, datapoints_to_alarm=3)
    assert words.changed_condition(before, after) == "≥ 80 % for 2 of 2 minutes -> ≥ 85 % for 3 of 5"


SQS_AGE = Metric("AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": "q"}, "Maximum", 300)
LATENCY = Metric("AWS/ApplicationELB", "TargetResponseTime", {"LoadBalancer": "x"}, "p99", 60)
RATE = (
    Query("e", "100 * errors / requests", returned=True, metric=None),
    Query("errors", None, returned=False, metric=Metric("Acme", "Errors", {}, "Sum", 60)),
    Query("requests", None, returned=False, metric=Metric("Acme", "Requests", {}, "Sum", 60)),
)


@pytest.mark.parametrize(
    ("alarm", "said"),
    [
        (one(), "≥ 80 % for 2 of 2 minutes"),
        (one(metric=SQS_AGE, threshold=600.0), "≥ 600 s for 2 of 2 values of 5 minutes"),
        (one(metric=LATENCY, threshold=0.5, comparison="GreaterThanThreshold"), "> 0.5 s for 2 of 2 minutes"),
        (one(metric=None, queries=RATE, threshold=5.0), "≥ 5 % for 2 of 2 minutes"),
        (one(datapoints_to_alarm=None, evaluation_periods=3), "≥ 80 % for 3 of 3 minutes"),
        (one(metric=replace(LATENCY, period=3600)), "≥ 80 s for 2 of 2 hours"),
        (one(metric=replace(LATENCY, period=10)), "≥ 80 s for 2 of 2 values of 10 seconds"),
        (one(threshold=1_000_000.0), "≥ 1,000,000 % for 2 of 2 minutes"),
        (one(threshold=None), "≥ (known after apply) % for 2 of 2 minutes"),
        (
            one(comparison="GreaterThanUpperThreshold", threshold_metric_id="b"),
            "above the band for 2 of 2 minutes",
        ),
        (Alarm(address="c", name="c", rule='ALARM("a")'), 'ALARM("a")'),
    ],
)
def test_conditions_in_words(alarm, said):
    assert words.condition(alarm) == said


def test_every_comparison_of_cloudwatch_has_its_sign():
    from alarms.definitions import BAND_OPERATORS, STATIC_OPERATORS  # noqa: PLC0415 -- only here

    assert set(words.SIGNS) == {*BAND_OPERATORS, *STATIC_OPERATORS}


def test_who_is_told_is_the_topic_by_name_also_where_it_has_no_arn_yet():
    assert words.told(Actions(arns=("arn:aws:sns:eu-west-1:123456789012:acme-info",)), {}) == "acme-info"
    new = Actions(unknown=True, topics=frozenset({'aws_sns_topic.this["info"]'}))
    assert words.told(new, {'aws_sns_topic.this["info"]': "acme-info"}) == "acme-info"
    assert words.told(Actions(unknown=True), {}) == "(known after apply)"
    assert words.told(Actions(), {}) == "nobody"


@pytest.fixture
def found(write, made):
    """The review of a plan that adds, changes, removes and leaves one alarm each."""
    same = made.alarm("same")
    path = write(
        [
            same,
            made.alarm("cpu", threshold=85, evaluation_periods=5, datapoints_to_alarm=3),
            made.alarm("new"),
        ],
        [same, made.alarm("cpu"), made.alarm("old")],
    )
    return review(path, name="acme")


def test_added_changed_and_removed_are_told_apart(found):
    assert [(change.kind.value, change.name) for change in found.changes] == [
        ("removed", "acme-old"),
        ("changed", "acme-cpu"),
        ("added", "acme-new"),
    ]
    assert [setting.name for setting in found.changes[1].settings] == ["fires at"]


@pytest.mark.parametrize(
    ("change", "setting"),
    [
        ({"treat_missing_data": "breaching"}, "missing data"),
        ({"statistic": "Maximum"}, "looks at"),
        ({"dimensions": {"ClusterName": "other"}}, "looks at"),
        ({"alarm_actions": []}, "ALARM tells"),
        ({"ok_actions": []}, "OK tells"),
        ({"actions_enabled": False}, "actions"),
        ({"alarm_description": "Other."}, "description"),
        ({"alarm_name": "acme-renamed"}, "name"),
    ],
)
def test_every_setting_that_matters_is_noticed(write, made, change, setting):
    found = review(write([made.alarm("cpu", **change)], [made.alarm("cpu")]), name="acme")
    (changed,) = found.changes
    assert changed.kind is changes.Kind.CHANGED
    assert setting in [one.name for one in changed.settings]


def test_the_comment_says_it_all(found):
    text = comment.render(found)
    assert "**Alarms: 1 removed, 1 changed, 1 added.**" in text
    assert "| 🟡 changed | `acme-cpu` | ≥ 80 % for 2 of 2 minutes -> ≥ 85 % for 3 of 5 | no change |" in text
    assert "| 🟢 added | `acme-new` | ≥ 80 % for 2 of 2 minutes | +$0.10 |" in text
    assert "ALARM: acme-new" in text
    assert "eu-west-1" in text
    assert "ALARM: acme-old" not in text


def test_only_new_findings_are_shown_and_mended_ones_counted(write, made):
    bad = made.alarm(
        "bad", statistic="Average", metric_name="HTTPCode_Target_5XX_Count", namespace="AWS/ApplicationELB"
    )
    bad["values"]["dimensions"] = {"LoadBalancer": "app/web/50dc6c495c0c9188"}
    old = review(write([bad], [bad]), name="acme")
    assert old.findings == ()
    new = review(write([bad], []), name="acme")
    assert "ALM004" in {finding.rule for finding in new.findings}
    assert "ALM004" in comment.render(new)
    gone = review(write([], [bad]), name="acme")
    assert gone.mended == len(new.findings)


def test_a_composite_alarm_shows_its_rule_and_a_message(write, made):
    rule = 'ALARM("acme-cpu") AND ALARM("acme-memory")'
    found = review(
        write([made.alarm("cpu"), made.alarm("memory"), made.composite("both", rule)], []), name="acme"
    )
    text = comment.render(found)
    assert "ALARM: acme-both" in text
    assert "acme-memory" in found.messages["acme-both"]
    assert 'ALARM("acme-cpu") AND' in text


def test_a_rule_that_no_alarm_can_fire_still_has_its_message(write, made):
    rule = 'NOT ALARM("acme-cpu")'
    found = review(write([made.alarm("cpu"), made.composite("calm", rule)], []), name="acme")
    assert "ALARM: acme-calm" in found.messages["acme-calm"]


def test_history_stands_beside_each_change(found):
    trial = Trial(
        14.0,
        {"acme-cpu": Outcome(fired=9, minutes=41.0, flaps=3), "acme-old": Outcome(fired=2, minutes=4.0)},
        {"acme-cpu": Outcome(fired=3, minutes=22.0), "acme-new": Outcome(has_data=False)},
        pages_before=11,
        pages_after=3,
    )
    text = comment.render(replace(found, trial=trial))
    assert "fired 9 -&gt; 3" in text or "fired 9 -> 3" in text
    assert "41 -> 22 min in ALARM, 3 -> 0 flaps" in text
    assert "no data in the history" in text
    assert "Replayed over 14 days of history: 5.5 -> 1.5 pages a week, all alarms together." in text


def a_day(values, metric_name="CPUUtilization"):
    """A stored day of the cluster's CPU, minute by minute."""
    start = int(datetime(2026, 3, 2, tzinfo=UTC).timestamp())
    metric = Metric_("AWS/ECS", metric_name, (("ClusterName", "main"),), "Average")
    return History({metric: Series(start, 60, array("d", values))}, start, start + 60 * len(values))


def test_a_stored_history_is_replayed_before_and_after(write, made, tmp_path, capsys):
    """Five blips of two minutes at 83 %, and one outage of half an hour at 95 %."""
    values = [50.0] * 1440
    for blip in range(5):
        values[100 + 200 * blip : 102 + 200 * blip] = [83.0] * 2
    values[1200:1230] = [95.0] * 30
    folder = tmp_path / "history"
    store.save(folder, a_day(values))
    after = made.alarm("cpu", threshold=85, evaluation_periods=5, datapoints_to_alarm=3)
    path = write([after], [made.alarm("cpu")])
    assert main(["diff", str(path), "--history", str(folder), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)["history"]
    assert told["before"]["acme-cpu"]["fired"] == 6
    assert told["after"]["acme-cpu"]["fired"] == 1
    assert main(["diff", str(path), "--history", str(folder)]) == 0
    text = capsys.readouterr().out
    assert "| fired 6 -> 1, " in text
    assert "Replayed over 24 hours of history: 6 -> 1 pages, all alarms together." in text
    drawn = dict(re.findall(r"^(before|after) +\|(.{56})\|$", text, re.MULTILINE))
    assert sum(mark != " " for mark in drawn["before"]) > sum(mark != " " for mark in drawn["after"]) > 0
    assert drawn["after"].index("▆" if "▆" in drawn["after"] else drawn["after"].strip()[0]) >= 46


def test_a_folder_without_history_says_how_to_fetch_one(write, made, tmp_path, capsys):
    path = write([made.alarm("cpu")], [])
    assert main(["diff", str(path), "--history", str(tmp_path / "none")]) == 2
    assert "alarmctl history fetch" in capsys.readouterr().err


def test_nothing_changed_says_so(write, made):
    text = comment.render(review(write([made.alarm("a")], [made.alarm("a")]), name="acme"))
    assert "**Alarms: none changed.**" in text
    assert "|" not in text


HOSTILE = "a`b|c\n# x <img src=x> @acme/team </details>"


def test_nothing_in_a_name_or_description_escapes_its_cell(write, made):
    hostile = made.alarm("x", alarm_description=HOSTILE, dimensions={"ClusterName": HOSTILE})
    changed = made.alarm("x", alarm_description=f"{HOSTILE}2", dimensions={"ClusterName": HOSTILE})
    text = comment.render(review(write([changed], [hostile]), name="acme"))
    outside = re.sub(r"(`{3,})text\n.*?\n\1", "", text, flags=re.DOTALL)
    outside = re.sub(r"`[^`\n]*`", "", outside)
    assert "<img" not in outside
    assert "@acme" not in outside
    assert outside.count("</details>") == outside.count("<details>")


NAMES = st.text(min_size=1, max_size=255)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 400), NAMES, st.integers(400, COMMENT_CHARS))
def test_no_comment_is_too_long_and_what_is_left_out_is_counted(count, name, limit):
    alarms = [one(name=f"{name}{index}", description=name * 4) for index in range(count)]
    found = [
        changes.Change(changes.Kind.CHANGED, a.label, a, a, (changes.Setting("description", name, name * 3),))
        for a in alarms
    ]
    findings = [Finding("ALM001", Severity.WARNING, a.address, a.label, name * 3, name) for a in alarms]
    messages = {a.label: f"{name}```" * 5 for a in alarms}
    shown = comment.render(Review(changes=found, findings=findings, messages=messages), limit)
    assert len(shown) <= limit
    assert shown.count("<details>") == shown.count("</details>")
    if count and len(shown) < limit / 3:
        assert "more; `alarmctl diff` has them all" in shown or shown.count("\n| 🟡") == count


def test_the_command_fails_on_new_findings_and_writes_json(write, made, capsys, tmp_path):
    path = write([made.alarm("cpu", alarm_actions=[])], [])
    assert main(["diff", str(path)]) == 1
    assert "New lint findings" in capsys.readouterr().out
    sound = write([made.alarm("cpu")], [])
    output = tmp_path / "diff.json"
    code = main(["diff", str(sound), "--fail-on", "error", "--format", "json", "--output", str(output)])
    assert code == 0
    told = json.loads(output.read_text())
    assert told["changes"][0]["alarm"] == "acme-cpu"
    assert told["cost_after"] == 0.1


def test_a_base_may_be_what_describe_alarms_answers(write, made, tmp_path):
    base = tmp_path / "base.json"
    base.write_text(json.dumps({"MetricAlarms": [{"AlarmName": "acme-gone", "Threshold": 1.0}]}))
    found = review(write([made.alarm("cpu")]), base, name="acme")
    assert {(change.kind.value, change.name) for change in found.changes} == {
        ("removed", "acme-gone"),
        ("added", "acme-cpu"),
    }


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("{}", "JSON of another form"),
        ("nothing", "no JSON"),
        ('{"format_version": "1.0", "values": {"root_module": {}}}', "a state, not a plan"),
        (None, "No such file"),
    ],
)
def test_what_cannot_be_read_is_named_with_what_to_give(tmp_path, capsys, content, told):
    path = tmp_path / "plan.json"
    if content is not None:
        path.write_text(content)
    assert main(["diff", str(path)]) == 2
    error = capsys.readouterr().err
    assert told in error
    assert str(path) in error
