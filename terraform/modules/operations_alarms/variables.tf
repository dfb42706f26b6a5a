variable "name" {
  description = "Name of the stack that is watched, for example acme-production. Its alarms are called operations-NAME-…"
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

variable "operations_topic_arn" {
  description = "ARN of the topic that these alarms tell. Nothing on its way may be what they watch: no Slack, no queue of the notifier."
  type        = string
  nullable    = false

  # The topics of the severities lead to Slack.
  validation {
    condition     = endswith(var.operations_topic_arn, "-operations")
    error_message = "Not an operations topic: ${var.operations_topic_arn}. Alarms about the way to Slack must not take it; use the output operations_topic_arn of alert_topics."
  }
}

variable "queues" {
  description = "Names of the queues: the notifier's (alerts), its dead-letter queue (dead), and that of topics and rules (undeliverable)."
  type = object({
    alerts        = string
    dead          = string
    undeliverable = string
  })
  nullable = false
}

variable "function_name" {
  description = "Name of the notifier's function."
  type        = string
  nullable    = false
}

variable "topic_names" {
  description = "Name of each severity's topic, by severity."
  type        = map(string)
  nullable    = false
}

variable "rule_names" {
  description = "Name of each EventBridge rule, by a stable key. Each is a metric, and so ten cents a month."
  type        = map(string)
  nullable    = false
}

variable "canary_topic_arn" {
  description = "ARN of the topic whose way to Slack `alarmctl doctor` tries with the canary alarm. Null makes no canary."
  type        = string
  default     = null
}

variable "runbook_base_url" {
  description = "Where docs/runbooks can be read, without a slash at the end; each alarm's description ends in its page. By default the path in this repository."
  type        = string
  nullable    = false
  default     = "docs/runbooks"

  validation {
    condition     = can(regex("^\\S*[^/\\s]$", var.runbook_base_url))
    error_message = "runbook_base_url is \"${var.runbook_base_url}\". Write it without spaces and without a slash at the end, for example https://github.com/acme/alerting/blob/main/docs/runbooks."
  }
}
