output "definitions" {
  description = "The alarms as this module understood them, every attribute present. Compare the keys you wrote with these: Terraform drops unknown ones without a word."
  value       = var.alarms
}

output "composite_definitions" {
  description = "The composite alarms as this module understood them, every attribute present."
  value       = var.composite_alarms
}

output "alarm_names" {
  description = "CloudWatch name of each metric alarm, by key."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.alarm_name }
}

output "alarm_arns" {
  description = "ARN of each metric alarm, by key."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.arn }
}

output "composite_alarm_names" {
  description = "CloudWatch name of each composite alarm, by key."
  value       = { for key, alarm in aws_cloudwatch_composite_alarm.this : key => alarm.alarm_name }
}

output "composite_alarm_arns" {
  description = "ARN of each composite alarm, by key."
  value       = { for key, alarm in aws_cloudwatch_composite_alarm.this : key => alarm.arn }
}
