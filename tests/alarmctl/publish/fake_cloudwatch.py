"""PutMetricData with the limits that AWS documents, over HTTP: what CloudWatch refuses is refused.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html
"""

import gzip
import json
import math
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

BODY_BYTES = 1_000_000
METRICS = 1000
VALUES = 150
DIMENSIONS = 30
OLDEST, NEWEST = timedelta(days=14), timedelta(hours=2)

ERRORS = {  # fault -> status and code
    "500": (500, "InternalServiceFault"),
    "503": (503, "ServiceUnavailable"),
    "throttle": (400, "Throttling"),
    "denied": (403, "AccessDenied"),
    "expired": (400, "ExpiredToken"),
}


class RefusedError(Exception):
    """A request that CloudWatch refuses; its arguments are the error's code and text."""


@dataclass
class FakeCloudWatch:
    """What arrived, and how to answer. `faults` are used up one by one; `outage` lasts until it is cleared.

    `poison` names a metric that is refused for no reason that a client can see, `closed` a namespace without
    the right to publish.
    """

    now: Any = lambda: datetime.now(UTC)
    faults: list[str] = field(default_factory=list)
    outage: str = ""
    poison: str = ""
    closed: str = ""
    requests: list[Any] = field(default_factory=list)  # (bytes on the wire, encoding, status)
    stored: list[Any] = field(default_factory=list)  # (namespace, metric, dimensions, minute, value)
    alarms: list[Any] = field(default_factory=list)
    listed: list[Any] = field(default_factory=list)  # of other publishers
    url: str = ""

    def values(self, metric):
        """(minute, value) of one metric, as they came."""
        return [(minute, value) for _, name, _, minute, value in self.stored if name == metric]

    def series(self):
        return {entry[:3] for entry in self.stored}

    def answer(self, headers, body):
        fault = self.outage or (self.faults.pop(0) if self.faults else "")
        if fault:
            return (*ERRORS[fault], "a fault of the test")
        operation = headers["X-Amz-Target"].rpartition(".")[2]
        if operation in ("DescribeAlarms", "ListMetrics"):
            return 200, None, self.read(operation, json.loads(body))
        if operation != "PutMetricData":
            return 400, "UnknownOperation", operation
        try:
            self.put(plain(headers, body))
        except PermissionError:
            return 403, "AccessDenied", "not this namespace"
        except RefusedError as error:
            return (413 if error.args[0] == "RequestEntityTooLarge" else 400, *error.args)
        return 200, None, {}

    def read(self, operation, asked):
        """The alarms, or what others publish of a metric."""
        if operation == "DescribeAlarms":
            return {"MetricAlarms": self.alarms}
        return {"Metrics": [one for one in self.listed if one["MetricName"] == asked["MetricName"]]}

    def put(self, body):
        """Take a request whole, or not at all."""
        if len(body) > BODY_BYTES:
            raise RefusedError("RequestEntityTooLarge", f"{len(body)} bytes")
        request = json.loads(body)
        namespace, data = request["Namespace"], request["MetricData"]
        if namespace == self.closed:
            raise PermissionError
        if namespace.startswith("AWS/") or not 0 < len(namespace) <= 255:
            raise RefusedError("InvalidParameterValue", f"Namespace {namespace}")
        if not 0 < len(data) <= METRICS:
            raise RefusedError("InvalidParameterValue", f"{len(data)} metrics")
        self.stored += [entry for datum in data for entry in self.entries(namespace, datum)]

    def entries(self, namespace, datum):
        name = datum["MetricName"]
        if not 0 < len(name) <= 255 or not name.isascii() or (self.poison and name == self.poison):
            raise RefusedError("InvalidParameterValue", f"MetricName {name}")
        dimensions = tuple((one["Name"], one["Value"]) for one in datum.get("Dimensions", ()))
        if len(dimensions) > DIMENSIONS:
            raise RefusedError("InvalidParameterValue", f"{len(dimensions)} dimensions")
        for key, value in dimensions:
            if not (0 < len(key) <= 255 and 0 < len(value) <= 1024 and key.isascii() and value.isascii()):
                raise RefusedError("InvalidParameterValue", f"dimension {key}")
        at = datetime.fromtimestamp(datum["Timestamp"], UTC)
        if not self.now() - OLDEST <= at <= self.now() + NEWEST:
            raise RefusedError("InvalidParameterValue", f"timestamp {at}")
        return [(namespace, name, dimensions, at, value) for value in measured(datum)]


def measured(datum):
    if "Value" in datum:
        if "Values" in datum:
            raise RefusedError("InvalidParameterCombination", "Value and Values")
        values, counts = [datum["Value"]], [1]
    else:
        values = datum["Values"]
        counts = datum.get("Counts", [1] * len(values))
    if not 0 < len(values) <= VALUES or len(values) != len(counts):
        raise RefusedError("InvalidParameterValue", f"{len(values)} values, {len(counts)} counts")
    for value in values:
        if not math.isfinite(float(value)) or abs(float(value)) > 2.0**360:
            raise RefusedError("InvalidParameterValue", f"value {value}")
    return [value for value, count in zip(values, counts, strict=True) for _ in range(int(count))]


def plain(headers, body):
    """The body unpacked once. Gzip in gzip is no JSON, and no request."""
    if headers.get("Content-Encoding") == "gzip":
        body = gzip.decompress(body)
    if body[:1] != b"{":
        raise RefusedError("SerializationException", "this is no JSON")
    return body


@contextmanager
def running(fake):
    """The fake, reachable at its `url`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body in one packet: two would wait for each other

        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if fake.outage == "gone":  # the connection ends without a word
                self.close_connection = True
                return
            status, code, content = fake.answer(self.headers, body)
            fake.requests.append((len(body), self.headers.get("Content-Encoding"), status))
            answer = json.dumps({"__type": code, "message": content} if code else content).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.0")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.block_on_close = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield fake
    finally:
        server.shutdown()
        server.server_close()
