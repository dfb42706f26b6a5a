"""TCP connections of some ports by state: netlink, and /proc/net/tcp where there is none."""

from __future__ import annotations

import socket
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from alarmctl.publish.config import STATES, Tcp
from alarmctl.publish.errors import SourceError
from alarmctl.publish.model import Reading
from alarmctl.publish.sources import inet_diag

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from alarmctl.publish.config import Source
    from alarmctl.publish.context import Context

# The kernel's numbers of the states, net/tcp_states.h; STATES has them in this order.
NUMBERS = {state: number for number, state in enumerate(STATES, 1)}
# Which of the two addresses of a line in /proc/net/tcp.
COLUMNS = {"local": (1,), "remote": (2,), "either": (1, 2)}


def make(source: Source, _: Context) -> Callable[[], list[Reading]]:
    """Counts by state."""
    assert isinstance(source.options, Tcp)  # noqa: S101 -- parse() made them so
    return partial(readings, source.options, source.deadline_seconds)


def readings(options: Tcp, timeout_seconds: float) -> list[Reading]:
    """One reading for each state, and for each port where they are told apart."""
    groups = [((("Port", str(port)),), (port,)) for port in options.ports]
    return [
        Reading(options.prefix + state, counted[NUMBERS[state]], "Count", own)
        for own, ports in (groups if options.by_port else [((), options.ports)])
        for counted in [count(options, ports, timeout_seconds)]
        for state in options.states
    ]


def count(options: Tcp, ports: Sequence[int], timeout_seconds: float) -> list[int]:
    """Sockets by state number. Raises SourceError where neither way is open."""
    refused = "this system has no netlink"
    if hasattr(socket, "AF_NETLINK"):
        try:
            return inet_diag.count(ports, options.side, timeout_seconds)
        except OSError as error:
            refused = f"netlink: {error.strerror or error}"
    try:
        return from_proc(Path(options.proc), ports, options.side)
    except OSError as error:
        raise SourceError(
            f"TCP states cannot be read ({refused}; {error.filename}: {error.strerror}). They need Linux."
        ) from None


def from_proc(proc: Path, ports: Sequence[int], side: str) -> list[int]:
    """The same from /proc. Columns widen as numbers grow, so that only whole words are looked at."""
    states = [0] * (len(STATES) + 1)
    wanted = {f"{port:04X}" for port in ports}
    columns = COLUMNS[side]
    for name in ("tcp", "tcp6"):
        path = network(proc) / name
        if name == "tcp6" and not path.exists():  # IPv6 is switched off
            continue
        with path.open(encoding="ascii") as lines:
            next(lines, None)
            for line in lines:
                words = line.split(None, 4)
                if any(words[column].rpartition(":")[2] in wanted for column in columns):
                    states[int(words[3], 16)] += 1
    return states


def network(proc: Path) -> Path:
    """The folder of the host's network: of process 1 where /proc is another's, since `self` is not there."""
    first = proc / "1/net"
    return first if proc != Path("/proc") and first.exists() else proc / "net"
