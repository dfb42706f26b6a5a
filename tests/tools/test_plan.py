import json
from array import array

import pytest
import responses

from alarmctl.history import store
from alarmctl.history.model import History, Metric, Series

API = "https://api.github.com/repos/example/alerts"
START = 1_772_409_600  # 2 March 2026
COMMENTS = f"{API}/issues/7/comments"


@pytest.fixture(scope="module")
def planner(tool):
    return tool("plan")


@pytest.fixture
def result(planner):
    changes = ("create aws_sns_topic.a", "delete aws_sqs_queue.b", "create aws_sns_topic.c")
    return planner.Result(changes, "Terraform will perform…")


class TestComment:
    def test_names_the_environment_and_what_needs_care_first(self, planner, result):
        body = planner.comment("staging", "0123456789abcdef", result)
        assert body.startswith("<!-- terraform-plan staging -->\n### Terraform plan: staging\n")
        assert "**1 to delete, 2 to create.** Commit 0123456789ab" in body
        assert body.index("**delete** `aws_sqs_queue.b`") < body.index("**create** `aws_sns_topic.a`")
        assert "<details><summary>the whole plan</summary>\n\n```text\nTerraform will perform…\n```" in body

    def test_no_changes_is_one_line(self, planner):
        body = planner.comment("staging", "0" * 40, planner.Result(text="No changes. …"))
        assert "**No changes.**" in body
        assert "details" not in body

    def test_a_failure_shows_terraform_s_words_unfolded(self, planner):
        body = planner.comment(
            "staging", "0" * 40, planner.Result(error="Unknown key: api.treat_missing_dta")
        )
        assert "**The plan failed.**" in body
        assert "```text\nUnknown key: api.treat_missing_dta\n```" in body

    def test_stays_within_github_s_limit_and_marks_the_cut(self, planner):
        many = tuple(f"create aws_cloudwatch_metric_alarm.alarm_{number:04}" for number in range(500))
        body = planner.comment("staging", "0" * 40, planner.Result(many, "x" * 200_000))
        assert len(body) < 65_536
        assert "… and 450 more" in body
        assert "… cut here" in body

    def test_what_happens_to_the_alarms_stands_first(self, planner, result):
        told = planner.Result(result.changes, result.text, alarms="**Alarms: 1 changed.**\n")
        body = planner.comment("staging", "0" * 40, told)
        assert body.index("**Alarms: 1 changed.**") < body.index("- **delete**") < body.index("<details>")

    def test_a_fence_inside_the_plan_cannot_end_the_block(self, planner):
        body = planner.comment("staging", "0" * 40, planner.Result(("create a.b",), "````\n<script>"))
        assert "`````text\n````\n<script>\n`````" in body


class TestPost:
    @pytest.fixture
    def github(self):
        with responses.RequestsMock() as mock:
            yield mock

    def listing(self, *comments):
        return [
            {"url": f"{API}/issues/comments/{number}", "body": body, "user": {"type": kind}}
            for number, (kind, body) in enumerate(comments, 1)
        ]

    def test_creates_the_first_one(self, planner, github):
        github.get(COMMENTS, json=self.listing(("Bot", "<!-- terraform-plan production -->")))
        made = github.post(COMMENTS, status=201, json={})
        assert planner.post(API, 7, "staging", "the plan", "token") == "created"
        assert json.loads(made.calls[0].request.body) == {"body": "the plan"}
        assert made.calls[0].request.headers["Authorization"] == "Bearer token"

    def test_updates_its_own_even_on_a_later_page(self, planner, github):
        later = f"{COMMENTS}?per_page=100&page=2"
        github.get(
            COMMENTS,
            json=self.listing(("User", "<!-- terraform-plan staging --> quoted")),
            headers={"Link": f'<{later}>; rel="next"'},
            match=[responses.matchers.query_param_matcher({"per_page": 100})],
        )
        github.get(
            later, json=self.listing(("User", "hello"), ("Bot", "<!-- terraform-plan staging -->\nold"))
        )
        changed = github.patch(f"{API}/issues/comments/2", json={})
        assert planner.post(API, 7, "staging", "new", "token") == "updated"
        assert json.loads(changed.calls[0].request.body) == {"body": "new"}

    def test_a_refusal_names_the_permission(self, planner, github):
        github.get(COMMENTS, status=403, json={})
        with pytest.raises(
            planner.PlanError, match=r"pull request 7.*HTTP 403.*pull-requests: write"
        ) as raised:
            planner.post(API, 7, "staging", "new", "secret-token")
        assert "secret-token" not in str(raised.value)


class TestCommandLine:
    @pytest.fixture
    def event(self, tmp_path, monkeypatch):
        path = tmp_path / "event.json"
        path.write_text(json.dumps({"pull_request": {"number": 7, "head": {"sha": "abc" * 10}}}))
        for name, value in {
            "GITHUB_EVENT_PATH": path,
            "GITHUB_API_URL": "https://api.github.com",
            "GITHUB_REPOSITORY": "example/alerts",
            "GITHUB_TOKEN": "token",
        }.items():
            monkeypatch.setenv(name, str(value))

    def test_drift_is_a_failure_and_tells_github(self, planner, monkeypatch, tmp_path, result):
        summary, outputs = tmp_path / "summary", tmp_path / "outputs"
        monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(summary))
        monkeypatch.setenv("GITHUB_OUTPUT", str(outputs))
        monkeypatch.setattr(planner, "plan", lambda *_: result)
        assert planner.main(["staging"]) == 0
        assert planner.main(["staging", "--drift"]) == 1
        assert "**1 to delete, 2 to create.**" in summary.read_text()
        assert outputs.read_text() == "changes=true\nchanges=true\n"
        monkeypatch.setattr(planner, "plan", lambda *_: planner.Result())
        assert planner.main(["staging", "--drift"]) == 0
        assert outputs.read_text().endswith("changes=false\n")

    @pytest.mark.usefixtures("event")
    def test_comments_and_fails_with_the_plan(self, planner, monkeypatch, capsys):
        monkeypatch.setattr(planner, "plan", lambda *_: planner.Result(error="Unknown severity: api-5xx."))
        with responses.RequestsMock() as github:
            github.get(COMMENTS, json=[])
            made = github.post(COMMENTS, status=201, json={})
            assert planner.main(["staging", "--comment"]) == 1
            assert "Unknown severity: api-5xx." in json.loads(made.calls[0].request.body)["body"]
        assert "The plan failed.\ncomment created" in capsys.readouterr().out

    def test_prints_the_plan_without_github(self, planner, monkeypatch, capsys, result):
        monkeypatch.setattr(planner, "plan", lambda *_: result)
        assert planner.main(["production"]) == 0
        assert "1 to delete, 2 to create." in capsys.readouterr().out

    def test_an_unknown_environment_is_wrong_usage(self, planner, capsys):
        with pytest.raises(SystemExit, match="2"):
            planner.main(["prod"])
        assert "choose from production, staging" in capsys.readouterr().err.replace("'", "")


def test_a_missing_state_bucket_is_named(planner, tmp_path, monkeypatch):
    monkeypatch.setattr(planner, "ENVIRONMENTS", tmp_path)
    assert planner.plan("staging").error == (
        "backend.hcl is missing: make the state bucket as terraform/bootstrap says."
    )


class Planned:
    """A Terraform that shows a canned plan."""

    def __init__(self, document):
        self.document = document

    def show(self, _saved):
        return self.document


def alarm(threshold):
    values = {
        "alarm_name": "acme-cpu",
        "metric_name": "CPUUtilization",
        "namespace": "AWS/ECS",
        "dimensions": {"ClusterName": "main"},
        "statistic": "Average",
        "period": 60,
        "evaluation_periods": 2,
        "threshold": threshold,
        "comparison_operator": "GreaterThanThreshold",
        "alarm_actions": ["arn:aws:sns:eu-west-1:123456789012:acme-warning"],
    }
    one = {"address": "a.b", "mode": "managed", "type": "aws_cloudwatch_metric_alarm", "values": values}
    return {"root_module": {"resources": [one]}}


class TestAlarms:
    @pytest.fixture
    def runner(self):
        return Planned(
            {"format_version": "1.2", "planned_values": alarm(85), "prior_state": {"values": alarm(80)}}
        )

    def test_what_happens_to_them_is_told_in_words(self, planner, runner, tmp_path):
        told = planner._alarms("staging", runner, tmp_path / "plan", 0)
        assert "> 80 % for 2 of 2 minutes -> > 85 % for 2 of 2" in told
        assert not (tmp_path / "history").exists()

    def test_history_is_fetched_of_both_and_replayed(self, planner, runner, tmp_path, monkeypatch):
        asked = []
        values = array("d", [82.0] * 1440)

        def fetch(arguments):
            asked.append(arguments)
            metric = Metric("AWS/ECS", "CPUUtilization", (("ClusterName", "main"),), "Average")
            end = START + 60 * len(values)
            store.save(tmp_path / "history", History({metric: Series(START, 60, values)}, START, end))
            return 0

        monkeypatch.setattr(planner.cli, "main", fetch)
        told = planner._alarms("staging", runner, tmp_path / "plan", 14)
        assert asked[0][:2] == ["history", "fetch"]
        assert asked[0][4:6] == ["--days", "14"]
        assert "Replayed over 24 hours of history" in told
        assert "-> 0 min in ALARM" in told

    def test_a_history_that_cannot_be_had_is_done_without(self, planner, runner, tmp_path, monkeypatch):
        monkeypatch.setattr(planner.cli, "main", lambda _: 1)
        assert "Replayed" not in planner._alarms("staging", runner, tmp_path / "plan", 14)


@pytest.mark.terraform
def test_a_real_plan(planner, tmp_path, monkeypatch):
    folder = tmp_path / "environments"
    (folder / "tiny").mkdir(parents=True)
    (folder / "tiny/main.tf").write_text(
        'terraform {\n  backend "local" {}\n}\nresource "terraform_data" "it" {}\n'
    )
    (folder / "backend.hcl").write_text(f'path = "{tmp_path}/it.tfstate"\n')
    monkeypatch.setattr(planner, "ENVIRONMENTS", folder)
    planned = planner.plan("tiny")
    assert (planned.changes, planned.error) == (("create terraform_data.it",), "")
    assert "# terraform_data.it will be created" in planned.text
    (folder / "tiny/broken.tf").write_text('output "it" {\n  value = var.none\n}\n')
    assert "undeclared input variable" in planner.plan("tiny").error
