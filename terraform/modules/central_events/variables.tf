variable "name" {
  description = "Prefix of the bus's name, the same as that of the stack whose topics are told, such as acme-production."
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

variable "topic_arns" {
  description = "ARN of the topic of each severity: the output topic_arns of alerting."
  type        = map(string)
  nullable    = false
}

variable "dead_letter_queue_arn" {
  description = "ARN of the queue for what a topic did not take: the output undeliverable_queue_arn of alerting."
  type        = string
  nullable    = false
}

variable "sender_account_ids" {
  description = "Accounts that may send. Together with, or in the place of, organization_id."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for id in var.sender_account_ids : can(regex("^[0-9]{12}$", id))])
    error_message = "Not an account id: ${join(", ", [for id in var.sender_account_ids : id if !can(regex("^[0-9]{12}$", id))])}. It has twelve digits."
  }
}

variable "organization_id" {
  description = "The organization whose accounts may all send, such as o-abcd123456; null for none."
  type        = string
  default     = null

  validation {
    condition     = can(regex("^o-[a-z0-9]{10,32}$", coalesce(var.organization_id, "o-0123456789")))
    error_message = "Not an organization's id: ${coalesce(var.organization_id, "-")}. It begins with o-."
  }
}

variable "routes" {
  description = "Further routes by name, or others in the place of this module's: an EventBridge pattern (JSON) and the severity whose topic is told; none takes a route out."
  type = map(object({
    severity    = string
    description = optional(string)
    pattern     = optional(string, "{\"source\": [{\"prefix\": \"aws.\"}]}")
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for route in var.routes : can(keys(jsondecode(route.pattern)))])
    error_message = "Not an event pattern in JSON: ${join(", ", [for key, route in var.routes : key if !can(keys(jsondecode(route.pattern)))])}. Write it with jsonencode."
  }
}

variable "routed_sources" {
  description = "Sources that your own routes tell of, such as aws.ecs, so that the route `others` does not tell of them again."
  type        = list(string)
  nullable    = false
  default     = []
}
