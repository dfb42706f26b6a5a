output "topic_arns" {
  description = "ARN of each severity's topic."
  value       = module.alert_topics.topic_arns
}

output "undeliverable_queue_arn" {
  description = "ARN of the queue that keeps what a topic or a subscriber did not take."
  value       = module.alert_topics.undeliverable_queue_arn
}

output "operations_topic_arn" {
  description = "ARN of the topic for this stack's own health."
  value       = module.alert_topics.operations_topic_arn
}

output "undeliverable_queue_url" {
  description = "URL of the queue that keeps what a topic or a rule could not deliver."
  value       = module.alert_topics.undeliverable_queue_url
}

output "queue_url" {
  description = "URL of the queue that the notifier reads."
  value       = module.slack_notifier.queue_url
}

output "dead_letter_queue_url" {
  description = "URL of the queue that keeps what the notifier could not deliver."
  value       = module.slack_notifier.dead_letter_queue_url
}

output "function_name" {
  description = "Name of the notifier's function."
  value       = module.slack_notifier.function_name
}

output "ledger_table_name" {
  description = "Name of the table that remembers what was told."
  value       = module.slack_notifier.ledger_table_name
}

output "operations_alarm_names" {
  description = "CloudWatch name of each alarm about this stack itself, by key."
  value       = module.operations_alarms.alarm_names
}

output "canary_alarm_name" {
  description = "Name of the alarm that `alarmctl doctor` fires; null where alarms are silent."
  value       = module.operations_alarms.canary_alarm_name
}

output "log_group_name" {
  description = "Name of the notifier's log group."
  value       = module.slack_notifier.log_group_name
}

output "webhook_parameter_name" {
  description = "Name of the SSM parameter that holds the webhook."
  value       = module.slack_notifier.webhook_parameter_name
}

output "rule_names" {
  description = "Names of the EventBridge rules."
  value       = module.event_rules.rule_names
}

output "alarm_names" {
  description = "CloudWatch name of each metric alarm, by key."
  value       = module.metric_alarms.alarm_names

  # These compare what was written with what metric_alarms understood, which a validation of var.alarms cannot:
  # Terraform calls it a cycle.
  precondition {
    condition     = length(local.unknown) == 0
    error_message = join("\n", local.unknown_messages)
  }

  precondition {
    condition     = length(setsubtract(local.removed, keys(local.made_alarms))) == 0
    error_message = "Nothing to take out: ${join(", ", setsubtract(local.removed, keys(local.made_alarms)))}. An alarm without settings takes the service alarm of that key out. There are: ${join(", ", keys(local.made_alarms))}."
  }

  precondition {
    condition     = length(setsubtract(local.removed_composites, keys(module.service_alarms.composite_alarms))) == 0
    error_message = "Nothing to take out: ${join(", ", setsubtract(local.removed_composites, keys(module.service_alarms.composite_alarms)))}. A composite alarm without settings takes the catalogue's of that key out. There are: ${join(", ", keys(module.service_alarms.composite_alarms))}."
  }

  precondition {
    condition     = data.aws_region.current.id == "us-east-1" || length(local.global_alarms) == 0
    error_message = "An alarm on a metric of us-east-1 in ${data.aws_region.current.id}: ${join(", ", [for key, namespaces in local.global_alarms : "${key} (${join(", ", namespaces)})"])}. AWS sends it there alone: move it to an environment whose region is us-east-1."
  }
}

output "composite_alarm_names" {
  description = "CloudWatch name of each composite alarm, by key."
  value       = module.metric_alarms.composite_alarm_names
}
