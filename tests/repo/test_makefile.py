import re
import subprocess

import pytest

PROMISED = {
    *(
        "setup",
        "demo",
        "demo-full",
        "test",
        "test-fast",
        "lint",
        "types",
        "test-terraform",
        "test-alarms",
        "package",
        "bench",
        "fmt",
        "docs",
    ),
    *("workflows", "plan", "apply", "release"),
    *("catalogue", "checkov", "clean", "lock", "test-mutants", "torture", "help"),
}


@pytest.fixture(scope="module")
def makefile(root):
    return (root / "Makefile").read_text()


@pytest.fixture
def make(root, monkeypatch):
    """Run make as a person would, even if these tests were started by make."""
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "WAIT"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments):
        return subprocess.run(
            ["make", *arguments], cwd=root, capture_output=True, text=True, check=True
        ).stdout

    return run


def test_bare_make_lists_every_target(make, makefile):
    shown = set(re.findall(r"^  make (\S+) +\S", make(), re.MULTILINE))
    assert shown == set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE)) == PROMISED


def test_the_demo_can_end_by_itself(make):
    assert make("-n", "demo").rstrip().endswith("alarmctl local demo")
    assert make("-n", "demo", "WAIT=0").rstrip().endswith("alarmctl local demo --no-wait")
    assert make("-n", "demo-full", "WAIT=0").rstrip().endswith("alarmctl local demo --full --no-wait")


def test_works_with_make_3_81(makefile):
    assert not re.findall(
        r"^(\.ONESHELL|\.SHELLFLAGS|undefine|.*::?:?=.*\$\(file|.*!=)", makefile, re.MULTILINE
    )


def test_ci_runs_only_what_a_person_can_run(root, makefile):
    text = (root / ".ci/run").read_text() + "".join(
        path.read_text() for path in (root / ".github/workflows").glob("*.yml")
    )
    lines = re.findall(r"\bmake ([a-z-]+(?: [a-z-]+)*)$", text, re.MULTILINE)
    used = {word for line in lines for word in line.split()}
    assert {"setup", "lint", "types", "package"} <= used <= PROMISED
