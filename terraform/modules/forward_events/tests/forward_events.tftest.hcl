mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "111111111111" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-central-1" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-central-1:111111111111:acme-payments-forward-dead" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::111111111111:role/acme-payments-forward-eu-central-1" }
  }
}

variables {
  name            = "acme-payments"
  central_bus_arn = "arn:aws:events:eu-west-1:123456789012:event-bus/acme-production-central"
}

run "forwards_alarms_and_health_with_a_role_and_a_dead_letter_queue" {
  command = plan

  assert {
    condition     = toset(keys(aws_cloudwatch_event_target.forward)) == toset(["alarms", "health"])
    error_message = "Alarms and AWS Health are forwarded by themselves."
  }

  assert {
    condition = alltrue([for target in aws_cloudwatch_event_target.forward : alltrue([
      target.arn == var.central_bus_arn,
      target.role_arn == aws_iam_role.forward.arn,
      target.dead_letter_config[0].arn == aws_sqs_queue.dead[0].arn,
    ])])
    error_message = "Every target is the central bus, with role and dead-letter queue."
  }

  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.forward["alarms"].event_pattern).detail.alarmName == [{ anything-but = { prefix = ["TargetTracking-", "operations-"] } }]
    error_message = "Scaling's alarms and a stack's own health stay here."
  }

  assert {
    condition     = jsondecode(aws_iam_role_policy.forward.policy).Statement == [{ Effect = "Allow", Action = "events:PutEvents", Resource = var.central_bus_arn }]
    error_message = "The role may put events on the central bus, and nothing else."
  }

  assert {
    condition     = aws_sqs_queue.dead[0].message_retention_seconds == 1209600 && jsondecode(aws_sqs_queue.dead[0].policy).Statement[0].Condition.ArnLike["aws:SourceArn"] == "arn:aws:events:eu-central-1:111111111111:rule/acme-payments-forward-*"
    error_message = "The dead-letter queue keeps 14 days and takes from these rules alone."
  }
}

run "forwards_what_is_asked_for" {
  command = plan

  variables {
    alarm_name_prefixes   = ["payments-"]
    health                = false
    patterns              = { ecs = "{\"source\": [\"aws.ecs\"]}" }
    dead_letter_queue_arn = "arn:aws:sqs:eu-central-1:111111111111:mine"
    operations_topic_arn  = "arn:aws:sns:eu-central-1:111111111111:platform"
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_event_rule.forward)) == toset(["alarms", "ecs"]) && length(aws_sqs_queue.dead) == 0
    error_message = "Only what was asked for is forwarded."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.failed["ecs"].dimensions == tomap({ RuleName = "acme-payments-forward-ecs" }) && startswith(aws_cloudwatch_metric_alarm.failed["ecs"].alarm_name, "operations-")
    error_message = "A rule that fails is told to the topic of this account, by an alarm that is not forwarded itself."
  }
}

run "refuses_what_is_no_bus" {
  command = plan

  variables {
    central_bus_arn = "arn:aws:sns:eu-west-1:123456789012:x"
  }

  expect_failures = [var.central_bus_arn]
}

run "refuses_a_pattern_that_is_no_json" {
  command = plan

  variables {
    patterns = { ecs = "aws.ecs" }
  }

  expect_failures = [var.patterns]
}

run "refuses_the_name_of_its_own_pattern" {
  command = plan

  variables {
    patterns = { alarms = "{}" }
  }

  expect_failures = [var.patterns]
}
