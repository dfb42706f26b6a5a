# What must hold for instances to keep their alarms, and for everybody else's to be safe. Each message begins with the
# invariant's name; tools/mutants.py breaks each one in turn and shows that this file notices.

mock_provider "aws" {
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws", dns_suffix = "amazonaws.com" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked" }
  }
}

variables {
  name = "acme-production"
  topic_arns = {
    critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
    warning  = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
    info     = "arn:aws:sns:eu-west-1:123456789012:acme-production-info"
  }
  operations = { topic_arn = "arn:aws:sns:eu-west-1:123456789012:acme-production-operations" }
  package    = { zip = "versions.tf" } # any file that exists; nothing opens it in a test
}

run "invariants" {
  command = plan

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.state_changes[0].event_pattern).detail.state == ["running", "stopping", "stopped", "shutting-down", "terminated"]
    error_message = "every-state: an instance that starts, stops or ends must be heard of."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue.instances[0].redrive_policy).deadLetterTargetArn == output.dead_letter_queue_arn && jsondecode(aws_sqs_queue.instances[0].redrive_policy).maxReceiveCount >= 50
    error_message = "instances-redrive: what fails for hours must be kept, and a young instance's record must come back often enough."
  }
  assert {
    condition     = alltrue([for target in [aws_cloudwatch_event_target.state_changes[0], aws_cloudwatch_event_target.reconcile[0]] : target.dead_letter_config[0].arn == output.dead_letter_queue_arn && target.retry_policy[0].maximum_retry_attempts == 185])
    error_message = "instances-targets-retry: an event that cannot be delivered must be tried again, and then kept."
  }
  assert {
    condition     = aws_sqs_queue.instances[0].visibility_timeout_seconds >= 6 * aws_lambda_function.instances[0].timeout && aws_sqs_queue.instances[0].visibility_timeout_seconds <= 450
    error_message = "late-metrics: a record must come back at least twice within the 15 minutes in which metrics come late, and not while the function is at it."
  }
  assert {
    condition     = contains(aws_lambda_event_source_mapping.instances[0].function_response_types, "ReportBatchItemFailures")
    error_message = "instances-own-outcome: each record has its own outcome."
  }
  assert {
    condition     = aws_lambda_event_source_mapping.instances[0].scaling_config[0].maximum_concurrency == 2
    error_message = "slow-puts: more workers would only be throttled by CloudWatch."
  }
  assert {
    condition = alltrue([
      for statement in jsondecode(aws_iam_role_policy.instances[0].policy).Statement :
      try(statement.Resource, "") == "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:acme-production-auto/*"
      if length([for action in flatten([statement.Action]) : action if startswith(action, "cloudwatch:") && !startswith(action, "cloudwatch:List") && !startswith(action, "cloudwatch:Describe")]) > 0
    ])
    error_message = "own-alarms-only: nobody else's alarm may be put, deleted, muted or tagged."
  }
  assert {
    condition = [
      for statement in jsondecode(aws_iam_role_policy.instances[0].policy).Statement : statement.Condition["ForAllValues:StringEquals"]["cloudwatch:AlarmActions"]
      if contains(flatten([statement.Action]), "cloudwatch:PutMetricAlarm")
    ] == [[var.topic_arns.critical, var.topic_arns.info, var.topic_arns.warning]]
    error_message = "own-topics-only: an alarm may tell our topics and nothing else."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.health : one(alarm.alarm_actions) == var.operations.topic_arn]) && length(aws_cloudwatch_metric_alarm.health) == 2
    error_message = "instances-own-health: that the function is broken must be told, past Slack."
  }
}
