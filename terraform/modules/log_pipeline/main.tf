data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  account = data.aws_caller_identity.current.account_id
  region  = data.aws_region.current.id
  arn     = "arn:${data.aws_partition.current.partition}"

  group_names = { for key, group in var.log_groups : key => coalesce(group.name, "/${var.name}/${key}") }
  shipped     = { for key, group in var.log_groups : key => group if group.to_s3 }
  subscribed  = length(local.shipped) > 0
}

resource "aws_cloudwatch_log_group" "this" {
  for_each = { for key, group in var.log_groups : key => group if !group.existing }

  name              = local.group_names[each.key]
  retention_in_days = each.value.retention_days
  kms_key_id        = var.kms_key_arn
  tags              = var.tags
}

# Alarms from lines

locals {
  # What a line of an error looks like: in JSON, the levels of Python, Java, Go and JavaScript loggers.
  errors = "{ $.level = \"ERROR\" || $.level = \"error\" || $.level = \"CRITICAL\" || $.level = \"FATAL\" || $.level = \"fatal\" }"
  patterns = {
    for key, alarm in var.log_alarms : key => alarm.pattern != null ? alarm.pattern : local.errors
  }
  namespace = "${var.name}/logs"

  said = {
    errors    = "Lines of level ERROR or worse in %s."
    pattern   = "Lines in %s that match the pattern."
    heartbeat = "No line of the heartbeat in %s: what writes it has stopped, or its log does not arrive."
  }
  # Nothing written is no error; of a heartbeat it is the error itself.
  missing = { errors = "notBreaching", pattern = "notBreaching", heartbeat = "breaching" }

  line_alarms = {
    for key, alarm in var.log_alarms : "log-${key}" => {
      severity            = alarm.severity
      description         = coalesce(alarm.description, format(local.said[alarm.watch], local.group_names[alarm.log_group]))
      runbook             = alarm.runbook
      namespace           = local.namespace
      metric_name         = key
      statistic           = "Sum"
      period              = alarm.period
      evaluation_periods  = alarm.evaluation_periods
      datapoints_to_alarm = alarm.datapoints_to_alarm
      comparison          = alarm.watch == "heartbeat" ? "<" : ">="
      threshold           = alarm.watch == "heartbeat" ? 1 : alarm.threshold
      treat_missing_data  = local.missing[alarm.watch]
    }
  }
}

# No default_value: CloudWatch then writes 0 for every minute with other lines, and a heartbeat's absence would be a 0
# only while the application still logs something else.
resource "aws_cloudwatch_log_metric_filter" "this" {
  for_each = var.log_alarms

  name           = "${var.name}-${each.key}"
  log_group_name = try(aws_cloudwatch_log_group.this[each.value.log_group].name, local.group_names[each.value.log_group])
  pattern        = local.patterns[each.key]

  metric_transformation {
    namespace = local.namespace
    name      = each.key
    value     = "1"
    unit      = "Count"
  }
}

# The CloudWatch agent's configuration for hosts; CloudWatchAgentServerPolicy lets hosts read names that begin so.

locals {
  agent_configuration = {
    logs = {
      logs_collected = { files = { collect_list = [
        for key, file in var.agent_files : { for setting, value in {
          file_path                = file.path
          log_group_name           = local.group_names[file.log_group]
          log_stream_name          = file.stream
          timezone                 = "UTC"
          retention_in_days        = -1 # the group's own, which Terraform sets
          multi_line_start_pattern = file.multiline_start
          timestamp_format         = file.timestamp_format
        } : setting => value if value != null }
      ] } }
      force_flush_interval = 5
    }
  }
}

resource "aws_ssm_parameter" "agent" {
  # checkov:skip=CKV2_AWS_34: the agent's configuration holds no secret
  for_each = toset([for switch in ["on"] : switch if length(var.agent_files) > 0])

  name        = "AmazonCloudWatch-${var.name}-logs"
  description = "What the CloudWatch agent ships: amazon-cloudwatch-agent-ctl -a append-config -m ec2 -s -c ssm:AmazonCloudWatch-${var.name}-logs"
  type        = "String"
  value       = jsonencode(local.agent_configuration)
  tags        = var.tags
}
