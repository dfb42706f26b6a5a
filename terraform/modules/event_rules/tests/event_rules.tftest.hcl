mock_provider "aws" {
  override_during = plan

  mock_resource "aws_cloudwatch_event_rule" {
    defaults = { arn = "arn:aws:events:eu-west-1:123456789012:rule/mocked" }
  }
}

variables {
  name = "acme-production"
  topic_arns = {
    critical = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
    warning  = "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
    info     = "arn:aws:sns:eu-west-1:123456789012:acme-production-info"
  }
  dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-undeliverable"
  rules = {
    ecs-deployment-failed = {
      description = "A deployment failed and was rolled back."
      severity    = "critical"
      pattern     = "{\"source\": [\"aws.ecs\"], \"detail-type\": [\"ECS Deployment State Change\"], \"detail\": {\"eventName\": [\"SERVICE_DEPLOYMENT_FAILED\"]}}"
    }
    spot-interruption = {
      severity = "info"
      enabled  = false
      pattern  = "{\"source\": [\"aws.ec2\"], \"detail-type\": [\"EC2 Spot Instance Interruption Warning\"]}"
    }
  }
  alarm_state_changes = {
    queue_arn             = "arn:aws:sqs:eu-west-1:123456789012:acme-production-alerts"
    dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:acme-production-alerts-dead"
    alarm_name_prefixes   = ["acme-production-"]
    alarm_names           = ["legacy-disk"]
  }
}

run "an_event_reaches_the_topic_of_its_severity" {
  command = plan

  assert {
    condition     = aws_cloudwatch_event_target.topic["ecs-deployment-failed"].arn == var.topic_arns.critical && aws_cloudwatch_event_target.topic["spot-interruption"].arn == var.topic_arns.info
    error_message = "The severity picks the topic."
  }
  assert {
    condition     = jsondecode(aws_cloudwatch_event_rule.topic["ecs-deployment-failed"].event_pattern) == jsondecode(var.rules["ecs-deployment-failed"].pattern)
    error_message = "The pattern must be deployed as it was written."
  }
  assert {
    condition     = aws_cloudwatch_event_rule.topic["ecs-deployment-failed"].state == "ENABLED" && aws_cloudwatch_event_rule.topic["spot-interruption"].state == "DISABLED"
    error_message = "A rule is on unless it says otherwise."
  }
  assert {
    condition = output.rule_names == {
      ecs-deployment-failed       = "acme-production-ecs-deployment-failed"
      spot-interruption           = "acme-production-spot-interruption"
      health-issue                = "acme-production-health-issue"
      health-scheduled-change     = "acme-production-health-scheduled-change"
      health-account-notification = "acme-production-health-account-notification"
      alarm-state-changes         = "acme-production-alarm-state-changes"
    }
    error_message = "Every rule's name must begin with the stack's name: the queues accept from those alone."
  }
}

run "no_target_loses_an_event" {
  command = plan

  assert {
    condition     = alltrue([for target in aws_cloudwatch_event_target.topic : [for config in target.dead_letter_config : config.arn] == [var.dead_letter_queue_arn]])
    error_message = "Every target needs the dead-letter queue."
  }
  assert {
    condition     = [for config in aws_cloudwatch_event_target.alarm_state_changes[0].dead_letter_config : config.arn] == [var.alarm_state_changes.dead_letter_queue_arn]
    error_message = "The queue's target needs its dead-letter queue."
  }
  assert {
    condition = alltrue([for target in concat(values(aws_cloudwatch_event_target.topic), aws_cloudwatch_event_target.alarm_state_changes) :
      target.role_arn == null && length(target.input_transformer) == 0 && target.input == null && target.input_path == null
    ])
    error_message = "A target must have no role and pass AWS's own event."
  }
}

run "our_alarms_alone_take_the_second_path" {
  command = plan

  assert {
    condition = jsondecode(aws_cloudwatch_event_rule.alarm_state_changes[0].event_pattern) == {
      source      = ["aws.cloudwatch"]
      detail-type = ["CloudWatch Alarm State Change"]
      detail      = { alarmName = [{ prefix = "acme-production-" }, "legacy-disk"] }
    }
    error_message = "The rule must match state changes of our alarms, in every state, and nothing else."
  }
  assert {
    condition     = aws_cloudwatch_event_target.alarm_state_changes[0].arn == var.alarm_state_changes.queue_arn
    error_message = "The events must reach the notifier's queue."
  }
}

run "the_second_path_can_be_left_out" {
  command = plan

  variables {
    alarm_state_changes = null
  }

  assert {
    condition     = length(aws_cloudwatch_event_rule.alarm_state_changes) == 0 && length(aws_cloudwatch_event_target.alarm_state_changes) == 0
    error_message = "Null must make no rule."
  }
}

run "health_events_by_category" {
  command = plan

  assert {
    condition = { for key, target in aws_cloudwatch_event_target.topic : key => target.arn if startswith(key, "health-") } == {
      health-issue                = var.topic_arns.critical
      health-scheduled-change     = var.topic_arns.warning
      health-account-notification = var.topic_arns.info
    }
    error_message = "An issue is critical, a scheduled change a warning, a notification is for information."
  }
  assert {
    condition = { for key, rule in aws_cloudwatch_event_rule.topic : key => jsondecode(rule.event_pattern).detail.eventTypeCategory if startswith(key, "health-") } == {
      health-issue                = ["issue", "investigation"]
      health-scheduled-change     = ["scheduledChange"]
      health-account-notification = ["accountNotification"]
    }
    error_message = "Every category that AWS documents must be matched once."
  }
  assert {
    condition     = alltrue([for key, rule in aws_cloudwatch_event_rule.topic : jsondecode(rule.event_pattern).source == ["aws.health"] if startswith(key, "health-")])
    error_message = "Health events come from aws.health."
  }
}

run "health_categories_have_the_severity_you_choose" {
  command = plan

  variables {
    health = { severities = { issue = "warning", accountNotification = "none" } }
  }

  assert {
    condition = { for key, target in aws_cloudwatch_event_target.topic : key => target.arn if startswith(key, "health-") } == {
      health-issue            = var.topic_arns.warning
      health-scheduled-change = var.topic_arns.warning
    }
    error_message = "A category takes its severity from the variable, and none leaves it out."
  }
}

run "health_can_be_off" {
  command = plan

  variables {
    health = { enabled = false }
  }

  assert {
    condition     = toset(keys(aws_cloudwatch_event_rule.topic)) == toset(["ecs-deployment-failed", "spot-interruption"])
    error_message = "No health rule may be made."
  }
}

run "refuses_a_name_that_is_no_prefix" {
  command = plan

  variables {
    name = ""
  }

  expect_failures = [var.name]
}

run "refuses_an_unknown_severity" {
  command = plan

  variables {
    rules = { spot = { severity = "urgent", pattern = "{\"source\": [\"aws.ec2\"]}" } }
  }

  expect_failures = [var.rules]
}

run "refuses_the_names_of_the_notifiers_schedules" {
  command = plan

  variables {
    rules = { heartbeat = { severity = "info", pattern = "{\"source\": [\"aws.ec2\"]}" }, sweep = { severity = "info", pattern = "{\"source\": [\"aws.ec2\"]}" } }
  }

  expect_failures = [var.rules]
}

run "refuses_a_pattern_that_is_no_json" {
  command = plan

  variables {
    rules = { spot = { severity = "info", pattern = "{source: aws.ec2" } }
  }

  expect_failures = [var.rules]
}

run "refuses_a_pattern_that_is_no_object" {
  command = plan

  variables {
    rules = { spot = { severity = "info", pattern = "[\"aws.ec2\"]" } }
  }

  expect_failures = [var.rules]
}

run "refuses_an_empty_pattern" {
  command = plan

  variables {
    rules = { spot = { severity = "info", pattern = "{}" } }
  }

  expect_failures = [var.rules]
}

run "refuses_a_field_that_no_event_has" {
  command = plan

  variables {
    rules = { spot = { severity = "info", pattern = "{\"source\": [\"aws.ec2\"], \"detail_type\": [\"EC2 Spot Instance Interruption Warning\"]}" } }
  }

  expect_failures = [var.rules]
}

run "refuses_a_rule_name_that_aws_refuses" {
  command = plan

  variables {
    rules = { "spot interruption" = { severity = "info", pattern = "{\"source\": [\"aws.ec2\"]}" } }
  }

  expect_failures = [var.rules]
}

run "refuses_a_rule_name_that_is_taken" {
  command = plan

  variables {
    rules = { health-issue = { severity = "info", pattern = "{\"source\": [\"aws.health\"]}" } }
  }

  expect_failures = [var.rules]
}

run "refuses_a_health_severity_without_a_topic" {
  command = plan

  variables {
    health = { severities = { issue = "urgent" } }
  }

  expect_failures = [var.health]
}

run "refuses_to_match_every_alarm" {
  command = plan

  variables {
    alarm_state_changes = { queue_arn = "arn:aws:sqs:eu-west-1:123456789012:q", dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:d", alarm_name_prefixes = [""] }
  }

  expect_failures = [var.alarm_state_changes]
}

run "refuses_the_stacks_own_health_alarms" {
  command = plan

  variables {
    alarm_state_changes = { queue_arn = "arn:aws:sqs:eu-west-1:123456789012:q", dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:d", alarm_name_prefixes = ["operations-acme"] }
  }

  expect_failures = [var.alarm_state_changes]
}

run "refuses_a_prefix_that_would_take_auto_scaling_along" {
  command = plan

  variables {
    alarm_state_changes = { queue_arn = "arn:aws:sqs:eu-west-1:123456789012:q", dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:d", alarm_name_prefixes = ["acme-", "Target"] }
  }

  expect_failures = [var.alarm_state_changes]
}

run "refuses_an_auto_scaling_alarm_by_name" {
  command = plan

  variables {
    alarm_state_changes = {
      queue_arn             = "arn:aws:sqs:eu-west-1:123456789012:q"
      dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:d"
      alarm_name_prefixes   = ["acme-"]
      alarm_names           = ["TargetTracking-service/acme/api-AlarmHigh-0000"]
    }
  }

  expect_failures = [var.alarm_state_changes]
}

run "refuses_a_second_path_for_no_alarm" {
  command = plan

  variables {
    alarm_state_changes = { queue_arn = "arn:aws:sqs:eu-west-1:123456789012:q", dead_letter_queue_arn = "arn:aws:sqs:eu-west-1:123456789012:d", alarm_name_prefixes = [] }
  }

  expect_failures = [var.alarm_state_changes]
}
