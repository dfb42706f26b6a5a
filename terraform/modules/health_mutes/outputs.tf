output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.this.function_name
}

output "rule_name" {
  description = "Name of the EventBridge rule."
  value       = aws_cloudwatch_event_rule.scheduled_changes.name
}
