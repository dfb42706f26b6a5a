"""The canary, the assumptions and the report: from the log's lines to the verdict."""

import json
import time
from types import SimpleNamespace

import pytest

from alarmctl.doctor import assumptions, canary, report
from alarmctl.doctor.model import Findings, Line, Verdict

PASS, FAIL, UNKNOWN = Verdict.PASS, Verdict.FAIL, Verdict.UNKNOWN


@pytest.fixture
def findings():
    return Findings("it")


def verdicts(findings):
    return [line.verdict for line in findings.lines]


def line(event, at=1000, key="k", via="action", **more):
    return {"event": event, "title": "acme-canary", "state": "ALARM", "key": key, "via": via, "at": at} | more


def flight(*lines):
    return canary.Flight(fired_at=1000, lines=lines)


class Clock:
    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.fixture
def fired(account, aws):
    """A stack with a canary and a log; `write` adds lines to it."""
    aws("cloudwatch").put_metric_alarm(
        AlarmName="acme-canary",
        Namespace="NotifySlack",
        MetricName="Refused",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        ComparisonOperator="GreaterThanThreshold",
        Threshold=0,
    )
    logs, group = aws("logs"), "/aws/lambda/acme-notify-slack"
    logs.create_log_group(logGroupName=group)
    logs.create_log_stream(logGroupName=group, logStreamName="one")

    def write(*lines):
        at = int((time.time() + 5) * 1000)  # after the change that `fly` makes, on a slow machine too
        texts = [text if isinstance(text, str) else json.dumps(text) for text in lines]
        events = [{"timestamp": at, "message": text} for text in texts]
        logs.put_log_events(logGroupName=group, logStreamName="one", logEvents=events)

    return write


class TestFly:
    def test_sets_the_state_and_back_and_finds_its_lines(self, account, aws, fired):
        fired("START", line("posted"), line("posted", title="acme-canary-2"), line("posted", state="OK"))
        clock = Clock()
        found = canary.fly(account, 60, clock, clock.sleep)
        assert [one["event"] for one in found.lines] == ["posted"]
        assert clock.now < 60
        history = aws("cloudwatch").describe_alarms(AlarmNames=["acme-canary"])["MetricAlarms"][0]
        assert history["StateValue"] == "OK"

    def test_gives_up(self, account, fired):
        fired("START")
        clock = Clock()
        assert canary.fly(account, 20, clock, clock.sleep).lines == ()
        assert 20 <= clock.now < 25

    def test_knows_whether_there_is_one(self, account):
        assert not canary.exists(account)

    @pytest.mark.usefixtures("fired")
    def test_finds_the_one_that_there_is(self, account):
        assert canary.exists(account)


class TestReport:
    @pytest.mark.parametrize(
        ("lines", "expected", "word"),
        [
            ([line("posted", at=3500), line("dropped", reason="duplicate")], [PASS, PASS], "in 2.5 s"),
            ([line("posted", at=3500), line("posted", at=9000)], [PASS, FAIL], "in 2.5 s"),
            ([line("dropped", reason="no rule")], [FAIL], "dropped it: no rule"),
            ([line("not posted", error="Slack is away")], [FAIL], "not posted: Slack is away"),
            ([], [FAIL], "heard nothing of it in 90 s"),
        ],
    )
    def test_says_what_the_log_says(self, account, findings, lines, expected, word):
        canary.report(account, flight(*lines), 90, findings)
        assert verdicts(findings) == expected
        assert word in findings.lines[0].saw
        assert all(one.do for one in findings.lines if one.verdict is not PASS)


class TestSameTimes:
    @pytest.mark.parametrize(
        ("lines", "expected"),
        [
            ([line("posted"), line("dropped", via="event")], PASS),
            ([line("posted", copies=2)], PASS),
            ([line("posted"), line("posted", key="other", via="event")], FAIL),
            ([line("posted")], UNKNOWN),
            ([], UNKNOWN),
        ],
    )
    def test_both_copies_have_one_key(self, findings, lines, expected):
        assumptions.same_times(flight(*lines), findings)
        assert verdicts(findings) == [expected]

    def test_without_a_flight(self, findings):
        assumptions.same_times(None, findings)
        assert verdicts(findings) == [UNKNOWN]


class TestOwnWaits:
    def test_returns_are_measured_by_alert(self):
        lines = [
            line("not posted", at=0, key="a"),
            line("held", at=1000, key="b"),
            line("not posted", at=2000, key="a"),
            line("posted", at=6000, key="a"),
            line("posted", at=5000, key="b"),
            line("posted", at=9000, key="c"),
            {"event": "not posted", "at": 10_000},
        ]
        assert sorted(assumptions.returns(reversed(lines))) == [2.0, 4.0, 4.0]

    @pytest.mark.parametrize(
        ("gap", "expected"), [(2_000, PASS), (60_000, PASS), (180_000, FAIL), (None, UNKNOWN)]
    )
    def test_a_return_before_the_queues_own_was_ours(self, account, findings, monkeypatch, gap, expected):
        lines = [] if gap is None else [line("not posted", at=0), line("posted", at=gap)]
        monkeypatch.setattr(assumptions, "log_lines", lambda *_: iter(lines))
        assumptions.own_waits(account, findings)
        assert verdicts(findings) == [expected]


class TestLargeBatches:
    @pytest.fixture
    def asked(self, account, findings, monkeypatch, aws):
        """How the check ends when the mapping is so, and 40 heartbeats come in so many batches."""

        def ask(batches, size=500, window=2):
            url = aws("sqs").create_queue(QueueName="acme-alerts")["QueueUrl"]
            mapping = {"BatchSize": size, "MaximumBatchingWindowInSeconds": window}
            answers = SimpleNamespace(
                list_event_source_mappings=lambda **_: {"EventSourceMappings": [mapping]}
            )
            real = type(account).client
            monkeypatch.setattr(
                type(account),
                "client",
                lambda self, service: answers if service == "lambda" else real(self, service),
            )
            monkeypatch.setattr(assumptions, "log_lines", lambda *_: iter([{"Heartbeat": 1}] * batches))
            clock = Clock()
            assumptions.large_batches(account, findings, clock, clock.sleep)
            waiting = aws("sqs").get_queue_attributes(
                QueueUrl=url, AttributeNames=["ApproximateNumberOfMessages"]
            )
            assert waiting["Attributes"]["ApproximateNumberOfMessages"] == "40"
            return verdicts(findings)

        return ask

    @pytest.mark.parametrize(("batches", "expected"), [(1, PASS), (3, PASS), (4, UNKNOWN), (0, FAIL)])
    def test_more_than_ten_in_one(self, asked, batches, expected):
        assert asked(batches) == [PASS, expected]

    def test_another_mapping(self, asked):
        assert asked(1, size=10, window=0) == [FAIL, PASS]


LINES = [
    Line("queue", PASS, "it is there"),
    Line("queue", FAIL, "it forgets", "Apply."),
    Line("key", UNKNOWN, "AWS does not say", "Allow it."),
]


def test_text_groups_by_check_and_says_what_to_do():
    assert report.text(LINES).splitlines() == [
        "queue",
        "  ok   it is there",
        "  FAIL it forgets",
        "       → Apply.",
        "key",
        "  ?    AWS does not say",
        "       → Allow it.",
        "1 pass, 1 fail, 1 unknown",
    ]


def test_json_says_the_same():
    found = json.loads(report.as_json(LINES))
    assert found["verdict"] == "fail"
    assert found["lines"][1] == {"check": "queue", "verdict": "fail", "saw": "it forgets", "do": "Apply."}
