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
}

variables {
  name = "acme-production"
  alarms = {
    api-cpu-critical = { severity = "critical", metric_name = "CPUUtilization", namespace = "AWS/ECS", statistic = "Average", dimensions = { ClusterName = "main", ServiceName = "api" }, comparison = ">", threshold = 95 }
    api-cpu-warning  = { severity = "warning", metric_name = "CPUUtilization", namespace = "AWS/ECS", statistic = "Average", dimensions = { ClusterName = "main", ServiceName = "api" }, comparison = ">", threshold = 80 }
    api-tasks = {
      severity   = "critical"
      comparison = ">"
      threshold  = 0
      metric_query = {
        missing = { expression = "desired - running", label = "tasks missing", return_data = true }
        desired = { metric = { metric_name = "DesiredTaskCount", namespace = "ECS/ContainerInsights", stat = "Average", dimensions = { ClusterName = "main", ServiceName = "api" } } }
        running = { metric = { metric_name = "RunningTaskCount", namespace = "ECS/ContainerInsights", stat = "Average", dimensions = { ClusterName = "main", ServiceName = "api" } } }
      }
    }
    hosts = { severity = "critical", metric_name = "HealthyHostCount", namespace = "AWS/ApplicationELB", extended_statistic = "p10", dimensions = { LoadBalancer = "app/web/0123", TargetGroup = "targetgroup/web/4567" }, comparison = "<", threshold = 1, period = 300 }
    bill  = { severity = "info", metric_name = "EstimatedCharges", namespace = "AWS/Billing", statistic = "Maximum", dimensions = { Currency = "USD" }, comparison = ">=", threshold = 500, period = 21600 }
  }
  alarm_names = {
    api-cpu-critical = "acme-production-api-cpu-critical"
    api-cpu-warning  = "acme-production-api-cpu-warning"
    api-tasks        = "acme-production-api-tasks"
    hosts            = "acme-production-hosts"
    bill             = "acme-production-bill"
  }
  composite_alarm_names = { down = "acme-production-down" }
}

run "shows_every_alarm_once_and_every_metric_once" {
  command = plan

  assert {
    condition     = output.dashboard_names == ["acme-production"]
    error_message = "One dashboard for the environment."
  }
  assert {
    condition = toset(flatten([for widget in jsondecode(output.dashboard_bodies["acme-production"]).widgets : widget.properties.alarms if widget.type == "alarm"])) == toset([
      for name in ["api-cpu-critical", "api-cpu-warning", "api-tasks", "bill", "down", "hosts"] : "arn:aws:cloudwatch:eu-west-1:123456789012:alarm:acme-production-${name}"
    ])
    error_message = "The row has every alarm, composites too, by ARN."
  }
  assert {
    condition     = [for widget in jsondecode(output.dashboard_bodies["acme-production"]).widgets : widget.properties.title if widget.type == "metric"] == ["bill", "api-cpu", "api-tasks", "hosts"]
    error_message = "A pair shares a graph; subjects stand in order: ${output.dashboard_bodies["acme-production"]}"
  }
  assert {
    condition     = [for widget in jsondecode(output.dashboard_bodies["acme-production"]).widgets : widget.properties.markdown if widget.type == "text"] == ["# acme-production", "## AWS/Billing", "## ECS service api", "## Load balancer app/web/0123"]
    error_message = "Each subject has a heading."
  }
}

run "draws_the_thresholds" {
  command = plan

  assert {
    condition = local.graph_widgets[local.graph_of["api-cpu-warning"]].properties.annotations.horizontal == [
      { label = "critical > 95", value = 95, color = "#d13212", fill = "above" },
      { label = "warning > 80", value = 80, color = "#ff9900", fill = "above" },
    ]
    error_message = "A line for each threshold, shaded where the alarm is."
  }
  assert {
    condition     = local.graph_widgets[local.graph_of["hosts"]].properties.annotations.horizontal[0].fill == "below"
    error_message = "An alarm on too little is shaded below."
  }
  assert {
    condition     = jsonencode(local.graph_widgets[local.graph_of["hosts"]].properties.metrics) == jsonencode([["AWS/ApplicationELB", "HealthyHostCount", "LoadBalancer", "app/web/0123", "TargetGroup", "targetgroup/web/4567", { stat = "p10", period = 300 }]])
    error_message = "The alarm's own metric, statistic and period."
  }
  assert {
    condition = jsonencode(local.graph_widgets[local.graph_of["api-tasks"]].properties.metrics) == jsonencode([
      ["ECS/ContainerInsights", "DesiredTaskCount", "ClusterName", "main", "ServiceName", "api", { id = "desired", period = 60, stat = "Average", visible = false }],
      ["ECS/ContainerInsights", "RunningTaskCount", "ClusterName", "main", "ServiceName", "api", { id = "running", period = 60, stat = "Average", visible = false }],
      [{ expression = "desired - running", id = "missing", label = "tasks missing", period = 60, visible = true }],
    ])
    error_message = "Metric math is drawn as the alarm computes it: ${jsonencode(local.graph_widgets[local.graph_of["api-tasks"]].properties.metrics)}"
  }
}

run "places_widgets_below_each_other" {
  command = plan

  assert {
    condition = [for widget in jsondecode(output.dashboard_bodies["acme-production"]).widgets : [widget.type, widget.x, widget.y, widget.width, widget.height]] == [
      ["text", 0, 0, 24, 1],
      ["alarm", 0, 1, 24, 3],
      ["text", 0, 4, 24, 1],
      ["metric", 0, 5, 8, 6],
      ["text", 0, 11, 24, 1],
      ["metric", 0, 12, 8, 6],
      ["metric", 8, 12, 8, 6],
      ["text", 0, 18, 24, 1],
      ["metric", 0, 19, 8, 6],
    ]
    error_message = "Blocks stand below each other: ${jsonencode([for widget in jsondecode(output.dashboard_bodies["acme-production"]).widgets : [widget.type, widget.x, widget.y, widget.width, widget.height]])}"
  }
}

run "a_dashboard_for_each_subject" {
  command = plan

  variables {
    per_subject = true
    logs        = { Notifier = { log_group_names = ["/aws/lambda/a", "/aws/lambda/b"], query = "fields @message" } }
  }

  assert {
    condition     = output.dashboard_names == ["acme-production", "acme-production-AWS-Billing", "acme-production-ECS-service-api", "acme-production-Load-balancer-app-web-0123"]
    error_message = "Names that CloudWatch takes: ${jsonencode(output.dashboard_names)}"
  }
  assert {
    condition     = [for widget in jsondecode(output.dashboard_bodies["acme-production-ECS-service-api"]).widgets : widget.type] == ["text", "alarm", "text", "metric", "metric"]
    error_message = "A subject's dashboard has its own alarms and graphs."
  }
  assert {
    condition     = [for widget in jsondecode(output.dashboard_bodies["acme-production"]).widgets : widget.properties.query if widget.type == "log"] == ["SOURCE '/aws/lambda/a' | SOURCE '/aws/lambda/b' | fields @message"]
    error_message = "Logs stand at the end of the environment's dashboard."
  }
}

run "an_environment_without_alarms" {
  command = plan

  variables {
    alarms                = {}
    alarm_names           = {}
    composite_alarm_names = {}
  }

  assert {
    condition     = length(jsondecode(output.dashboard_bodies["acme-production"]).widgets) == 1
    error_message = "Only the heading."
  }
}

run "refuses_a_name_without_an_alarm" {
  command = plan

  variables {
    alarm_names = { other = "acme-production-other" }
  }

  expect_failures = [var.alarm_names]
}

run "refuses_a_log_widget_without_a_group" {
  command = plan

  variables {
    logs = { Notifier = { log_group_names = [] } }
  }

  expect_failures = [var.logs]
}

run "refuses_an_unknown_severity" {
  command = plan

  variables {
    alarms      = { hosts = { severity = "urgent", metric_name = "HealthyHostCount", namespace = "AWS/ApplicationELB", comparison = "<", threshold = 1 } }
    alarm_names = {}
  }

  expect_failures = [var.alarms]
}
