output "log_group_names" {
  description = "CloudWatch name of each log group, by key."
  value       = local.group_names
}

output "alarms" {
  description = "Alarms for metric_alarms, by key: on lines (log-KEY), on the delivery and on the domain."
  value       = merge(module.health.alarms, local.line_alarms)
}

output "bucket" {
  description = "Name of the bucket that keeps the lines; null without delivery."
  value       = local.stores ? local.bucket : null
}

output "delivery_stream_names" {
  description = "Firehose streams: lines, which applications put into, and subscriptions, which CloudWatch Logs does."
  value       = local.streams
}

output "delivery_role_arn" {
  description = "Role of Firehose, which `alarmctl opensearch bootstrap` lets write; null without delivery."
  value       = one([for role in aws_iam_role.delivery : role.arn])
}

output "put_policy" {
  description = "Policy, as JSON, for the role of a task or host that puts lines into the stream; null without it."
  value = !local.delivers ? null : jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect   = "Allow"
      Action   = ["firehose:PutRecord", "firehose:PutRecordBatch"]
      Resource = local.stream_arns["lines"]
    }]
  })
}

output "opensearch_endpoint" {
  description = "Address of the domain that was made, for `alarmctl opensearch bootstrap`; null without one."
  value       = one([for domain in aws_opensearch_domain.logs : "https://${domain.endpoint}"])
}

output "agent_parameter_name" {
  description = "SSM parameter with the CloudWatch agent's configuration; null without agent_files."
  value       = one([for parameter in aws_ssm_parameter.agent : parameter.name])
}

output "ecs_awslogs" {
  description = "logConfiguration of a container whose lines go to a log group, by the group's key."
  value = {
    for key, name in local.group_names : key => {
      logDriver = "awslogs"
      options = {
        awslogs-group         = name
        awslogs-region        = local.region
        awslogs-stream-prefix = "ecs"
        mode                  = var.ecs.mode
        max-buffer-size       = var.ecs.max_buffer_size
      }
    }
  }
}

output "ecs_firelens" {
  description = "logConfiguration of a container whose lines go to the stream through FireLens; null without it."
  value = !local.delivers ? null : {
    logDriver = "awsfirelens"
    options = {
      Name                    = "kinesis_firehose"
      region                  = local.region
      delivery_stream         = local.streams.lines
      time_key                = "time"
      time_key_format         = "%Y-%m-%dT%H:%M:%S.%LZ"
      retry_limit             = "10"
      log-driver-buffer-limit = "2097152"
    }
  }
}

output "ecs_router" {
  description = "Container definition of the FireLens router, to stand beside the containers that use ecs_firelens; null without it."
  value = !local.delivers ? null : {
    name              = "log-router"
    image             = var.ecs.router_image
    essential         = true
    memoryReservation = 50
    # The image's JSON parser warns of each line whose time is ISO 8601, and takes the time of its arrival.
    environment = [{ name = "FLB_LOG_LEVEL", value = "error" }]
    firelensConfiguration = {
      type = "fluentbit"
      options = merge(
        { enable-ecs-log-metadata = "true" },
        { for option, value in { config-file-type = "file", config-file-value = var.ecs.router_config } : option => value if var.ecs.router_config != "" },
      )
    }
  }
}
