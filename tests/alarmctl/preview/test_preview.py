"""`alarmctl preview`: what the notifier would post for a file, told without AWS and without a network."""

import io
import json
from pathlib import Path

import pytest

from alarmctl.cli import main
from alarmctl.preview import report
from alarmctl.preview.report import Previewed
from notify_slack.model import Route
from notify_slack.pipeline import Explanation, Preview

EVENTS = Path(__file__).resolve().parents[2] / "notify_slack/events"
EXAMPLES = EVENTS.parent / "messages"
ALARM = EVENTS / "alarm-eventbridge.json"


@pytest.fixture
def preview(capsys):
    """Run the command: its exit code, standard output and standard error."""

    def run(*arguments):
        code = main(["preview", *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return run


def test_json_says_what_each_event_becomes(preview):
    code, out, err = preview(ALARM, "--format", "json", "--environment", "production")
    (event,) = json.loads(out)
    assert code == 0
    assert event["file"] == str(ALARM)
    assert (event["kind"], event["severity"], event["message"]) == ("alarm", "warning", 1)
    assert event["dedupe_key"].endswith(":alarm:acme-production-api-cpu|ALARM|2026-03-02T10:15:07.123Z")
    assert event["route"] == {
        "rule": "default",
        "why": "there are no rules",
        "webhook_parameter": None,
        "channel": None,
        "mention": None,
        "dropped": None,
    }
    (request,) = event["requests"]
    assert "(production, eu-west-1)" in request["text"]
    assert err == "1 file, 1 event: 1 alarm\n"


def test_text_says_which_rule_took_it_and_why(preview, tmp_path):
    settings = tmp_path / "notifier.yaml"
    settings.write_text(
        """
rules:
- name: api
  when: {alarm_name: ['*-api-*']}
  mention: '@here'
  webhook_parameter: /acme/api
"""
    )
    code, out, err = preview(ALARM, "--config", settings)
    assert (code, err) == (0, "")
    assert "  alarm, warning, posted to /acme/api: acme-production-api-cpu\n" in out
    assert "    rule api: alarm_name is acme-production-api-cpu (*-api-*)\n" in out
    assert "    mentions <!here>\n" in out
    assert "    🟠 ALARM: acme-production-api-cpu\n" in out
    assert out.endswith("1 file, 1 event: 1 alarm\n")


def test_what_is_dropped_says_why(preview, tmp_path):
    settings = tmp_path / "notifier.json"
    settings.write_text('{"rules": [{"name": "noise", "drop": "nobody reads it"}]}')
    _, out, _ = preview(ALARM, "--config", settings)
    assert "alarm, warning, not posted: acme-production-api-cpu\n" in out
    assert "because: rule noise: nobody reads it\n" in out
    assert out.endswith("1 alarm; 1 not posted\n")
    _, out, _ = preview(ALARM, "--config", settings, "--format", "json")
    (event,) = json.loads(out)
    assert (event["message"], event["requests"]) == (None, [])
    assert event["route"]["dropped"] == "rule noise: nobody reads it"


def test_a_batch_shares_its_digest(preview):
    _, out, err = preview(EXAMPLES / "digest.json", "--format", "json")
    events = json.loads(out)
    assert len(events) == 6
    assert {event["message"] for event in events} == {1}
    assert all(event["requests"] == events[0]["requests"] for event in events)
    assert err == "1 file, 6 events: 6 alarm\n"
    _, out, _ = preview(EXAMPLES / "digest.json")
    assert out.startswith(f"{EXAMPLES / 'digest.json'}: 6 events\n")


def test_a_folder_means_every_json_below_it(preview, tmp_path):
    (tmp_path / "deep").mkdir()
    for name in ("b.json", "deep/a.json"):
        (tmp_path / name).write_text(ALARM.read_text())
    (tmp_path / "c.txt").write_text("no event")
    code, out, err = preview(tmp_path, "--format", "json")
    assert code == 0
    assert [Path(event["file"]).name for event in json.loads(out)] == ["b.json", "a.json"]
    assert err == "2 files, 2 events: 2 alarm\n"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("hello", "text"),
        ('"hello"', "text"),
        ("42", "text"),
        ("null", "text"),
        ("", "text"),
        ('{"a": 1}', "custom"),
        ("[1, 2]", "custom"),
        ("[" * 9999, "text"),
    ],
)
def test_standard_input_may_hold_anything(text, kind, preview, monkeypatch):
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    code, out, _ = preview("-", "--format", "json")
    (event,) = json.loads(out)
    assert (code, event["file"], event["kind"]) == (0, "-", kind)


def test_bytes_that_are_no_text_are_shown(preview, tmp_path):
    (tmp_path / "x.json").write_bytes(b"\xff\xfe\x00broken")
    assert preview(tmp_path / "x.json")[0] == 0


def test_an_empty_batch_holds_no_event(preview, tmp_path):
    (tmp_path / "x.json").write_text('{"Records": []}')
    code, out, _ = preview(tmp_path / "x.json")
    assert code == 0
    assert "There is no event in it." in out
    assert out.endswith("1 file, 0 events\n")


def test_html_is_the_page_and_goes_where_it_is_told(preview, tmp_path):
    page = tmp_path / "page.html"
    code, out, err = preview(ALARM, "--format", "html", "--output", page)
    assert (code, out, err) == (0, "", "1 file, 1 event: 1 alarm\n")
    assert "ALARM: acme-production-api-cpu" in page.read_text()
    assert str(ALARM) in page.read_text()
    assert "<script" not in page.read_text()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nowhere.json"], "nowhere.json: No such file or directory."),
        (["{tmp}"], "there is no .json file in this folder."),
        ([ALARM, "--config", "nowhere.json"], "nowhere.json: No such file or directory."),
        ([ALARM, "--config", "{tmp}/a.yaml"], "a.yaml, line 1: this is no YAML."),
        ([ALARM, "--config", "{tmp}/c.yaml"], "c.yaml: NOTIFIER_CONFIG must be an object, not list."),
        ([ALARM, "--config", "{tmp}/b.yaml"], "b.yaml: NOTIFIER_CONFIG: unknown key rule. Known: accounts, "),
        ([ALARM, "--config", "{tmp}/c.txt"], "c.txt: NOTIFIER_CONFIG is no JSON"),
        ([ALARM, "--output", "{tmp}"], "Is a directory."),
    ],
)
def test_what_cannot_be_read_is_named(arguments, said, preview, tmp_path):
    (tmp_path / "a.yaml").write_text("{")
    (tmp_path / "b.yaml").write_text("rule: []")
    (tmp_path / "c.yaml").write_text("[]")
    (tmp_path / "c.txt").write_text("{")
    code, out, err = preview(*(str(argument).replace("{tmp}", str(tmp_path)) for argument in arguments))
    assert (code, out) == (2, "")
    assert err.startswith("alarmctl preview: ")
    assert said in err


def test_an_empty_configuration_is_the_default(preview, tmp_path):
    (tmp_path / "a.yaml").write_text("")
    assert preview(ALARM, "--config", tmp_path / "a.yaml")[0] == 0


def test_what_slack_would_refuse_is_a_failure(preview, monkeypatch):
    body = {"text": "the text", "blocks": [{"type": "no"}]}
    broken = Preview((Explanation("t", "text", "info", "", Route(), None),), (body,))
    monkeypatch.setattr("notify_slack.pipeline.explain", lambda *_: broken)
    code, out, _ = preview(ALARM)
    assert code == 1
    assert "  Slack would refuse this: invalid_blocks" in out
    assert "    the text\n" in out
    assert "dedupe key (none: every copy is posted)" in out
    assert report.summary([Previewed("f", broken)]) == "1 file, 1 event: 1 text"


def test_every_example_is_one_that_slack_takes(preview):
    code, _, err = preview(EVENTS, EXAMPLES, "--format", "json")
    assert code == 0
    assert "not posted" not in err.replace("; 1 not posted", ""), "only the state that is not announced"
