# Two things that must happen without any alert. The rules' names begin with the stack's name, as the policy of the
# queue demands; the function tells them from events by their input.

# The heartbeat takes the way of an alert: rule, queue, mapping, function. Its absence is an alarm.
resource "aws_cloudwatch_event_rule" "heartbeat" {
  name                = "${var.name}-heartbeat"
  description         = "A sign of life through the notifier's queue."
  schedule_expression = local.every
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "heartbeat" {
  rule      = aws_cloudwatch_event_rule.heartbeat.name
  target_id = "queue"
  arn       = local.queue_arn
  input     = jsonencode({ notify_slack = "heartbeat" })

  dead_letter_config {
    arn = local.dead_arn
  }
  retry_policy {
    maximum_event_age_in_seconds = local.every_seconds # the next one is due by then
    maximum_retry_attempts       = 185
  }

  depends_on = [aws_sqs_queue.alerts]
}

# The sweep looks for alarms that neither path told of, and does not go through the queue: it must work when that does not.
resource "aws_cloudwatch_event_rule" "sweep" {
  name                = "${var.name}-sweep"
  description         = "Looks for alarms in ALARM that the notifier has not heard of."
  schedule_expression = local.every
  tags                = var.tags
}

resource "aws_cloudwatch_event_target" "sweep" {
  rule      = aws_cloudwatch_event_rule.sweep.name
  target_id = "notifier"
  arn       = local.alias_arn
  input     = jsonencode({ notify_slack = "sweep" })

  dead_letter_config {
    arn = local.dead_arn
  }
  retry_policy {
    maximum_event_age_in_seconds = local.every_seconds
    maximum_retry_attempts       = 185
  }

  depends_on = [aws_sqs_queue.dead, aws_lambda_permission.sweep]
}

resource "aws_lambda_permission" "sweep" {
  statement_id  = "SweepRuleInvokes"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.notifier.function_name
  qualifier     = aws_lambda_alias.live.name
  principal     = "events.amazonaws.com"
  source_arn    = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${aws_cloudwatch_event_rule.sweep.name}"
}
