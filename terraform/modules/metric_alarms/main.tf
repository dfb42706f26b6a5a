locals {
  # Terraform evaluates for_each again for each of its instances. A map of plain strings is cheap to walk: with the
  # alarms themselves in it, or with a set, planning 500 of them takes two to four times as long.
  keys   = tomap({ for key, _ in var.alarms : key => key })
  alarms = var.alarms

  comparison_operators = {
    ">"  = "GreaterThanThreshold"
    ">=" = "GreaterThanOrEqualToThreshold"
    "<"  = "LessThanThreshold"
    "<=" = "LessThanOrEqualToThreshold"
  }

  # The last words of a description are "Runbook: URL": a person reads them in the console, the notifier makes
  # a button of them.
  descriptions = {
    for key, alarm in merge(var.alarms, var.composite_alarms) :
    key => trimspace("${alarm.description}${alarm.runbook == null ? "" : " Runbook: ${alarm.runbook}"}")
  }

  # The topics by what a change of state wants: an empty list where nobody shall hear of it.
  actions = {
    for key, alarm in merge(var.alarms, var.composite_alarms) : key => alarm.actions != null ? alarm.actions : {
      alarm             = try(alarm.notify_alarm, true) ? [var.topic_arns[alarm.severity]] : []
      ok                = alarm.notify_ok ? [var.topic_arns[alarm.severity]] : []
      insufficient_data = alarm.notify_insufficient_data ? [var.topic_arns[alarm.severity]] : []
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = local.keys

  alarm_name        = coalesce(local.alarms[each.key].alarm_name, "${var.name}-${each.key}")
  alarm_description = local.descriptions[each.key]

  # With metric math each metric has its own dimensions and period, and the provider refuses any beside them.
  metric_name        = local.alarms[each.key].metric_name
  namespace          = local.alarms[each.key].namespace
  dimensions         = local.alarms[each.key].metric_name == null ? null : local.alarms[each.key].dimensions
  statistic          = local.alarms[each.key].statistic
  extended_statistic = local.alarms[each.key].extended_statistic
  unit               = local.alarms[each.key].unit
  period             = local.alarms[each.key].metric_name == null ? null : local.alarms[each.key].period

  dynamic "metric_query" {
    for_each = local.alarms[each.key].metric_query
    iterator = query

    content {
      id          = query.key
      expression  = query.value.expression
      label       = query.value.label
      return_data = query.value.return_data

      dynamic "metric" {
        for_each = query.value.metric == null ? [] : [query.value.metric]

        content {
          metric_name = metric.value.metric_name
          namespace   = metric.value.namespace
          stat        = metric.value.stat
          period      = coalesce(metric.value.period, local.alarms[each.key].period)
          unit        = metric.value.unit
          dimensions  = metric.value.dimensions
        }
      }
    }
  }

  comparison_operator = local.comparison_operators[local.alarms[each.key].comparison]
  threshold           = local.alarms[each.key].threshold
  evaluation_periods  = local.alarms[each.key].evaluation_periods
  datapoints_to_alarm = local.alarms[each.key].datapoints_to_alarm
  treat_missing_data  = local.alarms[each.key].treat_missing_data

  evaluate_low_sample_count_percentiles = local.alarms[each.key].evaluate_low_sample_count_percentiles

  actions_enabled           = coalesce(local.alarms[each.key].actions_enabled, var.actions_enabled)
  alarm_actions             = local.actions[each.key].alarm
  ok_actions                = local.actions[each.key].ok
  insufficient_data_actions = local.actions[each.key].insufficient_data

  tags = local.alarms[each.key].tags != null ? local.alarms[each.key].tags : var.tags
}

resource "aws_cloudwatch_composite_alarm" "this" {
  for_each = var.composite_alarms

  alarm_name        = coalesce(each.value.alarm_name, "${var.name}-${each.key}")
  alarm_description = local.descriptions[each.key]
  alarm_rule        = replace(trimspace(each.value.rule), "{name}", var.name)

  dynamic "actions_suppressor" {
    for_each = each.value.actions_suppressor == null ? [] : [each.value.actions_suppressor]

    content {
      alarm            = replace(actions_suppressor.value.alarm, "{name}", var.name)
      wait_period      = actions_suppressor.value.wait_period
      extension_period = actions_suppressor.value.extension_period
    }
  }

  actions_enabled           = coalesce(each.value.actions_enabled, var.actions_enabled)
  alarm_actions             = local.actions[each.key].alarm
  ok_actions                = local.actions[each.key].ok
  insufficient_data_actions = local.actions[each.key].insufficient_data

  tags = each.value.tags != null ? each.value.tags : var.tags

  # A rule names its children in a text, which Terraform cannot follow: they must exist before it and go after it.
  depends_on = [aws_cloudwatch_metric_alarm.this]
}
