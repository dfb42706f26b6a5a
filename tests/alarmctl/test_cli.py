import subprocess
import sys

import pytest

import alarmctl
from alarmctl import cli


def test_every_area_with_commands_is_offered():
    assert "local" in cli.areas()
    # `import` is a word of Python's own, and so no name for a package.
    for area in cli.areas():
        assert {"importing": "import"}.get(area, area) in cli.parser().format_help()


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        ([], 2, "COMMAND"),
        (["nonsense"], 2, "invalid choice"),
        (["local"], 2, "COMMAND"),
        (["local", "fire"], 2, "NAME"),
        (["local", "fire", "x", "--state", "BROKEN"], 2, "INSUFFICIENT_DATA"),
        (["--version"], 0, alarmctl.__version__),
        (["local", "demo", "--help"], 0, "--no-wait"),
    ],
)
def test_usage(capsys, words, code, says):
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == code
    output = capsys.readouterr()
    assert says in output.out + output.err


def test_ctrl_c_is_no_traceback(monkeypatch, capsys):
    def interrupt(_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("alarmctl.local.commands.run_status", interrupt)
    assert cli.main(["local", "status"]) == 130
    assert "interrupted" in capsys.readouterr().err


def test_it_runs_as_a_module_and_a_closed_pipe_is_no_traceback(tmp_path):
    command = [sys.executable, "-m", "alarmctl", "local", "status", "--home", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "No local stack is running" in run.stdout
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.stderr is not None
        errors = process.stderr.read()
    assert "Traceback" not in errors


def test_help_does_not_load_the_local_aws():
    code = (
        "import sys; from alarmctl import cli; cli.parser(); print({'ministack', 'boto3'} & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
