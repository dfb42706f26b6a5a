"""`alarmctl init`: what it finds, what it asks, and the folder that it writes."""

import argparse
import json
import zipfile

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from moto import mock_aws

from alarmctl import account
from alarmctl.cli import main
from alarmctl.init import commands, folder
from alarmctl.init.found import discover
from alarmctl.lint import plan as plan_reader
from alarmctl.lint.commands import lint
from alarmctl.terraform import Terraform, project_root

REGION = "eu-west-1"
ANSWERS = folder.Answers("acme-shop", REGION, ["oncall@example.com"], [], actions_enabled=False)


@pytest.fixture
def aws(monkeypatch):
    """A client of a mocked account, by service."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield lambda service: boto3.client(service, region_name=REGION)


@pytest.fixture
def shop(aws):
    """A cluster with two services, a load balancer with a target group, a classic one, three databases."""
    ecs = aws("ecs")
    ecs.create_cluster(clusterName="main", settings=[{"name": "containerInsights", "value": "enhanced"}])
    ecs.register_task_definition(family="x", containerDefinitions=[{"name": "x", "image": "x", "memory": 1}])
    for name, count in (("api", 2), ("Nightly_Job", 0)):
        ecs.create_service(cluster="main", serviceName=name, taskDefinition="x", desiredCount=count)
    scaling = {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
    aws("application-autoscaling").register_scalable_target(
        ResourceId="service/main/api", MinCapacity=1, MaxCapacity=10, **scaling
    )
    vpc = aws("ec2").create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        aws("ec2").create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"{REGION}{zone}")[
            "Subnet"
        ]["SubnetId"]
        for n, zone in enumerate("ab")
    ]
    elb = aws("elbv2")
    balancer = elb.create_load_balancer(Name="web", Subnets=subnets)["LoadBalancers"][0]["LoadBalancerArn"]
    used, _unused = (
        elb.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=vpc)["TargetGroups"][0][
            "TargetGroupArn"
        ]
        for name in ("web-api", "unused")
    )
    action = {"Type": "forward", "TargetGroupArn": used}
    elb.create_listener(LoadBalancerArn=balancer, Protocol="HTTP", Port=80, DefaultActions=[action])
    listener = {"Protocol": "HTTP", "LoadBalancerPort": 80, "InstancePort": 80}
    aws("elb").create_load_balancer(
        LoadBalancerName="old", Listeners=[listener], AvailabilityZones=[f"{REGION}a"]
    )
    rds = aws("rds")
    shared = {"DBInstanceClass": "db.m6g.large", "MasterUsername": "u", "MasterUserPassword": "password"}
    rds.create_db_instance(DBInstanceIdentifier="orders", Engine="postgres", AllocatedStorage=100, **shared)
    rds.create_db_instance_read_replica(DBInstanceIdentifier="orders-2", SourceDBInstanceIdentifier="orders")
    rds.create_db_cluster(
        DBClusterIdentifier="users",
        Engine="aurora-postgresql",
        MasterUsername="u",
        MasterUserPassword="password",
    )


def suffix(aws):
    (balancer,) = aws("elbv2").describe_load_balancers()["LoadBalancers"]
    return balancer["LoadBalancerArn"].partition(":loadbalancer/")[2]


def test_finds_what_runs(aws, shop):
    resources, unread = discover(account.Account("acme-shop", REGION))

    assert unread == []
    insights = {"container_insights": True, "enhanced_observability": True}
    assert resources["ecs_services"] == {
        "api": {"cluster": "main", "service": "api", "max_tasks": 10, **insights},
        "nightly-job": {"cluster": "main", "service": "Nightly_Job", "may_scale_to_zero": True, **insights},
    }
    assert resources["ecs_clusters"] == {"main": {"cluster": "main"}}
    assert resources["albs"] == {"web": {"load_balancer": suffix(aws)}}
    (group,) = resources["target_groups"].values()
    assert group["load_balancer"] == suffix(aws)
    assert group["target_group"].startswith("targetgroup/web-api/")
    assert resources["classic_load_balancers"] == {"old": {"load_balancer_name": "old"}}
    assert resources["rds"]["orders"] == {
        "db_instance": "orders",
        "allocated_storage_gib": 100,
        "postgresql": True,
    }
    assert resources["rds"]["orders-2"]["replica"]
    assert resources["aurora_clusters"] == {"users": {"db_cluster": "users"}}


def test_an_empty_account(aws):
    assert discover(account.Account("acme-shop", REGION)) == ({}, [])


def test_names_what_the_credentials_may_not_read(aws, monkeypatch):
    def refuse(self, service):
        raise ClientError({"Error": {"Code": "AccessDenied"}}, service)

    monkeypatch.setattr(account.Account, "client", refuse)
    resources, unread = discover(account.Account("acme-shop", REGION))
    assert resources == {}
    assert "ECS services (AccessDenied)" in unread


def test_every_list_that_is_found_is_handed_on():
    assert set(folder.VARIABLES) == set(commands.WORDS)


def written(tmp_path, resources):
    return folder.files(project_root(), tmp_path / "shop", ANSWERS, resources)


def test_the_folder_says_what_was_answered(tmp_path):
    content = written(tmp_path, {"ecs_services": {"api": {"cluster": "main", "service": "api"}}})
    assert 'name   = "acme-shop"' in content["terraform.tfvars"]
    assert 'email = ["oncall@example.com"]' in content["terraform.tfvars"]
    assert "actions_enabled = false" in content["terraform.tfvars"]
    assert "production" not in content["main.tf"] + content["variables.tf"]
    assert "ecs_cluster_name" not in content["main.tf"] + content["variables.tf"]
    assert yaml.safe_load(content["resources.yaml"])["ecs_services"]["api"]["cluster"] == "main"


@pytest.mark.terraform
def test_terraform_plans_the_folder(tmp_path, aws, shop, without_aws):
    resources, _ = discover(account.Account("acme-shop", REGION))
    out = tmp_path / "shop"
    package = tmp_path / "notify_slack.zip"
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("notify_slack/handler.py", "")
    folder.put(out, written(tmp_path, resources))
    (out / "test_override.tf").write_text(without_aws)
    (out / "test.auto.tfvars.json").write_text(json.dumps({"notifier_package": {"zip": str(package)}}))
    terraform = Terraform(
        out, tmp_path / "data", variables={"slack_webhook_url": "https://hooks.slack.com/services/T0/B0/x"}
    )
    terraform.init()
    terraform.plan(tmp_path / "plan.bin")

    stack = plan_reader.read(terraform.show(tmp_path / "plan.bin"), "plan.json")

    metrics = [metric for alarm in stack.alarms for metric in alarm.metrics]
    watched = {value for metric in metrics for value in (metric.dimensions or {}).values()}
    assert {"api", "Nightly_Job", "old", "orders", "users"} <= watched
    assert [finding for _, finding in lint([stack]).findings] == []


def test_a_folder_with_something_in_it_is_left_alone(tmp_path):
    (tmp_path / "mine").write_text("x")
    with pytest.raises(folder.FolderError, match="not empty"):
        folder.put(tmp_path, {"main.tf": ""})
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


def test_outside_of_a_checkout(tmp_path):
    with pytest.raises(folder.FolderError, match="checkout"):
        folder.files(tmp_path, tmp_path / "shop", ANSWERS, {})


def options(**given):
    names = ("name", "region", "email", "operations_email", "silent")
    return argparse.Namespace(**(dict.fromkeys(names) | given))


def test_asks_five_questions_and_again_after_a_wrong_answer(capsys):
    said = iter(
        ["Acme!", "acme-shop", "mars", "eu-west-1", "a@b", "a@example.com, b@example.com", "", "maybe", "n"]
    )
    asked = []

    def reader(question):
        asked.append(question)
        return next(said)

    answers = commands.ask(options(), reader)

    assert answers == folder.Answers(
        "acme-shop", "eu-west-1", ["a@example.com", "b@example.com"], [], actions_enabled=False
    )
    assert len(dict.fromkeys(asked)) == 5
    assert "'mars' is no Region" in capsys.readouterr().out


def test_a_flag_answers_its_question():
    def reader(question):
        assert not question.startswith("1."), "was given"
        return "" if question[0] in "345" else "eu-west-1"

    assert commands.ask(options(name="acme-shop"), reader).actions_enabled


@pytest.mark.parametrize(
    ("given", "says"),
    [({}, "--name"), ({"name": "Acme!"}, "Acme!"), ({"name": "acme-x", "region": "mars"}, "mars")],
)
def test_without_a_terminal_flags_must_say_it(given, says):
    with pytest.raises(commands.AnswerError, match=says):
        commands.ask(options(**given), None)


def test_the_command(aws, shop, tmp_path, capsys):
    out = tmp_path / "shop"
    asked = [
        "init",
        "--yes",
        "--name",
        "acme-shop",
        "--region",
        REGION,
        "--out",
        str(out),
        "--format",
        "json",
    ]

    assert main(asked) == 0

    told = json.loads(capsys.readouterr().out)
    assert told["found"]["ecs_services"] == 2
    assert (out / ".terraform.lock.hcl").is_file()
    assert main(asked) == 1
    assert "not empty" in capsys.readouterr().err
