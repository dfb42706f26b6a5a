mock_provider "aws" {
  override_during = plan

  mock_resource "aws_ce_anomaly_monitor" {
    defaults = { arn = "arn:aws:ce::123456789012:anomalymonitor/made-here" }
  }
}

variables {
  name       = "acme-production"
  topic_arns = { warning = "arn:aws:sns:us-east-1:123456789012:acme-production-warning", info = "arn:aws:sns:us-east-1:123456789012:acme-production-info" }
  budgets    = { month = { limit_usd = 500 } }
  anomalies  = { min_usd = 50 }
}

run "a_budget_tells_what_is_spent_and_what_will_be" {
  command = plan

  assert {
    condition     = aws_budgets_budget.this["month"].name == "acme-production-month" && aws_budgets_budget.this["month"].limit_amount == "500" && aws_budgets_budget.this["month"].time_unit == "MONTHLY"
    error_message = "The budget must be 500 dollars a month."
  }
  assert {
    condition = toset([for told in aws_budgets_budget.this["month"].notification : "${told.notification_type} ${told.threshold} ${told.threshold_type}"]) == toset([
      "ACTUAL 80 PERCENTAGE", "ACTUAL 100 PERCENTAGE", "FORECASTED 100 PERCENTAGE",
    ])
    error_message = "80 % and 100 % spent, and a forecast of 100 %."
  }
  assert {
    condition     = alltrue([for told in aws_budgets_budget.this["month"].notification : told.subscriber_sns_topic_arns == toset(["arn:aws:sns:us-east-1:123456789012:acme-production-warning"])])
    error_message = "Each goes to the topic of its severity."
  }
  assert {
    condition     = output.budget_names == { month = "acme-production-month" }
    error_message = "The name must be known: ${jsonencode(output.budget_names)}."
  }
}

run "a_budget_can_be_of_a_part" {
  command = plan

  variables {
    budgets = { rds = { limit_usd = 99.5, time_unit = "QUARTERLY", actual = [], forecast = [120], severity = "info", filters = { Service = ["Amazon Relational Database Service"] } } }
  }

  assert {
    condition = alltrue([
      one(aws_budgets_budget.this["rds"].cost_filter).name == "Service",
      one(aws_budgets_budget.this["rds"].cost_filter).values == tolist(["Amazon Relational Database Service"]),
      one(aws_budgets_budget.this["rds"].notification).subscriber_sns_topic_arns == toset(["arn:aws:sns:us-east-1:123456789012:acme-production-info"]),
      aws_budgets_budget.this["rds"].limit_amount == "99.5",
    ])
    error_message = "Of one service, by its own severity."
  }
}

run "anomalies_come_at_once_from_an_amount_on" {
  command = plan

  assert {
    condition = alltrue([
      aws_ce_anomaly_subscription.this["services"].frequency == "IMMEDIATE",
      one(aws_ce_anomaly_subscription.this["services"].subscriber).address == "arn:aws:sns:us-east-1:123456789012:acme-production-warning",
      aws_ce_anomaly_subscription.this["services"].monitor_arn_list == tolist(["arn:aws:ce::123456789012:anomalymonitor/made-here"]),
      one(one(aws_ce_anomaly_subscription.this["services"].threshold_expression[0].dimension).values) == "50",
      length(aws_ce_anomaly_subscription.this["services"].threshold_expression[0].and) == 0,
    ])
    error_message = "One subscription to the monitor made here, from 50 dollars on."
  }
}

run "anomalies_of_a_monitor_that_is_there" {
  command = plan

  variables {
    anomalies = { min_usd = 50, min_percent = 20, monitor_arn = "arn:aws:ce::123456789012:anomalymonitor/yours" }
  }

  assert {
    condition     = length(aws_ce_anomaly_monitor.this) == 0 && aws_ce_anomaly_subscription.this["services"].monitor_arn_list == tolist(["arn:aws:ce::123456789012:anomalymonitor/yours"])
    error_message = "No monitor may be made."
  }
  assert {
    condition = toset([for part in aws_ce_anomaly_subscription.this["services"].threshold_expression[0].and : "${one(part.dimension).key} ${one(one(part.dimension).values)}"]) == toset([
      "ANOMALY_TOTAL_IMPACT_ABSOLUTE 50", "ANOMALY_TOTAL_IMPACT_PERCENTAGE 20",
    ])
    error_message = "Both must hold."
  }
}

run "nothing_unless_asked_for" {
  command = plan

  variables {
    budgets   = {}
    anomalies = null
  }

  assert {
    condition     = length(aws_budgets_budget.this) == 0 && length(aws_ce_anomaly_monitor.this) == 0 && length(aws_ce_anomaly_subscription.this) == 0
    error_message = "Nothing may be made."
  }
}

run "refuses_a_severity_without_a_topic" {
  command = plan

  variables {
    budgets   = { month = { limit_usd = 500, severity = "critical" } }
    anomalies = { severity = "critical" }
  }

  expect_failures = [var.budgets, var.anomalies]
}

run "refuses_no_amount_and_no_percentage" {
  command = plan

  variables {
    budgets   = { month = { limit_usd = 0, actual = [0] } }
    anomalies = { min_usd = 0 }
  }

  expect_failures = [var.budgets, var.anomalies]
}

run "refuses_six_percentages" {
  command = plan

  variables {
    budgets = { month = { limit_usd = 500, actual = [50, 60, 70, 80, 90], forecast = [100] } }
  }

  expect_failures = [var.budgets]
}

run "refuses_a_day" {
  command = plan

  variables {
    budgets = { day = { limit_usd = 20, time_unit = "DAILY" } }
  }

  expect_failures = [var.budgets]
}

run "refuses_a_name_that_is_none" {
  command = plan

  variables {
    name    = "Acme"
    budgets = { "a:b" = { limit_usd = 20 } }
  }

  expect_failures = [var.name, var.budgets]
}

run "refuses_a_monitor_that_is_no_arn" {
  command = plan

  variables {
    anomalies = { monitor_arn = "services" }
  }

  expect_failures = [var.anomalies]
}
