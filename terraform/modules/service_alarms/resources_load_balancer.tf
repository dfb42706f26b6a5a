# Written from catalogue/*.yaml by: make catalogue

variable "albs" {
  description = "Application Load Balancer: resources by a name of your choice. Alarms: alb_elb_5xx, alb_rejected, alb_4xx, alb_no_traffic."
  type = map(object({
    # The end of its ARN, app/NAME/ID (aws_lb.….arn_suffix).
    load_balancer = string
    # Requests a minute below which a rate of errors means nothing.
    min_requests = optional(number, 20)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.albs : can(regex("^app/[^/]+/[0-9a-f]+$", resource.load_balancer))])
    error_message = "Not a usable load_balancer: ${join(", ", [for name, resource in var.albs : "${name} (${coalesce(resource.load_balancer, "-")})" if !can(regex("^app/[^/]+/[0-9a-f]+$", resource.load_balancer))])}. The end of its ARN, app/NAME/ID (aws_lb.….arn_suffix)."
  }
}

variable "target_groups" {
  description = "Target group of an Application Load Balancer: resources by a name of your choice. Alarms: alb_no_healthy, alb_pair_empty, alb_unhealthy, alb_target_5xx, alb_p99, alb_conn_errors, alb_fail_open."
  type = map(object({
    # The end of its load balancer's ARN, app/NAME/ID.
    load_balancer = string
    # The end of its ARN, targetgroup/NAME/ID (aws_lb_target_group.….arn_suffix).
    target_group = string
    # Name of the blue/green pair that it belongs to: only both being empty pages.
    pair = optional(string)
    # Requests a minute below which a rate of errors means nothing.
    min_requests = optional(number, 20)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.target_groups : can(regex("^app/[^/]+/[0-9a-f]+$", resource.load_balancer))])
    error_message = "Not a usable load_balancer: ${join(", ", [for name, resource in var.target_groups : "${name} (${coalesce(resource.load_balancer, "-")})" if !can(regex("^app/[^/]+/[0-9a-f]+$", resource.load_balancer))])}. The end of its load balancer's ARN, app/NAME/ID."
  }

  validation {
    condition     = alltrue([for resource in var.target_groups : can(regex("^targetgroup/[^/]+/[0-9a-f]+$", resource.target_group))])
    error_message = "Not a usable target_group: ${join(", ", [for name, resource in var.target_groups : "${name} (${coalesce(resource.target_group, "-")})" if !can(regex("^targetgroup/[^/]+/[0-9a-f]+$", resource.target_group))])}. The end of its ARN, targetgroup/NAME/ID (aws_lb_target_group.….arn_suffix)."
  }

  validation {
    condition     = alltrue([for resource in var.target_groups : (resource.pair == null || can(regex("^[a-z0-9-]+$", resource.pair)))])
    error_message = "Not a usable pair: ${join(", ", [for name, resource in var.target_groups : "${name} (${coalesce(resource.pair, "-")})" if !(resource.pair == null || can(regex("^[a-z0-9-]+$", resource.pair)))])}. Name of the blue/green pair that it belongs to: only both being empty pages."
  }
}

variable "nlbs" {
  description = "Network Load Balancer: resources by a name of your choice. Alarms: nlb_port_allocation, nlb_target_resets."
  type = map(object({
    # The end of its ARN, net/NAME/ID.
    load_balancer = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.nlbs : can(regex("^net/[^/]+/[0-9a-f]+$", resource.load_balancer))])
    error_message = "Not a usable load_balancer: ${join(", ", [for name, resource in var.nlbs : "${name} (${coalesce(resource.load_balancer, "-")})" if !can(regex("^net/[^/]+/[0-9a-f]+$", resource.load_balancer))])}. The end of its ARN, net/NAME/ID."
  }
}

variable "nlb_target_groups" {
  description = "Target group of a Network Load Balancer: resources by a name of your choice. Alarms: nlb_no_healthy, nlb_unhealthy."
  type = map(object({
    # The end of its load balancer's ARN, net/NAME/ID.
    load_balancer = string
    # The end of its ARN, targetgroup/NAME/ID.
    target_group = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.nlb_target_groups : can(regex("^net/[^/]+/[0-9a-f]+$", resource.load_balancer))])
    error_message = "Not a usable load_balancer: ${join(", ", [for name, resource in var.nlb_target_groups : "${name} (${coalesce(resource.load_balancer, "-")})" if !can(regex("^net/[^/]+/[0-9a-f]+$", resource.load_balancer))])}. The end of its load balancer's ARN, net/NAME/ID."
  }

  validation {
    condition     = alltrue([for resource in var.nlb_target_groups : can(regex("^targetgroup/[^/]+/[0-9a-f]+$", resource.target_group))])
    error_message = "Not a usable target_group: ${join(", ", [for name, resource in var.nlb_target_groups : "${name} (${coalesce(resource.target_group, "-")})" if !can(regex("^targetgroup/[^/]+/[0-9a-f]+$", resource.target_group))])}. The end of its ARN, targetgroup/NAME/ID."
  }
}
