"""The facts about AWS's metrics: well-formed, consistent, and sure of what alarms depend on."""

from __future__ import annotations

from importlib import resources

import pytest

from alarms import knowledge
from alarms.knowledge import Gaps, Role

KNOWN = knowledge.load()
METRICS = [metric for namespace in KNOWN.namespaces.values() for metric in namespace.metrics.values()]
CATALOGUE = (
    "AWS/ECS",
    "AWS/ECS/ManagedScaling",
    "ECS/ContainerInsights",
    "AWS/AutoScaling",
    "AWS/EC2",
    "AWS/EBS",
    "CWAgent",
    "AWS/ApplicationELB",
    "AWS/NetworkELB",
    "AWS/ELB",
    "AWS/Lambda",
    "LambdaInsights",
    "AWS/SQS",
    "AWS/SNS",
    "AWS/RDS",
    "AWS/DynamoDB",
    "AWS/CertificateManager",
    "AWS/NATGateway",
    "AWS/EFS",
    "AWS/Scheduler",
    "AWS/Backup",
    "AWS/Billing",
    "AWS/Usage",
    "AWS/Events",
)


@pytest.mark.parametrize("namespace", CATALOGUE)
def test_every_namespace_of_the_catalogue_is_known(namespace):
    facts = KNOWN.namespace(namespace)
    assert facts is not None
    assert facts.metrics
    assert facts.source.startswith("https://docs.aws.amazon.com/")


def test_every_data_file_is_one_namespace():
    files = [f for f in (resources.files("alarms.knowledge") / "data").iterdir() if f.name.endswith(".toml")]
    assert len(files) == len(KNOWN.namespaces)


def test_facts_do_not_contradict_each_other():
    for metric in METRICS:
        where = f"{metric.namespace} {metric.name}"
        assert metric.minimum < metric.maximum, where
        assert metric.better in {None, "high", "low"}, where
        assert not (metric.role in {Role.ERROR, Role.LOST} and metric.better == "high"), where
        assert not set(metric.only_statistics) & set(metric.meaningless_statistics), where
        assert not metric.implausible_why.endswith("."), where
        named = (metric.implausible_above, metric.implausible_below) != (
            knowledge.INFINITY,
            -knowledge.INFINITY,
        )
        assert named == bool(metric.implausible_why), where
        assert metric.unit != "Percent" or metric.minimum == 0, where


def test_a_part_and_its_whole_are_in_one_namespace():
    for metric in METRICS:
        for other in filter(None, (metric.share_of, metric.outside_of)):
            assert KNOWN.metric(metric.namespace, other), f"{metric.namespace} {metric.name}: {other}"


def test_a_dimension_with_a_form_belongs_to_some_metric():
    for namespace in KNOWN.namespaces.values():
        known = {name for metric in namespace.metrics.values() for s in metric.dimension_sets for name in s}
        assert not known or namespace.dimensions.keys() <= known, namespace.name


@pytest.mark.parametrize(
    ("namespace", "name", "dimensions"),
    [
        ("ECS/ContainerInsights", "RunningTaskCount", [{"ClusterName", "ServiceName"}]),
        ("AWS/ECS", "CPUUtilization", [{"ClusterName"}, {"ClusterName", "ServiceName"}]),
        ("AWS/SQS", "ApproximateAgeOfOldestMessage", [{"QueueName"}]),
        ("AWS/DynamoDB", "UserErrors", [set()]),
    ],
)
def test_dimension_sets(namespace, name, dimensions):
    facts = KNOWN.metric(namespace, name)
    assert facts is not None
    assert sorted(map(sorted, facts.dimension_sets)) == sorted(map(sorted, dimensions))


def test_healthy_hosts_are_never_published_for_a_load_balancer_alone():
    for namespace in ("AWS/ApplicationELB", "AWS/NetworkELB"):
        facts = KNOWN.metric(namespace, "HealthyHostCount")
        assert facts is not None
        assert facts.role is Role.PRESENCE
        assert frozenset({"LoadBalancer"}) not in facts.dimension_sets
        assert frozenset({"LoadBalancer", "TargetGroup"}) in facts.dimension_sets


def test_what_silence_means():
    gaps = {
        ("AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count"): Gaps.ZERO,
        ("AWS/Lambda", "Errors"): Gaps.IDLE,
        ("AWS/EC2", "StatusCheckFailed"): Gaps.GONE,
        ("AWS/SQS", "ApproximateNumberOfMessagesVisible"): Gaps.NEVER,
    }
    for (namespace, name), expected in gaps.items():
        facts = KNOWN.metric(namespace, name)
        assert facts is not None
        assert facts.gaps is expected, name


def test_a_family_is_known_without_being_listed():
    rds = KNOWN.namespace("AWS/RDS")
    assert rds is not None
    assert rds.knows("AuroraGlobalDBRPOLag")
    assert not rds.knows("RunningTaskCount")


def test_homes_of_a_metric():
    assert KNOWN.homes("RunningTaskCount") == ("ECS/ContainerInsights",)
    assert KNOWN.homes("NoSuchMetric") == ()


MINIMAL = """
namespace = "Acme/Shop"
source = "https://example.com"
complete = true
[[group]]
names = ["Orders"]
"""


def test_reads_a_file():
    facts = knowledge.parse(MINIMAL)
    assert facts.knows("Orders")
    assert facts.metrics["Orders"].minimum == -knowledge.INFINITY


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (MINIMAL + "dimension = []\n", "unknown key dimension"),
        (MINIMAL + '[[group]]\nnames = ["Orders"]\n', "Orders is listed twice"),
        ("colour = 1\n" + MINIMAL, "unknown key colour"),
    ],
)
def test_refuses_a_file_naming_the_culprit(text, complaint):
    with pytest.raises(ValueError, match=complaint):
        knowledge.parse(text)
