"""Launches, stops, ends, tags, late metrics, storms and faults, against moto."""

import io
import json
import zipfile
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from tests.instance_alarms.fake import Aws
from tests.instance_alarms.world import RECONCILE, TOPICS, World, batch, state_change

from instance_alarms.errors import ConfigError, EventError, RetryableError

CHECKS = {"attached-volumes-check/critical", "instance-check/critical", "system-check/critical"}
AGENT = {"memory/warning", "memory/critical", "heartbeat/warning"}


def disk(mount):
    return {
        f"{alarm}/{mount}/{severity}" for alarm in ("space", "inodes") for severity in ("warning", "critical")
    }


def fault(code, times=1):
    """Raises an error of AWS so many times, then nothing."""
    left = [times]

    def raised():
        if left[0]:
            left[0] -= 1
            return ClientError({"Error": {"Code": code, "Message": "Rate exceeded"}}, "PutMetricAlarm")
        return None

    return raised


def test_a_cold_event_of_one_instance_takes_six_calls(world):
    id_ = world.launch()
    assert world.invoke(batch(state_change(id_))) == {"batchItemFailures": []}
    assert world.of(id_) == CHECKS
    assert world.calls == {"DescribeInstances": 1, "ListMetrics": 1, "DescribeAlarms": 1, "PutMetricAlarm": 3}


def test_the_same_event_again_changes_nothing_and_takes_three_calls(world):
    id_ = world.launch()
    world.agent(id_, "/", "/data")
    world.invoke(batch(state_change(id_)))
    before = world.alarms()
    world.calls.clear()
    world.invoke(batch(state_change(id_)))
    assert world.alarms() == before
    assert world.calls == {"DescribeInstances": 1, "ListMetrics": 1, "DescribeAlarms": 1}


def test_every_mount_gets_the_numbers_of_the_seed(world):
    id_ = world.launch(Name="web-1")
    world.agent(id_, "/", "/data", "/var/lib/docker")
    world.invoke(batch(state_change(id_)))
    assert world.of(id_) == CHECKS | AGENT | disk("rootfs") | disk("data") | disk("var/lib/docker")
    warning = world.alarms()[f"acme-auto/{id_}/space/data/warning"]
    critical = world.alarms()[f"acme-auto/{id_}/space/data/critical"]
    assert (warning["Threshold"], critical["Threshold"]) == (60, 80)
    for alarm, topic in ((warning, "warning"), (critical, "critical")):
        assert (alarm["Period"], alarm["DatapointsToAlarm"], alarm["EvaluationPeriods"]) == (300, 2, 2)
        assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPICS[topic]]
        assert alarm["Dimensions"] == [
            {"Name": "InstanceId", "Value": id_},
            {"Name": "MountPath", "Value": "/data"},
        ]
    assert f"/data of web-1 ({id_}) is more than 60 % full" in warning["AlarmDescription"]
    assert warning["AlarmDescription"].endswith("Runbook: docs/runbooks/cwa-disk.md")
    tags = world.cloudwatch.list_tags_for_resource(ResourceARN=warning["AlarmArn"])["Tags"]
    assert {"Key": "managed-by", "Value": "acme-instance-alarms"} in tags


@pytest.mark.parametrize("end", ["stop_instances", "terminate_instances"])
def test_a_stopped_and_a_terminated_instance_lose_them(world, end):
    id_ = world.launch()
    world.agent(id_)
    world.invoke(batch(state_change(id_)))
    getattr(world.ec2, end)(InstanceIds=[id_])
    world.calls.clear()
    world.invoke(batch(state_change(id_, "stopped")))
    assert world.of(id_) == set()
    assert world.calls == {"DescribeInstances": 1, "DescribeAlarms": 1, "DeleteAlarms": 1}


def test_a_stopped_instance_can_be_muted_and_wakes_up_again(world):
    world.config["stopped"] = "mute"
    id_ = world.launch()
    world.invoke(batch(state_change(id_)))
    world.ec2.stop_instances(InstanceIds=[id_])
    world.invoke(batch(state_change(id_, "stopped")))
    assert {alarm["ActionsEnabled"] for alarm in world.alarms().values()} == {False}
    world.ec2.start_instances(InstanceIds=[id_])
    world.calls.clear()
    world.invoke(batch(state_change(id_)))
    assert {alarm["ActionsEnabled"] for alarm in world.alarms().values()} == {True}
    assert world.calls["EnableAlarmActions"] == 1
    assert world.calls["PutMetricAlarm"] == 0


def test_an_instance_that_aws_forgot_loses_its_alarms(world):
    id_ = world.launch()
    world.invoke(batch(state_change(id_)))
    other = "i-0123456789abcdef0"
    world.cloudwatch.put_metric_alarm(
        **{
            **{
                key: value
                for key, value in world.alarms()[f"acme-auto/{id_}/system-check/critical"].items()
                if key in ("AlarmDescription", "MetricName", "Namespace", "Statistic", "Period")
            },
            "AlarmName": f"acme-auto/{other}/system-check/critical",
            "EvaluationPeriods": 1,
            "Threshold": 1,
            "ComparisonOperator": "GreaterThanThreshold",
        }
    )
    world.invoke(batch(state_change(other, "terminated")))
    assert world.of(other) == set()
    assert world.of(id_) == CHECKS


def test_ec2_may_not_know_yet_what_it_has_told_of(world):
    unknown = "i-0123456789abcdef0"
    assert world.invoke(batch(state_change(unknown, "running"))) == {
        "batchItemFailures": [{"itemIdentifier": "m0"}]
    }


def test_metrics_that_come_late_are_caught_by_the_same_record_shown_again(world):
    world.now = datetime.now(UTC)  # just launched
    id_ = world.launch()
    again = {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert world.invoke(batch(state_change(id_))) == again
    assert world.of(id_) == CHECKS
    world.agent(id_)
    assert world.invoke(batch(state_change(id_))) == again
    assert world.of(id_) == CHECKS | AGENT | disk("rootfs")


def test_and_by_the_reconcile(world):
    id_ = world.launch()
    world.invoke(batch(state_change(id_)))
    world.agent(id_)
    world.invoke(batch(RECONCILE))
    assert world.of(id_) == CHECKS | AGENT | disk("rootfs")


@pytest.mark.parametrize(("end", "state"), [("stop", "stopped"), ("terminate", "terminated")])
def test_an_alarm_made_while_its_instance_ends_is_taken_away_by_the_second_look(world, end, state):
    """One worker saw it running and is putting its alarms; another is told of the end and finds none yet."""
    id_ = world.launch()
    told: list[object] = []

    def ends_meanwhile():
        if not told:
            getattr(world.ec2, f"{end}_instances")(InstanceIds=[id_])
            told.append(None)
            told.append(world.invoke(batch(state_change(id_, state), received=1)))

    world.faults["PutMetricAlarm"] = ends_meanwhile
    world.invoke(batch(state_change(id_)))
    assert world.of(id_) == CHECKS  # too late
    assert told[1] == {"batchItemFailures": [{"itemIdentifier": "m0"}]}
    assert world.invoke(batch(state_change(id_, state), received=2)) == {"batchItemFailures": []}
    assert world.of(id_) == set()


def test_a_reconcile_takes_no_alarm_that_is_made_meanwhile_for_an_orphan(world):
    """An instance starts, and gets its alarms, while the reconcile reads the account."""
    ids: list[str] = []

    def starts_meanwhile():
        if not ids:
            ids.append(world.launch())
            world.invoke(batch(state_change(ids[0])))

    # After the instances were read, before the metrics are.
    world.faults["ListMetrics"] = starts_meanwhile
    world.invoke(batch(RECONCILE))
    assert world.of(ids[0]) == CHECKS


def test_silence_is_not_absence(world, monkeypatch):
    id_ = world.launch()
    world.agent(id_)
    world.invoke(batch(state_change(id_)))
    there = world.of(id_)
    from moto.cloudwatch.models import cloudwatch_backends  # noqa: PLC0415 - only here

    cloudwatch_backends["123456789012"]["us-east-1"].metric_data = []
    world.invoke(batch(state_change(id_)))
    world.invoke(batch(RECONCILE))
    assert world.of(id_) == there


def test_tags_change_what_there_is(world):
    id_ = world.launch(**{"alarms:space": "70/90", "alarms:space:/data": "40/-", "alarms:inodes": "off"})
    world.agent(id_, "/", "/data")
    world.invoke(batch(state_change(id_)))
    alarms = world.alarms()
    assert alarms[f"acme-auto/{id_}/space/rootfs/warning"]["Threshold"] == 70
    assert alarms[f"acme-auto/{id_}/space/rootfs/critical"]["Threshold"] == 90
    assert alarms[f"acme-auto/{id_}/space/data/warning"]["Threshold"] == 40
    assert world.of(id_) == CHECKS | AGENT | {
        "space/rootfs/warning",
        "space/rootfs/critical",
        "space/data/warning",
    }
    world.tag(id_, **{"alarms:space:/data": "off", "alarms:memory": "off"})
    world.invoke(batch(RECONCILE))
    assert world.of(id_) == CHECKS | {"heartbeat/warning", "space/rootfs/warning", "space/rootfs/critical"}
    world.tag(id_, alarms="off")
    world.invoke(batch(RECONCILE))
    assert world.of(id_) == set()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ("plenty", "is not WARNING/CRITICAL, as in 60/80"),
        ("60/lots", "'lots' where a number should be"),
        ("60/180", "180 %, which is not from 0 to 100"),
        ("nan/80", "'nan' where a number should be"),
        ("90/70", "comes before the warning"),
    ],
)
def test_a_tag_that_cannot_be_read_stops_no_other_alarm(world, value, reason):
    id_ = world.launch(**{"alarms:space": value})
    world.agent(id_)
    world.invoke(batch(state_change(id_)))
    assert world.of(id_) == CHECKS | AGENT | disk("rootfs")
    assert world.alarms()[f"acme-auto/{id_}/space/rootfs/critical"]["Threshold"] == 80
    (problem,) = world.log("problem")
    assert f"{id_}: the tag alarms:space={value}" in problem["problem"]
    assert reason in problem["problem"]


def test_only_tagged_instances_where_the_account_says_so(world):
    world.config["watch"] = "tagged"
    one, other = world.launch(), world.launch(alarms="on")
    world.invoke(batch(state_change(one), state_change(other)))
    assert (world.of(one), world.of(other)) == (set(), CHECKS)


def test_the_environment_decides_who_hears(world):
    world.config["environments"] = {"staging": {"critical": "warning"}, "sandbox": {"critical": "none"}}
    ids = {name: world.launch(Environment=name) for name in ("production", "staging", "sandbox")}
    world.invoke(batch(*(state_change(id_) for id_ in ids.values())))
    heard = {
        name: world.alarms()[f"acme-auto/{id_}/system-check/critical"]["AlarmActions"]
        for name, id_ in ids.items()
    }
    assert heard == {"production": [TOPICS["critical"]], "staging": [TOPICS["warning"]], "sandbox": []}


def test_file_systems_in_memory_and_images_have_none(world):
    id_ = world.launch()
    for path, kind in (("/", "ext4"), ("/dev/shm", "tmpfs"), ("/x", "overlay"), ("/snap/core", "squashfs")):
        world.publish("disk_used_percent", InstanceId=id_, path=path, fstype=kind, device="nvme0n1p1")
    world.invoke(batch(state_change(id_)))
    assert world.of(id_) == CHECKS | {"space/rootfs/warning", "space/rootfs/critical"}
    names = {one["Name"] for one in world.alarms()[f"acme-auto/{id_}/space/rootfs/warning"]["Dimensions"]}
    assert names == {"InstanceId", "path", "fstype", "device"}


def test_one_mount_under_two_devices_is_one_alarm_on_the_worst(world):
    id_ = world.launch()
    for device in ("nvme1n1", "nvme2n1"):
        world.publish("disk_used_percent", InstanceId=id_, path="/data", fstype="xfs", device=device)
    world.invoke(batch(state_change(id_)))
    alarm = world.alarms()[f"acme-auto/{id_}/space/data/warning"]
    assert alarm["Metrics"][-1]["Expression"] == "MAX([m0, m1])"
    world.calls.clear()
    world.invoke(batch(state_change(id_)))
    assert world.calls["PutMetricAlarm"] == 0


def test_windows_counts_what_is_free(world):
    id_ = world.launch()
    for drive in ("C:", "_Total", "HarddiskVolume1"):
        world.publish("LogicalDisk % Free Space", InstanceId=id_, instance=drive, objectname="LogicalDisk")
    world.invoke(batch(state_change(id_)))
    assert world.of(id_) == CHECKS | {"free-space/C:/warning", "free-space/C:/critical"}
    alarm = world.alarms()[f"acme-auto/{id_}/free-space/C:/critical"]
    assert (alarm["ComparisonOperator"], alarm["Threshold"], alarm["Statistic"]) == (
        "LessThanThreshold",
        20,
        "Minimum",
    )


def test_windows_has_memory_and_a_heartbeat(world):
    id_ = world.launch()
    world.publish("Memory % Committed Bytes In Use", InstanceId=id_, objectname="Memory")
    world.invoke(batch(state_change(id_)))
    windows = {"windows-memory/warning", "windows-memory/critical", "windows-heartbeat/warning"}
    assert world.of(id_) == CHECKS | windows
    heartbeat = world.alarms()[f"acme-auto/{id_}/windows-heartbeat/warning"]
    assert (heartbeat["Statistic"], heartbeat["TreatMissingData"]) == ("SampleCount", "breaching")
    assert heartbeat["Dimensions"] == [
        {"Name": "InstanceId", "Value": id_},
        {"Name": "objectname", "Value": "Memory"},
    ]


@pytest.mark.parametrize(
    ("type_", "expected"),
    [
        ("t2.micro", {"system-check/critical", "instance-check/critical", "cpu-credits/warning"}),
        ("t3.micro", CHECKS),
        ("m4.large", {"system-check/critical", "instance-check/critical"}),
    ],
)
def test_a_type_has_what_its_hardware_has(world, type_, expected):
    id_ = world.launch(type_)
    world.invoke(batch(state_change(id_)))
    assert world.of(id_) == expected


def test_a_t3_in_standard_mode_says_so_by_tag(world):
    id_ = world.launch("t3.micro", **{"alarms:cpu-credits": "on"})
    world.invoke(batch(state_change(id_)))
    assert world.of(id_) == CHECKS | {"cpu-credits/warning"}


class TestGroups:
    @pytest.fixture
    def group(self, world):
        ids = [world.launch(**{"aws:autoscaling:groupName": "web"}) for _ in range(2)]
        for id_ in ids:
            world.agent(id_, AutoScalingGroupName="web")
        world.publish("disk_used_percent", AutoScalingGroupName="web", MountPath="/")
        return ids

    def test_a_group_pages_by_the_share_of_its_hosts(self, world, group):
        world.invoke(batch(*map(state_change, group)))
        alarms = world.alarms()
        shared = alarms["acme-auto/asg:web/space/rootfs/critical"]
        assert (shared["ExtendedStatistic"], shared["Threshold"]) == ("PR(80:100)", 25)
        assert shared["AlarmActions"] == [TOPICS["critical"]]
        assert shared["Dimensions"] == [
            {"Name": "AutoScalingGroupName", "Value": "web"},
            {"Name": "MountPath", "Value": "/"},
        ]
        single = alarms[f"acme-auto/{group[0]}/space/rootfs/critical"]
        assert single["AlarmActions"] == [TOPICS["warning"]]
        assert "group web" in single["AlarmDescription"]

    def test_what_no_group_metric_tells_pages_by_each_host(self, world, group):
        world.invoke(batch(*map(state_change, group)))
        assert world.alarms()[f"acme-auto/{group[0]}/memory/critical"]["AlarmActions"] == [TOPICS["critical"]]

    def test_every_host_pages_where_asked_for(self, world, group):
        world.config["paging"] = "host"
        world.invoke(batch(*map(state_change, group)))
        assert world.of("asg:web") == set()
        single = world.alarms()[f"acme-auto/{group[0]}/space/rootfs/critical"]
        assert single["AlarmActions"] == [TOPICS["critical"]]

    def test_the_groups_alarms_go_with_its_last_host(self, world, group):
        world.invoke(batch(*map(state_change, group)))
        world.ec2.terminate_instances(InstanceIds=group[:1])
        world.invoke(batch(RECONCILE))
        assert world.of("asg:web") == {"space/rootfs/critical"}
        world.ec2.terminate_instances(InstanceIds=group[1:])
        world.invoke(batch(RECONCILE))
        assert world.alarms() == {}

    def test_events_and_the_reconcile_agree(self, world, group):
        world.invoke(batch(*map(state_change, group)))
        before = world.alarms()
        world.calls.clear()
        world.invoke(batch(RECONCILE))
        assert world.alarms() == before
        assert not {"PutMetricAlarm", "DeleteAlarms"} & world.calls.keys()

    def test_a_cold_event_of_a_member_takes_six_calls_too(self, world):
        id_ = world.launch(**{"aws:autoscaling:groupName": "web"})
        world.invoke(batch(state_change(id_)))
        assert world.calls.total() == 6
        assert world.alarms()[f"acme-auto/{id_}/system-check/critical"]["AlarmActions"] == [TOPICS["warning"]]


def test_container_instances(world):
    id_ = world.launch()
    own = {"ClusterName": "prod", "ContainerInstanceId": "abc", "InstanceId": id_}
    for dimensions in (own, {"ClusterName": "prod"}):
        world.publish("instance_filesystem_utilization", namespace="ECS/ContainerInsights", **dimensions)
    world.invoke(batch(state_change(id_)))
    assert world.of(id_) == CHECKS | {"instance-disk/warning", "instance-disk/critical"}
    assert world.of("ecs:prod") == {"instance-disk/critical"}
    assert world.alarms()[f"acme-auto/{id_}/instance-disk/critical"]["AlarmActions"] == [TOPICS["warning"]]


def test_nobody_elses_alarm_is_touched(world):
    id_ = world.launch()
    base = {
        "MetricName": "m",
        "Namespace": "n",
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 1,
        "Threshold": 1,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    names = [
        f"acme-auto/{id_}/system-check/critical",
        "acme-auto/i-0123456789abcdef0/memory/warning",
        "acme-auto/else",
        "acme-auto-scaling",
        "other-auto/i-0123456789abcdef0/memory/warning",
    ]
    for name in names:
        world.cloudwatch.put_metric_alarm(AlarmName=name, **base)
    before = world.alarms()
    world.invoke(batch(state_change(id_), RECONCILE))
    world.ec2.terminate_instances(InstanceIds=[id_])
    world.invoke(batch(state_change(id_, "terminated"), RECONCILE))
    assert world.alarms() == before
    assert any("was not made by us" in line["problem"] for line in world.log("problem"))


def test_two_hundred_at_once():
    world, aws = World(puts_per_second=3), Aws()
    world.use(aws)
    ids = [f"i-{number:08x}" for number in range(200)]
    for id_ in ids:
        aws.launch(id_)
    left = batch(*map(state_change, ids))["Records"]
    while left:
        some, left = left[:5], left[5:]
        back = {one["itemIdentifier"] for one in world.invoke({"Records": some})["batchItemFailures"]}
        left += [record for record in some if record["messageId"] in back]
    assert set(aws.stored) == {f"acme-auto/{id_}/{check}" for id_ in ids for check in CHECKS}
    assert world.seconds >= 150  # 600 at 3 a second, but for the first of each batch
    assert all(aws.tags[name]["managed-by"] == "acme-instance-alarms" for name in aws.stored)


def test_throttling_is_waited_out(world):
    id_ = world.launch()
    world.faults["PutMetricAlarm"] = fault("Throttling", 4)
    assert world.invoke(batch(state_change(id_))) == {"batchItemFailures": []}
    assert world.of(id_) == CHECKS
    waits = [wait for wait in world.slept if wait >= 0.5]
    assert waits == sorted(waits)


def test_what_does_not_end_in_time_goes_back_and_is_done_the_next_time(world):
    one, other = world.launch(), world.launch()
    world.faults["PutMetricAlarm"] = fault("Throttling", 12)
    back = world.invoke(batch(state_change(one), state_change(other)), remaining=20)
    assert {record["itemIdentifier"] for record in back["batchItemFailures"]} == {"m0", "m1"}
    world.faults.clear()
    assert world.invoke(batch(state_change(one), state_change(other))) == {"batchItemFailures": []}
    assert world.of(one) == world.of(other) == CHECKS


@pytest.mark.parametrize(
    "operation", ["ListMetrics", "DescribeAlarms", "PutMetricAlarm", "DescribeInstances"]
)
def test_a_failure_of_aws_gives_the_record_back(world, operation):
    id_ = world.launch()
    world.faults[operation] = fault("InternalServiceError", 3)
    assert world.invoke(batch(state_change(id_)))["batchItemFailures"] == [{"itemIdentifier": "m0"}]
    world.faults.clear()
    assert world.invoke(batch(state_change(id_))) == {"batchItemFailures": []}
    assert world.of(id_) == CHECKS


def test_an_unreachable_aws_gives_the_record_back(world):
    id_ = world.launch()
    world.faults["PutMetricAlarm"] = lambda: ConnectTimeoutError(endpoint_url="x")
    assert world.invoke(batch(state_change(id_)))["batchItemFailures"] == [{"itemIdentifier": "m0"}]


def test_one_instances_failure_costs_no_other_one(world):
    one, other = world.launch(), world.launch()
    world.faults["PutMetricAlarm"] = fault("InternalServiceError", 1)
    back = world.invoke(batch(state_change(one), state_change(other)))
    assert len(back["batchItemFailures"]) == 1
    assert sorted(map(len, (world.of(one), world.of(other)))) == [0, 3]


def test_an_alarm_that_aws_refuses_stops_no_other_one(world):
    id_ = world.launch()
    world.faults["PutMetricAlarm"] = fault("ValidationError", 1)
    assert world.invoke(batch(state_change(id_))) == {"batchItemFailures": []}
    assert len(world.of(id_)) == 2
    assert "AWS refuses it" in world.log("problem")[0]["problem"]


def test_an_alarm_in_somebodys_composite_does_not_keep_the_others(world):
    id_ = world.launch()
    world.invoke(batch(state_change(id_)))
    world.ec2.terminate_instances(InstanceIds=[id_])
    world.faults["DeleteAlarms"] = fault("ValidationError", 2)  # all three, then the first half
    world.invoke(batch(state_change(id_, "terminated")))
    assert len(world.of(id_)) == 1


def test_what_is_not_understood_goes_back_alone(world):
    id_ = world.launch()
    strange = [
        "no json",
        "[]",
        '{"detail-type": "Other"}',
        state_change("../etc"),
        state_change(id_, "asleep"),
        {**state_change(id_), "detail": None},
    ]
    back = world.invoke(batch(state_change(id_), *strange))
    assert [record["itemIdentifier"] for record in back["batchItemFailures"]] == [
        f"m{number}" for number in range(1, 7)
    ]
    assert world.of(id_) == CHECKS
    assert len(world.log("not understood")) == 6


def test_an_event_may_come_without_a_queue(world):
    id_ = world.launch()
    assert world.invoke(state_change(id_))["changed"]["created"] == 3
    assert world.invoke(RECONCILE)["changed"]["put"] == 0
    with pytest.raises(EventError):
        world.invoke({"detail-type": "Other"})
    world.faults["DescribeAlarms"] = fault("InternalServiceError", 9)
    with pytest.raises(RetryableError):
        world.invoke(RECONCILE)


def test_one_message_for_a_batch_of_changes(world):
    sns = world.client("sns")
    world.topic = sns.create_topic(Name="acme-info")["TopicArn"]
    ids = [world.launch(), world.launch(**{"alarms:memory": "much"})]
    world.invoke(batch(*map(state_change, ids)))
    assert world.calls["Publish"] == 0  # off by default
    world.config["notice"] = True
    for id_ in ids:
        world.agent(id_)
    world.invoke(batch(*map(state_change, ids)))
    assert world.calls["Publish"] == 1
    world.invoke(batch(*(state_change(id_) for id_ in ids[:1])))
    assert world.calls["Publish"] == 1  # nothing changed


def test_a_notice_that_fails_costs_no_alarm(world):
    world.config["notice"] = True
    world.topic = "arn:aws:sns:us-east-1:123456789012:acme-gone"
    id_ = world.launch()
    assert world.invoke(batch(state_change(id_))) == {"batchItemFailures": []}
    assert world.log("the notice was not sent")


def test_a_configuration_that_cannot_be_used_says_where(world):
    world.config["paging"] = "maybe"
    with pytest.raises(ConfigError, match=r"paging is 'maybe'. Use share, host"):
        world.invoke(RECONCILE)


def test_the_zip_is_small_and_brings_no_sdk(package):
    content = package.build(package.FUNCTIONS["instance_alarms"])
    assert len(content) < 1_000_000
    names = zipfile.ZipFile(io.BytesIO(content)).namelist()
    assert {name.split("/")[0] for name in names} == {"instance_alarms"}
    assert "instance_alarms/templates.json" in names


def test_the_log_is_json(world):
    id_ = world.launch()
    world.invoke(batch(state_change(id_)))
    assert all(json.loads(line)["level"] for line in world.lines)
