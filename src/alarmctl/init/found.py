"""What runs in an account: ECS services, load balancers and databases, as the module alerting wants them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from alarmctl import account as accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from alarmctl.account import Account

Resources = dict[str, dict[str, dict[str, Any]]]  # by variable, then by a name of ours
Found = tuple[str, str, dict[str, Any]]  # variable, name, settings

# Values of the cluster setting containerInsights, and which of our settings are true with them.
INSIGHTS = {
    "enabled": {"container_insights": True},
    "enhanced": {"container_insights": True, "enhanced_observability": True},
}
SERVICES_PER_CALL = 10  # DescribeServices takes no more
CLUSTERS_PER_CALL = 100
LOAD_BALANCERS = {"application": ("albs", "target_groups"), "network": ("nlbs", "nlb_target_groups")}


def discover(account: Account) -> tuple[Resources, list[str]]:
    """What was found, by the variable of the module that takes it; and what could not be asked, with why."""
    resources: Resources = {}
    unread: list[str] = []
    for what, read in READERS.items():
        try:
            for variable, name, settings in read(account):
                kind = resources.setdefault(variable, {})
                kind[_free(name, kind)] = settings
        except accounts.AWS_ERRORS as error:
            unread.append(f"{what} ({accounts.word(error)})")
    return {variable: dict(sorted(kind.items())) for variable, kind in resources.items()}, unread


def _free(name: str, taken: dict[str, Any]) -> str:
    """The name in lower case with hyphens, and a number where it is taken."""
    base = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"
    return next(
        one
        for number in range(len(taken) + 1)
        if (one := f"{base}-{number + 1}" if number else base) not in taken
    )


def _ecs(account: Account) -> Iterator[Found]:
    client = account.client("ecs")
    arns = [arn for page in account.pages("ecs", "list_clusters") for arn in page["clusterArns"]]
    capacity = _capacity(account) if arns else {}
    for start in range(0, len(arns), CLUSTERS_PER_CALL):
        part = arns[start : start + CLUSTERS_PER_CALL]
        for cluster in client.describe_clusters(clusters=part, include=["SETTINGS"])["clusters"]:
            yield from _cluster(account, cluster, capacity)


def _cluster(
    account: Account, cluster: dict[str, Any], capacity: dict[str, tuple[int, int]]
) -> Iterator[Found]:
    name = cluster["clusterName"]
    values = {setting["name"]: setting["value"] for setting in cluster.get("settings") or ()}
    insights = INSIGHTS.get(values.get("containerInsights", ""), {})
    has_instances = bool(cluster.get("registeredContainerInstancesCount"))
    yield (
        "ecs_clusters",
        name,
        {"cluster": name, **({"instance_insights": True} if insights and has_instances else {})},
    )
    pages = account.pages("ecs", "list_services", cluster=cluster["clusterArn"])
    services = [arn for page in pages for arn in page["serviceArns"]]
    for start in range(0, len(services), SERVICES_PER_CALL):
        part = services[start : start + SERVICES_PER_CALL]
        answer = account.client("ecs").describe_services(cluster=cluster["clusterArn"], services=part)
        for service in answer["services"]:
            service_name = service["serviceName"]
            low, high = capacity.get(f"service/{name}/{service_name}", (None, None))
            yield (
                "ecs_services",
                service_name,
                {
                    "cluster": name,
                    "service": service_name,
                    **({"max_tasks": high} if high else {}),
                    **({"may_scale_to_zero": True} if low == 0 or not service.get("desiredCount") else {}),
                    **insights,
                },
            )


def _capacity(account: Account) -> dict[str, tuple[int, int]]:
    """The least and the most tasks of the services that scale by themselves, by resource id."""
    return {
        target["ResourceId"]: (target["MinCapacity"], target["MaxCapacity"])
        for page in account.pages(
            "application-autoscaling", "describe_scalable_targets", ServiceNamespace="ecs"
        )
        for target in page["ScalableTargets"]
    }


def _load_balancers(account: Account) -> Iterator[Found]:
    kinds: dict[str, tuple[str, str]] = {}
    for page in account.pages("elbv2", "describe_load_balancers"):
        for balancer in page["LoadBalancers"]:
            if balancer["Type"] not in LOAD_BALANCERS:
                continue
            suffix = _suffix(balancer["LoadBalancerArn"])
            kinds[balancer["LoadBalancerArn"]] = (suffix, LOAD_BALANCERS[balancer["Type"]][1])
            variable = LOAD_BALANCERS[balancer["Type"]][0]
            yield variable, balancer["LoadBalancerName"], {"load_balancer": suffix}
    for page in account.pages("elbv2", "describe_target_groups"):
        for group in page["TargetGroups"]:
            for arn in group["LoadBalancerArns"]:
                if arn in kinds:
                    suffix, variable = kinds[arn]
                    own = group["TargetGroupArn"].rpartition(":")[2]
                    yield variable, group["TargetGroupName"], {"load_balancer": suffix, "target_group": own}


def _suffix(arn: str) -> str:
    """app/NAME/ID of an ARN that ends in loadbalancer/app/NAME/ID."""
    return arn.partition(":loadbalancer/")[2]


def _classic(account: Account) -> Iterator[Found]:
    for page in account.pages("elb", "describe_load_balancers"):
        for balancer in page["LoadBalancerDescriptions"]:
            name = balancer["LoadBalancerName"]
            yield "classic_load_balancers", name, {"load_balancer_name": name}


def _databases(account: Account) -> Iterator[Found]:
    for page in account.pages("rds", "describe_db_instances"):
        for instance in page["DBInstances"]:
            name, engine = instance["DBInstanceIdentifier"], instance["Engine"]
            is_aurora = engine.startswith("aurora")
            storage = {} if is_aurora else {"allocated_storage_gib": instance["AllocatedStorage"]}
            yield (
                "rds",
                name,
                {
                    "db_instance": name,
                    **storage,
                    **({"replica": True} if instance.get("ReadReplicaSourceDBInstanceIdentifier") else {}),
                    **({"postgresql": True} if engine == "postgres" else {}),
                },
            )


def _clusters(account: Account) -> Iterator[Found]:
    for page in account.pages("rds", "describe_db_clusters"):
        for cluster in page["DBClusters"]:
            if cluster["Engine"].startswith("aurora"):
                name = cluster["DBClusterIdentifier"]
                pauses = (cluster.get("ServerlessV2ScalingConfiguration") or {}).get("MinCapacity") == 0
                serverless = pauses or cluster.get("EngineMode") == "serverless"
                yield (
                    "aurora_clusters",
                    name,
                    {"db_cluster": name, **({"serverless": True} if serverless else {})},
                )


READERS: dict[str, Callable[[Account], Iterator[Found]]] = {
    "ECS services": _ecs,
    "load balancers": _load_balancers,
    "classic load balancers": _classic,
    "databases": _databases,
    "Aurora clusters": _clusters,
}
