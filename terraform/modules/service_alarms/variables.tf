variable "ecs_cluster_name" {
  description = "Name of the ECS cluster to watch. Null: no ECS alarms."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^[0-9A-Za-z_-]{1,255}$", coalesce(var.ecs_cluster_name, "none"))) && var.ecs_cluster_name != ""
    error_message = "Not the name of an ECS cluster: \"${coalesce(var.ecs_cluster_name, "-")}\". Give the name, not the ARN; `aws ecs list-clusters` shows what stands after the last slash."
  }
}

variable "ecs_service_names" {
  description = "Names of the services in that cluster to watch."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for service in var.ecs_service_names : can(regex("^[0-9A-Za-z_-]{1,255}$", service))])
    error_message = "Not the name of an ECS service: ${join(", ", [for service in var.ecs_service_names : service if !can(regex("^[0-9A-Za-z_-]{1,255}$", service))])}. Give the name, not the ARN."
  }

  validation {
    condition     = length(distinct(var.ecs_service_names)) == length(var.ecs_service_names)
    error_message = "An ECS service named twice: ${join(", ", distinct([for service in var.ecs_service_names : service if length([for other in var.ecs_service_names : other if other == service]) > 1]))}."
  }

  validation {
    condition     = var.ecs_cluster_name != null || length(var.ecs_service_names) == 0
    error_message = "No ecs_cluster_name for the services ${join(", ", var.ecs_service_names)}. Name the cluster that they run in."
  }
}

# The resources of the catalogue's kinds are in resources_*.tf, which `make catalogue` writes.

variable "overrides" {
  description = "Changes to alarms of all resources, by the catalogue's id: { ecs_svc_cpu = { thresholds = { warning = 70, critical = null } } }. A threshold of null takes that severity out, enabled = false the alarm. A resource's own `alarms` go before these."
  type        = map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) }))
  nullable    = false
  default     = {}
}

variable "observe" {
  description = "Ids of alarms, or * for all, that tell only the info topic while their thresholds are being found. Their names stay."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "runbook_base_url" {
  description = "Where docs/runbooks can be read. Each description ends in \"Runbook: ADDRESS\"; with an address of the web, Slack shows a button."
  type        = string
  nullable    = false
  default     = "docs/runbooks"

  validation {
    condition     = can(regex("^[0-9A-Za-z:/._~-]*[^/]$", var.runbook_base_url))
    error_message = "runbook_base_url is \"${var.runbook_base_url}\". Write it without spaces and without a slash at the end, such as https://github.com/acme/alerting/blob/main/docs/runbooks."
  }
}
