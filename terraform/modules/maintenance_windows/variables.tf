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
  description = "Tags of the stacks, which CloudFormation hands on to the mute rules."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "alarm_names" {
  description = "CloudWatch name of each alarm, by the key by which a window names it."
  type        = map(string)
  nullable    = false
}

variable "windows" {
  description = "Maintenance windows by stable name: which alarms hold their actions back, when, why, and who to ask."
  type = map(object({
    alarms   = list(string)            # keys of alarms, with * and ?
    schedule = string                  # cron(minutes hours day month weekday) or at(yyyy-MM-ddThh:mm)
    duration = string                  # ISO 8601, PT1M to P15D
    timezone = optional(string, "UTC") # such as Europe/Paris
    start    = optional(string)        # yyyy-MM-ddThh:mm, from when on the schedule holds
    expire   = optional(string)        # and until when
    why      = string
    owner    = string
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for key, window in var.windows : can(regex("^[a-z][a-z0-9-]{0,31}$", key))])
    error_message = "Invalid window name: ${join(", ", [for key, window in var.windows : "\"${key}\"" if !can(regex("^[a-z][a-z0-9-]{0,31}$", key))])}. Use up to 32 lower-case letters, digits and hyphens, and begin with a letter."
  }
  validation {
    condition     = alltrue([for window in var.windows : length(window.alarms) > 0 && alltrue([for pattern in window.alarms : can(regex("^[0-9A-Za-z_.*?-]+$", pattern))])])
    error_message = "No alarms, or no pattern for keys of alarms: ${join(", ", [for key, window in var.windows : key if length(window.alarms) == 0 || !alltrue([for pattern in window.alarms : can(regex("^[0-9A-Za-z_.*?-]+$", pattern))])])}. Write keys of alarms with * and ?, such as ecs-service-api-*."
  }
  validation {
    condition     = alltrue([for window in var.windows : can(regex("^(cron\\(([0-9A-Za-z*,-]+ ){4}[0-9A-Za-z*,-]+\\)|at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}\\))$", window.schedule))])
    error_message = "Not a schedule: ${join(", ", [for key, window in var.windows : "${key} \"${window.schedule}\"" if !can(regex("^(cron\\(([0-9A-Za-z*,-]+ ){4}[0-9A-Za-z*,-]+\\)|at\\([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}\\))$", window.schedule))])}. Use cron(minutes hours day month weekday), such as cron(0 2 * * SUN), or at(2026-03-01T22:00)."
  }
  validation {
    condition     = alltrue([for window in var.windows : can(regex("^P([0-9]{1,5}D)?(T([0-9]{1,5}H)?([0-9]{1,5}M)?)?$", window.duration))])
    error_message = "Not a duration: ${join(", ", [for key, window in var.windows : "${key} \"${window.duration}\"" if !can(regex("^P([0-9]{1,5}D)?(T([0-9]{1,5}H)?([0-9]{1,5}M)?)?$", window.duration))])}. Write PT30M, PT2H or P1DT12H."
  }
  validation {
    condition     = alltrue([for window in var.windows : alltrue([for time in [window.start, window.expire] : time == null || can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$", time))])])
    error_message = "Not a time: start or expire of ${join(", ", [for key, window in var.windows : key if !alltrue([for time in [window.start, window.expire] : time == null || can(regex("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$", time))])])}. Write 2026-03-01T22:00, in the window's time zone."
  }
  validation {
    condition     = alltrue([for window in var.windows : trimspace(window.why) != "" && trimspace(window.owner) != "" && length("${window.why} | owner: ${window.owner}") <= 1024])
    error_message = "A maintenance window needs a why and an owner, of 1000 characters together at most: ${join(", ", [for key, window in var.windows : key if trimspace(window.why) == "" || trimspace(window.owner) == "" || length("${window.why} | owner: ${window.owner}") > 1024])}."
  }
}
