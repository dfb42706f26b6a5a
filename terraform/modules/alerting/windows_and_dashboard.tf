# When alarms are silent on purpose, and how all of them look at a glance.

variable "maintenance_windows" {
  description = "Hours in which alarms hold their actions back: { NAME = { alarms, schedule, duration, timezone, why, owner } }. See maintenance_windows."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.maintenance_windows)) && alltrue([for window in var.maintenance_windows : can(keys(window))])
    error_message = "Not a map of settings: ${can(keys(var.maintenance_windows)) ? join(", ", [for key, window in var.maintenance_windows : key if !can(keys(window))]) : "maintenance_windows"}. Write each window as a key, and its settings below it."
  }
}

variable "health_mutes" {
  description = "Mute the alarms of what AWS Health says will be changed, for the hours that it says: { package = { zip = made by `make package` }, max_hours, services }. Off unless asked for. See health_mutes."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.health_mutes)) && (length(var.health_mutes) == 0 || can(keys(var.health_mutes.package)))
    error_message = "health_mutes needs the function's code: { package = { zip = \"../../../dist/health_mutes.zip\" } }."
  }
}

variable "dashboard" {
  description = "A CloudWatch dashboard of the alarms: { enabled = true, per_subject, logs }. Off unless asked for, since CloudWatch charges each from the fourth on. See dashboard."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.dashboard))
    error_message = "dashboard is a map of settings: { enabled = true, per_subject = false, logs = {} }."
  }
}

locals {
  # Defaults that the module cannot give, since the notifier's log is known here alone.
  dashboard = merge({ enabled = false, per_subject = false, logs = {} }, var.dashboard)
  notifier_log = {
    "Slack notifier: warnings and errors" = {
      log_group_names = [module.slack_notifier.log_group_name]
      query           = "fields @timestamp, level, event | filter level in [\"WARNING\", \"ERROR\"] | sort @timestamp desc | limit 50"
    }
  }

  written_for_windows_and_dashboard = concat(
    [for key, window in var.maintenance_windows : {
      path = "maintenance_windows.${key}", keys = keys(window), known = ["alarms", "duration", "expire", "owner", "schedule", "start", "timezone", "why"]
    }],
    [for title, log in try({ for title, log in var.dashboard.logs : title => log }, {}) : { path = "dashboard.logs.${title}", keys = try(keys(log), []), known = ["log_group_names", "query"] }],
    [{ path = "health_mutes", keys = keys(var.health_mutes), known = ["max_hours", "package", "services"] }],
    [{ path = "health_mutes.package", keys = try(keys(var.health_mutes.package), []), known = ["s3_bucket", "s3_key", "s3_object_version", "zip"] }],
    [{ path = "dashboard", keys = keys(var.dashboard), known = ["enabled", "logs", "per_subject"] }],
  )
}

module "maintenance_windows" {
  source = "../maintenance_windows"

  name        = var.name
  tags        = var.tags
  alarm_names = merge(module.metric_alarms.alarm_names, module.metric_alarms.composite_alarm_names)
  windows     = var.maintenance_windows
}

module "health_mutes" {
  source   = "../health_mutes"
  for_each = toset([for switch in ["on"] : switch if length(var.health_mutes) > 0])

  name                  = var.name
  tags                  = var.tags
  package               = var.health_mutes.package
  max_hours             = try(var.health_mutes.max_hours, null)
  services              = try(var.health_mutes.services, null)
  dead_letter_queue_arn = module.alert_topics.undeliverable_queue_arn
}

module "dashboard" {
  source   = "../dashboard"
  for_each = toset([for switch in ["on"] : switch if local.dashboard.enabled])

  name                  = var.name
  alarms                = module.metric_alarms.definitions
  alarm_names           = module.metric_alarms.alarm_names
  composite_alarm_names = module.metric_alarms.composite_alarm_names
  logs                  = merge(local.notifier_log, local.dashboard.logs)
  per_subject           = local.dashboard.per_subject
}

output "dashboard_names" {
  description = "Names of the CloudWatch dashboards; none unless dashboard.enabled."
  value       = flatten([for dashboard in module.dashboard : dashboard.dashboard_names])
}

output "mute_rule_names" {
  description = "Names of the mute rules of each maintenance window."
  value       = module.maintenance_windows.rule_names
}
