"""Events in every wrapping, and a notifier whose clock, Slack and AWS are fakes."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from notify_slack import config

if TYPE_CHECKING:
    from notify_slack.config import Config

EVENTS = Path(__file__).parent / "events"
TOPIC = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
TOKEN = "T0TESTTEAM/B0TESTHOOK/s3cr3ttokens3cr3ttoken"
WEBHOOK = f"https://hooks.slack.com/services/{TOKEN}"


class Wrap:
    """What AWS puts around an event on its way."""

    topic = TOPIC

    def sns_lambda(
        self, message: Any, message_id: str = "sns-1", subject: str | None = None
    ) -> dict[str, Any]:
        return {
            "Records": [
                {
                    "EventSource": "aws:sns",
                    "EventVersion": "1.0",
                    "Sns": self.notification(message, message_id, subject),
                }
            ]
        }

    def notification(
        self, message: Any, message_id: str = "sns-1", subject: str | None = None, topic: str = TOPIC
    ) -> dict[str, Any]:
        text = message if isinstance(message, str) else json.dumps(message)
        return {
            "Type": "Notification",
            "MessageId": message_id,
            "TopicArn": topic,
            "Subject": subject,
            "Message": text,
            "Timestamp": "2026-03-02T10:15:08.000Z",
        }

    def sqs(self, *bodies: Any) -> dict[str, Any]:
        return {
            "Records": [
                {
                    "messageId": f"record-{place}",
                    "receiptHandle": "handle",
                    "body": body if isinstance(body, str) else json.dumps(body),
                    "attributes": {"ApproximateReceiveCount": "1"},
                    "eventSource": "aws:sqs",
                    "eventSourceARN": "arn:aws:sqs:eu-west-1:123456789012:acme-production-alerts",
                }
                for place, body in enumerate(bodies)
            ]
        }

    def logs(self, body: Any) -> dict[str, Any]:
        return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(body).encode())).decode()}}


@pytest.fixture
def wrap():
    return Wrap()


@pytest.fixture
def load():
    """A fresh copy of a fixture event by its file's name."""
    return lambda name: json.loads((EVENTS / f"{name}.json").read_text())


@pytest.fixture
def settings() -> Config:
    return config.from_json(
        json.dumps(
            {
                "name": "acme-production",
                "topics": {TOPIC: "critical", TOPIC.replace("critical", "warning"): "warning"},
                "severities": {"critical": {"mention": "@here"}},
                "accounts": {"123456789012": "acme"},
            }
        ),
        environment="production",
        webhook_parameter="/acme-production/slack-webhook-url",
    )


@pytest.fixture
def ok_event(load):
    """The alarm of the fixtures, back to OK after 12 minutes, as EventBridge tells it."""
    event = load("alarm-eventbridge")
    event["id"] = "another-event"
    detail = event["detail"]
    detail["previousState"] = detail["state"]
    detail["state"] = {
        "value": "OK",
        "reason": "Threshold Crossed: 1 out of the last 2 datapoints [41.5 (02/03/26 10:26:00)] was not "
        "greater than or equal to the threshold (80.0) (minimum 1 datapoint for ALARM -> OK transition).",
        "timestamp": "2026-03-02T10:27:07.123+0000",
    }
    return event
