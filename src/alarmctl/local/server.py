"""The local stack's process: ministack, the alarm driver and the fake Slack, on 127.0.0.1 alone.

It ends on SIGTERM or SIGINT, when the process it was started for is gone, or when nobody used it for long.
ministack reads its environment when it is imported, so it is imported after `prepare`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import logging
import os
import secrets
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from alarmctl.local import stack, workload
from alarmctl.local.control import Action, ControlError, with_control

if TYPE_CHECKING:
    import socket
    from collections.abc import Mapping

    from alarmctl.local.driver import Driver
    from alarmctl.slack.server import FakeSlack

logger = logging.getLogger("alarmctl.local")

WATCH_SECONDS = 0.5
OPEN_REQUESTS_SECONDS = 1.0  # for requests under way when the server stops


def environment(home: Path, port: int) -> dict[str, str]:
    """What ministack and the functions it runs see: its settings, no credentials or proxies of the user."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.upper().startswith(("AWS_", "MINISTACK_", "LAMBDA_"))
        and not name.upper().endswith("_PROXY")
    }
    return kept | {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": stack.HOST,
        "MINISTACK_HOST": stack.HOST,
        "MINISTACK_REGION": stack.REGION,
        "MINISTACK_ACCOUNT_ID": stack.ACCOUNT,
        "SFTP_ENABLED": "0",
        "IOT_MTLS_ENABLED": "0",
        "LAMBDA_EXECUTOR": "local",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(home / "aws"),
        # A machine with Docker must not lend it: the functions run as processes of this one.
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": stack.REGION,
        "AWS_REGION": stack.REGION,
        "AWS_EC2_METADATA_DISABLED": "true",
        "NO_PROXY": f"{stack.HOST},localhost",
    }


def prepare(home: Path, port: int) -> None:
    """Make this process's environment fit for ministack, before anything imports it."""
    settled = environment(home, port)
    os.environ.clear()
    os.environ.update(settled)


def webhook_token(home: Path) -> str:
    """The secret of the fake webhook, the same at each start, so that the stored webhook stays right."""
    path = home / "webhook-token"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_hex(12))
    return path.read_text().strip()


def actions(home: Path, driver: Driver, slack: FakeSlack) -> Mapping[tuple[str, str], Action]:
    """What the stack's own API can do, by (method, name)."""

    def status(_body: Any) -> dict[str, Any]:
        return {"pid": os.getpid(), "home": str(home), "alarms": driver.counts(), "slack": slack.counts}

    def messages(_body: Any) -> list[dict[str, Any]]:
        return [
            {"number": one.number, "received_at": one.received_at.isoformat(), "body": dict(one.body)}
            for one in slack.messages
        ]

    def events(body: Any) -> dict[str, Any]:
        if not isinstance(body, dict):
            raise ControlError("The event is no JSON object. Send one, as EventBridge does.")
        return {"rules": driver.emit(body)}

    def rewind(body: Any) -> dict[str, Any]:
        name = str((body or {}).get("alarm", ""))
        if not driver.rewind(name):
            raise ControlError(
                f"No metric alarm is named {name!r}. They are in terraform/environments/local."
            )
        return {}

    def save(_body: Any) -> dict[str, Any]:
        from ministack import app as gateway  # noqa: PLC0415 - only after `prepare`
        from ministack.core.persistence import save_all  # noqa: PLC0415 - as above

        save_all(gateway._build_persistence_save_dict())
        return {}

    return {
        ("GET", "status"): status,
        ("GET", "messages"): messages,
        ("POST", "events"): events,
        ("POST", "rewind"): rewind,
        ("POST", "save"): save,
    }


async def serve(options: argparse.Namespace, listener: socket.socket) -> None:
    """Serve until told to stop, then save ministack's state and forget the record."""
    from hypercorn.asyncio import serve as serve_http  # noqa: PLC0415 - only after `prepare`
    from hypercorn.config import Config  # noqa: PLC0415 - as above
    from ministack import app as gateway  # noqa: PLC0415 - as above

    from alarmctl.slack.server import FakeSlack  # noqa: PLC0415 - as above

    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    driver = start_driver()
    use = Use(time.monotonic())
    slack = FakeSlack(port=options.page_port, token=webhook_token(options.home))
    slack.start()
    config = Config()
    config.bind = [f"fd://{listener.fileno()}"]
    config.graceful_timeout = OPEN_REQUESTS_SECONDS
    app = with_control(gateway.app, actions(options.home, driver, slack), use.touch)
    background = [
        asyncio.create_task(watch(stopping, driver, use, options)),
        asyncio.create_task(record(options, slack)),
    ]
    try:
        await serve_http(app, config, shutdown_trigger=stopping.wait)  # type: ignore[arg-type] # an ASGI 3 callable
    finally:
        for task in background:
            task.cancel()
        slack.stop()
        stack.forget(options.home, os.getpid())


def start_driver() -> Driver:
    """Our driver in the place of ministack's own evaluation."""
    from ministack.services import (  # noqa: PLC0415 - after `prepare`
        cloudwatch,
        cloudwatch_logs,
        ec2,
        ecs,
        eventbridge,
        firehose,
        lambda_svc,
        sns,
        sqs,
    )

    from alarmctl.local import driver as driving  # noqa: PLC0415 - as above
    from alarmctl.local import instance_events, log_delivery, ministack_patches  # noqa: PLC0415 - as above

    driver = driving.Driver(
        cloudwatch=cloudwatch,
        topics=driving.Topics(sns),
        bus=driving.Bus(eventbridge),
        now=lambda: datetime.now(UTC),
        account=stack.ACCOUNT,
        region=stack.REGION,
    )
    ministack_patches.install(driver, cloudwatch, sqs, lambda_svc)
    log_delivery.install(cloudwatch_logs, firehose)
    ministack_patches.take_whole_bus_policies(eventbridge)
    ministack_patches.tell_services_as_ecs_does(ecs)
    instance_events.install(
        ec2._ACTION_MAP, ec2._instances, driver.emit, account=stack.ACCOUNT, region=stack.REGION
    )
    return driver


@dataclass
class Use:
    """When somebody last used the stack, in monotonic seconds."""

    at: float

    def touch(self) -> None:
        """Somebody uses it now."""
        self.at = time.monotonic()


async def watch(stopping: asyncio.Event, driver: Driver, use: Use, options: argparse.Namespace) -> None:
    """Tick the driver once a minute; stop when the parent is gone, or nobody used the stack for long.

    Actions that a suppressor's periods held run within half a second of their end.
    """
    await _until_answering(options.port)  # the saved state is loaded by then
    workload.report(driver.store, datetime.now(UTC), workload.BACKFILL_MINUTES)
    next_tick = time.monotonic() + options.evaluate_every
    while not stopping.is_set():
        await asyncio.sleep(WATCH_SECONDS)
        await asyncio.to_thread(driver.run_due)
        if time.monotonic() >= next_tick:
            next_tick += options.evaluate_every
            workload.report(driver.store, datetime.now(UTC))
            await asyncio.to_thread(driver.tick)
        if options.parent_pid and not stack.alive(options.parent_pid):
            logger.info("The process %s, for which this stack was started, is gone.", options.parent_pid)
            stopping.set()
        if time.monotonic() - use.at > options.idle_minutes * 60:
            logger.info("Nobody used this stack for %s minutes.", options.idle_minutes)
            stopping.set()


async def record(options: argparse.Namespace, slack: FakeSlack) -> None:
    """Write down where the stack is, once it answers."""
    await _until_answering(options.port)
    stack.write(
        stack.Stack(
            pid=os.getpid(),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            home=str(options.home),
            aws_port=options.port,
            page_port=options.page_port,
            webhook_url=slack.webhook_url,
            page_url=slack.page_url,
            bot_credential=slack.bot_credential,
        )
    )


async def _until_answering(port: int) -> None:
    while True:
        try:
            reader, writer = await asyncio.open_connection(stack.HOST, port)
            writer.write(b"GET /_ministack/health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            await writer.drain()
            answered = await reader.read(1)
            writer.close()
            if answered:
                return
        except OSError:
            await asyncio.sleep(0.05)


def main(argv: list[str] | None = None) -> int:
    """Run the server. Exit 0 after a clean stop; 1 with one sentence as the last line of the log."""
    parser = argparse.ArgumentParser(prog="python -m alarmctl.local.server", description=__doc__)
    parser.add_argument("--home", type=lambda text: Path(text).resolve(), required=True)
    parser.add_argument("--port", type=int, default=stack.AWS_PORT)
    parser.add_argument("--page-port", type=int, default=stack.PAGE_PORT)
    parser.add_argument("--parent-pid", type=int)
    parser.add_argument("--evaluate-every", type=float, default=stack.EVALUATE_SECONDS)
    parser.add_argument("--idle-minutes", type=float, default=240)
    options = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        options.home.mkdir(parents=True, exist_ok=True)
        listener = stack.listen(options.port, "--port")
        prepare(options.home, options.port)
        _discard_foreign_state(options.home)
        asyncio.run(serve(options, listener))
    except (stack.StackError, OSError, ImportError) as error:
        print(_sentence(error), file=sys.stderr, flush=True)
        return 1
    return 0


def _sentence(error: Exception) -> str:
    if isinstance(error, ImportError):
        return (
            f"The local AWS is not installed ({error}). Run `make setup`, or pip install 'alarmctl[local]'."
        )
    return str(error)


def _discard_foreign_state(home: Path) -> None:
    """State saved by another version of ministack, or for another port, would only half fit: start afresh."""
    path = home / "aws" / "made-by.json"
    wanted = {"ministack": version("ministack"), "port": os.environ["GATEWAY_PORT"]}
    try:
        fits = json.loads(path.read_text()) == wanted
    except FileNotFoundError:
        fits = True  # there is none yet
    except (OSError, ValueError):
        fits = False
    if not fits:
        stack.clear(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(wanted))


if __name__ == "__main__":
    sys.exit(main())
