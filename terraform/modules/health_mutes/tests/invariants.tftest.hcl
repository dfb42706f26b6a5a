# What an alert's safety rests on. Each message begins with the invariant's name; tools/mutants.py breaks each one in
# turn and shows that this file notices.

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

run "invariants" {
  command = plan

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.scheduled_changes.event_pattern).detail.eventTypeCategory == ["scheduledChange"]
    error_message = "mutes-announced-alone: an issue of AWS's is what alarms are for; it mutes nothing."
  }
  assert {
    condition = alltrue(flatten([
      for statement in jsondecode(aws_iam_role_policy.this.policy).Statement : [
        for resource in flatten([statement.Resource]) : endswith(resource, ":alarm-mute-rule:acme-production-health-*") || endswith(resource, ":alarm:acme-production-*")
      ] if statement.Sid == "Mute"
    ]))
    error_message = "mutes-own-alarms-only: neither other stacks' alarms nor the stack's own health."
  }
  assert {
    condition     = aws_cloudwatch_event_target.function.dead_letter_config[0].arn == var.dead_letter_queue_arn
    error_message = "health-redrives: an event that the function never got is kept."
  }
}
