# Settings that are handed on to another module, or that come from a file, are of type any: with a type, Terraform
# would drop an unknown key without a word. unknown_keys.tf refuses those, and the module that uses the setting gives
# types, defaults and the other checks.

variable "name" {
  description = "Prefix of every resource's name, such as acme-production. In one account no name may continue another's: acme would also take the alarms of acme-production."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.name))
    error_message = "Not a usable name: ${var.name}. Use 2 to 31 lower-case letters, digits and hyphens, starting with a letter or digit."
  }
}

variable "environment" {
  description = "What messages call this environment, such as production. local alone may post to 127.0.0.1."
  type        = string
  nullable    = false
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "severities" {
  description = "The severities in use, a topic for each, and who hears of them besides Slack: { critical = { email, sms, https }, … }. See alert_topics."
  type        = any
  nullable    = false
  default     = { critical = {}, warning = {}, info = {} }
}

variable "existing_topics" {
  description = "ARN of a topic of your own by severity, used instead of making one. Its policy must let CloudWatch and EventBridge publish. See alert_topics."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "operations" {
  description = "Who hears of this stack's own health, never by Slack: { email, sms, https }. See alert_topics."
  type        = any
  nullable    = false
  default     = {}
}

variable "encryption" {
  description = "Key of the topics: { mode = customer_key, existing_key or none, kms_key_arn }. See alert_topics."
  type        = any
  nullable    = false
  default     = {}
}

variable "publishers" {
  description = "Further AWS services that may publish to the topics, such as budgets.amazonaws.com."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "ecs_cluster_name" {
  description = "ECS cluster to watch; null for none. See service_alarms."
  type        = string
  default     = null
}

variable "ecs_service_names" {
  description = "Services of that cluster to watch."
  type        = list(string)
  nullable    = false
  default     = []
}

variable "alarm_overrides" {
  description = "Changes to alarms of the catalogue by id, for all resources: { ecs_svc_cpu = { thresholds = { warning = 70 } } }. See service_alarms."
  type        = any
  nullable    = false
  default     = {}
}

variable "observe_alarms" {
  description = "Ids of the catalogue's alarms, or *, that tell only the info topic while their thresholds are being found."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "alarms" {
  description = "Your alarms by key, usually yamldecode(file(\"alarms.yaml\")); see metric_alarms for the settings. The key of a service alarm changes that alarm setting by setting; null takes it out."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.alarms)) && alltrue([for alarm in var.alarms : alarm == null || can(keys(alarm))])
    error_message = "Not a map of settings: ${can(keys(var.alarms)) ? join(", ", [for key, alarm in var.alarms : key if alarm != null && !can(keys(alarm))]) : "alarms"}. Write each alarm as a key, and its settings below it."
  }

  validation {
    condition     = !can(var.alarms["canary"])
    error_message = "Alarm key already taken by the stack: canary, the alarm that `alarmctl doctor` sets off to test the way to Slack. Choose another."
  }

  # metric_alarms would refuse them as well, but Terraform names no alarm where a type does not fit.
  validation {
    condition = alltrue(flatten([for alarm in var.alarms : [
      for setting in ["threshold", "period", "evaluation_periods", "datapoints_to_alarm"] : can(tonumber(alarm[setting])) if can(alarm[setting])
    ]]))
    error_message = "Not a number: ${join(", ", flatten([for key, alarm in var.alarms : [
      for setting in ["threshold", "period", "evaluation_periods", "datapoints_to_alarm"] : "${key}.${setting} (${can(tostring(alarm[setting])) ? alarm[setting] : "not even a text"})" if can(alarm[setting]) && !can(tonumber(alarm[setting]))
    ]]))}. Write a number without a unit, such as 80."
  }
  validation {
    condition = alltrue(flatten([for alarm in var.alarms : [
      for query in try(values(alarm.metric_query), []) : can(tonumber(query.metric.period)) if can(query.metric.period)
    ]]))
    error_message = "Not a number: ${join(", ", flatten([for key, alarm in var.alarms : [
      for id, query in try(coalesce(alarm.metric_query), {}) : "${key}.metric_query.${id}.metric.period (${can(tostring(query.metric.period)) ? query.metric.period : "not even a text"})" if can(query.metric.period) && !can(tonumber(query.metric.period))
    ]]))}. Write a number of seconds, such as 60."
  }
}

variable "composite_alarms" {
  description = "Your composite alarms by key; see metric_alarms for the settings."
  type        = any
  nullable    = false
  default     = {}

  validation {
    condition     = can(keys(var.composite_alarms)) && alltrue([for alarm in var.composite_alarms : alarm == null || can(keys(alarm))])
    error_message = "Not a map of settings: ${can(keys(var.composite_alarms)) ? join(", ", [for key, alarm in var.composite_alarms : key if alarm != null && !can(keys(alarm))]) : "composite_alarms"}. Write each composite alarm as a key, and its settings below it."
  }
  validation {
    condition = alltrue(flatten([for alarm in var.composite_alarms : [
      for setting in ["wait_period", "extension_period"] : can(tonumber(alarm.actions_suppressor[setting])) if can(alarm.actions_suppressor[setting])
    ]]))
    error_message = "Not a number: ${join(", ", flatten([for key, alarm in var.composite_alarms : [
      for setting in ["wait_period", "extension_period"] : "${key}.actions_suppressor.${setting} (${can(tostring(alarm.actions_suppressor[setting])) ? alarm.actions_suppressor[setting] : "not even a text"})" if can(alarm.actions_suppressor[setting]) && !can(tonumber(alarm.actions_suppressor[setting]))
    ]]))}. Write a number of seconds, such as 60."
  }
  validation {
    condition     = !can(var.composite_alarms["canary"])
    error_message = "Alarm key already taken by the stack: canary, the alarm that `alarmctl doctor` sets off to test the way to Slack. Choose another."
  }
}

variable "actions_enabled" {
  description = "Whether alarms notify anyone. false keeps their states and history, silently."
  type        = bool
  nullable    = false
  default     = true
}

variable "rules" {
  description = "EventBridge patterns by key: { description, pattern (JSON), severity, enabled }. See event_rules."
  type        = any
  nullable    = false
  default     = {}
}

variable "health" {
  description = "AWS Health events: { enabled, severities = { issue, scheduledChange, accountNotification } }. See event_rules."
  type        = any
  nullable    = false
  default     = {}
}

variable "global_events" {
  description = "Tell of root console sign-ins and cost anomalies: the pack global. AWS sends both in us-east-1 alone."
  type        = bool
  nullable    = false
  default     = false

  validation {
    condition     = !var.global_events || data.aws_region.current.id == "us-east-1"
    error_message = "global_events is set in ${data.aws_region.current.id}, but billing, root sign-in and global Health events are in us-east-1. Leave it out here, and set it in an environment whose region is us-east-1."
  }
}

variable "slack" {
  description = "Where the webhook is: { parameter_name = an SSM SecureString of your own, webhook_version = raise it when slack_webhook_url changes, kms_key_arn, fallback_parameter_name = a second webhook for when Slack refuses the first }. See slack_notifier."
  type        = any
  nullable    = false
  default     = {}
}

variable "slack_webhook_url" {
  description = "The Slack webhook, written to SSM and kept in neither state nor plan. Left out with slack.parameter_name."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "notifier_package" {
  description = "The notifier's code: { zip } made by `make package`, or { s3_bucket, s3_key, s3_object_version }. See slack_notifier."
  type        = any
  nullable    = false
}

variable "notifier" {
  description = "{ reserved_concurrency = 3, or null where the account cannot reserve, log_retention_days = 365, live_version = null, or the version to stay at after a rollback }. See slack_notifier."
  type        = any
  nullable    = false
  default     = {}
}

variable "notifier_config" {
  description = "How messages look and where they go: { severities, accounts, runbook_url, mentions, kinds, rules, … }. See slack_notifier, and docs/routing.md for every setting."
  type        = any
  nullable    = false
  default     = {}
}

variable "runbook_base_url" {
  description = "Where docs/runbooks can be read, for the links in the alarms; see service_alarms and operations_alarms."
  type        = string
  nullable    = false
  default     = "docs/runbooks"
}

variable "endpoint_url" {
  description = "AWS endpoint of the notifier, for a local AWS; null for AWS itself."
  type        = string
  default     = null
}
