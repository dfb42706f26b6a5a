import json
import threading
import time

import pytest

from instrument import Health


def test_all_is_well(service):
    status, body = Health(service, {"database": lambda: None, "cache": lambda: True}).report()
    assert status == 200
    assert body == {
        "status": "ok",
        "service": "helloworld",
        "version": "1.4.2",
        "environment": "staging",
        "checks": {"database": "ok", "cache": "ok"},
    }


def broken():
    raise ConnectionError("postgres://user:secret@db")


@pytest.mark.parametrize(("check", "outcome"), [(broken, "ConnectionError"), (lambda: False, "failed")])
def test_one_part_is_unwell(service, check, outcome):
    status, body = Health(service, {"database": check, "cache": lambda: None}).response()
    assert status == 503
    assert json.loads(body)["checks"] == {"database": outcome, "cache": "ok"}
    assert b"secret" not in body


def test_a_check_that_hangs_is_told_in_time_and_started_once(service):
    gate = threading.Event()
    started = []

    def hang():
        started.append(1)
        gate.wait(10)

    health = Health(service, {"database": hang, "cache": lambda: None}, deadline_seconds=0.05)
    began = time.monotonic()
    for _ in range(5):
        status, body = health.report()
        assert (status, body["checks"]) == (503, {"database": "timeout", "cache": "ok"})
    assert time.monotonic() - began < 5
    assert len(started) == 1
    gate.set()
    until = time.monotonic() + 5
    while health.report()[0] != 200 and time.monotonic() < until:
        time.sleep(0.01)
    assert health.report()[0] == 200


def test_no_checks_is_alive(service):
    assert Health(service).report()[0] == 200
