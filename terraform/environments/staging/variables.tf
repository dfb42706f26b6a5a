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

variable "budgets" {
  description = "What the account may cost: { month = { limit_usd = 500 } }. See modules/budgets."
  type        = any
  default     = {}
}

variable "cost_anomalies" {
  description = "Whether unusual spending is told: { enabled = true, … }. See modules/budgets."
  type        = any
  default     = {}
}

variable "health_mutes" {
  description = "Mutes for what AWS Health announces: { package = { zip = … }, … }. See modules/health_mutes."
  type        = any
  default     = {}
}

variable "instance_alarms" {
  description = "Alarms for EC2 instances as they come and go: { enabled = true, package = { zip = … }, … }. See modules/instance_alarms."
  type        = any
  default     = {}
}

variable "log_pipeline" {
  description = "Log groups, alarms from their lines, delivery: { enabled = true, … }. See modules/log_pipeline."
  type        = any
  default     = {}
}

variable "access_logs" {
  description = "Load balancers' access logs and queries over them: { enabled = true, … }. See modules/access_logs."
  type        = any
  default     = {}
}

variable "alarm_overrides" {
  description = "Changes to alarms of the catalogue, by its id: { alb_p99 = { thresholds = { warning = 2 } } }."
  type        = any
  default     = {}
}

variable "observe_alarms" {
  description = "Alarms of the catalogue that tell only the info topic, by id; [\"*\"] for all."
  type        = set(string)
  default     = []
}
