# Alarms of instances as they come and go.

variable "instance_alarms" {
  description = "Alarms for EC2 instances as they come and go: { enabled = true, mode, package, config, fleet, log_retention_days }. Off unless asked for. See instance_alarms and docs/instances.md."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.instance_alarms))
    error_message = "instance_alarms is a map of settings: { enabled = true, package = { zip = \"dist/instance_alarms.zip\" }, config = {} }."
  }
}

locals {
  # Defaults that the module cannot give, since it is there or not by `enabled`.
  instance_alarms = merge({ enabled = false, mode = "per_instance", package = {}, config = {}, fleet = {}, log_retention_days = 365 }, var.instance_alarms)

  written_for_instances = concat(
    [
      { path = "instance_alarms", keys = keys(var.instance_alarms), known = ["config", "enabled", "fleet", "log_retention_days", "mode", "package"] },
      { path = "instance_alarms.package", keys = try(keys(var.instance_alarms.package), []), known = ["s3_bucket", "s3_key", "s3_object_version", "zip"] },
      { path = "instance_alarms.fleet", keys = try(keys(var.instance_alarms.fleet), []), known = ["mount_dimension"] },
      {
        path = "instance_alarms.config", keys = try(keys(var.instance_alarms.config), [])
        known = [
          "alarms", "environment_tag", "environments", "namespaces", "notice", "notify_ok", "paging", "puts_per_second", "share_percent", "stopped",
          "tag_prefix", "watch",
        ]
      },
    ],
    [for name, alarm in try({ for name, alarm in var.instance_alarms.config.alarms : name => alarm }, {}) : {
      path  = "instance_alarms.config.alarms.${name}", keys = try(keys(alarm), [])
      known = ["datapoints_to_alarm", "enabled", "evaluation_periods", "period", "thresholds"]
    }],
  )
}

module "instance_alarms" {
  source   = "../instance_alarms"
  for_each = toset([for switch in ["on"] : switch if local.instance_alarms.enabled])

  name               = var.name
  tags               = var.tags
  mode               = local.instance_alarms.mode
  topic_arns         = module.alert_topics.topic_arns
  runbook_base_url   = var.runbook_base_url
  actions_enabled    = var.actions_enabled
  config             = local.instance_alarms.config
  fleet              = local.instance_alarms.fleet
  package            = local.instance_alarms.package
  log_retention_days = local.instance_alarms.log_retention_days
  endpoint_url       = var.endpoint_url

  operations = {
    topic_arn   = module.alert_topics.operations_topic_arn
    kms_key_arn = module.alert_topics.kms_key_arn
  }
}

output "instance_alarms_function_name" {
  description = "Name of the function that gives instances their alarms; null unless instance_alarms.enabled in the mode per_instance."
  value       = one([for instances in module.instance_alarms : instances.function_name])
}
