variable "name" {
  description = "Prefix of every resource's name, such as acme-payments. In one account and Region it is used once."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.name))
    error_message = "Not a usable name: ${var.name}. Use 2 to 31 lower-case letters, digits and hyphens, starting with a letter or digit."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "central_bus_arn" {
  description = "ARN of the central bus: the output bus_arn of central_events."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:[a-z-]+:events:[a-z0-9-]+:[0-9]{12}:event-bus/.+$", var.central_bus_arn))
    error_message = "Not the ARN of an event bus: ${var.central_bus_arn}. It is the output bus_arn of central_events."
  }
}

variable "alarms" {
  description = "Whether alarms' state changes are forwarded."
  type        = bool
  nullable    = false
  default     = true
}

variable "alarm_name_prefixes" {
  description = "Forward only alarms whose names begin so. Empty: all but those of Application Auto Scaling (TargetTracking-) and of a stack's own health (operations-)."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "health" {
  description = "Whether AWS Health is forwarded."
  type        = bool
  nullable    = false
  default     = true
}

variable "patterns" {
  description = "Further EventBridge patterns (JSON) to forward, by a name of your choice."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for pattern in var.patterns : can(keys(jsondecode(pattern)))])
    error_message = "Not an event pattern in JSON: ${join(", ", [for key, pattern in var.patterns : key if !can(keys(jsondecode(pattern)))])}. Write it with jsonencode."
  }

  validation {
    condition     = length(setintersection(keys(var.patterns), ["alarms", "health"])) == 0
    error_message = "Taken by this module: ${join(", ", setintersection(keys(var.patterns), ["alarms", "health"]))}. Choose another name, or switch the module's own off."
  }

  validation {
    condition     = alltrue([for key in keys(var.patterns) : can(regex("^[a-z0-9][a-z0-9-]{0,19}$", key))])
    error_message = "Not a usable name of a pattern: ${join(", ", [for key in keys(var.patterns) : key if !can(regex("^[a-z0-9][a-z0-9-]{0,19}$", key))])}. Use up to 20 lower-case letters, digits and hyphens."
  }
}

variable "dead_letter_queue_arn" {
  description = "ARN of a queue for what could not be forwarded, whose policy lets these rules send; null makes one."
  type        = string
  default     = null
}

variable "operations_topic_arn" {
  description = "ARN of a topic of this account that hears when forwarding fails; null for none."
  type        = string
  default     = null
}
