"""Scenario files in a folder of their own, and the command that runs them."""

from __future__ import annotations

import json
import textwrap

import pytest

from alarmctl import cli

# One alarm on one metric: 2 of 2 minutes above 80.
BUSY = """\
alarms:
  inline:
    busy:
      severity: warning
      description: Busy.
      namespace: Shop
      metric_name: Load
      dimensions: { Service: api }
      statistic: Average
      evaluation_periods: 2
      comparison: ">"
      threshold: 80
"""


@pytest.fixture
def write(tmp_path):
    """Write a file of the folder, and give its path."""

    def write(name, text):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text) if isinstance(text, str) else json.dumps(text))
        return path

    return write


@pytest.fixture
def alarmctl(capsys):
    """Run `alarmctl test`: its exit code, and what it printed."""

    def run(*words):
        code = cli.main(["test", *map(str, words)])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return run


@pytest.fixture
def check(write, alarmctl):
    """Run one scenario of `busy`, or of other alarms: the exit code, and the report."""

    def check(scenario, alarms=BUSY, name="one.yaml", **settings):
        top = "".join(f"{key}: {json.dumps(value)}\n" for key, value in settings.items())
        body = textwrap.indent(textwrap.dedent(scenario).strip(), "    ")
        path = write(name, f"{textwrap.dedent(alarms)}{top}scenarios:\n  - name: it\n{body}\n")
        code, printed = alarmctl(path, "--format", "json")
        return code, json.loads(printed)

    return check


@pytest.fixture
def transitions(check):
    """The transitions of one scenario as `5m ALARM`, whatever it expects."""

    def transitions(scenario, alarms=BUSY, **settings):
        _, report = check(
            f"{textwrap.dedent(scenario).strip()}\nexpect: [{{ fires: 0 }}]", alarms, **settings
        )
        assert report["errors"] == []
        assert report["cases"][0]["error"] is None
        return [
            f"{move['at'] / 60:g}m {move['to']}" if move["at"] % 60 == 0 else f"{move['at']:g}s {move['to']}"
            for move in report["cases"][0]["transitions"]
        ]

    return transitions
