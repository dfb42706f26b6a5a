# Logs, both off unless asked for: the way of lines with alarms on them, and load balancers' access logs.

variable "log_pipeline" {
  description = "Log groups, alarms from their lines, delivery to S3 and OpenSearch: { enabled = true, log_groups, log_alarms, agent_files, ecs, delivery, bucket, opensearch, kms_key_arn, ecs_services = the log group of a service, by CLUSTER/SERVICE, for the button in Slack }. See log_pipeline."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.log_pipeline))
    error_message = "log_pipeline is a map of settings: { enabled = true, log_groups = {} }."
  }
  validation {
    condition     = length(setsubtract(try(values(var.log_pipeline.ecs_services), []), try(keys(var.log_pipeline.log_groups), []))) == 0
    error_message = "Unknown log group in log_pipeline.ecs_services: ${join(", ", setsubtract(try(values(var.log_pipeline.ecs_services), []), try(keys(var.log_pipeline.log_groups), [])))}. log_groups has ${join(", ", try(keys(var.log_pipeline.log_groups), []))}."
  }
}

variable "access_logs" {
  description = "A bucket for load balancers' access logs, and Athena over it: { enabled = true, existing_bucket, prefix, legacy_delivery_account, retention_days, infrequent_access_days, query_results_days, queries_enabled, first_day, scan_limit_gib, force_destroy }. See access_logs."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.access_logs))
    error_message = "access_logs is a map of settings: { enabled = true, retention_days = 90 }."
  }
}

locals {
  log_pipeline_on = toset([for switch in ["on"] : switch if try(var.log_pipeline.enabled, false)])
  access_logs_on  = toset([for switch in ["on"] : switch if try(var.access_logs.enabled, false)])

  log_settings    = ["agent_files", "alarms", "bucket", "delivery", "ecs", "kms_key_arn", "log_alarms", "log_groups", "opensearch"]
  access_settings = ["existing_bucket", "first_day", "force_destroy", "infrequent_access_days", "legacy_delivery_account", "prefix", "queries_enabled", "query_results_days", "retention_days", "scan_limit_gib"]

  # What the notifier must know for its buttons; what is written in notifier_config.logs comes first.
  log_groups_of_services = merge({}, [
    for pipeline in module.log_pipeline : { for service, group in try(var.log_pipeline.ecs_services, {}) : service => pipeline.log_group_names[group] }
  ]...)
  log_links = merge(
    length(local.log_groups_of_services) > 0 ? { groups = local.log_groups_of_services } : {},
    length(local.access_logs_on) > 0 && try(var.access_logs.queries_enabled, true) ? { load_balancers = ["*"] } : {},
    try({ for key, value in var.notifier_config.logs : key => value }, {}),
  )
  notifier_config = merge(var.notifier_config, length(local.log_links) > 0 ? { logs = local.log_links } : {})

  written_for_logs = concat(
    [
      { path = "log_pipeline", keys = keys(var.log_pipeline), known = concat(["ecs_services", "enabled"], local.log_settings) },
      { path = "access_logs", keys = keys(var.access_logs), known = concat(["enabled"], local.access_settings) },
      { path = "log_pipeline.ecs", keys = try(keys(var.log_pipeline.ecs), []), known = ["max_buffer_size", "mode", "router_config", "router_image"] },
      { path = "log_pipeline.delivery", keys = try(keys(var.log_pipeline.delivery), []), known = ["buffer_mib", "buffer_seconds", "enabled", "retry_seconds"] },
      { path = "log_pipeline.bucket", keys = try(keys(var.log_pipeline.bucket), []), known = ["existing", "force_destroy", "retention_days"] },
      { path = "log_pipeline.opensearch", keys = try(keys(var.log_pipeline.opensearch), []), known = ["dedicated_masters", "engine_version", "existing_domain_arn", "index_prefix", "instance_count", "instance_type", "kms_key_arn", "master_role_arn", "master_type", "storage_gib", "vpc"] },
      { path = "log_pipeline.opensearch.vpc", keys = try(keys(var.log_pipeline.opensearch.vpc), []), known = ["security_group_ids", "subnet_ids"] },
    ],
    [for key, group in try({ for key, group in var.log_pipeline.log_groups : key => group }, {}) : {
      path = "log_pipeline.log_groups.${key}", keys = try(keys(group), []), known = ["existing", "name", "retention_days", "s3_pattern", "to_s3"]
    }],
    [for key, alarm in try({ for key, alarm in var.log_pipeline.log_alarms : key => alarm }, {}) : {
      path = "log_pipeline.log_alarms.${key}", keys = try(keys(alarm), []), known = ["datapoints_to_alarm", "description", "evaluation_periods", "log_group", "pattern", "period", "runbook", "severity", "threshold", "watch"]
    }],
    [for key, file in try({ for key, file in var.log_pipeline.agent_files : key => file }, {}) : {
      path = "log_pipeline.agent_files.${key}", keys = try(keys(file), []), known = ["log_group", "multiline_start", "path", "stream", "timestamp_format"]
    }],
  )
}

module "log_pipeline" {
  source   = "../log_pipeline"
  for_each = local.log_pipeline_on

  name             = var.name
  tags             = var.tags
  runbook_base_url = var.runbook_base_url
  kms_key_arn      = try(var.log_pipeline.kms_key_arn, null)
  log_groups       = try(var.log_pipeline.log_groups, {})
  log_alarms       = try(var.log_pipeline.log_alarms, {})
  agent_files      = try(var.log_pipeline.agent_files, {})
  ecs              = try(var.log_pipeline.ecs, {})
  delivery         = try(var.log_pipeline.delivery, {})
  bucket           = try(var.log_pipeline.bucket, {})
  opensearch       = try(var.log_pipeline.opensearch, null)
  alarms           = try(var.log_pipeline.alarms, true)
}

module "access_logs" {
  source   = "../access_logs"
  for_each = local.access_logs_on

  name                    = var.name
  tags                    = var.tags
  existing_bucket         = try(var.access_logs.existing_bucket, null)
  prefix                  = try(var.access_logs.prefix, "")
  legacy_delivery_account = try(var.access_logs.legacy_delivery_account, false)
  retention_days          = try(var.access_logs.retention_days, 90)
  infrequent_access_days  = try(var.access_logs.infrequent_access_days, null)
  query_results_days      = try(var.access_logs.query_results_days, 7)
  queries_enabled         = try(var.access_logs.queries_enabled, true)
  first_day               = try(var.access_logs.first_day, "2024/01/01")
  scan_limit_gib          = try(var.access_logs.scan_limit_gib, 100)
  force_destroy           = try(var.access_logs.force_destroy, false)
}

output "log_pipeline" {
  description = "What log_pipeline gives: bucket, delivery_stream_names, ecs_awslogs and the rest; null unless log_pipeline.enabled."
  value       = one(values(module.log_pipeline))
}

output "access_logs" {
  description = "What access_logs gives: bucket, prefix, workgroup and the rest; null unless access_logs.enabled."
  value       = one(values(module.access_logs))
}
