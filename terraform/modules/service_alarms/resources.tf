# Written from catalogue/*.yaml by: make catalogue

locals {
  resources = {
    ecs_services           = var.ecs_services
    ecs_clusters           = var.ecs_clusters
    capacity_providers     = var.capacity_providers
    instances              = var.instances
    volumes                = var.volumes
    auto_scaling_groups    = var.auto_scaling_groups
    hosts                  = var.hosts
    disks                  = var.disks
    windows_disks          = var.windows_disks
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
    certificates           = var.certificates
    nat_gateways           = var.nat_gateways
    file_systems           = var.file_systems
    backup_vaults          = var.backup_vaults
    delivery_streams       = var.delivery_streams
    opensearch_domains     = var.opensearch_domains
    accounts               = var.accounts
  }

  # The attributes that texts and dimensions may mention.
  texts = {
    ecs_services           = ["cluster", "service", "max_tasks", "min_requests"]
    ecs_clusters           = ["cluster"]
    capacity_providers     = ["cluster", "capacity_provider"]
    instances              = ["instance_id"]
    volumes                = ["volume_id", "instance_id"]
    auto_scaling_groups    = ["auto_scaling_group_name"]
    hosts                  = ["instance_id", "auto_scaling_group_name", "metrics_namespace"]
    disks                  = ["instance_id", "auto_scaling_group_name", "mount_path", "path", "metrics_namespace"]
    windows_disks          = ["instance_id", "drive", "metrics_namespace"]
    albs                   = ["load_balancer", "min_requests"]
    target_groups          = ["load_balancer", "target_group", "pair", "min_requests"]
    nlbs                   = ["load_balancer"]
    nlb_target_groups      = ["load_balancer", "target_group"]
    classic_load_balancers = ["load_balancer_name", "min_requests"]
    lambdas                = ["function_name", "timeout_seconds"]
    state_machines         = ["state_machine_arn"]
    eventbridge_rules      = ["rule_name"]
    schedule_groups        = ["schedule_group"]
    queues                 = ["queue_name", "in_flight_limit"]
    topics                 = ["topic_name"]
    rest_apis              = ["api_name", "stage", "min_requests"]
    http_apis              = ["api_id", "stage", "min_requests"]
    rds                    = ["db_instance", "allocated_storage_gib", "memory_gib", "max_connections", "vcpus"]
    aurora_clusters        = ["db_cluster"]
    dynamodb_tables        = ["table_name"]
    cache_clusters         = ["cache_cluster_id", "max_connections"]
    certificates           = ["certificate_arn"]
    nat_gateways           = ["nat_gateway_id"]
    file_systems           = ["file_system_id"]
    backup_vaults          = ["vault_name"]
    delivery_streams       = ["delivery_stream_name"]
    opensearch_domains     = ["domain_name", "account_id", "storage_gib"]
    accounts               = ["lambda_concurrency", "sms_limit_usd", "monthly_budget_usd"]
  }

  # Those of them that may be left out; a dimension of such a one then is, too.
  optional = {
    ecs_services           = ["{max_tasks}"]
    ecs_clusters           = []
    capacity_providers     = []
    instances              = []
    volumes                = []
    auto_scaling_groups    = []
    hosts                  = ["{instance_id}", "{auto_scaling_group_name}"]
    disks                  = ["{instance_id}", "{auto_scaling_group_name}", "{mount_path}", "{path}"]
    windows_disks          = []
    albs                   = []
    target_groups          = ["{pair}"]
    nlbs                   = []
    nlb_target_groups      = []
    classic_load_balancers = []
    lambdas                = ["{timeout_seconds}"]
    state_machines         = []
    eventbridge_rules      = []
    schedule_groups        = []
    queues                 = []
    topics                 = []
    rest_apis              = []
    http_apis              = []
    rds                    = ["{allocated_storage_gib}", "{memory_gib}", "{max_connections}", "{vcpus}"]
    aurora_clusters        = []
    dynamodb_tables        = []
    cache_clusters         = []
    certificates           = []
    nat_gateways           = []
    file_systems           = []
    backup_vaults          = []
    delivery_streams       = []
    opensearch_domains     = ["{storage_gib}"]
    accounts               = ["{lambda_concurrency}", "{sms_limit_usd}", "{monthly_budget_usd}"]
  }
}
