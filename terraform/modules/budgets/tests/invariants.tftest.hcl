# What an alert's safety rests on. Each message begins with the invariant's name; tools/mutants.py breaks each one in
# turn and shows that this file notices.

mock_provider "aws" {
  override_during = plan

  mock_resource "aws_ce_anomaly_monitor" {
    defaults = { arn = "arn:aws:ce::123456789012:anomalymonitor/made-here" }
  }
}

variables {
  name       = "acme-production"
  topic_arns = { for severity in ["critical", "warning", "info"] : severity => "arn:aws:sns:us-east-1:123456789012:acme-production-${severity}" }
  budgets    = { month = { limit_usd = 500, severity = "critical" } }
  anomalies  = { min_usd = 50, severity = "critical" }
}

run "invariants" {
  command = plan

  assert {
    condition     = alltrue([for told in aws_budgets_budget.this["month"].notification : told.subscriber_sns_topic_arns == toset([var.topic_arns["critical"]])])
    error_message = "budgets-are-told: a budget tells nobody but the topic of its severity."
  }
  assert {
    condition     = contains([for told in aws_budgets_budget.this["month"].notification : told.notification_type], "FORECASTED")
    error_message = "budgets-warn-ahead: a forecast comes while there is still something to save."
  }
  assert {
    condition     = aws_ce_anomaly_subscription.this["services"].frequency == "IMMEDIATE" && one(aws_ce_anomaly_subscription.this["services"].subscriber).address == var.topic_arns["critical"]
    error_message = "anomalies-at-once: Cost Explorer sends SNS nothing of a daily or weekly summary."
  }
}
