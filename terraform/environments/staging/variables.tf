# The values stand in terraform.tfvars; what each may hold, in the README of the module alerting.

variable "region" {
  description = "AWS region of the stack and of the alarms' metrics."
  type        = string
}

variable "name" {
  description = "Prefix of every resource's name."
  type        = string
}

variable "ecs_cluster_name" {
  description = "ECS cluster to watch; null for none."
  type        = string
  default     = null
}

variable "ecs_service_names" {
  description = "Services of that cluster to watch."
  type        = list(string)
  default     = []
}

variable "severities" {
  description = "Who hears of each severity, besides Slack."
  type        = any
}

variable "operations" {
  description = "Who hears of this stack's own health, never by Slack."
  type        = any
}

variable "actions_enabled" {
  description = "Whether alarms notify anyone."
  type        = bool
  default     = true
}

variable "global_events" {
  description = "Root sign-ins and cost anomalies; us-east-1 alone."
  type        = bool
  default     = false
}

variable "packs" {
  description = "Packs of EventBridge rules for what has no metric."
  type        = set(string)
  default     = []
}

variable "pack_severities" {
  description = "Another severity for rules of the packs, by the rule's key; none leaves one out."
  type        = map(string)
  default     = {}
}

variable "maintenance_windows" {
  description = "Hours in which alarms hold their actions back."
  type        = any
  default     = {}
}

variable "dashboard" {
  description = "The CloudWatch dashboard of the alarms."
  type        = any
  default     = {}
}

variable "slack" {
  description = "Where the webhook is kept."
  type        = any
  default     = {}
}

variable "slack_webhook_url" {
  description = "The Slack webhook, by TF_VAR_slack_webhook_url, never by a file. Not needed with slack.parameter_name."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true
}

variable "notifier" {
  description = "The notifier's capacity and log retention."
  type        = any
  default     = {}
}

variable "notifier_config" {
  description = "What messages look like, by severity."
  type        = any
  default     = {}
}

variable "notifier_package" {
  description = "The notifier's code."
  type        = any
  default     = { zip = "../../../dist/notify_slack.zip" } # made by `make package`
}

variable "custom_metrics" {
  description = "What alarmctl publish sends, with its rights and alarms: { hosts, sql, ecs, … }. See modules/custom_metrics."
  type        = any
  default     = {}
}
