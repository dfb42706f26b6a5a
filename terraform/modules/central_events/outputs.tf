output "bus_arn" {
  description = "ARN of the bus: what forward_events in each account and Region wants."
  value       = aws_cloudwatch_event_bus.central.arn
}

output "rule_arns" {
  description = "ARN of each route's rule."
  value       = { for key, rule in aws_cloudwatch_event_rule.route : key => rule.arn }
}
