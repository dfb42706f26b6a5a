output "alarm_names" {
  description = "CloudWatch name of each metric alarm, by key."
  value       = module.alerting.alarm_names
}

output "composite_alarm_names" {
  description = "CloudWatch name of each composite alarm, by key."
  value       = module.alerting.composite_alarm_names
}

output "topic_arns" {
  description = "ARN of each severity's topic."
  value       = module.alerting.topic_arns
}

output "operations_topic_arn" {
  description = "ARN of the topic for the stack's own health."
  value       = module.alerting.operations_topic_arn
}

output "queue_url" {
  description = "URL of the queue that the notifier reads."
  value       = module.alerting.queue_url
}

output "dead_letter_queue_url" {
  description = "URL of the queue that keeps what could not be delivered."
  value       = module.alerting.dead_letter_queue_url
}

output "function_name" {
  description = "Name of the notifier's function."
  value       = module.alerting.function_name
}

output "log_group_name" {
  description = "Name of the notifier's log group."
  value       = module.alerting.log_group_name
}

output "webhook_parameter_name" {
  description = "Name of the SSM parameter that holds the webhook."
  value       = module.alerting.webhook_parameter_name
}
