# The mode fleet: one query over all hosts for each severity. A series that ends becomes OK, so that no orphan is left;
# for the same reason it hears of no silence.
locals {
  fleet_overrides  = try(var.config.alarms.space, { enabled = true, thresholds = {}, period = null, evaluation_periods = null, datapoints_to_alarm = null })
  fleet_thresholds = merge({ critical = 80, warning = 60 }, local.fleet_overrides.thresholds)
  fleet_alarms = {
    for severity, threshold in local.fleet_thresholds : severity => threshold
    if var.mode == "fleet" && local.fleet_overrides.enabled && threshold != null
  }
  fleet_mount = "\"${var.fleet.mount_dimension}\""
  fleet_query = join(" ", [
    "SELECT MAX(disk_used_percent)",
    "FROM SCHEMA(\"${var.config.namespaces[0]}\", InstanceId, ${local.fleet_mount})",
    "GROUP BY InstanceId, ${local.fleet_mount} ORDER BY MAX() DESC",
  ])
}

resource "aws_cloudwatch_metric_alarm" "fleet" {
  for_each = local.fleet_alarms

  alarm_name          = "${var.name}-fleet-space-${each.key}"
  alarm_description   = "A file system of a host is more than ${each.value} % full. Runbook: ${var.runbook_base_url}/cwa-disk.md"
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value
  evaluation_periods  = coalesce(local.fleet_overrides.evaluation_periods, 2)
  datapoints_to_alarm = coalesce(local.fleet_overrides.datapoints_to_alarm, 2)
  treat_missing_data  = "notBreaching"
  actions_enabled     = var.actions_enabled
  alarm_actions       = [var.topic_arns[each.key]]
  ok_actions          = var.config.notify_ok ? [var.topic_arns[each.key]] : []
  tags                = var.tags

  metric_query {
    id          = "disks"
    label       = "Fullest file system (%)"
    expression  = local.fleet_query
    period      = coalesce(local.fleet_overrides.period, 300)
    return_data = true
  }
}
