"""Memory, swap, load and file systems of a Linux host, by the names that the CloudWatch agent uses."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from alarmctl.publish.config import DISK_METRICS, HOST_METRICS, Host
from alarmctl.publish.errors import SourceError
from alarmctl.publish.model import Reading

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from alarmctl.publish.config import Source
    from alarmctl.publish.context import Context


def make(source: Source, _: Context) -> Callable[[], list[Reading]]:
    """What the host has left."""
    assert isinstance(source.options, Host)  # noqa: S101 -- parse() made them so
    return partial(readings, source.options)


def readings(options: Host) -> list[Reading]:
    """All metrics that are asked for. Raises SourceError with those that could be measured."""
    proc = Path(options.proc)
    found: list[Reading] = []
    problems = []
    try:
        measured = {**memory((proc / "meminfo").read_text()), **load((proc / "loadavg").read_text())}
        found += _chosen(measured, options, ())
    except (OSError, KeyError, ValueError) as error:
        problems.append(f"{proc}: {error}. It must be the /proc of a Linux host")
    for mount in options.mounts if DISK_METRICS.intersection(options.metrics) else ():
        try:
            found += _chosen(disk(Path(options.root), mount), options, (("MountPath", mount),))
        except OSError as error:
            problems.append(f"mounts: {mount}: {error.strerror or error}")
    if problems:
        raise SourceError(f"{'; '.join(problems)}.", tuple(found))
    return found


def _chosen(measured: Mapping[str, float], options: Host, own: tuple[tuple[str, str], ...]) -> list[Reading]:
    return [
        Reading(metric, measured[metric], HOST_METRICS[metric], own)
        for metric in options.metrics
        if metric in measured
    ]


def memory(meminfo: str) -> dict[str, float]:
    """Memory by MemAvailable, which counts the cache that can be given back; swap if there is any."""
    kilobytes = {}
    for line in meminfo.splitlines():
        name, _, rest = line.partition(":")
        kilobytes[name] = float(rest.split()[0])
    total, available = kilobytes["MemTotal"], kilobytes["MemAvailable"]
    found = {"mem_used_percent": 100 * (1 - available / total), "mem_available_bytes": available * 1024}
    if swap := kilobytes["SwapTotal"]:
        found["swap_used_percent"] = 100 * (1 - kilobytes["SwapFree"] / swap)
    return found


def load(loadavg: str) -> dict[str, float]:
    """Load averages."""
    one, five, fifteen = (float(word) for word in loadavg.split()[:3])
    return {"load1": one, "load5": five, "load15": fifteen, "load1_per_cpu": one / (os.cpu_count() or 1)}


def disk(root: Path, mount: str) -> dict[str, float]:
    """Space and inodes as df shows them: blocks kept for root count as neither used nor free.

    Raises OSError where nothing is mounted: the values of the file system below would be a lie.
    """
    path = root / mount.lstrip("/")
    if mount != "/" and not os.path.ismount(path):
        path.stat()
        raise OSError(0, "no file system is mounted there")
    stat = os.statvfs(path)
    used = stat.f_blocks - stat.f_bfree
    found = {"disk_used_percent": 100 * used / ((used + stat.f_bavail) or 1)}
    if stat.f_files:  # btrfs and others have no fixed number of inodes
        found["disk_inodes_used"] = float(stat.f_files - stat.f_ffree)
        found["disk_inodes_total"] = float(stat.f_files)
    return found
