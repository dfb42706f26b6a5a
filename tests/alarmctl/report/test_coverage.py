"""What is watched and what is not, in an account of moto's."""

import json
import re
from fnmatch import fnmatchcase
from types import SimpleNamespace

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from moto import mock_aws

from alarmctl.account import Account
from alarmctl.cli import main
from alarmctl.lint import describe
from alarmctl.report import coverage, history, inventory

ALL = inventory.KINDS
REGION = "eu-west-1"
TOPIC = f"arn:aws:sns:{REGION}:123456789012:acme-critical"
RUN = ["report", "coverage", "--region", REGION]


@pytest.fixture
def aws(monkeypatch):
    """Clients of an empty account."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    # moto's other services take long to import, and one needs more packages.
    looked_at = {"instances", "queues", "topics", "eventbridge_rules"}
    monkeypatch.setattr(inventory, "KINDS", [kind for kind in ALL if kind.catalogue in looked_at])
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


def put_alarm(aws, name, queue="orders", **changes):
    """An alarm on a queue's depth that is in OK and whose metric has data."""
    cloudwatch = aws("cloudwatch")
    metric = {"Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible"}
    dimensions = [{"Name": "QueueName", "Value": queue}]
    cloudwatch.put_metric_alarm(
        **{
            "AlarmName": name,
            **metric,
            "Dimensions": dimensions,
            "Statistic": "Maximum",
            "Period": 60,
            "EvaluationPeriods": 1,
            "Threshold": 1.0,
            "ComparisonOperator": "GreaterThanThreshold",
            "AlarmActions": [TOPIC],
        }
        | changes
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="test")
    return lambda: cloudwatch.put_metric_data(
        Namespace="AWS/SQS",
        MetricData=[{"MetricName": metric["MetricName"], "Dimensions": dimensions, "Value": 0.0}],
    )


def report(capsys, *options):
    code = main([*RUN, "--format", "json", *options])
    return code, json.loads(capsys.readouterr().out)


def queues(found, key):
    return [entry["name"] for entry in found[key] if entry["kind"] == "SQS queue"]


def test_a_queue_with_a_working_alarm_is_watched_and_one_without_is_not(aws, capsys):
    for name in ("orders", "mails"):
        aws("sqs").create_queue(QueueName=name)
    put_alarm(aws, "acme-orders")()
    code, found = report(capsys)
    assert code == 1
    assert queues(found, "without_an_alarm") == ["mails"]
    assert found["broken_alarms"] == []
    code, found = report(capsys, "--ignore", "SQS queue/mails", "--ignore", "EventBridge*")
    assert queues(found, "without_an_alarm") == []


@pytest.mark.parametrize(
    ("changes", "has_data", "why"),
    [
        ({"AlarmActions": []}, True, coverage.NO_ACTION),
        ({"ActionsEnabled": False}, True, coverage.DISABLED),
        ({}, False, coverage.NO_DATA),
    ],
)
def test_an_alarm_that_does_not_work_watches_nothing(aws, capsys, changes, has_data, why):
    aws("sqs").create_queue(QueueName="orders")
    publish = put_alarm(aws, "acme-orders", **changes)
    if has_data:
        publish()
    _, found = report(capsys)
    assert found["broken_alarms"] == [{"name": "acme-orders", "why": [why]}]
    (half,) = found["without_a_working_alarm"]
    assert (half["name"], half["alarms"]) == ("orders", ["acme-orders"])


def test_silence_is_no_fault_of_a_metric_that_counts_faults():
    metric = {"Namespace": "AWS/Events", "MetricName": "FailedInvocations"}
    alarm = describe.metric_alarm(
        {
            "AlarmName": "acme-rule",
            **metric,
            "Dimensions": [{"Name": "RuleName", "Value": "nightly"}],
            "AlarmActions": [TOPIC],
        }
    )
    states = {"acme-rule": "INSUFFICIENT_DATA"}
    assert coverage.measure([], [alarm], published={}, states=states).broken == ()


def test_an_alarm_that_has_no_data_now_is_named(aws, capsys):
    put_alarm(aws, "acme-orders")()
    aws("cloudwatch").set_alarm_state(
        AlarmName="acme-orders", StateValue="INSUFFICIENT_DATA", StateReason="test"
    )
    _, found = report(capsys)
    assert found["broken_alarms"] == [{"name": "acme-orders", "why": [coverage.SILENT]}]
    _, found = report(capsys, "--name", "other-stack")
    assert (found["alarms"], found["broken_alarms"]) == (0, [])


def test_a_composite_alarm_that_tells_somebody_speaks_for_its_children():
    child = describe.metric_alarm({"AlarmName": "acme-orders"})
    parent = {"AlarmName": "acme-shop", "AlarmRule": 'ALARM("acme-orders")', "AlarmActions": [TOPIC]}
    for told, broken in ((parent, []), (parent | {"AlarmActions": []}, ["acme-orders", "acme-shop"])):
        alarms = [child, describe.composite_alarm(told)]
        found = coverage.measure([], alarms, published=None, states={})
        assert [one.name for one in found.broken] == broken


def test_instances_count_with_the_alarms_of_their_group_and_only_while_they_run(aws, capsys):
    ec2 = aws("ec2")
    image = ec2.describe_images()["Images"][0]["ImageId"]
    tags = {
        "ResourceType": "instance",
        "Tags": [{"Key": "aws:autoscaling:groupName", "Value": "workers"}],
    }
    grouped = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, TagSpecifications=[tags])
    alone, stopped = (
        ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
        for _ in range(2)
    )
    ec2.stop_instances(InstanceIds=[stopped])
    put_alarm(
        aws,
        "acme-workers",
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=[{"Name": "AutoScalingGroupName", "Value": "workers"}],
    )
    aws("cloudwatch").put_metric_data(
        Namespace="AWS/EC2",
        MetricData=[
            {
                "MetricName": "CPUUtilization",
                "Dimensions": [{"Name": "AutoScalingGroupName", "Value": "workers"}],
                "Value": 1.0,
            }
        ],
    )
    assert grouped["Instances"]
    _, found = report(capsys)
    bare = [entry["name"] for entry in found["without_an_alarm"] if entry["kind"] == "EC2 instance"]
    assert bare == [alone]


def test_a_fleet_query_watches_every_instance():
    fleet = describe.metric_alarm(
        {
            "AlarmName": "fleet",
            "AlarmActions": [TOPIC],
            "Metrics": [
                {"Id": "q", "Expression": 'SELECT MAX(CPUUtilization) FROM SCHEMA("AWS/EC2", InstanceId)'}
            ],
        }
    )
    instance = inventory.Resource("EC2 instance", "i-1", ((("InstanceId", "i-1"),),))
    queue = inventory.Resource("SQS queue", "q", ((("QueueName", "q"),),))
    found = coverage.measure([instance, queue], [fleet], published=None, states={})
    assert found.bare == (queue,)


def test_a_service_s_alarm_does_not_watch_its_cluster():
    dimensions = [{"Name": "ClusterName", "Value": "main"}, {"Name": "ServiceName", "Value": "api"}]
    alarm = describe.metric_alarm(
        {
            "AlarmName": "api",
            "MetricName": "CPUUtilization",
            "Namespace": "AWS/ECS",
            "Dimensions": dimensions,
            "AlarmActions": [TOPIC],
        }
    )
    cluster = inventory.Resource("ECS cluster", "main", ((("ClusterName", "main"),),))
    service = inventory.Resource(
        "ECS service", "main/api", ((("ClusterName", "main"), ("ServiceName", "api")),)
    )
    found = coverage.measure([cluster, service], [alarm], published=None, states={})
    assert found.bare == (cluster,)


def test_every_list_of_the_catalogue_is_looked_for_or_argued_away(request):
    folder = request.config.rootpath / "terraform/modules/service_alarms/catalogue"
    lists = {key for path in folder.glob("*.yaml") for key in yaml.safe_load(path.read_text())}
    looked_for = {kind.catalogue for kind in ALL}
    assert lists <= looked_for | inventory.NOT_LOOKED_FOR.keys()
    assert not looked_for & inventory.NOT_LOOKED_FOR.keys()


LB = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/web/50dc"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/73e2"
# What each operation answers, and the resource that must come of it.
ANSWERS = {
    "volumes": ({"Volumes": [{"VolumeId": "vol-1"}]}, "vol-1"),
    "auto_scaling_groups": (
        {
            "AutoScalingGroups": [
                {
                    "AutoScalingGroupName": "workers",
                    "MinSize": 1,
                    "MaxSize": 2,
                    "DesiredCapacity": 1,
                    "DefaultCooldown": 1,
                    "AvailabilityZones": ["eu-west-1a"],
                    "HealthCheckType": "EC2",
                    "CreatedTime": "2026-01-01",
                }
            ]
        },
        "workers",
    ),
    "ecs_clusters": ({"clusterArns": ["arn:aws:ecs:eu-west-1:123456789012:cluster/main"]}, "main"),
    "classic_load_balancers": ({"LoadBalancerDescriptions": [{"LoadBalancerName": "old"}]}, "old"),
    "albs": ({"LoadBalancers": [{"LoadBalancerArn": LB, "Type": "application"}]}, "app/web/50dc"),
    "target_groups": (
        {"TargetGroups": [{"TargetGroupArn": GROUP, "LoadBalancerArns": [LB]}]},
        "targetgroup/web/73e2",
    ),
    "rds": ({"DBInstances": [{"DBInstanceIdentifier": "main"}]}, "main"),
    "aurora_clusters": ({"DBClusters": [{"DBClusterIdentifier": "main"}]}, "main"),
    "dynamodb_tables": ({"TableNames": ["orders"]}, "orders"),
    "cache_clusters": ({"CacheClusters": [{"CacheClusterId": "cache-001"}]}, "cache-001"),
    "lambdas": ({"Functions": [{"FunctionName": "api"}]}, "api"),
    "state_machines": (
        {
            "stateMachines": [
                {
                    "stateMachineArn": "arn:aws:states:eu-west-1:123456789012:stateMachine:pay",
                    "name": "pay",
                    "type": "STANDARD",
                    "creationDate": "2026-01-01",
                }
            ]
        },
        "arn:aws:states:eu-west-1:123456789012:stateMachine:pay",
    ),
    "eventbridge_rules": ({"Rules": [{"Name": "nightly", "State": "ENABLED"}]}, "nightly"),
    "schedule_groups": ({"ScheduleGroups": [{"Name": "default"}]}, "default"),
    "queues": ({"QueueUrls": ["https://sqs.eu-west-1.amazonaws.com/123456789012/orders"]}, "orders"),
    "topics": ({"Topics": [{"TopicArn": TOPIC}]}, "acme-critical"),
    "http_apis": (
        {"Items": [{"ApiId": "a1", "Name": "x", "ProtocolType": "HTTP", "RouteSelectionExpression": "x"}]},
        "a1",
    ),
    "certificates": (
        {
            "CertificateSummaryList": [
                {
                    "CertificateArn": "arn:aws:acm:eu-west-1:123456789012:certificate/c-1",
                    "DomainName": "example.com",
                }
            ]
        },
        "example.com c-1",
    ),
    "nat_gateways": ({"NatGateways": [{"NatGatewayId": "nat-1"}]}, "nat-1"),
    "vpn_connections": ({"VpnConnections": [{"VpnConnectionId": "vpn-1"}]}, "vpn-1"),
    "file_systems": (
        {
            "FileSystems": [
                {
                    "FileSystemId": "fs-1",
                    "OwnerId": "123456789012",
                    "CreationToken": "t",
                    "CreationTime": "2026-01-01",
                    "LifeCycleState": "available",
                    "NumberOfMountTargets": 1,
                    "SizeInBytes": {"Value": 1},
                    "PerformanceMode": "generalPurpose",
                    "Tags": [],
                }
            ]
        },
        "fs-1",
    ),
    "backup_vaults": ({"BackupVaultList": [{"BackupVaultName": "daily"}]}, "daily"),
    "delivery_streams": (
        {"DeliveryStreamNames": ["logs"], "HasMoreDeliveryStreams": False},
        "logs",
    ),
    "opensearch_domains": ({"DomainNames": [{"DomainName": "logs"}]}, "logs"),
}
SEVERAL_CALLS = {"instances", "ecs_services", "rest_apis", "health_checks"}


@pytest.mark.parametrize("kind", [k for k in ALL if k.catalogue in ANSWERS], ids=lambda k: k.catalogue)
def test_every_kind_reads_what_aws_s_model_says_that_it_answers(kind):
    """botocore's Stubber refuses parameters and answers that the service's model does not know."""
    answer, name = ANSWERS[kind.catalogue]
    client = boto3.client(kind.service, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stub:
        stub.add_response(kind.operation, answer)
        parameters = dict(kind.parameters or {})
        if kind.paginated:
            pages = client.get_paginator(kind.operation).paginate(**parameters)
        else:
            pages = [getattr(client, kind.operation)(**parameters)]
        assert [resource.name for resource in kind.read(None, pages)] == [name]


def test_no_kind_is_left_out_above():
    assert {kind.catalogue for kind in ALL} == ANSWERS.keys() | SEVERAL_CALLS


class Canned:
    """An account that answers from a table."""

    def __init__(self, **answers):
        self.answers = answers

    def pages(self, _service, operation, **_):
        return [self.answers[operation]]

    def client(self, _):
        return self

    def get_stages(self, restApiId):  # noqa: N803 -- boto3's name
        return {"item": [{"stageName": f"live-{restApiId}"}]}


def test_health_checks_are_looked_for_where_their_metrics_are():
    (kind,) = (kind for kind in ALL if kind.catalogue == "health_checks")
    pages = [{"HealthChecks": [{"Id": "h-1"}]}]
    for region, names in (("us-east-1", ["h-1"]), ("eu-west-1", [])):
        account = SimpleNamespace(session=SimpleNamespace(region_name=region))
        assert [resource.name for resource in kind.read(account, pages)] == names


def test_services_are_found_in_their_clusters_and_stages_in_their_apis():
    kinds = {kind.catalogue: kind for kind in ALL}
    account = Canned(list_services={"serviceArns": ["arn:aws:ecs:eu-west-1:1:service/main/api"]})
    clusters = [{"clusterArns": ["arn:aws:ecs:eu-west-1:1:cluster/main"]}]
    (service,) = kinds["ecs_services"].read(account, clusters)
    assert service.watched_by == ((("ClusterName", "main"), ("ServiceName", "api")),)
    (stage,) = kinds["rest_apis"].read(account, [{"items": [{"id": "a1", "name": "shop"}]}])
    assert stage.watched_by == ((("ApiName", "shop"), ("Stage", "live-a1")),)


# What botocore calls a service, and IAM does.
IAM = {
    "elb": "elasticloadbalancing",
    "elbv2": "elasticloadbalancing",
    "opensearch": "es",
    "apigatewayv2": "apigateway",
} | {
    "stepfunctions": "states",
    "efs": "elasticfilesystem",
}


def test_the_role_of_the_weekly_report_may_list_every_kind(request):
    text = (request.config.rootpath / "terraform/modules/github_oidc/statements.tf").read_text()
    allowed = set(re.findall(r'"([a-z0-9]+:[A-Za-z*]+)"', text.partition("plan_statements")[0]))
    missing = []
    for kind in ALL:
        service = IAM.get(kind.service, kind.service)
        action = "GET" if service == "apigateway" else "".join(map(str.capitalize, kind.operation.split("_")))
        if not any(fnmatchcase(f"{service}:{action}".lower(), pattern.lower()) for pattern in allowed):
            missing.append(f"{service}:{action}")
    assert missing == []


def test_what_may_not_be_listed_is_named(monkeypatch, aws, capsys):
    pages = Account.pages

    def refusing(self, service, operation, **parameters):
        if service == "sns":
            raise ClientError({"Error": {"Code": "AccessDenied"}}, operation)
        return pages(self, service, operation, **parameters)

    monkeypatch.setattr(Account, "pages", refusing)
    _, found = report(capsys)
    assert "SNS topic: sns list_topics: AccessDenied" in found["not_looked_at"]


def test_the_week_goes_to_the_info_topic(monkeypatch, aws, capsys):
    monkeypatch.setattr(history, "live", lambda *_: [])  # moto knows no history
    sns, sqs = aws("sns"), aws("sqs")
    topic = sns.create_topic(Name="acme-info")["TopicArn"]
    url = sqs.create_queue(QueueName="told")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    put_alarm(aws, "acme-orders", queue="orders")()
    assert main(["report", "weekly", "--name", "acme", "--region", REGION, "--send"]) == 0
    shown = capsys.readouterr()
    assert "sent to" in shown.err
    (message,) = sqs.receive_message(QueueUrl=url)["Messages"]
    body = json.loads(message["Body"])
    assert body["Subject"] == "Alarms of the week: acme"
    for title in ("Noise of the alarms", "Coverage of the alarms", "Cost of the alarms"):
        assert title in body["Message"]
    assert body["Message"] in shown.out
