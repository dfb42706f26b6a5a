output "budget_names" {
  description = "Name of each budget, by key."
  value       = { for key, budget in aws_budgets_budget.this : key => budget.name }
}

output "anomaly_subscription_arns" {
  description = "ARN of the subscription to cost anomalies; none without anomalies."
  value       = [for subscription in aws_ce_anomaly_subscription.this : subscription.arn]
}
