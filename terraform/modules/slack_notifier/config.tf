# How messages look and where they go. docs/routing.md describes every setting; the notifier checks them again.

locals {
  severities = ["critical", "warning", "info"]
  statuses   = ["firing", "resolved", "no_data", "notice"]
  days       = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]

  # What the notifier knows; `make docs` writes it.
  kinds = jsondecode(file("${path.module}/kinds.json"))

  placeholders = "account|alarm_name|alias|environment|kind|region|severity|state|title|field\\.[^{}]+"
}

variable "config" {
  description = "How messages look and where they go: what each severity announces and whom it mentions, account names, runbooks, settings per kind, routing rules. See docs/routing.md."
  type = object({
    severities = optional(map(object({
      mention                    = optional(string, "")
      announce_ok                = optional(bool, true)
      announce_insufficient_data = optional(bool, false)
      repeat_hours               = optional(number, 0)
    })), {})
    quiet_hours = optional(object({
      zone = optional(string, "UTC")
      days = optional(list(string), [])
      from = optional(string, "00:00")
      to   = optional(string, "00:00")
    }))
    sweep = optional(object({
      prefixes = optional(list(string), [])
      names    = optional(list(string), [])
    }), {})
    logs = optional(object({
      groups         = optional(map(string), {})
      filter         = optional(string)
      load_balancers = optional(list(string), [])
    }), {})
    accounts     = optional(map(string), {})
    runbook_url  = optional(string)
    mute_command = optional(bool, true)
    mentions     = optional(map(string), {})
    bot = optional(object({
      channel    = optional(string)
      username   = optional(string)
      icon_emoji = optional(string)
      picture    = optional(bool)
      threads    = optional(bool)
    }), {})
    kinds = optional(map(object({
      severity = optional(string)
      title    = optional(string)
      fields   = optional(list(string))
      links    = optional(list(object({ label = string, url = string })))
    })), {})
    rules = optional(list(object({
      name = string
      when = optional(object({
        severity   = optional(list(string))
        kind       = optional(list(string))
        status     = optional(list(string))
        alarm_name = optional(list(string))
        account    = optional(list(string))
        region     = optional(list(string))
        namespace  = optional(list(string))
        tags       = optional(map(list(string)))
        hours = optional(object({
          zone = optional(string, "UTC")
          days = optional(list(string), [])
          from = optional(string, "00:00")
          to   = optional(string, "00:00")
        }))
      }), {})
      severity          = optional(string)
      webhook_parameter = optional(string)
      channel           = optional(string)
      mention           = optional(string)
      drop              = optional(string)
    })), [])
  })
  nullable = false
  default  = {}

  validation {
    condition     = length(setsubtract(keys(var.config.severities), local.severities)) == 0
    error_message = "Unknown severity in config.severities: ${join(", ", setsubtract(keys(var.config.severities), local.severities))}. Use critical, warning, info."
  }
  validation {
    condition     = alltrue([for account in keys(var.config.accounts) : can(regex("^[0-9]{12}$", account))])
    error_message = "Not an account id in config.accounts: ${join(", ", [for account in keys(var.config.accounts) : account if !can(regex("^[0-9]{12}$", account))])}. Write the 12 digits, in quotes."
  }
  validation {
    condition     = alltrue([for service in keys(var.config.logs.groups) : can(regex("^[^/]+/[^/]+$", service))])
    error_message = "Not an ECS service in config.logs.groups: ${join(", ", [for service in keys(var.config.logs.groups) : service if !can(regex("^[^/]+/[^/]+$", service))])}. Write CLUSTER/SERVICE."
  }
  validation {
    condition     = var.config.runbook_url == null || can(regex("^https://[^{}\\s]+({alarm_name}[^{}\\s]*)*$", var.config.runbook_url))
    error_message = "config.runbook_url must begin with https://, and its only placeholder is {alarm_name}; it is \"${coalesce(var.config.runbook_url, "null")}\"."
  }
}

# What a validation cannot say in one line. Everything that is wrong is told at once, by a precondition.
locals {
  mention   = "^(@here|@channel|@everyone|<!here>|<!channel>|<!everyone>|<@[UW][A-Z0-9]{2,20}>|<!subteam\\^S[A-Z0-9]{2,20}>)$"
  parameter = "^(/[A-Za-z0-9_.-]+)+$|^[A-Za-z0-9_.-]+$"
  rules     = { for rule in var.config.rules : rule.name => rule... }

  mentions = concat(
    [for name, mention in var.config.mentions : { where = "mentions.${name}", text = mention, names = [] }],
    [for name, severity in var.config.severities : { where = "severities.${name}.mention", text = severity.mention, names = keys(var.config.mentions) }],
    [for rule in var.config.rules : { where = "rules.${rule.name}.mention", text = coalesce(rule.mention, " "), names = keys(var.config.mentions) }],
  )
  links = flatten([for name, kind in var.config.kinds : [for link in coalesce(kind.links, []) : { where = "kinds.${name}.links.${link.label}", url = link.url }]])
  templates = concat(
    [for name, kind in var.config.kinds : { where = "kinds.${name}.title", text = coalesce(kind.title, " ") }],
    [for link in local.links : { where = link.where, text = link.url }],
  )
  # Words that must be one of a few; in a condition a shell pattern may stand for several of them.
  words = concat(
    [for name in keys(var.config.kinds) : { where = "kinds", word = name, known = local.kinds, pattern = false }],
    [for name, kind in var.config.kinds : { where = "kinds.${name}.severity", word = kind.severity, known = local.severities, pattern = false } if kind.severity != null],
    [for rule in var.config.rules : { where = "rules.${rule.name}.severity", word = rule.severity, known = local.severities, pattern = false } if rule.severity != null],
    flatten([for rule in var.config.rules : [for word in coalesce(rule.when.severity, []) : { where = "rules.${rule.name}.when.severity", word = word, known = local.severities, pattern = true }]]),
    flatten([for rule in var.config.rules : [for word in coalesce(rule.when.status, []) : { where = "rules.${rule.name}.when.status", word = word, known = local.statuses, pattern = true }]]),
    flatten([for rule in var.config.rules : [for word in coalesce(rule.when.kind, []) : { where = "rules.${rule.name}.when.kind", word = word, known = local.kinds, pattern = true }]]),
    flatten([for where, hours in local.hours : [for word in hours.days : { where = "${where}.days", word = word, known = local.days, pattern = false }]]),
  )
  hours = merge(
    { for rule in var.config.rules : "rules.${rule.name}.when.hours" => rule.when.hours if rule.when.hours != null },
    { for hours in var.config.quiet_hours[*] : "quiet_hours" => hours },
  )
  clocks = flatten([for where, hours in local.hours : [
    { where = "${where}.from", text = hours.from },
    { where = "${where}.to", text = hours.to },
  ]])
  lists = flatten([for rule in var.config.rules : concat(
    [for key in ["severity", "kind", "status", "alarm_name", "account", "region", "namespace"] : { where = "rules.${rule.name}.when.${key}", list = rule.when[key] } if rule.when[key] != null],
    [for key, list in coalesce(rule.when.tags, {}) : { where = "rules.${rule.name}.when.tags.${key}", list = list }],
  )])

  config_faults = concat(
    flatten([for mention in local.mentions : [
      for word in compact(split(" ", mention.text)) :
      "${mention.where}: ${word} mentions nobody; use @here, @channel, @everyone, <@U…> for a person, <!subteam^S…> for a group${length(mention.names) > 0 ? ", or ${join(", ", mention.names)}" : ""}"
      if !can(regex(local.mention, word)) && !contains(mention.names, word)
    ]]),
    [
      for chosen in local.words : "${chosen.where}: unknown ${chosen.word}; use ${join(", ", chosen.known)}"
      if !contains(chosen.known, chosen.word) && !(chosen.pattern && can(regex("[*?\\[]", chosen.word)))
    ],
    [
      for template in local.templates : "${template.where}: unknown placeholder in ${template.text}; use {account}, {alarm_name}, {alias}, {environment}, {kind}, {region}, {severity}, {state}, {title} or {field.NAME}"
      if !can(regex("^([^{}]|{(${local.placeholders})})*$", template.text))
    ],
    [for link in local.links : "${link.where}: ${link.url} is no address; it must begin with https:// or http://" if !can(regex("^https?://[^\\s/]", link.url))],
    [for name, rules in local.rules : "rules: the name \"${name}\" is taken or empty; give every rule one of its own" if length(rules) > 1 || contains(["", "default"], trimspace(name))],
    [for list in local.lists : "${list.where} is empty and would match nothing; leave it out to match everything" if length(list.list) == 0],
    [for clock in local.clocks : "${clock.where}: ${clock.text} is no time of day; use hours and minutes, such as 08:30" if !can(regex("^([01][0-9]|2[0-3]):[0-5][0-9]$", clock.text))],
    # The value is not shown: whoever gets this wrong has often pasted the webhook itself.
    [for rule in var.config.rules : "rules.${rule.name}.webhook_parameter must be the name of an SSM parameter; put the webhook into a SecureString, and its name here" if !can(regex(local.parameter, coalesce(rule.webhook_parameter, "none")))],
    [for rule in var.config.rules : "rules.${rule.name}.drop is empty; say why, as the log counts it, or leave it out to post" if try(trimspace(rule.drop), "why") == ""],
    [for rule in var.config.rules : "rules.${rule.name} drops what it takes; leave out drop, or severity, webhook_parameter, channel and mention" if rule.drop != null && anytrue([for action in [rule.severity, rule.webhook_parameter, rule.channel, rule.mention] : action != null])],
    [for name, severity in var.config.severities : "severities.${name}.repeat_hours: ${severity.repeat_hours} is no number of hours from 0 (never) to 168" if severity.repeat_hours < 0 || severity.repeat_hours > 168],
    [for key, value in var.config.bot : "bot.icon_emoji: ${value} is no emoji; use its name, such as :bell:" if key == "icon_emoji" && value != null && !can(regex("^:[A-Za-z0-9_+'-]+:$", value))],
  )
}

locals {
  # Without what was left out: the less there is, the longer it stays readable in the console.
  settings = {
    name         = var.name
    topics       = { for severity, arn in local.topic_arns : arn => severity }
    severities   = var.config.severities
    accounts     = var.config.accounts
    runbook_url  = var.config.runbook_url
    mute_command = var.config.mute_command
    mentions     = var.config.mentions
    quiet_hours  = var.config.quiet_hours
    sweep        = { for key, list in var.config.sweep : key => list if length(list) > 0 }
    logs         = { for key, value in var.config.logs : key => value if try(length(value), 0) > 0 }
    bot          = { for key, value in var.config.bot : key => value if value != null && !(key == "picture" && value == false) }
    kinds        = { for name, kind in var.config.kinds : name => { for key, value in kind : key => value if value != null } }
    rules = [for rule in var.config.rules : merge(
      { for key, value in rule : key => value if value != null && key != "when" },
      { when = { for key, value in rule.when : key => value if value != null } },
    )]
  }
  plain_config = jsonencode({
    for key, value in local.settings : key => value
    if key == "mute_command" ? !var.config.mute_command : !contains(["{}", "[]", "false", "null"], jsonencode(value))
  })

  # Lambda takes 4 KB of variables; packed, a configuration takes a third or less.
  plain_characters = 2000
  notifier_config  = length(local.plain_config) <= local.plain_characters ? local.plain_config : "gzip:${base64gzip(local.plain_config)}"

  rule_parameters = [for rule in var.config.rules : rule.webhook_parameter if rule.webhook_parameter != null]

  bot_settings = concat(
    [for key, value in var.config.bot : "bot.${key}" if value != null && key != "threads" && value != false],
    [for rule in var.config.rules : "rules.${rule.name}.channel" if rule.channel != null],
  )
}

# Only a bot's token may choose them; an incoming webhook posts to its own channel, under its app's name.
# https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks
check "slack_ignores_nothing" {
  assert {
    condition     = !local.creates_parameter || var.environment == "local" || length(local.bot_settings) == 0
    error_message = "Slack ignores ${join(", ", local.bot_settings)} with an incoming webhook, which posts to its own channel under its app's name. Give a rule another webhook_parameter, or set webhook.parameter_name to an SSM SecureString that holds a bot's token."
  }
}
