# Known in the plan; depends_on makes whoever uses an ARN wait until alarms can publish to the topic.
output "topic_arns" {
  description = "ARN of each severity's topic, by severity."
  value       = { for severity in keys(var.severities) : severity => local.topic_arns[severity] }
  depends_on  = [aws_sns_topic.this, aws_sns_topic_policy.this]

  precondition {
    condition     = alltrue([for arn in values(var.existing_topics) : split(":", arn)[3] == local.region])
    error_message = "A topic of another region than ${local.region}: ${join(", ", [for severity, arn in var.existing_topics : "existing_topics.${severity} (${arn})" if split(":", arn)[3] != local.region])}. CloudWatch publishes to topics of the alarm's own region alone."
  }
}

output "operations_topic_arn" {
  description = "ARN of the topic for the stack's own health."
  value       = local.topic_arns["operations"]
  depends_on  = [aws_sns_topic.this, aws_sns_topic_policy.this]
}

output "kms_key_arn" {
  description = "ARN of the key that encrypts the topics; null when encryption.mode is none."
  value       = local.creates_key ? aws_kms_key.topics[0].arn : var.encryption.kms_key_arn
}

output "required_key_statements" {
  description = "The key-policy statements, as JSON, that a key of your own needs: without them alarms and events are lost without an error."
  value       = jsonencode(local.publisher_key_statements)
}

output "undeliverable_queue_arn" {
  description = "ARN of the queue that keeps what a subscription or a rule could not deliver, for 14 days."
  value       = local.undeliverable_arn
  depends_on  = [aws_sqs_queue.undeliverable]
}

output "undeliverable_queue_url" {
  description = "URL of that queue."
  value       = aws_sqs_queue.undeliverable.url
}
