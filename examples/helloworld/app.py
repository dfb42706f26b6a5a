"""Helloworld: a web application that can be watched. Run it: `python app.py`, then `curl localhost:8080/`.

It writes JSON log lines and, per page, the metric page_viewed in the namespace Helloworld/traffic, with the
dimension Version. With DELIVERY_STREAM its log goes to Firehose too, with EVENT_BUS each order is an event.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import signal
import socketserver
import sys
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from instrument import Events, FirehoseHandler, Health, LineWriter, Metrics, Service, Watched, configure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

LOG = logging.getLogger("helloworld")
TEXT = [("Content-Type", "text/plain; charset=utf-8")]


def aws(service: str) -> Callable[[], Any]:
    """A client, made when it is first needed. Without DELIVERY_STREAM and EVENT_BUS nobody needs boto3."""

    def client() -> Any:
        import boto3  # noqa: PLC0415 - see above
        from botocore.config import Config  # noqa: PLC0415

        return boto3.client(
            service, config=Config(connect_timeout=3, read_timeout=10, retries={"max_attempts": 2})
        )

    return client


class Helloworld:
    """The application itself: pages, orders, and a page that breaks."""

    def __init__(self, metrics: Metrics, events: Events | None) -> None:
        self._metrics = metrics
        self._events = events

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Serve /, /order/NUMBER and /broken."""
        path = str(environ.get("PATH_INFO", "/"))
        if path == "/":
            self._metrics.put("page_viewed", 1)
            start_response("200 OK", TEXT)
            return [b"Hello, world!\n"]
        if path.startswith("/order/"):
            LOG.info("order placed", extra={"order": path.removeprefix("/order/")[:40]})
            if self._events:
                self._events.put("Order Placed", {"order": path.removeprefix("/order/")[:40]})
            start_response("202 Accepted", TEXT)
            return [b"Thank you.\n"]
        if path == "/broken":
            raise RuntimeError("This page is broken on purpose.")
        start_response("404 Not Found", TEXT)
        return [b"There is no such page.\n"]


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        """Nothing: Watched writes a line for each request."""


def application(service: Service, log_file: str | None) -> Watched:
    """The whole application, wired up. `log_file`: where lines go, else to standard output."""
    configure(service, path=log_file)
    if stream := os.environ.get("DELIVERY_STREAM"):
        logging.getLogger().addHandler(FirehoseHandler(stream, service, aws("firehose")))
    bus = os.environ.get("EVENT_BUS")
    events = Events(service, aws("events"), bus=bus) if bus else None
    metrics = Metrics("Helloworld/traffic", service, write=LineWriter(log_file) if log_file else None)
    return Watched(Helloworld(metrics, events), Health(service, {"templates": lambda: True}))


def main() -> int:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080, help="0: any free one")
    parser.add_argument("--log-file", help="write log lines and metrics there; it may be rotated away")
    options = parser.parse_args()
    service = Service.from_environment("helloworld")
    watched = application(service, options.log_file)
    with make_server(options.host, options.port, watched, _Server, _Quiet) as server:
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        LOG.info("started", extra={"port": server.server_port})
        sys.stderr.write(json.dumps({"url": f"http://{options.host}:{server.server_port}/"}) + "\n")
        try:
            server.serve_forever()
        except (KeyboardInterrupt, SystemExit):
            LOG.info("stopped")
            logging.shutdown()
    return 0


if __name__ == "__main__":
    sys.exit(main())
