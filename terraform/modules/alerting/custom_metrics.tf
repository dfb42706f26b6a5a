# What only a program on the host or in the database's VPC can measure.

variable "custom_metrics" {
  description = "What alarmctl publish sends, with its rights and alarms: { hosts, sql, ecs, cloudwatch_agent, applications, publisher, dimensions }. Off unless one of them is given. See custom_metrics."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.custom_metrics)) && alltrue([for part in try(values(var.custom_metrics), []) : can(keys(part))])
    error_message = "custom_metrics is a map of settings: { hosts = { sources = {}, watch = {} }, sql = {}, ecs = {}, cloudwatch_agent = {}, applications = {} }."
  }
}

locals {
  custom_metric_keys = {
    hosts            = ["sources", "watch"]
    sql              = ["kms_key_arn", "log_retention_days", "machine", "package", "reserved_concurrency", "security_group_ids", "sources", "subnet_ids", "timeout_seconds"]
    ecs              = ["agent", "cluster", "image", "log_retention_days", "sources"]
    cloudwatch_agent = ["enabled", "interval_seconds", "mounts"]
    publisher        = ["interval_seconds", "namespace"]
  }

  # The keys of a source and of its alarms are checked by the module itself: they depend on the source's type.
  written_for_custom_metrics = concat(
    [{ path = "custom_metrics", keys = keys(var.custom_metrics), known = ["applications", "cloudwatch_agent", "dimensions", "ecs", "hosts", "publisher", "sql"] }],
    [for part, known in local.custom_metric_keys : { path = "custom_metrics.${part}", keys = try(keys(var.custom_metrics[part]), []), known = known }],
    [for key, one in try({ for key, one in var.custom_metrics.hosts.watch : key => one }, {}) : {
      path = "custom_metrics.hosts.watch.${key}", keys = try(keys(one), []), known = ["auto_scaling_group_name", "instance_id", "mounts", "swap"]
    }],
    [for key, one in try({ for key, one in var.custom_metrics.applications : key => one }, {}) : {
      path = "custom_metrics.applications.${key}", keys = try(keys(one), []), known = ["delivery_streams", "event_buses", "log_groups", "namespaces"]
    }],
    [{ path = "custom_metrics.sql.package", keys = try(keys(var.custom_metrics.sql.package), []), known = ["s3_bucket", "s3_key", "s3_object_version", "zip"] }],
  )

  custom_metric_alarms = merge([for one in module.custom_metrics : one.alarms]...)
}

module "custom_metrics" {
  source   = "../custom_metrics"
  for_each = toset([for switch in ["on"] : switch if length(var.custom_metrics) > 0])

  name             = var.name
  tags             = var.tags
  environment      = var.environment
  runbook_base_url = var.runbook_base_url

  dimensions       = try(var.custom_metrics.dimensions, {})
  publisher        = try(var.custom_metrics.publisher, {})
  hosts            = try(var.custom_metrics.hosts, {})
  sql              = try(var.custom_metrics.sql, {})
  ecs              = try(var.custom_metrics.ecs, {})
  cloudwatch_agent = try(var.custom_metrics.cloudwatch_agent, {})
  applications     = try(var.custom_metrics.applications, {})
}

output "custom_metrics" {
  description = "Where the publisher's configurations are, and the policies to attach: { parameter_names, policy_arns, agent_parameter_name }; null without custom_metrics."
  value = try({
    parameter_names      = module.custom_metrics["on"].parameter_names
    policy_arns          = module.custom_metrics["on"].policy_arns
    agent_parameter_name = module.custom_metrics["on"].agent_parameter_name
  }, null)
}
