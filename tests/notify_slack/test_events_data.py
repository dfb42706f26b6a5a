"""What a reader sees of RDS, DMS, ElastiCache, S3 and SES."""

import copy

import pytest

from notify_slack import database_text, events
from notify_slack.blocks import headline
from notify_slack.envelope import unwrap
from notify_slack.events import rds, s3, ses
from notify_slack.model import Severity, Status


def parse(event):
    (received,) = unwrap(event)
    return events.parse(received)


def fields(alert):
    return {field.title: field.value for field in alert.fields}


def lines(alert):
    return [f"{field.title}: {field.value}" for field in alert.details]


def links(alert):
    return {link.label: link.url for link in alert.links}


def changed(event, **detail):
    """A copy with other details; None takes one out."""
    other = copy.deepcopy(event)
    other["detail"] = {key: value for key, value in (other["detail"] | detail).items() if value is not None}
    return other


def rds_message(number, **more):
    return {
        "Event Source": "db-instance",
        "Event Time": "2026-03-02 10:15:07.123",
        "Source ID": "acme-orders",
        "Source ARN": "arn:aws:rds:eu-west-1:123456789012:db:acme-orders",
        "Event ID": f"http://docs.example.com/USER_Events.html#RDS-EVENT-{number:04d}",
        "Event Message": "Something happened.",
    } | more


def test_low_storage_reads_well(load):
    alert = parse(load("rds-sns"))
    assert headline(alert) == "low storage: DB instance acme-orders"
    assert (alert.status, alert.suggested) == (Status.FIRING, Severity.CRITICAL)
    assert alert.summary.startswith("The free storage capacity for DB instance acme-orders is low at 6%")
    assert fields(alert) == {"Event": "RDS-EVENT-0089", "Category": "low storage"}
    assert (alert.account, alert.region) == ("123456789012", "eu-west-1")
    assert links(alert) == {
        "Database": "https://eu-west-1.console.aws.amazon.com/rds/home?region=eu-west-1"
        "#database:id=acme-orders;is-cluster=false"
    }


def test_an_rds_event_has_one_key_over_sns_text_and_eventbridge(load, wrap):
    event = changed(load("rds-instance"), EventID="RDS-EVENT-0013")
    text = load("rds-text")["Message"]
    keys = {parse(event).key, parse(wrap.sns_lambda(rds_message(13))).key, parse(wrap.sqs(text)).key}
    assert keys == {"acme-orders|RDS-EVENT-0013|2026-03-02T10:15:07.123+00:00"}


def test_a_failover_starts_and_ends_as_one_story(load):
    begin = parse(changed(load("rds-instance"), EventID="RDS-EVENT-0013"))
    end = parse(load("rds-instance"))
    assert headline(begin) == "failover: DB instance acme-orders"
    assert headline(end) == "Resolved: DB instance acme-orders"
    assert begin.subject_key == end.subject_key != ""


@pytest.mark.parametrize(
    ("number", "status", "severity", "title"),
    [
        (1, Status.NOTICE, Severity.INFO, "DB instance acme-orders"),
        (6, Status.NOTICE, Severity.WARNING, "DB instance acme-orders: availability"),
        (7, Status.FIRING, Severity.CRITICAL, "low storage: DB instance acme-orders"),
        (20, Status.FIRING, Severity.WARNING, "recovery: DB instance acme-orders"),
        (21, Status.RESOLVED, Severity.WARNING, "Resolved: DB instance acme-orders"),
        (31, Status.FIRING, Severity.CRITICAL, "failure: DB instance acme-orders"),
        (45, Status.FIRING, Severity.WARNING, "read replica: DB instance acme-orders"),
        (46, Status.RESOLVED, Severity.WARNING, "Resolved: DB instance acme-orders"),
        (58, Status.FIRING, Severity.WARNING, "failure: DB instance acme-orders"),
    ],
)
def test_sns_names_no_category_but_the_number_does(number, status, severity, title):
    alert = parse(rds_message(number))
    assert (alert.status, alert.suggested) == (status, severity)
    assert headline(alert) == title


@pytest.mark.parametrize(
    ("name", "title", "linked"),
    [
        ("cluster", "failover: DB cluster acme-ledger", True),
        ("snapshot", "DB snapshot rds:acme-orders-2026-03-02: backup", False),
        ("cluster_snapshot", "DB cluster snapshot rds:acme-ledger-2026-03-02: backup", False),
        ("parameter_group", "DB parameter group acme-postgres17: configuration change", False),
        ("proxy", "failure: DB proxy acme-proxy", False),
        ("blue_green", "failure: Blue/green deployment bgd-0123456789abcdef", False),
    ],
)
def test_other_rds_sources(name, title, linked, load):
    alert = parse(load(f"rds-{name}"))
    assert headline(alert) == title
    assert bool(alert.links) is linked


def test_an_rds_event_that_tells_nothing_stays_readable(load):
    bare = parse({"Event Source": 7, "Source ID": "", "Event Message": ""})
    assert headline(bare) == "RDS without a name"
    assert bare.summary == "RDS sent an event without a message."
    assert bare.links == ()
    event = changed(load("rds-instance"), SourceIdentifier=None, SourceArn=None, EventID=None, Date="x")
    assert headline(parse(event)) == "failover: DB instance acme-orders"
    assert parse(event).key == event["id"]
    old = parse(rds_message(6, **{"Source ARN": ""}))
    assert links(old) == {}
    assert old.subject_key == ""


def test_an_old_sns_message_takes_its_region_from_the_topic(wrap):
    alert = parse(wrap.sns_lambda(rds_message(6, **{"Source ARN": None})))
    assert (alert.account, alert.region) == ("123456789012", "eu-west-1")
    assert "is-cluster=false" in links(alert)["Database"]


def test_every_rds_number_has_one_category():
    numbers = [number for some in rds._NUMBERS.values() for number in some]
    assert len(numbers) == len(set(numbers))


def test_lines_of_a_text_are_read_by_name():
    assert database_text.values("Event Source : a\nSourceId: b\n\nno name\n") == {
        "eventsource": "a",
        "sourceid": "b",
    }
    assert database_text.values(7) == {}
    assert database_text.event_number("#RDS-EVENT-0006 ") == "RDS-EVENT-0006"
    assert database_text.event_number("none") == ""


@pytest.mark.parametrize(
    ("name", "title", "status", "summary"),
    [
        (
            "sns",
            "failed: DMS task acme-orders-cdc",
            Status.FIRING,
            "Replication task has failed. Reason: Last Error Endpoint initialization failed.",
        ),
        ("text", "DMS task acme-orders-cdc", Status.NOTICE, "Replication task has started."),
        (
            "task",
            "DMS task acme-orders-copy",
            Status.NOTICE,
            "Replication task stopped. Stop Reason FULL_LOAD_ONLY_FINISHED.",
        ),
        (
            "instance",
            "low storage: DMS instance acme-replicator",
            Status.FIRING,
            "Replication instance low storage. Storage for the replication instance is low.",
        ),
    ],
)
def test_dms(name, title, status, summary, load):
    alert = parse(load(f"dms-{name}"))
    assert headline(alert) == title
    assert (alert.status, alert.summary) == (status, summary)
    assert alert.suggested is (Severity.WARNING if status is Status.FIRING else Severity.INFO)
    assert links(alert)["DMS"].startswith(
        "https://eu-west-1.console.aws.amazon.com/dms/v2/home?region=eu-west-1#"
    )


def test_dms_details(load):
    assert parse(load("dms-sns")).key == "acme-orders-cdc|DMS-EVENT-0078|2026-03-02T10:15:07.123+00:00"
    assert fields(parse(load("dms-task"))) == {"Event": "DMS-EVENT-0079", "Category": "state change"}
    resumed = changed(load("dms-task"), eventId="DMS-EVENT-0093")
    assert parse(resumed).status is Status.RESOLVED
    nameless = changed(load("dms-task") | {"resources": []}, resourceLink=None)
    assert headline(parse(nameless)) == "DMS task without a name"
    assert parse(nameless).links == ()
    stopped = changed(load("dms-task"), eventType="REPLICATION_TASK_FAILED", detailMessage=None)
    assert headline(parse(stopped)) == "failed: DMS task acme-orders-copy"
    bare = parse({"Event Source": "other", "Event ID": "", "Event Message": ""})
    assert bare.summary == "DMS sent an event without a message."
    assert bare.links == ()


def test_dms_reads_an_id_of_its_own(wrap):
    body = {"Event Source": "replication-instance", "SourceId": "acme-rep", "Event ID": "#DMS-EVENT-0013"}
    alert = parse(wrap.sns_lambda(body | {"Event Message": "Failover started."}))
    assert headline(alert) == "DMS instance acme-rep"
    assert alert.status is Status.NOTICE


@pytest.mark.parametrize(
    ("message", "title", "severity"),
    [
        (
            {"ElastiCache:NodeReplacementScheduled": "acme-1"},
            "ElastiCache acme-1 node replacement scheduled",
            Severity.WARNING,
        ),
        ({"ElastiCache:SnapshotComplete": "acme-1"}, "ElastiCache acme-1 snapshot complete", Severity.INFO),
        (
            {"ElastiCache:FailoverComplete": "acme-1"},
            "ElastiCache acme-1 failover complete",
            Severity.WARNING,
        ),
        (
            {"ElastiCache:AddCacheNodeFailed": "acme-1"},
            "Add cache node failed: ElastiCache acme-1",
            Severity.WARNING,
        ),
        ("ElastiCache:SnapshotFailed : acme-1", "Snapshot failed: ElastiCache acme-1", Severity.WARNING),
        ({"ElastiCache:Renamed": 7}, "ElastiCache without a name renamed", Severity.INFO),
    ],
)
def test_elasticache(message, title, severity, wrap):
    alert = parse(wrap.sns_lambda(message))
    assert headline(alert) == title
    assert alert.suggested is severity
    assert (alert.key, alert.account, alert.region) == ("sns-1", "123456789012", "eu-west-1")


def test_elasticache_shows_what_else_there_is(load):
    assert fields(parse(load("elasticache-sns"))) == {
        "Start Time": "2026-03-09 02:00:00 UTC",
        "End Time": "2026-03-09 03:00:00 UTC",
    }


def test_an_object_has_one_key_in_both_forms(load):
    record, event = parse(load("s3-record")), parse(load("s3-deleted"))
    assert record.key == event.key == "acme-invoices|2026/march & april.pdf|0061A1B2C3D4E5F607|deleted"
    for alert in (record, event):
        assert headline(alert) == "S3 object in acme-invoices: deleted"
        assert alert.summary == "`2026/march & april.pdf` in `acme-invoices`: deleted."
        assert alert.links == ()
    assert fields(event)["Deletion"] == "Delete Marker Created"


def test_a_new_object_is_linked_and_measured(load):
    alert = parse(load("s3-created"))
    assert fields(alert) == {"Size": "180 KiB", "Operation": "PutObject", "Requester": "123456789012"}
    assert links(alert)["Object"] == (
        "https://eu-west-1.console.aws.amazon.com/s3/object/acme-invoices?region=eu-west-1"
        "&prefix=2026%2Fmarch%20%26%20april.pdf"
    )
    assert fields(parse(load("s3-restore_completed")))["Expires"] == "2026-03-09 00:00 UTC"
    assert fields(parse(load("s3-class_changed")))["Storage class"] == "GLACIER"


@pytest.mark.parametrize(
    ("name", "title", "status"),
    [
        ("ObjectCreated:Put", "S3 object in acme-invoices: created", Status.NOTICE),
        (
            "Replication:OperationFailedReplication",
            "not replicated: S3 object in acme-invoices",
            Status.FIRING,
        ),
        ("ReducedRedundancyLostObject", "lost: S3 object in acme-invoices", Status.FIRING),
        ("Brand:New", "S3 object in acme-invoices: Brand:New", Status.NOTICE),
        ("", "S3 object in acme-invoices: changed", Status.NOTICE),
    ],
)
def test_s3_operations(name, title, status, load):
    event = load("s3-record")
    event["Records"][0]["eventName"] = name
    alert = parse(event)
    assert headline(alert) == title
    assert alert.status is status


def test_both_forms_of_s3_use_the_same_words():
    assert set(s3._TYPES.values()) <= set(s3.NAMES.values())


def test_s3_test_notification(load):
    assert headline(parse(load("s3-test"))) == "S3 bucket acme-invoices sends its notifications here"


def test_a_permanent_bounce_lists_everybody(load):
    alert = parse(load("ses-bounce"))
    assert headline(alert) == "Bounce: Mail of orders@acme.example"
    assert (alert.status, alert.suggested) == (Status.FIRING, Severity.WARNING)
    assert alert.summary == (
        "Mail of orders@acme.example bounced. The address does not accept mail, and will not: remove it. "
        "SES calls it suppressed."
    )
    assert lines(alert) == [
        "Recipient: `first@customer.example`: smtp; 550 5.1.1 user unknown",
        "Recipient: `second@customer.example`: 5.7.1",
    ]
    assert fields(alert)["Subject"] == "Your order"
    assert (alert.account, alert.region) == ("123456789012", "eu-west-1")


def test_a_bounce_has_one_key_over_sns_and_eventbridge(load):
    assert parse(load("ses-bounce")).key == parse(load("ses-eb_bounced")).key == "0102019acme-feedback-0001"
    assert parse(load("ses-published")).key == parse(load("ses-eb_rendering")).key


def bounced(load, **bounce):
    event = load("ses-eb_bounced")
    return changed(event, bounce=event["detail"]["bounce"] | bounce)


@pytest.mark.parametrize(
    ("bounce", "said"),
    [
        ({"bounceType": "Transient", "bounceSubType": "General"}, "it may do so later."),
        ({"bounceType": "Transient", "bounceSubType": "MailboxFull"}, "SES calls it mailbox full."),
        ({"bounceType": "Undetermined", "bounceSubType": "Undetermined"}, "SES could not determine."),
    ],
)
def test_other_bounces_are_notices(bounce, said, load):
    alert = parse(bounced(load, **bounce))
    assert headline(alert) == "Mail bounced"
    assert alert.status is Status.NOTICE
    assert alert.summary.endswith(said)


def test_many_recipients_are_counted(load):
    addresses = [{"emailAddress": f"a{n}@customer.example"} for n in range(12)]
    alert = parse(bounced(load, bouncedRecipients=addresses))
    assert lines(alert)[-1] == ": and 2 more"
    assert alert.brief == "a0@customer.example, a1@customer.example and 10 more"


@pytest.mark.parametrize(
    ("name", "title", "said"),
    [
        ("complaint", "Complaint: Mail of orders@acme.example", "as spam by its reader. Complaint: abuse."),
        ("published", "Rendering Failure: Mail of orders@acme.example", "Attribute 'name' is not present"),
        ("eb_rejected", "Reject: Mail of orders@acme.example", "rejected by SES. Bad content."),
        ("eb_delayed", "Mail is delayed", "is delayed. SES calls it transient communication failure."),
        ("eb_delivered", "Mail was delivered", "was delivered."),
        ("eb_opened", "Mail was opened", "was opened."),
        ("eb_clicked", "Mail had a link clicked", "had a link clicked."),
    ],
)
def test_other_mail_events(name, title, said, load):
    alert = parse(load(f"ses-{name}"))
    assert headline(alert) == title
    assert said in alert.summary


@pytest.mark.parametrize("name", ["received", "lambda"])
def test_received_mail_says_what_is_wrong_with_it_and_not_what_it_says(name, load):
    alert = parse(load(f"ses-{name}"))
    assert headline(alert) == "Mail was received"
    assert alert.suggested is Severity.WARNING
    assert lines(alert) == ["To: `help@acme.example`"]
    assert fields(alert)["Failed checks"] == "spam, dmarc"
    assert "not for slack" not in repr(alert)


def test_mail_without_anything_stays_readable():
    alert = parse({"notificationType": "", "mail": None})
    assert headline(alert) == "Mail had an event: unknown"
    assert parse({"eventType": "Complaint", "mail": {}}).title == "Mail of an unknown sender"
    assert parse({"eventType": "Complaint", "mail": {}}).summary == "Mail was marked as spam by its reader."
    assert set(ses.BOUNCES) == {"Permanent", "Transient", "Undetermined"}


@pytest.mark.parametrize(
    ("name", "title", "severity", "summary"),
    [
        (
            "sending_disabled",
            "disabled: SES sending",
            Severity.CRITICAL,
            "Sending of mail is disabled. Sending is disabled because of a high bounce rate.",
        ),
        ("sending_enabled", "Resolved: SES sending", Severity.CRITICAL, "Sending of mail is enabled."),
        (
            "advice",
            "recommendation open: SES deliverability advisor",
            Severity.WARNING,
            "The recommendation is open. DKIM verification is not enabled.",
        ),
        (
            "advice_taken",
            "Resolved: SES deliverability advisor",
            Severity.WARNING,
            "The recommendation is resolved. DKIM verification is not enabled.",
        ),
    ],
)
def test_the_account_s_sending(name, title, severity, summary, load):
    alert = parse(load(f"ses_account-{name}"))
    assert headline(alert) == title
    assert (alert.suggested, alert.summary) == (severity, summary)
    assert lines(alert) == ["Affected: `arn:aws:ses:eu-west-1:123456789012:identity/acme.example`"]
