variable "name" {
  description = "Prefix of every resource's name, for example acme-production."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.name))
    error_message = "Invalid name: \"${var.name}\". Use 2 to 31 lower-case letters, digits and hyphens, and do not begin with a hyphen."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "topic_arns" {
  description = "SNS topic ARN by severity (critical, warning, info). Their policies must let budgets.amazonaws.com and costalerts.amazonaws.com publish: alert_topics.publishers."
  type        = map(string)
  nullable    = false
}

variable "budgets" {
  description = "Budgets by stable name: what may be spent, and at which percentages of it somebody is told."
  type = map(object({
    limit_usd = number
    time_unit = optional(string, "MONTHLY") # MONTHLY, QUARTERLY, ANNUALLY
    actual    = optional(list(number), [80, 100])
    forecast  = optional(list(number), [100])
    severity  = optional(string, "warning")
    filters   = optional(map(list(string)), {}) # such as { Service = ["Amazon Relational Database Service"] }
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for key, _ in var.budgets : can(regex("^[0-9A-Za-z][0-9A-Za-z_.-]{0,60}$", key))])
    error_message = "Not a usable name: ${join(", ", [for key, _ in var.budgets : key if !can(regex("^[0-9A-Za-z][0-9A-Za-z_.-]{0,60}$", key))])}. Use at most 61 letters, digits, underscores, dots and hyphens."
  }
  validation {
    condition     = alltrue([for budget in var.budgets : budget.limit_usd > 0])
    error_message = "Not an amount: ${join(", ", [for key, budget in var.budgets : "${key}.limit_usd (${budget.limit_usd})" if budget.limit_usd <= 0])}. Give dollars above 0."
  }
  validation {
    condition     = alltrue([for budget in var.budgets : contains(["MONTHLY", "QUARTERLY", "ANNUALLY"], budget.time_unit)])
    error_message = "Unknown time_unit: ${join(", ", [for key, budget in var.budgets : "${key} (${budget.time_unit})" if !contains(["MONTHLY", "QUARTERLY", "ANNUALLY"], budget.time_unit)])}. Use MONTHLY, QUARTERLY, ANNUALLY."
  }
  # https://docs.aws.amazon.com/cost-management/latest/userguide/management-limits.html
  validation {
    condition = alltrue([for budget in var.budgets : alltrue([
      length(concat(budget.actual, budget.forecast)) >= 1, length(concat(budget.actual, budget.forecast)) <= 5,
    ])])
    error_message = "A budget takes 1 to 5 percentages, actual and forecast together: ${join(", ", [for key, budget in var.budgets : "${key} has ${length(concat(budget.actual, budget.forecast))}" if length(concat(budget.actual, budget.forecast)) < 1 || length(concat(budget.actual, budget.forecast)) > 5])}."
  }
  validation {
    condition     = alltrue(flatten([for budget in var.budgets : [for percent in concat(budget.actual, budget.forecast) : percent > 0]]))
    error_message = "Not a percentage of the limit: ${join(", ", flatten([for key, budget in var.budgets : [for percent in concat(budget.actual, budget.forecast) : "${key} (${percent})" if percent <= 0]]))}. Use one such as 80."
  }
  validation {
    condition     = alltrue([for budget in var.budgets : contains(keys(var.topic_arns), budget.severity)])
    error_message = "No topic for the severity of: ${join(", ", [for key, budget in var.budgets : "${key} (${budget.severity})" if !contains(keys(var.topic_arns), budget.severity)])}. Use one that has a topic: ${join(", ", keys(var.topic_arns))}."
  }
}

variable "anomalies" {
  description = "Tell of unusual spending from min_usd (and min_percent of what was expected) on; null for not at all. monitor_arn: a monitor that the account has already."
  type = object({
    min_usd     = optional(number, 100)
    min_percent = optional(number)
    severity    = optional(string, "warning")
    monitor_arn = optional(string)
  })
  default = null

  validation {
    condition     = var.anomalies == null ? true : var.anomalies.min_usd > 0 && coalesce(var.anomalies.min_percent, 1) > 0
    error_message = "anomalies.min_usd and anomalies.min_percent are above 0."
  }
  validation {
    condition     = var.anomalies == null ? true : contains(keys(var.topic_arns), var.anomalies.severity)
    error_message = "No topic for anomalies.severity: ${try(var.anomalies.severity, "")}. Use one that has a topic: ${join(", ", keys(var.topic_arns))}."
  }
  validation {
    condition     = can(regex("^arn:aws[a-z-]*:ce::[0-9]{12}:anomalymonitor/.+$", coalesce(try(var.anomalies.monitor_arn, null), "arn:aws:ce::123456789012:anomalymonitor/none")))
    error_message = "Not the ARN of a monitor: anomalies.monitor_arn is \"${try(coalesce(var.anomalies.monitor_arn), "")}\". `aws ce get-anomaly-monitors` shows those of the account."
  }
}
