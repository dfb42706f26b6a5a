data "aws_region" "current" {}

locals {
  # Defaults that the modules cannot give: there null means something else than left out.
  slack    = merge({ parameter_name = null, webhook_version = 1, kms_key_arn = null, fallback_parameter_name = null }, var.slack)
  notifier = merge({ reserved_concurrency = 3, log_retention_days = 365, live_version = null }, var.notifier)

  # A key of both is one alarm: the made one, changed by what was written in alarms. Null takes it out.
  made_alarms = merge(concat([module.service_alarms.alarms, local.custom_metric_alarms], values(module.log_pipeline)[*].alarms)...)
  removed     = [for key, alarm in var.alarms : key if alarm == null]
  alarms = {
    for key in setsubtract(setunion(keys(local.made_alarms), keys(var.alarms)), local.removed) :
    key => merge(try(local.made_alarms[key], {}), try(var.alarms[key], {}))
  }

  # Alarms on what AWS measures in us-east-1 alone, be it in an expression.
  global_namespaces = ["AWS/Billing", "AWS/CloudFront", "AWS/Route53"]
  global_alarms = {
    for key, alarm in local.definitions : key => distinct([
      for namespace in concat([alarm.namespace], [for query in values(alarm.metric_query) : try(query.metric.namespace, null)]) : namespace if namespace != null && contains(local.global_namespaces, coalesce(namespace, "-"))
      ]) if anytrue([
      for namespace in concat([alarm.namespace], [for query in values(alarm.metric_query) : try(query.metric.namespace, null)]) : contains(local.global_namespaces, coalesce(namespace, "-"))
    ])
  }

  removed_composites = [for key, alarm in var.composite_alarms : key if alarm == null]
  composite_alarms = {
    for key in setsubtract(setunion(keys(module.service_alarms.composite_alarms), keys(var.composite_alarms)), local.removed_composites) :
    key => merge(try(module.service_alarms.composite_alarms[key], {}), try(var.composite_alarms[key], {}))
  }
}

module "alert_topics" {
  source = "../alert_topics"

  name       = var.name
  tags       = var.tags
  severities = var.severities
  operations = var.operations
  encryption = var.encryption
  publishers = setunion(var.publishers, local.spending_publishers)

  existing_topics = var.existing_topics
}

module "slack_notifier" {
  source = "../slack_notifier"

  name                 = var.name
  tags                 = var.tags
  environment          = var.environment
  topic_arns           = { for severity, arn in module.alert_topics.topic_arns : severity => arn if !contains(keys(var.existing_topics), severity) }
  existing_topic_arns  = var.existing_topics
  slack_webhook_url    = var.slack_webhook_url
  package              = var.notifier_package
  reserved_concurrency = local.notifier.reserved_concurrency
  live_version         = local.notifier.live_version
  log_retention_days   = local.notifier.log_retention_days
  config               = local.notifier_config
  endpoint_url         = var.endpoint_url

  webhook = {
    parameter_name          = local.slack.parameter_name
    version                 = local.slack.webhook_version
    kms_key_arn             = local.slack.kms_key_arn
    fallback_parameter_name = local.slack.fallback_parameter_name
  }
  operations = {
    topic_arn   = module.alert_topics.operations_topic_arn
    kms_key_arn = module.alert_topics.kms_key_arn
  }
}

module "metric_alarms" {
  source = "../metric_alarms"

  name             = var.name
  tags             = var.tags
  topic_arns       = module.alert_topics.topic_arns
  actions_enabled  = var.actions_enabled
  alarms           = local.alarms
  composite_alarms = local.composite_alarms
}

module "event_rules" {
  source = "../event_rules"

  name                  = var.name
  tags                  = var.tags
  topic_arns            = module.alert_topics.topic_arns
  dead_letter_queue_arn = module.alert_topics.undeliverable_queue_arn
  rules                 = var.rules
  packs                 = local.packs
  pack_severities       = var.pack_severities
  ecs_cluster_names     = local.pack_cluster_names
  health                = var.health

  # The second path of our alarms carries a state whether the alarm's actions are on or not, so it goes with them.
  alarm_state_changes = !var.actions_enabled ? null : {
    queue_arn             = module.slack_notifier.queue_arn
    dead_letter_queue_arn = module.alert_topics.undeliverable_queue_arn
    alarm_name_prefixes   = ["${var.name}-"]
  }
}

# The stack's watch on itself, by a way that touches neither Slack nor the notifier.
module "operations_alarms" {
  source = "../operations_alarms"

  name                 = var.name
  tags                 = var.tags
  operations_topic_arn = module.alert_topics.operations_topic_arn
  function_name        = module.slack_notifier.function_name
  topic_names          = { for severity, arn in module.alert_topics.topic_arns : severity => split(":", arn)[5] }
  rule_names           = module.event_rules.rule_names
  runbook_base_url     = var.runbook_base_url

  queues = {
    alerts        = split(":", module.slack_notifier.queue_arn)[5]
    dead          = split(":", module.slack_notifier.dead_letter_queue_arn)[5]
    undeliverable = split(":", module.alert_topics.undeliverable_queue_arn)[5]
  }

  # The least urgent topic: the canary is a test.
  canary_topic_arn = !var.actions_enabled ? null : [
    for severity in ["info", "warning", "critical"] : module.alert_topics.topic_arns[severity] if contains(keys(module.alert_topics.topic_arns), severity)
  ][0]
}
