variable "name" {
  description = "Prefix of every resource's name, for example acme-production. Only alarms called NAME-… are muted."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.name))
    error_message = "Invalid name: \"${var.name}\". Use 2 to 31 lower-case letters, digits and hyphens, and do not begin with a hyphen."
  }
}

variable "tags" {
  description = "Tags of every resource."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "package" {
  description = "The function's code: zip, a local file that `make package` writes, or s3_bucket, s3_key and s3_object_version."
  type = object({
    zip               = optional(string)
    s3_bucket         = optional(string)
    s3_key            = optional(string)
    s3_object_version = optional(string)
  })
  nullable = false

  validation {
    condition     = (var.package.zip != null) != (var.package.s3_bucket != null && var.package.s3_key != null)
    error_message = "package needs one source: either zip, or s3_bucket with s3_key (and s3_object_version)."
  }
}

variable "dead_letter_queue_arn" {
  description = "ARN of the queue for events that could not be handled, such as alert_topics.undeliverable_queue_arn. Its policy must let EventBridge send."
  type        = string
  nullable    = false
}

variable "max_hours" {
  description = "The longest change that is muted. What takes longer stays loud."
  type        = number
  nullable    = false
  default     = 24

  validation {
    condition     = var.max_hours > 0 && var.max_hours <= 360
    error_message = "max_hours is ${var.max_hours}. Use hours up to 360, the 15 days that CloudWatch mutes at most."
  }
}

variable "services" {
  description = "Services whose changes mute, as AWS Health calls them, such as EC2; empty: all."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "log_retention_days" {
  description = "How long the function's log is kept."
  type        = number
  nullable    = false
  default     = 365
}
