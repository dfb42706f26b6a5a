"""The live resources of the kinds that the catalogue has alarms for, with the dimensions that name them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from alarmctl import account as accounts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

HEALTH_CHECKS_REGION = "us-east-1"
Dimensions = tuple[tuple[str, str], ...]
Page = dict[str, Any]


@dataclass(frozen=True)
class Resource:
    """A live resource. An alarm watches it whose metric has all dimensions of one of `watched_by`."""

    kind: str
    name: str
    watched_by: tuple[Dimensions, ...]


@dataclass(frozen=True)
class Kind:
    """How resources of a kind are found. `catalogue` is the list in service_alarms' `resources`.

    An alarm that also has one of the dimensions of `beside` is about something smaller.
    """

    catalogue: str
    title: str
    service: str
    operation: str
    read: Callable[[Any, Iterable[Page]], Iterator[Resource]]
    beside: frozenset[str] = frozenset()
    parameters: Mapping[str, Any] | None = None
    paginated: bool = True


def _simple(
    kind: str, key: str, field: str, dimension: str
) -> Callable[[Any, Iterable[Page]], Iterator[Resource]]:
    """A reader for answers that are a list of objects, or of names (then `field` is empty)."""

    def read(_: Any, pages: Iterable[Page]) -> Iterator[Resource]:
        for page in pages:
            for entry in page.get(key) or ():
                name = str(entry[field] if field else entry)
                yield Resource(kind, name, (((dimension, name),),))

    return read


def _ends(
    kind: str, key: str, field: str, dimension: str, separator: str
) -> Callable[[Any, Iterable[Page]], Iterator[Resource]]:
    """A reader where the dimension is what follows the last `separator` of a URL or ARN."""

    def read(_: Any, pages: Iterable[Page]) -> Iterator[Resource]:
        for page in pages:
            for entry in page.get(key) or ():
                text = str(entry[field] if field else entry)
                name = text.rpartition(separator)[2]
                yield Resource(kind, name, (((dimension, name),),))

    return read


def _instances(_: Any, pages: Iterable[Page]) -> Iterator[Resource]:
    for page in pages:
        for reservation in page["Reservations"]:
            for instance in reservation["Instances"]:
                if instance["State"]["Name"] != "running":
                    continue
                tags = {tag["Key"]: tag["Value"] for tag in instance.get("Tags") or ()}
                own: Dimensions = (("InstanceId", instance["InstanceId"]),)
                group = tags.get("aws:autoscaling:groupName")
                shared: tuple[Dimensions, ...] = ((("AutoScalingGroupName", group),),) if group else ()
                yield Resource("EC2 instance", instance["InstanceId"], (own, *shared))


def _services(account: Any, pages: Iterable[Page]) -> Iterator[Resource]:
    for page in pages:
        for arn in page["clusterArns"]:
            cluster = arn.rpartition("/")[2]
            for listed in account.pages("ecs", "list_services", cluster=arn):
                for service in listed["serviceArns"]:
                    name = service.rpartition("/")[2]
                    dimensions = (("ClusterName", cluster), ("ServiceName", name))
                    yield Resource("ECS service", f"{cluster}/{name}", (dimensions,))


def _load_balancers(_: Any, pages: Iterable[Page]) -> Iterator[Resource]:
    titles = {"application": "Application Load Balancer", "network": "Network Load Balancer"}
    for page in pages:
        for found in page["LoadBalancers"]:
            if title := titles.get(found["Type"]):
                name = found["LoadBalancerArn"].partition(":loadbalancer/")[2]
                yield Resource(title, name, ((("LoadBalancer", name),),))


def _target_groups(_: Any, pages: Iterable[Page]) -> Iterator[Resource]:
    for page in pages:
        for found in page["TargetGroups"]:
            if found["LoadBalancerArns"]:  # CloudWatch has metrics of those in use alone
                name = found["TargetGroupArn"].rpartition(":")[2]
                yield Resource("Target group", name, ((("TargetGroup", name),),))


def _rest_apis(account: Any, pages: Iterable[Page]) -> Iterator[Resource]:
    for page in pages:
        for api in page["items"]:
            for stage in account.client("apigateway").get_stages(restApiId=api["id"])["item"]:
                dimensions = (("ApiName", api["name"]), ("Stage", stage["stageName"]))
                yield Resource("REST API", f"{api['name']}/{stage['stageName']}", (dimensions,))


def _certificates(_: Any, pages: Iterable[Page]) -> Iterator[Resource]:
    for page in pages:
        for found in page["CertificateSummaryList"]:
            arn = found["CertificateArn"]
            name = f"{found.get('DomainName', '')} {arn.rpartition('/')[2]}".strip()
            yield Resource("Certificate", name, ((("CertificateArn", arn),),))


def _rules(_: Any, pages: Iterable[Page]) -> Iterator[Resource]:
    for page in pages:
        for rule in page["Rules"]:
            # Rules that AWS services made for themselves are not ours to watch.
            if rule.get("State") == "ENABLED" and not rule.get("ManagedBy"):
                yield Resource("EventBridge rule", rule["Name"], ((("RuleName", rule["Name"]),),))


def _health_checks(account: Any, pages: Iterable[Page]) -> Iterator[Resource]:
    if account.session.region_name != HEALTH_CHECKS_REGION:
        return  # their metrics, and so their alarms, are nowhere else
    for page in pages:
        for found in page["HealthChecks"]:
            yield Resource("Route 53 health check", found["Id"], ((("HealthCheckId", found["Id"]),),))


def _domains(_: Any, pages: Iterable[Page]) -> Iterator[Resource]:
    for page in pages:
        for found in page["DomainNames"]:
            name = found["DomainName"]
            yield Resource("OpenSearch domain", name, ((("DomainName", name),),))


KINDS = (
    Kind("instances", "EC2 instance", "ec2", "describe_instances", _instances),
    Kind(
        "volumes", "EBS volume", "ec2", "describe_volumes",
        _simple("EBS volume", "Volumes", "VolumeId", "VolumeId"),
        parameters={"Filters": [{"Name": "status", "Values": ["in-use"]}]},
    ),
    Kind(
        "auto_scaling_groups", "Auto Scaling group", "autoscaling", "describe_auto_scaling_groups",
        _simple("Auto Scaling group", "AutoScalingGroups", "AutoScalingGroupName", "AutoScalingGroupName"),
    ),
    Kind(
        "ecs_clusters", "ECS cluster", "ecs", "list_clusters",
        _ends("ECS cluster", "clusterArns", "", "ClusterName", "/"),
        beside=frozenset({"ServiceName", "TaskDefinitionFamily"}),
    ),
    Kind("ecs_services", "ECS service", "ecs", "list_clusters", _services),
    Kind(
        "classic_load_balancers", "Classic Load Balancer", "elb", "describe_load_balancers",
        _simple("Classic Load Balancer", "LoadBalancerDescriptions", "LoadBalancerName", "LoadBalancerName"),
    ),
    Kind("albs", "Load balancer", "elbv2", "describe_load_balancers", _load_balancers),
    Kind("target_groups", "Target group", "elbv2", "describe_target_groups", _target_groups),
    Kind(
        "rds", "RDS instance", "rds", "describe_db_instances",
        _simple("RDS instance", "DBInstances", "DBInstanceIdentifier", "DBInstanceIdentifier"),
    ),
    Kind(
        "aurora_clusters", "Aurora cluster", "rds", "describe_db_clusters",
        _simple("Aurora cluster", "DBClusters", "DBClusterIdentifier", "DBClusterIdentifier"),
    ),
    Kind(
        "dynamodb_tables", "DynamoDB table", "dynamodb", "list_tables",
        _simple("DynamoDB table", "TableNames", "", "TableName"),
    ),
    Kind(
        "cache_clusters", "ElastiCache node", "elasticache", "describe_cache_clusters",
        _simple("ElastiCache node", "CacheClusters", "CacheClusterId", "CacheClusterId"),
    ),
    Kind(
        "lambdas", "Lambda function", "lambda", "list_functions",
        _simple("Lambda function", "Functions", "FunctionName", "FunctionName"),
    ),
    Kind(
        "state_machines", "State machine", "stepfunctions", "list_state_machines",
        _simple("State machine", "stateMachines", "stateMachineArn", "StateMachineArn"),
    ),
    Kind("eventbridge_rules", "EventBridge rule", "events", "list_rules", _rules),
    Kind(
        "schedule_groups", "Schedule group", "scheduler", "list_schedule_groups",
        _simple("Schedule group", "ScheduleGroups", "Name", "ScheduleGroup"),
    ),
    Kind("queues", "SQS queue", "sqs", "list_queues", _ends("SQS queue", "QueueUrls", "", "QueueName", "/")),
    Kind(
        "topics", "SNS topic", "sns", "list_topics",
        _ends("SNS topic", "Topics", "TopicArn", "TopicName", ":"),
    ),
    Kind("rest_apis", "REST API", "apigateway", "get_rest_apis", _rest_apis),
    Kind("http_apis", "HTTP API", "apigatewayv2", "get_apis", _simple("HTTP API", "Items", "ApiId", "ApiId")),
    Kind("certificates", "Certificate", "acm", "list_certificates", _certificates),
    Kind(
        "nat_gateways", "NAT gateway", "ec2", "describe_nat_gateways",
        _simple("NAT gateway", "NatGateways", "NatGatewayId", "NatGatewayId"),
        parameters={"Filters": [{"Name": "state", "Values": ["available"]}]},
    ),
    Kind(
        "vpn_connections", "VPN connection", "ec2", "describe_vpn_connections",
        _simple("VPN connection", "VpnConnections", "VpnConnectionId", "VpnId"),
        parameters={"Filters": [{"Name": "state", "Values": ["available"]}]}, paginated=False,
    ),
    Kind("health_checks", "Route 53 health check", "route53", "list_health_checks", _health_checks),
    Kind(
        "file_systems", "EFS file system", "efs", "describe_file_systems",
        _simple("EFS file system", "FileSystems", "FileSystemId", "FileSystemId"),
    ),
    Kind(
        "backup_vaults", "Backup vault", "backup", "list_backup_vaults",
        _simple("Backup vault", "BackupVaultList", "BackupVaultName", "BackupVaultName"),
    ),
    Kind(
        "delivery_streams", "Firehose stream", "firehose", "list_delivery_streams",
        _simple("Firehose stream", "DeliveryStreamNames", "", "DeliveryStreamName"),
        paginated=False, parameters={"Limit": 10_000},
    ),
    Kind(
        "opensearch_domains", "OpenSearch domain", "opensearch", "list_domain_names", _domains,
        paginated=False,
    ),
)  # fmt: skip
# Of these the account alone cannot tell which there are, or they have no live resource of their own.
NOT_LOOKED_FOR = {
    "hosts": "an agent's metrics: see the instance",
    "disks": "an agent's metrics: see the instance",
    "windows_disks": "an agent's metrics: see the instance",
    "windows_hosts": "an agent's metrics: see the instance",
    "capacity_providers": "see the cluster",
    "nlbs": "found with the Application Load Balancers",
    "nlb_target_groups": "found with the target groups",
    "accounts": "there is one",
    "memcached_nodes": "found with the ElastiCache nodes",
    "quotas": "a limit, no resource",
}


def live(account: Any) -> tuple[list[Resource], list[str]]:
    """What there is, and a sentence for each kind that the credentials may not list."""
    found: list[Resource] = []
    unread = []
    for kind in KINDS:
        try:
            found += kind.read(account, _pages(account, kind))
        except accounts.AWS_ERRORS as error:
            unread.append(f"{kind.title}: {kind.service} {kind.operation}: {accounts.word(error)}")
    return sorted(found, key=lambda resource: (resource.kind, resource.name)), unread


def _pages(account: Any, kind: Kind) -> Iterator[Page]:
    parameters = dict(kind.parameters or {})
    if kind.paginated:
        yield from account.pages(kind.service, kind.operation, **parameters)
    else:
        yield getattr(account.client(kind.service), kind.operation)(**parameters)


BESIDE = {kind.title: kind.beside for kind in KINDS if kind.beside}
