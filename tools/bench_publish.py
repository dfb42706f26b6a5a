"""What `alarmctl publish` needs to send and to count, against what else there is. `tools/bench.py` runs it.

Each function gives a row's fields. The parts that hold sockets or count memory run as processes of their own:
`python tools/bench_publish.py PART`.
"""

import fcntl
import functools
import json
import os
import resource
import shutil
import socket
import statistics
import struct
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil

from alarmctl.publish.aggregate import aggregate, as_sent
from alarmctl.publish.config import parse
from alarmctl.publish.context import Context
from alarmctl.publish.model import Point, Series
from alarmctl.publish.program import Program
from alarmctl.publish.publisher import Publisher
from alarmctl.publish.send import Sender
from alarmctl.publish.sources import inet_diag
from alarmctl.publish.spool import Spool

POINTS = 10_000
SOCKETS = 100_000
LISTENERS = 10
CYCLES = 300
CYCLE_CPU_MS = 5.0  # what a cycle of the daemon may take
LINKS_UP = 0x8914  # SIOCSIFFLAGS
UP_AND_RUNNING = 0x41

CONFIG = """
[publisher]
namespace = "Bench"
region = "us-east-1"
spool = ""
[dimensions]
InstanceId = "i-0123456789abcdef0"
[[source]]
preset = "host"
namespace = "Bench"
dimension_sets = [["InstanceId"]]
[[source]]
preset = "web-connections"
namespace = "Bench"
"""


class Sink(BaseHTTPRequestHandler):
    """Takes everything and counts requests and bytes, headers included."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body in one packet: two would wait for each other
    seen: list[int]

    def do_POST(self) -> None:
        """Count it."""
        size = int(self.headers["Content-Length"])
        self.rfile.read(size)
        self.seen.append(size + len(self.requestline) + len(bytes(self.headers)))
        self.send_response(200)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def sink() -> Iterator[tuple[str, list[int]]]:
    """A running sink: its address, and the bytes of each request."""
    seen: list[int] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Bound", (Sink,), {"seen": seen})) as server:
        server.daemon_threads = True
        server.block_on_close = False
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


@functools.cache
def both_ways() -> tuple[list[int], list[int]]:
    """The requests' bytes: ours, and those of one call for each datapoint."""
    now = datetime.now(UTC)
    points = [
        Point(
            Series(
                "Bench",
                f"metric-{number % 10}",
                (
                    ("Environment", "production"),
                    ("InstanceId", f"i-{number // 10:017x}"),
                    ("Service", "shop"),
                ),
                "Count",
            ),
            float(number),
            now,
        )
        for number in range(POINTS)
    ]
    with sink() as (url, seen):
        client = Context("us-east-1", url).client("cloudwatch")
        publisher = Publisher(Sender(client, print), Spool(None, 1 << 30, print), print)
        publisher.add(points)
        if publisher.flush().sent != POINTS:
            raise SystemExit("Not all datapoints were sent.")
        ours = list(seen)
        seen.clear()
        for datum in (datum for data in aggregate(points).values() for datum in data):
            client.put_metric_data(Namespace="Bench", MetricData=[as_sent(datum)])
        return ours, list(seen)


def requests(_: int) -> dict[str, Any]:
    """Requests for 10,000 datapoints."""
    ours, theirs = (len(sizes) for sizes in both_ways())
    return row("requests for 10,000 datapoints", ours, "one call for each", theirs, "requests", 1 / 1000)


def wire(_: int) -> dict[str, Any]:
    """Bytes for 10,000 datapoints, headers included."""
    ours, theirs = (sum(sizes) / 1e6 for sizes in both_ways())
    return row("bytes for 10,000 datapoints", ours, "one call for each", theirs, "MB", 1 / 90)


def cycle(_: int) -> dict[str, Any]:
    """CPU of one cycle of the daemon: host and web connections measured and sent in one request."""
    with sink() as (url, _seen):
        found = _part("cycle", {"URL": url})
    what = f"CPU of a cycle of the daemon, resident {found['resident_mb']:.0f} MB"
    return row(what, found["cpu_ms"], "what it may take", CYCLE_CPU_MS, "ms", 1.0, CYCLES)


@functools.cache
def sockets(runs: int) -> Mapping[str, Any]:
    """Seconds for each way to count 100,000 sockets of some ports by state."""
    found: dict[str, Any] = _part("sockets", {"RUNS": str(runs)})
    return found


def against_psutil(runs: int) -> dict[str, Any]:
    """Netlink against psutil."""
    found = sockets(min(runs, 5))
    return row(
        f"TCP states of {found['sockets']:,} sockets",
        found["netlink"],
        "psutil.net_connections",
        found["psutil"],
        "s",
        1 / 15,
        min(runs, 5),
    )


def against_ss(runs: int) -> dict[str, Any]:
    """Netlink against ss with a filter in the kernel."""
    found = sockets(min(runs, 5))
    return row(
        f"TCP states of {found['sockets']:,} sockets",
        found["netlink"],
        "ss with a filter in the kernel",
        found["ss"],
        "s",
        1.0,
        min(runs, 5),
    )


def row(
    what: str, ours: float, alternative: str, theirs: float, unit: str, goal: float, runs: int = 1
) -> dict[str, Any]:
    """The fields of a Row of tools/bench.py."""
    return {
        "what": what,
        "ours": ours,
        "alternative": alternative,
        "theirs": theirs,
        "unit": unit,
        "goal": goal,
        "runs": runs,
    }


MEASUREMENTS: Mapping[str, Callable[[int], dict[str, Any]]] = {
    "publish-requests": requests,
    "publish-bytes": wire,
    "publish-cycle": cycle,
    "sockets-psutil": against_psutil,
    "sockets-ss": against_ss,
}


def _part(name: str, environment: Mapping[str, str]) -> Any:
    """What a part prints, from a process of its own; sockets in their own network, where that is allowed."""
    command = [sys.executable, __file__, name]
    isolated = ["unshare", "--net", "--map-root-user"]
    if (
        name == "sockets"
        and subprocess.run([*isolated, "true"], capture_output=True, check=False).returncode == 0
    ):
        command = [*isolated, *command]
    run = subprocess.run(
        command, env={**os.environ, **environment}, stdout=subprocess.PIPE, text=True, check=False
    )
    if run.returncode:
        raise SystemExit(f"The part {name} failed; its error stands above.")
    return json.loads(run.stdout)


def part_cycle() -> dict[str, float]:
    """CPU and memory of many cycles, without the first ones that import and connect."""
    program = Program(parse(CONFIG), print, endpoint_url=os.environ["URL"], writes=False)
    publisher = program.publisher()
    for _ in range(5):
        program.once(publisher)
    began = time.process_time()
    for _ in range(CYCLES):
        outcomes, flushed = program.once(publisher)
        if flushed.waiting or any(outcome.problem for outcome in outcomes):
            raise SystemExit(f"{flushed.problem} {[outcome.problem for outcome in outcomes]}")
    spent = time.process_time() - began
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return {"cpu_ms": 1000 * spent / CYCLES, "resident_mb": pages * resource.getpagesize() / 1e6}


def part_sockets() -> dict[str, Any]:
    """Hold the sockets, and count them each way, by turns."""
    loopback_up()
    listeners = [socket.create_server(("127.0.0.1", 0), backlog=4096) for _ in range(LISTENERS)]
    ports = [one.getsockname()[1] for one in listeners]
    holders = hold(listeners)
    wanted = set(ports)
    condition = " or ".join(f"sport = :{port}" for port in ports)

    def by_psutil() -> Counter[str]:
        found = psutil.net_connections("tcp")
        return Counter(one.status for one in found if one.laddr and one.laddr[1] in wanted)

    def by_ss() -> Counter[str]:
        command = ["ss", "-H", "-t", "-a", "-n", f"( {condition} )"]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        return Counter(line.split(None, 1)[0] for line in printed.splitlines())

    ways: dict[str, Callable[[], Any]] = {
        "netlink": lambda: inet_diag.count(ports, "local", 30),
        "psutil": by_psutil,
        **({"ss": by_ss} if shutil.which("ss") else {}),
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    counts = {}
    try:
        for _ in range(int(os.environ["RUNS"])):
            for name, way in ways.items():
                began = time.monotonic()
                counts[name] = way()
                seconds[name].append(time.monotonic() - began)
        number = 2 * sum(inet_diag.count(ports, "remote", 30))
    finally:
        for holder in holders:
            holder.kill()
            holder.wait()
    if len({counts["netlink"][1], counts["psutil"]["ESTABLISHED"]}) != 1:
        raise SystemExit(f"They do not count the same: {counts}")
    medians = {name: statistics.median(times) for name, times in seconds.items()}
    return {**medians, "sockets": number, **({} if "ss" in medians else {"ss": float("nan")})}


def loopback_up() -> None:
    """In a new network the loopback is down; elsewhere it is up, and may not be touched."""
    with socket.socket() as any_socket:
        try:
            fcntl.ioctl(any_socket, LINKS_UP, struct.pack("16sH14x", b"lo", UP_AND_RUNNING))
        except PermissionError:
            return


def hold(listeners: list[socket.socket]) -> list[subprocess.Popen[bytes]]:
    """Processes that hold the connections, both ends, as many in each as it may open."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    each = min(SOCKETS, hard - 200) // 2
    left = SOCKETS // 2
    holders = []
    while left > 0:
        share = min(each, left)
        left -= share
        holders.append(
            subprocess.Popen(
                [sys.executable, __file__, "hold", str(share), *(str(one.fileno()) for one in listeners)],
                pass_fds=[one.fileno() for one in listeners],
                stdout=subprocess.PIPE,
            )
        )
        answer = holders[-1].stdout
        if answer is None or answer.readline() != b"ready\n":
            raise SystemExit("The sockets could not be opened.")
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return holders


def part_hold(count: int, listeners: list[socket.socket]) -> None:
    """Open so many connections, say so, and keep them until we are killed."""
    kept = []
    for number in range(count):
        listener = listeners[number % len(listeners)]
        kept.append(socket.create_connection(listener.getsockname()[:2]))
        kept.append(listener.accept()[0])
    print("ready", flush=True)
    time.sleep(600)


PARTS: Mapping[str, Callable[[], Any]] = {"cycle": part_cycle, "sockets": part_sockets}

if __name__ == "__main__":
    if sys.argv[1] == "hold":
        part_hold(int(sys.argv[2]), [socket.socket(fileno=int(one)) for one in sys.argv[3:]])
    else:
        print(json.dumps(PARTS[sys.argv[1]]()))
