locals {
  # The three categories of AWS Health events; an investigation is an issue that AWS has not confirmed yet.
  # https://docs.aws.amazon.com/health/latest/APIReference/API_EventType.html
  health_categories = {
    issue = {
      suffix      = "health-issue"
      description = "AWS Health: an issue of an AWS service."
      categories  = ["issue", "investigation"]
    }
    scheduledChange = {
      suffix      = "health-scheduled-change"
      description = "AWS Health: a change that AWS has scheduled for our resources."
      categories  = ["scheduledChange"]
    }
    accountNotification = {
      suffix      = "health-account-notification"
      description = "AWS Health: a notification about our account."
      categories  = ["accountNotification"]
    }
  }
  health_rules = {
    for category, rule in local.health_categories : rule.suffix => {
      description = rule.description
      severity    = var.health.severities[category]
      enabled     = true
      pattern = jsonencode({
        source      = ["aws.health"]
        detail-type = ["AWS Health Event", "AWS Health Abuse Event"]
        detail      = { eventTypeCategory = rule.categories }
      })
    } if var.health.enabled && var.health.severities[category] != "none"
  }

  # Names of this module, and of slack_notifier's schedules, whose rules are called NAME-… as well.
  own_rules = concat(
    ["alarm-state-changes", "heartbeat", "sweep"],
    values(local.health_categories)[*].suffix,
  )

  topic_rules = merge(local.health_rules, local.pack_rules, var.rules)
}

# Events to the topic of their severity

resource "aws_cloudwatch_event_rule" "topic" {
  for_each = local.topic_rules

  name          = "${var.name}-${each.key}"
  description   = each.value.description
  event_pattern = each.value.pattern
  state         = each.value.enabled ? "ENABLED" : "DISABLED"
  tags          = var.tags

  lifecycle {
    precondition {
      condition     = contains(keys(var.topic_arns), each.value.severity)
      error_message = "No topic for the severity of ${each.key}: \"${each.value.severity}\". Use ${join(", ", keys(var.topic_arns))}."
    }
  }
}

# No role_arn: the topic's policy lets EventBridge publish, and with a role delivery to an encrypted topic fails.
# No input_transformer: the notifier reads AWS's own event.
resource "aws_cloudwatch_event_target" "topic" {
  for_each = local.topic_rules

  rule      = aws_cloudwatch_event_rule.topic[each.key].name
  target_id = "topic"
  arn       = var.topic_arns[each.value.severity]

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }
}

# Alarm state changes to the notifier's queue: the second path of our own alarms, past SNS and its policies.
# Every state passes, since whether a recovery is announced is the notifier's to decide.

resource "aws_cloudwatch_event_rule" "alarm_state_changes" {
  count = var.alarm_state_changes == null ? 0 : 1

  name        = "${var.name}-alarm-state-changes"
  description = "Our alarms' state changes, to the notifier's queue: the second path beside SNS."
  tags        = var.tags

  # Nothing here can match an alarm of Application Auto Scaling (TargetTracking-…) or of the stack's own health
  # (operations-…): neither begins with a prefix that the variable accepts.
  event_pattern = jsonencode({
    source      = ["aws.cloudwatch"]
    detail-type = ["CloudWatch Alarm State Change"]
    detail = {
      alarmName = concat([for prefix in var.alarm_state_changes.alarm_name_prefixes : { prefix = prefix }], var.alarm_state_changes.alarm_names)
    }
  })
}

resource "aws_cloudwatch_event_target" "alarm_state_changes" {
  count = var.alarm_state_changes == null ? 0 : 1

  rule      = aws_cloudwatch_event_rule.alarm_state_changes[0].name
  target_id = "notifier"
  arn       = var.alarm_state_changes.queue_arn

  dead_letter_config {
    arn = var.alarm_state_changes.dead_letter_queue_arn
  }
}
