"""`alarmctl completion`: what a shell makes of it."""

import shutil
import subprocess

import pytest

from alarmctl.cli import main


@pytest.mark.parametrize(
    ("typed", "completed"),
    [
        ("prev", "preview"),
        ("local cha", "chaos"),
        ("local chaos --out", "--outage"),
        ("lint --format js", "json"),
    ],
)
def test_bash_completes(capsys, typed, completed):
    assert main(["completion", "bash"]) == 0
    words = ["alarmctl", *typed.split()]
    script = capsys.readouterr().out + (
        f"\nCOMP_WORDS=({' '.join(words)}); COMP_CWORD={len(words) - 1}\n"
        '_shtab_alarmctl; echo "${COMPREPLY[@]}"\n'
    )
    ran = subprocess.run(["bash"], input=script, capture_output=True, text=True, check=True)
    assert ran.stdout.split() == [completed]


@pytest.mark.parametrize("shell", ["zsh", "tcsh"])
def test_other_shells_take_it(capsys, shell):
    assert main(["completion", shell]) == 0
    script = capsys.readouterr().out
    assert "alarmctl" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n"], input=script, text=True, check=True)
