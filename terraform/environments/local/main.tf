terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.100"
    }
  }

  # alarmctl gives the path: terraform init -backend-config=path=…
  backend "local" {}
}

# The keys are the local AWS's own. allowed_account_ids keeps this environment away from any real account.
provider "aws" {
  region              = "us-east-1"
  access_key          = "test"
  secret_key          = "test"
  allowed_account_ids = ["000000000000"]

  skip_credentials_validation = true
  skip_metadata_api_check     = true

  endpoints {
    cloudwatch = var.aws_endpoint
    dynamodb   = var.aws_endpoint
    events     = var.aws_endpoint
    iam        = var.aws_endpoint
    kms        = var.aws_endpoint
    lambda     = var.aws_endpoint
    logs       = var.aws_endpoint
    sns        = var.aws_endpoint
    sqs        = var.aws_endpoint
    ssm        = var.aws_endpoint
    sts        = var.aws_endpoint
  }
}

module "alerting" {
  source = "../../modules/alerting"

  name        = "demo-local"
  environment = "local"

  ecs_cluster_name  = "demo"
  ecs_service_names = ["api"]
  alarms            = yamldecode(file("${path.module}/alarms.yaml"))
  composite_alarms  = yamldecode(file("${path.module}/composite_alarms.yaml"))
  global_events     = true

  packs     = ["ecs"]
  dashboard = { enabled = true }

  instance_alarms = {
    enabled = true
    package = { zip = var.instance_alarms_zip }
    config  = { puts_per_second = 50 } # nobody counts here
  }

  slack_webhook_url = var.slack_webhook_url
  notifier_config   = var.slack_bot ? { bot = { channel = "#alerts" } } : {}
  notifier_package  = { zip = var.notifier_zip }
  endpoint_url      = var.aws_endpoint
}
