data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account_id = data.aws_caller_identity.current.account_id
  partition  = data.aws_partition.current.partition
  region     = data.aws_region.current.id
  makes_dead = var.dead_letter_queue_arn == null
  dead_arn   = local.makes_dead ? aws_sqs_queue.dead[0].arn : var.dead_letter_queue_arn
  dead_name  = "${var.name}-forward-dead"

  # Alarms of Application Auto Scaling and of a stack's own health tell nobody anything here.
  # By way of JSON, since the two have different types.
  chosen      = jsonencode([for prefix in var.alarm_name_prefixes : { prefix = prefix }])
  all_but     = jsonencode([{ "anything-but" = { prefix = ["TargetTracking-", "operations-"] } }])
  alarm_names = jsondecode(length(var.alarm_name_prefixes) > 0 ? local.chosen : local.all_but)
  own_patterns = {
    alarms = var.alarms ? jsonencode({
      source      = ["aws.cloudwatch"]
      detail-type = ["CloudWatch Alarm State Change"]
      detail      = { alarmName = local.alarm_names }
    }) : null
    health = var.health ? jsonencode({
      source      = ["aws.health"]
      detail-type = ["AWS Health Event", "AWS Health Abuse Event"]
    }) : null
  }
  patterns = { for key, pattern in merge(local.own_patterns, var.patterns) : key => pattern if pattern != null }
}

resource "aws_cloudwatch_event_rule" "forward" {
  for_each = local.patterns

  name          = "${var.name}-forward-${each.key}"
  description   = "To the central bus: ${each.key}."
  event_pattern = each.value
  tags          = var.tags
}

resource "aws_cloudwatch_event_target" "forward" {
  for_each = local.patterns

  rule      = aws_cloudwatch_event_rule.forward[each.key].name
  target_id = "central"
  arn       = var.central_bus_arn
  role_arn  = aws_iam_role.forward.arn # a bus of another account wants one

  dead_letter_config {
    arn = local.dead_arn
  }
}

resource "aws_iam_role" "forward" {
  name = "${var.name}-forward-${local.region}"
  tags = var.tags

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sts:AssumeRole"
      Condition = { StringEquals = { "aws:SourceAccount" = local.account_id } }
    }]
  })
}

resource "aws_iam_role_policy" "forward" {
  name = "forward"
  role = aws_iam_role.forward.id

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "events:PutEvents", Resource = var.central_bus_arn }]
  })
}

# EventBridge tries for 24 hours; what it could not deliver by then is here for 14 days.
resource "aws_sqs_queue" "dead" {
  count = local.makes_dead ? 1 : 0

  name                      = local.dead_name
  message_retention_seconds = 1209600
  sqs_managed_sse_enabled   = true
  tags                      = var.tags

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Principal = { Service = "events.amazonaws.com" }
      Action    = "sqs:SendMessage"
      Resource  = "arn:${local.partition}:sqs:${local.region}:${local.account_id}:${local.dead_name}"
      Condition = { ArnLike = { "aws:SourceArn" = "arn:${local.partition}:events:${local.region}:${local.account_id}:rule/${var.name}-forward-*" } }
    }]
  })
}

# By a path that does not need the central account: a topic of this one.
resource "aws_cloudwatch_metric_alarm" "failed" {
  for_each = var.operations_topic_arn == null ? {} : local.patterns

  alarm_name          = "operations-${var.name}-forward-${each.key}"
  alarm_description   = "Events (${each.key}) do not reach the central bus: its policy, or the role of this rule. Until this is mended the channel does not hear of this account. What was lost for now is in the dead-letter queue."
  namespace           = "AWS/Events"
  metric_name         = "FailedInvocations"
  dimensions          = { RuleName = aws_cloudwatch_event_rule.forward[each.key].name }
  statistic           = "Sum"
  period              = 60
  evaluation_periods  = 1
  comparison_operator = "GreaterThanThreshold"
  threshold           = 0
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.operations_topic_arn]
  ok_actions          = [var.operations_topic_arn]
  tags                = var.tags
}
