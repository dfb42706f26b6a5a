"""What a reader sees of Access Analyzer, Macie, sign-ins and CloudTrail."""

import json

import pytest

from notify_slack import events
from notify_slack.envelope import unwrap
from notify_slack.model import Severity, Status


def parse(event):
    (received,) = unwrap(event)
    return events.parse(received)


def values(fields):
    return {field.title: field.value for field in fields}


def test_access_analyzer_says_who_may_do_what(load):
    found = parse(load("access_analyzer-external"))
    assert (found.title, found.status, found.suggested) == (
        "External access: acme-data",
        Status.FIRING,
        Severity.WARNING,
    )
    assert found.summary == (
        "Account `210987654321` may use `s3:GetObject`, `s3:ListBucket` on `arn:aws:s3:::acme-data`. "
        "Only if aws:SourceVpce is `vpce-0aaa`."
    )


@pytest.mark.parametrize(
    ("change", "status", "title", "said"),
    [
        ({"isPublic": True}, Status.FIRING, "Public access: acme-data", "Anyone may use"),
        ({"status": "RESOLVED"}, Status.RESOLVED, "External access: acme-data", "may use"),
        ({"status": "ARCHIVED"}, Status.NOTICE, "External access: acme-data finding archived", "may use"),
        ({"isDeleted": True}, Status.NOTICE, "External access: acme-data finding deleted", "may use"),
        ({"error": "ACCESS_DENIED"}, Status.FIRING, "External access: acme-data", "cannot analyze"),
        (
            {
                "principal": {"AWS": "arn:aws:iam::1:role/x", "odd": 7},
                "condition": {"a": ["b"]},
                "action": [],
            },
            Status.FIRING,
            "External access: acme-data",
            "AWS `arn:aws:iam::1:role/x` may use it on `arn:aws:s3:::acme-data`.",
        ),
        ({"principal": {}}, Status.FIRING, "External access: acme-data", "Somebody may use"),
    ],
)
def test_access_analyzer_states(change, status, title, said, load):
    event = load("access_analyzer-external")
    event["detail"] |= change
    found = parse(event)
    assert (found.status, found.title) == (status, title)
    assert said in found.summary
    if "isPublic" in change:
        assert found.suggested is Severity.CRITICAL


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "2 services and 1 action granted and not used."),
        ({"numberOfUnusedServices": 0}, "1 action granted and not used."),
        (
            {
                "numberOfUnusedServices": 0,
                "numberOfUnusedActions": 0,
                "findingType": "UnusedIAMUserAccessKey",
            },
            "an access key is not used.",
        ),
        ({"numberOfUnusedServices": 0, "numberOfUnusedActions": 0, "findingType": "New"}, "access not used."),
    ],
)
def test_unused_access(change, said, load):
    event = load("access_analyzer-unused")
    event["detail"] |= change
    assert parse(event).summary == f"`arn:aws:iam::123456789012:role/acme-deploy`: {said}"


def test_access_previews(load):
    event = load("access_analyzer-preview")
    found = parse(event)
    assert (found.status, found.summary) == (Status.FIRING, "The preview failed: invalid configuration.")
    event["detail"] |= {"status": "COMPLETED", "statusReason": None}
    found = parse(event)
    assert (found.status, found.title, found.summary) == (
        Status.NOTICE,
        "Access preview is completed",
        "It is completed.",
    )


def test_macie_counts_what_was_found_and_shows_none_of_it(load):
    event = load("macie")
    found = parse(event)
    assert [(field.title, field.value) for field in found.details] == [
        ("Personal information", "name (10), phone number (2)"),
        ("Financial information", "credit card number (4)"),
        ("Custom data identifiers", "Acme customer number (1)"),
    ]
    assert found.summary.endswith("It is object `2026/customers.csv` in bucket `acme-exports`.")
    assert found.suggested is Severity.WARNING
    event["detail"]["archived"] = True
    assert parse(event).status is Status.NOTICE


def test_macie_policy_findings_are_about_a_bucket(load):
    event = load("macie")
    event["detail"] |= {"classificationDetails": None, "severity": {}}
    event["detail"]["resourcesAffected"]["s3Object"] = None
    event["detail"]["resourcesAffected"]["s3Bucket"]["publicAccess"] = {"effectivePermission": "PUBLIC"}
    found = parse(event)
    assert found.state == "Macie finding"
    assert found.summary.endswith("It is bucket `acme-exports`.")
    assert values(found.fields)["Public access"] == "public"
    event["detail"]["resourcesAffected"] = {}
    assert "bucket" not in parse(event).summary


def test_root_sign_in_is_critical(load):
    found = parse(load("signin"))
    assert (found.status, found.state, found.suggested) == (Status.FIRING, "Root sign-in", Severity.CRITICAL)
    assert found.summary == (
        "The root user signed in to the AWS console from 203.0.113.20. No second factor was used."
    )


ALICE = {"type": "IAMUser", "userName": "alice", "arn": "arn:aws:iam::123456789012:user/alice"}


@pytest.mark.parametrize(
    ("change", "status", "severity", "title"),
    [
        (
            {"userIdentity": ALICE, "additionalEventData": {"MFAUsed": "Yes"}},
            Status.NOTICE,
            Severity.INFO,
            "Alice signed in to the AWS console",
        ),
        ({"userIdentity": ALICE}, Status.NOTICE, Severity.WARNING, "Alice signed in to the AWS console"),
        (
            {
                "userIdentity": ALICE | {"userName": "HIDDEN_DUE_TO_SECURITY_REASONS"},
                "responseElements": {"ConsoleLogin": "Failure"},
                "errorMessage": "No username found in supplied account",
            },
            Status.FIRING,
            Severity.WARNING,
            "An unknown user failed to sign in to the AWS console",
        ),
        (
            {"responseElements": {"ConsoleLogin": "Failure"}},
            Status.FIRING,
            Severity.CRITICAL,
            "The root user failed to sign in to the AWS console",
        ),
        ({"eventName": "SwitchRole", "userIdentity": ALICE}, Status.NOTICE, Severity.WARNING,
         "Alice switched roles in the AWS console"),
        ({"eventName": "NewThing", "userIdentity": {}}, Status.NOTICE, Severity.INFO,
         "An unknown user did NewThing"),
    ],
)  # fmt: skip
def test_sign_ins(change, status, severity, title, load):
    event = load("signin")
    event["detail"] |= change
    found = parse(event)
    assert (found.status, found.suggested, found.title) == (status, severity, title)


def test_a_call_says_who_did_what_from_where(load):
    found = parse(load("cloudtrail-api"))
    assert found.title == "AuthorizeSecurityGroupIngress in ec2"
    assert found.summary == (
        "Role admin (session alice) called `AuthorizeSecurityGroupIngress` of ec2 from 203.0.113.20."
    )
    assert values(found.details) == {"groupId": "`sg-0aaa`"}
    assert (found.status, found.suggested) == (Status.NOTICE, Severity.INFO)


def test_any_services_calls_are_known(load):
    event = load("cloudtrail-api")
    for source in ("aws.ec2", "aws.iam", "aws.service-of-tomorrow", ""):
        assert parse(event | {"source": source}).kind == "cloudtrail"
    assert parse(load("secrets_manager-event")).kind == "secrets_manager"


def test_a_call_that_blinds_the_watchers_fires_even_if_refused(load):
    found = parse(load("cloudtrail-record"))
    assert (found.status, found.state, found.suggested) == (Status.FIRING, "Sensitive call", Severity.WARNING)
    assert found.summary.endswith("It was refused: AccessDenied. The caller may not stop the trail.")
    assert found.subject_key == ""


def test_a_bare_record_and_its_event_are_one(load):
    event = load("cloudtrail-api")
    assert parse(event["detail"]).key == parse(event).key
    assert parse(load("signin")["detail"]).kind == "signin"


def test_root_activity_is_critical_unless_a_service_acts_for_it(load):
    event = load("cloudtrail-api")
    event["detail"]["userIdentity"] = {"type": "Root", "accountId": "123456789012"}
    found = parse(event)
    assert (found.status, found.state, found.suggested) == (Status.FIRING, "Root activity", Severity.CRITICAL)
    event["detail"]["userIdentity"]["invokedBy"] = "autoscaling.amazonaws.com"
    found = parse(event)
    assert (found.status, found.suggested) == (Status.NOTICE, Severity.INFO)
    assert "autoscaling.amazonaws.com called" in found.summary.lower()


@pytest.mark.parametrize(
    ("identity", "person"),
    [
        ({"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"userName": "deploy"}}}, "role deploy"),
        ({"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/bob"}, "bob"),
        ({"type": "AWSAccount", "principalId": "AIDAACME"}, "AIDAACME"),
        ({"type": "Unknown", "principalId": "123456789012"}, "an unknown user"),
        ({}, "somebody"),
    ],
)
def test_who_did_it(identity, person, load):
    event = load("cloudtrail-api")
    event["detail"]["userIdentity"] = identity
    assert values(parse(event).fields)["User"] == person


def test_only_names_of_a_calls_parameters_are_shown_never_its_secrets(load):
    event = load("cloudtrail-api")
    event["detail"]["requestParameters"] = {
        "userName": "bob", "password": "hunter2", "accessKeyId": "AKIA", "secretName": "x",
        "environment": {"variables": {"TOKEN": "t"}}, "userData": "dGVzdA==", "clientToken": "c",
        "instancesSet": {"items": [{"instanceId": "i-1"}, {"instanceId": "i-2"}]},
        "deep": {"a": {"b": {"c": {"d": {"vpcId": "vpc-1"}}}}},
    }  # fmt: skip
    assert [(field.title, field.value) for field in parse(event).details] == [
        ("userName", "`bob`"),
        ("instanceId", "`i-1`"),
        ("instanceId", "`i-2`"),
    ]


@pytest.mark.parametrize(
    ("value", "access"), [(True, "read"), ("false", "write"), ("true", "read"), (None, ""), ("maybe", "")]
)
def test_reading_and_writing(value, access, load):
    event = load("cloudtrail-api")
    event["detail"]["readOnly"] = value
    assert values(parse(event).fields).get("Access", "") == access


def test_service_events(load):
    event = load("cloudtrail-service-event")
    found = parse(event)
    assert (found.title, found.summary) == ("RotateKey in kms", "AWS service kms reported `RotateKey`.")
    assert values(found.details)["Resource"].startswith("`arn:aws:kms:")
    event["detail"]["userIdentity"] = {"type": "Unknown", "userName": "me"}
    assert parse(event).summary == "AWS service kms reported `RotateKey` for me."


def test_a_bare_insight_and_its_event_are_one(load):
    assert parse(load("cloudtrail-insight-record")).key == parse(load("cloudtrail-insight")).key


def test_an_insight_ends(load):
    event = load("cloudtrail-insight")
    found = parse(event)
    assert found.title == "Unusual calls of UpdateInstanceInformation in ssm"
    assert found.summary.endswith("31.25 a minute, usually 0.5.")
    assert found.status is Status.FIRING
    event["detail"]["insightDetails"] |= {
        "state": "End",
        "insightType": "ApiErrorRateInsight",
        "insightContext": {},
    }
    ended = parse(event)
    assert (ended.status, ended.title.split()[1]) == (Status.RESOLVED, "errors")
    assert ended.subject_key == found.subject_key != ""


def test_nothing_that_is_a_secret_reaches_an_alert(load):
    for name in ("codebuild-state", "codepipeline-job", "config-rule"):
        assert "not-for-the-channel" in json.dumps(load(name))
        assert "not-for-the-channel" not in repr(parse(load(name)))
    assert "not-for-the-key" not in parse(load("codepipeline-approval")).key
