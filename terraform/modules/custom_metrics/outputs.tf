output "alarms" {
  description = "The alarms by key, fit for metric_alarms.alarms."
  value       = merge(module.host_alarms.alarms, local.alarms)

  precondition {
    condition     = length(local.source_faults) == 0
    error_message = "The publisher would refuse its configuration. ${join(".\n", local.source_faults)}."
  }
  precondition {
    condition     = length(local.source_faults) > 0 || length(local.alarm_faults) == 0
    error_message = "Alarms that could never fire. ${join(".\n", local.alarm_faults)}."
  }
}

output "configurations" {
  description = "The configuration of each place (hosts, sql, ecs), as TOML."
  value       = local.configurations
}

output "parameter_names" {
  description = "Name of the SSM parameter of each configuration: alarmctl publish --config ssm:NAME."
  value       = local.parameters
}

output "policy_documents" {
  description = "Every policy as JSON, by name: hosts, sql, ecs, cloudwatch-agent, application-NAME."
  value       = local.documents
}

output "policy_arns" {
  description = "ARN of each policy to attach to a role: hosts, cloudwatch-agent, application-NAME."
  value       = { for name, policy in aws_iam_policy.this : name => policy.arn }
}

output "function_name" {
  description = "Name of the function that asks databases; null without one."
  value       = local.asks_sql ? local.function_name : null
}

output "ecs_service_name" {
  description = "Name of the ECS service on each container instance; null without one."
  value       = local.in_ecs ? local.ecs_name : null
}

output "agent_parameter_name" {
  description = "Name of the SSM parameter with the CloudWatch agent's configuration; null without one."
  value       = var.cloudwatch_agent.enabled ? local.agent_parameter : null
}

output "agent_configuration" {
  description = "The CloudWatch agent's configuration, as JSON."
  value       = local.agent_configuration
}
