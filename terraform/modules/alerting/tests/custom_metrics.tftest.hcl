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
  mock_resource "aws_iam_policy" {
    defaults = { arn = "arn:aws:iam::123456789012:policy/mocked" }
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

run "nothing_unless_asked_for" {
  command = plan

  assert {
    condition     = length(module.custom_metrics) == 0 && output.custom_metrics == null && !anytrue([for key in keys(output.alarm_names) : startswith(key, "publisher-")])
    error_message = "Custom metrics are off by themselves."
  }
}

run "its_alarms_are_alarms_like_the_others" {
  command = plan

  variables {
    custom_metrics = {
      hosts = {
        sources = { host = { preset = "host" }, web = { preset = "web-connections" } }
        watch   = { web = { auto_scaling_group_name = "web" } }
      }
    }
    alarms = {
      publisher-web-web-http-cons-timewait = { severity = "critical" }
      publisher-web-web-http-cons-finwait1 = null
    }
    maintenance_windows = {
      deploys = { alarms = ["publisher-web-*"], schedule = "cron(0 2 * * SUN)", duration = "PT1H", why = "Deploy.", owner = "team-web" }
    }
  }

  assert {
    condition     = module.metric_alarms.definitions["publisher-web-host-up"].treat_missing_data == "breaching" && output.alarm_names["publisher-web-host-up"] == "acme-production-publisher-web-host-up"
    error_message = "The alarms reach metric_alarms: ${jsonencode(keys(output.alarm_names))}."
  }
  assert {
    condition     = module.metric_alarms.definitions["publisher-web-web-http-cons-timewait"].severity == "critical" && module.metric_alarms.definitions["publisher-web-web-http-cons-timewait"].threshold == 20000 && !contains(keys(output.alarm_names), "publisher-web-web-http-cons-finwait1")
    error_message = "alarms changes one, and null takes one out."
  }
  assert {
    condition     = contains(keys(output.alarm_names), "disk-web-root-space-warning")
    error_message = "The catalogue's alarms on disks come with them."
  }
  assert {
    condition     = output.custom_metrics.parameter_names == { hosts = "/acme-production/publisher/hosts" } && keys(output.custom_metrics.policy_arns) == ["hosts"]
    error_message = "Where the configuration is, and what to attach."
  }
}

run "refuses_an_unknown_key" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    custom_metrics = { hosts = { sourcs = {} } }
  }
}

run "refuses_an_unknown_key_of_a_subject" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    custom_metrics = { hosts = { sources = { host = { preset = "host" } }, watch = { web = { auto_scaling_group_name = "web", mount = ["/"] } } } }
  }
}

run "refuses_what_is_no_map" {
  command         = plan
  expect_failures = [var.custom_metrics]

  variables {
    custom_metrics = { hosts = true }
  }
}
