variable "name" {
  description = "Prefix of every alarm's name, such as acme-production. An alarm is called NAME-KEY."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,30}$", var.name))
    error_message = "Not a usable name: ${var.name}. Use 2 to 31 lower-case letters, digits and hyphens, starting with a letter or digit."
  }
}

variable "tags" {
  description = "Tags of every alarm."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "topic_arns" {
  description = "SNS topic ARN by severity (critical, warning, info). An alarm's severity picks its topic."
  type        = map(string)
  nullable    = false

  validation {
    condition     = length(setsubtract(keys(var.topic_arns), ["critical", "warning", "info"])) == 0
    error_message = "Unknown severity in topic_arns: ${join(", ", setsubtract(keys(var.topic_arns), ["critical", "warning", "info"]))}. Use critical, warning, info."
  }
}

variable "actions_enabled" {
  description = "Whether the alarms notify anyone. false keeps their states and history, silently."
  type        = bool
  nullable    = false
  default     = true
}

# A condition may use var.alarms but no local that is made from it: Terraform calls that a cycle.
# Hence each validation lists its culprits by itself. Terraform makes the message of every validation, also of those that
# hold, and compiles a regex anew for each alarm: what most alarms leave out is left out before it is looked at.
variable "alarms" {
  description = "Metric and metric-math alarms by stable key. The key is part of the alarm's name: renaming it replaces the alarm."
  type = map(object({
    severity    = string # critical, warning or info
    description = optional(string, "")
    runbook     = optional(string) # shown as "Runbook: URL" at the end of the description

    # One metric …
    metric_name        = optional(string)
    namespace          = optional(string)
    dimensions         = optional(map(string), {})
    statistic          = optional(string) # Average, Sum, Minimum, Maximum, SampleCount
    extended_statistic = optional(string) # p99, tm90, IQM, TM(10%:90%) …
    unit               = optional(string)

    # … or metric math: queries by id, exactly one with return_data = true
    metric_query = optional(map(object({
      expression  = optional(string)
      label       = optional(string)
      return_data = optional(bool, false)
      metric = optional(object({
        metric_name = string
        namespace   = string
        stat        = string
        period      = optional(number) # the alarm's period
        unit        = optional(string)
        dimensions  = optional(map(string), {})
      }))
    })), {})

    period              = optional(number, 60) # seconds; also of every metric in metric_query
    evaluation_periods  = optional(number, 1)
    datapoints_to_alarm = optional(number) # left out: all of evaluation_periods
    comparison          = string           # >, >=, <, <=
    threshold           = number
    treat_missing_data  = optional(string, "missing") # missing, ignore, breaching, notBreaching

    evaluate_low_sample_count_percentiles = optional(string) # evaluate, ignore

    notify_alarm             = optional(bool, true) # false: only composite alarms hear of it
    notify_ok                = optional(bool, true)
    notify_insufficient_data = optional(bool, false)

    # For an alarm that existed before: what it keeps, in place of what this module would give it
    alarm_name      = optional(string)      # the whole name, in place of NAME-KEY
    actions_enabled = optional(bool)        # in place of var.actions_enabled
    tags            = optional(map(string)) # in place of var.tags
    actions = optional(object({             # ARNs, in place of the severity's topic
      alarm             = optional(list(string), [])
      ok                = optional(list(string), [])
      insufficient_data = optional(list(string), [])
    }))
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for key, _ in var.alarms : can(regex("^[0-9A-Za-z][0-9A-Za-z_.-]*$", key)) && length("${var.name}-${key}") <= 255])
    error_message = "Not a usable alarm key: ${join(", ", [for key, _ in var.alarms : key if !can(regex("^[0-9A-Za-z][0-9A-Za-z_.-]*$", key)) || length("${var.name}-${key}") > 255])}. Use letters, digits, underscores, dots and hyphens; name and key together have at most 255 characters."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : contains(["critical", "warning", "info"], alarm.severity)])
    error_message = "Unknown severity: ${join(", ", [for key, alarm in var.alarms : "${key} (${alarm.severity})" if !contains(["critical", "warning", "info"], alarm.severity)])}. Use critical, warning, info."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : alarm.actions != null || contains(keys(var.topic_arns), alarm.severity) || !contains(["critical", "warning", "info"], alarm.severity)])
    error_message = "No topic for the severity of: ${join(", ", [for key, alarm in var.alarms : "${key} (${alarm.severity})" if alarm.actions == null && !contains(keys(var.topic_arns), alarm.severity)])}. Add it to topic_arns, or use one that has a topic: ${join(", ", keys(var.topic_arns))}."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : (alarm.metric_name != null) != (length(alarm.metric_query) > 0)])
    error_message = "Either metric_name or metric_query, not both and not neither: ${join(", ", [for key, alarm in var.alarms : key if(alarm.metric_name != null) == (length(alarm.metric_query) > 0)])}."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : alarm.metric_name == null || alarm.namespace != null])
    error_message = "No namespace beside metric_name: ${join(", ", [for key, alarm in var.alarms : key if alarm.metric_name != null && alarm.namespace == null])}. Give the metric's namespace, such as AWS/ECS."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : alarm.metric_name == null || (alarm.statistic != null) != (alarm.extended_statistic != null)])
    error_message = "Either statistic or extended_statistic, not both and not neither: ${join(", ", [for key, alarm in var.alarms : key if alarm.metric_name != null && (alarm.statistic != null) == (alarm.extended_statistic != null)])}. Use a statistic of Average, Sum, Minimum, Maximum, SampleCount, or an extended_statistic such as p99."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : contains(["Average", "Sum", "Minimum", "Maximum", "SampleCount"], coalesce(alarm.statistic, "Average"))])
    error_message = "Unknown statistic: ${join(", ", [for key, alarm in var.alarms : "${key} (${alarm.statistic})" if !contains(["Average", "Sum", "Minimum", "Maximum", "SampleCount"], coalesce(alarm.statistic, "Average"))])}. Use Average, Sum, Minimum, Maximum, SampleCount."
  }

  validation {
    condition = alltrue([for stat in toset([for alarm in var.alarms : alarm.extended_statistic if alarm.extended_statistic != null]) : can(regex("^((p|tm|wm|tc|ts)(100|[0-9]{1,2}(\\.[0-9]{1,10})?)|IQM|(TM|WM|PR|TC|TS)\\(.*:.*\\))$", stat))])
    error_message = "Unknown extended_statistic: ${join(", ", [
      for key, stat in { for key, alarm in var.alarms : key => alarm.extended_statistic if alarm.extended_statistic != null } : "${key} (${stat})" if !can(regex("^((p|tm|wm|tc|ts)(100|[0-9]{1,2}(\\.[0-9]{1,10})?)|IQM|(TM|WM|PR|TC|TS)\\(.*:.*\\))$", stat))
    ])}. Use one such as p99, p99.9, tm90, IQM, PR(0:100) or TM(10%:90%)."
  }

  # An alarm with both was named above: one mistake, one error.
  validation {
    condition = alltrue([for alarm in var.alarms : length(alarm.metric_query) == 0 || alarm.metric_name != null || alltrue([
      alarm.namespace == null, length(alarm.dimensions) == 0, alarm.statistic == null, alarm.extended_statistic == null, alarm.unit == null,
    ])])
    error_message = "With metric_query, namespace, dimensions, stat and unit belong into metric_query.ID.metric: ${join(", ", [
      for key, alarm in var.alarms : key if length(alarm.metric_query) > 0 && alarm.metric_name == null && !alltrue([
        alarm.namespace == null, length(alarm.dimensions) == 0, alarm.statistic == null, alarm.extended_statistic == null, alarm.unit == null,
      ])
    ])}."
  }

  validation {
    condition = alltrue(flatten([for alarm in var.alarms : [for id, _ in alarm.metric_query : can(regex("^[a-z][a-zA-Z0-9_]*$", id))]]))
    error_message = "Not a usable query id: ${join(", ", flatten([
      for key, alarm in var.alarms : [for id, _ in alarm.metric_query : "${key}.metric_query.${id}" if !can(regex("^[a-z][a-zA-Z0-9_]*$", id))]
    ]))}. Start with a lower-case letter, then letters, digits, underscores."
  }

  validation {
    condition = alltrue(flatten([for alarm in var.alarms : [for query in alarm.metric_query : (query.expression != null) != (query.metric != null)]]))
    error_message = "Either expression or metric, not both and not neither: ${join(", ", flatten([
      for key, alarm in var.alarms : [for id, query in alarm.metric_query : "${key}.metric_query.${id}" if(query.expression != null) == (query.metric != null)]
    ]))}."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : length(alarm.metric_query) == 0 || length([for query in alarm.metric_query : query if query.return_data]) == 1])
    error_message = "Exactly one query needs return_data = true, the one to compare with the threshold: ${join(", ", [for key, alarm in var.alarms : "${key} has ${length([for query in alarm.metric_query : query if query.return_data])}" if length(alarm.metric_query) > 0 && length([for query in alarm.metric_query : query if query.return_data]) != 1])}."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : length([for query in alarm.metric_query : query if query.metric != null]) <= 10])
    error_message = "More than 10 metrics in one metric_query, CloudWatch's limit: ${join(", ", [for key, alarm in var.alarms : key if length([for query in alarm.metric_query : query if query.metric != null]) > 10])}."
  }

  validation {
    condition = alltrue([for alarm in var.alarms : length(distinct([for query in alarm.metric_query : coalesce(try(query.metric.period, null), alarm.period) if query.metric != null])) <= 1])
    error_message = "Metrics of different periods in one metric_query: ${join(", ", [
      for key, alarm in var.alarms : key if length(distinct([for query in alarm.metric_query : coalesce(try(query.metric.period, null), alarm.period) if query.metric != null])) > 1
    ])}. Give all of them the same period, or none and set the alarm's period."
  }

  validation {
    condition = alltrue(flatten([for alarm in var.alarms : [for query in alarm.metric_query : length(coalesce(query.expression, "-")) <= 2048 && !can(regex("\\bSEARCH\\s*\\(", coalesce(query.expression, "-")))]]))
    error_message = "CloudWatch takes no SEARCH and no more than 2048 characters in an alarm's expression: ${join(", ", flatten([
      for key, alarm in var.alarms : [for id, query in alarm.metric_query : "${key}.metric_query.${id}" if length(coalesce(query.expression, "-")) > 2048 || can(regex("\\bSEARCH\\s*\\(", coalesce(query.expression, "-")))]
    ]))}. Name the metrics one by one."
  }

  validation {
    condition = alltrue(flatten([for alarm in var.alarms : [for query in alarm.metric_query : can(regex("^(Average|Sum|Minimum|Maximum|SampleCount|(p|tm|wm|tc|ts)(100|[0-9]{1,2}(\\.[0-9]{1,10})?)|IQM|(TM|WM|PR|TC|TS)\\(.*:.*\\))$", try(query.metric.stat, "Sum")))]]))
    error_message = "Unknown stat: ${join(", ", flatten([
      for key, alarm in var.alarms : [for id, query in alarm.metric_query : "${key}.metric_query.${id}.metric (${query.metric.stat})" if !can(regex("^(Average|Sum|Minimum|Maximum|SampleCount|(p|tm|wm|tc|ts)(100|[0-9]{1,2}(\\.[0-9]{1,10})?)|IQM|(TM|WM|PR|TC|TS)\\(.*:.*\\))$", try(query.metric.stat, "Sum")))]
    ]))}. Use Average, Sum, Minimum, Maximum, SampleCount, or one such as p99."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : contains([">", ">=", "<", "<="], alarm.comparison)])
    error_message = "Unknown comparison: ${join(", ", [for key, alarm in var.alarms : "${key} (${alarm.comparison})" if !contains([">", ">=", "<", "<="], alarm.comparison)])}. Use >, >=, <, <=."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : contains(["missing", "ignore", "breaching", "notBreaching"], alarm.treat_missing_data)])
    error_message = "Unknown treat_missing_data: ${join(", ", [for key, alarm in var.alarms : "${key} (${alarm.treat_missing_data})" if !contains(["missing", "ignore", "breaching", "notBreaching"], alarm.treat_missing_data)])}. Use missing, ignore, breaching, notBreaching."
  }

  validation {
    condition = alltrue(flatten([for alarm in var.alarms : [
      for period in concat([alarm.period], [for query in alarm.metric_query : coalesce(try(query.metric.period, null), alarm.period)]) :
      contains([10, 20, 30], period) || (period > 0 && period % 60 == 0)
    ]]))
    error_message = "Unknown period: ${join(", ", distinct(flatten([for key, alarm in var.alarms : [
      for period in concat([alarm.period], [for query in alarm.metric_query : coalesce(try(query.metric.period, null), alarm.period)]) :
      "${key} (${period})" if !contains([10, 20, 30], period) && !(period > 0 && period % 60 == 0)
    ]])))}. Use 10, 20, 30 or a multiple of 60 seconds."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : alarm.evaluation_periods >= 1 && alarm.evaluation_periods % 1 == 0])
    error_message = "Not a whole number of evaluation_periods: ${join(", ", [for key, alarm in var.alarms : "${key} (${alarm.evaluation_periods})" if alarm.evaluation_periods < 1 || alarm.evaluation_periods % 1 != 0])}. Use 1 or more."
  }

  validation {
    condition = alltrue([for alarm in var.alarms : coalesce(alarm.datapoints_to_alarm, 1) >= 1 && coalesce(alarm.datapoints_to_alarm, 1) % 1 == 0 && coalesce(alarm.datapoints_to_alarm, 1) <= alarm.evaluation_periods])
    error_message = "datapoints_to_alarm must be a whole number from 1 to evaluation_periods: ${join(", ", [
      for key, alarm in var.alarms : "${key} (${alarm.datapoints_to_alarm} of ${alarm.evaluation_periods})"
      if !(coalesce(alarm.datapoints_to_alarm, 1) >= 1 && coalesce(alarm.datapoints_to_alarm, 1) % 1 == 0 && coalesce(alarm.datapoints_to_alarm, 1) <= alarm.evaluation_periods)
    ])}."
  }

  validation {
    condition = alltrue([for alarm in var.alarms : alltrue([
      for period in concat(alarm.metric_name == null ? [] : [alarm.period], [for query in alarm.metric_query : coalesce(try(query.metric.period, null), alarm.period) if query.metric != null]) :
      alarm.evaluation_periods * period <= (period < 3600 ? 86400 : 604800)
    ])])
    error_message = "evaluation_periods × period is longer than CloudWatch looks back: ${join(", ", [for key, alarm in var.alarms : key if !alltrue([
      for period in concat(alarm.metric_name == null ? [] : [alarm.period], [for query in alarm.metric_query : coalesce(try(query.metric.period, null), alarm.period) if query.metric != null]) :
      alarm.evaluation_periods * period <= (period < 3600 ? 86400 : 604800)
    ])])}. At most 86400 seconds, or 604800 with a period of 3600 and more."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : contains(["evaluate", "ignore"], coalesce(alarm.evaluate_low_sample_count_percentiles, "evaluate")) && (alarm.evaluate_low_sample_count_percentiles == null || alarm.extended_statistic != null)])
    error_message = "evaluate_low_sample_count_percentiles is evaluate or ignore, and only beside extended_statistic: ${join(", ", [for key, alarm in var.alarms : key if !(contains(["evaluate", "ignore"], coalesce(alarm.evaluate_low_sample_count_percentiles, "evaluate")) && (alarm.evaluate_low_sample_count_percentiles == null || alarm.extended_statistic != null))])}."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : can(regex("^(https?://[^\\s]+|[0-9A-Za-z_./-]+[.]md)$", coalesce(alarm.runbook, "https://none")))])
    error_message = "Not an address for a runbook: ${join(", ", [for key, alarm in var.alarms : "${key} (${alarm.runbook})" if !can(regex("^(https?://[^\\s]+|[0-9A-Za-z_./-]+[.]md)$", coalesce(alarm.runbook, "https://none")))])}. Start it with https://, or give a page of the repository, such as docs/runbooks/api.md."
  }

  validation {
    condition     = alltrue([for alarm in var.alarms : length(alarm.description) + (alarm.runbook == null ? 0 : length(coalesce(alarm.runbook, "-")) + 10) <= 1024])
    error_message = "Description and runbook together exceed CloudWatch's 1024 characters: ${join(", ", [for key, alarm in var.alarms : key if length(alarm.description) + (alarm.runbook == null ? 0 : length(coalesce(alarm.runbook, "-")) + 10) > 1024])}."
  }

  validation {
    condition = alltrue([for name in [for alarm in var.alarms : alarm.alarm_name if alarm.alarm_name != null] : length(name) >= 1 && length(name) <= 255 && !strcontains(name, "\n")])
    error_message = "An alarm_name has 1 to 255 characters, in one line: ${join(", ", [
      for key, name in { for key, alarm in var.alarms : key => alarm.alarm_name if alarm.alarm_name != null } : key if length(name) < 1 || length(name) > 255 || strcontains(name, "\n")
    ])}."
  }
}

variable "composite_alarms" {
  description = "Composite alarms by stable key. In rule and actions_suppressor.alarm, {name}-KEY stands for an alarm of this module; any other name is taken as it is."
  type = map(object({
    severity    = string
    description = optional(string, "")
    runbook     = optional(string)
    rule        = string # such as ALARM("{name}-api-5xx") AND NOT ALARM("deploying")

    actions_suppressor = optional(object({
      alarm            = string
      wait_period      = optional(number, 60)  # seconds to wait for the suppressor to go to ALARM
      extension_period = optional(number, 120) # seconds to stay silent after it left ALARM
    }))

    notify_ok                = optional(bool, true)
    notify_insufficient_data = optional(bool, false)

    # For an alarm that existed before: what it keeps, in place of what this module would give it
    alarm_name      = optional(string)      # the whole name, in place of NAME-KEY
    actions_enabled = optional(bool)        # in place of var.actions_enabled
    tags            = optional(map(string)) # in place of var.tags
    actions = optional(object({             # ARNs, in place of the severity's topic
      alarm             = optional(list(string), [])
      ok                = optional(list(string), [])
      insufficient_data = optional(list(string), [])
    }))
  }))
  nullable = false
  default  = {}

  validation {
    condition     = alltrue([for key, _ in var.composite_alarms : can(regex("^[0-9A-Za-z][0-9A-Za-z_.-]*$", key)) && length("${var.name}-${key}") <= 255])
    error_message = "Not a usable alarm key: ${join(", ", [for key, _ in var.composite_alarms : key if !can(regex("^[0-9A-Za-z][0-9A-Za-z_.-]*$", key)) || length("${var.name}-${key}") > 255])}. Use letters, digits, underscores, dots and hyphens; name and key together have at most 255 characters."
  }

  validation {
    condition     = length(setintersection(keys(var.composite_alarms), keys(var.alarms))) == 0
    error_message = "The same key in alarms and composite_alarms: ${join(", ", setintersection(keys(var.composite_alarms), keys(var.alarms)))}. CloudWatch has one set of names for both: rename one."
  }

  validation {
    condition     = alltrue([for alarm in var.composite_alarms : contains(["critical", "warning", "info"], alarm.severity)])
    error_message = "Unknown severity: ${join(", ", [for key, alarm in var.composite_alarms : "${key} (${alarm.severity})" if !contains(["critical", "warning", "info"], alarm.severity)])}. Use critical, warning, info."
  }

  validation {
    condition     = alltrue([for alarm in var.composite_alarms : alarm.actions != null || contains(keys(var.topic_arns), alarm.severity) || !contains(["critical", "warning", "info"], alarm.severity)])
    error_message = "No topic for the severity of: ${join(", ", [for key, alarm in var.composite_alarms : "${key} (${alarm.severity})" if alarm.actions == null && !contains(keys(var.topic_arns), alarm.severity)])}. Add it to topic_arns, or use one that has a topic: ${join(", ", keys(var.topic_arns))}."
  }

  validation {
    condition     = alltrue([for alarm in var.composite_alarms : length(trimspace(alarm.rule)) > 0 && length(replace(alarm.rule, "{name}", var.name)) <= 10240])
    error_message = "A rule has 1 to 10240 characters: ${join(", ", [for key, alarm in var.composite_alarms : key if length(trimspace(alarm.rule)) == 0 || length(replace(alarm.rule, "{name}", var.name)) > 10240])}."
  }

  validation {
    condition = alltrue(flatten([for alarm in var.composite_alarms : [
      for reference in flatten(regexall("\\{name\\}-([0-9A-Za-z_.-]+)", "${alarm.rule} ${try(alarm.actions_suppressor.alarm, "")}")) : contains(concat(keys(var.alarms), keys(var.composite_alarms)), reference)
    ]]))
    error_message = "No such alarm: ${join(", ", distinct(flatten([for key, alarm in var.composite_alarms : [
      for reference in flatten(regexall("\\{name\\}-([0-9A-Za-z_.-]+)", "${alarm.rule} ${try(alarm.actions_suppressor.alarm, "")}")) : "{name}-${reference} in ${key}" if !contains(concat(keys(var.alarms), keys(var.composite_alarms)), reference)
    ]])))}. After {name}- comes a key of alarms: ${join(", ", keys(var.alarms))}."
  }

  # Terraform creates all composite alarms at once, and CloudWatch refuses one whose child is not there yet.
  validation {
    condition = alltrue(flatten([for alarm in var.composite_alarms : [
      for reference in flatten(regexall("\\{name\\}-([0-9A-Za-z_.-]+)", "${alarm.rule} ${try(alarm.actions_suppressor.alarm, "")}")) : !contains(keys(var.composite_alarms), reference)
    ]]))
    error_message = "A composite alarm that refers to another one of this map: ${join(", ", distinct(flatten([for key, alarm in var.composite_alarms : [
      for reference in flatten(regexall("\\{name\\}-([0-9A-Za-z_.-]+)", "${alarm.rule} ${try(alarm.actions_suppressor.alarm, "")}")) : "${key} (${reference})" if contains(keys(var.composite_alarms), reference)
    ]])))}. Write the other's rule into it, in parentheses."
  }

  validation {
    condition     = alltrue([for alarm in var.composite_alarms : can(regex("^(https?://[^\\s]+|[0-9A-Za-z_./-]+[.]md)$", coalesce(alarm.runbook, "https://none")))])
    error_message = "Not an address for a runbook: ${join(", ", [for key, alarm in var.composite_alarms : "${key} (${alarm.runbook})" if !can(regex("^(https?://[^\\s]+|[0-9A-Za-z_./-]+[.]md)$", coalesce(alarm.runbook, "https://none")))])}. Start it with https://, or give a page of the repository, such as docs/runbooks/api.md."
  }

  validation {
    condition     = alltrue([for alarm in var.composite_alarms : length(alarm.description) + (alarm.runbook == null ? 0 : length(coalesce(alarm.runbook, "-")) + 10) <= 1024])
    error_message = "Description and runbook together exceed CloudWatch's 1024 characters: ${join(", ", [for key, alarm in var.composite_alarms : key if length(alarm.description) + (alarm.runbook == null ? 0 : length(coalesce(alarm.runbook, "-")) + 10) > 1024])}."
  }

  validation {
    condition = alltrue([for name in [for alarm in var.composite_alarms : alarm.alarm_name if alarm.alarm_name != null] : length(name) >= 1 && length(name) <= 255 && !strcontains(name, "\n")])
    error_message = "An alarm_name has 1 to 255 characters, in one line: ${join(", ", [
      for key, name in { for key, alarm in var.composite_alarms : key => alarm.alarm_name if alarm.alarm_name != null } : key if length(name) < 1 || length(name) > 255 || strcontains(name, "\n")
    ])}."
  }

  # Two resources of one name would overwrite each other's alarm at each apply.
  validation {
    condition = length(toset(concat([for key, alarm in var.alarms : coalesce(alarm.alarm_name, "${var.name}-${key}")], [for key, alarm in var.composite_alarms : coalesce(alarm.alarm_name, "${var.name}-${key}")]))) == length(var.alarms) + length(var.composite_alarms)
    error_message = "The same name twice: ${join(", ", [
      for name, keys in { for key, name in merge(
        { for key, alarm in var.alarms : key => coalesce(alarm.alarm_name, "${var.name}-${key}") },
        { for key, alarm in var.composite_alarms : key => coalesce(alarm.alarm_name, "${var.name}-${key}") },
      ) : name => key... } : "${name} (${join(", ", keys)})" if length(keys) > 1
    ])}. Change an alarm_name."
  }
}
