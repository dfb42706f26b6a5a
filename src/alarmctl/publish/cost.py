"""What the configuration will cost: series drive the bill, then requests. List prices of us-east-1."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from alarmctl.publish.config import DISK_METRICS, OF_ONE_HOST, Host, Sql, Tcp

if TYPE_CHECKING:
    from collections.abc import Iterator

    from alarmctl.publish.config import Config, Options, Source

SERIES_USD = 0.30  # a month, of the first 10,000
REQUESTS_USD = 0.01 / 1000
FREE_SERIES = 10
FREE_REQUESTS = 1_000_000
MONTH_SECONDS = 30 * 86400


@dataclass(frozen=True)
class Line:
    """One source: its series on all hosts together, `guessed` where the configuration cannot know them."""

    source: str
    series: int
    guessed: bool


@dataclass(frozen=True)
class Estimate:
    """A month's bill. `requests` are PutMetricData calls of all hosts."""

    hosts: int
    lines: tuple[Line, ...]
    requests: int

    @property
    def series(self) -> int:
        """All series."""
        return sum(line.series for line in self.lines)

    @property
    def usd(self) -> float:
        """US dollars a month, after the free tier."""
        return (
            max(0, self.series - FREE_SERIES) * SERIES_USD
            + max(0, self.requests - FREE_REQUESTS) * REQUESTS_USD
        )


def estimate(config: Config, hosts: int, rows: int) -> Estimate:
    """For so many hosts with this configuration; a query with key columns is taken to bring so many rows."""
    lines = [
        Line(source.name, sum(_series(source, hosts, rows)), _guessed(source)) for source in config.sources
    ]
    health = 2 * len(config.sources) * sum(_spread(names, hosts) for names in config.health_dimension_sets)
    lines.append(Line("health of the sources", health, guessed=False))
    return Estimate(hosts, tuple(lines), hosts * _requests(config))


def _series(source: Source, hosts: int, rows: int) -> Iterator[int]:
    own_names = set(source.options.own)
    as_written = any(own_names & set(names) for names in source.dimension_sets)
    for names in source.dimension_sets:
        with_own = not as_written or bool(own_names & set(names))
        yield _spread(names, hosts) * _metrics(source.options, rows, with_own=with_own)


def _spread(names: tuple[str, ...], hosts: int) -> int:
    """A set that names a host is one series for each; others are shared."""
    return hosts if OF_ONE_HOST.intersection(names) else 1


def _metrics(options: Options, rows: int, *, with_own: bool) -> int:
    """Series of one dimension set on one host."""
    if isinstance(options, Host):
        disks = len(DISK_METRICS.intersection(options.metrics))
        return len(options.metrics) - disks + disks * (len(options.mounts) if with_own else 1)
    if isinstance(options, Sql):
        return len(options.metrics) * (min(rows, options.max_rows) if options.keys and with_own else 1)
    if isinstance(options, Tcp):
        return len(options.metrics) * (len(options.ports) if options.by_port and with_own else 1)
    return max(1, len(options.metrics))


def _guessed(source: Source) -> bool:
    options = source.options
    return bool(isinstance(options, Sql) and options.keys) or not getattr(options, "metrics", ())


def _requests(config: Config) -> int:
    """Of one host in a month: each flush is a request for each namespace that has new values."""
    fastest: dict[str, float] = {config.namespace: min(one.interval_seconds for one in config.sources)}
    for source in config.sources:
        fastest[source.namespace] = min(
            source.interval_seconds, fastest.get(source.namespace, source.interval_seconds)
        )
    return sum(round(MONTH_SECONDS / max(config.flush_seconds, seconds)) for seconds in fastest.values())
