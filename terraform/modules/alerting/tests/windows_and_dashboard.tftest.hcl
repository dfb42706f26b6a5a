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

run "no_dashboard_and_no_silence_unless_asked_for" {
  command = plan

  assert {
    condition     = output.dashboard_names == [] && length(output.mute_rule_names) == 0
    error_message = "Both are off by themselves."
  }
}

run "a_dashboard_of_all_alarms_and_the_notifiers_log" {
  command = plan

  variables {
    dashboard = { enabled = true, logs = { "API errors" = { log_group_names = ["/ecs/api"] } } }
  }

  assert {
    condition     = length(output.dashboard_names) == 1 && output.dashboard_names[0] == "acme-production"
    error_message = "One dashboard for the environment."
  }
  assert {
    condition     = length(flatten([for widget in jsondecode(module.dashboard["on"].dashboard_bodies["acme-production"]).widgets : widget.properties.alarms if widget.type == "alarm"])) == length(output.alarm_names)
    error_message = "Every alarm has its place."
  }
  assert {
    condition     = [for widget in jsondecode(module.dashboard["on"].dashboard_bodies["acme-production"]).widgets : widget.properties.title if widget.type == "log"] == ["API errors", "Slack notifier: warnings and errors"]
    error_message = "The notifier's log stands beside yours."
  }
}

run "windows_name_alarms_by_key" {
  command = plan

  variables {
    maintenance_windows = {
      sunday-backup = { alarms = ["ecs-service-api-*"], schedule = "cron(0 2 * * SUN)", duration = "PT2H", why = "Backup.", owner = "team-data" }
    }
  }

  assert {
    condition     = output.mute_rule_names["sunday-backup"][0] == "acme-production-sunday-backup-1"
    error_message = "The window reaches its module: ${jsonencode(output.mute_rule_names)}."
  }
}

run "refuses_an_unknown_key_of_a_window" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    maintenance_windows = {
      sunday-backup = { alarms = ["*"], schedule = "cron(0 2 * * SUN)", duration = "PT2H", why = "Backup.", owner = "team-data", time_zone = "Europe/Paris" }
    }
  }
}

run "refuses_an_unknown_key_of_the_dashboard" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    dashboard = { enable = true }
  }
}

run "refuses_a_window_without_settings" {
  command         = plan
  expect_failures = [var.maintenance_windows]

  variables {
    maintenance_windows = { sunday-backup = "PT2H" }
  }
}

run "announced_changes_mute_where_asked_for" {
  command = plan

  variables {
    health_mutes = { package = { s3_bucket = "acme-packages", s3_key = "health_mutes.zip" }, max_hours = 12 }
  }

  assert {
    condition     = [for mutes in module.health_mutes : mutes.function_name] == ["acme-production-health-mutes"]
    error_message = "The function must be made."
  }
}

run "refuses_an_unknown_key_of_health_mutes" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    health_mutes = { package = { s3_bucket = "acme-packages", s3_key = "health_mutes.zip" }, hours = 12 }
  }
}

run "refuses_health_mutes_without_code" {
  command         = plan
  expect_failures = [var.health_mutes]

  variables {
    health_mutes = { max_hours = 12 }
  }
}
