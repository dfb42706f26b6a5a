terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # The bucket and its region come from ../backend.hcl: terraform init -backend-config=../backend.hcl
  backend "s3" {
    key          = "alerting/production/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = {
      Project     = "alerting"
      Environment = "production"
      ManagedBy   = "terraform"
    }
  }
}

module "alerting" {
  source = "../../modules/alerting"

  name        = var.name
  environment = "production"

  severities = var.severities
  operations = var.operations

  ecs_cluster_name  = var.ecs_cluster_name
  ecs_service_names = var.ecs_service_names
  alarms            = yamldecode(file("${path.module}/alarms.yaml"))
  composite_alarms  = yamldecode(file("${path.module}/composite_alarms.yaml"))
  alarm_overrides   = var.alarm_overrides
  observe_alarms    = var.observe_alarms
  actions_enabled   = var.actions_enabled
  global_events     = var.global_events

  packs               = var.packs
  pack_severities     = var.pack_severities
  maintenance_windows = var.maintenance_windows
  dashboard           = var.dashboard
  custom_metrics      = var.custom_metrics
  instance_alarms     = var.instance_alarms
  log_pipeline        = var.log_pipeline
  access_logs         = var.access_logs
  budgets             = var.budgets
  cost_anomalies      = var.cost_anomalies
  health_mutes        = var.health_mutes

  slack             = var.slack
  slack_webhook_url = var.slack_webhook_url
  notifier          = var.notifier
  notifier_config   = var.notifier_config
  notifier_package  = var.notifier_package
}
