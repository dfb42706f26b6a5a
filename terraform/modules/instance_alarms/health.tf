# The function's own health, to the topic that never goes through Slack.
locals {
  health = var.operations == null || !local.is_on ? {} : {
    dead = {
      description = "The function that gives instances their alarms gave events up. They wait in ${local.dead_name} for 14 days."
      namespace   = "AWS/SQS"
      metric_name = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = local.dead_name }
      statistic   = "Maximum"
    }
    errors = {
      description = "The function that gives instances their alarms breaks: an exception, a timeout, or a configuration that it refuses."
      namespace   = "AWS/Lambda"
      metric_name = "Errors"
      dimensions  = { FunctionName = local.function_name }
      statistic   = "Sum"
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "health" {
  for_each = local.health

  alarm_name          = "operations-${var.name}-instance-alarms-${each.key}"
  alarm_description   = "${each.value.description} Runbook: ${var.runbook_base_url}/instance-alarms.md"
  namespace           = each.value.namespace
  metric_name         = each.value.metric_name
  dimensions          = each.value.dimensions
  statistic           = each.value.statistic
  period              = 300
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.operations.topic_arn]
  ok_actions          = [var.operations.topic_arn]
  tags                = var.tags
}
