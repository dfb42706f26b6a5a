mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/made-here", key_id = "made-here" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:mocked" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:mocked" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked" }
  }
}

variables {
  name              = "acme-production"
  environment       = "production"
  ecs_cluster_name  = "main"
  ecs_service_names = ["api"]
  slack             = { parameter_name = "/acme/slack" }
  notifier_package  = { s3_bucket = "acme-packages", s3_key = "notify_slack.zip", s3_object_version = "1" }
}

run "no_logs_unless_asked_for" {
  command = plan

  assert {
    condition     = output.log_pipeline == null && output.access_logs == null && length(local.log_links) == 0
    error_message = "Neither is made, and the notifier is told nothing."
  }
}

run "logs_with_their_alarms_and_buttons" {
  command = plan

  variables {
    log_pipeline = {
      enabled      = true
      log_groups   = { api = { retention_days = 90, to_s3 = true } }
      log_alarms   = { api-errors = { log_group = "api", watch = "errors", severity = "critical", threshold = 5 } }
      ecs_services = { "main/api" = "api" }
    }
    access_logs = { enabled = true, retention_days = 30 }
    alarms      = { log-api-errors = { threshold = 9 } }
  }

  assert {
    condition     = output.alarm_names["log-api-errors"] == "acme-production-log-api-errors" && module.metric_alarms.definitions["log-api-errors"].threshold == 9 && module.metric_alarms.definitions["log-api-errors"].namespace == "acme-production/logs"
    error_message = "Alarms on lines stand beside the catalogue's, and change as those do."
  }
  assert {
    condition     = length([for key in keys(output.alarm_names) : key if strcontains(key, "acme-production-logs")]) > 0
    error_message = "The delivery has its alarms: ${join(", ", keys(output.alarm_names))}"
  }
  assert {
    condition     = local.log_links == { groups = { "main/api" = "/acme-production/api" }, load_balancers = ["*"] }
    error_message = "The notifier knows which log belongs to what: ${jsonencode(local.log_links)}"
  }
}

run "what_is_written_for_the_notifier_comes_first" {
  command = plan

  variables {
    access_logs     = { enabled = true }
    notifier_config = { logs = { groups = { "main/worker" = "/acme/worker" }, load_balancers = ["app/public/50dc6c495c0c9188"] } }
  }

  assert {
    condition     = local.log_links == { groups = { "main/worker" = "/acme/worker" }, load_balancers = ["app/public/50dc6c495c0c9188"] }
    error_message = "Logs that another stack makes can be named: ${jsonencode(local.log_links)}"
  }
}

run "refuses_an_unknown_key" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    log_pipeline = { enabled = true, log_groups = { api = { retention = 90 } } }
  }
}

run "refuses_a_service_without_a_log_group" {
  command         = plan
  expect_failures = [var.log_pipeline]

  variables {
    log_pipeline = { enabled = true, log_groups = { api = {} }, ecs_services = { "main/api" = "apy" } }
  }
}
