import json
import subprocess
import sys

import pytest

KNOWN = ("local", "production", "staging")


@pytest.fixture(scope="module")
def changed(tool):
    return tool("changed")


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["terraform/environments/staging/alarms.yaml"], ["staging"]),
        (
            ["terraform/environments/staging/main.tf", "terraform/modules/alerting/main.tf"],
            ["production", "staging"],
        ),
        (["terraform/environments/backend.hcl"], ["production", "staging"]),
        (["lambda/notify_slack/handler.py"], ["production", "staging"]),
        (["requirements.lock"], ["production", "staging"]),
        (["terraform/environments/local/alarms.yaml"], []),
        (["README.md", "docs/cost.md", "terraform/environments/README.md"], []),
        (["terraform/bootstrap/main.tf"], []),
        ([], []),
    ],
)
def test_what_a_change_must_be_planned_in(changed, paths, expected):
    assert changed.environments(paths, KNOWN) == expected


def test_the_script_prints_a_matrix_for_github(root_of_project):
    run = subprocess.run(
        [sys.executable, root_of_project / "tools/changed.py"],
        input="terraform/environments/production/alarms.yaml\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == [{"environment": "production", "role": "AWS_PLAN_ROLE_PRODUCTION"}]


@pytest.fixture
def root_of_project(request):
    return request.config.rootpath
