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

variable "topic_arns" {
  description = "ARN of the topic of each severity."
  type        = map(string)
  nullable    = false
}

variable "dead_letter_queue_arn" {
  description = "ARN of the queue for events that a topic did not accept."
  type        = string
  nullable    = false
}

variable "rules" {
  description = "Event patterns (JSON) by stable name, each with the severity whose topic is told."
  type = map(object({
    description = optional(string)
    pattern     = string
    severity    = string
    enabled     = optional(bool, true)
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for key in keys(var.rules) : can(regex("^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$", key))])
    error_message = "Invalid rule name: ${join(", ", [for key in keys(var.rules) : "\"${key}\"" if !can(regex("^[A-Za-z0-9][A-Za-z0-9_.-]{0,31}$", key))])}. Use up to 32 letters, digits, dots, hyphens and underscores."
  }
  validation {
    condition     = length(setintersection(keys(var.rules), local.own_rules)) == 0
    error_message = "Rule name already taken by this stack: ${join(", ", setintersection(keys(var.rules), local.own_rules))}. Choose another; the variables health and alarm_state_changes set the module's own rules, and the notifier's schedules are called heartbeat and sweep."
  }
  validation {
    condition     = alltrue([for rule in values(var.rules) : can(keys(jsondecode(rule.pattern))) ? length(keys(jsondecode(rule.pattern))) > 0 : false])
    error_message = "Invalid pattern: ${join(", ", [for key, rule in var.rules : key if !(can(keys(jsondecode(rule.pattern))) ? length(keys(jsondecode(rule.pattern))) > 0 : false)])}. Write a JSON object that is not empty, for example jsonencode({ source = [\"aws.ecs\"] })."
  }
  # EventBridge accepts an unknown field, and the rule then never matches.
  validation {
    condition = length(flatten([for rule in values(var.rules) : tolist(setsubtract(
      try(keys(jsondecode(rule.pattern)), []),
      ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "$or"],
    ))])) == 0
    error_message = "Unknown field of an event: ${join(", ", flatten([for key, rule in var.rules : [for field in setsubtract(
      try(keys(jsondecode(rule.pattern)), []),
      ["version", "id", "detail-type", "source", "account", "time", "region", "resources", "detail", "$or"],
    ) : "${key}.${field}"]]))}. Use source, detail-type, detail, resources, region, account, time, id, version, $or."
  }
  validation {
    condition     = alltrue([for rule in values(var.rules) : contains(keys(var.topic_arns), rule.severity)])
    error_message = "Unknown severity: ${join(", ", [for key, rule in var.rules : "${key} \"${rule.severity}\"" if !contains(keys(var.topic_arns), rule.severity)])}. Use ${join(", ", keys(var.topic_arns))}."
  }
}

variable "packs" {
  description = "Packs of rules for what has no metric, by name: the files of packs/. A rule of your own with the same key replaces a pack's."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = length(setsubtract(var.packs, local.pack_names)) == 0
    error_message = "Unknown pack: ${join(", ", setsubtract(var.packs, local.pack_names))}. There are: ${join(", ", local.pack_names)}."
  }
}

variable "pack_severities" {
  description = "Another severity for rules of the packs, by the rule's key; none leaves the rule out."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.pack_severities), keys(local.pack_catalogue))) == 0
    error_message = "No rule of a pack: ${join(", ", setsubtract(keys(var.pack_severities), keys(local.pack_catalogue)))}. There are: ${join(", ", keys(local.pack_catalogue))}."
  }
  validation {
    condition     = alltrue([for severity in values(var.pack_severities) : contains(concat(keys(var.topic_arns), ["none"]), severity)])
    error_message = "Unknown severity: ${join(", ", [for key, severity in var.pack_severities : "${key} \"${severity}\"" if !contains(concat(keys(var.topic_arns), ["none"]), severity)])}. Use ${join(", ", keys(var.topic_arns))}, or none to leave the rule out."
  }
}

variable "ecs_cluster_names" {
  description = "The ECS clusters that the packs ecs and ecs-agents watch. Empty: every cluster of the account and Region."
  type        = list(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for name in var.ecs_cluster_names : can(regex("^[0-9A-Za-z_-]{1,255}$", name))])
    error_message = "Not the name of an ECS cluster: ${join(", ", [for name in var.ecs_cluster_names : "\"${name}\"" if !can(regex("^[0-9A-Za-z_-]{1,255}$", name))])}. Give the name, not the ARN."
  }
}

variable "alarm_state_changes" {
  description = "The queue that is told of our alarms' state changes by EventBridge, beside SNS, and which alarms are ours: by the beginning of their name, or by name. Null leaves this second path out."
  type = object({
    queue_arn             = string
    dead_letter_queue_arn = string
    alarm_name_prefixes   = list(string)
    alarm_names           = optional(list(string), [])
  })
  default = null

  validation {
    condition     = var.alarm_state_changes == null ? true : length(concat(var.alarm_state_changes.alarm_name_prefixes, var.alarm_state_changes.alarm_names)) > 0
    error_message = "alarm_state_changes names no alarm. Give alarm_name_prefixes, for example [\"acme-production-\"], or alarm_names; or set alarm_state_changes to null."
  }
  # Alarms about the notifier must not pass through it, and those of Application Auto Scaling are no alerts.
  validation {
    condition = var.alarm_state_changes == null ? true : alltrue(flatten([for reserved in ["operations-", "TargetTracking-"] : [
      for prefix in var.alarm_state_changes.alarm_name_prefixes : !startswith(prefix, reserved) && !startswith(reserved, prefix)
    ]]))
    error_message = var.alarm_state_changes == null ? "never shown" : "Invalid prefix: ${join(", ", distinct(flatten([for reserved in ["operations-", "TargetTracking-"] : [
      for prefix in var.alarm_state_changes.alarm_name_prefixes : "\"${prefix}\"" if startswith(prefix, reserved) || startswith(reserved, prefix)
    ]])))}. It would match alarms that begin with operations- (the stack's own health) or TargetTracking- (Application Auto Scaling). Use a longer one, for example \"acme-production-\"."
  }
  validation {
    condition = var.alarm_state_changes == null ? true : alltrue(flatten([for reserved in ["operations-", "TargetTracking-"] : [
      for name in var.alarm_state_changes.alarm_names : name != "" && !startswith(name, reserved)
    ]]))
    error_message = "alarm_names holds an empty name, or an alarm that begins with operations- (the stack's own health) or TargetTracking- (Application Auto Scaling): ${join(", ", [for name in try(var.alarm_state_changes.alarm_names, []) : "\"${name}\"" if can(regex("^(operations-|TargetTracking-|$)", name))])}. Leave it out."
  }
}

variable "health" {
  description = "AWS Health events: the severity of each category, or none to leave a category out."
  type = object({
    enabled = optional(bool, true)
    severities = optional(object({
      issue               = optional(string, "critical")
      scheduledChange     = optional(string, "warning")
      accountNotification = optional(string, "info")
    }), {})
  })
  nullable = false
  default  = {}

  validation {
    condition     = !var.health.enabled || alltrue([for severity in values(var.health.severities) : contains(concat(keys(var.topic_arns), ["none"]), severity)])
    error_message = "Unknown severity: ${join(", ", [for category, severity in var.health.severities : "health.severities.${category} \"${severity}\"" if !contains(concat(keys(var.topic_arns), ["none"]), severity)])}. Use ${join(", ", keys(var.topic_arns))}, or none to leave the category out."
  }
}
