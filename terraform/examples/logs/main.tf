# Logs alone, without the rest of the stack: to copy from, and to try on a local AWS (aws_endpoint).
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

variable "queries_enabled" {
  description = "Make Athena's workgroup, table and queries; a local AWS makes them too, and runs none."
  type        = bool
  default     = true
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
  s3_use_path_style           = local.is_local

  endpoints {
    athena   = var.aws_endpoint
    firehose = var.aws_endpoint
    glue     = var.aws_endpoint
    iam      = var.aws_endpoint
    logs     = var.aws_endpoint
    s3       = var.aws_endpoint
    ssm      = var.aws_endpoint
    sts      = var.aws_endpoint
  }
}

module "log_pipeline" {
  source = "../../modules/log_pipeline"

  name = "acme-logs"

  log_groups = {
    api    = { retention_days = 90, to_s3 = true }
    worker = { to_s3 = true, s3_pattern = "ERROR" }
  }
  log_alarms = {
    api-errors   = { log_group = "api", watch = "errors", severity = "critical", threshold = 5 }
    worker-alive = { log_group = "worker", watch = "heartbeat", pattern = "{ $.event = \"heartbeat\" }", severity = "critical", period = 300, evaluation_periods = 2 }
  }
  agent_files = {
    nginx = { path = "/var/log/nginx/error.log", log_group = "worker", timestamp_format = "%Y/%m/%d %H:%M:%S" }
  }

  # Off, since a domain costs money by the hour: opensearch = { master_role_arn = "arn:aws:iam::123456789012:role/admin" }
  bucket = { force_destroy = local.is_local }
}

module "access_logs" {
  source = "../../modules/access_logs"

  name            = "acme-logs"
  queries_enabled = var.queries_enabled
  force_destroy   = local.is_local
}

output "bucket" {
  description = "Bucket of the lines."
  value       = module.log_pipeline.bucket
}

output "delivery_stream_names" {
  description = "Streams that carry them."
  value       = module.log_pipeline.delivery_stream_names
}

output "log_group_names" {
  description = "Log groups."
  value       = module.log_pipeline.log_group_names
}

output "access_logs_bucket" {
  description = "Bucket for access_logs of aws_lb."
  value       = module.access_logs.bucket
}
