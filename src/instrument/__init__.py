"""What an application needs to be watched: JSON logs, metrics, events, a health endpoint.

See docs/instrumentation.md. The standard library alone: who sends events or logs hands a boto3 client in.
"""

from instrument.events import Events
from instrument.firehose import FirehoseHandler
from instrument.health import Health
from instrument.logs import JsonFormatter, LineWriter, configure, current_request_id, request
from instrument.metrics import Metrics
from instrument.sender import Sender
from instrument.service import Service
from instrument.wsgi import Watched

__all__ = [
    "Events",
    "FirehoseHandler",
    "Health",
    "JsonFormatter",
    "LineWriter",
    "Metrics",
    "Sender",
    "Service",
    "Watched",
    "configure",
    "current_request_id",
    "request",
]
