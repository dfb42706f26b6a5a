"""What the tree must hold, and what no file of it may say."""

import re
import stat
import subprocess

import pytest

LAYOUT = [
    *("README.md", "Makefile", "pyproject.toml", "requirements.lock", "CHANGELOG.md", "CONTRIBUTING.md"),
    *("SECURITY.md", "LICENSE", ".ci/run", ".github/workflows/ci.yml", ".github/workflows/plan.yml"),
    *("docs/architecture.md", "docs/troubleshooting.md", "docs/adr", "tools/package.py"),
    *("lambda/notify_slack/handler.py", "src/alarms/evaluate.py", "src/alarmctl/cli.py"),
    *(
        "terraform/modules/alert_topics",
        "terraform/modules/slack_notifier",
        "terraform/modules/metric_alarms",
    ),
    *("terraform/modules/service_alarms", "terraform/modules/event_rules", "terraform/modules/alerting"),
    *("terraform/environments/local", "terraform/environments/staging", "terraform/environments/production"),
    "terraform/bootstrap",
]

# Each pattern is written so that it does not match itself.
FORBIDDEN = {
    "a folder of somebody's machine": (r"(?<![\w.])/(wo[r]k|ro[o]t|opt/tf-plu[g]ins)(/|\b)"),
    "a temporary folder": r"(?<![\w.])/t[m]p/(?!\$|\{|<)\w+",
    "something outside of the repository": r"\.\./sha[r]ed\b",
    "a package index": r"\b(pypi\.o[r]g|pythonhosted\.o[r]g|registry\.npmjs\.o[r]g)\b|--(extra-)?index-u[r]l",
    "a Slack webhook that looks real": (
        r"hooks\.slack(-gov)?\.com/services/T[A-Z0-9]{8,}/B[A-Z0-9]{8,}/(?!X{24})\w{24}"
    ),
    "a Slack token that looks real": r"\bxo[x][abp]-\d{8,}",
    "an AWS access key that looks real": r"\bA(KIA|SIA)(?![A-Z0-9]*EXAMPLE)[A-Z0-9]{16}\b",
    "a merge conflict": r"^(<{7}|>{7}) ",
    "planning talk": r"(?i)\bpart \d+ of \d+\b|\bthe brie[f]\b",
}
LINES = 500
CODE = re.compile(r"^(src|lambda|tools|terraform/modules)/.*\.(py|tf)$")


@pytest.mark.parametrize("path", LAYOUT)
def test_layout(root, path):
    assert (root / path).exists()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_file_names(what, committed):
    pattern = re.compile(FORBIDDEN[what], re.MULTILINE)
    found = {
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, text in committed.items()
        for match in pattern.finditer(text)
    }
    assert found == set()


@pytest.mark.parametrize(
    ("what", "text"),
    [
        ("a folder of somebody's machine", "cd /{}/x".format("root")),
        ("a folder of somebody's machine", "see /{}/main".format("work")),
        ("a temporary folder", "/{}/scratch".format("tmp")),
        ("something outside of the repository", "../{}/x".format("shared")),
        ("a package index", "https://pypi.{}/simple".format("org")),
        (
            "a Slack webhook that looks real",
            f"https://hooks.slack.com/services/T{'0' * 8}/B{'0' * 8}/{'x' * 24}",
        ),
        ("a Slack token that looks real", f"xo{'x'}b-123456789012-abc"),
        ("an AWS access key that looks real", f"AK{'IA'}{'Z' * 16}"),
        ("a merge conflict", "<" * 7 + " HEAD"),
        ("planning talk", f"Part 3 of {10}"),
    ],
)
def test_the_patterns_find_what_they_are_for(what, text):
    assert re.search(FORBIDDEN[what], text, re.MULTILINE)


def test_code_files_stay_short(committed):
    long = {
        name: text.count("\n")
        for name, text in committed.items()
        if CODE.match(name) and text.count("\n") > LINES
    }
    assert long == {}


def test_nothing_is_committed_that_a_build_makes(root):
    ignored = subprocess.run(
        ["git", "ls-files", "--cached", "--ignored", "--exclude-standard"],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ignored.stdout == ""


@pytest.mark.parametrize("script", [".ci/run", "tools/dots"])
def test_scripts_can_be_run(root, script):
    assert (root / script).stat().st_mode & stat.S_IXUSR
    subprocess.run(["bash", "-n", str(root / script)], check=True)
