variables {
  ecs_services = {
    api    = { cluster = "main", service = "api", max_tasks = 10, container_insights = true, deploy_aware = true }
    worker = { cluster = "main", service = "worker", may_scale_to_zero = true }
  }
}

run "one_entry_gives_a_warning_and_a_critical_alarm" {
  command = plan

  assert {
    condition = jsonencode(output.alarms["ecs-service-api-cpu-warning"]) == jsonencode({
      severity            = "warning"
      description         = "CPU of the ECS service api in main is above 80 % of what its tasks reserved."
      runbook             = "docs/runbooks/ecs-svc-cpu.md"
      notify_alarm        = true
      notify_ok           = true
      namespace           = "AWS/ECS"
      metric_name         = "CPUUtilization"
      statistic           = "Average"
      extended_statistic  = null
      dimensions          = { ClusterName = "main", ServiceName = "api" }
      metric_query        = {}
      period              = 60
      evaluation_periods  = 5
      datapoints_to_alarm = 5
      comparison          = ">"
      threshold           = 80
      treat_missing_data  = "notBreaching"

      evaluate_low_sample_count_percentiles = null
    })
    error_message = "The warning: ${jsonencode(output.alarms["ecs-service-api-cpu-warning"])}."
  }

  assert {
    condition     = output.alarms["ecs-service-api-cpu-critical"].threshold == 95 && output.alarms["ecs-service-api-cpu-critical"].severity == "critical"
    error_message = "The critical one differs in threshold, severity and description alone."
  }

  assert {
    condition     = alltrue([for key, alarm in output.alarms : endswith(key, alarm.severity) && endswith(alarm.runbook, ".md")])
    error_message = "Each name ends in the severity, and each alarm has a runbook."
  }
}

run "attributes_choose_the_alarms" {
  command = plan

  assert {
    condition     = contains(keys(output.alarms), "ecs-service-api-no-tasks-critical") && !contains(keys(output.alarms), "ecs-service-worker-no-tasks-critical")
    error_message = "A service that may scale to zero has no alarm on its absence."
  }

  assert {
    condition     = contains(keys(output.alarms), "ecs-service-api-tasks-pending-warning") && !contains(keys(output.alarms), "ecs-service-worker-tasks-pending-warning")
    error_message = "Container Insights brings alarms of its own."
  }

  assert {
    condition     = !contains(keys(output.alarms), "ecs-service-api-cpu-of-reserved-warning")
    error_message = "What is off by default is off."
  }

  assert {
    condition     = output.alarms["ecs-service-api-at-max-tasks-info"].metric_query.result.expression == "100*tasks/10"
    error_message = "The resource's number stands in the expression: ${output.alarms["ecs-service-api-at-max-tasks-info"].metric_query.result.expression}."
  }
}

run "a_deployment_holds_back_the_warning_alone" {
  command = plan

  assert {
    condition = alltrue([
      !output.alarms["ecs-service-api-tasks-below-desired-warning"].notify_alarm,
      !output.alarms["ecs-service-api-deployment-runs-info"].notify_alarm,
      output.alarms["ecs-service-api-tasks-below-desired-critical"].notify_alarm,
      output.composite_alarms["ecs-service-api-tasks-missing-outside-deployment-warning"].rule == "ALARM(\"{name}-ecs-service-api-tasks-below-desired-warning\")",
      output.composite_alarms["ecs-service-api-tasks-missing-outside-deployment-warning"].actions_suppressor.alarm == "{name}-ecs-service-api-deployment-runs-info",
    ])
    error_message = "The composite tells in the warning's place, and only the critical alarm is never held back."
  }

  assert {
    condition     = output.composite_alarms["ecs-service-api-saturated-critical"].rule == "(ALARM(\"{name}-ecs-service-api-cpu-warning\") OR ALARM(\"{name}-ecs-service-api-memory-warning\")) AND ALARM(\"{name}-ecs-service-api-at-max-tasks-info\")"
    error_message = "Saturated and at the maximum: ${output.composite_alarms["ecs-service-api-saturated-critical"].rule}."
  }
}

run "own_changes_go_before_general_ones" {
  command = plan

  variables {
    ecs_services = {
      api = { cluster = "main", service = "api", max_tasks = 10, alarms = {
        ecs_svc_cpu         = { thresholds = { warning = 70, critical = null }, treat_missing_data = "missing" }
        ecs_svc_no_tasks    = { enabled = false }
        ecs_ci_cpu_reserved = { enabled = true }
      } }
      web = { cluster = "main", service = "web" }
    }
    overrides = {
      ecs_svc_cpu = { thresholds = { warning = 60, info = 50 }, evaluation_periods = 10, datapoints_to_alarm = 8 }
    }
  }

  assert {
    condition = alltrue([
      output.alarms["ecs-service-api-cpu-warning"].threshold == 70,
      output.alarms["ecs-service-api-cpu-warning"].evaluation_periods == 10,
      output.alarms["ecs-service-api-cpu-warning"].datapoints_to_alarm == 8,
      output.alarms["ecs-service-api-cpu-warning"].treat_missing_data == "missing",
      strcontains(output.alarms["ecs-service-api-cpu-warning"].description, "above 70 %"),
      output.alarms["ecs-service-web-cpu-warning"].threshold == 60,
      output.alarms["ecs-service-web-cpu-info"].threshold == 50,
      output.alarms["ecs-service-web-cpu-critical"].threshold == 95,
      output.alarms["ecs-service-web-cpu-critical"].treat_missing_data == "notBreaching",
    ])
    error_message = "Setting by setting, the resource's own first."
  }

  assert {
    condition     = !contains(keys(output.alarms), "ecs-service-api-cpu-critical") && !contains(keys(output.alarms), "ecs-service-api-no-tasks-critical")
    error_message = "A threshold of null takes a severity out, enabled = false the alarm."
  }
}

run "observe_mode_tells_the_info_topic_under_the_same_name" {
  command = plan

  variables {
    observe = ["ecs_svc_cpu"]
  }

  assert {
    condition     = output.alarms["ecs-service-api-cpu-critical"].severity == "info" && output.alarms["ecs-service-api-memory-critical"].severity == "critical"
    error_message = "Only the observed alarm moves to info."
  }
}

run "a_composite_goes_with_its_children" {
  command = plan

  variables {
    overrides = { ecs_svc_cpu = { enabled = false }, ecs_svc_mem = { enabled = false }, ecs_ci_deploying = { enabled = false } }
  }

  assert {
    condition     = length(output.composite_alarms) == 0
    error_message = "No composite without its children: ${jsonencode(keys(output.composite_alarms))}."
  }
}

run "one_child_of_several_is_enough" {
  command = plan

  variables {
    overrides = { ecs_svc_cpu = { thresholds = { warning = null } } }
  }

  assert {
    condition     = output.composite_alarms["ecs-service-api-saturated-critical"].rule == "(ALARM(\"{name}-ecs-service-api-memory-warning\")) AND ALARM(\"{name}-ecs-service-api-at-max-tasks-info\")"
    error_message = "The rule: ${output.composite_alarms["ecs-service-api-saturated-critical"].rule}."
  }
}

run "both_halves_of_a_pair_must_be_empty" {
  command = plan

  variables {
    target_groups = {
      blue  = { load_balancer = "app/a/50dc6c495c0c9188", target_group = "targetgroup/b/73e2d6bc24d8a067", pair = "shop" }
      green = { load_balancer = "app/a/50dc6c495c0c9188", target_group = "targetgroup/g/73e2d6bc24d8a068", pair = "shop" }
      api   = { load_balancer = "app/a/50dc6c495c0c9188", target_group = "targetgroup/api/73e2d6bc24d8a069" }
    }
  }

  assert {
    condition = alltrue([
      output.composite_alarms["target-group-shop-pair-empty-critical"].rule == "ALARM(\"{name}-target-group-blue-no-healthy-host-critical\") AND ALARM(\"{name}-target-group-green-no-healthy-host-critical\")",
      !output.alarms["target-group-blue-no-healthy-host-critical"].notify_alarm,
      output.alarms["target-group-api-no-healthy-host-critical"].notify_alarm,
    ])
    error_message = "One of the pair tells nobody; both together page."
  }
}

run "an_attribute_left_out_leaves_its_dimension_out" {
  command = plan

  variables {
    disks = { root = { instance_id = "i-0123456789abcdef0", mount_path = "/" }, data = { auto_scaling_group_name = "web", path = "/data" } }
  }

  assert {
    condition = alltrue([
      output.alarms["disk-root-space-critical"].dimensions == { InstanceId = "i-0123456789abcdef0", MountPath = "/" },
      output.alarms["disk-data-space-critical"].dimensions == { AutoScalingGroupName = "web", path = "/data" },
      output.alarms["disk-data-inodes-critical"].metric_query.used.metric.dimensions == { AutoScalingGroupName = "web", path = "/data" },
    ])
    error_message = "Dimensions are exactly those that are published."
  }
}

run "the_guard_counts_what_never_reached_a_target" {
  command = plan

  variables {
    albs = { public = { load_balancer = "app/a/50dc6c495c0c9188", min_requests = 50 } }
  }

  assert {
    condition     = output.alarms["alb-public-own-5xx-critical"].metric_query.result.expression == "IF(req+bad>=50, 100*bad/(req+bad), 0)"
    error_message = "The expression: ${output.alarms["alb-public-own-5xx-critical"].metric_query.result.expression}."
  }
}

run "the_book_preset_stands_in_the_place_of_ours" {
  command = plan

  variables {
    classic_load_balancers = { shop = { load_balancer_name = "shop", book = true } }
  }

  assert {
    condition = alltrue([
      [for key in keys(output.alarms) : key if startswith(key, "classic-elb-")] == ["classic-elb-shop-book-5xx-warning", "classic-elb-shop-book-latency-warning"],
      output.alarms["classic-elb-shop-book-5xx-warning"].statistic == "Average",
      output.alarms["classic-elb-shop-book-5xx-warning"].threshold == 30,
      output.alarms["classic-elb-shop-book-5xx-warning"].evaluation_periods == 3,
      output.alarms["classic-elb-shop-book-latency-warning"].threshold == 0.5,
      output.alarms["classic-elb-shop-book-latency-warning"].evaluation_periods == 5,
    ])
    error_message = "The two alarms as printed."
  }
}

run "the_example_set_keeps_its_keys_beside_it" {
  command = plan

  variables {
    ecs_cluster_name  = "main"
    ecs_service_names = ["api"]
    runbook_base_url  = "https://runbooks.example.com"
  }

  assert {
    condition     = output.alarms["ecs-service-api-cpu-reserved"].runbook == "https://runbooks.example.com/ecs-ci-cpu-reserved.md" && output.alarms["ecs-service-api-cpu-warning"].runbook == "https://runbooks.example.com/ecs-svc-cpu.md"
    error_message = "Both sets, with runbooks at the given address."
  }
}

run "refuses_an_id_that_is_not_in_the_catalogue" {
  command         = plan
  expect_failures = [output.alarms]

  variables {
    overrides = { ecs_svc_cpuu = { enabled = false } }
  }
}

run "refuses_an_id_of_another_kind" {
  command         = plan
  expect_failures = [output.alarms]

  variables {
    ecs_services = { api = { cluster = "main", service = "api", alarms = { rds_cpu = { enabled = false } } } }
  }
}

run "refuses_to_observe_what_is_not_there" {
  command         = plan
  expect_failures = [output.alarms]

  variables {
    observe = ["everything"]
  }
}

run "refuses_an_arn_for_the_end_of_one" {
  command         = plan
  expect_failures = [var.albs]

  variables {
    albs = { public = { load_balancer = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:loadbalancer/app/a/50dc6c495c0c9188" } }
  }
}

run "refuses_a_disk_with_two_mounts" {
  command         = plan
  expect_failures = [var.disks]

  variables {
    disks = { root = { instance_id = "i-0123456789abcdef0", mount_path = "/", path = "/" } }
  }
}

run "refuses_an_address_with_a_slash_at_the_end" {
  command         = plan
  expect_failures = [var.runbook_base_url]

  variables {
    runbook_base_url = "https://runbooks.example.com/"
  }
}
