variable "name" {
  description = "Prefix of every name, for example acme-production. The alarms are called NAME-auto/…"
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.name))
    error_message = "Invalid name: \"${var.name}\". Use 2 to 31 lower-case letters, digits and hyphens, and do not begin with a hyphen."
  }
}

variable "tags" {
  description = "Tags of every resource, and of every alarm that the function makes."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "mode" {
  description = "per_instance: the function makes alarms as instances come and go. fleet: two Metrics Insights alarms on the disks of all hosts, and no function."
  type        = string
  nullable    = false
  default     = "per_instance"

  validation {
    condition     = contains(["per_instance", "fleet"], var.mode)
    error_message = "Unknown mode: ${var.mode}. Use per_instance, fleet."
  }
}

variable "topic_arns" {
  description = "SNS topic ARN by severity (critical, warning, info)."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.topic_arns), ["critical", "warning", "info"])) == 0 && length(setsubtract(["critical", "warning"], keys(var.topic_arns))) == 0
    error_message = "topic_arns needs critical and warning, and may have info; it has ${join(", ", keys(var.topic_arns))}."
  }
}

variable "runbook_base_url" {
  description = "Where docs/runbooks can be read, for the links in the alarms."
  type        = string
  nullable    = false
  default     = "docs/runbooks"
}

variable "actions_enabled" {
  description = "Whether the alarms notify anyone. false keeps their states and history, silently."
  type        = bool
  nullable    = false
  default     = true
}

variable "config" {
  description = "What is watched and how. docs/instances.md says what each key means."
  type = object({
    namespaces      = optional(list(string), ["CWAgent"]) # that agents and publishers send to
    watch           = optional(string, "all")             # all: instances opt out by tag; tagged: they opt in
    tag_prefix      = optional(string, "alarms")
    environment_tag = optional(string, "Environment")
    environments    = optional(map(map(string)), {}) # by that tag's value: { staging = { critical = "warning" } }
    stopped         = optional(string, "delete")     # delete or mute the alarms of a stopped instance
    paging          = optional(string, "share")      # share: groups page by the share of their hosts; host: each host does
    share_percent   = optional(number, 25)
    alarms = optional(map(object({ # by alarm, as space or memory: what differs from the catalogue
      enabled             = optional(bool, true)
      thresholds          = optional(map(number), {}) # null takes a severity out
      period              = optional(number)
      evaluation_periods  = optional(number)
      datapoints_to_alarm = optional(number)
    })), {})
    notify_ok       = optional(bool, true)
    notice          = optional(bool, false) # one message per batch of changes to the info topic
    puts_per_second = optional(number, 1.5) # of each of two workers; CloudWatch allows 3 in an account and Region
  })
  nullable = false
  default  = {}

  validation {
    condition     = contains(["all", "tagged"], var.config.watch)
    error_message = "Unknown config.watch: ${var.config.watch}. Use all, tagged."
  }
  validation {
    condition     = contains(["delete", "mute"], var.config.stopped)
    error_message = "Unknown config.stopped: ${var.config.stopped}. Use delete, mute."
  }
  validation {
    condition     = contains(["share", "host"], var.config.paging)
    error_message = "Unknown config.paging: ${var.config.paging}. Use share, host."
  }
  validation {
    condition     = var.config.share_percent >= 1 && var.config.share_percent <= 100
    error_message = "config.share_percent is ${var.config.share_percent}. Use a number from 1 to 100."
  }
  validation {
    condition     = var.config.puts_per_second >= 0.1 && var.config.puts_per_second <= 100
    error_message = "config.puts_per_second is ${var.config.puts_per_second}. Use a number from 0.1 to 100."
  }
  validation {
    condition     = length(var.config.namespaces) > 0
    error_message = "config.namespaces is empty: no metric of a host would be found. Name one, such as CWAgent."
  }
  validation {
    condition = alltrue(flatten([for change in var.config.environments : [
      for severity, heard in change : contains(["critical", "warning", "info"], severity) && contains(["critical", "warning", "info", "none"], heard)
    ]]))
    error_message = "Unknown severity in config.environments: ${join(", ", flatten([for name, change in var.config.environments : [
      for severity, heard in change : "${name}.${severity} = ${heard}" if !(contains(["critical", "warning", "info"], severity) && contains(["critical", "warning", "info", "none"], heard))
    ]]))}. Use critical, warning, info; and none to tell nobody."
  }
  validation {
    condition     = length(setsubtract(keys(var.config.alarms), ["attached-volumes-check", "cpu-credits", "free-space", "heartbeat", "inodes", "instance-check", "instance-disk", "instance-memory", "memory", "space", "swap", "system-check", "windows-heartbeat", "windows-memory"])) == 0
    error_message = "Unknown alarm in config.alarms: ${join(", ", setsubtract(keys(var.config.alarms), ["attached-volumes-check", "cpu-credits", "free-space", "heartbeat", "inodes", "instance-check", "instance-disk", "instance-memory", "memory", "space", "swap", "system-check", "windows-heartbeat", "windows-memory"]))}. Use attached-volumes-check, cpu-credits, free-space, heartbeat, inodes, instance-check, instance-disk, instance-memory, memory, space, swap, system-check, windows-heartbeat, windows-memory."
  }
  validation {
    condition     = alltrue(flatten([for alarm in var.config.alarms : [for severity in keys(alarm.thresholds) : contains(["critical", "warning", "info"], severity)]]))
    error_message = "Unknown severity in config.alarms: ${join(", ", flatten([for name, alarm in var.config.alarms : [for severity in keys(alarm.thresholds) : "${name}.thresholds.${severity}" if !contains(["critical", "warning", "info"], severity)]]))}. Use critical, warning, info."
  }
}

variable "fleet" {
  description = "Of the mode fleet: mount_dimension is MountPath (alarmctl's publisher) or path (the CloudWatch agent with drop_device and aggregation_dimensions)."
  type = object({
    mount_dimension = optional(string, "MountPath")
  })
  nullable = false
  default  = {}

  validation {
    condition     = contains(["MountPath", "path"], var.fleet.mount_dimension)
    error_message = "Unknown fleet.mount_dimension: ${var.fleet.mount_dimension}. Use MountPath, path."
  }
}

variable "package" {
  description = "The function's code: zip, made by `make package`; or s3_bucket and s3_key, with s3_object_version."
  type = object({
    zip               = optional(string)
    s3_bucket         = optional(string)
    s3_key            = optional(string)
    s3_object_version = optional(string)
  })
  nullable = false
  default  = {}
}

variable "operations" {
  description = "Who hears that the function itself is broken: { topic_arn }; and the key of the topics, kms_key_arn, for the notice."
  type = object({
    topic_arn   = string
    kms_key_arn = optional(string)
  })
  default = null
}

variable "log_retention_days" {
  description = "How long the function's log is kept."
  type        = number
  nullable    = false
  default     = 365
}

variable "endpoint_url" {
  description = "AWS endpoint of the function, for a local AWS; null for AWS itself."
  type        = string
  default     = null
}
