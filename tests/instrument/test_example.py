"""The example application, run as a person runs it, and the files that go with it on a host."""

import configparser
import json
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "examples/helloworld"


@pytest.fixture
def served(tmp_path):
    """The running application's address, and its log file."""
    log = tmp_path / "app.log"
    environ = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(FOLDER.parents[1] / "src"),
        "IMAGE": "registry.example.com/helloworld:1.4.2",
        "ENVIRONMENT": "staging",
    }
    command = [sys.executable, FOLDER / "app.py", "--port", "0", "--log-file", log]
    with subprocess.Popen(command, env=environ, cwd=tmp_path, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        yield json.loads(process.stderr.readline())["url"], log, process
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)


def get(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=10) as answer:
            return answer.status, dict(answer.headers), answer.read()
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers), error.read()


def test_the_example_can_be_watched(served):
    url, log, process = served
    status, headers, body = get(url, **{"X-Request-Id": "r-1"})
    assert (status, headers["X-Request-Id"], body) == (200, "r-1", b"Hello, world!\n")
    traced = get(url + "order/7", **{"X-Amzn-Trace-Id": "Self=1-2;Root=1-67891233-abcdef012345678912345678"})
    assert (traced[0], traced[1]["X-Request-Id"]) == (202, "1-67891233-abcdef012345678912345678")
    assert get(url + "nowhere")[0] == 404
    assert get(url + "broken", **{"X-Request-Id": 'bad "id"\t'})[0] == 500
    status, _, body = get(url + "health")
    assert (status, json.loads(body)["version"]) == (200, "1.4.2")

    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {(line.get("version") or line["Version"], line["environment"]) for line in lines} == {
        ("1.4.2", "staging")
    }
    requests = [(line["path"], line["status"]) for line in lines if line.get("message") == "request"]
    assert requests == [("/", 200), ("/order/7", 202), ("/nowhere", 404), ("/broken", 500)]
    (viewed,) = [line for line in lines if "_aws" in line]
    directive = viewed["_aws"]["CloudWatchMetrics"][0]
    assert (directive["Namespace"], directive["Dimensions"]) == ("Helloworld/traffic", [["Version"]])
    assert (viewed["page_viewed"], viewed["Version"]) == (1, "1.4.2")
    (failed,) = [line for line in lines if line.get("level") == "ERROR"]
    assert failed["error"]["type"] == "RuntimeError"
    assert failed["request_id"] != 'bad "id"\t'
    assert lines[-1]["message"] == "stopped"


def test_the_unit_starts_what_is_there_and_writes_where_the_rotation_looks():
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[method-assign,assignment]
    unit.read_string((FOLDER / "helloworld.service").read_text())
    service = unit["Service"]
    program = service["ExecStart"].split()
    assert (FOLDER / program[1]).is_file()
    log = program[program.index("--log-file") + 1]
    assert log.startswith(f"/var/log/{service['LogsDirectory']}/")
    rotation = (FOLDER / "helloworld.logrotate").read_text()
    assert f"\n/var/log/{service['LogsDirectory']}/*.log {{" in rotation
    assert f"su {service['User']} {service['Group']}" in rotation
    assert "copytruncate" not in rotation.replace("no copytruncate", "")
    assert (service["NoNewPrivileges"], service["ProtectSystem"], service["CapabilityBoundingSet"]) == (
        "yes",
        "strict",
        "",
    )
