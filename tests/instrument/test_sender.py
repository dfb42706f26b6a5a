import os
import threading
import time
from typing import Any

import pytest

from instrument import Sender


class Receiver:
    """Takes batches; refuses, hangs or breaks when told to."""

    def __init__(self):
        self.taken = []
        self.batches = []
        self.gate = threading.Event()
        self.gate.set()
        self.failures = 0

    def __call__(self, batch):
        self.gate.wait(10)
        self.batches.append(list(batch))
        if self.failures:
            self.failures -= 1
            raise OSError("no connection")
        self.taken += batch
        return []


@pytest.fixture
def receiver():
    one = Receiver()
    yield one
    one.gate.set()


def sender(receiver, **options):
    settings: dict[str, Any] = {
        "size": len,
        "batch_records": 100,
        "batch_bytes": 1000,
        "linger_seconds": 0.01,
        "pause_seconds": 0.001,
    }
    return Sender(receiver, **(settings | options))


def test_nothing_is_lost_under_the_bound_and_order_is_kept(receiver):
    one = sender(receiver, capacity=5_000)
    records = [f"{number}" for number in range(5_000)]
    assert all(one.put(record) for record in records)
    assert one.close(10)
    assert receiver.taken == records
    assert (one.sent, one.dropped, one.pending) == (5_000, 0, 0)


def test_many_threads_lose_nothing(receiver):
    one = sender(receiver, capacity=10_000)

    def work(name):
        for number in range(500):
            one.put(f"{name}-{number}")

    threads = [threading.Thread(target=work, args=(name,)) for name in "abcdefgh"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert one.close(10)
    assert len(set(receiver.taken)) == 4_000


def test_it_never_waits_for_a_receiver_that_hangs(receiver):
    receiver.gate.clear()
    one = sender(receiver, capacity=1_000)
    began = time.monotonic()
    taken = sum(one.put("x") for _ in range(20_000))
    assert time.monotonic() - began < 5  # the receiver hangs for ten
    assert taken == 1_000
    assert one.dropped == 19_000
    receiver.gate.set()
    assert one.close(10)
    assert one.sent == 1_000


def test_batches_are_bounded_by_records_and_by_bytes(receiver):
    receiver.gate.clear()
    one = sender(receiver, batch_records=50, batch_bytes=1000)
    for _ in range(120):
        one.put("y" * 100)
    one.put("z" * 5_000)  # alone, since it fits with nothing
    receiver.gate.set()
    assert one.close(10)
    assert all(sum(map(len, batch)) <= 1000 or len(batch) == 1 for batch in receiver.batches)
    assert max(map(len, receiver.batches)) == 10


def test_what_fails_is_tried_again(receiver):
    receiver.failures = 3
    one = sender(receiver)
    one.put("a")
    assert one.flush(10)
    assert (receiver.taken, one.dropped) == (["a"], 0)
    one.close()


def test_only_what_was_not_taken_is_sent_again():
    calls = []

    def send(batch):
        calls.append(list(batch))
        return [record for record in batch if record == "b"] if len(calls) < 3 else []

    one = sender(send, linger_seconds=0.05)
    for record in "abc":
        one.put(record)
    assert one.flush(10)
    assert calls == [["a", "b", "c"], ["b"], ["b"]]
    assert (one.sent, one.dropped) == (3, 0)
    one.close()


def test_what_is_never_taken_is_dropped_and_counted(receiver):
    receiver.failures = 1_000
    one = sender(receiver, attempts=3)
    one.put("a")
    assert one.flush(10)
    assert len(receiver.batches) == 3
    assert (one.sent, one.dropped) == (0, 1)
    one.close()


def test_closing_does_not_wait_for_ever_and_counts_what_is_left(receiver):
    receiver.gate.clear()
    one = sender(receiver)
    for _ in range(300):
        one.put("a")
    began = time.monotonic()
    assert one.close(0.1) is False
    assert time.monotonic() - began < 5
    assert one.put("late") is False
    receiver.gate.set()
    assert one.flush(10)
    assert one.sent + one.dropped == 301


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_worker_sends_its_own_and_not_its_parents(receiver):
    receiver.gate.clear()
    one = sender(receiver)
    one.put("parent")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            receiver.gate = threading.Event()
            receiver.gate.set()
            one.put("child")
            one.flush(5)
            os.write(writing, ",".join(receiver.taken).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    assert os.read(reading, 100) == b"child"
    os.close(reading)
    receiver.gate.set()
    assert one.close(10)
    assert receiver.taken == ["parent"]
