locals {
  # The notifier's own two metrics; see lambda/notify_slack/heartbeat.py.
  notifier = { namespace = "NotifySlack", dimensions = { Stack = var.name } }

  # Every alarm of the stack about itself. One datapoint is enough, unless `of` says how many.
  # Where no data is no fault, it is not breaching; for the heartbeat it is the fault.
  fixed_alarms = {
    dead-letter-queue = {
      description = "The notifier gave alerts up, or a topic could not hand them to its queue. They wait in ${var.queues.dead} for 14 days."
      runbook     = "dead-letter-queue"
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesVisible" # NumberOfMessagesSent would miss what a redrive policy moved
      dimensions  = { QueueName = var.queues.dead }
      statistic   = "Maximum"
      period      = 60
    }
    undeliverable-queue = {
      description = "A topic or a rule could not deliver. What it was waits in ${var.queues.undeliverable} for 14 days."
      runbook     = "undeliverable-queue"
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = var.queues.undeliverable }
      statistic   = "Maximum"
      period      = 60
    }
    oldest-message = {
      description = "Alerts have waited for more than ten minutes: nobody reads ${var.queues.alerts}, or Slack takes nothing."
      runbook     = "oldest-message"
      namespace   = "AWS/SQS"
      metric_name = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = var.queues.alerts }
      statistic   = "Maximum"
      period      = 60
      threshold   = 600
      of          = 5
    }
    notifier-errors = {
      description = "The notifier broke: an exception, a timeout, or a zip that cannot be loaded."
      runbook     = "notifier-errors"
      namespace   = "AWS/Lambda"
      metric_name = "Errors"
      dimensions  = { FunctionName = var.function_name }
      statistic   = "Sum"
      period      = 300
    }
    notifier-throttles = {
      description = "The notifier was not let run: the account's or its own concurrency is used up."
      runbook     = "notifier-throttles"
      namespace   = "AWS/Lambda"
      metric_name = "Throttles"
      dimensions  = { FunctionName = var.function_name }
      statistic   = "Sum"
      period      = 300
      of          = 2
    }
    slack-refusals = {
      description = "Slack refuses alerts for good: the webhook is revoked, or the channel is archived."
      runbook     = "slack-refusals"
      namespace   = local.notifier.namespace
      metric_name = "Refused"
      dimensions  = local.notifier.dimensions
      statistic   = "Sum"
      period      = 60
    }
    # Minutes, not the five of the beat: CloudWatch looks two periods further back before it takes a value as missing.
    heartbeat = {
      description = "Nothing comes through: no sign of life has passed rule, queue and notifier for ten minutes."
      runbook     = "heartbeat"
      namespace   = local.notifier.namespace
      metric_name = "Heartbeat"
      dimensions  = local.notifier.dimensions
      statistic   = "SampleCount"
      period      = 60
      comparison  = "LessThanThreshold"
      threshold   = 1
      of          = 7
      missing     = "breaching"
    }
    ledger = {
      description = "The notifier cannot use its ledger, or cannot read the webhook. It posts what it can, some of it twice."
      runbook     = "ledger"
      namespace   = local.notifier.namespace
      metric_name = "Heartbeat" # 0 when either could not be read
      dimensions  = local.notifier.dimensions
      statistic   = "Minimum"
      period      = 300
      comparison  = "LessThanThreshold"
      threshold   = 1
      of          = 2
    }
  }
  topic_alarms = {
    for severity, name in var.topic_names : "topic-${severity}" => {
      description = "The topic ${name} could not deliver to a subscriber."
      runbook     = "topic-failing"
      namespace   = "AWS/SNS"
      metric_name = "NumberOfNotificationsFailed"
      dimensions  = { TopicName = name }
      statistic   = "Sum"
      period      = 60
    }
  }
  rule_alarms = {
    for key, name in var.rule_names : "rule-${key}" => {
      description = "The rule ${name} could not deliver an event, not even to its dead-letter queue."
      runbook     = "rule-failing"
      namespace   = "AWS/Events"
      metric_name = "FailedInvocations"
      dimensions  = { RuleName = name }
      statistic   = "Sum"
      period      = 60
    }
  }
  defaults = { comparison = "GreaterThanThreshold", threshold = 0, of = 1, missing = "notBreaching" }
  alarms   = { for key, alarm in merge(local.fixed_alarms, local.topic_alarms, local.rule_alarms) : key => merge(local.defaults, alarm) }
}

# The names begin with operations-, and not with the stack's name: so no rule takes them to Slack.
resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.alarms

  alarm_name        = "operations-${var.name}-${each.key}"
  alarm_description = "${each.value.description} Runbook: ${var.runbook_base_url}/${each.value.runbook}.md"

  namespace   = each.value.namespace
  metric_name = each.value.metric_name
  dimensions  = each.value.dimensions
  statistic   = each.value.statistic
  period      = each.value.period

  comparison_operator = each.value.comparison
  threshold           = each.value.threshold
  evaluation_periods  = each.value.of
  datapoints_to_alarm = each.value.of
  treat_missing_data  = each.value.missing

  # Also where the stack's own alarms are silent: whether it works is another matter.
  actions_enabled = true
  alarm_actions   = [var.operations_topic_arn]
  ok_actions      = [var.operations_topic_arn]

  tags = var.tags
}

# Fires only when `alarmctl doctor` sets its state. It is one of the stack's alarms by name, so it takes both ways.
resource "aws_cloudwatch_metric_alarm" "canary" {
  count = var.canary_topic_arn == null ? 0 : 1

  alarm_name        = "${var.name}-canary"
  alarm_description = "A test of the way to Slack by alarmctl doctor. Nothing is wrong. Runbook: ${var.runbook_base_url}/canary.md"

  namespace   = local.notifier.namespace
  metric_name = "Refused" # of no stack: the alarm has no data, and none is no fault
  dimensions  = { Stack = "canary-of-${var.name}" }
  statistic   = "Sum"
  period      = 300

  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  alarm_actions = [var.canary_topic_arn]
  ok_actions    = [var.canary_topic_arn]

  tags = merge(var.tags, { "alarmctl:ignore" = "ALM001: only alarmctl doctor sets its state" })
}
