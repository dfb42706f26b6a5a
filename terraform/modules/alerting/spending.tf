# What the account costs: AWS Budgets and Cost Anomaly Detection publish to the topics.

variable "budgets" {
  description = "Budgets of the account by name: { month = { limit_usd = 500 } }. See budgets."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.budgets)) && alltrue([for budget in var.budgets : can(keys(budget))])
    error_message = "Not a map of settings: ${can(keys(var.budgets)) ? join(", ", [for key, budget in var.budgets : key if !can(keys(budget))]) : "budgets"}. Write each budget as a key, and its settings below it."
  }
}

variable "cost_anomalies" {
  description = "Unusual spending: { enabled = true, min_usd, min_percent, severity, monitor_arn }. Off unless asked for, since an account has one monitor. See budgets."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.cost_anomalies))
    error_message = "cost_anomalies is a map of settings: { enabled = true, min_usd = 100 }."
  }
}

locals {
  anomalies_enabled = try(var.cost_anomalies.enabled, false)

  # Who must be let into the topics for it.
  spending_publishers = concat(length(var.budgets) > 0 ? ["budgets.amazonaws.com"] : [], local.anomalies_enabled ? ["costalerts.amazonaws.com"] : [])

  written_for_spending = concat(
    [for key, budget in var.budgets : { path = "budgets.${key}", keys = keys(budget), known = ["actual", "filters", "forecast", "limit_usd", "severity", "time_unit"] }],
    [{ path = "cost_anomalies", keys = keys(var.cost_anomalies), known = ["enabled", "min_percent", "min_usd", "monitor_arn", "severity"] }],
  )
}

module "budgets" {
  source = "../budgets"

  name       = var.name
  tags       = var.tags
  topic_arns = module.alert_topics.topic_arns
  budgets    = var.budgets
  anomalies  = local.anomalies_enabled ? { for key, value in var.cost_anomalies : key => value if key != "enabled" } : null
}

output "budget_names" {
  description = "Name of each budget, by key."
  value       = module.budgets.budget_names
}
