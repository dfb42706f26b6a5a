"""What a reader sees of Config, Backup, costs, advice, insights, secrets, certificates and Health."""

import pytest

from notify_slack import events, pipeline
from notify_slack.config import Config
from notify_slack.envelope import unwrap
from notify_slack.model import Severity, Status


def parse(event):
    (received,) = unwrap(event)
    return events.parse(received)


def values(fields):
    return {field.title: field.value for field in fields}


def test_config_says_which_resource_breaks_which_rule(load):
    found = parse(load("config-compliance"))
    assert (found.title, found.state) == ("Config rule s3-bucket-public-read-prohibited", "NON_COMPLIANT")
    assert found.summary == (
        "`acme-data` (AWS::S3::Bucket) does not comply with rule `s3-bucket-public-read-prohibited`. "
        "It was compliant before. The bucket policy allows public reads."
    )
    assert [link.label for link in found.links] == ["Rule", "Resource"]


def test_config_is_one_event_by_sns_and_by_eventbridge(load):
    by_event, by_sns = parse(load("config-compliance")), parse(load("config-sns"))
    assert by_sns.key == by_event.key
    assert (by_sns.subject_key, by_sns.summary, by_sns.account, by_sns.region) == (
        by_event.subject_key,
        by_event.summary,
        "123456789012",
        "eu-west-1",
    )


@pytest.mark.parametrize(
    ("new", "old", "status", "said"),
    [
        ("COMPLIANT", "NON_COMPLIANT", Status.RESOLVED, "complies with"),
        ("COMPLIANT", None, Status.NOTICE, "complies with"),
        ("NOT_APPLICABLE", "COMPLIANT", Status.NOTICE, "is no longer subject to"),
        ("INSUFFICIENT_DATA", "COMPLIANT", Status.NOTICE, "cannot be evaluated by"),
        (None, "NON_COMPLIANT", Status.NOTICE, "was removed from"),
    ],
)
def test_config_compliance(new, old, status, said, load):
    event = load("config-compliance")
    event["detail"]["newEvaluationResult"] = {"complianceType": new}
    event["detail"]["oldEvaluationResult"] = {"complianceType": old}
    found = parse(event)
    assert found.status is status
    assert said in found.summary
    assert found.key == event["id"]


def test_config_names_what_changed_and_not_to_what(load):
    event = load("config-item")
    found = parse(event)
    assert found.title == "AWS::EC2::SecurityGroup acme-api was changed"
    assert values(found.details) == {"Create": "`Configuration.IpPermissions.0`"}
    assert "fromPort" not in repr(found)
    event["detail"]["configurationItem"] |= {
        "configurationItemStatus": "ResourceDeleted",
        "resourceName": None,
    }
    event["detail"]["configurationItemDiff"] = None
    assert parse(event).title == "AWS::EC2::SecurityGroup sg-0aaa was deleted"


def test_config_oversized_items_have_a_summary_only(load):
    event = load("config-item")
    detail = event["detail"]
    detail["configurationItemSummary"] = detail.pop("configurationItem") | {"changeType": "CREATE"}
    del detail["configurationItemDiff"]
    detail["messageType"] = "OversizedConfigurationItemChangeNotification"
    found = parse(detail)
    assert found.title == "AWS::EC2::SecurityGroup acme-api was created"
    assert found.account == "123456789012"


def test_config_deliveries_and_evaluations(load):
    failed = parse(load("config-snapshot"))
    assert (failed.title, failed.status) == ("Configuration snapshot delivery failed", Status.FIRING)
    assert failed.summary.startswith("AccessDenied: The bucket policy refuses the delivery.")
    assert parse(load("config-history")).title == "Configuration history delivery completed"
    started = parse(load("config-evaluation"))
    assert (started.title, len(started.details)) == ("Config rules evaluation started", 2)
    assert parse({"messageType": "", "recordVersion": "1.0"}).title == "AWS Config message"


def test_what_a_config_rules_function_gets(load):
    event = load("config-rule")
    found = parse(event)
    assert (found.title, found.region) == ("Config rule acme-tags evaluates", "eu-west-1")
    event["invokingEvent"] = "no JSON"
    assert parse(event).title == "Config rule acme-tags evaluates"


def test_backup_says_why_it_failed(load):
    found = parse(load("backup-job"))
    assert (found.title, found.state, found.status) == (
        "Backup job of vol-0aaaabbbb",
        "FAILED",
        Status.FIRING,
    )
    assert found.summary == "The role may not create snapshots."
    assert values(found.fields)["Vault"] == "acme-daily"


def test_backup_is_one_event_by_text_and_by_eventbridge(load):
    assert parse(load("backup-text")).key == parse(load("backup-job")).key
    assert parse(load("backup-text")).title == parse(load("backup-job")).title


@pytest.mark.parametrize(
    ("state", "message", "status", "headline", "said"),
    [
        ("COMPLETED", "", Status.NOTICE, "Backup job of vol-0aaaabbbb completed", "Backup job completed."),
        ("COMPLETED", "VSS failed", Status.FIRING, "Backup job of vol-0aaaabbbb", "VSS failed."),
        ("RUNNING", "", Status.NOTICE, "Backup job of vol-0aaaabbbb running", "Backup job running."),
        (
            "EXPIRED",
            "",
            Status.FIRING,
            "Backup job of vol-0aaaabbbb",
            "did not start or end within its window",
        ),
        ("ABORTED", "", Status.FIRING, "Backup job of vol-0aaaabbbb", "It was stopped."),
        ("PARTIAL", "", Status.FIRING, "Backup job of vol-0aaaabbbb", "Only a part was backed up."),
        ("ABORTING", "", Status.NOTICE, "Backup job of vol-0aaaabbbb aborting", "Backup job aborting."),
        ("", "", Status.NOTICE, "Backup job of vol-0aaaabbbb changed", "Backup job changed."),
    ],
)
def test_backup_job_states(state, message, status, headline, said, load):
    event = load("backup-job")
    event["detail"] |= {"state": state, "statusMessage": message}
    found = parse(event)
    assert (found.status, found.title) == (status, headline)
    assert said in found.summary


@pytest.mark.parametrize(
    ("name", "status", "headline"),
    [
        ("copy", Status.NOTICE, "Copy job of vol-0aaaabbbb completed"),
        ("restore", Status.NOTICE, "Restore job of vol-0aaaabbbb completed"),
        ("scan", Status.FIRING, "Malware scan of vol-0aaaabbbb"),
        ("recovery-point", Status.FIRING, "Recovery point of vol-0aaaabbbb"),
        ("recovery-point-change", Status.NOTICE, "Recovery point of vol-0aaaabbbb modified"),
        ("index", Status.FIRING, "Recovery point index of vol-0aaaabbbb"),
        ("vault", Status.FIRING, "Backup vault acme-daily"),
        ("plan", Status.NOTICE, "Backup plan modified"),
        ("settings", Status.NOTICE, "Backup settings modified"),
    ],
)
def test_everything_else_of_backup(name, status, headline, load):
    found = parse(load(f"backup-{name}"))
    assert (found.status, found.title) == (status, headline)


def test_malware_in_a_backup_is_critical(load):
    found = parse(load("backup-scan"))
    assert found.suggested is Severity.CRITICAL
    assert "do not restore it" in found.summary
    assert values(parse(load("backup-settings")).details) == {"EBS": "on", "Aurora": "off"}


@pytest.mark.parametrize(
    ("text", "headline", "state"),
    [
        ("An AWS Backup job failed to complete in time. Resource ARN : arn:aws:s3:::acme. BackupJob ID : j1",
         "Backup job of acme", "EXPIRED"),
        ("An AWS Backup job was stopped. Resource ARN : arn:aws:s3:::acme. BackupJob ID : j1",
         "Backup job of acme", "ABORTED"),
        ("An AWS Backup job was completed successfully. Resource ARN : arn:aws:s3:::acme. BackupJob ID : j1",
         "Backup job of acme completed", "COMPLETED"),
        ("An AWS Backup copy job failed. Copy job ID : c1", "Copy job", "FAILED"),
        ("An AWS Backup restore job was started. Restore job ID : r1", "Restore job running", "RUNNING"),
        ("An AWS Backup backup index job was completed. Indexed recovery point arn: arn:aws:backup:x:1:p",
         "Recovery point index completed", "COMPLETED"),
        ("A Kubernetes resource failed to backup from your Amazon EKS Backup. Resource: example.io/v1. Id: j",
         "EKS resource of example.io/v1", "FAILED"),
        ("An AWS Backup something happened", "AWS Backup changed", "notice"),
    ],
)  # fmt: skip
def test_backup_texts(text, headline, state):
    found = parse(text)
    assert (found.kind, found.title, found.state) == ("backup", headline, state)


def test_budgets(load):
    found = parse(load("budgets"))
    assert (found.title, found.state) == ("Budget acme-monthly", "Budget threshold passed")
    assert found.summary == "Actual cost is $812.40. The threshold is > $800.00. The budget is $1,000.00."
    assert found.links[0].url == "https://console.aws.amazon.com/billing/home#/budgets"
    assert found.account == "123456789012"
    forecast = parse(load("budgets").replace("ACTUAL", "FORECASTED"))
    assert (forecast.state, forecast.suggested) == ("Budget forecast exceeded", Severity.INFO)
    assert forecast.summary.startswith("Forecasted cost is $812.40.")


def test_a_budget_text_of_another_form_is_shown_as_it_is():
    found = parse("AWS Budget Notification\nYour budget of dreams is used up")
    assert (found.kind, found.title) == ("budgets", "AWS Budgets")
    assert "budget of dreams" in found.summary
    assert found.links == ()
    without_type = parse("AWS Budget Notification\nAlert Type: ACTUAL\nACTUAL Amount: $1")
    assert without_type.summary == "Actual amount is $1."


def test_a_cost_anomaly_is_one_event_by_sns_and_by_eventbridge(load):
    by_event, by_sns = parse(load("cost_anomaly-event")), parse(load("cost_anomaly-sns"))
    assert by_event.key == by_sns.key
    assert (
        by_event.summary
        == by_sns.summary
        == ("Spending is $412.00 above what was expected. $520.50 instead of $108.50.")
    )
    assert [field.value for field in by_event.details] == [
        "Amazon Elastic Compute Cloud - Compute, EU-BoxUsage:m7g.large, eu-west-1, account acme: $400.25",
        "AWS Lambda, EU-Request, eu-west-1, account 123456789012",
    ]
    assert values(by_event.fields)["Above expected"] == "$412.00 (380 %)"


def test_a_cost_anomaly_without_numbers(load):
    event = load("cost_anomaly-sns") | {"impact": {}, "rootCauses": [{}], "dimensionalValue": None,
                                        "anomalyStartDate": None, "anomalyEndDate": None}  # fmt: skip
    found = parse(event)
    assert (found.title, found.summary, found.details) == ("AWS spending", "Spending is unusual.", ())


@pytest.mark.parametrize(
    ("state", "check", "status", "severity"),
    [
        ("ERROR", "Exposed Access Keys", Status.FIRING, Severity.CRITICAL),
        ("OK", "Exposed Access Keys", Status.RESOLVED, Severity.INFO),
        ("ERROR", "Security Groups", Status.FIRING, Severity.WARNING),
        ("WARN", "Security Groups", Status.FIRING, Severity.INFO),
        ("INFO", "Security Groups", Status.NOTICE, Severity.INFO),
        ("", "", Status.NOTICE, Severity.INFO),
    ],
)
def test_trusted_advisor(state, check, status, severity, load):
    event = load("trusted_advisor")
    event["detail"] |= {"status": state, "check-name": check}
    found = parse(event)
    assert (found.status, found.suggested) == (status, severity)
    assert values(found.details)["User Name (IAM or Root)"] == "`deploy`"
    assert "Status" not in values(found.details)


def test_trusted_advisor_names_its_resource(load):
    event = load("trusted_advisor")
    event["detail"]["resource_id"] = "arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-1"
    found = parse(event)
    assert found.summary.endswith("The resource is `arn:aws-cn:ec2:cn-north-1:123456789012:instance/i-1`.")
    assert found.links == ()


def test_devops_guru_is_one_event_by_sns_and_by_eventbridge(load):
    by_event, by_sns = parse(load("devops_guru-open")), parse(load("devops_guru-sns"))
    assert by_event.key == by_sns.key
    assert (by_sns.status, by_sns.suggested) == (Status.FIRING, Severity.CRITICAL)
    assert [field.value for field in by_sns.details] == ["AWS/ApplicationELB TargetResponseTime"]
    assert by_sns.links[0].url.endswith("/insight/reactive/ins-1")


@pytest.mark.parametrize(
    ("name", "status", "said"),
    [
        ("anomaly", Status.NOTICE, "Another anomaly belongs to the insight. 1 metric changed."),
        ("upgraded", Status.FIRING, "The insight became more severe."),
        ("recommendation", Status.NOTICE, "DevOps Guru recommends something."),
        ("closed", Status.RESOLVED, "The insight is closed."),
    ],
)
def test_devops_guru_messages(name, status, said, load):
    found = parse(load(f"devops_guru-{name}"))
    assert (found.status, found.summary, found.subject_key) == (status, said, "ins-1")


def test_devops_guru_of_tomorrow(load):
    event = load("devops_guru-sns") | {"MessageType": "NEW_THING", "InsightSeverity": None}
    event["Anomalies"][0]["SourceDetails"].append({"DataIdentifiers": {}})
    event["Recommendations"] = [{"Description": "Scale out"}, {}]
    found = parse(event)
    assert found.status is Status.NOTICE
    assert found.title.endswith("(new thing)")
    assert [field.value for field in found.details] == ["AWS/ApplicationELB TargetResponseTime", "Scale out"]


def test_rotation_says_why_it_failed(load):
    found = parse(load("secrets_manager-event"))
    assert (found.title, found.state, found.status) == (
        "Secret acme/db/password-AbCdEf",
        "Rotation failed",
        Status.FIRING,
    )
    assert found.summary.endswith("The rotation function timed out in step setSecret.")


@pytest.mark.parametrize(
    ("name", "status", "title"),
    [
        ("RotationSucceeded", Status.NOTICE, "Secret acme/db/password-AbCdEf rotated"),
        ("RotationAbandoned", Status.FIRING, "Secret acme/db/password-AbCdEf"),
        ("NewEvent", Status.NOTICE, "Secret acme/db/password-AbCdEf NewEvent"),
    ],
)
def test_rotation(name, status, title, load):
    event = load("secrets_manager-event")
    event["detail"]["eventName"] = name
    found = parse(event)
    assert (found.status, found.title) == (status, title)


def test_each_rotation_of_a_secret_has_a_key_of_its_own(load):
    events = [load("secrets_manager-step") | {"ClientRequestToken": f"7f660149-f0b8-53a4-{n}"} for n in "12"]
    assert len({one.dedupe_key for one in pipeline.explain(events, Config()).alerts}) == 2


def test_a_rotation_without_its_secrets_name(load):
    event = load("secrets_manager-event")
    event["detail"]["additionalEventData"] = {"secretId": ""}
    found = parse(event)
    assert found.summary.startswith("Secret without a name: rotation failed.")
    assert found.links == ()
    assert (
        parse(load("secrets_manager-step")).title
        == "Secret acme/db/password-AbCdEf rotation step createSecret"
    )


@pytest.mark.parametrize(
    ("name", "status", "severity", "said"),
    [
        ("expiring", Status.FIRING, Severity.WARNING, "expires in 30 days."),
        ("expired", Status.FIRING, Severity.CRITICAL, "has expired. It is in use."),
        ("available", Status.RESOLVED, Severity.INFO, "is available. It is in use."),
        ("action", Status.FIRING, Severity.CRITICAL,
         "needs action, and expires in 5 days. ACM cannot renew it: caa error. It is in use."),
        ("revoked", Status.FIRING, Severity.CRITICAL, "is revoked. It is in use."),
    ],
)  # fmt: skip
def test_certificates(name, status, severity, said, load):
    found = parse(load(f"acm-{name}"))
    assert (found.status, found.suggested) == (status, severity)
    assert found.summary == f"The certificate of shop.acme.example {said}"
    assert found.links[0].url.endswith("#/certificates/0f0f0f0f-0000-4000-8000-0000000000aa")


def test_certificates_that_are_new_or_nameless(load):
    event = load("acm-available")
    event["detail"]["Action"] = "ISSUANCE"
    found = parse(event)
    assert (found.status, found.title) == (Status.NOTICE, "shop.acme.example is available")
    event = load("acm-expiring") | {"resources": []}
    event["detail"] = {"DaysToExpiry": 3}
    found = parse(event)
    assert (found.title, found.suggested, found.links) == ("A certificate", Severity.CRITICAL, ())


def test_exposed_credentials_are_critical_whatever_their_category(load):
    event = load("health-credentials")
    event["detail"]["eventTypeCategory"] = "accountNotification"
    found = parse(event)
    assert (found.title, found.status, found.suggested) == (
        "IAM credentials exposed",
        Status.FIRING,
        Severity.CRITICAL,
    )


@pytest.mark.parametrize(
    ("change", "severity"),
    [
        ({}, Severity.CRITICAL),
        ({"eventScopeCode": "PUBLIC"}, Severity.WARNING),
        ({"eventTypeCategory": "accountNotification"}, Severity.INFO),
        ({"eventTypeCategory": "accountNotification", "actionability": "ACTION_REQUIRED"}, Severity.WARNING),
        ({"eventTypeCategory": "somethingNew"}, Severity.WARNING),
    ],
)
def test_health_severity(change, severity, load):
    event = load("health-abuse")
    event["detail"] |= change
    assert parse(event).suggested is severity


def test_the_backup_regions_copy_of_a_health_event_is_the_same_event(load):
    event = load("health")
    copy = event | {"id": "another", "region": "us-west-2"}
    second_page = load("health")
    second_page["detail"]["page"] = "2"
    news = load("health")
    news["detail"]["communicationId"] = "c2"
    assert parse(copy).key == parse(event).key
    assert len({parse(one).key for one in (event, second_page, news)}) == 3
    event["detail"]["communicationId"] = ""
    assert parse(event).key == event["id"]


def test_health_entities_carry_their_status(load):
    event = load("health")
    event["detail"]["affectedEntities"] = [
        {"entityValue": "i-1", "status": "IMPAIRED"},
        {"entityValue": "i-2", "status": "PENDING"},
        {"status": "IMPAIRED"},
    ]
    assert [field.value for field in parse(event).details] == ["`i-1` (impaired)", "`i-2`"]


def test_health_text_in_the_language_that_there_is(load):
    event = load("health")
    event["detail"]["eventDescription"] = [{"language": "ja_JP", "latestDescription": "お知らせ\\n二行目"}]
    assert parse(event).summary == "お知らせ\n二行目"
