# Written from catalogue/*.yaml by: make catalogue

locals {
  services = {
    ecs_services           = var.ecs_services
    ecs_clusters           = var.ecs_clusters
    capacity_providers     = var.capacity_providers
    instances              = var.instances
    volumes                = var.volumes
    auto_scaling_groups    = var.auto_scaling_groups
    hosts                  = var.hosts
    disks                  = var.disks
    windows_disks          = var.windows_disks
    windows_hosts          = var.windows_hosts
    albs                   = var.albs
    target_groups          = var.target_groups
    nlbs                   = var.nlbs
    nlb_target_groups      = var.nlb_target_groups
    classic_load_balancers = var.classic_load_balancers
    lambdas                = var.lambdas
    state_machines         = var.state_machines
    eventbridge_rules      = var.eventbridge_rules
    schedule_groups        = var.schedule_groups
    queues                 = var.queues
    topics                 = var.topics
    rest_apis              = var.rest_apis
    http_apis              = var.http_apis
    rds                    = var.rds
    aurora_clusters        = var.aurora_clusters
    dynamodb_tables        = var.dynamodb_tables
    cache_clusters         = var.cache_clusters
    memcached_nodes        = var.memcached_nodes
    certificates           = var.certificates
    nat_gateways           = var.nat_gateways
    file_systems           = var.file_systems
    backup_vaults          = var.backup_vaults
    delivery_streams       = var.delivery_streams
    opensearch_domains     = var.opensearch_domains
    health_checks          = var.health_checks
    vpn_connections        = var.vpn_connections
    quotas                 = var.quotas
    accounts               = var.accounts
  }

  # What a resource may say.
  service_attributes = {
    ecs_services           = ["alarms", "cluster", "container_insights", "deploy_aware", "ebs_volume", "enhanced_observability", "ephemeral_storage", "max_tasks", "may_scale_to_zero", "min_requests", "service", "service_connect"]
    ecs_clusters           = ["alarms", "cluster", "instance_insights", "managed_scaling"]
    capacity_providers     = ["alarms", "capacity_provider", "cluster"]
    instances              = ["alarms", "burstable", "burstable_ebs", "instance_id", "nitro", "unlimited"]
    volumes                = ["alarms", "burstable", "instance_id", "nitro", "volume_id"]
    auto_scaling_groups    = ["alarms", "auto_scaling_group_name"]
    hosts                  = ["alarms", "auto_scaling_group_name", "instance_id", "metrics_namespace", "swap"]
    disks                  = ["alarms", "auto_scaling_group_name", "instance_id", "metrics_namespace", "mount_path", "path"]
    windows_disks          = ["alarms", "drive", "instance_id", "metrics_namespace"]
    windows_hosts          = ["alarms", "instance_id", "metrics_namespace"]
    albs                   = ["alarms", "load_balancer", "min_requests"]
    target_groups          = ["alarms", "load_balancer", "min_requests", "pair", "target_group"]
    nlbs                   = ["alarms", "load_balancer"]
    nlb_target_groups      = ["alarms", "load_balancer", "target_group"]
    classic_load_balancers = ["alarms", "book", "load_balancer_name", "min_requests"]
    lambdas                = ["alarms", "asynchronous", "function_name", "insights", "sparse", "stream", "timeout_seconds"]
    state_machines         = ["alarms", "state_machine_arn"]
    eventbridge_rules      = ["alarms", "dead_letter_queue", "rule_name"]
    schedule_groups        = ["alarms", "schedule_group"]
    queues                 = ["alarms", "dead_letter_queue", "drain_time", "in_flight_limit", "queue_name"]
    topics                 = ["alarms", "dead_letter_queue", "filtered", "topic_name"]
    rest_apis              = ["alarms", "api_name", "min_requests", "stage"]
    http_apis              = ["alarms", "api_id", "min_requests", "stage"]
    rds                    = ["alarms", "allocated_storage_gib", "burstable_ebs", "db_instance", "max_connections", "memory_gib", "postgresql", "replica", "vcpus"]
    aurora_clusters        = ["alarms", "binlog_replica", "db_cluster", "serverless"]
    dynamodb_tables        = ["alarms", "table_name"]
    cache_clusters         = ["alarms", "cache_cluster_id", "max_connections", "replica"]
    memcached_nodes        = ["alarms", "cache_cluster_id", "cache_node_id", "max_connections"]
    certificates           = ["alarms", "certificate_arn"]
    nat_gateways           = ["alarms", "nat_gateway_id"]
    file_systems           = ["alarms", "bursting", "file_system_id", "general_purpose"]
    backup_vaults          = ["alarms", "vault_name"]
    delivery_streams       = ["alarms", "delivery_stream_name", "to_opensearch", "to_s3"]
    opensearch_domains     = ["account_id", "alarms", "dedicated_masters", "domain_name", "storage_gib"]
    health_checks          = ["alarms", "health_check_id"]
    vpn_connections        = ["alarms", "single_tunnel", "vpn_id"]
    quotas                 = ["alarms", "class", "resource", "service", "type"]
    accounts               = ["alarms", "dynamodb_provisioned", "lambda_concurrency", "monthly_budget_usd", "sms_limit_usd"]
  }
}

module "service_alarms" {
  source = "../service_alarms"

  ecs_cluster_name       = var.ecs_cluster_name
  ecs_service_names      = var.ecs_service_names
  overrides              = var.alarm_overrides
  observe                = var.observe_alarms
  runbook_base_url       = var.runbook_base_url
  ecs_services           = var.ecs_services
  ecs_clusters           = var.ecs_clusters
  capacity_providers     = var.capacity_providers
  instances              = var.instances
  volumes                = var.volumes
  auto_scaling_groups    = var.auto_scaling_groups
  hosts                  = var.hosts
  disks                  = var.disks
  windows_disks          = var.windows_disks
  windows_hosts          = var.windows_hosts
  albs                   = var.albs
  target_groups          = var.target_groups
  nlbs                   = var.nlbs
  nlb_target_groups      = var.nlb_target_groups
  classic_load_balancers = var.classic_load_balancers
  lambdas                = var.lambdas
  state_machines         = var.state_machines
  eventbridge_rules      = var.eventbridge_rules
  schedule_groups        = var.schedule_groups
  queues                 = var.queues
  topics                 = var.topics
  rest_apis              = var.rest_apis
  http_apis              = var.http_apis
  rds                    = var.rds
  aurora_clusters        = var.aurora_clusters
  dynamodb_tables        = var.dynamodb_tables
  cache_clusters         = var.cache_clusters
  memcached_nodes        = var.memcached_nodes
  certificates           = var.certificates
  nat_gateways           = var.nat_gateways
  file_systems           = var.file_systems
  backup_vaults          = var.backup_vaults
  delivery_streams       = var.delivery_streams
  opensearch_domains     = var.opensearch_domains
  health_checks          = var.health_checks
  vpn_connections        = var.vpn_connections
  quotas                 = var.quotas
  accounts               = var.accounts
}

variable "ecs_services" {
  description = "ECS service: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "ecs_clusters" {
  description = "ECS cluster on EC2: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "capacity_providers" {
  description = "ECS capacity provider: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "instances" {
  description = "EC2 instance: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "volumes" {
  description = "EBS volume: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "auto_scaling_groups" {
  description = "Auto Scaling group: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "hosts" {
  description = "Host with an agent: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "disks" {
  description = "File system of a host: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "windows_disks" {
  description = "Disk of a Windows host: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "windows_hosts" {
  description = "Windows host with an agent: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "albs" {
  description = "Application Load Balancer: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "target_groups" {
  description = "Target group of an Application Load Balancer: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "nlbs" {
  description = "Network Load Balancer: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "nlb_target_groups" {
  description = "Target group of a Network Load Balancer: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "classic_load_balancers" {
  description = "Classic Load Balancer: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "lambdas" {
  description = "Lambda function: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "state_machines" {
  description = "Step Functions state machine: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "eventbridge_rules" {
  description = "EventBridge rule: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "schedule_groups" {
  description = "EventBridge Scheduler group: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "queues" {
  description = "SQS queue: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "topics" {
  description = "SNS topic: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "rest_apis" {
  description = "API Gateway REST API: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "http_apis" {
  description = "API Gateway HTTP API: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "rds" {
  description = "RDS instance: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "aurora_clusters" {
  description = "Aurora cluster: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "dynamodb_tables" {
  description = "DynamoDB table: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "cache_clusters" {
  description = "ElastiCache node: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "memcached_nodes" {
  description = "ElastiCache node of Memcached: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "certificates" {
  description = "ACM certificate: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "nat_gateways" {
  description = "NAT gateway: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "file_systems" {
  description = "EFS file system: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "backup_vaults" {
  description = "AWS Backup vault: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "delivery_streams" {
  description = "Data Firehose stream: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "opensearch_domains" {
  description = "OpenSearch domain: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "health_checks" {
  description = "Route 53 health check: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "vpn_connections" {
  description = "Site-to-Site VPN: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "quotas" {
  description = "Service quota: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "accounts" {
  description = "Account: resources by a name of your choice. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}
