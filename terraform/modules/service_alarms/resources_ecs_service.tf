# Written from catalogue/*.yaml by: make catalogue

variable "ecs_services" {
  description = "ECS service: resources by a name of your choice. Alarms: ecs_svc_cpu, ecs_svc_mem, ecs_svc_no_tasks, ecs_svc_at_max, ecs_svc_saturated_at_max, ecs_svc_ebs_fs, ecs_sc_5xx, ecs_ci_tasks_below_desired, ecs_ci_deploying, ecs_ci_tasks_missing_outside_deploy, ecs_ci_deploy_stuck, ecs_ci_pending, ecs_ci_cpu_reserved, ecs_ci_mem_reserved, ecs_ci_ephemeral, ecs_ci_task_cpu, ecs_ci_task_mem, ecs_ci_restarts, ecs_ci_unhealthy."
  type = map(object({
    # Name of the cluster, not its ARN.
    cluster = string
    # Name of the service, not its ARN.
    service = string
    # Most tasks that auto scaling may start; tells when the service cannot grow.
    max_tasks = optional(number)
    # No task at all is normal, so that its absence is no alarm.
    may_scale_to_zero = optional(bool, false)
    # The cluster has Container Insights (paid).
    container_insights = optional(bool, false)
    # … with enhanced observability: metrics of single tasks and containers.
    enhanced_observability = optional(bool, false)
    # Fargate on Linux platform 1.4.0 or later with Container Insights, which publishes the task's disk.
    ephemeral_storage = optional(bool, false)
    # Calls reach the service by Service Connect.
    service_connect = optional(bool, false)
    # Requests a minute below which a rate of errors means nothing.
    min_requests = optional(number, 20)
    # Tasks have an EBS volume attached.
    ebs_volume = optional(bool, false)
    # Say nothing of missing tasks while a deployment runs; needs container_insights.
    deploy_aware = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.ecs_services : can(regex("^[0-9A-Za-z_-]{1,255}$", resource.cluster))])
    error_message = "Not a usable cluster: ${join(", ", [for name, resource in var.ecs_services : "${name} (${coalesce(resource.cluster, "-")})" if !can(regex("^[0-9A-Za-z_-]{1,255}$", resource.cluster))])}. Name of the cluster, not its ARN."
  }

  validation {
    condition     = alltrue([for resource in var.ecs_services : can(regex("^[0-9A-Za-z_-]{1,255}$", resource.service))])
    error_message = "Not a usable service: ${join(", ", [for name, resource in var.ecs_services : "${name} (${coalesce(resource.service, "-")})" if !can(regex("^[0-9A-Za-z_-]{1,255}$", resource.service))])}. Name of the service, not its ARN."
  }
}
