"""`alarmctl publish`: what AWS cannot see, measured here and sent to CloudWatch (docs/custom-metrics.md)."""
