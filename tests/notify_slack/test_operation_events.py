"""What a reader sees of Systems Manager, KMS, EMR, OpenSearch, Synthetics and SNS itself."""

import json

import pytest

from notify_slack import events, pipeline
from notify_slack.config import Config
from notify_slack.envelope import unwrap
from notify_slack.events import ssm
from notify_slack.model import Severity, Status


def parse(event):
    (received,) = unwrap(event)
    return events.parse(received)


def values(fields):
    return {field.title: field.value for field in fields}


def test_a_failed_command_is_told_without_its_parameters(load):
    found = parse(load("ssm-command"))
    assert (found.status, found.state, found.suggested) == (Status.FIRING, "Failed", Severity.WARNING)
    assert found.summary == "Command AWS-RunShellScript failed."
    assert found.links[0].url.endswith(
        "/systems-manager/run-command/8b1f3c5e-0000-4000-8000-000000000001?region=eu-west-1"
    )
    assert "not-for-slack" not in repr(found)


@pytest.mark.parametrize(
    ("fixture", "title", "status", "severity"),
    [
        ("ssm-invocation", "Command AWS-RunShellScript", Status.FIRING, Severity.WARNING),
        ("ssm-automation", "Automation acme-restart-api succeeded", Status.NOTICE, Severity.INFO),
        (
            "ssm-window",
            "Maintenance window mw-0aaaabbbbccccdddd was switched off",
            Status.NOTICE,
            Severity.INFO,
        ),
        ("ssm-compliance", "Instance i-0aaaabbbbccccdddd", Status.FIRING, Severity.WARNING),
        ("ssm-parameter", "Parameter /acme/api/limit was changed", Status.NOTICE, Severity.INFO),
        ("ssm-calendar", "Change calendar acme-freeze is closed", Status.NOTICE, Severity.INFO),
        ("ssm-change", "Change request Restart the API", Status.FIRING, Severity.WARNING),
        (
            "ssm-ops_item",
            "OpsItem Volume of acme-db is almost full was opened",
            Status.NOTICE,
            Severity.WARNING,
        ),
        (
            "ssm-ops_item_update",
            "OpsItem Volume of acme-db is almost full is resolved",
            Status.NOTICE,
            Severity.INFO,
        ),
        (
            "kms-rotation",
            "KMS key 8b1f3c5e-0000-4000-8000-00000000000a was rotated",
            Status.NOTICE,
            Severity.INFO,
        ),
        ("kms-deletion", "KMS key 8b1f3c5e-0000-4000-8000-00000000000a", Status.FIRING, Severity.CRITICAL),
        ("emr-cluster", "EMR cluster acme-nightly", Status.FIRING, Severity.WARNING),
        ("emr-group", "EMR instance group ig-0AAAABBBBCCCC is running", Status.NOTICE, Severity.INFO),
        (
            "opensearch-cluster",
            "OpenSearch domain acme-search: Automatic Snapshot Restore for Red Indices",
            Status.FIRING,
            Severity.CRITICAL,
        ),
        (
            "opensearch-notification",
            "OpenSearch domain acme-search: Low Disk Space",
            Status.FIRING,
            Severity.WARNING,
        ),
        (
            "opensearch-update",
            "OpenSearch domain acme-search: Service Software Update available",
            Status.NOTICE,
            Severity.INFO,
        ),
        ("synthetics-failure", "Canary acme-checkout", Status.FIRING, Severity.WARNING),
        ("synthetics-success", "Canary acme-checkout passed", Status.NOTICE, Severity.INFO),
        ("synthetics-change", "Canary acme-checkout", Status.FIRING, Severity.WARNING),
    ],
)
def test_title_status_and_urgency(fixture, title, status, severity, load):
    found = parse(load(fixture))
    assert (found.title, found.status, found.suggested) == (title, status, severity)


@pytest.mark.parametrize(
    ("state", "title", "status"),
    [
        ("compliant", "Instance i-0aaaabbbbccccdddd", Status.RESOLVED),
        ("SomethingNew", "Instance i-0aaaabbbbccccdddd is something new", Status.NOTICE),
        ("", "Instance i-0aaaabbbbccccdddd is in an unknown state", Status.NOTICE),
    ],
)
def test_states_of_compliance(state, title, status, load):
    event = load("ssm-compliance")
    event["detail"]["compliance-status"] = state
    found = parse(event)
    assert (found.title, found.status) == (title, status)


def test_no_state_is_both_a_failure_and_none():
    assert not ssm.FAILURES.keys() & ssm.WORDS.keys()


@pytest.mark.parametrize(
    "fixture", ["ssm-command", "kms-deletion", "emr-cluster", "opensearch-error", "synthetics-failure"]
)
def test_an_event_without_its_detail_is_told(fixture, load):
    found = parse(load(fixture) | {"detail": {}, "resources": []})
    assert "without a" in found.title
    assert found.links == ()


def test_why_an_association_failed(load):
    found = parse(load("ssm-instance_association"))
    assert found.summary == "Association acme-agent failed. 1 out of 1 plugin processed, 0 success."
    assert values(found.fields)["Error"] == "agentNotFound"


def test_emr_tells_the_reason_that_it_hides_in_json(load):
    found = parse(load("emr-cluster"))
    assert found.summary.endswith("The bootstrap action of the master instance failed.")
    assert values(found.fields) == {"Cluster": "j-0AAAABBBBCCCC"}
    event = load("emr-step")
    event["detail"]["message"] = ""
    assert parse(event).summary == "EMR step aggregate is failed."


def test_a_severity_with_a_capital_counts(load):
    event = load("opensearch-cluster")
    event["detail"]["Severity"] = event["detail"].pop("severity")
    assert parse(event).suggested is Severity.CRITICAL


def test_why_a_canary_failed(load):
    assert (
        parse(load("synthetics-failure")).summary
        == "Canary acme-checkout failed. Error: the basket answered 503."
    )
    assert parse(load("synthetics-change")).summary == (
        "Canary acme-checkout is in state ERROR. Canary status has changed."
    )


def test_a_subscription_is_told_without_what_confirms_it(load, wrap):
    event = load("sns-subscription")
    found = parse(wrap.sqs(event))
    assert found.title == "The subscription to topic acme-other must be confirmed"
    assert "not-for-slack" not in repr(found)
    ended = parse(event | {"Type": "UnsubscribeConfirmation"})
    assert ended.title == "The subscription to topic acme-other ended"
    assert parse(json.loads('{"Type": "x", "TopicArn": "", "SubscribeURL": ""}')).links == ()


@pytest.mark.parametrize(
    ("detail_type", "detail", "severity"),
    [
        ("Thing State Change", {"state": "FAILED"}, Severity.WARNING),
        ("Thing State Change", {"previousState": "FAILED", "state": "RUNNING"}, Severity.INFO),
        ("Training Job State Change", {"TrainingJobStatus": "Failed"}, Severity.WARNING),
        ("Service Status Change", {"serviceStatus": "OPERATION_FAILED"}, Severity.WARNING),
        ("Query State Change", {"previousState": "FAILED", "currentState": "SUCCEEDED"}, Severity.INFO),
        ("File Upload Failed", {}, Severity.WARNING),
        ("Fleet Error", {"state": 7}, Severity.WARNING),
    ],
)
def test_what_failed_is_a_warning_whoever_says_it(detail_type, detail, severity):
    event = {"source": "aws.new", "detail-type": detail_type, "detail": detail}
    assert parse(event).suggested is severity


def test_a_failed_deployment_fires_whatever_its_type(load):
    event = load("ecs-deployment")
    event["detail"] |= {"eventName": "SERVICE_DEPLOYMENT_FAILED", "eventType": "INFO"}
    assert parse(event).status is Status.FIRING


def test_what_only_looks_like_dms_is_shown_as_it_is(load):
    event = json.loads(load("dms-sns")["Message"])
    event |= {"Event ID": "http://a/#REDSHIFT-EVENT-2003", "Event Message": "It is paused."}
    found = parse(event)
    assert (found.kind, found.title) == ("generic", "It is paused.")


def test_a_lock_screen_says_nothing_twice(load):
    (body,) = pipeline.explain(load("synthetics-success"), Config()).requests
    assert body["text"] == ":large_blue_circle: Canary acme-checkout passed (eu-west-1)"
