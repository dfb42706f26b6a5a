"""The configuration: one TOML text to frozen dataclasses. docs/custom-metrics.md is its reference."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarmctl.publish.errors import ConfigError
from alarmctl.publish.limits import DIMENSION_NAME, DIMENSIONS_PER_METRIC, namespace_problem
from alarmctl.publish.model import UNITS
from alarmctl.publish.presets import PRESETS
from alarmctl.publish.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Sets = tuple[tuple[str, ...], ...]

TABLES = ("publisher", "dimensions", "source")

STATES = (
    *("established", "synsent", "synrecv", "finwait1", "finwait2", "timewait"),
    *("close", "closewait", "lastack", "listen", "closing"),
)
HOST_METRICS = {  # metric -> its unit
    "mem_used_percent": "Percent",
    "mem_available_bytes": "Bytes",
    "swap_used_percent": "Percent",
    "load1_per_cpu": "None",
    "load1": "None",
    "load5": "None",
    "load15": "None",
    "disk_used_percent": "Percent",
    "disk_inodes_used": "Count",
    "disk_inodes_total": "Count",
}
HOST_DEFAULT = (
    *("mem_used_percent", "swap_used_percent", "load1_per_cpu"),
    *("disk_used_percent", "disk_inodes_used", "disk_inodes_total"),
)
DISK_METRICS = frozenset(name for name in HOST_METRICS if name.startswith("disk_"))
OF_ONE_HOST = frozenset({"InstanceId", "Machine"})
DEADLINE_SECONDS = 10.0
# Where a password may come from. The password itself is no choice: the file ends up in SSM or a repository.
PASSWORD_STORES = ("ssm", "secret", "iam", "env", "file")
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


@dataclass(frozen=True)
class Password:
    """Where a password is: a store of PASSWORD_STORES and the name in it; `key` within a JSON secret."""

    store: str
    name: str = ""
    key: str = ""


@dataclass(frozen=True)
class Sql:
    """A query; `values` is column -> (metric, unit), `keys` column -> dimension."""

    host: str
    port: int
    database: str
    user: str
    password: Password | None
    sslmode: str
    sslrootcert: str
    query: str
    values: tuple[tuple[str, str, str], ...]
    keys: tuple[tuple[str, str], ...]
    max_rows: int

    @property
    def own(self) -> tuple[str, ...]:
        """Names of the dimensions that its values bring."""
        return tuple(dimension for _, dimension in self.keys)

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics."""
        return tuple(metric for _, metric, _ in self.values)


@dataclass(frozen=True)
class Tcp:
    """Connections of these ports by state."""

    ports: tuple[int, ...]
    side: str
    states: tuple[str, ...]
    prefix: str
    by_port: bool
    proc: str

    @property
    def own(self) -> tuple[str, ...]:
        """Names of the dimensions that its values bring."""
        return ("Port",) if self.by_port else ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics."""
        return tuple(self.prefix + state for state in self.states)


@dataclass(frozen=True)
class Host:
    """Memory, swap, load, file systems."""

    metrics: tuple[str, ...]
    mounts: tuple[str, ...]
    proc: str
    root: str

    @property
    def own(self) -> tuple[str, ...]:
        """Names of the dimensions that its values bring; those of memory bring none."""
        return ("MountPath",) if DISK_METRICS.intersection(self.metrics) else ()


@dataclass(frozen=True)
class Command:
    """A program that prints numbers."""

    command: tuple[str, ...]
    metric: str
    unit: str
    own: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics, as far as the configuration knows them."""
        return (self.metric,) if self.metric else ()


@dataclass(frozen=True)
class Log:
    """Lines of a file, counted by pattern: (metric, pattern)."""

    path: str
    counts: tuple[tuple[str, re.Pattern[str]], ...]
    own: tuple[str, ...] = ()

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics."""
        return tuple(metric for metric, _ in self.counts)


Options = Sql | Tcp | Host | Command | Log


@dataclass(frozen=True)
class Source:
    """One source."""

    name: str
    type: str
    namespace: str
    interval_seconds: float
    deadline_seconds: float
    dimension_sets: Sets
    options: Options


@dataclass(frozen=True)
class Config:
    """The whole file. `dimensions` are the given ones; others are found out (dimensions.py)."""

    namespace: str
    region: str
    flush_seconds: float
    jitter: bool
    spool: str
    spool_mb: int
    health_dimension_sets: Sets
    dimensions: Mapping[str, str]
    sources: tuple[Source, ...]

    @property
    def names(self) -> frozenset[str]:
        """The names that some dimension set asks for, without those that values bring themselves."""
        asked = {name for names in self.health_dimension_sets for name in names} - {"Source"}
        for source in self.sources:
            asked |= {name for names in source.dimension_sets for name in names} - set(source.options.own)
        return frozenset(asked)


def parse(text: str) -> Config:
    """The configuration. Raises ConfigError with the key that is wrong."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"This is no TOML: {error}.") from None
    if unknown := sorted(set(content) - set(TABLES)):
        raise ConfigError(f"Unknown table {', '.join(unknown)}. Choose from {', '.join(TABLES)}.")
    publisher = Table("publisher", content.get("publisher", {}))
    dimensions = _dimensions(Table("dimensions", content.get("dimensions", {})).rest())
    written = content.get("source")
    if not isinstance(written, list) or not written:
        raise ConfigError("No source: write at least one table [[source]], with two brackets.")
    namespace = _namespace(publisher.text("namespace", "Publisher"), "publisher.namespace")
    interval = publisher.number("interval_seconds", 60, 1, 86400)
    sources = tuple(
        _source(number, one, namespace, interval, tuple(dimensions)) for number, one in enumerate(written, 1)
    )
    names = [source.name for source in sources]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(f"Two sources are called {', '.join(twice)}. Give each its own `name`.")
    health = publisher.sets("health_dimension_sets")
    config = Config(
        namespace=namespace,
        region=publisher.text("region", ""),
        flush_seconds=publisher.number("flush_seconds", 60, 1, 3600),
        jitter=publisher.flag("jitter", default=True),
        spool=publisher.text("spool", "/var/lib/alarmctl-publish"),
        spool_mb=publisher.whole("spool_mb", 50, 1, 10_000),
        health_dimension_sets=health if health is not None else _health_sets(tuple(dimensions), sources),
        dimensions=dimensions,
        sources=sources,
    )
    publisher.end()
    _check_sets(config.health_dimension_sets, "publisher.health_dimension_sets")
    return config


def _dimensions(written: Mapping[str, Any]) -> dict[str, str]:
    given = {}
    for key, value in written.items():
        name = "Environment" if key == "environment" else key
        if not isinstance(value, str) or not value.strip():
            raise ConfigError(f"dimensions.{key}: {value!r} is not a text.")
        if not DIMENSION_NAME.fullmatch(name) or name == "Source":
            raise ConfigError(f"dimensions.{key}: CloudWatch takes no dimension of this name, or it is ours.")
        given[name] = value
    return given


def _health_sets(given: tuple[str, ...], sources: tuple[Source, ...]) -> Sets:
    by_host = any("InstanceId" in names for source in sources for names in source.dimension_sets)
    shared = [name for name in given if name not in OF_ONE_HOST]
    sets = [(*shared, "Source"), *([("InstanceId", "Source")] if by_host else [])]
    return tuple(dict.fromkeys(sets))


def _namespace(text: str, where: str) -> str:
    if problem := namespace_problem(text):
        raise ConfigError(f"{where}: {text!r} {problem}")
    return text


def _check_sets(sets: Sets, where: str) -> None:
    for names in sets:
        if len(names) > DIMENSIONS_PER_METRIC or len(set(names)) < len(names):
            raise ConfigError(
                f"{where}: {list(names)} has a name twice, or more than {DIMENSIONS_PER_METRIC}."
            )
        for name in names:
            if not DIMENSION_NAME.fullmatch(name):
                raise ConfigError(f"{where}: CloudWatch takes no dimension of the name {name!r}.")


def _source(number: int, written: Any, namespace: str, interval: float, given: tuple[str, ...]) -> Source:
    written = Table(f"source {number}", written).rest()
    where = f"source {written.get('name', number)}"
    preset = written.get("preset")
    if preset is not None and preset not in PRESETS:
        raise ConfigError(f"{where}: unknown preset {preset!r}. Choose from {', '.join(sorted(PRESETS))}.")
    table = Table(where, {**PRESETS.get(preset or "", {}), **written})
    table.text("preset")
    kind = table.text("type", choices=READERS, needed=True)
    default_namespace = "CWAgent" if kind == "host" else namespace
    seconds = table.number("interval_seconds", interval, 1, 86400)
    deadline = table.number("deadline_seconds", min(DEADLINE_SECONDS, seconds), 0.1, seconds)
    sets = table.sets("dimension_sets")
    name = table.text("name", preset or kind)
    source_namespace = _namespace(table.text("namespace", default_namespace), f"{where}.namespace")
    options = READERS[kind](table)
    table.end()
    if sets is None:
        sets = DEFAULT_SETS.get(kind, (given,))
    _check_sets(sets, f"{where}.dimension_sets")
    return Source(name, kind, source_namespace, seconds, deadline, sets, options)


def _sql(table: Table) -> Sql:
    values = []
    for column, value in table.mapping("values", needed=True).items():
        spec = Table(f"{table.where}.values.{column}", {"metric": value} if isinstance(value, str) else value)
        values.append((column, spec.text("metric", needed=True), spec.text("unit", "None", choices=UNITS)))
        spec.end()
    keys = table.mapping("keys")
    for column, dimension in keys.items():
        if not isinstance(dimension, str) or not DIMENSION_NAME.fullmatch(dimension):
            raise ConfigError(f"{table.where}.keys.{column}: {dimension!r} is no dimension's name.")
    return Sql(
        host=table.text("host", needed=True),
        port=table.whole("port", 5432, 1, 65535),
        database=table.text("database", needed=True),
        user=table.text("user", needed=True),
        password=_password(table),
        sslmode=table.text("sslmode", "require", choices=SSL_MODES),
        sslrootcert=table.text("sslrootcert", ""),
        query=_one_select(table),
        values=tuple(values),
        keys=tuple(keys.items()),
        max_rows=table.whole("max_rows", 100, 1, 10_000),
    )


def _one_select(table: Table) -> str:
    query = str(table.text("query", needed=True)).strip().rstrip(";")
    if not re.match(r"(?i)(select|with|values|table)\b", query):
        raise ConfigError(f"{table.where}.query: write one SELECT; it begins with {query[:20]!r}.")
    return query


def _password(table: Table) -> Password | None:
    written = table.mapping("password", secret=True)
    if not written:
        return None
    stores = [store for store in PASSWORD_STORES if store in written]
    if len(stores) != 1:
        raise ConfigError(f"{table.where}.password: name one of {', '.join(PASSWORD_STORES)}.")
    spec = Table(f"{table.where}.password", written)
    if stores == ["iam"]:
        if not spec.flag("iam", default=False):
            raise ConfigError(f"{table.where}.password.iam: write true, or name another store.")
        name = ""
    else:
        name = spec.text(stores[0], needed=True)
    key = spec.text("key", "") if stores == ["secret"] else ""
    spec.end()
    return Password(stores[0], name, key)


def _tcp(table: Table) -> Tcp:
    return Tcp(
        ports=tuple(dict.fromkeys(table.numbers("ports", 1, 65535))),
        side=table.text("side", "local", choices=("local", "remote", "either")),
        states=table.texts("states", STATES, choices=STATES, needed=False) or STATES,
        prefix=table.text("prefix", "tcp-"),
        by_port=table.flag("by_port", default=False),
        proc=table.text("proc", "/proc"),
    )


def _host(table: Table) -> Host:
    mounts = table.texts("mounts", ("/",))
    if wrong := [mount for mount in mounts if not mount.startswith("/")]:
        raise ConfigError(f"{table.where}.mounts: {wrong[0]!r} does not begin with a slash.")
    return Host(
        metrics=table.texts("metrics", HOST_DEFAULT, choices=HOST_METRICS) or HOST_DEFAULT,
        mounts=tuple(dict.fromkeys(mounts)),
        proc=table.text("proc", "/proc"),
        root=table.text("root", "/"),
    )


def _command(table: Table) -> Command:
    return Command(
        command=table.texts("command", needed=True),
        metric=table.text("metric", ""),
        unit=table.text("unit", "None", choices=UNITS),
    )


def _log(table: Table) -> Log:
    counts = []
    for metric, pattern in table.mapping("counts", needed=True).items():
        try:
            counts.append((metric, re.compile(pattern)))
        except (re.error, TypeError) as error:
            raise ConfigError(f"{table.where}.counts.{metric}: no regular expression: {error}.") from None
    return Log(path=table.text("path", needed=True), counts=tuple(counts))


READERS: Mapping[str, Callable[[Table], Options]] = {
    "sql": _sql,
    "tcp": _tcp,
    "host": _host,
    "command": _command,
    "log": _log,
}
DEFAULT_SETS: Mapping[str, Sets] = {
    "tcp": (("InstanceId",),),
    "host": (("InstanceId",), ("AutoScalingGroupName",)),
}
