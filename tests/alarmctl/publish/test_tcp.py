"""TCP states: against real sockets on loopback, against `ss`, and the kernel's table in both of its forms."""

import shutil
import socket
import struct
import subprocess
import sys
import time
from collections import Counter
from contextlib import ExitStack
from pathlib import Path

import pytest

from alarmctl.publish.config import STATES, Tcp, parse
from alarmctl.publish.context import Context
from alarmctl.publish.errors import SourceError
from alarmctl.publish.sources import inet_diag, make, tcp

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="TCP states are read from Linux's kernel")

SS_STATES = {
    "ESTAB": "established",
    "SYN-SENT": "synsent",
    "SYN-RECV": "synrecv",
    "FIN-WAIT-1": "finwait1",
    "FIN-WAIT-2": "finwait2",
    "TIME-WAIT": "timewait",
    "UNCONN": "close",
    "CLOSE-WAIT": "closewait",
    "LAST-ACK": "lastack",
    "LISTEN": "listen",
    "CLOSING": "closing",
}


class Sockets:
    """Real connections of one port in the states that a test wants."""

    def __init__(self, stack, family=socket.AF_INET):
        self.stack = stack
        self.host = "::1" if family == socket.AF_INET6 else "127.0.0.1"
        self.listener = self.keep(socket.create_server((self.host, 0), family=family, backlog=200))
        self.port = self.listener.getsockname()[1]

    def keep(self, one):
        return self.stack.enter_context(one)

    def connect(self):
        client = self.keep(socket.create_connection((self.host, self.port)))
        served, _ = self.listener.accept()
        return client, self.keep(served)

    def established(self, count):
        return [self.connect() for _ in range(count)]

    def close_wait(self, count):
        """The client hangs up and the server does not notice: CLOSE_WAIT here, FIN_WAIT2 there."""
        for client, _ in self.established(count):
            client.close()
        self.settle()

    def settle(self):
        """The answer to a FIN may take its time."""
        give_up = time.monotonic() + 5
        while "finwait1" in named(inet_diag.count([self.port], "either", 5)) and time.monotonic() < give_up:
            time.sleep(0.005)

    def time_wait(self, count):
        """The server hangs up first, then the client."""
        for client, served in self.established(count):
            served.close()
            client.close()
        self.settle()


@pytest.fixture
def sockets():
    with ExitStack() as stack:
        found = Sockets(stack)
        found.established(5)
        found.close_wait(3)
        found.time_wait(2)
        yield found


def options(*ports, side="local", by_port=False, proc="/proc"):
    return Tcp(tuple(ports), side, STATES, "tcp-", by_port, proc)


def named(counts):
    return {state: counts[tcp.NUMBERS[state]] for state in STATES if counts[tcp.NUMBERS[state]]}


LOCAL = {"listen": 1, "established": 5, "closewait": 3, "timewait": 2}
REMOTE = {"established": 5, "finwait2": 3}


def test_each_state_is_counted_on_the_side_that_is_meant(sockets):
    count = {side: named(inet_diag.count([sockets.port], side, 5)) for side in ("local", "remote", "either")}
    assert count == {
        "local": LOCAL,
        "remote": REMOTE,
        "either": {"listen": 1, "established": 10, "closewait": 3, "finwait2": 3, "timewait": 2},
    }


@pytest.mark.parametrize("side", ["local", "remote", "either"])
def test_proc_and_netlink_agree(sockets, side):
    assert tcp.from_proc(Path("/proc"), [sockets.port], side) == inet_diag.count([sockets.port], side, 5)


@pytest.mark.skipif(not shutil.which("ss"), reason="ss is not installed (iproute2)")
def test_ss_sees_the_same(sockets):
    printed = subprocess.run(
        ["ss", "-H", "-t", "-a", "-n", f"sport = :{sockets.port}"], capture_output=True, text=True, check=True
    ).stdout
    seen = Counter(SS_STATES[line.split()[0]] for line in printed.splitlines())
    assert dict(seen) == named(inet_diag.count([sockets.port], "local", 5)) == LOCAL


def test_ports_are_summed_or_told_apart_and_others_left_out(sockets):
    with ExitStack() as stack:
        other, third = Sockets(stack), Sockets(stack)
        other.established(4)
        third.established(7)
        ports = (sockets.port, other.port)
        summed = {one.metric: one.value for one in tcp.readings(options(*ports), 5)}
        apart = tcp.readings(options(*ports, by_port=True), 5)
    assert (summed["tcp-established"], summed["tcp-listen"], summed["tcp-synsent"]) == (9, 2, 0)
    assert {dict(one.own)["Port"]: one.value for one in apart if one.metric == "tcp-established"} == {
        str(sockets.port): 5,
        str(other.port): 4,
    }
    assert len(summed) == 11


@pytest.mark.skipif(not socket.has_ipv6, reason="no IPv6 here")
def test_ipv6_counts_too():
    with ExitStack() as stack:
        try:
            six = Sockets(stack, socket.AF_INET6)
        except OSError:
            pytest.skip("IPv6 is switched off on this machine")
        six.established(3)
        assert named(inet_diag.count([six.port], "local", 5)) == {"listen": 1, "established": 3}


def test_many_ports_fit_in_one_filter(sockets):
    ports = [*range(1, 300), sockets.port]
    assert named(inet_diag.count(ports, "local", 5))["closewait"] == 3


def test_many_sockets_are_all_counted():
    with ExitStack() as stack:
        many = Sockets(stack)
        many.established(300)
        assert named(inet_diag.count([many.port], "either", 5)) == {"listen": 1, "established": 600}


def test_syn_sent_is_seen():
    """A listener whose queue is full drops the SYN, and the client waits."""
    with ExitStack() as stack:
        listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = listener.getsockname()[1]
        for _ in range(4):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(("127.0.0.1", port))
        counts = named(inet_diag.count([port], "remote", 5))
    assert counts["synsent"] >= 1
    assert sum(counts.values()) == 4


def test_without_netlink_proc_answers(sockets, monkeypatch):
    monkeypatch.setattr(inet_diag, "count", refuse)
    found = {one.metric: one.value for one in tcp.readings(options(sockets.port), 5)}
    assert found["tcp-closewait"] == 3


def refuse(*_):
    raise PermissionError(1, "Operation not permitted")


def test_where_neither_is_open_it_says_so(monkeypatch, tmp_path):
    monkeypatch.setattr(inet_diag, "count", refuse)
    with pytest.raises(SourceError, match=r"netlink: Operation not permitted; .*/net/tcp: No such file"):
        tcp.readings(options(80, proc=str(tmp_path)), 5)


def test_a_kernel_that_refuses_the_filter_is_an_error_not_a_number(monkeypatch):
    monkeypatch.setattr(inet_diag, "program", lambda *_: b"\xff\0\0\0")
    with pytest.raises(OSError, match="Invalid argument"):
        inet_diag.count([80], "local", 5)


def test_lines_of_proc_beyond_the_ten_thousandth_are_wider_and_still_counted(tmp_path):
    line = "{:4d}: 0100007F:0050 0100007F:{:04X} {:02X} 00000000:00000000 00:00000000 00000000 0 0 1 1 0 20\n"
    states = [1 + number % 11 for number in range(10_500)]
    net = tmp_path / "net"
    net.mkdir()
    (net / "tcp").write_text(
        "  sl  local_address rem_address   st\n"
        + "".join(line.format(number, 40_000, state) for number, state in enumerate(states))
    )
    counts = tcp.from_proc(tmp_path, [80], "local")
    assert sum(counts) == 10_500
    assert counts[1:] == [Counter(states)[number] for number in range(1, 12)]


def test_in_a_container_the_hosts_process_1_shows_its_network(tmp_path):
    (tmp_path / "1/net").mkdir(parents=True)
    assert tcp.network(tmp_path) == tmp_path / "1/net"


def test_the_filter_ends_exactly_behind_its_last_operation():
    code = inet_diag.program([80, 443], "either")
    assert len(code) == 4 * inet_diag.BLOCK_BYTES
    assert struct.unpack_from("=BBH", code, len(code) - 4) == (inet_diag.JUMP, 4, 4)


def test_the_preset_names_its_metrics_as_promised(sockets):
    (source,) = parse(f"[[source]]\npreset = 'database-connections'\nports = [{sockets.port}]").sources
    found = {one.metric: one.value for one in make(source, Context())()}
    assert found == {
        "db-cons-established": 5,
        "db-cons-timewait": 2,
        "db-cons-finwait1": 0,
        "db-cons-finwait2": 0,
    }
