# Written from catalogue/*.yaml by: make catalogue

variable "lambdas" {
  description = "Lambda function: resources by a name of your choice. Alarms: lambda_errors, lambda_errors_sparse, lambda_throttles, lambda_duration, lambda_iterator_age, lambda_lost_events, lambda_memory."
  type = map(object({
    # Name of the function, not its ARN.
    function_name = string
    # Its timeout; for the alarm on runs that come close to it.
    timeout_seconds = optional(number)
    # It runs a few times an hour or less, so that each failure counts.
    sparse = optional(bool, false)
    # It reads a stream (Kinesis, DynamoDB) and may lag behind.
    stream = optional(bool, false)
    # It is invoked asynchronously, with a dead-letter queue or a destination.
    asynchronous = optional(bool, false)
    # Lambda Insights is on.
    insights = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.lambdas : can(regex("^[0-9A-Za-z_-]{1,64}$", resource.function_name))])
    error_message = "Not a usable function_name: ${join(", ", [for name, resource in var.lambdas : "${name} (${coalesce(resource.function_name, "-")})" if !can(regex("^[0-9A-Za-z_-]{1,64}$", resource.function_name))])}. Name of the function, not its ARN."
  }
}

variable "state_machines" {
  description = "Step Functions state machine: resources by a name of your choice. Alarms: sfn_failed, sfn_throttled."
  type = map(object({
    # ARN of the state machine.
    state_machine_arn = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.state_machines : can(regex("^arn:[a-z-]+:states:", resource.state_machine_arn))])
    error_message = "Not a usable state_machine_arn: ${join(", ", [for name, resource in var.state_machines : "${name} (${coalesce(resource.state_machine_arn, "-")})" if !can(regex("^arn:[a-z-]+:states:", resource.state_machine_arn))])}. ARN of the state machine."
  }
}

variable "eventbridge_rules" {
  description = "EventBridge rule: resources by a name of your choice. Alarms: events_failed, events_dlq_failed."
  type = map(object({
    # Name of a rule on the default bus.
    rule_name = string
    # Its target has a dead-letter queue.
    dead_letter_queue = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.eventbridge_rules : can(regex("^[0-9A-Za-z._-]{1,64}$", resource.rule_name))])
    error_message = "Not a usable rule_name: ${join(", ", [for name, resource in var.eventbridge_rules : "${name} (${coalesce(resource.rule_name, "-")})" if !can(regex("^[0-9A-Za-z._-]{1,64}$", resource.rule_name))])}. Name of a rule on the default bus."
  }
}

variable "schedule_groups" {
  description = "EventBridge Scheduler group: resources by a name of your choice. Alarms: scheduler_dropped, scheduler_target_errors."
  type = map(object({
    # Name of the group, such as default.
    schedule_group = string
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.schedule_groups : can(regex("^[0-9A-Za-z._-]{1,64}$", resource.schedule_group))])
    error_message = "Not a usable schedule_group: ${join(", ", [for name, resource in var.schedule_groups : "${name} (${coalesce(resource.schedule_group, "-")})" if !can(regex("^[0-9A-Za-z._-]{1,64}$", resource.schedule_group))])}. Name of the group, such as default."
  }
}
