variable "name" {
  description = "Prefix of every resource's name, for example acme-production."
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

variable "severities" {
  description = "One topic per severity (critical, warning, info) with its subscribers: e-mail addresses, phone numbers in E.164, HTTPS endpoints of pagers."
  type = map(object({
    email = optional(list(string), [])
    sms   = optional(list(string), [])
    https = optional(list(string), [])
  }))
  nullable = false
  default  = { critical = {}, warning = {}, info = {} }

  validation {
    condition     = length(setsubtract(keys(var.severities), ["critical", "warning", "info"])) == 0
    error_message = "Unknown severity: ${join(", ", setsubtract(keys(var.severities), ["critical", "warning", "info"]))}. Use critical, warning, info."
  }
  validation {
    condition     = length(var.severities) > 0
    error_message = "No severity: the stack would have no topic to alert. Use critical, warning, info."
  }
}

variable "existing_topics" {
  description = "ARN of a topic of your own by severity, used instead of making one. Its policy, and its key's, must let CloudWatch and EventBridge publish."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.existing_topics), keys(var.severities))) == 0
    error_message = "Not a severity in use: ${join(", ", setsubtract(keys(var.existing_topics), keys(var.severities)))}. existing_topics takes those of severities: ${join(", ", keys(var.severities))}."
  }
  # Alarms publish to no FIFO topic, and by ARN alone.
  validation {
    condition     = alltrue([for arn in values(var.existing_topics) : can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[0-9A-Za-z_-]{1,256}$", arn))])
    error_message = "Not the ARN of a standard topic: ${join(", ", [for severity, arn in var.existing_topics : "existing_topics.${severity} (${arn})" if !can(regex("^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[0-9A-Za-z_-]{1,256}$", arn))])}. Give arn:aws:sns:REGION:ACCOUNT:NAME, not a subscription's and not a FIFO topic's."
  }
}

variable "operations" {
  description = "Subscribers of the operations topic, which tells of the alerting stack's own faults. Never Slack: it must work when Slack does not."
  type = object({
    email = optional(list(string), [])
    sms   = optional(list(string), [])
    https = optional(list(string), [])
  })
  nullable = false
  default  = {}
}

variable "encryption" {
  description = "customer_key makes a key that alarms may use; existing_key takes yours by ARN (its policy needs the statements of the output required_key_statements); none leaves the topics unencrypted."
  type = object({
    mode        = optional(string, "customer_key")
    kms_key_arn = optional(string)
  })
  nullable = false
  default  = {}

  validation {
    condition     = contains(["customer_key", "existing_key", "none"], var.encryption.mode)
    error_message = "Unknown encryption.mode: \"${var.encryption.mode}\". Use customer_key, existing_key, none."
  }
  validation {
    condition     = var.encryption.mode != "existing_key" || var.encryption.kms_key_arn != null
    error_message = "encryption.mode existing_key needs encryption.kms_key_arn, the ARN of your key."
  }
  validation {
    condition     = var.encryption.mode == "existing_key" || var.encryption.kms_key_arn == null
    error_message = "encryption.kms_key_arn is only for encryption.mode existing_key; the mode is ${var.encryption.mode}. Change the mode, or leave the ARN out."
  }
  # An alias hides which key it is, and alias/aws/sns eats alarms without an error: its policy cannot be edited.
  # https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
  validation {
    condition     = var.encryption.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.encryption.kms_key_arn))
    error_message = "Not the ARN of a key: encryption.kms_key_arn is \"${coalesce(var.encryption.kms_key_arn, "null")}\". Give arn:aws:kms:REGION:ACCOUNT:key/ID. An alias is refused, because alarms cannot publish through alias/aws/sns."
  }
}

variable "publishers" {
  description = "Further AWS services that may publish to the topics, as service principals, for example budgets.amazonaws.com. CloudWatch and EventBridge always may."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for service in var.publishers : can(regex("^[a-z0-9.-]+\\.amazonaws\\.com(\\.cn)?$", service))])
    error_message = "Not a service principal: ${join(", ", [for service in var.publishers : service if !can(regex("^[a-z0-9.-]+\\.amazonaws\\.com(\\.cn)?$", service))])}. Write it as budgets.amazonaws.com."
  }
  validation {
    condition     = length(setintersection(var.publishers, ["cloudwatch.amazonaws.com", "events.amazonaws.com"])) == 0
    error_message = "Already a publisher: ${join(", ", setintersection(var.publishers, ["cloudwatch.amazonaws.com", "events.amazonaws.com"]))}. Leave it out."
  }
}
