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

variable "environment" {
  description = "Name that messages show, for example production. Only local may post to 127.0.0.1."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{0,30}$", var.environment))
    error_message = "Invalid environment: \"${var.environment}\". Use lower-case letters, digits and hyphens, for example production."
  }
}

variable "topic_arns" {
  description = "ARN of the topic of each severity (critical, warning, info), named NAME-…. The queue subscribes to all of them."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(var.topic_arns) + length(var.existing_topic_arns) > 0
    error_message = "No topic: the notifier would never be told of anything. Give topic_arns, for example those of the module alert_topics."
  }
  validation {
    condition     = length(setsubtract(keys(var.topic_arns), ["critical", "warning", "info"])) == 0
    error_message = "Unknown severity in topic_arns: ${join(", ", setsubtract(keys(var.topic_arns), ["critical", "warning", "info"]))}. Use critical, warning, info."
  }
  validation {
    condition     = length(setintersection(keys(var.existing_topic_arns), keys(var.topic_arns))) == 0
    error_message = "Two topics for one severity: ${join(", ", setintersection(keys(var.existing_topic_arns), keys(var.topic_arns)))}. Give it in topic_arns or in existing_topic_arns."
  }
  # Otherwise the queue's policy would refuse every message, after the alarm has gone.
  validation {
    condition     = alltrue([for arn in values(var.topic_arns) : startswith(try(split(":", arn)[5], ""), "${var.name}-")])
    error_message = "Topic of another stack: ${join(", ", [for severity, arn in var.topic_arns : "${severity} ${arn}" if !startswith(try(split(":", arn)[5], ""), "${var.name}-")])}. The queue accepts only topics whose names begin with ${var.name}-, and those of existing_topic_arns."
  }
}

variable "existing_topic_arns" {
  description = "ARN of a topic of your own by severity, whatever it is called. The queue subscribes to it, too."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.existing_topic_arns), ["critical", "warning", "info"])) == 0
    error_message = "Unknown severity in existing_topic_arns: ${join(", ", setsubtract(keys(var.existing_topic_arns), ["critical", "warning", "info"]))}. Use critical, warning, info."
  }
}

variable "webhook" {
  description = "Where the webhook is kept. parameter_name: an SSM SecureString of yours that holds it already; without it one is made from slack_webhook_url. version: raise it by one whenever slack_webhook_url changes. kms_key_arn: the parameter's key, when it is not alias/aws/ssm. fallback_parameter_name: an SSM SecureString with a second webhook, told when Slack refuses the first."
  type = object({
    parameter_name          = optional(string)
    version                 = optional(number, 1)
    kms_key_arn             = optional(string)
    fallback_parameter_name = optional(string)
  })
  nullable = false
  default  = {}

  # The value is not shown: whoever gets this wrong has often pasted the webhook itself.
  validation {
    condition     = var.webhook.parameter_name == null || can(regex("^(/[A-Za-z0-9_.-]+)+$|^[A-Za-z0-9_.-]+$", var.webhook.parameter_name))
    error_message = "webhook.parameter_name must be the name of an SSM parameter, for example /acme/slack-webhook-url. The webhook itself goes into slack_webhook_url."
  }
  validation {
    condition     = var.webhook.fallback_parameter_name == null || can(regex("^(/[A-Za-z0-9_.-]+)+$|^[A-Za-z0-9_.-]+$", var.webhook.fallback_parameter_name))
    error_message = "webhook.fallback_parameter_name must be the name of an SSM parameter that holds a second webhook, for example /acme/fallback-webhook-url. The webhook itself stays out of Terraform."
  }
  validation {
    condition     = var.webhook.version >= 1 && floor(var.webhook.version) == var.webhook.version
    error_message = "webhook.version must be a whole number from 1; it is ${var.webhook.version}. Raise it by one whenever the webhook changes."
  }
  validation {
    condition     = var.webhook.kms_key_arn == null || can(regex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/.+$", var.webhook.kms_key_arn))
    error_message = "Not the ARN of a key: webhook.kms_key_arn is \"${coalesce(var.webhook.kms_key_arn, "null")}\". Give arn:aws:kms:REGION:ACCOUNT:key/ID."
  }
}

variable "slack_webhook_url" {
  description = "The Slack incoming webhook, written once into SSM and kept in neither state nor plan. Null when webhook.parameter_name is given."
  type        = string
  default     = null
  ephemeral   = true
  sensitive   = true

  validation {
    condition     = var.slack_webhook_url != ""
    error_message = "slack_webhook_url is empty. Copy the URL from your Slack app's page Incoming Webhooks, or leave it out and set webhook.parameter_name (in the module alerting: slack.parameter_name)."
  }
  # The host must end where the path begins: hooks.slack.com.example.net is somebody else's.
  validation {
    condition = var.slack_webhook_url == null || var.slack_webhook_url == "" || can(regex(
      var.environment == "local"
      ? "^(https://hooks\\.slack(-gov)?\\.com/services/|http://127\\.0\\.0\\.1:[0-9]+/)[A-Za-z0-9_/-]+$"
      : "^https://hooks\\.slack(-gov)?\\.com/services/[A-Za-z0-9_/-]+$",
      var.slack_webhook_url
    ))
    error_message = "slack_webhook_url is no Slack webhook. It must begin with https://hooks.slack.com/services/ or https://hooks.slack-gov.com/services/ (http://127.0.0.1:PORT/ only in the environment local). The value is not shown, because it is a secret."
  }
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
    condition     = (var.package.zip != null) != (var.package.s3_bucket != null || var.package.s3_key != null || var.package.s3_object_version != null)
    error_message = "package needs one source: either zip, or s3_bucket with s3_key (and s3_object_version)."
  }
  validation {
    condition     = (var.package.s3_bucket == null) == (var.package.s3_key == null)
    error_message = "package.s3_bucket and package.s3_key go together; only ${var.package.s3_bucket == null ? "s3_key" : "s3_bucket"} is set."
  }
}

variable "operations" {
  description = "The topic for this stack's own health, and the key that encrypts it (null: none). What Slack refuses for good is told there. Null: nowhere."
  type = object({
    topic_arn   = string
    kms_key_arn = optional(string)
  })
  default = null
}

variable "live_version" {
  description = "Version of the function that is in use, for example 7, to keep an earlier one after a rollback. Null: always the newest."
  type        = string
  default     = null

  validation {
    condition     = var.live_version == null || can(regex("^[1-9][0-9]*$", var.live_version))
    error_message = "live_version is \"${coalesce(var.live_version, "null")}\". Use the number of a published version, which `alarmctl rollback` lists, or null for the newest."
  }
}

variable "reserved_concurrency" {
  description = "Executions reserved for the notifier, so that no other function can starve it: two workers on the queue and the sweep. Null reserves none, for accounts whose quota is too small (new ones have 10)."
  type        = number
  default     = 3

  validation {
    condition     = var.reserved_concurrency == null ? true : var.reserved_concurrency >= 3
    error_message = "reserved_concurrency is ${coalesce(var.reserved_concurrency, 0)}, but two workers read the queue and one sweeps. Use 3 or more, or null to reserve none."
  }
}

variable "log_retention_days" {
  description = "Days that CloudWatch Logs keeps the function's log."
  type        = number
  nullable    = false
  default     = 365

  # https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
  validation {
    condition     = contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], var.log_retention_days)
    error_message = "CloudWatch Logs has no retention of ${var.log_retention_days} days. Use 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "endpoint_url" {
  description = "Address of a local AWS, for the environment local alone: becomes the function's AWS_ENDPOINT_URL."
  type        = string
  default     = null

  validation {
    condition     = var.endpoint_url == null || var.environment == "local"
    error_message = "endpoint_url is only for the environment local; this is ${var.environment}. Leave it out: the function finds AWS by itself."
  }
}
