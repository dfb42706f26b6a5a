# Custom metrics alone, without the rest of the stack: to copy from, and to try on a local AWS (aws_endpoint).
terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }
}

variable "aws_endpoint" {
  description = "Address of a local AWS; null for AWS itself."
  type        = string
  default     = null
}

variable "database" {
  description = "Where the PostgreSQL is whose sessions are counted."
  type = object({
    host    = optional(string, "db.acme.internal")
    port    = optional(number, 5432)
    name    = optional(string, "shop")
    user    = optional(string, "metrics")
    sslmode = optional(string, "require")
  })
  nullable = false
  default  = {}
}

variable "package" {
  description = "Path of the function's zip, made by `make package`."
  type        = string
  default     = "../../../dist/publish_sql.zip"
}

locals {
  is_local = var.aws_endpoint != null
}

provider "aws" {
  region     = local.is_local ? "us-east-1" : null
  access_key = local.is_local ? "test" : null
  secret_key = local.is_local ? "test" : null

  skip_credentials_validation = local.is_local
  skip_metadata_api_check     = local.is_local

  endpoints {
    cloudwatch = var.aws_endpoint
    ecs        = var.aws_endpoint
    events     = var.aws_endpoint
    iam        = var.aws_endpoint
    lambda     = var.aws_endpoint
    logs       = var.aws_endpoint
    sns        = var.aws_endpoint
    ssm        = var.aws_endpoint
    sts        = var.aws_endpoint
  }
}

resource "aws_ecs_cluster" "main" {
  name = "acme-main"

  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

module "custom_metrics" {
  source = "../../modules/custom_metrics"

  name        = "acme"
  environment = "example"

  hosts = {
    sources = {
      host     = { preset = "host", mounts = ["/", "/data"] }
      web      = { preset = "web-connections" }
      database = { preset = "database-connections" }
    }
    watch = { web = { auto_scaling_group_name = "web", mounts = ["/", "/data"] } }
  }

  sql = {
    sources = {
      sessions = {
        preset   = "active-sessions"
        host     = var.database.host
        port     = var.database.port
        database = var.database.name
        user     = var.database.user
        sslmode  = var.database.sslmode
        password = { ssm = "/acme/metrics/db-password" }
        alarms   = { ActiveSessions = { above = 500 } }
      }
    }
    package            = { zip = var.package }
    subnet_ids         = ["subnet-0123456789abcdef0"]
    security_group_ids = ["sg-0123456789abcdef0"]
  }

  ecs = {
    cluster = aws_ecs_cluster.main.name
    image   = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/publisher:0.1.0"
    sources = { host = { preset = "host" } }
  }

  cloudwatch_agent = { enabled = true }

  applications = {
    shop = { namespaces = ["Helloworld/traffic"], log_groups = ["/acme/shop"], event_buses = ["default"], delivery_streams = ["acme-logs"] }
  }
}

# Without the stack's topics; alerting takes custom_metrics and does this by itself.
module "alarms" {
  source = "../../modules/metric_alarms"

  name       = "acme"
  topic_arns = { for severity in ["critical", "warning", "info"] : severity => aws_sns_topic.alerts.arn }
  alarms     = module.custom_metrics.alarms
}

resource "aws_sns_topic" "alerts" {
  #checkov:skip=CKV_AWS_26: an example's topic, without readers; alert_topics has an encrypted one
  name = "acme-custom-metrics"
}

output "alarm_names" {
  description = "CloudWatch name of each alarm, by key."
  value       = module.alarms.alarm_names
}

output "function_name" {
  description = "The function that asks databases."
  value       = module.custom_metrics.function_name
}

output "ecs_service_name" {
  description = "The service on each container instance."
  value       = module.custom_metrics.ecs_service_name
}

output "parameter_names" {
  description = "Where each configuration is."
  value       = module.custom_metrics.parameter_names
}
