"""What a reader sees of ECS, EC2, EBS and Auto Scaling."""

import copy

import pytest

from notify_slack import events, exits
from notify_slack.blocks import headline
from notify_slack.envelope import unwrap
from notify_slack.events import autoscaling, ec2, ecs_task
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


def test_a_task_out_of_memory_says_which_container_and_why(load):
    alert = parse(load("ecs_task-stopped"))
    assert headline(alert) == "STOPPED: ECS task of api in acme"
    assert (alert.status, alert.suggested) == (Status.FIRING, Severity.WARNING)
    assert alert.summary == (
        "An essential container exited after 59 min: `api`, exit code 137: killed, out of memory "
        "(OutOfMemoryError: Container killed due to memory usage)."
    )
    assert lines(alert)[1] == "`proxy`: exit code 0: finished without an error"
    assert fields(alert) == {
        "Task definition": "acme-api:42",
        "Task": "0f1e2d3c4b5a69788796a5b4c3d2e1f0",
        "Deployment": "ecs-svc/2718281828459045235",
        "Host": "9a8b7c6d5e4f30214253647586978a9b in eu-west-1a",
        "Stop code": "EssentialContainerExited",
    }
    page = "https://eu-west-1.console.aws.amazon.com/ecs/v2/clusters/acme"
    task = f"{page}/tasks/0f1e2d3c4b5a69788796a5b4c3d2e1f0"
    assert links(alert) == {
        "Task": f"{task}/configuration?region=eu-west-1",
        "Logs": f"{task}/logs?region=eu-west-1",
        "Service": f"{page}/services/api/health?region=eu-west-1",
    }


def test_a_task_never_shows_its_environment(load):
    assert "not-for-slack" not in repr(parse(load("ecs_task-stopped")))


def test_copies_of_a_task_event_share_its_version_whatever_their_id(load):
    event = load("ecs_task-stopped")
    again = event | {"id": "another"}
    assert parse(event).key == parse(again).key != parse(changed(event, version=8)).key
    assert parse(changed(event, version=None)).key == event["id"]


ONE = [{"name": "api", "exitCode": 1}]
DONE = [{"name": "api", "exitCode": 0}]
ASKED = [{"name": "api", "exitCode": 143}]
KILLED = [{"name": "api", "exitCode": 137}]
SCHEDULER = "ServiceSchedulerInitiated"
SCALING = "Scaling activity initiated by (deployment ecs-svc/1)"
ELB = "Task failed ELB health checks in (target-group acme)"


@pytest.mark.parametrize(
    ("detail", "status", "said"),
    [
        ({"containers": ONE}, Status.FIRING, "`api`, exit code 1: the program ended with an error"),
        ({"containers": DONE}, Status.FIRING, "An essential container exited after 59 min."),
        ({"containers": DONE, "group": "family:report"}, Status.NOTICE, "exited after 59 min."),
        ({"containers": KILLED}, Status.FIRING, "137: killed, probably out of memory"),
        ({"containers": KILLED, "stopCode": "UserInitiated"}, Status.NOTICE, "it did not end in time"),
        ({"containers": ASKED, "stopCode": SCHEDULER, "stoppedReason": SCALING}, Status.NOTICE, SCALING),
        ({"containers": ONE, "stopCode": SCHEDULER, "stoppedReason": SCALING}, Status.FIRING, SCALING),
        ({"containers": ASKED, "stopCode": SCHEDULER, "stoppedReason": ELB}, Status.FIRING, ELB),
        ({"containers": [], "stopCode": "SpotInterruption"}, Status.FIRING, "Spot capacity was taken back"),
        ({"containers": [], "stopCode": "SomethingNew"}, Status.NOTICE, "The task stopped after 59 min."),
        ({"containers": ONE, "stopCode": None}, Status.FIRING, "The task stopped after 59 min: `api`"),
        ({"containers": DONE, "stopCode": None}, Status.NOTICE, "The task stopped after 59 min."),
        (
            {
                "stopCode": "TaskFailedToStart",
                "startedAt": None,
                "stoppedReason": "CannotPullContainerError: not found",
                "containers": [{"name": "api", "reason": "CannotPullContainerError: not found"}],
            },
            Status.FIRING,
            "The task failed to start: `api`, CannotPullContainerError: not found.",
        ),
    ],
)
def test_a_stop_is_bad_news_only_when_nobody_planned_it(detail, status, said, load):
    alert = parse(changed(load("ecs_task-stopped"), **detail))
    assert alert.status is status
    assert said in alert.summary
    assert alert.suggested is (Severity.WARNING if status is Status.FIRING else Severity.INFO)


def test_a_task_that_was_run_once_and_succeeded_has_finished(load):
    alert = parse(changed(load("ecs_task-stopped"), containers=DONE, group="family:report", clusterArn=""))
    assert headline(alert) == "ECS task of acme-api:42 finished"
    assert lines(alert) == ["`api`: exit code 0: finished without an error"]
    assert alert.links == ()


@pytest.mark.parametrize(
    ("detail", "title", "said"),
    [
        ({"lastStatus": "PROVISIONING"}, "ECS task of api in acme is provisioning", "going to RUNNING"),
        ({"lastStatus": "RUNNING"}, "ECS task of api in acme is running", "The task is RUNNING."),
        ({"healthStatus": "UNHEALTHY"}, "UNHEALTHY: ECS task of api in acme", "Its health check fails."),
        (
            {"healthStatus": "UNHEALTHY", "desiredStatus": "STOPPED"},
            "ECS task of api in acme is running",
            "The task is RUNNING, going to STOPPED. Its health check fails.",
        ),
    ],
)
def test_a_task_that_runs(detail, title, said, load):
    running = {"lastStatus": "RUNNING", "desiredStatus": "RUNNING", "stopCode": None, "stoppedReason": None}
    containers = [
        {"name": "api", "lastStatus": "RUNNING", "healthStatus": "HEALTHY"},
        {"lastStatus": "RUNNING"},
    ]
    event = changed(load("ecs_task-stopped"), **running | {"containers": containers} | detail)
    alert = parse(event)
    assert headline(alert) == title
    assert said in alert.summary
    assert lines(alert) == ["`api`: RUNNING, HEALTHY", "container: RUNNING"]


def test_many_containers_are_counted(load):
    containers = [{"name": f"c{n}", "exitCode": 1} for n in range(14)]
    assert lines(parse(changed(load("ecs_task-stopped"), containers=containers)))[-1] == ": and 4 more"


def test_a_task_without_anything_stays_readable():
    alert = parse({"source": "aws.ecs", "detail-type": "ECS Task State Change", "id": "e1", "detail": None})
    assert headline(alert) == "ECS task of unknown service is unknown state"
    assert alert.key == "e1"


def test_a_task_started_by_hand_says_by_whom(load):
    alert = parse(changed(load("ecs_task-stopped"), startedBy="alice", containerInstanceArn=None))
    assert fields(alert)["Started by"] == "alice"
    assert fields(alert)["Host"] == "EC2 in eu-west-1a"


@pytest.mark.parametrize(
    ("code", "reason", "planned", "said"),
    [
        (139, "", False, "exit code 139: segmentation fault (SIGSEGV)"),
        (138, "", False, "exit code 138: ended by signal 10"),
        (77, "", False, "exit code 77: ended with an error"),
        (1, "boom", False, "exit code 1: the program ended with an error (boom)"),
        (137, "", True, "exit code 137: killed: it did not end in time after it was asked to stop"),
        (137, "OutOfMemoryError", True, "exit code 137: killed, out of memory (OutOfMemoryError)"),
    ],
)
def test_exit_codes_in_words(code, reason, planned, said):
    assert exits.sentence(code, reason, planned=planned) == said


def test_every_documented_stop_code_is_in_the_table():
    assert set(ecs_task.STOPS) == {
        *("TaskFailedToStart", "EssentialContainerExited", "UserInitiated"),
        *("ServiceSchedulerInitiated", "SpotInterruption", "TerminationNotice"),
    }


def test_a_placement_failure_names_what_is_missing(load):
    alert = parse(load("ecs-service_action"))
    assert headline(alert) == "task placement failure: ECS service api in acme"
    assert alert.suggested is Severity.CRITICAL
    assert alert.summary == "No instance can take another task of the service. Not enough memory."
    assert lines(alert) == ["Container instance: `9a8b7c6d5e4f30214253647586978a9b`"]
    assert fields(alert) == {"Capacity providers": "`acme-ec2`"}


@pytest.mark.parametrize(
    ("detail", "status", "severity", "title"),
    [
        (
            ("INFO", "SERVICE_STEADY_STATE"),
            Status.NOTICE,
            Severity.INFO,
            "ECS service api in acme: steady state",
        ),
        (("WARN", "SERVICE_TASK_START_IMPAIRED"), Status.FIRING, Severity.WARNING, "task start impaired"),
        (("ERROR", "ECS_OPERATION_THROTTLED"), Status.FIRING, Severity.WARNING, "ecs operation throttled"),
        (("ERROR", "SERVICE_SOMETHING_NEW"), Status.FIRING, Severity.CRITICAL, "something new: ECS service"),
        (("NEW", ""), Status.NOTICE, Severity.WARNING, "ECS service api in acme: unknown event"),
    ],
)
def test_service_actions_by_type(detail, status, severity, title, load):
    alert = parse(changed(load("ecs-service_action"), eventType=detail[0], eventName=detail[1], reason=None))
    assert (alert.status, alert.suggested) == (status, severity)
    assert title in headline(alert)


def test_service_actions_list_what_they_touch(load):
    group = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/acme-api/0123456789abcdef"
    task = "arn:aws:ecs:eu-west-1:123456789012:task/acme/{}"
    alert = parse(
        changed(
            load("ecs-service_action"),
            containerInstanceArns=None,
            taskArns=[task.format(n) for n in range(12)],
            ec2InstanceIds=["i-1"],
            targetGroupArns=[group],
            desiredCount=3,
        )
    )
    assert lines(alert)[9:] == [
        "Task: `9`",
        "Task: and 2 more",
        "Instance: `i-1`",
        "Target group: `acme-api`",
    ]
    assert alert.summary.endswith("3 tasks desired.")


def test_a_failed_deployment(load):
    alert = parse(load("ecs-deployment"))
    assert headline(alert) == "deployment failed: ECS service api in acme"
    assert alert.summary == "The deployment failed. ECS deployment circuit breaker: task failed to start."
    assert links(alert)["Deployments"].endswith("/clusters/acme/services/api/deployments?region=eu-west-1")
    assert alert.subject_key.endswith("service/acme/api|ecs-svc/2718281828459045235")


def test_a_service_with_an_old_arn_has_no_page(load):
    event = load("ecs-deployment") | {"resources": ["arn:aws:ecs:eu-west-1:123456789012:service/api"]}
    alert = parse(event)
    assert headline(alert) == "deployment failed: ECS service api"
    assert alert.links == ()


@pytest.mark.parametrize(
    ("detail", "title", "status"),
    [
        ({}, "agent disconnected: ECS instance i-0123456789abcdef0 in acme", Status.FIRING),
        ({"agentConnected": True}, "ECS instance i-0123456789abcdef0 in acme is active", Status.NOTICE),
        ({"status": "INACTIVE"}, "ECS instance i-0123456789abcdef0 in acme is inactive", Status.NOTICE),
        (
            {"agentConnected": True, "status": "REGISTRATION_FAILED", "statusReason": "no ENI"},
            "REGISTRATION_FAILED: ECS instance i-0123456789abcdef0 in acme",
            Status.FIRING,
        ),
        (
            {"agentConnected": True, "status": "NEW", "clusterArn": None, "version": None},
            "ECS instance i-0123456789abcdef0 is new",
            Status.NOTICE,
        ),
    ],
)
def test_container_instances(detail, title, status, load):
    alert = parse(changed(load("ecs-container_instance"), **detail))
    assert headline(alert) == title
    assert alert.status is status
    assert bool(alert.links) is ("clusterArn" not in detail)


def test_a_disconnected_agent_says_what_that_means(load):
    alert = parse(load("ecs-container_instance"))
    assert alert.summary == "The ECS agent is disconnected: no task can start or stop on the instance."
    assert fields(alert)["Running tasks"] == "3"
    assert alert.key.endswith("container-instance/acme/9a8b7c6d5e4f30214253647586978a9b|31")


@pytest.mark.parametrize(
    ("name", "title", "severity", "said"),
    [
        (
            "state_change",
            "EC2 instance i-0123456789abcdef0 is terminated",
            Severity.WARNING,
            "been terminated",
        ),
        (
            "spot_interruption",
            "Spot interruption: EC2 instance i-0123456789abcdef0",
            Severity.WARNING,
            "two min",
        ),
        ("rebalance", "EC2 instance i-0123456789abcdef0 should be replaced", Severity.WARNING, "higher risk"),
        ("spot_fulfilled", "i-0123456789abcdef0 launched for a Spot request", Severity.INFO, "sir-1a2b3c4d"),
    ],
)
def test_instances(name, title, severity, said, load):
    alert = parse(load(f"ec2-{name}"))
    assert title in headline(alert)
    assert alert.suggested is severity
    assert said in alert.summary
    assert links(alert)["Instance"] == (
        "https://eu-west-1.console.aws.amazon.com/ec2/home?region=eu-west-1"
        "#InstanceDetails:instanceId=i-0123456789abcdef0"
    )


def test_instance_states_and_actions_not_known_yet(load):
    state = changed(load("ec2-state_change"), state="levitating", **{"instance-id": None})
    assert headline(parse(state)) == "EC2 instance i-0123456789abcdef0 is levitating"
    assert parse(state).suggested is Severity.INFO
    other = changed(load("ec2-spot_interruption"), **{"instance-action": "x"})
    assert parse(other).summary == "EC2 takes the Spot instance back in two minutes."
    nameless = changed(load("ec2-state_change") | {"resources": []}, state=None, **{"instance-id": None})
    assert headline(parse(nameless)) == "EC2 instance without an id is in an unknown state"
    assert set(ec2.INTERRUPTIONS) == {"terminate", "stop", "hibernate"}


KEY = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"


@pytest.mark.parametrize(
    ("name", "title", "summary"),
    [
        (
            "volume",
            "attach volume failed: EBS volume vol-0123456789abcdef0",
            f"Attach volume: failed. {KEY} is disabled.",
        ),
        (
            "snapshot",
            "EBS snapshot snap-0123456789abcdef0: create snapshot: succeeded",
            "Create snapshot: succeeded.",
        ),
        (
            "snapshots",
            "create snapshots failed: EBS snapshots of i-0123456789abcdef0",
            "Create snapshots: failed. Snapshot snap-0123456789abcdef1 is in status deleted.",
        ),
        (
            "fast_restore",
            "Fast restore of EBS snapshot snap-0123456789abcdef0: enabled",
            "Enabled. Client.UserInitiated - Lifecycle state transition.",
        ),
    ],
)
def test_volumes_and_snapshots(name, title, summary, load):
    alert = parse(load(f"ebs-{name}"))
    assert headline(alert) == title
    assert alert.summary == summary


def test_all_snapshots_of_an_instance_are_listed(load):
    alert = parse(load("ebs-snapshots"))
    assert lines(alert) == ["completed: snap-0123456789abcdef0", "error: snap-0123456789abcdef1"]
    assert fields(alert)["Source"] == "i-0123456789abcdef0"
    assert alert.links == ()
    assert links(parse(load("ebs-volume")))["Volume"].endswith(
        "#VolumeDetails:volumeId=vol-0123456789abcdef0"
    )


def test_a_failed_launch_is_the_same_event_in_both_forms(load):
    sns, event = parse(load("autoscaling-sns")), parse(load("autoscaling-launch_failed"))
    assert sns.key == event.key == "aaaaaaaa-0000-4000-8000-000000000001|launch failed"
    for alert in (sns, event):
        assert headline(alert) == "launch failed: Auto Scaling group acme-workers"
        assert (alert.status, alert.suggested) == (Status.FIRING, Severity.WARNING)
        assert alert.summary.startswith("The group could not launch an instance. We currently do not have")
        assert (alert.account, alert.region) == ("123456789012", "eu-west-1")
        assert links(alert)["Group"].endswith("#AutoScalingGroupDetails:id=acme-workers;view=activity")
    assert lines(sns) == ["Alarm: `acme-production-workers-backlog`"]
    assert fields(sns)["Zone"] == "eu-west-1a"


def test_the_token_of_a_lifecycle_hook_is_not_shown(load):
    for name in ("hook", "launch_hook", "terminate_hook"):
        alert = parse(load(f"autoscaling-{name}"))
        assert headline(alert) == "Auto Scaling group acme-workers waits for a lifecycle hook"
        assert fields(alert)["Hook"] == "drain"
        assert "99999999" not in repr(alert)
        assert "not for everybody" not in repr(alert)


def test_a_test_notification_says_so(load):
    alert = parse(load("autoscaling-test"))
    assert headline(alert) == "Auto Scaling group acme-workers sends its notifications here"
    assert alert.summary == "This is a test: Auto Scaling can reach this channel."


def test_an_activity_not_known_yet_is_told_in_its_own_words(load, wrap):
    body = {"Service": "AWS Auto Scaling", "AutoScalingGroupName": "g", "Event": "autoscaling:NEW_THING"}
    alert = parse(wrap.sns_lambda(body))
    assert headline(alert) == "Auto Scaling group g autoscaling:new thing"
    assert alert.key == "sns-1"
    assert alert.region == "eu-west-1"
    empty = parse({"Service": "AWS Auto Scaling", "AutoScalingGroupName": "", "Event": ""})
    assert headline(empty) == "Auto Scaling group without a name unknown event"


def test_a_checkpoint_says_how_far_it_is(load):
    alert = parse(load("autoscaling-refresh_checkpoint"))
    assert headline(alert) == "Auto Scaling group acme-workers reached a checkpoint of its instance refresh"
    assert fields(alert)["Checkpoint"] == "50 %"
    assert set(autoscaling.TYPES) < set(events.PARSERS)


@pytest.mark.parametrize(
    ("detail", "title", "summary"),
    [
        (
            {},
            "at maximum: Scaling of service/acme/api",
            "Capacity 6 → 8. It cannot scale out any further.",
        ),
        (
            {"scaledToMax": False, "statusMessage": "Done"},
            "Scaling of service/acme/api successful",
            "Capacity 6 → 8. Done.",
        ),
        (
            {"scaledToMax": False, "statusCode": "Failed", "oldDesiredCapacity": None, "maxCapacity": None},
            "Failed: Scaling of service/acme/api",
            "Capacity 8.",
        ),
        (
            {"scaledToMax": None, "statusCode": None, "newDesiredCapacity": None, "resourceId": None},
            "Scaling of a resource without an id in an unknown state",
            "The scaling activity is in an unknown state.",
        ),
    ],
)
def test_scaling_of_services(detail, title, summary, load):
    alert = parse(changed(load("application_autoscaling-maximum"), **detail))
    assert headline(alert) == title
    assert alert.summary == summary
