run "one_cluster_gives_the_cluster_alarms" {
  command = plan

  variables {
    ecs_cluster_name = "main"
  }

  assert {
    condition     = toset(keys(output.alarms)) == toset(["ecs-cluster-cpu", "ecs-cluster-disk", "ecs-cluster-memory"])
    error_message = "A cluster has CPU, disk and memory: ${jsonencode(keys(output.alarms))}."
  }

  assert {
    condition = output.alarms["ecs-cluster-cpu"] == {
      severity            = "warning"
      description         = "CPU of the ECS cluster main is at 80 % or more of what its container instances offer."
      runbook             = "docs/runbooks/ecs-cluster-cpu.md"
      namespace           = "AWS/ECS"
      metric_name         = "CPUUtilization"
      dimensions          = { ClusterName = "main" }
      statistic           = "Average"
      period              = 60
      evaluation_periods  = 2
      datapoints_to_alarm = 2
      comparison          = ">="
      threshold           = 80
      treat_missing_data  = "notBreaching"
    }
    error_message = "80 %, 2 of 2 minutes, average: ${jsonencode(output.alarms["ecs-cluster-cpu"])}."
  }

  assert {
    condition = alltrue([
      output.alarms["ecs-cluster-disk"].metric_name == "instance_filesystem_utilization",
      output.alarms["ecs-cluster-disk"].namespace == "ECS/ContainerInsights",
      output.alarms["ecs-cluster-disk"].comparison == ">=",
      output.alarms["ecs-cluster-disk"].threshold == 65,
    ])
    error_message = "The container instances' disks warn at 65 %."
  }
}

run "each_service_gets_its_set" {
  command = plan

  variables {
    ecs_cluster_name  = "main"
    ecs_service_names = ["api", "cluster"]
  }

  assert {
    condition     = length(output.alarms) == 3 + 2 * 5
    error_message = "Three alarms for the cluster and five for each service, also for one that is called cluster."
  }

  assert {
    condition = alltrue([
      for id in ["cpu", "memory"] : output.alarms["ecs-service-api-${id}"].dimensions == { ClusterName = "main", ServiceName = "api" }
    ])
    error_message = "AWS/ECS publishes a service's metrics with both dimensions."
  }

  assert {
    condition = alltrue(flatten([
      for id in ["cpu-reserved", "memory-reserved", "tasks-below-desired"] : [
        for query in output.alarms["ecs-service-api-${id}"].metric_query :
        query.metric.namespace == "ECS/ContainerInsights" && query.metric.dimensions == { ClusterName = "main", ServiceName = "api" }
        if contains(keys(query), "metric")
      ]
    ]))
    error_message = "Container Insights publishes a service's metrics with both dimensions."
  }

  assert {
    condition = alltrue([
      for id in ["cpu-reserved", "memory-reserved"] : alltrue([
        output.alarms["ecs-service-api-${id}"].metric_query.e1.expression == "100*m1/m2",
        output.alarms["ecs-service-api-${id}"].metric_query.m1.metric.stat == output.alarms["ecs-service-api-${id}"].metric_query.m2.metric.stat,
      ])
    ])
    error_message = "A ratio needs the same statistic on both sides."
  }

  assert {
    condition = alltrue([
      output.alarms["ecs-service-api-tasks-below-desired"].severity == "critical",
      output.alarms["ecs-service-api-tasks-below-desired"].comparison == ">",
      output.alarms["ecs-service-api-tasks-below-desired"].threshold == 0,
      output.alarms["ecs-service-api-tasks-below-desired"].treat_missing_data == "breaching",
      output.alarms["ecs-service-api-tasks-below-desired"].metric_query.missing.expression == "desired-running",
    ])
    error_message = "Fewer tasks than desired is critical, and so is silence."
  }

  assert {
    condition     = alltrue([for alarm in output.alarms : length(alarm.description) > 20 && !strcontains(alarm.description, "{")])
    error_message = "Every alarm says in words what happened, with the resource's name."
  }
}

run "no_cluster_gives_no_alarms" {
  command = plan

  assert {
    condition     = length(output.alarms) == 0
    error_message = "Nothing to watch, nothing watched."
  }
}

run "refuses_services_without_a_cluster" {
  command         = plan
  expect_failures = [var.ecs_service_names]

  variables {
    ecs_service_names = ["api"]
  }
}

run "refuses_a_service_named_twice" {
  command         = plan
  expect_failures = [var.ecs_service_names]

  variables {
    ecs_cluster_name  = "main"
    ecs_service_names = ["api", "api"]
  }
}

run "refuses_the_arn_of_a_service" {
  command         = plan
  expect_failures = [var.ecs_service_names]

  variables {
    ecs_cluster_name  = "main"
    ecs_service_names = ["arn:aws:ecs:eu-west-1:123456789012:service/main/api"]
  }
}

run "refuses_the_arn_of_a_cluster" {
  command         = plan
  expect_failures = [var.ecs_cluster_name]

  variables {
    ecs_cluster_name = "arn:aws:ecs:eu-west-1:123456789012:cluster/main"
  }
}

run "refuses_an_empty_cluster_name" {
  command         = plan
  expect_failures = [var.ecs_cluster_name]

  variables {
    ecs_cluster_name = ""
  }
}
