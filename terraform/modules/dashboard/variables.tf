variable "name" {
  description = "Name of the environment's dashboard and prefix of the others', for example acme-production."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.name))
    error_message = "Invalid name: \"${var.name}\". Use 2 to 31 lower-case letters, digits and hyphens, and do not begin with a hyphen."
  }
}

variable "alarms" {
  description = "The alarms by key, as metric_alarms understood them: its output definitions."
  type = map(object({
    severity           = string
    metric_name        = optional(string)
    namespace          = optional(string)
    dimensions         = optional(map(string), {})
    statistic          = optional(string)
    extended_statistic = optional(string)
    unit               = optional(string)
    metric_query = optional(map(object({
      expression  = optional(string)
      label       = optional(string)
      return_data = optional(bool, false)
      metric = optional(object({
        metric_name = string
        namespace   = string
        stat        = string
        period      = optional(number)
        unit        = optional(string)
        dimensions  = optional(map(string), {})
      }))
    })), {})
    period     = optional(number, 60)
    comparison = string
    threshold  = number
  }))
  nullable = false

  validation {
    condition     = alltrue([for alarm in var.alarms : contains(["critical", "warning", "info"], alarm.severity)])
    error_message = "Unknown severity: ${join(", ", [for key, alarm in var.alarms : "${key} (${alarm.severity})" if !contains(["critical", "warning", "info"], alarm.severity)])}. Use critical, warning, info."
  }
}

variable "alarm_names" {
  description = "CloudWatch name of each of these alarms, by key: the output alarm_names of metric_alarms."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.alarm_names), keys(var.alarms))) == 0
    error_message = "A name without an alarm: ${join(", ", setsubtract(keys(var.alarm_names), keys(var.alarms)))}. Give the outputs of one and the same metric_alarms."
  }
}

variable "composite_alarm_names" {
  description = "CloudWatch name of each composite alarm, for the row of alarms."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "logs" {
  description = "Log widgets by title: the log groups, and a query of CloudWatch Logs Insights."
  type = map(object({
    log_group_names = list(string)
    query           = optional(string, "fields @timestamp, @message | filter @message like /(?i)(error|exception|fatal)/ | sort @timestamp desc | limit 50")
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for log in var.logs : length(log.log_group_names) > 0 && alltrue([for group in log.log_group_names : can(regex("^[0-9A-Za-z_/.#-]{1,512}$", group))])])
    error_message = "No log group, or none that CloudWatch Logs would take: ${join(", ", [for title, log in var.logs : title if length(log.log_group_names) == 0 || !alltrue([for group in log.log_group_names : can(regex("^[0-9A-Za-z_/.#-]{1,512}$", group))])])}."
  }
}

variable "per_subject" {
  description = "Whether each service, queue, database, … has a dashboard of its own besides. CloudWatch charges each from the fourth on."
  type        = bool
  nullable    = false
  default     = false
}
