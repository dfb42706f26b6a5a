# Written from catalogue/*.yaml by: make catalogue

variable "ecs_clusters" {
  description = "ECS cluster on EC2: resources by a name of your choice. Alarms: ecs_cluster_cpu, ecs_cluster_mem, ecs_cluster_cpu_reserved, ecs_cluster_mem_reserved, ecs_inst_cpu, ecs_inst_mem, ecs_inst_disk."
  type = map(object({
    # Name of the cluster, not its ARN.
    cluster = string
    # A capacity provider with managed scaling keeps reservations near 100 % by design.
    managed_scaling = optional(bool, false)
    # The CloudWatch agent runs as a daemon and publishes instance_* metrics.
    instance_insights = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.ecs_clusters : can(regex("^[0-9A-Za-z_-]{1,255}$", resource.cluster))])
    error_message = "Not a usable cluster: ${join(", ", [for name, resource in var.ecs_clusters : "${name} (${coalesce(resource.cluster, "-")})" if !can(regex("^[0-9A-Za-z_-]{1,255}$", resource.cluster))])}. Name of the cluster, not its ARN."
  }
}

variable "capacity_providers" {
  description = "ECS capacity provider: resources by a name of your choice. Alarms: ecs_capacity_short."
  type = map(object({
    # Name of the cluster.
    cluster = string
    # Name of the capacity provider.
    capacity_provider = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.capacity_providers : can(regex("^[0-9A-Za-z_-]{1,255}$", resource.cluster))])
    error_message = "Not a usable cluster: ${join(", ", [for name, resource in var.capacity_providers : "${name} (${coalesce(resource.cluster, "-")})" if !can(regex("^[0-9A-Za-z_-]{1,255}$", resource.cluster))])}. Name of the cluster."
  }

  validation {
    condition     = alltrue([for resource in var.capacity_providers : can(regex("^[0-9A-Za-z_-]{1,255}$", resource.capacity_provider))])
    error_message = "Not a usable capacity_provider: ${join(", ", [for name, resource in var.capacity_providers : "${name} (${coalesce(resource.capacity_provider, "-")})" if !can(regex("^[0-9A-Za-z_-]{1,255}$", resource.capacity_provider))])}. Name of the capacity provider."
  }
}
