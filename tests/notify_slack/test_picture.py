"""A graph of the metric, put into a message that a bot has posted already."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs

import boto3
import pytest
import requests
import responses
from botocore.stub import Stubber

from alarmctl.slack.limits import check
from notify_slack import config, dedupe, handler, notifier, picture, pipeline
from notify_slack.bot import API, POST_MESSAGE, Access, Posted
from notify_slack.enrich import Descriptions
from notify_slack.facts import Metric
from notify_slack.log import Log
from notify_slack.model import Status

TOKEN = "xoxb-" + "1234567890-abcdefABCDEF"
PNG = b"\x89PNG\r\n\x1a\n picture"
UPLOAD = "https://files.slack.com/upload/v1/s3cr3t-capability"
GET_URL, COMPLETE, UPDATE = (
    f"{API}{method}"
    for method in ("files.getUploadURLExternal", "files.completeUploadExternal", "chat.update")
)
EVENT_AT = datetime(2026, 3, 2, 10, 15, 7, 123000, tzinfo=UTC)
NOW = EVENT_AT + timedelta(minutes=20)


@pytest.fixture
def settings(settings):
    return replace(settings, bot=config.Bot(channel="#alerts", picture=True))


@pytest.fixture
def planned(wrap, load, settings):
    """The messages for some events, by the names of their files."""

    def plan(*names):
        bodies = [
            load(name) if "eventbridge" in name else wrap.notification(load(name), f"sns-{place}")
            for place, name in enumerate(names)
        ]
        descriptions = Descriptions(lambda _: {}, lambda error: pytest.fail(str(error)))
        return pipeline.plan(wrap.sqs(*bodies), settings, dedupe.Memory(), descriptions, 0.0).messages

    return plan


@pytest.fixture
def wanted(planned):
    (message,) = planned("alarm-eventbridge")
    posted = Posted(Access(TOKEN), "C012AB3CD", "1772446508.000100", message.rungs[0][0])
    return picture.Wanted(message.routed[0].alert, posted)


class Clock:
    """Seconds that pass only when somebody sleeps, or when a test says so."""

    def __init__(self):
        self.seconds = 100.0
        self.slept = []

    def __call__(self):
        return self.seconds

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.seconds += seconds


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def stub():
    client = boto3.client(
        "cloudwatch", region_name="eu-west-1", aws_access_key_id="test", aws_secret_access_key="test"
    )
    with Stubber(client) as stubber:
        yield stubber


@pytest.fixture
def failures():
    return []


@pytest.fixture
def pictures(stub, clock, failures):
    with requests.Session() as session:
        yield picture.Pictures(
            session, lambda: stub.client, clock, NOW.timestamp, clock.sleep, failures.append
        )


@pytest.fixture
def http():
    with responses.RequestsMock() as mock:
        yield mock


def slack_takes_the_file(http):
    http.post(GET_URL, json={"ok": True, "upload_url": UPLOAD, "file_id": "F012AB3CDE"})
    http.post(UPLOAD, body="OK - 15")
    http.post(COMPLETE, json={"ok": True, "files": [{"id": "F012AB3CDE"}]})


def drawn(stub, wanted):
    """CloudWatch expects this one question."""
    question = {
        "MetricWidget": json.dumps(picture.widget(wanted.alert, wanted.alert.facts, EVENT_AT, NOW)),
        "OutputFormat": "png",
    }
    stub.add_response("get_metric_widget_image", {"MetricWidgetImage": PNG}, question)


def test_the_widget_of_an_expression(wanted):
    facts = wanted.alert.facts
    graph = picture.widget(wanted.alert, facts, EVENT_AT, NOW)
    assert len(graph["metrics"]) == len(facts.metrics) > 1
    expressions = [row[0] for row in graph["metrics"] if "expression" in row[0]]
    assert [row["expression"] for row in expressions] == [
        metric.expression for metric in facts.metrics if metric.expression
    ]
    hidden = [row[-1]["id"] for row in graph["metrics"] if row[-1].get("visible") is False]
    assert hidden == [metric.id for metric in facts.metrics if not metric.returned]
    assert graph["annotations"] == {
        "vertical": [{"value": "2026-03-02T10:15:07.123Z", "label": "ALARM"}],
        "horizontal": [{"value": 80.0, "label": "80"}],
    }
    assert (graph["start"], graph["end"]) == ("2026-03-02T07:15:07.123Z", "2026-03-02T10:35:07.123Z")
    assert (graph["width"], graph["height"], graph["region"]) == (600, 200, "eu-west-1")
    assert graph["title"] == wanted.alert.title


def test_the_widget_of_one_metric(wanted):
    facts = replace(
        wanted.alert.facts,
        metrics=(
            Metric("", "AWS/SQS", "Age", "Maximum", 3600, dimensions=(("QueueName", "a"), ("Zone", "b"))),
        ),
        comparison="≥",
        evaluation_periods=4,
        threshold=None,
    )
    graph = picture.widget(wanted.alert, facts, EVENT_AT, EVENT_AT)
    assert graph["metrics"] == [
        ["AWS/SQS", "Age", "QueueName", "a", "Zone", "b", {"stat": "Maximum", "period": 3600}]
    ]
    assert graph["period"] == 3600
    assert "horizontal" not in graph["annotations"]
    assert graph["start"] == "2026-03-01T14:15:07.123Z"  # five evaluations of four hours
    assert graph["end"] == "2026-03-02T10:20:07.123Z"


def test_the_picture_stands_below_the_title(wanted, stub, pictures, http, failures):
    drawn(stub, wanted)
    slack_takes_the_file(http)
    http.post(UPDATE, json={"ok": True})
    pictures.add([wanted], deadline=130.0)
    assert failures == []
    stub.assert_no_pending_responses()
    place, upload, complete, update = (call.request for call in http.calls)
    assert parse_qs(place.body) == {"filename": ["metric.png"], "length": [str(len(PNG))]}
    assert upload.body == PNG
    assert "Authorization" not in upload.headers
    assert json.loads(parse_qs(complete.body)["files"][0]) == [
        {"id": "F012AB3CDE", "title": wanted.alert.title}
    ]
    assert {call.headers["Authorization"] for call in (place, complete, update)} == {f"Bearer {TOKEN}"}
    body, posted = json.loads(update.body), wanted.posted.body
    assert (body["channel"], body["ts"]) == ("C012AB3CD", "1772446508.000100")
    assert (body["text"], body["attachments"]) == (posted["text"], posted["attachments"])
    *kept, image = body["blocks"]
    assert kept == posted["blocks"]
    assert image["type"] == "image"
    assert image["slack_file"] == {"id": "F012AB3CDE"}
    assert image["alt_text"].startswith(f"Graph of ALARM: {wanted.alert.title}. ")
    assert check(body) == []


def test_slack_is_asked_again_while_it_works_on_the_file(wanted, stub, pictures, http, clock, failures):
    drawn(stub, wanted)
    slack_takes_the_file(http)
    http.post(UPDATE, json={"ok": False, "error": "invalid_blocks"})
    http.post(UPDATE, json={"ok": False, "error": "invalid_attachments"})
    http.post(UPDATE, json={"ok": True})
    pictures.add([wanted], deadline=130.0)
    assert failures == []
    assert clock.slept == [0.5, 1.0]


def test_a_file_that_is_never_ready_is_given_up(wanted, stub, pictures, http, clock, failures):
    drawn(stub, wanted)
    slack_takes_the_file(http)
    http.post(UPDATE, json={"ok": False, "error": "invalid_blocks"})
    pictures.add([wanted], deadline=130.0)
    assert [error.code for error in failures] == ["chat.update: invalid_blocks"]
    assert clock.slept == list(picture.UNREADY_PAUSES)


SLACK_FAULTS = {
    "no scope": (GET_URL, {"json": {"ok": False, "error": "missing_scope"}}, "missing_scope"),
    "no JSON": (GET_URL, {"body": "<html>", "status": 502}, "HTTP 502"),
    "unreachable": (GET_URL, {"body": requests.ConnectTimeout(f"{TOKEN} {UPLOAD}")}, "ConnectTimeout"),
    "another's address": (
        GET_URL,
        {"json": {"ok": True, "upload_url": "https://files.slack.com.example.com/x", "file_id": "F1"}},
        "an address that is not Slack's",
    ),
    "no TLS": (
        GET_URL,
        {"json": {"ok": True, "upload_url": UPLOAD.replace("https", "http"), "file_id": "F1"}},
        "an address that is not Slack's",
    ),
    "file refused": (UPLOAD, {"status": 500}, "HTTP 500"),
    "upload lost": (UPLOAD, {"body": requests.ReadTimeout(UPLOAD)}, "ReadTimeout"),
    "not completed": (COMPLETE, {"json": {"ok": False, "error": "internal_error"}}, "internal_error"),
    "message gone": (UPDATE, {"json": {"ok": False, "error": "message_not_found"}}, "message_not_found"),
    "too many": (UPDATE, {"json": {"ok": False, "error": "ratelimited"}, "status": 429}, "ratelimited"),
}


@pytest.mark.parametrize("fault", SLACK_FAULTS.values(), ids=SLACK_FAULTS)
def test_whatever_slack_does_it_ends_quietly(wanted, stub, pictures, clock, failures, fault):
    url, answer, said = fault
    drawn(stub, wanted)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as http:
        slack_takes_the_file(http)
        http.upsert(responses.POST, url, **answer)
        pictures.add([wanted], deadline=130.0)
        calls = len(http.calls)
        (error,) = failures
        assert said in error.code
        assert TOKEN not in str(error)
        assert "s3cr3t" not in str(error)

        pictures.add([wanted], deadline=130.0)
        assert len(http.calls) == calls, "after a failure there are no pictures for a while"
    assert clock.slept == []


def test_pictures_come_back_after_a_rest(wanted, stub, pictures, http, clock, failures):
    stub.add_client_error("get_metric_widget_image", "AccessDenied", "User … is not authorized", 403)
    pictures.add([wanted, wanted], deadline=130.0)
    assert [error.code for error in failures] == ["GetMetricWidgetImage: AccessDenied"]
    clock.seconds += picture.REST_SECONDS
    drawn(stub, wanted)
    slack_takes_the_file(http)
    http.post(UPDATE, json={"ok": True})
    pictures.add([wanted], deadline=190.0)
    assert len(failures) == 1


def test_without_time_cloudwatch_is_not_asked(wanted, pictures, clock, failures):
    pictures.add([wanted], deadline=clock() + picture.DRAWING_SECONDS - 0.1)
    assert [error.code for error in failures] == ["picture: no time is left"]


def test_a_slow_cloudwatch_leaves_slack_alone(wanted, stub, clock, failures):
    drawn(stub, wanted)

    def client():
        clock.seconds += picture.ALL_SECONDS - 1.0
        return stub.client

    with requests.Session() as session, responses.RequestsMock() as http:
        picture.Pictures(session, client, clock, NOW.timestamp, clock.sleep, failures.append).add(
            [wanted], deadline=130.0
        )
        assert len(http.calls) == 0
    assert [error.code for error in failures] == ["picture: no time is left"]


def test_only_one_firing_alarm_with_a_metric_of_ours(planned, settings, ok_event):
    (message,) = planned("alarm-eventbridge")
    assert picture.suits(message, settings)
    assert not picture.suits(message, replace(settings, bot=config.Bot(channel="#alerts")))
    assert not picture.suits(replace(message, routed=message.routed * 2), settings)
    one = message.routed[0]
    unsuited = {
        "resolved": replace(one.alert, status=Status.RESOLVED),
        "no alarm": replace(one.alert, facts=None),
        "composite": replace(one.alert, facts=replace(one.alert.facts, metrics=())),
        "no time": replace(one.alert, facts=replace(one.alert.facts, at=None)),
        "another region": replace(one.alert, facts=replace(one.alert.facts, region="us-east-1")),
        "another account": replace(one.alert, facts=replace(one.alert.facts, account="210987654321")),
    }
    for why, alert in unsuited.items():
        assert not picture.suits(replace(message, routed=(replace(one, alert=alert),)), settings), why
    assert picture.single([message])
    assert not picture.single([message, replace(message, routed=message.routed * 2)])


def test_the_longest_message_stays_within_the_limits_with_its_picture(wanted):
    alert = replace(wanted.alert, title="<&>" * 300, summary="<&>" * 3000, brief="")
    body = picture.illustrated(wanted.posted.body, "F012AB3CDE", picture.alternative(alert))
    assert check(body) == []
    assert body["blocks"][-1]["alt_text"].endswith("…")


def test_the_token_is_in_no_representation(wanted):
    assert TOKEN not in repr(wanted)


class World:
    """A process whose webhook's place holds a bot's token."""

    def __init__(self, session, client, clock):
        self.lines: list[str] = []
        world = notifier.World(
            environ={
                "ENVIRONMENT": "production",
                "WEBHOOK_PARAMETER": "/acme-production/slack-bot-token",
                "NOTIFIER_CONFIG": json.dumps(
                    {"name": "acme-production", "bot": {"channel": "#alerts", "picture": True}}
                ),
            },
            session=session,
            call=lambda *_: {"Parameter": {"Value": TOKEN}},
            client=client,
            clock=clock,
            now=NOW.timestamp,
            sleep=clock.sleep,
            chance=lambda: 0.5,
            worker="worker",
        )
        self.entry = handler.Entry(world, Log(self.lines.append))

    def run(self, event):
        return handler.Invocation(self.entry, Log(self.lines.append)).run(event, None)


class Cloudwatch:
    """Answers like boto3's client, with a picture or an error."""

    def __init__(self, error=None):
        self.error = error
        self.drawn = 0

    def __call__(self, service):
        assert service == "cloudwatch"
        return self

    def describe_alarms(self, **_):
        return {"MetricAlarms": [], "CompositeAlarms": []}

    def get_metric_widget_image(self, **question):
        self.drawn += 1
        if self.error:
            raise self.error
        assert json.loads(question["MetricWidget"])["metrics"]
        return {"MetricWidgetImage": PNG}


def slack_posts(http):
    http.post(f"{API}{POST_MESSAGE}", json={"ok": True, "channel": "C012AB3CD", "ts": "1772446508.000100"})


def test_the_handler_posts_first_and_then_adds_the_picture(wrap, load, clock, http):
    slack_posts(http)
    slack_takes_the_file(http)
    http.post(UPDATE, json={"ok": True})
    with requests.Session() as session:
        world = World(session, Cloudwatch(), clock)
        assert world.run(wrap.sqs(load("alarm-eventbridge"))) == {"batchItemFailures": []}
    assert [call.request.url for call in http.calls] == [
        f"{API}{POST_MESSAGE}",
        GET_URL,
        UPLOAD,
        COMPLETE,
        UPDATE,
    ]
    first, last = (json.loads(http.calls[place].request.body) for place in (0, -1))
    assert last["blocks"][:-1] == first["blocks"]
    assert "without a picture" not in "".join(world.lines)


def test_the_handler_has_posted_whatever_becomes_of_the_picture(wrap, load, clock, http):
    slack_posts(http)
    with requests.Session() as session:
        world = World(session, Cloudwatch(RuntimeError(TOKEN)), clock)
        assert world.run(wrap.sqs(load("alarm-eventbridge"))) == {"batchItemFailures": []}
    log = "".join(world.lines)
    assert '"code": "GetMetricWidgetImage: RuntimeError"' in log
    assert '"event": "posted"' in log
    assert TOKEN not in log


def test_neither_a_resolved_alarm_nor_a_plainer_message_gets_a_picture(wrap, load, ok_event, clock, http):
    http.post(f"{API}{POST_MESSAGE}", json={"ok": False, "error": "invalid_blocks"})
    slack_posts(http)
    with requests.Session() as session:
        cloudwatch = Cloudwatch()
        world = World(session, cloudwatch, clock)
        world.run(wrap.sqs(load("alarm-eventbridge")))
        world.run(wrap.sqs(ok_event))
    assert len(http.calls) == 3
    assert cloudwatch.drawn == 0
