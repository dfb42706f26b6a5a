"""What keeps a workflow from being somebody else's: pins, permissions, triggers."""

import json
import re

import pytest
import yaml

USES = re.compile(r"^\s*-?\s*uses:\s*((?!\./)\S+)(.*)$", re.MULTILINE)
OURS = "./.github/workflows/"
PIN = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
TAG = re.compile(r" # v\d+\.\d+\.\d+")
FORK = "github.event.pull_request.head.repo.full_name == github.repository"
INJECTION = re.compile(r"\$\{\{\s*(github\.(event|head_ref)|matrix|vars|secrets|steps|needs|inputs)")


@pytest.fixture(scope="module")
def workflows(root):
    return {path.name: path.read_text() for path in (root / ".github/workflows").glob("*.y*ml")}


@pytest.fixture(scope="module")
def parsed(workflows):
    return {name: yaml.safe_load(text) for name, text in workflows.items()}


def test_every_action_is_pinned_by_hash_with_its_tag_beside_it(workflows):
    uses = [use for text in workflows.values() for use in USES.findall(text)]
    assert uses
    assert [
        action for action, comment in uses if not PIN.fullmatch(action) or not TAG.fullmatch(comment)
    ] == []


def test_one_hash_per_action(workflows):
    pins = {action for text in workflows.values() for action, _ in USES.findall(text)}
    assert len(pins) == len({pin.partition("@")[0] for pin in pins})


def test_no_permission_by_default_and_each_job_says_its_own(parsed):
    for name, workflow in parsed.items():
        assert workflow["permissions"] == {}, name
        for job_name, job in workflow["jobs"].items():
            assert "permissions" in job, f"{name}: {job_name}"
            assert "write-all" not in str(job["permissions"])


def test_no_trigger_runs_foreign_code_with_our_rights(parsed):
    # PyYAML reads the key `on` as the boolean it is in YAML 1.1.
    triggers = {trigger for workflow in parsed.values() for trigger in workflow[True]}
    assert triggers <= {"push", "pull_request", "schedule", "workflow_dispatch", "workflow_call"}


def test_plans_are_not_made_for_forks(parsed):
    for job in parsed["plan.yml"]["jobs"].values():
        assert job["if"].split(" && ")[0] == FORK
        assert "||" not in job["if"]


def test_pull_requests_never_apply(parsed):
    """Only a job in an environment of GitHub takes the apply role, and no pull request starts one."""
    for name, workflow in parsed.items():
        for job_name, job in workflow["jobs"].items():
            if "APPLY_ROLE" in json.dumps(job):
                assert job["environment"], f"{name}: {job_name}"
                assert set(workflow[True]) == {"workflow_call"}
    callers = {name for name, workflow in parsed.items() if OURS in json.dumps(workflow["jobs"])}
    assert callers == {"apply.yml"}
    assert "pull_request" not in parsed["apply.yml"][True]


def test_what_is_applied_is_what_was_planned(parsed):
    jobs = parsed["apply-environment.yml"]["jobs"]
    plan, apply = ([step.get("run", "") for step in jobs[job]["steps"]] for job in ("plan", "apply"))
    assert any("make plan" in run and "SAVE=saved.tar" in run for run in plan)
    assert any("make apply" in run and 'SHA256="$SHA256"' in run for run in apply)
    assert not any("make plan" in run for run in apply)
    assert jobs["apply"]["steps"][-1]["env"]["SHA256"] == "${{ needs.plan.outputs.sha256 }}"


def test_our_own_workflows_are_called_with_what_they_take(root, parsed):
    for workflow in parsed.values():
        for job in workflow["jobs"].values():
            if "uses" in job:
                called = job["uses"].removeprefix(OURS)
                takes = parsed[called][True]["workflow_call"]["inputs"]
                assert set(job["with"]) == set(takes)
                assert (root / "terraform/environments" / job["with"]["environment"]).is_dir()


def test_no_workflow_holds_a_secret(workflows):
    for name, text in workflows.items():
        assert "secrets." not in text, name
        assert "secrets:" not in text, name


def test_ci_runs_every_python_that_we_promise(parsed):
    assert parsed["ci.yml"]["jobs"]["fast"]["strategy"]["matrix"]["python"] == ["3.11", "3.12", "3.13"]


def test_no_credentials_are_left_in_the_checkout(parsed):
    for workflow in parsed.values():
        for job in workflow["jobs"].values():
            for step in job.get("steps", ()):
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False


def test_no_script_is_put_together_from_expressions(parsed):
    scripts = [
        step["run"]
        for workflow in parsed.values()
        for job in workflow["jobs"].values()
        for step in job.get("steps", ())
        if "run" in step
    ]
    assert [script for script in scripts if INJECTION.search(script)] == []


def test_every_job_has_a_time_limit(parsed):
    assert all(
        job["timeout-minutes"] <= 30
        for workflow in parsed.values()
        for job in workflow["jobs"].values()
        if "uses" not in job  # what it calls has its own
    )
