output "rule_arns" {
  description = "ARN of each rule, by its name without the prefix."
  value = merge(
    { for key, rule in aws_cloudwatch_event_rule.topic : key => rule.arn },
    { for rule in aws_cloudwatch_event_rule.alarm_state_changes : "alarm-state-changes" => rule.arn },
  )
}

output "rule_names" {
  description = "Name of each rule, by its name without the prefix."
  value = merge(
    { for key, rule in aws_cloudwatch_event_rule.topic : key => rule.name },
    { for rule in aws_cloudwatch_event_rule.alarm_state_changes : "alarm-state-changes" => rule.name },
  )
}
