"""A local stack as seen from outside: where it is, whether it lives, how to start and stop it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import requests

from alarmctl.local.control import HEADER, PREFIX

HOST = "127.0.0.1"
AWS_PORT = 4566
PAGE_PORT = 4580
REGION = "us-east-1"
ACCOUNT = "000000000000"
EVALUATE_SECONDS = 60.0  # CloudWatch looks at an alarm once a minute
READY_SECONDS = 60.0  # ministack starts in a second; a loaded machine may take many
STOP_SECONDS = 30.0  # saving the state included
REQUEST_SECONDS = 30.0
PROBE_SECONDS = 3.0

# The servers that this process started, to be waited for in the end.
_children: dict[int, subprocess.Popen[bytes]] = {}


class StackError(Exception):
    """The local stack cannot do it; the text names the culprit and the next step."""


@dataclass(frozen=True)
class Stack:
    """A running stack, as its server wrote it down in HOME/stack.json."""

    pid: int
    started: str
    home: str
    aws_port: int
    page_port: int
    webhook_url: str
    page_url: str
    bot_credential: str = ""  # where the fake Slack's API is, and the token that opens it

    @property
    def aws_url(self) -> str:
        """The endpoint for every AWS client."""
        return f"http://{HOST}:{self.aws_port}"

    def call(self, method: str, name: str, body: Any = None, *, timeout: float = REQUEST_SECONDS) -> Any:
        """The answer of the stack's own API (see `control`). Raises StackError with the server's sentence."""
        session = requests.Session()
        session.trust_env = False  # a proxy of the environment has no business with 127.0.0.1
        try:
            response = session.request(
                method,
                f"{self.aws_url}{PREFIX}{name}",
                data=None if body is None else json.dumps(body),
                headers={HEADER: "1"},
                timeout=timeout,
            )
            answer = response.json()
        except (requests.RequestException, ValueError) as error:
            raise StackError(
                f"The local stack (process {self.pid}) does not answer at {self.aws_url} "
                f"({type(error).__name__}). See {self.home}/server.log, or run `alarmctl local down`."
            ) from None
        if not response.ok:
            raise StackError(str(answer.get("error", answer)))
        return answer

    def client(self, service: str) -> Any:
        """A boto3 client of this stack, whatever credentials and proxies the environment has."""
        import boto3  # noqa: PLC0415 - half a second that `--help` need not wait for
        from botocore.config import Config  # noqa: PLC0415 - as above

        return boto3.client(
            service,
            endpoint_url=self.aws_url,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",  # noqa: S106 - the local AWS takes any
            config=Config(proxies={}, retries={"max_attempts": 2}),
        )


def write(stack: Stack) -> None:
    """Record a running stack, whole or not at all."""
    path = _record(Path(stack.home))
    draft = path.with_suffix(".new")
    draft.write_text(json.dumps(asdict(stack), indent=2) + "\n")
    draft.replace(path)


def forget(home: Path, pid: int) -> None:
    """Remove the record of the server PID, and of no other."""
    found = _read(home)
    if found is not None and found.pid == pid:
        _record(home).unlink(missing_ok=True)


def find(home: Path) -> tuple[Stack | None, str | None]:
    """The stack that runs with this home, and a sentence when a stale record had to be removed.

    Raises StackError when its process is there but does not answer.
    """
    found = _read(home)
    if found is None:
        if not _record(home).exists():
            return None, None
        _record(home).unlink(missing_ok=True)
        return None, f"{_record(home)} could not be read and was removed."
    if not alive(found.pid):
        stale = f"process {found.pid} is gone"
    else:
        if _status(found.aws_port).get("pid") == found.pid:
            return found, None
        if _is_server(found.pid):
            raise StackError(
                f"The local stack (process {found.pid}) runs but does not answer at port {found.aws_port}. "
                f"See {home}/server.log, or end it with `kill {found.pid}`."
            )
        stale = f"process {found.pid} is another program"
    _record(home).unlink(missing_ok=True)
    return None, f"A stale record of a local stack was removed: {stale}."


def running(home: Path) -> Stack:
    """The stack that runs with this home. Raises StackError when there is none."""
    found, note = find(home)
    if found is None:
        raise StackError(f"{note + ' ' if note else ''}No local stack is running. Run `alarmctl local up`.")
    return found


def clear(home: Path) -> bool:
    """Forget what the local AWS held and what Terraform knows of it; providers and logs stay.

    False when there was nothing to forget.
    """
    aws, states = home / "aws", list(home.glob("terraform.tfstate*"))
    found = aws.exists() or bool(states)
    shutil.rmtree(aws, ignore_errors=True)
    for state in states:
        state.unlink()
    return found


def _record(home: Path) -> Path:
    return home / "stack.json"


def _read(home: Path) -> Stack | None:
    try:
        return Stack(**json.loads(_record(home).read_text()))
    except (OSError, ValueError, TypeError):
        return None


def _status(port: int) -> dict[str, Any]:
    """What a stack at this port says of itself; nothing when there is none."""
    session = requests.Session()
    session.trust_env = False
    try:
        response = session.get(
            f"http://{HOST}:{port}{PREFIX}status", headers={HEADER: "1"}, timeout=PROBE_SECONDS
        )
        answer = response.json()
    except (requests.RequestException, ValueError):
        return {}
    return answer if response.ok and isinstance(answer, dict) else {}


def _is_server(pid: int) -> bool:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:  # a machine without /proc has ps
        if not shutil.which("ps"):
            return False
        command = subprocess.run(
            ["ps", "-p", str(pid), "-o", "command="], capture_output=True, text=True, check=False, timeout=10
        ).stdout
    return "alarmctl.local.server" in command


def alive(pid: int) -> bool:
    """Whether a process with this id runs. A zombie does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (OSError, IndexError):
        return True
    return state != "Z"


def listen(port: int, option: str) -> socket.socket:
    """A socket that listens on 127.0.0.1:PORT. Raises StackError naming who has the port, and the option."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen(128)
    except OSError:
        listener.close()
        raise port_in_use(port, option) from None
    return listener


def check_port(port: int, option: str) -> None:
    """Raises StackError when PORT is taken."""
    listen(port, option).close()


def port_in_use(port: int, option: str) -> StackError:
    """The one sentence for a port that is taken."""
    home = _status(port).get("home")
    owner = f"the local stack of {home}" if home else port_owner(port)
    by = f" by {owner}" if owner else ""
    return StackError(f"Port {port} is in use{by}. Stop that program, or choose another port with {option}.")


def port_owner(port: int) -> str | None:
    """ "name (process 123)" of the program that listens on PORT, where the machine tells."""
    if shutil.which("lsof"):
        seen = subprocess.run(
            ["lsof", "-nP", f"-iTCP:{port}", "-sTCP:LISTEN", "-Fpc"],
            capture_output=True,
            text=True,
            check=False,
            timeout=10,
        ).stdout.splitlines()
        fields = {line[0]: line[1:] for line in seen if line}
        if "p" in fields:
            return f"{fields.get('c', 'a program')} (process {fields['p']})"
    return _port_owner_by_proc(port)


def _port_owner_by_proc(port: int) -> str | None:
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            rows = [line.split() for line in Path(table).read_text().splitlines()[1:]]
        except OSError:
            continue
        inodes |= {row[9] for row in rows if row[3] == "0A" and int(row[1].rsplit(":", 1)[1], 16) == port}
    wanted = {f"socket:[{inode}]" for inode in inodes}
    for process in Path("/proc").glob("[0-9]*") if wanted else ():
        try:
            if any(os.readlink(link) in wanted for link in (process / "fd").iterdir()):  # noqa: PTH115 - a socket's link is no path
                return f"{(process / 'comm').read_text().strip()} (process {process.name})"
        except OSError:
            continue
    return None


def start(
    home: Path,
    *,
    aws_port: int,
    page_port: int,
    parent_pid: int | None = None,
    idle_minutes: float = 240,
    evaluate_every: float = EVALUATE_SECONDS,
) -> Stack:
    """Start the server as a process of its own and wait until it answers.

    With PARENT_PID it ends with that process. Raises StackError when a port is taken or it does not come up.
    """
    home.mkdir(parents=True, exist_ok=True)
    check_port(aws_port, "--port")
    check_port(page_port, "--page-port")
    command = [sys.executable, "-m", "alarmctl.local.server", "--home", str(home)]
    command += ["--port", str(aws_port), "--page-port", str(page_port)]
    command += ["--idle-minutes", str(idle_minutes), "--evaluate-every", str(evaluate_every)]
    command += ["--parent-pid", str(parent_pid)] if parent_pid else []
    with (home / "server.log").open("wb") as log:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    _children[process.pid] = process
    give_up = time.monotonic() + READY_SECONDS
    while time.monotonic() < give_up:
        found = _read(home)
        if found is not None and found.pid == process.pid:
            return found
        if process.poll() is not None:
            lines = (home / "server.log").read_text(errors="replace").strip().splitlines()
            raise StackError(f"{lines[-1] if lines else 'The server ended.'} (log: {home}/server.log)")
        time.sleep(0.05)
    process.terminate()
    raise StackError(f"The local stack did not come up in {READY_SECONDS:.0f} s. See {home}/server.log.")


def stop(stack: Stack) -> None:
    """Ask the server to save its state and end, and wait for it. Raises StackError when it does not."""
    try:
        os.kill(stack.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
    give_up = time.monotonic() + STOP_SECONDS
    while time.monotonic() < give_up:
        if not alive(stack.pid):
            if stack.pid in _children:
                _children.pop(stack.pid).wait()
            return
        time.sleep(0.05)
    raise StackError(
        f"Process {stack.pid} did not stop in {STOP_SECONDS:.0f} s. End it with `kill {stack.pid}`, "
        f"then see {stack.home}/server.log."
    )
