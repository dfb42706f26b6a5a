"""`alarmctl backtest` as a user runs it."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from alarmctl import cli
from alarmctl.backtest import replaying


@pytest.fixture
def backtest(month, capsys):
    def run(*arguments, file=None, history=month.history):
        code = cli.main(
            ["backtest", str(file or month.alarms), "--history", str(history), *map(str, arguments)]
        )
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_text_has_the_timeline_the_figures_and_the_assumptions(backtest, month):
    code, out, _ = backtest("--incidents", month.incidents)
    assert code == 0
    assert "Backtest of 8 alarms, 2026-09-01 00:00 to 2026-10-01 00:00 UTC (4.3 weeks)" in out
    assert re.search(r"checkout-cpu +[·▁]+ +3 +95 min +45 min +0 +2 min +2 min +67 %", out)
    assert "Never had data: checkout-silent" in out
    assert "unseen: caught by no alarm" in out
    for word in ("Resolution: 1 minute", "Phase: ", "Ingestion delay: none"):
        assert word in out


def test_json_has_every_alarm_and_its_spans(backtest, month):
    code, out, _ = backtest("--format", "json", "--incidents", month.incidents)
    told = json.loads(out)
    assert code == 0
    by_name = {one["name"]: one for one in told["alarms"]}
    assert by_name["checkout-cpu"]["spans"][0]["start"] == "2026-09-04T14:12:00Z"
    assert told["totals"]["always_on"] == ["checkout-always"]
    assert len(told["incidents"]) == 4


def test_two_sets_of_alarms_are_compared(backtest, month, tmp_path):
    alarms = json.loads(month.alarms.read_text())
    for one in alarms["MetricAlarms"]:
        if one["AlarmName"] == "checkout-flapping":
            one |= {"EvaluationPeriods": 3, "DatapointsToAlarm": 3}
    alarms["MetricAlarms"] = [one for one in alarms["MetricAlarms"] if one["AlarmName"] != "checkout-silent"]
    better = tmp_path / "better.json"
    better.write_text(json.dumps(alarms))
    code, out, _ = backtest("--against", month.alarms, file=better)
    assert code == 0
    assert "30 pages become 10" in out
    assert "checkout-flapping: fired 20 -> 0, in ALARM 20 min -> 0 min, pages 20 -> 0" in out
    assert "checkout-silent: removed" in out
    assert "  checkout-cpu: fired" not in out
    _, markdown, _ = backtest("--against", month.alarms, "--format", "md", file=better)
    assert "- `checkout-flapping`: fired 20 -> 0" in markdown
    _, page, _ = backtest("--against", month.alarms, "--format", "html", file=better)
    assert '<td class="good">20 → 0</td>' in page


def test_the_page_needs_nothing_else(backtest, month, tmp_path):
    path = tmp_path / "page.html"
    code, out, _ = backtest("--format", "html", "--incidents", month.incidents, "--output", path)
    page = path.read_text(encoding="utf-8")
    assert (code, out) == (0, "")
    assert not re.search(r"https?://|<script|@import|url\(", page)
    assert "prefers-color-scheme: dark" in page
    assert page.count('<section class="card"') == 6  # all that were in ALARM
    assert page.count('class="threshold"') == 9  # five metrics whole, four of them from near by
    assert "NaN" not in page
    assert "nan" not in re.sub(r"<style>.*?</style>", "", page, flags=re.DOTALL)


def test_names_cannot_write_markup(backtest, month, tmp_path):
    alarms = json.loads(month.alarms.read_text())
    cpu = next(one for one in alarms["MetricAlarms"] if one["AlarmName"] == "checkout-cpu")
    evil = cpu | {"AlarmName": "<img src=x>|`*", "AlarmArn": None}
    path = tmp_path / "evil.json"
    path.write_text(json.dumps({"MetricAlarms": [evil], "CompositeAlarms": []}))
    _, page, _ = backtest("--format", "html", file=path)
    assert "<img" not in page
    _, markdown, _ = backtest("--format", "md", file=path)
    assert "| `<img src=x>\\|'*` |" in markdown


def test_without_numpy_it_says_so_and_answers_the_same(backtest, month, tmp_path, monkeypatch):
    hours = tmp_path / "hours"
    shutil.copytree(month.history, hours)
    manifest = json.loads((hours / "manifest.json").read_text())
    manifest["end"] = manifest["start"] + 2 * 3600
    (hours / "manifest.json").write_text(json.dumps(manifest))
    _, quick, _ = backtest("--format", "json", history=hours)
    monkeypatch.setattr(replaying, "HAS_NUMPY", False)
    _, exact, told = backtest("--format", "json", history=hours)
    assert "Install alarmctl[fast]" in told
    first, second = json.loads(quick)["alarms"], json.loads(exact)["alarms"]
    assert [one.pop("exact") for one in first] == [False] * 8
    assert [one.pop("exact") for one in second] == [not one["composite"] for one in second]
    assert first == second


WRONG = {
    "no list": ("{}", "no list"),
    "no end": ('[{"start": "2026-01-01T00:00:00Z"}]', "incident 1: needs start and end"),
    "backwards": ('[{"start": "2026-01-02", "end": "2026-01-01"}]', "its end is not after its start"),
    "no time": ('[{"start": "x", "end": "2026-01-01"}]', "start is no time: 'x'"),
    "unknown key": ('[{"start": "2026-01-01", "end": "2026-01-02", "alarm": 1}]', "not understood: alarm"),
    "alarms": ('[{"start": "2026-01-01", "end": "2026-01-02", "alarms": 1}]', "alarms must be a list"),
    "no yaml": ("[", "neither YAML nor JSON"),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_incidents_are_refused_by_name(backtest, tmp_path, case):
    text, said = WRONG[case]
    path = tmp_path / "incidents.yaml"
    path.write_text(text)
    code, _, told = backtest("--incidents", path)
    assert code == 2
    assert said in told
    assert str(path) in told


def test_what_cannot_be_read_is_named(backtest, tmp_path):
    code, _, told = backtest(history=tmp_path)
    assert (code, f"{tmp_path}: no history in it" in told) == (2, True)
    code, _, told = backtest(file=tmp_path / "none.json")
    assert (code, "none.json: No such file" in told) == (2, True)
    code, _, told = backtest("--timezone", "Mars/Olympus")
    assert (code, "unknown time zone 'Mars/Olympus'" in told) == (2, True)
    code, _, told = backtest("--output", tmp_path / "no" / "where")
    assert (code, "No such file" in told) == (2, True)


def test_neither_history_nor_days_is_wrong_usage(month, capsys):
    assert cli.main(["backtest", str(month.alarms)]) == 2
    assert "Give --history DIR, or --days N" in capsys.readouterr().err
