output "alarm_names" {
  description = "Name of each alarm, by key."
  value       = { for key, alarm in aws_cloudwatch_metric_alarm.this : key => alarm.alarm_name }
}

output "canary_alarm_name" {
  description = "Name of the alarm that `alarmctl doctor` fires; null without one."
  value       = one(aws_cloudwatch_metric_alarm.canary[*].alarm_name)
}
