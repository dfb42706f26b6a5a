# The keys of notifier_config, place by place, for unknown_keys.tf. A list or map that was left out has none: hence try.
locals {
  notifier_rules = try([for rule in var.notifier_config.rules : rule], [])
  notifier_kinds = try({ for kind, settings in var.notifier_config.kinds : kind => settings }, {})
  rule_keys      = ["channel", "drop", "mention", "name", "severity", "webhook_parameter", "when"]
  when_keys      = ["account", "alarm_name", "hours", "kind", "namespace", "region", "severity", "status", "tags"]
  hours_keys     = ["days", "from", "to", "zone"]
  notifier_keys  = ["accounts", "bot", "kinds", "logs", "mentions", "mute_command", "quiet_hours", "rules", "runbook_url", "severities", "sweep"]

  written_for_notifier = concat(
    [
      { path = "notifier_config", keys = keys(var.notifier_config), known = local.notifier_keys },
      { path = "notifier_config.bot", keys = try(keys(var.notifier_config.bot), []), known = ["channel", "icon_emoji", "picture", "threads", "username"] },
      { path = "notifier_config.logs", keys = try(keys(var.notifier_config.logs), []), known = ["filter", "groups", "load_balancers"] },
      { path = "notifier_config.quiet_hours", keys = try(keys(var.notifier_config.quiet_hours), []), known = local.hours_keys },
      { path = "notifier_config.sweep", keys = try(keys(var.notifier_config.sweep), []), known = ["names", "prefixes"] },
    ],
    [for kind, settings in local.notifier_kinds : { path = "notifier_config.kinds.${kind}", keys = try(keys(settings), []), known = ["fields", "links", "severity", "title"] }],
    flatten([for kind, settings in local.notifier_kinds : [
      for link in try([for link in settings.links : link], []) : { path = "notifier_config.kinds.${kind}.links", keys = try(keys(link), []), known = ["label", "url"] }
    ]]),
    flatten([for number, rule in local.notifier_rules : [
      { path = "notifier_config.rules[${number}]", keys = try(keys(rule), []), known = local.rule_keys },
      { path = "notifier_config.rules[${number}].when", keys = try(keys(rule.when), []), known = local.when_keys },
      { path = "notifier_config.rules[${number}].when.hours", keys = try(keys(rule.when.hours), []), known = local.hours_keys },
    ]]),
  )
}
