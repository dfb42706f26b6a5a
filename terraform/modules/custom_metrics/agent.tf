# The same host metrics by the CloudWatch agent. It can neither filter connections by port nor ask a database.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch-Agent-Configuration-File-Details.html

locals {
  # AWS's own policy for the agent lets it read parameters of this beginning.
  agent_parameter = "AmazonCloudWatch-${var.name}-hosts"

  agent_configuration = jsonencode({
    agent = { metrics_collection_interval = var.cloudwatch_agent.interval_seconds, run_as_user = "cwagent" }
    metrics = {
      namespace = "CWAgent"
      # Series that the catalogue's alarms look at, and no others: a series is what CloudWatch charges for.
      append_dimensions      = { InstanceId = "$${aws:InstanceId}", AutoScalingGroupName = "$${aws:AutoScalingGroupName}" }
      aggregation_dimensions = [["InstanceId"], ["AutoScalingGroupName"], ["InstanceId", "path"], ["AutoScalingGroupName", "path"]]
      metrics_collected = {
        mem  = { measurement = ["mem_used_percent"] }
        swap = { measurement = ["swap_used_percent"] }
        disk = {
          measurement = ["used_percent", "inodes_used", "inodes_total"]
          resources   = var.cloudwatch_agent.mounts
          drop_device = true
        }
        netstat = { measurement = ["tcp_established", "tcp_time_wait", "tcp_fin_wait1", "tcp_fin_wait2", "tcp_close_wait"] }
      }
    }
  })

  ecs_agent_configuration = jsonencode({
    logs = { metrics_collected = { ecs = { metrics_collection_interval = 60 } }, force_flush_interval = 5 }
  })
}

resource "aws_ssm_parameter" "agent" {
  #checkov:skip=CKV2_AWS_34: it holds no secret
  for_each = toset([for wanted in ["hosts"] : wanted if var.cloudwatch_agent.enabled])

  name        = local.agent_parameter
  description = "${var.name}: configuration of the CloudWatch agent"
  type        = "String"
  value       = local.agent_configuration
  tags        = var.tags
}
