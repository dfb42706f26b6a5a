import json
from dataclasses import replace
from pathlib import Path

import pytest

from notify_slack import events, facts
from notify_slack.envelope import unwrap
from notify_slack.events import alarm, generic
from notify_slack.model import Path as Way
from notify_slack.model import Received, Severity, Status

FIXTURES = sorted((Path(__file__).parent / "events").glob("*.json"))
ARN = "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:acme-production-api-cpu"


def parse(event):
    (received,) = unwrap(event)
    return events.parse(received)


def test_every_kind_has_a_fixture_and_every_fixture_its_parser():
    kinds = {
        events.kind_of(received.content)
        for path in FIXTURES
        for received in unwrap(json.loads(path.read_text()))
    }
    assert kinds == set(events.PARSERS)


def test_every_file_of_the_package_is_in_the_table():
    files = {path.stem for path in Path(events.__file__).parent.glob("*.py")}
    assert files - {"__init__", "generic", "registry", "text"} == {
        module.__name__.rpartition(".")[2] for module in events.MODULES
    }


def test_no_two_modules_claim_one_kind():
    claimed = [kind for module in events.MODULES for kind in module.KINDS]
    assert len(claimed) == len(set(claimed))
    assert set(events.SHAPES) | set(events.TEXTS) | set(events.NAMED_BY) <= set(events.PARSERS)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_each_fixture_is_read_by_its_parser(path):
    found = parse(json.loads(path.read_text()))
    assert found.kind == path.stem.partition("-")[0]
    assert found.title
    assert found.summary or found.details
    assert found.key
    assert not any(field.title == "Not understood" for field in found.fields)


def shapes_of_one_alarm(load, wrap):
    sns, event, action = load("alarm-sns"), load("alarm-eventbridge"), load("alarm-lambda")
    return {
        "SNS to Lambda": wrap.sns_lambda(sns),
        "SQS of SNS": wrap.sqs(wrap.notification(sns)),
        "SQS of EventBridge": wrap.sqs(event),
        "SQS of SNS of EventBridge": wrap.sqs(wrap.notification(event)),
        "EventBridge": event,
        "Lambda action": action,
        "raw SNS": sns,
    }


def test_one_alarm_in_any_shape_has_one_key(load, wrap):
    keys = {parse(event).key for event in shapes_of_one_alarm(load, wrap).values()}
    assert keys == {f"{ARN}|ALARM|2026-03-02T10:15:07.123Z"}


def test_one_alarm_in_any_shape_has_the_same_shared_facts(load, wrap):
    known = {name: parse(event).facts for name, event in shapes_of_one_alarm(load, wrap).items()}
    first = known.pop("SNS to Lambda")
    for name, other in known.items():
        for field in (
            "name",
            "arn",
            "account",
            "region",
            "state",
            "previous_state",
            "at",
            "reason",
            "description",
            "metrics",
            "threshold",
        ):
            assert getattr(other, field) == getattr(first, field), (name, field)


def test_the_sentence_is_the_same_once_the_gaps_are_filled(load):
    sns, event = parse(load("alarm-sns")), parse(load("alarm-eventbridge"))
    full = alarm.describe(facts.merge(event.facts, sns.facts), Way.EVENT)
    assert sns.summary == full.summary == event.summary
    assert sns.summary == (
        "CPU Usage, `100*CpuUtilized/CpuReserved`, was 91.2 % and 93 % in the last 2 of 2 minutes; "
        "threshold ≥ 80 %"
    )


@pytest.mark.parametrize(
    ("change", "same"),
    [
        ({"StateChangeTime": "2026-03-02T11:15:07.123+0100"}, True),
        ({"StateChangeTime": "2026-03-02T10:15:07.124+0000"}, False),
        ({"NewStateValue": "OK"}, False),
        ({"AlarmContributorId": "c1"}, False),
        ({"ActionExecutedAfterMuteWindow": True}, False),
        ({"NewStateReason": "another text"}, True),
    ],
)
def test_the_key_holds_what_tells_state_changes_apart(change, same, load):
    assert (parse(load("alarm-sns") | change).key == parse(load("alarm-sns")).key) is same


def test_an_old_message_without_an_arn_gets_the_same_one(load, wrap):
    message = load("alarm-sns")
    del message["AlarmArn"]
    assert parse(wrap.sns_lambda(message)).facts.arn == ARN


def test_without_time_or_state_the_message_id_is_the_key(load, wrap):
    message = load("alarm-sns") | {"StateChangeTime": "yesterday"}
    assert parse(wrap.sns_lambda(message, "sns-7")).key == "sns-7"


def test_a_single_metric_reads_alike_from_sns_and_api():
    trigger = {
        "MetricName": "CPUUtilization", "Namespace": "AWS/ECS", "StatisticType": "Statistic",
        "Statistic": "AVERAGE",
        "Unit": None, "Dimensions": [{"value": "api", "name": "ServiceName"}], "Period": 60,
        "EvaluationPeriods": 2, "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0,
    }  # fmt: skip
    api = {
        "MetricName": "CPUUtilization", "Namespace": "AWS/ECS", "Statistic": "Average", "Period": 60,
        "Dimensions": [{"Name": "ServiceName", "Value": "api"}], "EvaluationPeriods": 2,
        "ActionsEnabled": False,
        "ComparisonOperator": "GreaterThanThreshold", "Threshold": 0.0, "AlarmArn": ARN,
    }  # fmt: skip
    event = {
        "alarmName": "x",
        "configuration": {
            "metrics": [
                {
                    "id": "0f0f",
                    "metricStat": {
                        "metric": {
                            "namespace": "AWS/ECS",
                            "name": "CPUUtilization",
                            "dimensions": {"ServiceName": "api"},
                        },
                        "period": 60,
                        "stat": "Average",
                    },
                    "returnData": True,
                }
            ]
        },
    }
    from_sns = facts.from_action({"Trigger": trigger}, "")
    from_api = facts.from_describe_alarms(api)
    assert from_sns.metrics == from_api.metrics == facts.from_state_change(event, ARN, "", "").metrics
    assert from_sns.threshold == from_api.threshold == 0.0
    assert facts.merge(from_api, from_sns).actions_enabled is False
    assert facts.merge(facts.AlarmFacts(threshold=0.0), facts.AlarmFacts(threshold=9.0)).threshold == 0.0


def test_an_extended_statistic_and_an_anomaly_band_are_read():
    known = facts.from_action(
        {
            "Trigger": {
                "MetricName": "Latency",
                "ExtendedStatistic": "p99",
                "ThresholdMetricId": "ad1",
                "Threshold": 0,
            }
        },
        "",
    )
    assert known.metrics[0].stat == "p99"
    assert known.threshold is None


@pytest.mark.parametrize(("names", "lines"), [("ab", 0), ("abcd", 4)])
def test_a_composite_names_its_children(names, lines):
    message = {
        "AlarmName": "site", "NewStateValue": "ALARM", "OldStateValue": "OK",
        "AlarmRule": "ALARM(a) OR ALARM(b)",
        "NewStateReason": "…", "StateChangeTime": "2026-03-02T10:15:07.123+0000", "AlarmArn": ARN,
        "TriggeringChildren": [
            {"Arn": ARN.replace("api-cpu", name), "State": {"Value": "ALARM", "Timestamp": "2026"}}
            for name in names
        ],
    }  # fmt: skip
    found = parse(message)
    assert "`acme-production-a` went to ALARM, `acme-production-b` went to ALARM" in found.summary
    assert "rule `ALARM(a) OR ALARM(b)`" in found.summary
    assert [field.title for field in found.details] == ["ALARM"] * lines, "what the sentence cannot hold"


def test_resolved_says_how_long_it_took(ok_event):
    found = parse(ok_event)
    assert found.status is Status.RESOLVED
    assert found.summary.startswith("Resolved after 12 min. CPU Usage")


def test_alarm_to_insufficient_data_is_no_recovery(ok_event):
    ok_event["detail"]["state"] |= {
        "value": "INSUFFICIENT_DATA",
        "reason": "Insufficient Data: 2 datapoints were unknown.",
    }
    found = parse(ok_event)
    assert found.status is Status.NO_DATA
    assert "Resolved" not in found.summary
    assert found.summary.endswith("It was in ALARM: this is not a recovery")


def test_the_runbook_leaves_the_description_and_becomes_a_button(load):
    found = parse(load("alarm-sns"))
    assert found.description == "CPU that the service uses of what it reserved."
    assert ("Runbook", "https://runbooks.example.com/api-cpu") in [
        (link.label, link.url) for link in found.links
    ]


def test_health_reads_well(load):
    found = parse(load("health"))
    assert found.title == "EC2 instance retirement scheduled"
    assert found.summary == "The instance runs on hardware that will be retired."
    assert found.status is Status.NOTICE
    assert found.suggested is Severity.WARNING
    assert [field.value for field in found.details] == ["`i-0123456789abcdef0`"]
    assert {field.title: field.value for field in found.fields}["Part"] == "1 of 2"


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({}, Status.FIRING),
        ({"statusCode": "closed"}, Status.RESOLVED),
        ({"statusCode": None, "endTime": "Mon, 02 Mar 2026 11:20:00 GMT"}, Status.RESOLVED),
        ({"statusCode": None, "endTime": "Mon, 02 Mar 2026 12:20:00 GMT"}, Status.FIRING),
        ({"eventTypeCategory": "somethingNew"}, Status.NOTICE),
    ],
)
def test_health_knows_what_is_over(change, status, load):
    event = load("health-abuse")
    event["detail"] |= change
    assert parse(event).status is status


def test_many_health_entities_are_counted_not_dumped(load):
    event = load("health")
    event["detail"]["affectedEntities"] = [{"entityValue": f"i-{n}"} for n in range(25)]
    assert [field.value for field in parse(event).details][-1] == "and 15 more"


def test_log_lines_are_shown(load):
    found = parse(load("logs"))
    assert found.title == "2 log lines in /acme/api"
    assert [field.value for field in found.details] == [
        "ERROR payment refused",
        "ERROR payment refused again",
    ]


@pytest.mark.parametrize(
    ("event", "kind", "title"),
    [
        ("Deploy finished\nall good", "text", "Deploy finished"),
        ({"source": "aws.glue", "detail-type": "Glue Job", "detail": {"a": "b"}}, "generic", "Glue Job"),
        ({"awsRegion": "eu-west-1", "eventName": "DeleteVpc"}, "generic", "DeleteVpc"),
        ({"source": "my.app", "detail-type": "Order lost", "detail": {"order": 7}}, "custom", "Order lost"),
        ({"foo": "bar"}, "custom", "Message without a title"),
        ({"message": "hello", "n": 1}, "custom", "hello"),
        ({"text": "<!channel>", "channel": "#x", "username": "root"}, "custom", "<!channel>"),
        ({"event": {"eventName": "DeleteVpc", "awsRegion": "eu-west-1"}}, "custom", "DeleteVpc"),
        ([1, 2], "custom", "Message without a title"),
        (17, "custom", "Message without a title"),
        (None, "custom", "Message without a title"),
        ({"AlarmName": "almost an alarm"}, "custom", "almost an alarm"),
    ],
)  # fmt: skip
def test_what_no_parser_claims_stays_readable(event, kind, title):
    found = parse(event)
    assert (found.kind, found.title) == (kind, title)


def test_the_subject_is_the_title_of_a_text(wrap):
    found = parse(wrap.sns_lambda("all good", subject="Deploy"))
    assert (found.title, found.summary, found.key) == ("Deploy", "all good", "sns-1")


def test_generic_lists_shallow_values_first_and_counts_the_rest():
    body = {"deep": {"er": {"est": [{"x": 1}]}}, **{f"k{n}": n for n in range(20)}, "last": "v" * 900}
    found = parse({"source": "aws.x", "detail-type": "X", "detail": body})
    assert found.details[0].title == "k0"
    assert found.details[-1].value == f"and {22 - generic.VALUES_SHOWN} more values"


def test_a_check_of_the_subscription_is_no_log_line(load):
    event = load("logs") | {"messageType": "CONTROL_MESSAGE", "logEvents": [{"message": "Checking health."}]}
    found = parse(event)
    assert (found.title, found.summary, found.details) == (
        "CloudWatch Logs checks its subscription",
        "Checking health.",
        (),
    )


@pytest.mark.parametrize("timestamp", [None, "soon", 1e300])
def test_log_lines_without_a_time_are_shown_too(timestamp, load):
    event = load("logs")
    event["logEvents"] = [{"message": f"line {n}", "timestamp": timestamp} for n in range(12)]
    found = parse(event)
    assert found.at is None
    assert found.key == ""
    assert found.summary == "2 older lines are not shown."
    assert [field.value for field in found.details] == [f"line {n}" for n in range(2, 12)]


def test_a_number_of_thousands_of_digits_has_no_text():
    assert parse({"n": 10**5000}).details[0].value == "`a very long number`"


def test_a_parser_that_fails_does_not_cost_the_alert(load, monkeypatch):
    def broken(received, kind):
        raise KeyError("AlarmName")

    monkeypatch.setattr(events, "ALARMS", {alarm.SNS: broken})
    found = events.parse(Received(load("alarm-sns"), event_id="sns-1"))
    assert found.title == "acme-production-api-cpu"
    assert found.key == "sns-1"
    assert found.fields[-1].value == "CloudWatch alarm (SNS): KeyError"


def test_contributors_are_told_apart(load):
    found = parse(load("alarm-contributor"))
    assert found.key.endswith("|a1b2c3")
    assert ("InstanceId", "i-0aaaabbbbccccdddd") in [(field.title, field.value) for field in found.fields]
    assert replace(found.facts, contributor_id="other") != found.facts
