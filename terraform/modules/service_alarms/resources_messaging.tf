# Written from catalogue/*.yaml by: make catalogue

variable "queues" {
  description = "SQS queue: resources by a name of your choice. Alarms: sqs_dead_letters, sqs_age, sqs_in_flight, sqs_drain_time."
  type = map(object({
    # Name of the queue, not its URL.
    queue_name = string
    # It is a dead-letter queue, where a single message is news.
    dead_letter_queue = optional(bool, false)
    # Messages that may be in flight; 120,000, as AWS has it for standard and FIFO queues.
    in_flight_limit = optional(number, 120000)
    # Tell when the backlog takes longer than half an hour.
    drain_time = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.queues : can(regex("^[0-9A-Za-z_-]{1,75}([.]fifo)?$", resource.queue_name))])
    error_message = "Not a usable queue_name: ${join(", ", [for name, resource in var.queues : "${name} (${coalesce(resource.queue_name, "-")})" if !can(regex("^[0-9A-Za-z_-]{1,75}([.]fifo)?$", resource.queue_name))])}. Name of the queue, not its URL."
  }
}

variable "topics" {
  description = "SNS topic: resources by a name of your choice. Alarms: sns_failed, sns_dead_letters, sns_dead_letters_failed, sns_invalid_attributes."
  type = map(object({
    # Name of the topic, not its ARN. Not one that these very alarms go to.
    topic_name = string
    # A subscription has a dead-letter queue.
    dead_letter_queue = optional(bool, false)
    # A subscription filters by message attributes.
    filtered = optional(bool, false)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.topics : can(regex("^[0-9A-Za-z_-]{1,256}([.]fifo)?$", resource.topic_name))])
    error_message = "Not a usable topic_name: ${join(", ", [for name, resource in var.topics : "${name} (${coalesce(resource.topic_name, "-")})" if !can(regex("^[0-9A-Za-z_-]{1,256}([.]fifo)?$", resource.topic_name))])}. Name of the topic, not its ARN. Not one that these very alarms go to."
  }
}

variable "rest_apis" {
  description = "API Gateway REST API: resources by a name of your choice. Alarms: rest_api_5xx, rest_api_latency, rest_api_4xx."
  type = map(object({
    # Name of the API.
    api_name = string
    # Name of the stage.
    stage = string
    # Requests a minute below which a rate of errors means nothing.
    min_requests = optional(number, 20)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.rest_apis : can(regex("^[^{}\"]{1,128}$", resource.api_name))])
    error_message = "Not a usable api_name: ${join(", ", [for name, resource in var.rest_apis : "${name} (${coalesce(resource.api_name, "-")})" if !can(regex("^[^{}\"]{1,128}$", resource.api_name))])}. Name of the API."
  }

  validation {
    condition     = alltrue([for resource in var.rest_apis : can(regex("^[0-9A-Za-z_-]{1,128}$", resource.stage))])
    error_message = "Not a usable stage: ${join(", ", [for name, resource in var.rest_apis : "${name} (${coalesce(resource.stage, "-")})" if !can(regex("^[0-9A-Za-z_-]{1,128}$", resource.stage))])}. Name of the stage."
  }
}

variable "http_apis" {
  description = "API Gateway HTTP API: resources by a name of your choice. Alarms: http_api_5xx, http_api_latency."
  type = map(object({
    # Id of the API.
    api_id = string
    # Name of the stage.
    stage = string
    # Requests a minute below which a rate of errors means nothing.
    min_requests = optional(number, 20)
    # Changes, by the catalogue's id.
    alarms = optional(map(object({ enabled = optional(bool), observe = optional(bool), thresholds = optional(map(number), {}), period = optional(number), evaluation_periods = optional(number), datapoints_to_alarm = optional(number), treat_missing_data = optional(string) })), {})
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for resource in var.http_apis : can(regex("^[0-9a-z]{10}$", resource.api_id))])
    error_message = "Not a usable api_id: ${join(", ", [for name, resource in var.http_apis : "${name} (${coalesce(resource.api_id, "-")})" if !can(regex("^[0-9a-z]{10}$", resource.api_id))])}. Id of the API."
  }

  validation {
    condition     = alltrue([for resource in var.http_apis : can(regex("^([$]default|[0-9A-Za-z_-]{1,128})$", resource.stage))])
    error_message = "Not a usable stage: ${join(", ", [for name, resource in var.http_apis : "${name} (${coalesce(resource.stage, "-")})" if !can(regex("^([$]default|[0-9A-Za-z_-]{1,128})$", resource.stage))])}. Name of the stage."
  }
}
