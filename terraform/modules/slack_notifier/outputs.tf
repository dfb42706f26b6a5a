# ARNs are known in the plan; depends_on makes whoever sends to a queue wait for it.
output "queue_arn" {
  description = "ARN of the queue that the notifier reads."
  value       = local.queue_arn
  depends_on  = [aws_sqs_queue.alerts]
}

output "queue_url" {
  description = "URL of that queue."
  value       = aws_sqs_queue.alerts.url
}

output "dead_letter_queue_arn" {
  description = "ARN of the queue that keeps what the notifier could not deliver, for 14 days."
  value       = local.dead_arn
  depends_on  = [aws_sqs_queue.dead]
}

output "dead_letter_queue_url" {
  description = "URL of the dead-letter queue."
  value       = aws_sqs_queue.dead.url
}

output "function_name" {
  description = "Name of the function."
  value       = aws_lambda_function.notifier.function_name
}

output "function_arn" {
  description = "ARN of the function."
  value       = aws_lambda_function.notifier.arn
}

output "alias_arn" {
  description = "ARN of the function's alias live, which is what to invoke."
  value       = local.alias_arn
  depends_on  = [aws_lambda_alias.live]
}

output "ledger_table_name" {
  description = "Name of the DynamoDB table that remembers what was told."
  value       = local.ledger_name
  depends_on  = [aws_dynamodb_table.ledger]
}

output "webhook_parameter_name" {
  description = "Name of the SSM parameter that holds the webhook."
  value       = local.parameter_name
}

output "log_group_name" {
  description = "Name of the function's log group."
  value       = aws_cloudwatch_log_group.notifier.name
}
