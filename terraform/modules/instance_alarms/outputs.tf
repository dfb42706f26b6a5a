output "function_name" {
  description = "Name of the function; null in the mode fleet."
  value       = local.is_on ? local.function_name : null
}

output "queue_arn" {
  description = "ARN of the queue that feeds it; null in the mode fleet."
  value       = local.is_on ? local.queue_arn : null
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that keeps what it gave up; null in the mode fleet."
  value       = local.is_on ? local.dead_arn : null
}

output "alarm_name_prefix" {
  description = "What the names of the alarms begin with that the function makes."
  value       = "${var.name}-auto/"
}

output "fleet_alarm_names" {
  description = "Names of the fleet's alarms by severity; empty in the mode per_instance."
  value       = { for severity, alarm in aws_cloudwatch_metric_alarm.fleet : severity => alarm.alarm_name }
}

output "rule_names" {
  description = "Names of the EventBridge rules."
  value       = concat(aws_cloudwatch_event_rule.state_changes[*].name, aws_cloudwatch_event_rule.reconcile[*].name)
}
