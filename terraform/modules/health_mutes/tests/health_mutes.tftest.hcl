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
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:acme-production-health-mutes" }
  }
}

variables {
  name                  = "acme-production"
  package               = { zip = "versions.tf" } # any file that exists; nothing opens it in a test
  dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-undeliverable"
}

run "every_scheduled_change_reaches_the_function_and_nothing_else" {
  command = plan

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.scheduled_changes.event_pattern) == {
      source      = ["aws.health"]
      detail-type = ["AWS Health Event"]
      detail      = { eventTypeCategory = ["scheduledChange"] }
    }
    error_message = "The rule takes scheduled changes of all services: ${aws_cloudwatch_event_rule.scheduled_changes.event_pattern}."
  }
  assert {
    condition = alltrue([
      aws_cloudwatch_event_target.function.arn == aws_lambda_function.this.arn,
      aws_cloudwatch_event_target.function.dead_letter_config[0].arn == var.dead_letter_queue_arn,
      aws_lambda_permission.rule.source_arn == "arn:aws:events:eu-west-1:123456789012:rule/${aws_cloudwatch_event_rule.scheduled_changes.name}",
      aws_lambda_function.this.dead_letter_config[0].target_arn == var.dead_letter_queue_arn,
    ])
    error_message = "An event reaches the function, or the queue."
  }
}

run "it_may_mute_alarms_of_the_stack_and_no_others" {
  command = plan

  assert {
    condition = one([for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : statement.Resource if statement.Sid == "Mute"]) == [
      "arn:aws:cloudwatch:eu-west-1:123456789012:alarm-mute-rule:acme-production-health-*",
      "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:acme-production-*",
    ]
    error_message = "Only its own rules, and only alarms of the stack: ${aws_iam_role_policy.this.policy}."
  }
  assert {
    condition     = aws_lambda_function.this.environment[0].variables == tomap({ ALARM_NAME_PREFIX = "acme-production-", MAX_HOURS = "24" })
    error_message = "The function must know whose alarms, and how long: ${jsonencode(aws_lambda_function.this.environment[0].variables)}."
  }
}

run "services_can_be_named" {
  command = plan

  variables {
    services = ["RDS", "EC2"]
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.scheduled_changes.event_pattern).detail.service == ["EC2", "RDS"]
    error_message = "The rule takes those services alone."
  }
}

run "refuses_longer_than_cloudwatch_mutes" {
  command = plan

  variables {
    max_hours = 400
  }

  expect_failures = [var.max_hours]
}

run "refuses_two_packages" {
  command = plan

  variables {
    package = { zip = "versions.tf", s3_bucket = "acme", s3_key = "k" }
  }

  expect_failures = [var.package]
}

run "refuses_a_missing_zip" {
  command = plan

  variables {
    package = { zip = "no-such.zip" }
  }

  expect_failures = [aws_lambda_function.this]
}

run "refuses_a_name_that_is_no_prefix" {
  command = plan

  variables {
    name = "Acme"
  }

  expect_failures = [var.name]
}
