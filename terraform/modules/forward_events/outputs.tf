output "rule_names" {
  description = "Name of each rule, by its pattern."
  value       = { for key, rule in aws_cloudwatch_event_rule.forward : key => rule.name }
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that keeps what could not be forwarded."
  value       = local.dead_arn
}
