# Terraform drops an attribute that a type does not know without a word: `treat_missing_dta: breaching` deploys as
# missing. Here every key that was written is compared with the keys that are understood.
locals {
  definitions           = module.metric_alarms.definitions
  composite_definitions = module.metric_alarms.composite_definitions

  subscribers       = ["email", "https", "sms"]
  severity_config   = ["announce_insufficient_data", "announce_ok", "mention", "repeat_hours"]
  override_keys     = ["datapoints_to_alarm", "enabled", "evaluation_periods", "observe", "period", "thresholds", "treat_missing_data"]
  health_categories = ["accountNotification", "issue", "scheduledChange"]

  # What was written where, and what may stand there. A map that was left out, or is null, has no keys: hence try.
  written = concat(
    [for key, alarm in var.alarms : { path = key, keys = keys(alarm), known = keys(local.definitions[key]) } if alarm != null],
    flatten([for key, alarm in var.alarms : [
      for id, query in try({ for id, query in alarm.metric_query : id => query }, {}) : [
        { path = "${key}.metric_query.${id}", keys = try(keys(query), []), known = keys(local.definitions[key].metric_query[id]) },
        { path = "${key}.metric_query.${id}.metric", keys = try(keys(query.metric), []), known = try(keys(local.definitions[key].metric_query[id].metric), []) },
      ]
    ]]),
    [for key, alarm in var.composite_alarms : { path = key, keys = keys(alarm), known = keys(local.composite_definitions[key]) } if alarm != null],
    [for key, alarm in var.composite_alarms : {
      path = "${key}.actions_suppressor", keys = try(keys(alarm.actions_suppressor), []), known = try(keys(local.composite_definitions[key].actions_suppressor), [])
    } if alarm != null],
    flatten([for variable, resources in local.services : [
      for name, resource in resources : { path = "${variable}.${name}", keys = keys(resource), known = local.service_attributes[variable] }
    ]]),
    flatten([for variable, resources in local.services : [
      for name, resource in resources : [
        for id, change in try({ for id, change in resource.alarms : id => change }, {}) : { path = "${variable}.${name}.alarms.${id}", keys = try(keys(change), []), known = local.override_keys }
      ]
    ]]),
    [for id, change in var.alarm_overrides : { path = "alarm_overrides.${id}", keys = try(keys(change), []), known = local.override_keys }],
    [for key, rule in var.rules : { path = "rules.${key}", keys = try(keys(rule), []), known = ["description", "enabled", "pattern", "severity"] }],
    [for key, severity in var.severities : { path = "severities.${key}", keys = try(keys(severity), []), known = local.subscribers }],
    [for key, severity in try({ for key, severity in var.notifier_config.severities : key => severity }, {}) : { path = "notifier_config.severities.${key}", keys = try(keys(severity), []), known = local.severity_config }],
    [
      { path = "operations", keys = keys(var.operations), known = local.subscribers },
      { path = "encryption", keys = keys(var.encryption), known = ["kms_key_arn", "mode"] },
      { path = "health", keys = keys(var.health), known = ["enabled", "severities"] },
      { path = "health.severities", keys = try(keys(var.health.severities), []), known = local.health_categories },
      { path = "slack", keys = keys(var.slack), known = ["fallback_parameter_name", "kms_key_arn", "parameter_name", "webhook_version"] },
      { path = "notifier", keys = keys(var.notifier), known = ["live_version", "log_retention_days", "reserved_concurrency"] },
      { path = "notifier_package", keys = keys(var.notifier_package), known = ["s3_bucket", "s3_key", "s3_object_version", "zip"] },
    ],
    local.written_for_notifier,
    local.written_for_windows_and_dashboard,
    local.written_for_custom_metrics,
    local.written_for_logs,
    local.written_for_spending,
    local.written_for_instances,
  )

  unknown = flatten([
    for place in local.written : [
      for key in place.keys : { path = "${place.path}.${key}", key = key, known = place.known } if !contains(place.known, key)
    ]
  ])

  # How alike two words are, by the pairs of neighbouring letters that they share (Dice's coefficient, 0 to 1).
  letter_pairs = {
    for word in distinct(flatten([for unknown in local.unknown : concat([unknown.key], unknown.known)])) :
    word => toset([for i in range(max(length(word) - 1, 0)) : substr(word, i, 2)])
  }
  likeness = [
    for unknown in local.unknown : {
      for word in unknown.known :
      word => 2 * length(setintersection(local.letter_pairs[unknown.key], local.letter_pairs[word])) / max(length(local.letter_pairs[unknown.key]) + length(local.letter_pairs[word]), 1)
    }
  ]
  unknown_messages = [
    for i, unknown in local.unknown : join(" ", compact([
      "Unknown key: ${unknown.path}.",
      max(0, values(local.likeness[i])...) < 0.4 ? "" : "Did you mean ${[for word in unknown.known : word if local.likeness[i][word] == max(values(local.likeness[i])...)][0]}?",
      "Known keys: ${join(", ", unknown.known)}.",
    ]))
  ]
}
