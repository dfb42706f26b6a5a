import re
import subprocess

import pytest

PROMISED = {
    *("setup", "demo", "test", "test-fast", "lint", "types", "test-terraform", "package", "bench", "fmt"),
    *("clean", "lock", "help"),
}


@pytest.fixture(scope="module")
def makefile(root):
    return (root / "Makefile").read_text()


def test_bare_make_lists_every_target(root, makefile):
    listed = subprocess.run(["make", "-s"], cwd=root, capture_output=True, text=True, check=True).stdout
    shown = set(re.findall(r"^  make (\S+) +\S", listed, re.MULTILINE))
    assert shown == set(re.findall(r"^\.PHONY: (\S+)$", makefile, re.MULTILINE)) == PROMISED


def test_the_demo_can_end_by_itself(root):
    for arguments, ending in ((["WAIT=0"], "alarmctl local demo --no-wait"), ([], "alarmctl local demo")):
        run = subprocess.run(
            ["make", "-n", "demo", *arguments], cwd=root, capture_output=True, text=True, check=True
        )
        assert run.stdout.rstrip().endswith(ending)


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
