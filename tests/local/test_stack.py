import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from alarmctl.local import stack as stacks
from alarmctl.local.stack import Stack, StackError


def free_port():
    with socket.socket() as probe:
        probe.bind((stacks.HOST, 0))
        return probe.getsockname()[1]


@pytest.fixture
def record(tmp_path):
    """A record of a stack that claims to be this very process."""
    return Stack(
        pid=os.getpid(),
        started="2026-03-02T10:00:00+00:00",
        home=str(tmp_path),
        aws_port=free_port(),
        page_port=free_port(),
        webhook_url="http://127.0.0.1:1/services/T/B/secret",
        page_url="http://127.0.0.1:1/",
    )


def test_nothing_runs_where_nothing_was_recorded(tmp_path):
    assert stacks.find(tmp_path) == (None, None)
    with pytest.raises(StackError, match="alarmctl local up"):
        stacks.running(tmp_path)


def gone():
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize(
    ("pid", "says"), [(gone, "is gone"), (os.getpid, "is another program")], ids=["dead", "reused"]
)
def test_a_stale_record_is_told_apart_and_removed(tmp_path, record, pid, says):
    stacks.write(replace(record, pid=pid()))
    found, note = stacks.find(tmp_path)
    assert found is None
    assert says in str(note)
    assert not (tmp_path / "stack.json").exists()


def test_a_server_that_hangs_is_not_taken_for_a_stale_record(tmp_path, record):
    command = [sys.executable, "-c", "import time; time.sleep(60)", "alarmctl.local.server"]
    with subprocess.Popen(command) as process:
        try:
            stacks.write(replace(record, pid=process.pid))
            with pytest.raises(StackError, match=f"kill {process.pid}"):
                stacks.find(tmp_path)
            assert (tmp_path / "stack.json").exists()
        finally:
            process.kill()


@pytest.mark.parametrize("text", ["{", "[]", '{"pid": 1}', ""], ids=["torn", "list", "partial", "empty"])
def test_a_record_that_cannot_be_read_is_removed(tmp_path, text):
    (tmp_path / "stack.json").write_text(text)
    found, note = stacks.find(tmp_path)
    assert found is None
    assert "stack.json" in str(note)


def test_a_stack_forgets_its_own_record_alone(tmp_path, record):
    stacks.write(record)
    stacks.forget(tmp_path, record.pid + 1)
    assert (tmp_path / "stack.json").exists()
    stacks.forget(tmp_path, record.pid)
    assert not (tmp_path / "stack.json").exists()


@pytest.mark.parametrize("option", ["--port", "--page-port"])
def test_a_port_in_use_is_named_with_its_owner_and_the_option(option, monkeypatch):
    monkeypatch.setattr(stacks, "PROBE_SECONDS", 0.2)  # what listens here never answers
    with stacks.listen(free_port(), "--port") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StackError) as refused:
            stacks.check_port(port, option)
    assert f"Port {port} is in use" in str(refused.value)
    assert option in str(refused.value)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="only Linux has /proc")
def test_the_owner_of_a_port_is_found_without_lsof():
    with stacks.listen(free_port(), "--port") as taken:
        assert f"(process {os.getpid()})" in str(stacks._port_owner_by_proc(taken.getsockname()[1]))
    assert stacks._port_owner_by_proc(free_port()) is None


def test_clear_forgets_the_resources_and_keeps_the_log(tmp_path):
    for name in ("aws/sqs.json", "terraform.tfstate", "terraform.tfstate.backup", "server.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("x")
    stacks.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["server.log"]
