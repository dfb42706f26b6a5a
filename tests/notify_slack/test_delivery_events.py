"""What a reader sees of CodeBuild, CodePipeline, CodeDeploy, CodeCommit and ECR."""

import pytest

from notify_slack import events
from notify_slack.envelope import unwrap
from notify_slack.model import Severity, Status


def parse(event):
    (received,) = unwrap(event)
    return events.parse(received)


def values(fields):
    return {field.title: field.value for field in fields}


def as_notification(event):
    """What a notification rule of CodeStar sends by SNS for the same event."""
    names = ("account", "region", "source", "time", "detail", "resources")
    return {name: event[name] for name in names} | {
        "detailType": event["detail-type"],
        "notificationRuleArn": "arn:aws:codestar-notifications:eu-west-1:123456789012:notificationrule/1",
        "additionalAttributes": {},
    }


@pytest.mark.parametrize(
    "name",
    [
        "codebuild-state",
        "codebuild-phase",
        "codepipeline-action",
        "codepipeline-stage",
        "codepipeline-execution",
        "codedeploy-deployment",
    ],
)
def test_a_codestar_notification_is_the_event_itself(name, load):
    event = load(name)
    notification = parse(as_notification(event))
    assert notification.key == parse(event).key
    assert (notification.title, notification.summary) == (parse(event).title, parse(event).summary)


def test_a_detail_type_in_camel_case_alone_is_no_notification(load):
    event = as_notification(load("codebuild-state"))
    del event["notificationRuleArn"]
    assert parse(event).kind == "generic"


def test_a_build_says_which_phase_failed_and_why(load):
    found = parse(load("codebuild-state"))
    assert (found.title, found.state, found.status) == ("Build acme-api #42", "FAILED", Status.FIRING)
    assert found.summary == (
        "The build of `acme-api` failed. COMMAND_EXECUTION_ERROR: Error while executing command: make test. "
        "Reason: exit status 2."
    )
    assert list(values(found.details)) == ["BUILD"]
    assert [link.label for link in found.links] == ["Build", "Logs"]
    assert values(found.fields)["Lasted"] == "1 min"


@pytest.mark.parametrize(
    ("state", "status", "title"),
    [
        ("SUCCEEDED", Status.NOTICE, "Build acme-api #42 succeeded"),
        ("STOPPED", Status.NOTICE, "Build acme-api #42 was stopped"),
        ("IN_PROGRESS", Status.NOTICE, "Build acme-api #42 is in progress"),
        ("TIMED_OUT", Status.FIRING, "Build acme-api #42"),
        ("NEW_STATE", Status.NOTICE, "Build acme-api #42 new state"),
        ("", Status.NOTICE, "Build acme-api #42 changed"),
    ],
)
def test_builds(state, status, title, load):
    event = load("codebuild-state")
    event["detail"]["build-status"] = state
    found = parse(event)
    assert (found.status, found.title) == (status, title)


def test_a_phase(load):
    event = load("codebuild-phase")
    found = parse(event)
    assert (found.state, found.summary) == (
        "BUILD FAILED",
        "Phase BUILD of `acme-api` failed. COMMAND_EXECUTION_ERROR: exit status 2.",
    )
    event["detail"] |= {
        "completed-phase-duration-seconds": None,
        "additional-information": {},
        "build-id": "",
    }
    found = parse(event)
    assert (found.title, found.links, found.key) == ("Build acme-api", (), event["id"])
    assert "Lasted" not in values(found.fields)


def test_a_failed_phase_without_a_message_names_its_status(load):
    event = load("codebuild-state")
    event["detail"]["additional-information"]["phases"][1] |= {
        "phase-status": "TIMED_OUT",
        "phase-context": [],
    }
    assert values(parse(event).details) == {"BUILD": "TIMED_OUT"}


def test_a_pipelines_action_says_why_it_failed(load):
    found = parse(load("codepipeline-action"))
    assert (found.title, found.status) == ("Pipeline acme / Deploy / ToProduction", Status.FIRING)
    assert found.summary == (
        "Action `ToProduction` in stage `Deploy` of pipeline `acme` failed. Deployment d-ACME1 failed."
    )
    assert values(found.fields)["Action by"] == "CodeDeploy Deploy"
    assert [link.label for link in found.links] == ["Execution", "Details"]


@pytest.mark.parametrize(
    ("state", "status", "title"),
    [
        ("STARTED", Status.NOTICE, "Pipeline acme started"),
        ("SUCCEEDED", Status.NOTICE, "Pipeline acme succeeded"),
        ("SUPERSEDED", Status.NOTICE, "Pipeline acme was superseded by a newer execution"),
        ("FAILED", Status.FIRING, "Pipeline acme"),
        ("NEW_STATE", Status.NOTICE, "Pipeline acme is new state"),
        (None, Status.NOTICE, "Pipeline acme changed"),
    ],
)
def test_pipelines(state, status, title, load):
    event = load("codepipeline-execution")
    event["detail"]["state"] = state
    found = parse(event)
    assert (found.status, found.title) == (status, title)


def test_a_notification_names_the_failed_actions(load):
    event = as_notification(load("codepipeline-execution"))
    event["detail"]["state"] = "FAILED"
    event["additionalAttributes"] = {
        "failedActions": [{"action": "Test", "additionalInformation": "exit status 2"}, {"action": "Lint"}]
    }
    assert parse(event).summary == "An execution of pipeline `acme` failed. Test: exit status 2, Lint."


def test_an_action_without_its_stage_and_a_pipeline_without_a_name(load):
    event = load("codepipeline-action")
    event["detail"] |= {"stage": "", "pipeline": "", "execution-id": ""}
    found = parse(event)
    assert found.summary.startswith("Action `ToProduction` of pipeline")
    assert [link.label for link in found.links] == ["Details"]
    event["detail"]["pipeline"] = "acme"
    assert parse(event).links[0].url.endswith("/pipelines/acme/view?region=eu-west-1")


def test_an_approval_is_asked_for(load):
    body = load("codepipeline-approval")
    found = parse(body)
    assert (found.state, found.title) == ("Approval needed", "Pipeline acme / Release / Approve")
    assert found.summary.endswith("It expires at 2026-03-09 10:15 UTC.")
    assert found.description == "Version 20 of the api."
    assert [link.label for link in found.links] == ["Review", "What to review", "Pipeline"]
    body["approval"] |= {"expires": None, "externalEntityLink": "javascript:alert(1)"}
    found = parse(body)
    assert "expires" not in found.summary
    assert [link.label for link in found.links] == ["Review", "Pipeline"]


def test_a_job_for_a_function(load):
    body = load("codepipeline-job")
    assert parse(body).summary == "CodePipeline calls function `acme-smoke-test`."
    body["CodePipeline.job"]["data"] = {}
    assert parse(body).title == "CodePipeline job for a function"


def test_a_deployment_says_why_it_failed(load):
    found = parse(load("codedeploy-sns"))
    assert (found.title, found.status) == ("Deployment d-ACME1 of acme-api", Status.FIRING)
    assert found.summary == (
        "Deployment `d-ACME1` of `acme-api` to `production` failed. "
        "HEALTH_CONSTRAINTS: Too few healthy instances are left."
    )
    assert f"{found.at:%H:%M}" == "10:15"


def test_a_deployment_is_one_event_by_sns_and_by_eventbridge(load):
    by_event, by_sns = parse(load("codedeploy-deployment")), parse(load("codedeploy-sns"))
    assert by_event.key == by_sns.key
    assert by_event.subject_key == by_sns.subject_key


@pytest.mark.parametrize(
    ("state", "status", "title"),
    [
        ("START", Status.NOTICE, "Deployment d-ACME1 of acme-api started"),
        ("SUCCESS", Status.NOTICE, "Deployment d-ACME1 of acme-api succeeded"),
        ("STOP", Status.FIRING, "Deployment d-ACME1 of acme-api"),
        ("NEW_STATE", Status.NOTICE, "Deployment d-ACME1 of acme-api new state"),
        ("", Status.NOTICE, "Deployment d-ACME1 of acme-api changed"),
    ],
)
def test_deployments(state, status, title, load):
    event = load("codedeploy-deployment")
    event["detail"]["state"] = state
    found = parse(event)
    assert (found.status, found.title) == (status, title)


def test_an_instance_names_the_life_cycle_events_that_went_wrong(load):
    body = load("codedeploy-instance-sns")
    found = parse(body)
    assert found.summary == "Deployment `d-ACME1` failed on `i-0aaaabbbbccccdddd`."
    assert values(found.details) == {"ValidateService": "failed"}
    assert parse(body | {"lifecycleEvents": "no JSON"}).details == ()
    assert parse(load("codedeploy-instance")).title.endswith("on i-0aaaabbbbccccdddd of acme-api succeeded")


def test_a_hook(load):
    assert parse(load("codedeploy-hook")).title == "Deployment d-ACME1 runs its hook"
    assert parse(load("codedeploy-sns") | {"deploymentId": ""}).links == ()


def test_a_deleted_branch_is_worth_a_warning(load):
    found = parse(load("codecommit-repository"))
    assert (found.title, found.suggested) == ("Branch release in acme-api deleted", Severity.WARNING)
    assert found.summary == "alice: Branch release deleted in `acme-api`."


def test_pull_requests(load):
    event = load("codecommit-pull-request")
    found = parse(event)
    assert found.title == "Pull request 7 in acme-api was merged"
    assert found.summary.endswith("Retry payments.")
    assert (values(found.fields)["From"], values(found.fields)["To"]) == ("retry", "main")
    event["detail"] |= {"event": "pullRequestStatusChanged", "isMerged": "False"}
    assert parse(event).title == "Pull request 7 in acme-api changed its status"
    event["detail"] |= {"event": "somethingNew", "callerUserArn": ""}
    found = parse(event)
    assert found.summary.startswith("Somebody: Pull request 7 ")
    assert found.description == "A pull request was created."


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("comment", "Commit 89abcdef in acme-api has a new comment"),
        ("request-comment", "Pull request 7 in acme-api has a new comment"),
        ("template", "Approval rule template two-reviewers created"),
    ],
)
def test_comments_and_templates(name, title, load):
    assert parse(load(f"codecommit-{name}")).title == title


def test_links_to_what_was_committed(load):
    event = load("codecommit-repository")
    event["detail"] |= {"event": "referenceUpdated", "commitId": "89abcdef0123"}
    assert parse(event).links[0].url.endswith("/repositories/acme-api/commit/89abcdef0123?region=eu-west-1")
    event = load("codecommit-comment")
    del event["detail"]["afterCommitId"]
    assert parse(event).links[0].url.endswith("/repositories/acme-api/browse?region=eu-west-1")


def test_a_trigger_lists_every_reference(load):
    record = load("codecommit-trigger")
    found = parse({"Records": [record]})
    assert (found.title, found.summary) == (
        "Repository acme-api: 2 references changed",
        "alice changed main, v20.",
    )
    assert values(found.details) == {"main": "`89abcdef`", "v20": "`01234567`"}
    found = parse(record | {"codecommit": {}, "userIdentityARN": "", "eventSourceARN": ""})
    assert (found.summary, found.links) == ("Somebody changed it.", ())


@pytest.mark.parametrize(
    ("change", "status", "title"),
    [
        ({}, Status.FIRING, "Scan of image acme/api:v20"),
        ({"finding-severity-counts": {"LOW": 3}}, Status.NOTICE, "Scan of image acme/api:v20 found 3 low"),
        ({"finding-severity-counts": {}}, Status.NOTICE, "Scan of image acme/api:v20 found nothing"),
        ({"scan-status": "FAILED"}, Status.FIRING, "Scan of image acme/api:v20"),
        ({"scan-status": ""}, Status.FIRING, "Scan of image acme/api:v20"),
    ],
)
def test_image_scans(change, status, title, load):
    event = load("ecr-scan")
    event["detail"] |= change
    found = parse(event)
    assert (found.status, found.title) == (status, title)


def test_an_image_scan_counts_what_it_found(load):
    assert parse(load("ecr-scan")).summary == "The scan of `acme/api:v20` found 2 critical, 5 high."


@pytest.mark.parametrize(
    ("name", "change", "status", "title", "said"),
    [
        ("action", {}, Status.NOTICE, "Image acme/api:v20 pushed", "`acme/api:v20`: pushed."),
        ("action", {"result": "FAILURE"}, Status.FIRING, "Image acme/api:v20", "push failed."),
        ("action", {"action-type": "TAG_IT"}, Status.NOTICE, "Image acme/api:v20 tag it", "tag it."),
        ("action", {"action-type": "", "image-tag": ""}, Status.NOTICE, "Image acme/api changed", "changed."),
        ("replication", {}, Status.NOTICE, "Image acme/api:v20 replicated", "replicated."),
        ("pull-through", {}, Status.FIRING, "Image public/nginx:1.27",
         "UPSTREAM_UNAVAILABLE: The upstream registry did not answer."),
        ("pull-through", {"sync-status": "SUCCESS"}, Status.NOTICE,
         "Image public/nginx:1.27 cached from upstream", "cached from upstream."),
        ("scan-change", {}, Status.NOTICE, "ECR registry changed its scan frequency",
         "The registry: changed"),
    ],
)  # fmt: skip
def test_image_actions(name, change, status, title, said, load):
    event = load(f"ecr-{name}")
    event["detail"] |= change
    found = parse(event)
    assert (found.status, found.title) == (status, title)
    assert said in found.summary


def test_scan_settings_of_each_repository(load):
    event = load("ecr-scan-change")
    assert values(parse(event).details) == {"acme/api": "manual → scan on push"}
    event["detail"]["repositories"][0] |= {"repository-name": "", "previous-scan-frequency": ""}
    assert values(parse(event).details) == {"api": "scan on push"}
