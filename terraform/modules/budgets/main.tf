# Budgets: what a month may cost, told when it is spent and when it will be.

resource "aws_budgets_budget" "this" {
  for_each = var.budgets

  name         = "${var.name}-${each.key}"
  budget_type  = "COST"
  limit_amount = tostring(each.value.limit_usd)
  limit_unit   = "USD"
  time_unit    = each.value.time_unit
  tags         = var.tags

  dynamic "cost_filter" {
    for_each = each.value.filters

    content {
      name   = cost_filter.key
      values = cost_filter.value
    }
  }

  dynamic "notification" {
    for_each = concat(
      [for percent in each.value.actual : { type = "ACTUAL", percent = percent }],
      [for percent in each.value.forecast : { type = "FORECASTED", percent = percent }],
    )

    content {
      notification_type         = notification.value.type
      comparison_operator       = "GREATER_THAN"
      threshold                 = notification.value.percent
      threshold_type            = "PERCENTAGE"
      subscriber_sns_topic_arns = [var.topic_arns[each.value.severity]]
    }
  }
}

# Anomalies: spending that is unlike what a service usually costs.

locals {
  # By one name, or none.
  anomalies = { for name, anomalies in { services = var.anomalies } : name => anomalies if anomalies != null }

  # What must hold of an anomaly before anybody hears of it.
  impacts = {
    for name, anomalies in local.anomalies : name => concat(
      [{ key = "ANOMALY_TOTAL_IMPACT_ABSOLUTE", value = anomalies.min_usd }],
      [for percent in compact([anomalies.min_percent]) : { key = "ANOMALY_TOTAL_IMPACT_PERCENTAGE", value = percent }],
    )
  }
}

resource "aws_ce_anomaly_monitor" "this" {
  for_each = { for name, anomalies in local.anomalies : name => name if anomalies.monitor_arn == null }

  name              = "${var.name}-${each.key}"
  monitor_type      = "DIMENSIONAL"
  monitor_dimension = "SERVICE"
  tags              = var.tags
}

resource "aws_ce_anomaly_subscription" "this" {
  for_each = local.anomalies

  name             = "${var.name}-anomalies"
  frequency        = "IMMEDIATE" # the only one that SNS gets
  monitor_arn_list = [each.value.monitor_arn == null ? aws_ce_anomaly_monitor.this[each.key].arn : each.value.monitor_arn]
  tags             = var.tags

  subscriber {
    type    = "SNS"
    address = var.topic_arns[each.value.severity]
  }

  # Cost Explorer takes no AND of one.
  threshold_expression {
    dynamic "dimension" {
      for_each = length(local.impacts[each.key]) == 1 ? local.impacts[each.key] : []

      content {
        key           = dimension.value.key
        match_options = ["GREATER_THAN_OR_EQUAL"]
        values        = [tostring(dimension.value.value)]
      }
    }

    dynamic "and" {
      for_each = length(local.impacts[each.key]) > 1 ? local.impacts[each.key] : []

      content {
        dimension {
          key           = and.value.key
          match_options = ["GREATER_THAN_OR_EQUAL"]
          values        = [tostring(and.value.value)]
        }
      }
    }
  }
}
