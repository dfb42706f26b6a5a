# Written from the catalogue by: make catalogue
# Every kind of resource, with all alarms that are on by default: to copy from.
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

# Charges are measured in us-east-1 alone.
provider "aws" {
  region = "us-east-1"
}

variable "slack_webhook_url" {
  description = "The Slack webhook."
  type        = string
  ephemeral   = true
  sensitive   = true
}

variable "cost_anomalies" {
  description = "Whether to watch for unusual spending; the local AWS has no Cost Explorer."
  type        = bool
  default     = true
}

variable "notifier_package" {
  description = "The notifier's code, made by `make package`."
  type        = any
  default     = { zip = "../../../dist/notify_slack.zip" }
}

module "alerting" {
  source = "../../modules/alerting"

  name        = "acme-everything"
  environment = "example"

  slack_webhook_url = var.slack_webhook_url
  notifier_package  = var.notifier_package

  packs = [
    "backup", "certificates", "deployments", "ec2", "ecs", "ecs-agents", "global", "jobs", "rds", "security",
  ]
  budgets        = { month = { limit_usd = 500 } }
  cost_anomalies = { enabled = var.cost_anomalies, min_usd = 50 }
  dashboard      = { enabled = true }

  ecs_services = {
    api = {
      cluster                = "main"
      service                = "api"
      max_tasks              = 10
      container_insights     = true
      enhanced_observability = true
      ephemeral_storage      = true
      service_connect        = true
      ebs_volume             = true
      deploy_aware           = true
    }
    nightly = {
      cluster           = "main"
      service           = "nightly"
      may_scale_to_zero = true
    }
    worker = {
      cluster            = "main"
      service            = "worker"
      container_insights = true
    }
  }

  ecs_clusters = {
    main = {
      cluster           = "main"
      instance_insights = true
    }
    scaled = {
      cluster         = "scaled"
      managed_scaling = true
    }
  }

  capacity_providers = {
    main = {
      cluster           = "scaled"
      capacity_provider = "main-ec2"
    }
  }

  instances = {
    bastion = {
      instance_id   = "i-0123456789abcdef0"
      burstable     = true
      unlimited     = true
      burstable_ebs = true
    }
  }

  volumes = {
    data = {
      volume_id   = "vol-0123456789abcdef0"
      instance_id = "i-0123456789abcdef0"
      burstable   = true
    }
  }

  auto_scaling_groups = {
    web = {
      auto_scaling_group_name = "web"
    }
  }

  hosts = {
    bastion = {
      instance_id = "i-0123456789abcdef0"
      swap        = true
    }
    web = {
      auto_scaling_group_name = "web"
    }
  }

  disks = {
    bastion-root = {
      instance_id = "i-0123456789abcdef0"
      mount_path  = "/"
    }
    web-root = {
      auto_scaling_group_name = "web"
      mount_path              = "/"
    }
    web-data = {
      auto_scaling_group_name = "web"
      path                    = "/data"
    }
  }

  windows_disks = {
    reports-c = {
      instance_id = "i-0123456789abcdef1"
      drive       = "C:"
    }
  }

  windows_hosts = {
    reports = {
      instance_id = "i-0123456789abcdef1"
    }
  }

  albs = {
    public = {
      load_balancer = "app/public/50dc6c495c0c9188"
    }
  }

  target_groups = {
    api = {
      load_balancer = "app/public/50dc6c495c0c9188"
      target_group  = "targetgroup/api/73e2d6bc24d8a067"
    }
    shop-blue = {
      load_balancer = "app/public/50dc6c495c0c9188"
      target_group  = "targetgroup/shop-blue/73e2d6bc24d8a068"
      pair          = "shop"
    }
    shop-green = {
      load_balancer = "app/public/50dc6c495c0c9188"
      target_group  = "targetgroup/shop-green/73e2d6bc24d8a069"
      pair          = "shop"
    }
  }

  nlbs = {
    edge = {
      load_balancer = "net/edge/50dc6c495c0c9190"
    }
  }

  nlb_target_groups = {
    edge = {
      load_balancer = "net/edge/50dc6c495c0c9190"
      target_group  = "targetgroup/edge/73e2d6bc24d8a070"
    }
  }

  classic_load_balancers = {
    legacy = {
      load_balancer_name = "legacy-shop"
    }
  }

  lambdas = {
    orders = {
      function_name   = "orders"
      timeout_seconds = 30
      stream          = true
      asynchronous    = true
      insights        = true
    }
    nightly = {
      function_name = "nightly-report"
      sparse        = true
    }
  }

  state_machines = {
    checkout = {
      state_machine_arn = "arn:aws:states:us-east-1:123456789012:stateMachine:checkout"
    }
  }

  eventbridge_rules = {
    orders = {
      rule_name         = "orders-to-queue"
      dead_letter_queue = true
    }
  }

  schedule_groups = {
    default = {
      schedule_group = "default"
    }
  }

  queues = {
    orders = {
      queue_name = "orders"
      drain_time = true
    }
    orders-dead = {
      queue_name        = "orders-dead"
      dead_letter_queue = true
    }
  }

  topics = {
    orders = {
      topic_name        = "orders"
      dead_letter_queue = true
      filtered          = true
    }
  }

  rest_apis = {
    shop = {
      api_name = "shop"
      stage    = "live"
    }
  }

  http_apis = {
    public = {
      api_id = "a1b2c3d4e5"
      stage  = "$default"
    }
  }

  rds = {
    main = {
      db_instance           = "shop-db"
      allocated_storage_gib = 200
      memory_gib            = 16
      max_connections       = 400
      vcpus                 = 4
      burstable_ebs         = true
      postgresql            = true
    }
    replica = {
      db_instance = "shop-db-replica"
      replica     = true
    }
  }

  aurora_clusters = {
    shop = {
      db_cluster     = "shop"
      binlog_replica = true
    }
  }

  dynamodb_tables = {
    orders = {
      table_name = "orders"
    }
  }

  cache_clusters = {
    sessions = {
      cache_cluster_id = "sessions-001"
    }
    sessions-replica = {
      cache_cluster_id = "sessions-002"
      replica          = true
    }
  }

  memcached_nodes = {
    pages = {
      cache_cluster_id = "pages"
    }
  }

  certificates = {
    shop = {
      certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/12345678-1234-1234-1234-123456789012"
    }
  }

  nat_gateways = {
    zone-a = {
      nat_gateway_id = "nat-0123456789abcdef0"
    }
  }

  file_systems = {
    media = {
      file_system_id = "fs-0123456789abcdef0"
      bursting       = true
    }
  }

  backup_vaults = {
    daily = {
      vault_name = "daily"
    }
  }

  delivery_streams = {
    logs = {
      delivery_stream_name = "logs"
      to_s3                = true
      to_opensearch        = true
    }
  }

  opensearch_domains = {
    logs = {
      domain_name       = "logs"
      account_id        = "123456789012"
      storage_gib       = 100
      dedicated_masters = true
    }
  }

  health_checks = {
    shop = {
      health_check_id = "12345678-1234-1234-1234-123456789012"
    }
  }

  vpn_connections = {
    office = {
      vpn_id = "vpn-0123456789abcdef0"
    }
    depot = {
      vpn_id        = "vpn-0123456789abcdef1"
      single_tunnel = true
    }
  }

  quotas = {
    vcpus = {
      service  = "EC2"
      resource = "vCPU"
      class    = "Standard/OnDemand"
    }
  }

  accounts = {
    this = {
      lambda_concurrency   = 1000
      sms_limit_usd        = 100
      monthly_budget_usd   = 500
      dynamodb_provisioned = true
    }
  }
}

output "alarm_names" {
  description = "CloudWatch name of each metric alarm, by key."
  value       = module.alerting.alarm_names
}

output "composite_alarm_names" {
  description = "CloudWatch name of each composite alarm, by key."
  value       = module.alerting.composite_alarm_names
}
