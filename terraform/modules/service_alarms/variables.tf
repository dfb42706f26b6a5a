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
