"""Alarms as they were found dead, always on, or lying, each beside the repair that makes it sound."""

from __future__ import annotations

from typing import Any

import pytest

CLUSTER = {"ClusterName": "shop"}
SERVICE = {"ClusterName": "shop", "ServiceName": "api"}
BALANCER = {"LoadBalancer": "app/shop/50dc6c495c0c9188"}
TARGETS = {**BALANCER, "TargetGroup": "targetgroup/api/73e2d6bc24d8a067"}
INSTANCE = {"InstanceId": "i-0123456789abcdef0"}
AT_LEAST, BELOW, AT_MOST = (
    "GreaterThanOrEqualToThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)


def of(namespace, metric_name, dimensions):
    return {"namespace": namespace, "metric_name": metric_name, "dimensions": dimensions}


# name: (rule, what is wrong, what repairs it)
CASES: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = {
    "running tasks looked for in AWS/ECS": (
        "ALM001",
        {
            "metric_name": "RunningTaskCount",
            "comparison_operator": BELOW,
            "threshold": 1,
            "treat_missing_data": "breaching",
        },
        {"namespace": "ECS/ContainerInsights"},
    ),
    "memory of an instance, which EC2 cannot see": (
        "ALM001",
        {"namespace": "AWS/EC2", "metric_name": "MemoryUtilization", "dimensions": INSTANCE, "period": 300},
        {"namespace": "CWAgent", "metric_name": "mem_used_percent"},
    ),
    "a load-balancer count without its suffix": (
        "ALM001",
        {
            **of("AWS/ApplicationELB", "HTTPCode_Target_5XX", BALANCER),
            "statistic": "Sum",
        },
        {"metric_name": "HTTPCode_Target_5XX_Count"},
    ),
    "a namespace in the wrong case": ("ALM001", {"namespace": "AWS/Ecs"}, {"namespace": "AWS/ECS"}),
    "unhealthy hosts of a whole load balancer": (
        "ALM002",
        {
            **of("AWS/ApplicationELB", "UnHealthyHostCount", BALANCER),
            "statistic": "Maximum",
            "threshold": 0,
        },
        {"dimensions": TARGETS},
    ),
    "running tasks of a whole cluster": (
        "ALM002",
        {
            **of("ECS/ContainerInsights", "RunningTaskCount", CLUSTER),
            "comparison_operator": BELOW,
            "threshold": 1,
            "treat_missing_data": "breaching",
        },
        {"dimensions": SERVICE},
    ),
    "healthy hosts of an ECS service": (
        "ALM002",
        {
            **of("AWS/ApplicationELB", "HealthyHostCount", SERVICE),
            "statistic": "Minimum",
            "comparison_operator": BELOW,
            "threshold": 1,
            "treat_missing_data": "breaching",
        },
        {"dimensions": TARGETS},
    ),
    "a load balancer's ARN instead of the end of it": (
        "ALM003",
        {
            "namespace": "AWS/ApplicationELB",
            "metric_name": "RejectedConnectionCount",
            "dimensions": {
                "LoadBalancer": "arn:aws:elasticloadbalancing:us-east-1:1234:loadbalancer/app/shop/50dc6c49"
            },
            "statistic": "Sum",
            "threshold": 0,
        },
        {"dimensions": BALANCER},
    ),
    "a queue's URL instead of its name": (
        "ALM003",
        {
            **of(
                "AWS/SQS",
                "ApproximateAgeOfOldestMessage",
                {"QueueName": "https://sqs.us-east-1.amazonaws.com/123456789012/orders"},
            ),
            "statistic": "Maximum",
        },
        {"dimensions": {"QueueName": "orders"}},
    ),
    "the sum of healthy hosts over all samples": (
        "ALM004",
        {
            **of("AWS/ApplicationELB", "HealthyHostCount", TARGETS),
            "statistic": "Sum",
            "comparison_operator": BELOW,
            "threshold": 2,
            "treat_missing_data": "breaching",
        },
        {"statistic": "Minimum"},
    ),
    "the average of a count whose every sample is 1": (
        "ALM004",
        {
            **of("AWS/ApplicationELB", "HTTPCode_Target_5XX_Count", TARGETS),
            "statistic": "Average",
            "threshold": 10,
        },
        {"statistic": "Sum"},
    ),
    "the mean of a 0/1 check": (
        "ALM004",
        {
            **of("AWS/EC2", "StatusCheckFailed", INSTANCE),
            "comparison_operator": AT_LEAST,
            "threshold": 1,
            "period": 300,
            "treat_missing_data": "missing",
        },
        {"statistic": "Maximum"},
    ),
    "an SMS success rate that is too high": (
        "ALM005",
        {"namespace": "AWS/SNS", "metric_name": "SMSSuccessRate", "dimensions": {}, "threshold": 0.9},
        {"comparison_operator": BELOW},
    ),
    "too few errors": (
        "ALM005",
        {
            **of("AWS/Lambda", "Errors", {"FunctionName": "orders"}),
            "statistic": "Sum",
            "comparison_operator": BELOW,
            "threshold": 1,
        },
        {"comparison_operator": AT_LEAST},
    ),
    "a tunnel state below zero": (
        "ALM006",
        {
            **of("AWS/VPN", "TunnelState", {"VpnId": "vpn-0123456789abcdef0"}),
            "statistic": "Maximum",
            "comparison_operator": BELOW,
            "threshold": 0,
        },
        {"threshold": 1},
    ),
    "gigabytes held against percent": (
        "ALM006",
        {
            "namespace": "ECS/ContainerInsights",
            "metric_name": "EphemeralStorageUtilized",
            "threshold": 90,
        },
        {"threshold": 18},
    ),
    "CPU units called percent": (
        "ALM006",
        {
            "alarm_description": "The api uses more than 80 % of its CPU.",
            "namespace": "ECS/ContainerInsights",
            "metric_name": "CpuUtilized",
        },
        {"namespace": "AWS/ECS", "metric_name": "CPUUtilization"},
    ),
    "a unit that does not exist": ("ALM006", {"unit": "Average"}, {"unit": None}),
    "a unit that is not the published one": ("ALM006", {"unit": "Count"}, {"unit": "Percent"}),
    "milliseconds held against seconds": (
        "ALM006",
        {
            **of("AWS/ApplicationELB", "TargetResponseTime", TARGETS),
            "threshold": 500,
        },
        {"threshold": 0.5},
    ),
    "gigabytes held against bytes": (
        "ALM006",
        {
            **of("AWS/RDS", "FreeStorageSpace", {"DBInstanceIdentifier": "shop"}),
            "comparison_operator": BELOW,
            "threshold": 10,
        },
        {"threshold": 10_000_000_000},
    ),
    "a share of one held against percent": (
        "ALM006",
        {
            **of("AWS/EC2", "CPUUtilization", INSTANCE),
            "threshold": 0.9,
            "period": 300,
        },
        {"threshold": 90},
    ),
    "more than all of the CPU": (
        "ALM006",
        {
            **of("AWS/EC2", "CPUUtilization", INSTANCE),
            "threshold": 100,
            "period": 300,
        },
        {"threshold": 90},
    ),
    "a latency above nothing": (
        "ALM007",
        {
            **of("AWS/AppSync", "Latency", {"GraphQLAPIId": "abc"}),
            "threshold": 0,
        },
        {"threshold": 2000},
    ),
    "capacity at its target": (
        "ALM007",
        {
            **of(
                "AWS/ECS/ManagedScaling",
                "CapacityProviderReservation",
                {"ClusterName": "shop", "CapacityProviderName": "ec2"},
            ),
            "comparison_operator": AT_LEAST,
            "threshold": 100,
        },
        {"comparison_operator": "GreaterThanThreshold"},
    ),
    "a count of at least nothing": (
        "ALM007",
        {
            **of("AWS/Lambda", "Throttles", {"FunctionName": "orders"}),
            "statistic": "Sum",
            "comparison_operator": AT_LEAST,
            "threshold": 0,
        },
        {"threshold": 1},
    ),
    "more than one failed notification": (
        "ALM008",
        {
            **of("AWS/SNS", "NumberOfNotificationsFailed", {"TopicName": "acme"}),
            "statistic": "Sum",
            "threshold": 1,
            "evaluation_periods": 1,
        },
        {"threshold": 0},
    ),
    "more than one failed delivery of a rule": (
        "ALM008",
        {
            **of("AWS/Events", "FailedInvocations", {"RuleName": "acme"}),
            "statistic": "Sum",
            "threshold": 1,
            "evaluation_periods": 1,
        },
        {"threshold": 0},
    ),
    "more than one dead letter": (
        "ALM008",
        {
            **of("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": "orders-dlq"}),
            "statistic": "Maximum",
            "threshold": 1,
        },
        {"threshold": 0},
    ),
    "any lost notification, five minutes in a row": (
        "ALM009",
        {
            **of("AWS/SNS", "NumberOfNotificationsRedrivenToDlq", {"TopicName": "acme"}),
            "statistic": "Sum",
            "threshold": 0,
            "datapoints_to_alarm": 5,
        },
        {"datapoints_to_alarm": 1},
    ),
    "no task, and silence is well": (
        "ALM010",
        {
            "namespace": "ECS/ContainerInsights",
            "metric_name": "RunningTaskCount",
            "comparison_operator": AT_MOST,
            "threshold": 0,
            "treat_missing_data": "notBreaching",
        },
        {"treat_missing_data": "breaching"},
    ),
    "no healthy host, and nobody told of silence": (
        "ALM010",
        {
            **of("AWS/ApplicationELB", "HealthyHostCount", TARGETS),
            "statistic": "Minimum",
            "comparison_operator": BELOW,
            "threshold": 1,
            "treat_missing_data": "missing",
        },
        {"insufficient_data_actions": ["arn:aws:sns:us-east-1:123456789012:acme-critical"]},
    ),
    "a status check that fails on a stopped instance": (
        "ALM010",
        {
            **of("AWS/EC2", "StatusCheckFailed", INSTANCE),
            "statistic": "Maximum",
            "comparison_operator": AT_LEAST,
            "threshold": 1,
            "treat_missing_data": "breaching",
        },
        {"treat_missing_data": "missing"},
    ),
    "sparse errors whose silence is an error": (
        "ALM010",
        {
            **of("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", BALANCER),
            "statistic": "Sum",
            "treat_missing_data": "breaching",
        },
        {"treat_missing_data": "notBreaching"},
    ),
    "sparse errors whose silence is no data": (
        "ALM010",
        {
            **of("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", BALANCER),
            "statistic": "Sum",
            "treat_missing_data": "missing",
        },
        {"treat_missing_data": "notBreaching"},
    ),
    "a run that did not happen and sends no 0": (
        "ALM010",
        {
            **of("AWS/Lambda", "Invocations", {"FunctionName": "nightly"}),
            "statistic": "Sum",
            "comparison_operator": BELOW,
            "threshold": 1,
            "period": 3600,
        },
        {"treat_missing_data": "breaching"},
    ),
    "half a minute of a metric that comes every minute": (
        "ALM011",
        {
            "namespace": "ECS/ContainerInsights",
            "metric_name": "RunningTaskCount",
            "comparison_operator": BELOW,
            "threshold": 1,
            "treat_missing_data": "breaching",
            "period": 30,
        },
        {"period": 60},
    ),
    "more bad datapoints than periods": ("ALM012", {"datapoints_to_alarm": 6}, {"datapoints_to_alarm": 5}),
    "a window of more than a day": (
        "ALM012",
        {"period": 300, "evaluation_periods": 300},
        {"evaluation_periods": 288},
    ),
    "a period that does not exist": ("ALM012", {"period": 90}, {"period": 120}),
    "an alarm that tells nobody": (
        "ALM014",
        {"alarm_actions": []},
        {"alarm_actions": ["arn:aws:sns:us-east-1:123456789012:acme"]},
    ),
    "no heartbeat, and nobody told of silence": (
        "ALM014",
        {
            **of("CWAgent", "mem_used_percent", INSTANCE),
            "statistic": "SampleCount",
            "comparison_operator": BELOW,
            "threshold": 1,
            "treat_missing_data": "missing",
        },
        {"treat_missing_data": "breaching"},
    ),
    "no words": ("ALM017", {"alarm_description": None}, {"tags": {"Runbook": "https://example.com/cpu"}}),
    "an ECS cluster called an EC2 instance": (
        "ALM018",
        {
            "alarm_name": "monitor-ec2-instance",
            "alarm_description": "CPU is too high.",
            "dimensions": CLUSTER,
        },
        {"namespace": "AWS/EC2", "dimensions": INSTANCE, "period": 300},
    ),
    "a mean called a percentile": (
        "ALM018",
        {
            "alarm_description": "p99 latency is too high.",
            **of("AWS/ApplicationELB", "TargetResponseTime", TARGETS),
            "threshold": 1,
        },
        {
            "statistic": None,
            "extended_statistic": "p99",
            "evaluate_low_sample_count_percentiles": "ignore",
        },
    ),
    "a percentile of few": (
        "ALM020",
        {
            **of("AWS/ApplicationELB", "TargetResponseTime", TARGETS),
            "statistic": None,
            "extended_statistic": "p99",
            "threshold": 1,
        },
        {"evaluate_low_sample_count_percentiles": "ignore"},
    ),
    "the disk of an instance that its group will replace": (
        "ALM021",
        {
            **of("CWAgent", "disk_used_percent", {**INSTANCE, "path": "/", "AutoScalingGroupName": "shop"}),
            "treat_missing_data": "missing",
        },
        {"tags": {"managed-by": "instance-alarms"}},
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_finds_the_dead_and_the_lying(case, lint, metric_alarm, ids):
    rule, wrong, _ = CASES[case]
    assert ids(lint(metric_alarm(**wrong))) == [rule]


@pytest.mark.parametrize("case", CASES)
def test_finds_nothing_once_it_is_repaired(case, lint, metric_alarm, ids):
    _, wrong, repair = CASES[case]
    assert ids(lint(metric_alarm(**wrong | repair))) == []


def test_every_finding_names_the_alarm_and_what_to_do(lint, metric_alarm):
    for _, wrong, _ in CASES.values():
        ((source, finding),) = lint(metric_alarm(**wrong)).findings
        assert source == "plan.json"
        assert finding.address == "aws_cloudwatch_metric_alarm.this"
        assert finding.name == wrong.get("alarm_name", "acme-api-cpu")
        assert finding.message.endswith(".")
        assert finding.fix.endswith(".")


def test_names_the_namespace_that_has_the_metric(lint, metric_alarm):
    alarm = metric_alarm(metric_name="RunningTaskCount", treat_missing_data="breaching")
    ((_, finding),) = lint(alarm).findings
    assert "ECS/ContainerInsights has one of that name" in finding.fix
