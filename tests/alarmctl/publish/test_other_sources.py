"""Host, command and log sources."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from alarmctl.publish.config import parse
from alarmctl.publish.context import Context
from alarmctl.publish.errors import SourceError
from alarmctl.publish.sources import host, make

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="it reads Linux's /proc")
MEMINFO = "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 250 kB\nSwapTotal: {} kB\nSwapFree: 300 kB\n"


def source(text, state=None):
    (found,) = parse(f"[[source]]\n{text}").sources
    return make(found, Context(state=state))


def values(readings):
    return {one.metric: one.value for one in readings}


@LINUX
def test_this_machine_is_measured():
    readings = source('preset = "host"\nmetrics = ["mem_used_percent", "load1", "disk_used_percent"]')()
    found = values(readings)
    assert set(found) == {"mem_used_percent", "load1", "disk_used_percent"}
    assert 0 < found["mem_used_percent"] < 100
    (disk,) = [one for one in readings if one.metric == "disk_used_percent"]
    assert (disk.own, disk.unit) == ((("MountPath", "/"),), "Percent")


@LINUX
def test_disks_are_as_df_shows_them():
    found = host.disk(Path("/"), "/")
    shown = subprocess.run(
        ["df", "--output=pcent,iused,itotal", "/"], capture_output=True, text=True, check=True
    )
    percent, used, total = shown.stdout.splitlines()[1].split()
    # df rounds up, and others write meanwhile.
    assert -0.1 <= int(percent.rstrip("%")) - found["disk_used_percent"] <= 1.1
    assert found["disk_inodes_used"] == pytest.approx(int(used), rel=0.01)
    assert found["disk_inodes_total"] == int(total)


def test_blocks_kept_for_root_count_as_neither_used_nor_free(monkeypatch):
    stat = os.statvfs_result((4096, 4096, 1000, 500, 300, 100, 40, 40, 0, 255))
    monkeypatch.setattr(os, "statvfs", lambda _: stat)
    assert host.disk(Path("/"), "/")["disk_used_percent"] == 62.5  # 500 of 800, not of 1000


def test_memory_is_what_the_kernel_could_not_give_back():
    assert host.memory(MEMINFO.format(400)) == {
        "mem_used_percent": 75,
        "mem_available_bytes": 250 * 1024,
        "swap_used_percent": 25,
    }


def test_without_swap_nothing_is_said_about_it():
    assert "swap_used_percent" not in host.memory(MEMINFO.format(0))


def test_where_nothing_is_mounted_the_disk_below_is_not_published_and_the_rest_is(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "meminfo").write_text(MEMINFO.format(0))
    (tmp_path / "loadavg").write_text("0.5 0.4 0.3 1/100 1000\n")
    measure = source(f'type = "host"\nproc = "{tmp_path}"\nroot = "{tmp_path}"\nmounts = ["/data", "/gone"]')
    with pytest.raises(
        SourceError, match=r"/data: no file system is mounted there; .*/gone: No such"
    ) as error:
        measure()
    assert values(error.value.readings) == {
        "mem_used_percent": 75,
        "load1_per_cpu": 0.5 / (os.cpu_count() or 1),
    }


def test_a_proc_that_is_none_is_a_failure_and_no_zero(tmp_path):
    measure = source(f'type = "host"\nproc = "{tmp_path}"\nmetrics = ["mem_used_percent"]')
    with pytest.raises(SourceError, match="must be the /proc of a Linux host") as error:
        measure()
    assert error.value.readings == ()


def shell(script, more=""):
    return source(f'type = "command"\ncommand = ["sh", "-c", {script!r}]\n{more}')


def test_a_program_prints_names_values_and_units():
    found = shell("echo Jobs 5; echo; echo Size 1.5e3 Bytes", 'unit = "Count"')()
    assert [(one.metric, one.value, one.unit) for one in found] == [
        ("Jobs", 5, "Count"),
        ("Size", 1500, "Bytes"),
    ]


def test_a_program_prints_a_single_number():
    (found,) = shell("echo 42", 'metric = "Answer"\nunit = "Seconds"')()
    assert (found.metric, found.value, found.unit) == ("Answer", 42, "Seconds")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("echo it broke >&2; exit 3", "exit code 3. it broke"),
        ("echo Jobs", "'Jobs' is not NAME VALUE"),
        ("echo Jobs many", "'Jobs many' has no number"),
        ("echo Jobs 5 pieces", "no unit 'pieces'"),
        ("yes Jobs 5", "prints more than 100000 bytes"),
    ],
)
def test_a_program_that_fails_publishes_nothing(script, said):
    with pytest.raises(SourceError) as error:
        shell(script)()
    assert said in str(error.value)


def test_a_program_that_is_not_there():
    with pytest.raises(SourceError, match="no-such-program: No such file"):
        source('type = "command"\ncommand = ["no-such-program"]')()


def test_a_program_that_hangs_is_ended_with_its_children():
    began = time.monotonic()
    with pytest.raises(SourceError, match=r"not done after 0\.3 s"):
        shell("sleep 30 & sleep 30", "deadline_seconds = 0.3")()
    assert time.monotonic() - began < 2


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "app.log"
    path.write_text("ERROR before we came\n")
    return path


def counter(log, state=None):
    return source(
        f'type = "log"\npath = "{log}"\ncounts = {{ Errors = "ERROR", Logins = "user=\\\\w+ logged in" }}',
        state,
    )


def write(log, text):
    with log.open("a") as file:
        file.write(text)


def test_only_lines_since_the_last_look_are_counted_and_none_is_0(log):
    measure = counter(log)
    assert measure() == []
    assert values(measure()) == {"Errors": 0, "Logins": 0}
    write(log, "ERROR one\nuser=alice logged in\nERROR two\nERROR hal")
    assert values(measure()) == {"Errors": 2, "Logins": 1}
    write(log, "f a line\n")
    assert values(measure()) == {"Errors": 1, "Logins": 0}


def test_rotation_loses_no_line(log):
    measure = counter(log)
    measure()
    write(log, "ERROR late\n")
    log.rename(log.with_name("app.log.1"))
    log.write_text("ERROR in the new file\nERROR again\n")
    assert values(measure())["Errors"] == 3
    log.write_text("")  # copytruncate
    assert values(measure())["Errors"] == 0
    write(log, "ERROR\n")
    assert values(measure())["Errors"] == 1


def test_a_restart_goes_on_where_it_was(log, tmp_path):
    counter(log, tmp_path)()
    write(log, "ERROR while nobody looked\n")
    assert values(counter(log, tmp_path)())["Errors"] == 1


def test_a_log_that_is_gone_is_a_failure(log):
    measure = counter(log)
    log.unlink()
    with pytest.raises(SourceError, match=r"app\.log: No such file"):
        measure()
