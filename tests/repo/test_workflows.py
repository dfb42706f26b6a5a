"""What keeps a workflow from being somebody else's: pins, permissions, triggers."""

import re

import pytest
import yaml

USES = re.compile(r"^\s*-?\s*uses:\s*(\S+)(.*)$", re.MULTILINE)
PIN = re.compile(r"[\w.-]+/[\w./-]+@[0-9a-f]{40}")
TAG = re.compile(r" # v\d+\.\d+\.\d+")
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
    assert triggers <= {"push", "pull_request", "schedule", "workflow_dispatch"}


def test_plans_are_not_made_for_forks(parsed):
    condition = parsed["plan.yml"]["jobs"]["plan"]["if"]
    assert condition == "github.event.pull_request.head.repo.full_name == github.repository"


def test_no_credentials_are_left_in_the_checkout(parsed):
    for workflow in parsed.values():
        for job in workflow["jobs"].values():
            for step in job["steps"]:
                if step.get("uses", "").startswith("actions/checkout@"):
                    assert step["with"]["persist-credentials"] is False


def test_no_script_is_put_together_from_expressions(parsed):
    scripts = [
        step["run"]
        for workflow in parsed.values()
        for job in workflow["jobs"].values()
        for step in job["steps"]
        if "run" in step
    ]
    assert [script for script in scripts if INJECTION.search(script)] == []


def test_every_job_has_a_time_limit(parsed):
    assert all(
        job["timeout-minutes"] <= 30 for workflow in parsed.values() for job in workflow["jobs"].values()
    )
