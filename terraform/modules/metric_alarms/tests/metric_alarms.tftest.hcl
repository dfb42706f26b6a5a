mock_provider "aws" {}

variables {
  name = "acme"
  tags = { team = "platform" }

  topic_arns = {
    critical = "arn:aws:sns:eu-west-1:123456789012:acme-critical"
    warning  = "arn:aws:sns:eu-west-1:123456789012:acme-warning"
  }
}

run "makes_a_plain_alarm" {
  command = plan

  variables {
    alarms = {
      api-cpu = {
        severity            = "warning"
        description         = "CPU of the api service is high."
        runbook             = "https://runbooks.example.com/api-cpu"
        namespace           = "AWS/ECS"
        metric_name         = "CPUUtilization"
        dimensions          = { ClusterName = "main", ServiceName = "api" }
        statistic           = "Average"
        evaluation_periods  = 3
        datapoints_to_alarm = 2
        comparison          = ">="
        threshold           = 80
        treat_missing_data  = "notBreaching"
      }
    }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["api-cpu"].alarm_name == "acme-api-cpu"
    error_message = "An alarm is called NAME-KEY."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["api-cpu"].alarm_description == "CPU of the api service is high. Runbook: https://runbooks.example.com/api-cpu"
    error_message = "The runbook stands at the end of the description."
  }

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["api-cpu"].comparison_operator == "GreaterThanOrEqualToThreshold",
      aws_cloudwatch_metric_alarm.this["api-cpu"].period == 60,
      aws_cloudwatch_metric_alarm.this["api-cpu"].evaluation_periods == 3,
      aws_cloudwatch_metric_alarm.this["api-cpu"].datapoints_to_alarm == 2,
      aws_cloudwatch_metric_alarm.this["api-cpu"].treat_missing_data == "notBreaching",
      aws_cloudwatch_metric_alarm.this["api-cpu"].dimensions == tomap({ ClusterName = "main", ServiceName = "api" }),
      aws_cloudwatch_metric_alarm.this["api-cpu"].tags == tomap({ team = "platform" }),
    ])
    error_message = "The alarm does not say what was asked."
  }

  assert {
    condition     = output.alarm_names == { api-cpu = "acme-api-cpu" }
    error_message = "alarm_names maps the key to CloudWatch's name."
  }
}

run "severity_picks_the_topic" {
  command = plan

  variables {
    alarms = {
      pages = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0 }
      tells = {
        severity  = "warning", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0
        notify_ok = false, notify_insufficient_data = true
      }
    }
  }

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["pages"].alarm_actions == toset([var.topic_arns.critical]),
      aws_cloudwatch_metric_alarm.this["pages"].ok_actions == toset([var.topic_arns.critical]),
      length(aws_cloudwatch_metric_alarm.this["pages"].insufficient_data_actions) == 0,
    ])
    error_message = "By default ALARM and OK go to the severity's topic, INSUFFICIENT_DATA to nobody."
  }

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["tells"].alarm_actions == toset([var.topic_arns.warning]),
      length(aws_cloudwatch_metric_alarm.this["tells"].ok_actions) == 0,
      aws_cloudwatch_metric_alarm.this["tells"].insufficient_data_actions == toset([var.topic_arns.warning]),
    ])
    error_message = "notify_ok and notify_insufficient_data choose what is announced."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["pages"].actions_enabled
    error_message = "Actions are on unless switched off."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["pages"].datapoints_to_alarm == null
    error_message = "A datapoints_to_alarm that was left out stays out: CloudWatch words its messages by it."
  }
}

run "keeps_quiet_when_actions_are_off" {
  command = plan

  variables {
    actions_enabled = false
    alarms = {
      pages = { severity = "critical", namespace = "N", metric_name = "M", extended_statistic = "p99", comparison = "<", threshold = 0, evaluate_low_sample_count_percentiles = "ignore" }
    }
    composite_alarms = {
      all = { severity = "critical", rule = "ALARM(\"{name}-pages\")" }
    }
  }

  assert {
    condition     = !aws_cloudwatch_metric_alarm.this["pages"].actions_enabled && !aws_cloudwatch_composite_alarm.this["all"].actions_enabled
    error_message = "actions_enabled reaches every alarm."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["pages"].extended_statistic == "p99" && aws_cloudwatch_metric_alarm.this["pages"].statistic == null
    error_message = "A percentile is no statistic."
  }
}

run "makes_a_metric_math_alarm" {
  command = plan

  variables {
    alarms = {
      cpu-reserved = {
        severity   = "warning"
        comparison = ">="
        threshold  = 80
        period     = 300
        metric_query = {
          m1    = { metric = { namespace = "ECS/ContainerInsights", metric_name = "CpuUtilized", stat = "Average", dimensions = { ClusterName = "main", ServiceName = "api" } } }
          m2    = { metric = { namespace = "ECS/ContainerInsights", metric_name = "CpuReserved", stat = "Average", dimensions = { ClusterName = "main", ServiceName = "api" } } }
          ratio = { expression = "100*m1/m2", label = "CPU used of reserved (%)", return_data = true }
        }
      }
    }
  }

  assert {
    condition = jsonencode({
      for query in aws_cloudwatch_metric_alarm.this["cpu-reserved"].metric_query : query.id => [query.expression, query.return_data, [for metric in query.metric : [metric.metric_name, metric.stat, metric.period]]]
      }) == jsonencode({
      m1    = [null, false, [["CpuUtilized", "Average", 300]]]
      m2    = [null, false, [["CpuReserved", "Average", 300]]]
      ratio = ["100*m1/m2", true, []]
    })
    error_message = "Queries become metric_query blocks, and the alarm's period is that of its metrics."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["cpu-reserved"].period == null && aws_cloudwatch_metric_alarm.this["cpu-reserved"].metric_name == null
    error_message = "A metric-math alarm has no metric of its own."
  }

  assert {
    condition     = contains(keys(output.definitions["cpu-reserved"].metric_query.m1.metric), "period") && contains(keys(output.definitions["cpu-reserved"]), "treat_missing_data")
    error_message = "definitions has every attribute, nested ones too."
  }
}

run "makes_a_composite_alarm" {
  command = plan

  variables {
    alarms = {
      api-5xx = { severity = "info", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0 }
    }
    topic_arns = { critical = "arn:aws:sns:eu-west-1:123456789012:acme-critical", info = "arn:aws:sns:eu-west-1:123456789012:acme-info" }
    composite_alarms = {
      api-down = {
        severity           = "critical"
        rule               = "ALARM(\"{name}-api-5xx\") AND NOT OK(somebody-elses)"
        actions_suppressor = { alarm = "deploying" }
      }
    }
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.this["api-down"].alarm_rule == "ALARM(\"acme-api-5xx\") AND NOT OK(somebody-elses)"
    error_message = "{name}-KEY becomes the alarm's name; other names stay."
  }

  assert {
    condition     = aws_cloudwatch_composite_alarm.this["api-down"].alarm_actions == toset([var.topic_arns.critical])
    error_message = "Severity picks the topic of a composite alarm too."
  }

  assert {
    condition     = [for suppressor in aws_cloudwatch_composite_alarm.this["api-down"].actions_suppressor : [suppressor.alarm, suppressor.wait_period, suppressor.extension_period]] == [["deploying", 60, 120]]
    error_message = "The suppressor has CloudWatch's name and periods."
  }

  assert {
    condition     = output.composite_alarm_names == { api-down = "acme-api-down" }
    error_message = "composite_alarm_names maps the key to CloudWatch's name."
  }
}

run "refuses_an_unknown_severity" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "urgent", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0 } }
  }
}

run "refuses_a_severity_without_a_topic" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "info", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0 } }
  }
}

run "refuses_metric_name_and_metric_query" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = {
      x = {
        severity     = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0
        metric_query = { e1 = { expression = "1", return_data = true } }
      }
    }
  }
}

run "refuses_neither_metric_name_nor_metric_query" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", comparison = ">", threshold = 0 } }
  }
}

run "refuses_a_metric_without_a_namespace" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0 } }
  }
}

run "refuses_two_statistics" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", extended_statistic = "p99", comparison = ">", threshold = 0 } }
  }
}

run "refuses_no_statistic" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", comparison = ">", threshold = 0 } }
  }
}

run "refuses_an_unknown_statistic" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Mean", comparison = ">", threshold = 0 } }
  }
}

run "refuses_an_unknown_extended_statistic" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", extended_statistic = "99", comparison = ">", threshold = 0 } }
  }
}

run "refuses_an_unknown_comparison" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = "GreaterThanThreshold", threshold = 0 } }
  }
}

run "refuses_an_unknown_treat_missing_data" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0, treat_missing_data = "not_breaching" } }
  }
}

run "refuses_an_unknown_period" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0, period = 90 } }
  }
}

run "refuses_more_datapoints_than_periods" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0, evaluation_periods = 2, datapoints_to_alarm = 3 } }
  }
}

run "refuses_half_an_evaluation_period" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0, evaluation_periods = 1.5 } }
  }
}

run "refuses_to_look_back_more_than_a_day" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0, period = 300, evaluation_periods = 289 } }
  }
}

run "looks_back_a_week_by_the_hour" {
  command = plan

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0, period = 3600, evaluation_periods = 168 } }
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.this["x"].period * aws_cloudwatch_metric_alarm.this["x"].evaluation_periods == 604800
    error_message = "CloudWatch looks back a week when the period is an hour or more."
  }
}

run "refuses_an_unusable_key" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { "a \"b\"" = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0 } }
  }
}

run "refuses_a_runbook_without_an_address" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0, runbook = "see the wiki" } }
  }
}

run "refuses_a_description_that_is_too_long" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0, description = join("", [for _ in range(600) : "ab"]) } }
  }
}

run "refuses_low_sample_counts_beside_a_statistic" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0, evaluate_low_sample_count_percentiles = "ignore" } }
  }
}

run "refuses_math_that_returns_nothing" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", comparison = ">", threshold = 0, metric_query = { m1 = { metric = { namespace = "N", metric_name = "M", stat = "Sum" } } } } }
  }
}

run "refuses_math_that_returns_two_series" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = {
      x = {
        severity = "critical", comparison = ">", threshold = 0
        metric_query = {
          m1 = { metric = { namespace = "N", metric_name = "M", stat = "Sum" }, return_data = true }
          e1 = { expression = "m1*2", return_data = true }
        }
      }
    }
  }
}

run "refuses_math_of_eleven_metrics" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = {
      x = {
        severity = "critical", comparison = ">", threshold = 0
        metric_query = merge(
          { for i in range(11) : "m${i}" => { metric = { namespace = "N", metric_name = "M${i}", stat = "Sum" }, expression = null, return_data = false } },
          { e1 = { expression = "SUM(METRICS())", return_data = true, metric = null } },
        )
      }
    }
  }
}

run "refuses_math_of_mixed_periods" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = {
      x = {
        severity = "critical", comparison = ">", threshold = 0
        metric_query = {
          m1 = { metric = { namespace = "N", metric_name = "M", stat = "Sum", period = 300 } }
          m2 = { metric = { namespace = "N", metric_name = "M", stat = "Sum" } }
          e1 = { expression = "m1/m2", return_data = true }
        }
      }
    }
  }
}

run "refuses_an_unusable_query_id" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", comparison = ">", threshold = 0, metric_query = { M1 = { metric = { namespace = "N", metric_name = "M", stat = "Sum" }, return_data = true } } } }
  }
}

run "refuses_a_query_of_expression_and_metric" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", comparison = ">", threshold = 0, metric_query = { m1 = { expression = "1", metric = { namespace = "N", metric_name = "M", stat = "Sum" }, return_data = true } } } }
  }
}

run "refuses_a_search" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", comparison = ">", threshold = 0, metric_query = { e1 = { expression = "SUM(SEARCH('{N,D} M', 'Sum'))", return_data = true } } } }
  }
}

run "refuses_an_unknown_stat_in_math" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", comparison = ">", threshold = 0, metric_query = { m1 = { metric = { namespace = "N", metric_name = "M", stat = "Avg" }, return_data = true } } } }
  }
}

run "refuses_metric_settings_beside_metric_query" {
  command         = plan
  expect_failures = [var.alarms]

  variables {
    alarms = { x = { severity = "critical", comparison = ">", threshold = 0, statistic = "Sum", metric_query = { m1 = { metric = { namespace = "N", metric_name = "M", stat = "Sum" }, return_data = true } } } }
  }
}

run "refuses_a_topic_of_an_unknown_severity" {
  command         = plan
  expect_failures = [var.topic_arns]

  variables {
    topic_arns = { urgent = "arn:aws:sns:eu-west-1:123456789012:acme-urgent" }
  }
}

run "refuses_an_unusable_name" {
  command         = plan
  expect_failures = [var.name]

  variables {
    name = "Acme Production"
  }
}

run "refuses_a_composite_of_an_unknown_severity" {
  command         = plan
  expect_failures = [var.composite_alarms]

  variables {
    composite_alarms = { x = { severity = "urgent", rule = "ALARM(a)" } }
  }
}

run "refuses_a_composite_without_a_topic" {
  command         = plan
  expect_failures = [var.composite_alarms]

  variables {
    composite_alarms = { x = { severity = "info", rule = "ALARM(a)" } }
  }
}

run "refuses_a_rule_that_is_too_long" {
  command         = plan
  expect_failures = [var.composite_alarms]

  variables {
    composite_alarms = { x = { severity = "critical", rule = join(" OR ", [for i in range(900) : "ALARM(a-${i})"]) } }
  }
}

run "refuses_a_rule_about_an_alarm_that_does_not_exist" {
  command         = plan
  expect_failures = [var.composite_alarms]

  variables {
    composite_alarms = { x = { severity = "critical", rule = "ALARM(\"{name}-gone\")" } }
  }
}

run "refuses_a_suppressor_that_does_not_exist" {
  command         = plan
  expect_failures = [var.composite_alarms]

  variables {
    composite_alarms = { x = { severity = "critical", rule = "ALARM(a)", actions_suppressor = { alarm = "{name}-gone" } } }
  }
}

run "refuses_a_composite_of_a_composite" {
  command         = plan
  expect_failures = [var.composite_alarms]

  variables {
    composite_alarms = {
      x = { severity = "critical", rule = "ALARM(a)" }
      y = { severity = "critical", rule = "ALARM({name}-x)" }
    }
  }
}

run "refuses_a_key_that_is_taken" {
  command         = plan
  expect_failures = [var.composite_alarms]

  variables {
    alarms           = { x = { severity = "critical", namespace = "N", metric_name = "M", statistic = "Sum", comparison = ">", threshold = 0 } }
    composite_alarms = { x = { severity = "critical", rule = "ALARM(a)" } }
  }
}

run "keeps_what_an_alarm_had_before" {
  command = plan

  variables {
    alarms = {
      web = {
        severity        = "info" # it has no topic here, and needs none
        alarm_name      = "High CPU (web)"
        actions_enabled = false
        tags            = { owner = "web" }
        actions         = { alarm = ["arn:aws:sns:eu-west-1:123456789012:ops", "arn:aws:sns:eu-west-1:123456789012:mail"] }
        namespace       = "AWS/EC2"
        metric_name     = "CPUUtilization"
        statistic       = "Average"
        comparison      = ">"
        threshold       = 80
      }
    }
    composite_alarms = {
      both = {
        severity   = "warning"
        alarm_name = "Both!"
        rule       = "ALARM(\"High CPU (web)\")"
        actions    = {}
        tags       = {}
      }
    }
  }

  assert {
    condition = alltrue([
      aws_cloudwatch_metric_alarm.this["web"].alarm_name == "High CPU (web)",
      aws_cloudwatch_metric_alarm.this["web"].actions_enabled == false,
      aws_cloudwatch_metric_alarm.this["web"].tags == tomap({ owner = "web" }),
      aws_cloudwatch_metric_alarm.this["web"].alarm_actions == toset(["arn:aws:sns:eu-west-1:123456789012:ops", "arn:aws:sns:eu-west-1:123456789012:mail"]),
      try(length(aws_cloudwatch_metric_alarm.this["web"].ok_actions), 0) == 0,
    ])
    error_message = "Name, actions, tags and whether actions are on stay as they were."
  }

  assert {
    condition = alltrue([
      aws_cloudwatch_composite_alarm.this["both"].alarm_name == "Both!",
      aws_cloudwatch_composite_alarm.this["both"].actions_enabled == true,
      try(length(aws_cloudwatch_composite_alarm.this["both"].alarm_actions), 0) == 0,
    ])
    error_message = "A composite alarm stays as it was, too."
  }
}

run "refuses_the_same_name_twice" {
  command = plan

  variables {
    alarms = {
      api   = { severity = "warning", namespace = "Shop", metric_name = "Errors", statistic = "Sum", comparison = ">", threshold = 1 }
      other = { severity = "warning", alarm_name = "acme-api", namespace = "Shop", metric_name = "Errors", statistic = "Sum", comparison = ">", threshold = 1 }
    }
  }

  expect_failures = [var.composite_alarms]
}

run "refuses_a_name_that_is_too_long" {
  command = plan

  variables {
    alarms = {
      api = { severity = "warning", alarm_name = join("", [for _ in range(256) : "a"]), namespace = "Shop", metric_name = "Errors", statistic = "Sum", comparison = ">", threshold = 1 }
    }
  }

  expect_failures = [var.alarms]
}

run "refuses_a_name_of_two_lines" {
  command = plan

  variables {
    alarms = {
      api = { severity = "warning", alarm_name = "api\ndown", namespace = "Shop", metric_name = "Errors", statistic = "Sum", comparison = ">", threshold = 1 }
    }
  }

  expect_failures = [var.alarms]
}
