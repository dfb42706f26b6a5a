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

run "budgets_and_anomalies_are_let_into_the_topics" {
  command = plan

  variables {
    budgets        = { month = { limit_usd = 500, severity = "info" } }
    cost_anomalies = { enabled = true, min_usd = 50 }
  }

  assert {
    condition     = output.budget_names == { month = "acme-production-month" }
    error_message = "The budget must be made: ${jsonencode(output.budget_names)}."
  }
  assert {
    condition     = local.spending_publishers == tolist(["budgets.amazonaws.com", "costalerts.amazonaws.com"])
    error_message = "Both services must be let into the topics: ${jsonencode(local.spending_publishers)}."
  }
}

run "nobody_is_let_in_unless_asked_for" {
  command = plan

  assert {
    condition     = length(local.spending_publishers) == 0 && length(output.budget_names) == 0
    error_message = "No budget, no publisher."
  }
}

run "refuses_an_unknown_key_of_a_budget" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    budgets        = { month = { limit_usd = 500, forcast = [90] } }
    cost_anomalies = { enabled = true, minimum_usd = 50 }
  }
}

run "refuses_a_budget_that_is_a_number" {
  command         = plan
  expect_failures = [var.budgets]

  variables {
    budgets = { month = 500 }
  }
}
