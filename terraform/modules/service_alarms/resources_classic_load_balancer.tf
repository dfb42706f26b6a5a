# Written from catalogue/*.yaml by: make catalogue

variable "classic_load_balancers" {
  description = "Classic Load Balancer: resources by a name of your choice. Alarms: clb_no_healthy, clb_unhealthy, clb_backend_5xx, clb_elb_5xx, clb_spillover, clb_surge, clb_latency, clb_book_5xx, clb_book_latency."
  type = map(object({
    # Name of the load balancer.
    load_balancer_name = string
    # Requests a minute below which a rate of errors means nothing.
    min_requests = optional(number, 20)
    # Only the two alarms of the book preset instead of ours; see their pages for why ours differ.
    book = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.classic_load_balancers : can(regex("^[0-9A-Za-z-]{1,32}$", resource.load_balancer_name))])
    error_message = "Not a usable load_balancer_name: ${join(", ", [for name, resource in var.classic_load_balancers : "${name} (${coalesce(resource.load_balancer_name, "-")})" if !can(regex("^[0-9A-Za-z-]{1,32}$", resource.load_balancer_name))])}. Name of the load balancer."
  }
}
