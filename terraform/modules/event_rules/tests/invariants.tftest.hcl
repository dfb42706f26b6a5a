# What an alert's safety rests on. Each message begins with the invariant's name; tools/mutants.py breaks each one in
# turn and shows that this file notices.

mock_provider "aws" {}

variables {
  name                  = "acme-production"
  topic_arns            = { for severity in ["critical", "warning", "info"] : severity => "arn:aws:sns:eu-west-1:123456789012:acme-production-${severity}" }
  dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-undeliverable"
  alarm_state_changes = {
    queue_arn             = "arn:aws:sqs:eu-west-1:123456789012:acme-production-alerts"
    dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-undeliverable"
    alarm_name_prefixes   = ["acme-production-"]
  }
}

run "invariants" {
  command = plan

  assert {
    condition = alltrue([for target in concat(values(aws_cloudwatch_event_target.topic), aws_cloudwatch_event_target.alarm_state_changes) :
      try(target.dead_letter_config[0].arn, "") == var.dead_letter_queue_arn
    ])
    error_message = "rules-redrive: EventBridge drops what a target refuses, unless the target has a dead-letter queue."
  }
  assert {
    condition     = alltrue([for target in concat(values(aws_cloudwatch_event_target.topic), aws_cloudwatch_event_target.alarm_state_changes) : target.role_arn == null])
    error_message = "rules-without-role: with a role delivery to an encrypted topic fails."
  }
  assert {
    condition = alltrue([for target in concat(values(aws_cloudwatch_event_target.topic), aws_cloudwatch_event_target.alarm_state_changes) :
      length(target.input_transformer) == 0 && target.input == null && target.input_path == null
    ])
    error_message = "whole-events: the notifier reads AWS's own event."
  }
  assert {
    condition     = length(aws_cloudwatch_event_target.alarm_state_changes) == 1 && aws_cloudwatch_event_target.alarm_state_changes[0].arn == var.alarm_state_changes.queue_arn
    error_message = "second-path: alarm state changes must reach the queue past every topic."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.alarm_state_changes[0].event_pattern).detail == { alarmName = [{ prefix = "acme-production-" }] }
    error_message = "only-our-alarms: neither the stack's own health (operations-…), nor TargetTracking-…, nor other stacks."
  }
  assert {
    condition     = alltrue([for rule in concat(values(aws_cloudwatch_event_rule.topic), aws_cloudwatch_event_rule.alarm_state_changes) : startswith(rule.name, "acme-production-") && rule.state != "DISABLED"])
    error_message = "rules-by-name: the queues accept rules by the stack's name."
  }
}

run "no_loop" {
  command         = plan
  expect_failures = [var.alarm_state_changes]

  variables {
    alarm_state_changes = {
      queue_arn             = "arn:aws:sqs:eu-west-1:123456789012:acme-production-alerts"
      dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-undeliverable"
      alarm_name_prefixes   = ["operations-acme-production-"]
    }
  }
}
