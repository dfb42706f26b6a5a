# What the stack's watch on itself rests on. Each message begins with the invariant's name; tools/mutants.py breaks
# each one in turn and shows that this file notices.

mock_provider "aws" {}

variables {
  name                 = "acme-production"
  operations_topic_arn = "arn:aws:sns:eu-west-1:123456789012:acme-production-operations"
  canary_topic_arn     = "arn:aws:sns:eu-west-1:123456789012:acme-production-info"
  function_name        = "acme-production-notify-slack"
  topic_names          = { critical = "acme-production-critical", info = "acme-production-info" }
  rule_names           = { alarm-state-changes = "acme-production-alarm-state-changes" }
  queues = {
    alerts        = "acme-production-alerts"
    dead          = "acme-production-alerts-dead"
    undeliverable = "acme-production-undeliverable"
  }
}

run "invariants" {
  command = plan

  assert {
    condition = keys(aws_cloudwatch_metric_alarm.this) == [
      "dead-letter-queue", "heartbeat", "ledger", "notifier-errors", "notifier-throttles", "oldest-message",
      "rule-alarm-state-changes", "slack-refusals", "topic-critical", "topic-info", "undeliverable-queue",
    ]
    error_message = "all-watched: each way to lose an alert has its alarm."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : alarm.alarm_actions == toset([var.operations_topic_arn]) && alarm.ok_actions == toset([var.operations_topic_arn]) && alarm.actions_enabled])
    error_message = "operations-only: what watches the way to Slack must not take it."
  }
  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.this : startswith(alarm.alarm_name, "operations-acme-production-")])
    error_message = "no-loop: the second path takes alarms by the stack's name, so these must not begin with it."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["heartbeat"].treat_missing_data == "breaching" && aws_cloudwatch_metric_alarm.this["heartbeat"].statistic == "SampleCount" && (aws_cloudwatch_metric_alarm.this["heartbeat"].evaluation_periods + 2) * aws_cloudwatch_metric_alarm.this["heartbeat"].period <= 540
    error_message = "silence-is-a-fault: no heartbeat for ten minutes must alarm."
  }
  assert {
    condition     = alltrue([for key, alarm in aws_cloudwatch_metric_alarm.this : alarm.treat_missing_data == "notBreaching" if key != "heartbeat"])
    error_message = "quiet-is-fine: elsewhere no data is no fault."
  }
  assert {
    condition     = alltrue([for key in ["dead-letter-queue", "undeliverable-queue"] : aws_cloudwatch_metric_alarm.this[key].metric_name == "ApproximateNumberOfMessagesVisible" && aws_cloudwatch_metric_alarm.this[key].threshold == 0])
    error_message = "dead-letters-seen: NumberOfMessagesSent does not count what a redrive policy moves."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.this["dead-letter-queue"].dimensions == tomap({ QueueName = "acme-production-alerts-dead" }) && aws_cloudwatch_metric_alarm.this["undeliverable-queue"].dimensions == tomap({ QueueName = "acme-production-undeliverable" })
    error_message = "right-queue: each alarm watches its own queue."
  }
  assert {
    condition     = alltrue([for key in ["heartbeat", "ledger", "slack-refusals"] : aws_cloudwatch_metric_alarm.this[key].namespace == "NotifySlack" && aws_cloudwatch_metric_alarm.this[key].dimensions == tomap({ Stack = "acme-production" })])
    error_message = "notifiers-metrics: the notifier writes NotifySlack by Stack, which is its name."
  }
  assert {
    condition     = alltrue([for alarm in concat(values(aws_cloudwatch_metric_alarm.this), aws_cloudwatch_metric_alarm.canary) : can(regex(" Runbook: docs/runbooks/[a-z-]+\\.md$", alarm.alarm_description))])
    error_message = "runbook-linked: each description ends in its runbook."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.canary[0].alarm_name == "acme-production-canary" && aws_cloudwatch_metric_alarm.canary[0].alarm_actions == toset([var.canary_topic_arn])
    error_message = "canary-takes-both-ways: it must begin with the stack's name and tell a severity's topic."
  }
}

run "refuses_a_topic_that_leads_to_slack" {
  command         = plan
  expect_failures = [var.operations_topic_arn]

  variables {
    operations_topic_arn = "arn:aws:sns:eu-west-1:123456789012:acme-production-critical"
  }
}

run "refuses_a_link_that_ends_in_a_slash" {
  command         = plan
  expect_failures = [var.runbook_base_url]

  variables {
    runbook_base_url = "https://example.com/runbooks/"
  }
}

run "refuses_a_name_that_is_no_prefix" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "Acme"
  }
}

run "no_canary_where_alarms_are_silent" {
  command = plan

  variables {
    canary_topic_arn = null
  }

  assert {
    condition     = output.canary_alarm_name == null
    error_message = "Null must make no canary."
  }
}
