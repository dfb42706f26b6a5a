data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # Below NAME-…, as the topics' and the dead-letter queue's policies know this stack's rules: the ARN of a rule on a bus of
  # its own is rule/BUS/RULE.
  bus     = "${var.name}-central"
  bus_arn = "arn:${data.aws_partition.current.partition}:events:${data.aws_region.current.id}:${data.aws_caller_identity.current.account_id}:event-bus/${local.bus}"

  # The catalogue ends each alarm's name with its severity. An alarm that is called otherwise is a warning.
  alarm_names = {
    critical = [{ suffix = "-critical" }]
    info     = [{ suffix = "-info" }]
    warning  = [{ "anything-but" = { suffix = ["-critical", "-info"] } }]
  }
  alarm_routes = {
    for severity, names in local.alarm_names : "alarms-${severity}" => {
      description = "State changes of the senders' alarms that are ${severity} by their names."
      severity    = severity
      pattern = jsonencode({
        source      = ["aws.cloudwatch"]
        detail-type = ["CloudWatch Alarm State Change"]
        detail      = { alarmName = names }
      })
    }
  }

  health_severities = { issue = "critical", investigation = "critical", scheduledChange = "warning", accountNotification = "info" }
  health_routes = {
    for severity in distinct(values(local.health_severities)) : "health-${severity}" => {
      description = "AWS Health of the senders: ${join(", ", [for category, own in local.health_severities : category if own == severity])}."
      severity    = severity
      pattern = jsonencode({
        source      = ["aws.health"]
        detail-type = ["AWS Health Event", "AWS Health Abuse Event"]
        detail      = { eventTypeCategory = [for category, own in local.health_severities : category if own == severity] }
      })
    }
  }

  other_routes = {
    others = {
      description = "Whatever else the senders forward."
      severity    = "info"
      pattern     = jsonencode({ source = [{ "anything-but" = concat(["aws.cloudwatch", "aws.health"], var.routed_sources) }] })
    }
  }

  routes = {
    for key, route in merge(local.alarm_routes, local.health_routes, local.other_routes, var.routes) : key => route if route.severity != "none"
  }
}

resource "aws_cloudwatch_event_bus" "central" {
  name = local.bus
  tags = var.tags
}

# Who may put events here: the named accounts, or the whole organization.
resource "aws_cloudwatch_event_bus_policy" "central" {
  event_bus_name = aws_cloudwatch_event_bus.central.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      length(var.sender_account_ids) == 0 ? [] : [{
        Sid       = "SenderAccounts"
        Effect    = "Allow"
        Principal = { AWS = [for id in sort(var.sender_account_ids) : "arn:${data.aws_partition.current.partition}:iam::${id}:root"] }
        Action    = "events:PutEvents"
        Resource  = local.bus_arn
      }],
      var.organization_id == null ? [] : [{
        Sid       = "Organization"
        Effect    = "Allow"
        Principal = "*"
        Action    = "events:PutEvents"
        Resource  = local.bus_arn
        Condition = { StringEquals = { "aws:PrincipalOrgID" = var.organization_id } }
      }],
    )
  })

  lifecycle {
    precondition {
      condition     = length(var.sender_account_ids) > 0 || var.organization_id != null
      error_message = "Nobody may send: give sender_account_ids, or organization_id."
    }
  }
}

resource "aws_cloudwatch_event_rule" "route" {
  for_each = local.routes

  name           = each.key
  description    = each.value.description
  event_bus_name = aws_cloudwatch_event_bus.central.name
  event_pattern  = each.value.pattern
  tags           = var.tags

  lifecycle {
    precondition {
      condition     = contains(keys(var.topic_arns), each.value.severity)
      error_message = "No topic for the severity of the route ${each.key}: \"${each.value.severity}\". Use ${join(", ", keys(var.topic_arns))} or none."
    }
  }
}

# No role, as in event_rules: with one, delivery to an encrypted topic fails.
resource "aws_cloudwatch_event_target" "route" {
  for_each = local.routes

  rule           = aws_cloudwatch_event_rule.route[each.key].name
  event_bus_name = aws_cloudwatch_event_bus.central.name
  target_id      = "topic"
  arn            = var.topic_arns[each.value.severity]

  dead_letter_config {
    arn = var.dead_letter_queue_arn
  }
}
