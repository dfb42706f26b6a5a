"""What a reader sees of stacks, environments, jobs, functions, schedules and changed alarms."""

import copy
from datetime import UTC, datetime

import pytest

from notify_slack import console, events, parts
from notify_slack.blocks import headline
from notify_slack.envelope import unwrap
from notify_slack.events import cloudformation, elasticbeanstalk, lambda_destination
from notify_slack.model import Field, Link, Severity, Status


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


def test_a_changed_alarm_says_what_changed(load):
    alert = parse(load("alarm_configuration-update"))
    assert headline(alert) == "Alarm acme-production-api-cpu was changed"
    assert (alert.status, alert.suggested) == (Status.NOTICE, Severity.WARNING)
    assert alert.summary.endswith("was changed. Its actions are off: it tells nobody.")
    assert lines(alert) == ["actionsEnabled: `true` → `false`", "threshold: `80` → `95`"]
    assert links(alert)["Alarm"].endswith("#alarmsV2:alarm/acme-production-api-cpu")


def test_an_alarm_created_or_deleted(load):
    event = load("alarm_configuration-update")
    created = parse(changed(event, operation="create", previousConfiguration=None))
    assert headline(created) == "Alarm acme-production-api-cpu was created"
    assert created.details == ()
    deleted = parse(changed(event, operation="delete", alarmName=None))
    assert headline(deleted) == "Alarm acme-production-api-cpu was deleted"
    assert (deleted.suggested, deleted.links) == (Severity.WARNING, ())
    other = parse(
        changed(event | {"resources": []}, operation="archive", alarmName=None, configuration={"a": 1})
    )
    assert headline(other) == "Alarm without a name was archive"


def test_changed_settings_are_compared_and_cut(load):
    alert = parse(
        changed(
            load("alarm_configuration-update"),
            previousConfiguration={"alarmRule": "ALARM(a)", "alarmActions": ["x"], "huge": 10**5000},
            configuration={"alarmRule": "ALARM(b)" * 50, "alarmActions": [], "huge": 1},
        )
    )
    assert lines(alert)[0] == 'alarmActions: `["x"]` → none'
    assert lines(alert)[1].startswith("alarmRule: `ALARM(a)` → `ALARM(b)ALARM(b)")
    assert lines(alert)[1].endswith("…`")
    assert lines(alert)[2] == "huge: `a very long number` → `1`"
    assert alert.brief.startswith('alarmActions `["x"]` → none')


def test_severe_health_of_an_environment(load):
    alert = parse(load("elasticbeanstalk-text"))
    assert headline(alert) == "Severe: Elastic Beanstalk environment acme-web of acme"
    assert (alert.status, alert.suggested) == (Status.FIRING, Severity.CRITICAL)
    assert alert.summary.endswith("88.9 % of the requests are failing with HTTP 5xx.")
    assert alert.at == datetime(2026, 3, 2, 10, 15, 7, tzinfo=UTC)
    assert (alert.account, alert.region) == ("123456789012", "eu-west-1")
    assert links(alert)["Environment"].endswith("environmentName=acme-web&applicationName=acme")
    assert alert.key.startswith("acme-web|Mon Mar 02 10:15:07 UTC 2026|")
    assert (
        alert.subject_key == parse(load("elasticbeanstalk-health")).subject_key == "eu-west-1|acme|acme-web"
    )


@pytest.mark.parametrize(
    ("message", "status", "severity", "title"),
    [
        ("from Severe to Ok.", Status.RESOLVED, Severity.WARNING, "Resolved: Elastic Beanstalk"),
        ("from Pending to Ok.", Status.NOTICE, Severity.INFO, "acme-web of acme: Transitioned"),
        ("from Ok to Warning. 1 out of 4", Status.FIRING, Severity.WARNING, "Warning: Elastic Beanstalk"),
        ("from Ok to No Data.", Status.NOTICE, Severity.WARNING, "acme-web of acme: Transitioned"),
        ("from No Data to Ok.", Status.NOTICE, Severity.INFO, "acme-web of acme: Transitioned"),
        ("to RED", Status.FIRING, Severity.CRITICAL, "RED: Elastic Beanstalk"),
        ("to Purple", Status.NOTICE, Severity.WARNING, "acme-web of acme: Transitioned"),
    ],
)
def test_transitions_of_health(message, status, severity, title, load):
    text = f"Environment health has transitioned {message}"
    alert = parse(changed(load("elasticbeanstalk-health"), Message=text, Status="Transitioned"))
    assert (alert.status, alert.suggested) == (status, severity)
    assert title in headline(alert)


@pytest.mark.parametrize(
    ("detail", "status", "severity"),
    [
        ({"Severity": "FATAL"}, Status.FIRING, Severity.CRITICAL),
        ({"Severity": "ERROR"}, Status.FIRING, Severity.WARNING),
        ({"Severity": "INFO", "Message": "No errors."}, Status.NOTICE, Severity.INFO),
        ({"Severity": None, "Message": "Failed to deploy application."}, Status.FIRING, Severity.WARNING),
        ({"Severity": None, "Message": "Deployed."}, Status.NOTICE, Severity.INFO),
        ({"Severity": None, "Message": None, "EnvironmentName": None}, Status.NOTICE, Severity.INFO),
    ],
)
def test_other_messages_of_an_environment(detail, status, severity, load):
    alert = parse(changed(load("elasticbeanstalk-environment"), **detail))
    assert (alert.status, alert.suggested) == (status, severity)
    assert alert.summary
    assert alert.subject_key == ""


def test_a_text_of_beanstalk_without_a_date_has_no_time(load):
    event = load("elasticbeanstalk-text")
    event["Message"] = (
        event["Message"].replace("Mon Mar 02 10:15:07 UTC 2026", "today").replace("Severe", "Ok")
    )
    event["Timestamp"] = ""
    assert parse(event).at is None
    assert elasticbeanstalk._text(7).message == ""


def test_a_resource_that_could_not_be_created(load):
    alert = parse(load("cloudformation-text"))
    assert headline(alert) == "CREATE_FAILED: Table of CloudFormation stack acme-network"
    assert (alert.status, alert.suggested) == (Status.FIRING, Severity.WARNING)
    assert alert.summary == (
        "Table of CloudFormation stack acme-network could not be created. "
        "Subscriber limit exceeded (Service: Dynamo, Status Code: 400)."
    )
    assert fields(alert) == {"State": "CREATE_FAILED", "Resource type": "AWS::DynamoDB::Table"}
    assert alert.key == "Table-CREATE_FAILED-2026-03-02T10:15:07.123Z"
    assert links(alert)["Stack"].startswith(
        "https://eu-west-1.console.aws.amazon.com/cloudformation/home?region=eu-west-1#/stacks/events?stackId=arn%3A"
    )
    assert "not-for-slack" not in repr(alert)


def test_the_stack_itself_is_told_from_its_resources(load):
    event = load("cloudformation-text")
    stack = event["Message"].partition("'")[2].partition("'")[0]
    event["Message"] = event["Message"].replace("PhysicalResourceId=''", f"PhysicalResourceId='{stack}'")
    event["Message"] = event["Message"].replace("CREATE_FAILED", "UPDATE_COMPLETE")
    assert headline(parse(event)) == "CloudFormation stack acme-network was updated"


@pytest.mark.parametrize(
    ("state", "status", "severity"),
    [
        ("UPDATE_ROLLBACK_FAILED", Status.FIRING, Severity.CRITICAL),
        ("ROLLBACK_COMPLETE", Status.FIRING, Severity.WARNING),
        ("UPDATE_ROLLBACK_COMPLETE", Status.FIRING, Severity.WARNING),
        ("DELETE_COMPLETE", Status.NOTICE, Severity.INFO),
        ("CREATE_IN_PROGRESS", Status.NOTICE, Severity.INFO),
        ("SOMETHING_NEW", Status.NOTICE, Severity.INFO),
    ],
)
def test_states_of_a_stack(state, status, severity, load):
    alert = parse(changed(load("cloudformation-stack"), **{"status-details": {"status": state}}))
    assert (alert.status, alert.suggested) == (status, severity)
    assert alert.summary.startswith("CloudFormation stack acme-network ")


def test_every_bad_state_of_a_stack_is_explained():
    assert set(cloudformation.MEANINGS) > cloudformation.STUCK


@pytest.mark.parametrize(
    ("name", "title", "said"),
    [
        ("resource", "Bucket of CloudFormation stack acme-network was created", "was created."),
        ("drift", "DRIFTED: CloudFormation stack acme-network", "from its template. 2 resources drifted."),
        ("stack_set", "CloudFormation stack set acme-baseline is active", "is active."),
        (
            "stack_set_instance",
            "OUTDATED: Stack in account 123456789012, eu-west-1 of CloudFormation stack set acme-baseline",
            "is not what its stack set says. Account needs attention.",
        ),
        (
            "stack_set_operation",
            "CloudFormation stack set acme-baseline completed an operation",
            "an operation.",
        ),
    ],
)
def test_other_cloudformation_events(name, title, said, load):
    alert = parse(load(f"cloudformation-{name}"))
    assert headline(alert) == title
    assert alert.summary.endswith(said)


def test_cloudformation_events_that_tell_little(load):
    checking = changed(
        load("cloudformation-drift"), **{"status-details": {"detection-status": "DETECTION_IN_PROGRESS"}}
    )
    checking["detail"]["drift-detection-details"] = {}
    assert headline(parse(checking)) == "CloudFormation stack acme-network is DETECTION_IN_PROGRESS"
    nowhere = changed(load("cloudformation-stack_set_instance"), **{"stack-id": None})
    assert headline(parse(nowhere)) == "OUTDATED: CloudFormation stack set acme-baseline"
    empty = load("cloudformation-stack") | {"detail": {}, "resources": []}
    assert headline(parse(empty)) == "CloudFormation stack without a name is in an unknown state"
    assert parse(empty).links == ()


def test_a_failed_job_says_how_it_ended_and_links_its_log(load):
    alert = parse(load("batch-job"))
    assert headline(alert) == "FAILED: Batch job acme-nightly-report"
    assert (alert.status, alert.suggested) == (Status.FIRING, Severity.WARNING)
    assert alert.summary == (
        "The job failed after 10 min. Essential container in task exited. "
        "Exit code 137: killed, out of memory (OutOfMemoryError: Container killed due to memory usage)."
    )
    assert fields(alert)["Attempts"] == "2 of 2"
    assert links(alert)["Logs"] == (
        "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
        "#logsV2:log-groups/log-group/$252Faws$252Fbatch$252Fjob/log-events/acme-report$252Fdefault$252Fbbbb"
    )
    assert "not-for-slack" not in repr(alert)
    assert parse(load("batch-job") | {"id": "another"}).key == alert.key


@pytest.mark.parametrize(
    ("logs", "group"),
    [
        ({"logDriver": "awslogs", "options": {"awslogs-group": "/acme/jobs"}}, "$252Facme$252Fjobs"),
        ({"logDriver": "awslogs"}, "$252Faws$252Fbatch$252Fjob"),
        ({"logDriver": "splunk"}, ""),
    ],
)
def test_logs_of_a_job_are_linked_only_where_they_are(logs, group, load):
    event = load("batch-job")
    event["detail"]["container"]["logConfiguration"] = logs
    assert group in links(parse(event)).get("Logs", "")
    assert ("Logs" in links(parse(event))) is bool(group)


def test_a_blocked_queue(load):
    alert = parse(load("batch-blocked"))
    assert headline(alert) == "blocked: Batch queue acme-reports"
    assert alert.summary.startswith("The queue acme-reports is blocked by this job. CAPACITY:INSUFFICIENT")
    assert fields(alert)["Job"] == "acme-nightly-report"


def test_other_states_of_a_job(load):
    running = parse(changed(load("batch-job"), status="RUNNING", stoppedAt=None, container=None, attempts=[]))
    assert headline(running) == "Batch job acme-nightly-report is running"
    assert running.summary == "The job is running. Essential container in task exited."
    new = parse(changed(load("batch-job") | {"resources": []}, status="NEW", jobArn=None, jobName=None))
    assert headline(new) == "Batch job without a name is NEW"
    last = load("batch-job")
    del last["detail"]["container"]["exitCode"]
    assert "exit code 137" in parse(last).brief


@pytest.mark.parametrize(
    ("name", "title", "status", "summary"),
    [
        (
            "job",
            "FAILED: Glue job acme-orders-to-parquet",
            Status.FIRING,
            "Glue job acme-orders-to-parquet failed. Failed to execute with exception Access denied.",
        ),
        (
            "run",
            "delayed: Glue job acme-orders-to-parquet",
            Status.FIRING,
            "Glue job acme-orders-to-parquet runs longer than its notification threshold. State is RUNNING.",
        ),
        (
            "crawler",
            "Glue crawler acme-orders succeeded",
            Status.NOTICE,
            "Glue crawler acme-orders succeeded. Crawler succeeded.",
        ),
        (
            "database",
            "Glue database acme changed: create table",
            Status.NOTICE,
            "Glue database acme changed: create table.",
        ),
        (
            "table",
            "Glue table orders changed: batch create partition",
            Status.NOTICE,
            "Glue table orders changed: batch create partition.",
        ),
        (
            "quality",
            "FAILED: Glue data quality of orders",
            Status.FIRING,
            "Glue data quality of orders failed.",
        ),
    ],
)
def test_glue(name, title, status, summary, load):
    alert = parse(load(f"glue-{name}"))
    assert headline(alert) == title
    assert (alert.status, alert.summary) == (status, summary)


def test_glue_details(load):
    assert fields(parse(load("glue-crawler")))["Crawled"] == (
        "1 table created, 2 tables updated, 12 partitions created"
    )
    assert lines(parse(load("glue-database"))) == ["Changed: `orders`", "Changed: `refunds`"]
    assert fields(parse(load("glue-quality"))) == {"Score": "75 %", "Rules failed": "1"}
    assert fields(parse(load("glue-run")))["Notify after"] == "30 min"
    assert (
        "gluestudio/home?region=eu-west-1#/job/acme-orders-to-parquet/run/jr_"
        in links(parse(load("glue-job")))["Run"]
    )
    odd = changed(
        load("glue-table"), changedPartitions=[["2026", "03"], 7], typeOfChange=None, tableName=None
    )
    assert lines(parse(odd)) == ["Changed: `2026, 03`"]
    assert headline(parse(odd)) == "Glue table without a name changed: unknown state"
    rules = changed(load("glue-quality"), context=None, state="NEW", severity="WARN")
    assert headline(parse(rules)) == "Glue data quality of orders-are-sane is NEW"
    assert parse(rules).suggested is Severity.WARNING


@pytest.mark.parametrize(
    ("detail", "title", "summary"),
    [
        (
            {},
            "FAILED: State machine acme-billing",
            "The execution failed after 12 min. States.TaskFailed: The payment service answered 503.",
        ),
        (
            {"status": "TIMED_OUT", "error": None, "cause": None, "redriveCount": 1},
            "TIMED_OUT: State machine acme-billing",
            "The execution ran out of time after 12 min.",
        ),
        (
            {"status": "RUNNING", "stopDate": None, "error": None, "cause": None, "redriveCount": 2},
            "State machine acme-billing started",
            "The execution started.",
        ),
        (
            {"status": "NEW", "error": None, "cause": None, "startDate": 1e300},
            "State machine acme-billing is NEW",
            "The execution is NEW.",
        ),
    ],
)
def test_executions(detail, title, summary, load):
    alert = parse(changed(load("stepfunctions-execution"), **detail))
    assert headline(alert) == title
    assert alert.summary == summary
    assert fields(alert)["Execution"] == "run-42"
    redriven = {0: "", 1: "once", 2: "2 times"}[detail.get("redriveCount", 0)]
    assert fields(alert).get("Redriven", "") == redriven
    assert "not-for-slack" not in repr(alert)
    assert "#/v2/executions/details/arn%3Aaws%3Astates" in links(alert)["Execution"]


def test_a_lost_invocation_has_one_key_in_both_forms(load):
    direct, event = parse(load("lambda_destination-result")), parse(load("lambda_destination-failure"))
    assert direct.key == event.key == "66666666-0000-4000-8000-000000000001"
    for alert in (direct, event):
        assert headline(alert) == "RetriesExhausted: Lambda function acme-import"
        assert (alert.status, alert.suggested) == (Status.FIRING, Severity.WARNING)
        assert alert.summary == (
            "The invocation failed, retries too: the event is lost unless someone acts. "
            "TimeoutError: the warehouse did not answer."
        )
        assert fields(alert)["Tries"] == "3"
        assert "not-for-slack" not in repr(alert)


def test_other_results_of_a_function(load):
    success = parse(load("lambda_destination-success"))
    assert headline(success) == "Lambda function acme-import succeeded"
    assert success.suggested is Severity.INFO
    stream, table = parse(load("lambda_destination-stream")), parse(load("lambda_destination-table"))
    assert (fields(stream)["Records"], fields(stream)["Source"]) == ("500", "acme-clicks")
    assert fields(table)["Source"] == "acme-orders"
    assert table.summary == "The records became older than their maximum age and were skipped."
    event = load("lambda_destination-stream")
    event["requestContext"] = {"condition": "Odd"}
    event["KinesisBatchInfo"] = {"streamArn": "odd"}
    odd = parse(event)
    assert headline(odd) == "Odd: Lambda function without a name"
    assert odd.summary == "The invocation ended: Odd."
    assert (fields(odd)["Source"], odd.links) == ("odd", ())
    assert {"Success", "RetriesExhausted", "EventAgeExceeded"} < set(lambda_destination.CONDITIONS)


@pytest.mark.parametrize(
    ("name", "title"), [("rule", "Rule acme-nightly is due"), ("scheduler", "Schedule acme-nightly is due")]
)
def test_schedules(name, title, load):
    alert = parse(load(f"schedule-{name}"))
    assert headline(alert) == title
    assert alert.suggested is Severity.INFO


@pytest.mark.parametrize(
    ("region", "url"),
    [
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/x?region=cn-north-1&a=1#b"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/x?region=us-gov-west-1&a=1#b"),
        ("evil.example/", "https://evil.example%2F.console.aws.amazon.com/x?region=evil.example%2F&a=1#b"),
        ("", ""),
    ],
)
def test_pages_lie_in_the_partition_of_their_region(region, url):
    assert console.page(region, "x", query="&a=1", fragment="#b") == url


def test_a_log_stream_is_linked():
    assert console.logs("eu-west-1", "/a/b", "c/d").endswith(
        "#logsV2:log-groups/log-group/$252Fa$252Fb/log-events/c$252Fd"
    )
    assert console.logs("eu-west-1", "/a/b").endswith("log-group/$252Fa$252Fb")
    assert console.logs("", "/a/b", "c") == console.logs("eu-west-1", "", "c") == ""


@pytest.mark.parametrize(
    ("arn", "name"),
    [
        ("arn:aws:ecs:eu-west-1:123456789012:task-definition/api:20", "api:20"),
        ("arn:aws:ecs:eu-west-1:123456789012:cluster/acme", "acme"),
        ("arn:aws:rds:eu-west-1:123456789012:db:orders", "orders"),
        ("arn:aws:s3:::bucket", "bucket"),
        ("arn:", "arn:"),
        ("no arn: at/all", "no arn: at/all"),
        ("", ""),
    ],
)
def test_names_come_out_of_arns(arn, name):
    assert parts.name(arn) == name


def test_parts_that_say_nothing_are_left_out():
    assert parts.fields(Field("a", " "), Field("b", "c")) == (Field("b", "c"),)
    assert parts.links(Link("a", ""), Link("b", "https://c")) == (Link("b", "https://c"),)
    assert parts.joined("", "one.", "two", "…") == "one. two. …."
    assert parts.listed("x", ["", "a"]) == (Field("x", "`a`"),)
    assert parts.key("a", "") == parts.stamp(None) == parts.clock(None) == ""
    assert parts.strings([1, "", "a"]) == ["a"]


def test_times_of_any_kind():
    assert parts.epoch({"t": 1772446507123}, "t") == datetime(2026, 3, 2, 10, 15, 7, 123000, tzinfo=UTC)
    assert parts.epoch({}, "t") is None
    assert parts.epoch({"t": 1e18}, "t") is None
    assert parts.java_time("no date") is None
    at = datetime(2026, 3, 2, tzinfo=UTC)
    assert parts.seconds_between(at, at) == 0
    assert parts.seconds_between(at, None) is None


@pytest.mark.parametrize(
    "content", ["Event Source : " + "a\n" * 9000, "Timestamp: x\nMessage: " + "\n" * 9000]
)
def test_texts_that_only_begin_like_a_notification_stay_texts(content):
    assert events.kind_of(content) == "text"
