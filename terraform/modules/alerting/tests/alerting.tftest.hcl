mock_provider "aws" {
  override_during = plan

  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_data "aws_region" {
    defaults = { id = "eu-west-1" }
  }
  mock_resource "aws_kms_key" {
    defaults = { arn = "arn:aws:kms:eu-west-1:123456789012:key/made-here", key_id = "made-here" }
  }
  mock_resource "aws_sns_topic" {
    defaults = { arn = "arn:aws:sns:eu-west-1:123456789012:mocked" }
  }
  mock_resource "aws_sqs_queue" {
    defaults = { arn = "arn:aws:sqs:eu-west-1:123456789012:mocked" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/mocked" }
  }
  mock_resource "aws_lambda_function" {
    defaults = { arn = "arn:aws:lambda:eu-west-1:123456789012:function:mocked" }
  }
}

variables {
  name              = "acme-production"
  environment       = "production"
  ecs_cluster_name  = "main"
  ecs_service_names = ["api"]
  slack             = { parameter_name = "/acme/slack" }
  notifier_package  = { s3_bucket = "acme-packages", s3_key = "notify_slack.zip", s3_object_version = "1" }
}

run "severity_reaches_its_topic_and_the_notifier" {
  command = plan

  assert {
    condition = alltrue([
      module.alert_topics.topic_arns["critical"] == "arn:aws:sns:eu-west-1:123456789012:acme-production-critical",
      module.metric_alarms.definitions["ecs-service-api-tasks-below-desired"].severity == "critical",
      module.metric_alarms.definitions["ecs-cluster-disk"].severity == "warning",
    ])
    error_message = "The service alarms must reach metric_alarms with their severities."
  }

  assert {
    condition     = length(output.alarm_names) == 8 && output.alarm_names["ecs-service-api-cpu-reserved"] == "acme-production-ecs-service-api-cpu-reserved"
    error_message = "One cluster and one service give eight alarms: ${jsonencode(output.alarm_names)}."
  }

  assert {
    condition     = output.webhook_parameter_name == "/acme/slack" && output.function_name == "acme-production-notify-slack"
    error_message = "The notifier reads the webhook from the parameter that was named."
  }

  assert {
    condition     = contains(values(output.rule_names), "acme-production-alarm-state-changes")
    error_message = "The second path, by EventBridge, must be there: ${jsonencode(output.rule_names)}."
  }

  assert {
    condition     = !anytrue([for name in values(output.rule_names) : strcontains(name, "root-sign-in")])
    error_message = "No global events unless asked for."
  }
}

run "settings_win_over_the_catalogue_one_by_one" {
  command = plan

  variables {
    alarms = {
      ecs-service-api-cpu                 = { threshold = 95, evaluation_periods = 5 }
      ecs-service-api-tasks-below-desired = null
      orders-failed                       = { severity = "critical", namespace = "Shop", metric_name = "OrdersFailed", statistic = "Sum", comparison = ">", threshold = 0 }
    }
    composite_alarms = {
      shop-down = { severity = "critical", rule = "ALARM(\"{name}-orders-failed\")" }
    }
  }

  assert {
    condition = alltrue([
      module.metric_alarms.definitions["ecs-service-api-cpu"].threshold == 95,
      module.metric_alarms.definitions["ecs-service-api-cpu"].evaluation_periods == 5,
      module.metric_alarms.definitions["ecs-service-api-cpu"].metric_name == "CPUUtilization",
      module.metric_alarms.definitions["ecs-service-api-cpu"].datapoints_to_alarm == 2,
    ])
    error_message = "What alarms does not mention stays as the catalogue says."
  }

  assert {
    condition     = !contains(keys(output.alarm_names), "ecs-service-api-tasks-below-desired")
    error_message = "Null takes a service alarm out."
  }

  assert {
    condition     = output.alarm_names["orders-failed"] == "acme-production-orders-failed" && output.composite_alarm_names["shop-down"] == "acme-production-shop-down"
    error_message = "Own alarms stand beside the catalogue's."
  }
}

run "null_takes_a_setting_of_the_catalogue_out" {
  command = plan

  variables {
    notifier_config = { severities = null }
    alarms = {
      ecs-service-api-cpu-reserved = {
        metric_query = null, namespace = "ECS/ContainerInsights", metric_name = "TaskCpuUtilization", statistic = "Maximum"
        dimensions   = { ClusterName = "main", ServiceName = "api" }
      }
    }
  }

  assert {
    condition = alltrue([
      length(module.metric_alarms.definitions["ecs-service-api-cpu-reserved"].metric_query) == 0,
      module.metric_alarms.definitions["ecs-service-api-cpu-reserved"].threshold == 80,
    ])
    error_message = "Metric math gives way to one metric, and the rest of the alarm stays."
  }
}

run "silence_covers_both_paths" {
  command = plan

  variables {
    actions_enabled = false
  }

  assert {
    condition     = !contains(values(output.rule_names), "acme-production-alarm-state-changes")
    error_message = "EventBridge would tell the notifier of alarms whose actions are off."
  }
}

run "reserves_nothing_where_the_account_cannot" {
  command = plan

  variables {
    notifier = { reserved_concurrency = null }
  }

  assert {
    condition     = local.notifier.reserved_concurrency == null && local.notifier.log_retention_days == 365
    error_message = "null means that nothing is reserved, and leaves the other defaults."
  }
}

run "global_events_in_us_east_1" {
  command = plan

  override_data {
    target = data.aws_region.current
    values = { id = "us-east-1" }
  }

  variables {
    global_events = true
    alarms = {
      bill = { severity = "warning", namespace = "AWS/Billing", metric_name = "EstimatedCharges", dimensions = { Currency = "USD" }, statistic = "Maximum", period = 21600, comparison = ">", threshold = 500 }
    }
  }

  assert {
    condition     = alltrue([for key in ["root-sign-in", "cost-anomaly"] : contains(values(output.rule_names), "acme-production-${key}")])
    error_message = "Root sign-ins and cost anomalies have a rule each: ${jsonencode(output.rule_names)}."
  }

  assert {
    condition     = toset(keys(module.event_rules.rule_names)) == toset(["alarm-state-changes", "cost-anomaly", "health-account-notification", "health-issue", "health-scheduled-change", "root-sign-in"])
    error_message = "The pack global brings its two rules and nothing else."
  }
}

run "refuses_global_events_elsewhere" {
  command         = plan
  expect_failures = [var.global_events]

  variables {
    global_events = true
  }
}

run "refuses_the_pack_global_elsewhere" {
  command         = plan
  expect_failures = [var.packs]

  variables {
    packs = ["ecs", "global"]
  }
}

run "packs_watch_the_cluster_that_is_named" {
  command = plan

  variables {
    packs           = ["ecs"]
    pack_severities = { ecs-service-impaired = "none" }
  }

  assert {
    condition     = contains(keys(output.rule_names), "ecs-task-failed") && !contains(keys(output.rule_names), "ecs-service-impaired")
    error_message = "The packs and their severities must reach event_rules: ${jsonencode(output.rule_names)}."
  }

  assert {
    condition     = join(",", local.pack_cluster_names) == "main"
    error_message = "Without pack_cluster_names, the packs watch ecs_cluster_name."
  }
}

run "refuses_a_billing_alarm_elsewhere" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    alarms = { bill = { severity = "warning", namespace = "AWS/Billing", metric_name = "EstimatedCharges", statistic = "Maximum", comparison = ">", threshold = 500 } }
  }
}

run "refuses_an_expression_on_a_bill_elsewhere" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    accounts = { this = { monthly_budget_usd = 500 } }
  }
}

run "refuses_a_health_check_elsewhere" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    health_checks = { shop = { health_check_id = "12345678-1234-1234-1234-123456789012" } }
  }
}

run "refuses_a_threshold_that_is_no_number" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = {
      orders = { severity = "warning", namespace = "Shop", metric_name = "Failed", statistic = "Sum", comparison = ">", threshold = "lots" }
      bill   = { severity = "warning", namespace = "Shop", metric_name = "Spent", statistic = "Sum", comparison = ">", threshold = 500 }
    }
  }
}

run "an_existing_topic_takes_the_alarms_of_its_severity" {
  command = plan

  variables {
    existing_topics = { critical = "arn:aws:sns:eu-west-1:123456789012:on-call" }
  }

  assert {
    condition     = output.topic_arns["critical"] == "arn:aws:sns:eu-west-1:123456789012:on-call" && output.topic_arns["warning"] == "arn:aws:sns:eu-west-1:123456789012:acme-production-warning"
    error_message = "That of critical is yours, the others are made: ${jsonencode(output.topic_arns)}."
  }
}

run "refuses_an_unknown_key_of_an_alarm" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    alarms = { api-5xx = { severity = "critical", namespace = "Shop", metric_name = "Errors", statistic = "Sum", comparison = ">", threshold = 0, treat_missing_dta = "breaching" } }
  }
}

run "refuses_an_unknown_key_that_changes_a_service_alarm" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    alarms = { ecs-cluster-cpu = { treshold = 90 } }
  }
}

run "refuses_an_unknown_key_of_a_query" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    alarms = { x = { severity = "critical", comparison = ">", threshold = 0, metric_query = { m1 = { metric = { namespace = "N", metric_name = "M", stat = "Sum" }, return_data = true, lable = "x" } } } }
  }
}

run "refuses_an_unknown_key_of_a_metric" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    alarms = { x = { severity = "critical", comparison = ">", threshold = 0, metric_query = { m1 = { metric = { namespace = "N", metric_name = "M", stat = "Sum", dimension = { A = "b" } }, return_data = true } } } }
  }
}

run "refuses_an_unknown_key_of_a_composite" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    composite_alarms = { x = { severity = "critical", rule = "ALARM(a)", actions_suppressor = { alarm = "b", wait = 60 } } }
  }
}

run "refuses_an_unknown_key_of_a_severity" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    severities = { critical = { emails = ["on-call@example.com"] }, warning = {}, info = {} }
  }
}

run "refuses_an_unknown_key_of_the_notifier" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    notifier_config = { severities = { critical = { mentions = "<!here>" } } }
  }
}

run "finds_unknown_keys_wherever_the_notifier_has_any" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    notifier_config = {
      rule  = []
      bot   = { chanel = "#a" }
      sweep = { prefix = ["a"] }
      kinds = { alarm = { titel = "x", links = [{ label = "a", url = "https://a.example.com", color = "red" }] } }
      rules = [{ name = "a", whem = {}, when = { alarmname = ["a*"], hours = { timezone = "UTC" } } }]
    }
  }

  assert {
    condition = toset([for unknown in local.unknown : unknown.path]) == toset([
      "notifier_config.rule", "notifier_config.bot.chanel", "notifier_config.sweep.prefix", "notifier_config.kinds.alarm.titel",
      "notifier_config.kinds.alarm.links.color", "notifier_config.rules[0].whem", "notifier_config.rules[0].when.alarmname",
      "notifier_config.rules[0].when.hours.timezone",
    ])
    error_message = "Found: ${join(", ", [for unknown in local.unknown : unknown.path])}."
  }
}

run "hands_rules_and_templates_to_the_notifier" {
  command = plan

  variables {
    notifier_config = {
      kinds = { health = { severity = "critical" } }
      rules = [{ name = "quiet", when = { severity = ["info"] }, mention = "" }]
    }
  }
}

run "refuses_to_take_out_what_is_not_there" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    alarms = { ecs-cluster-dsik = null }
  }
}

run "says_which_key_is_unknown_and_what_is_like_it" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    alarms = { api-5xx = { severity = "critical", namespace = "Shop", metric_name = "Errors", statistic = "Sum", comparison = ">", threshold = 0, treat_missing_dta = "breaching", colour = "red" } }
  }

  assert {
    condition     = length(local.unknown_messages) == 2 && startswith(local.unknown_messages[1], "Unknown key: api-5xx.treat_missing_dta. Did you mean treat_missing_data? Known keys: ")
    error_message = "Messages: ${jsonencode(local.unknown_messages)}."
  }

  assert {
    condition     = startswith(local.unknown_messages[0], "Unknown key: api-5xx.colour. Known keys: ")
    error_message = "Where no key is alike, none is proposed: ${local.unknown_messages[0]}"
  }
}

run "refuses_a_querys_period_that_is_no_number" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { api = { severity = "info", threshold = 1, comparison = ">", metric_query = { m1 = { return_data = true, metric = { namespace = "Shop", metric_name = "Orders", stat = "Sum", period = "60s" } } } } }
  }
}

run "refuses_a_suppressors_wait_that_is_no_number" {
  command         = plan
  expect_failures = [var.composite_alarms]

  variables {
    composite_alarms = { down = { severity = "critical", rule = "ALARM(\"x\")", actions_suppressor = { alarm = "x", wait_period = "2m" } } }
  }
}

run "refuses_the_canarys_key" {
  command         = plan
  expect_failures = [var.alarms, var.composite_alarms]

  variables {
    alarms           = { canary = { severity = "info", namespace = "Shop", metric_name = "Orders", statistic = "Sum", comparison = ">", threshold = 1 } }
    composite_alarms = { canary = { severity = "info", rule = "ALARM(\"x\")" } }
  }
}

run "refuses_an_alarm_without_settings" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { api-5xx = 80 }
  }
}

run "refuses_a_composite_without_settings" {
  command         = plan
  expect_failures = [var.composite_alarms]

  variables {
    composite_alarms = { api-down = "ALARM(a)" }
  }
}

run "resources_of_every_kind_get_their_alarms" {
  command = plan

  variables {
    ecs_cluster_name  = null
    ecs_service_names = []
    ecs_services      = { api = { cluster = "main", service = "api", max_tasks = 4 } }
    queues            = { dead = { queue_name = "dead", dead_letter_queue = true, alarms = { sqs_dead_letters = { observe = true } } } }
    alarm_overrides   = { ecs_svc_cpu = { thresholds = { warning = 70 } } }
    observe_alarms    = ["ecs_svc_mem"]
    runbook_base_url  = "https://runbooks.example.com"
    alarms            = { ecs-service-api-no-tasks-critical = null, ecs-service-api-cpu-critical = { period = 300 } }
    composite_alarms  = { ecs-service-api-saturated-critical = { severity = "warning" } }
  }

  assert {
    condition = alltrue([
      module.metric_alarms.definitions["ecs-service-api-cpu-warning"].threshold == 70,
      module.metric_alarms.definitions["ecs-service-api-cpu-warning"].runbook == "https://runbooks.example.com/ecs-svc-cpu.md",
      module.metric_alarms.definitions["ecs-service-api-cpu-critical"].period == 300,
      module.metric_alarms.definitions["ecs-service-api-memory-critical"].severity == "info",
      module.metric_alarms.definitions["queue-dead-dead-letters-critical"].severity == "info",
      module.metric_alarms.composite_definitions["ecs-service-api-saturated-critical"].severity == "warning",
    ])
    error_message = "Resources, overrides and single settings reach metric_alarms."
  }
}

run "takes_a_composite_of_the_catalogue_out" {
  command = plan

  variables {
    ecs_services     = { api = { cluster = "main", service = "api", max_tasks = 4 } }
    composite_alarms = { ecs-service-api-saturated-critical = null }
  }

  assert {
    condition     = length(output.composite_alarm_names) == 0
    error_message = "Null takes it out: ${jsonencode(output.composite_alarm_names)}."
  }
}

run "refuses_an_unknown_key_of_a_resource" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    ecs_services = { web = { cluster = "main", service = "web", max_task = 10 } }
  }
}

run "refuses_an_unknown_key_of_a_change" {
  command         = plan
  expect_failures = [output.alarm_names]

  variables {
    queues          = { orders = { queue_name = "orders", alarms = { sqs_age = { treshold = { warning = 5 } } } } }
    alarm_overrides = { rds_cpu = { enable = false } }
  }

  assert {
    condition     = length(local.unknown_messages) == 2
    error_message = "Both are named: ${jsonencode(local.unknown_messages)}."
  }
}
